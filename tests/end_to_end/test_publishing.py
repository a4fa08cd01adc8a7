"""From a question that no article answers to an article that the next citizen is given, and out again; no restart."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from playwright.sync_api import Browser, Page, expect

from bot.bootstrap import wire
from bot.core.settings import Settings
from bot.core.texts import LANGUAGES
from bot.knowledge.release import ARCHIVE, PUBLISH
from tests.browser.chat import Chat
from tests.end_to_end.console_officer import Officer
from tests.end_to_end.desk_process import Replies, RunningDesk
from tests.end_to_end.officer_page import done, log_in

TRIAL_MS = (
    900_000  # patience, for a machine that others work on too: a trial takes half a minute on two cores of its own
)
TAKEN_UP_SECONDS = 60.0

QUESTIONS = {
    "fr": [
        "Y a-t-il un support à vélos devant vos bureaux?",
        "Où puis-je laisser mon vélo quand je viens vous voir?",
        "Avez-vous des supports à vélos?",
        "Je viens à vélo, où l'attacher?",
        "stationnement pour vélos à vos bureaux",
        # These read like acts.
        "Puis-je annuler ma place au support à vélos?",
        "je veux parler à un agent",
    ],
    "en": [
        "Is there a bicycle rack at your offices?",
        "Where can I leave my bicycle when I come to see you?",
        "Do you have bike racks?",
        "I am coming by bike, where do I lock it?",
        "bicycle parking at your offices",
        "May I cancel my place in the bicycle rack?",
        "I want to talk to an officer",
    ],
}
LIKE_ACTS = dict.fromkeys(LANGUAGES, "le souhait de parler à une personne")
PARAPHRASES = {
    "fr": "Est-ce qu'on peut garer une bicyclette chez vous?",
    "en": "Would there be a spot for my bicycle at your office?",
}
TITLES = {"fr": "Les vélos", "en": "Bicycles"}
ANSWERS = {
    "fr": "Un support à vélos se trouve devant l'entrée principale.",
    "en": "There is a bicycle rack in front of the main entrance.",
}
LATER = {
    "fr": "Un support à vélos se trouve derrière l'édifice.",
    "en": "There is a bicycle rack behind the building.",
}


def asked(desk: RunningDesk, lang: str, text: str) -> Replies:
    """What somebody new is told who asks this."""
    return desk.citizen().says(text, language=lang)


def until(condition: Callable[[], bool], what: str) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + TAKEN_UP_SECONDS
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.2)


def is_told(desk: RunningDesk, lang: str, answer: str) -> None:
    """Wait until whoever asks is told this."""
    until(lambda: answer in asked(desk, lang, QUESTIONS[lang][0]).text, f"this is not told: {answer}")


def offers(reply: Replies, article: str) -> bool:
    """Whether the article is given, or among the topics that the citizen is asked about."""
    return article in (reply.custom.get("article"), *reply.custom.get("options", ()))


def press(page: Page, name: str) -> None:
    """Press a button of the page, and say why if something that was known is lost."""
    for field in ("#reason", "#archive-reason"):
        if page.locator(field).is_visible():
            page.fill(field, "Voulu.")
    page.get_by_role("button", name=name, exact=True).click()


def tried(page: Page) -> None:
    """The trial that was asked for is done; the page shows it by itself."""
    expect(page.locator("#trial-box")).to_contain_text("questions d'évaluation, ", timeout=TRIAL_MS)


def test_an_answer_becomes_an_article(desk: RunningDesk, officers: Callable[[str], Officer], browser: Browser) -> None:
    """An answered request is made an article, tried, reviewed, published, changed, rolled back and archived."""
    rooms = wire(Settings(database_url=desk.env["GUICHET_DATABASE_URL"]))
    for login in ("marie", "paul"):
        officers(login)
    processes = {name: child.pid for name, child in desk.children().items()}

    # Nobody can answer it; a person does, in writing.
    citizen = desk.citizen()
    assert citizen.says(QUESTIONS["fr"][0], language="fr").outcome == "unanswered"
    assert asked(desk, "en", QUESTIONS["en"][0]).outcome == "unanswered"
    citizen.says("/open_ticket")
    reference = citizen.says("/keep_here").reference
    marie, paul = log_in(browser, desk, "marie"), log_in(browser, desk, "paul")
    marie.goto(f"{desk.url}/console/tickets/{reference}")
    marie.fill("#text", ANSWERS["fr"])
    press(marie, "Envoyer la réponse")
    done(marie, "La réponse est partie.")

    # One press makes a draft of it; what it lacks is written, in both languages.
    press(marie, "En faire un article")
    done(marie, "Un brouillon est créé.")
    article = re.findall(r"/knowledge/([a-z0-9-]+)/edit", marie.url)[0]
    expect(marie.locator("#answer_fr")).to_have_value(ANSWERS["fr"])
    expect(marie.locator("#questions_fr")).to_have_value(QUESTIONS["fr"][0])
    marie.fill("#answer_en", ANSWERS["en"])
    for lang in LANGUAGES:
        marie.fill(f"#title_{lang}", TITLES[lang])
        marie.fill(f"#questions_{lang}", "\n".join(QUESTIONS[lang]))
    marie.fill("#section_fr-1", "Nos bureaux")
    marie.fill("#section_en-1", "Our offices")
    press(marie, "Enregistrer le brouillon")
    done(marie, "Le brouillon est enregistré.")
    expect(marie.locator(".problems")).to_have_count(0)
    expect(marie.get_by_text("Une autre personne doit l'approuver.")).to_be_visible()

    # It is tried, a second person reviews it and publishes it.
    press(marie, "Faire un essai")
    tried(marie)
    # Before anything is published it is seen which samples read like an act: there the assistant calls a person.
    as_acts = marie.get_by_role("table").filter(has_text="Exemples de questions qui ressemblent à autre chose")
    for lang, read_as in LIKE_ACTS.items():
        row = as_acts.get_by_role("row").filter(has_text=QUESTIONS[lang][-1])
        expect(row).to_contain_text(read_as)
        assert asked(desk, lang, QUESTIONS[lang][-1]).custom["intent"] == "request_officer"
    expect(marie.get_by_role("button", name="Publier", exact=True)).to_have_count(0)
    assert not offers(asked(desk, "fr", QUESTIONS["fr"][0]), article)
    paul.goto(f"{desk.url}/console/knowledge/{article}")
    press(paul, "Approuver ce texte")
    done(paul, "Le texte est approuvé.")
    press(paul, "Publier")
    done(paul, "C'est publié.")
    is_told(desk, "fr", ANSWERS["fr"])
    for lang in LANGUAGES:
        for question in QUESTIONS[lang]:
            reply = asked(desk, lang, question)
            assert (reply.outcome, reply.custom.get("article")) == ("answered", article), (question, reply)
            assert ANSWERS[lang] in reply.text
        # In other words it is given, or is among the topics that the citizen is asked about.
        reply = asked(desk, lang, PARAPHRASES[lang])
        assert offers(reply, article), (PARAPHRASES[lang], reply)
        page = browser.new_context(locale=f"{lang}-CA").new_page()
        page.goto(f"{desk.url}/?lang={lang}")
        chat = Chat(page).opened().asks(QUESTIONS[lang][1])
        expect(chat.messages.last).to_contain_text(ANSWERS[lang])
        expect(chat.messages.last).to_contain_text("Nos bureaux" if lang == "fr" else "Our offices")

    # Another version with the same sample questions needs no trial; the former one is taken up again at once.
    marie.goto(f"{desk.url}/console/knowledge/{article}/edit")
    for lang in LANGUAGES:
        marie.fill(f"#answer_{lang}", LATER[lang])
    press(marie, "Enregistrer le brouillon")
    done(marie, "Le brouillon est enregistré.")
    paul.goto(f"{desk.url}/console/knowledge/{article}")
    press(paul, "Approuver ce texte")
    done(paul, "Le texte est approuvé.")
    expect(paul.locator("#trial-box")).to_contain_text("Aucun essai n'est nécessaire.")
    press(paul, "Publier")
    done(paul, "C'est publié.")
    for lang in LANGUAGES:
        is_told(desk, lang, LATER[lang])
    paul.goto(f"{desk.url}/console/knowledge/{article}/versions/1")
    press(paul, "Rétablir cette version")
    done(paul, "C'est publié.")
    for lang in LANGUAGES:
        is_told(desk, lang, ANSWERS[lang])

    # Archived, it is gone.
    press(paul, "Essayer de le retirer")
    tried(paul)
    press(paul, "Retirer l'article")
    done(paul, "L'article est retiré.")
    until(lambda: not offers(asked(desk, "fr", QUESTIONS["fr"][0]), article), "the article is still given")
    for lang in LANGUAGES:
        for question in (*QUESTIONS[lang], PARAPHRASES[lang]):
            assert not offers(asked(desk, lang, question), article)
        assert asked(desk, lang, QUESTIONS[lang][0]).outcome == "unanswered"

    assert [(release.action, release.article, release.officer) for release in rooms.releases.recent(4)] == [
        (ARCHIVE, article, "Paul"),
        *[(PUBLISH, article, "Paul")] * 3,
    ]
    assert {name: child.pid for name, child in desk.children().items()} == processes
    rooms.close()

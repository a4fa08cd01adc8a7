"""The pages of the knowledge base, in browsers of an editor and of two officers."""

from __future__ import annotations

import html
import re
from datetime import datetime, timedelta

import pytest
import yaml
from argon2 import PasswordHasher

from bot.core.folders import ROOT
from bot.knowledge.article import article_document, parse_article
from bot.knowledge.editing import DRAFT, DROPPED, PUBLISHED, REVIEWED, SCHEDULED
from bot.knowledge.librarian import Librarian
from bot.knowledge.work import MEMORY, Cause
from tests.cast import NOW
from tests.console.office import HOURS, Office, document, form_of, text_of

BREAKS = {
    "kind": "broken",
    "text": "Où est la <tour>?",
    "lang": "fr",
    "right": "role",
    "before": {"outcome": "answered", "article": "role"},
    "after": {"outcome": "unanswered", "article": None},
}
CLOSE = [{"lang": "fr", "text": "Ouvert le soir?"}, {"lang": "en", "text": "Open at night?"}]
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def test_an_article_is_shown_in_both_languages(office: Office) -> None:
    """The page of an article shows both languages side by side, its source, its versions, and where to edit it."""
    page = text_of(office.ana.get(HOURS))
    for said in ("Titre hours", "Title hours", "De 8 h 30 à 17 h.", "From 8:30 a.m.", "The declaration", "Version 1"):
        assert said in page
    assert f'href="{HOURS}/edit"' in office.ana.get(HOURS).text


@pytest.mark.parametrize("path", ["nothing", "nothing/edit", "nothing/versions/1", "hours/versions/9"])
def test_an_article_that_is_none_is_told(office: Office, path: str) -> None:
    """An address of no article or version leads to a page that says so."""
    assert "does not exist" in text_of(office.ana.get(f"/console/knowledge/{path}"), 404)


def test_the_list_shows_where_each_article_stands(office: Office) -> None:
    """The list counts what is in work, marks what is due for review, and can be cut to each."""
    office.edited(title_fr="Un titre")
    office.rooms.articles.publish([parse_article(document("role", review_by="2026-12-21"))], NOW)
    page = text_of(office.ana.get("/console/knowledge"))
    for mark in ("draft 1", "translation out of date 1", "review overdue 1"):
        assert mark in page
    late = text_of(office.ana.get("/console/knowledge", only="review_late"))
    assert ("Title role" in late, "Title hours" in late) == (True, False)


def test_archived_and_given_up_articles_stay_in_the_list(office: Office) -> None:
    """An article that was taken out, and a first draft given up, have their line and their page all the same."""
    office.ana.post(f"{HOURS}/try", action="archive")
    office.done()
    office.ana.post(f"{HOURS}/archive")
    office.ana.post("/console/knowledge/new", edits=0, **form_of(document("tower")))
    office.ana.post("/console/knowledge/tower/drop")
    page = text_of(office.ana.get("/console/knowledge"))
    for title in ("Title hours", "Title role", "Title tower", "archived 1"):
        assert title in page
    for article in ("hours", "tower"):
        shown = text_of(office.ana.get(f"/console/knowledge/{article}"))
        assert "This article is not published." in shown
        assert office.ana.get(f"/console/knowledge/{article}/edit").status_code == 200


def test_a_new_article_is_written(office: Office) -> None:
    """A filled form makes a draft; the form begins with the usual source and a year until the review."""
    empty = office.ana.get("/console/knowledge/new").text
    assert 'value="La déclaration"' in empty
    assert 'value="2027-12-22"' in empty
    page = text_of(office.ana.post("/console/knowledge/new", edits=0, **form_of(document("tower"))))
    assert "The draft is saved." in page
    assert "Title tower" in page
    assert office.standing("tower").in_work.document == document("tower")
    assert office.standing("tower").in_work.authors == ("Ana",)
    assert office.journal() == [("Ana", "edited", "article tower")]


def test_an_articles_name_must_be_free_and_good(office: Office) -> None:
    """A name that another article has is told in the form, which keeps what was typed; one that is none is refused."""
    taken = office.ana.post("/console/knowledge/new", edits=0, **form_of(document("hours"), title_fr="Mon titre"))
    assert "Another article already has this name." in text_of(taken, 409)
    assert 'value="Mon titre"' in taken.text
    bad = office.ana.post("/console/knowledge/new", edits=0, **form_of(document("Les heures")))
    assert "made of lower-case letters" in text_of(bad, 409)
    assert office.states() == [PUBLISHED]


def test_the_form_shows_what_is_in_work(office: Office) -> None:
    """The form holds the draft's texts if there is one, else the published ones, whatever they are made of."""
    assert "De 8 h 30 à 17 h.</textarea>" in office.ana.get(f"{HOURS}/edit").text
    odd = '</textarea><script>alert("1")</script>'
    office.edited(answer_fr=odd, title_en='" onfocus="alert(1)')
    shown = office.ana.get(f"{HOURS}/edit").text
    assert html.escape(odd, quote=False).replace('"', "&#34;") in shown
    for page in (shown, office.ana.get(HOURS).text, office.ana.get("/console/knowledge").text):
        assert "<script>alert" not in page
        assert 'onfocus="' not in page


def test_what_two_wrote_at_once_is_not_lost(office: Office) -> None:
    """Who saves what a colleague has changed meanwhile is told, with their own words still in the form."""
    fields = form_of(document())
    office.ana.post(f"{HOURS}/edit", edits=0, **{**fields, "title_fr": "D'Ana", "title_en": "Ana's"})
    late = office.ben.post(f"{HOURS}/edit", edits=0, **{**fields, "title_fr": "De Ben", "title_en": "Ben's"})
    assert "Somebody else has changed this draft" in text_of(late, 409)
    assert 'value="De Ben"' in late.text
    assert office.standing().in_work.document["title"]["fr"] == "D'Ana"


def test_a_translation_left_behind_is_told_until_it_is_confirmed(office: Office) -> None:
    """A change in one language alone is a problem that the writer settles, and forbids the review until then."""
    assert "The text in English did not follow" in text_of(office.edited(title_fr="Un titre"))
    refused = office.ben.post(f"{HOURS}/review", edits=1)
    assert "First mend what is missing." in text_of(refused, 409)
    assert "did not follow" not in text_of(office.edited(title_fr="Un titre", same_meaning="1"))
    assert "The text is reviewed." in text_of(office.ben.post(f"{HOURS}/review", edits=2))


@pytest.mark.parametrize(
    "changes, told",
    [
        ({"title_en": ""}, "The title in English is missing."),
        ({"answer_fr": ""}, "The answer in French is missing."),
        ({"questions_en": ""}, "Sample questions in English are missing."),
        ({"questions_fr": "Une?"}, "Only 1 sample question in French."),
        ({"answer_fr": "Le 418 649-2400.", "answer_en": "Call."}, "do not give the same facts (answer:"),
        ({"questions_fr": "ROLE, FR 3"}, '"ROLE, FR 3" is already a sample question of the article role.'),
        ({"review_by": "2026-12-21"}, "The review date has passed (2026-12-21)."),
        ({"audience": ""}, "Something is missing:"),
    ],
)
def test_each_problem_is_told_in_words(office: Office, changes: dict[str, str], told: str) -> None:
    """What stands in the way of a draft is told on its page."""
    assert told in text_of(office.edited(**changes))


def test_whom_an_article_is_for_is_ticked(office: Office) -> None:
    """Everybody an article may be for is there to be ticked; one that only this article names is, too."""
    fields = form_of(document(audience=["student", "pilots"]), audience=["student", "pilots"])
    office.ana.post(f"{HOURS}/edit", edits=0, **fields)
    assert office.standing().in_work.document["audience"] == ["student", "pilots"]
    form = office.ana.get(f"{HOURS}/edit").text
    ticked = re.findall(r'name="audience" value="(\w+)" checked', form)
    assert ticked == ["student", "pilots"]
    assert 'value="company">' in form


def test_a_second_person_reviews(office: Office) -> None:
    """The writer has no button to review and is refused; a colleague has one, and the journal knows who did."""
    page = text_of(office.edited(audience="media"))
    assert f'action="{HOURS}/review"' not in office.ana.get(HOURS).text
    assert "reviewed by" not in page
    refused = office.ana.post(f"{HOURS}/review", edits=1)
    assert "You wrote it: somebody else must review it." in text_of(refused, 409)
    assert f'action="{HOURS}/review"' in office.ben.get(HOURS).text
    assert "The text is reviewed." in text_of(office.ben.post(f"{HOURS}/review", edits=1))
    assert office.states() == [PUBLISHED, REVIEWED]
    assert office.journal()[-1] == ("Ben", "reviewed", "article hours")


@pytest.mark.parametrize("edits", ["0", "7", "", "one", "-1", "9" * 5])
def test_what_was_not_read_is_not_reviewed(office: Office, edits: str) -> None:
    """A review of another state than the present one is refused, whatever the form says."""
    office.edited(audience="media")
    assert "Somebody else has changed" in text_of(office.ben.post(f"{HOURS}/review", edits=edits), 409)
    assert office.states() == [PUBLISHED, DRAFT]


def test_a_changed_text_is_published_at_once(office: Office) -> None:
    """Where the sample questions stay no trial is needed: reviewed, published, and what citizens read is the new."""
    office.reviewed(answer_fr="De 9 h à 17 h.", answer_en="From 9:00 a.m. to 5:00 p.m.")
    assert "No trial is needed." in text_of(office.cleo.get(HOURS))
    page = text_of(office.cleo.post(f"{HOURS}/publish"))
    assert "It is published." in page
    assert "Published version: 2" in page
    article = office.rooms.articles.get("hours")
    assert article
    assert article.answer["en"] == "From 9:00 a.m. to 5:00 p.m."
    assert office.journal()[-1] == ("Cleo", "published", "article hours")


def test_changed_questions_are_tried_first(office: Office) -> None:
    """The page asks for a trial, shows that it waits, then what would change, and only then offers to publish."""
    office.reviewed()
    assert f'action="{HOURS}/publish"' not in office.ana.get(HOURS).text
    assert "Make a trial first" in text_of(office.ana.post(f"{HOURS}/publish"), 409)
    assert "waits for its turn" in text_of(office.ana.post(f"{HOURS}/try", action="publish"))
    office.done([{**BREAKS, "kind": "mended"}])
    page = office.ana.get(HOURS)
    assert "Of 672 evaluation questions, 640 are handled well now; 641 would be afterwards." in text_of(page)
    assert "Où est la <tour>?" in text_of(page)
    assert "<tour>" not in page.text
    assert "It is published." in text_of(office.ana.post(f"{HOURS}/publish"))
    assert office.states() == [PUBLISHED, PUBLISHED]


def test_a_trial_that_says_nothing_any_more_is_not_shown(office: Office) -> None:
    """After something else was published the page asks for another trial."""
    office.reviewed()
    office.ana.post(f"{HOURS}/try", action="publish")
    office.done()
    assert f'action="{HOURS}/publish"' in office.ana.get(HOURS).text
    office.rooms.articles.publish([parse_article(document("tower"))], NOW)
    page = office.ana.get(HOURS)
    assert "Of 672" not in text_of(page)
    assert f'action="{HOURS}/publish"' not in page.text


@pytest.mark.parametrize(
    ("lang", "words", "read_as"),
    [
        ("fr", "ressemblent à autre chose", "l’annulation de ce qui est en cours"),
        ("en", "read like something other", "cancelling what is under way"),
    ],
)
def test_the_trial_shows_what_an_act_would_take(office: Office, lang: str, words: str, read_as: str) -> None:
    """Sample questions that read like an act stand on the page with the act's name, in the editor's language."""
    office.reviewed()
    office.ana.get(HOURS)
    office.ana.post("/console/language", language=lang)
    office.ana.get(HOURS)
    office.ana.post(f"{HOURS}/try", action="publish")
    office.done(acts=[{"lang": "fr", "text": "Puis-je annuler ma demande?", "act": "cancel"}])
    page = text_of(office.ana.get(HOURS))
    assert words in page
    assert "Puis-je annuler ma demande?" in page
    assert read_as in page


def test_every_act_has_its_name() -> None:
    """Whatever act the assistant knows and can be typed is named in the words of the console."""
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    typed = [entry for entry in domain["intents"] if isinstance(entry, str) and entry != "inquiry"]
    words = yaml.safe_load((ROOT / "bot" / "console" / "words.yml").read_text(encoding="utf-8"))
    assert [act for act in typed if f"act_{act}" not in words] == []


def test_a_failed_trial_is_told(office: Office) -> None:
    """A trial that failed says so, and may be made again."""
    office.reviewed()
    office.ana.post(f"{HOURS}/try", action="publish")
    trial = office.rooms.releases.trials.take()
    assert trial
    assert "Trial under way" in text_of(office.ana.get(HOURS))
    office.rooms.releases.trials.fail(trial.id, Cause(MEMORY, "MemoryError"))
    page = text_of(office.ana.get(HOURS))
    assert "The trial failed: the server does not have enough memory." in page
    assert "Try again" in page


def test_known_answers_break_only_for_a_reason(office: Office) -> None:
    """Where good answers would be lost the page asks why; the reason stands in the list of releases."""
    office.reviewed()
    office.ana.post(f"{HOURS}/try", action="publish")
    office.done([BREAKS])
    trial = text_of(office.ana.get(HOURS))
    assert "would no longer be: 1. Say why" in trial
    assert "Où est la <tour>? Title role Title role unanswered lost" in trial
    assert "Please say why." in text_of(office.ana.post(f"{HOURS}/publish", reason="  "), 409)
    assert "It is published." in text_of(office.ana.post(f"{HOURS}/publish", reason="The <office> moves"))
    releases = office.ana.get("/console/knowledge/releases")
    assert "Title hours (2) Ana The <office> moves" in text_of(releases)
    assert "<office>" not in releases.text


def test_only_a_draft_without_grave_problems_is_tried(office: Office) -> None:
    """Nothing in work, or something grave in its way: a trial would be in vain."""
    assert "There is no draft." in text_of(office.ana.post(f"{HOURS}/try", action="publish"), 409)
    office.edited(title_en="")
    assert "First mend what is missing." in text_of(office.ana.post(f"{HOURS}/try", action="publish"), 409)
    assert office.rooms.releases.trials.take() is None


def test_close_messages_become_sample_questions(office: Office) -> None:
    """Messages that lie close to the article are chosen by ticks and become its questions; the draft is one again."""
    office.edited(questions_fr="Ouvrez-vous?\nb\nc\nd\ne")
    office.ana.post(f"{HOURS}/try", action="publish")
    office.done(close=CLOSE)
    assert "Ouvert le soir?" in text_of(office.ana.get(HOURS))
    for close in ([], ["2", "x", "-1"]):
        assert "Nothing was chosen." in text_of(office.ana.post(f"{HOURS}/take-close", close=close), 409)
    office.ben.post(f"{HOURS}/take-close", close=["1"])
    work = office.standing().in_work
    assert work.document["questions"]["en"][-1] == "Open at night?"
    assert "Ouvert le soir?" not in work.document["questions"]["fr"]
    assert (work.state, work.authors) == (DRAFT, ("Ana", "Ben"))


def test_a_publication_is_scheduled_in_local_time(office: Office) -> None:
    """A reviewed text gets a time as clocks show it where the service is, and loses it again."""
    office.reviewed(audience="media")
    page = text_of(office.ana.post(f"{HOURS}/schedule", at="2027-01-04T08:30", reason=""))
    assert "The publication is scheduled." in page
    work = office.standing().in_work
    assert (work.state, work.publish_at) == (SCHEDULED, datetime(2027, 1, 4, 8, 30, tzinfo=NOW.tzinfo))
    assert "2027-01-04, 8:30" in text_of(office.ana.get(HOURS))
    assert "no longer scheduled" in text_of(office.ana.post(f"{HOURS}/unschedule"))
    assert office.states() == [PUBLISHED, REVIEWED]


@pytest.mark.parametrize(
    "at, status, told",
    [
        ("", 422, "This date is not complete."),
        ("tomorrow", 422, "This date is not complete."),
        ("2027-13-01T08:30", 422, "This date is not complete."),
        ("2026-12-22T16:40", 409, "Choose a time to come."),
        ("2026-12-22T16:39", 409, "Choose a time to come."),
    ],
)
def test_a_time_that_is_none_is_told(office: Office, at: str, status: int, told: str) -> None:
    """What is no date, and a moment that has passed, are told, and nothing is scheduled."""
    office.reviewed(audience="media")
    assert told in text_of(office.ana.post(f"{HOURS}/schedule", at=at), status)
    assert office.states() == [PUBLISHED, REVIEWED]


def test_a_draft_is_given_up(office: Office) -> None:
    """A draft given up stays among the versions; the published text is as it was."""
    office.edited(audience="media")
    assert "The draft is given up." in text_of(office.ana.post(f"{HOURS}/drop"))
    assert office.states() == [PUBLISHED, DROPPED]
    assert "given up" in text_of(office.ana.get(f"{HOURS}/versions/2"))
    assert "does not exist" in text_of(office.ana.post(f"{HOURS}/drop"), 404)


def test_an_article_is_archived_after_a_trial(office: Office) -> None:
    """What is lost without an article is tried first; then it is taken out, and can be taken up again."""
    assert "Make a trial first" in text_of(office.ana.post(f"{HOURS}/archive"), 409)
    assert "waits for its turn" in text_of(office.ana.post(f"{HOURS}/try", action="archive"))
    office.done([BREAKS])
    assert "Please say why." in text_of(office.ana.post(f"{HOURS}/archive"), 409)
    assert "The article is archived." in text_of(office.ana.post(f"{HOURS}/archive", reason="it closes"))
    assert office.rooms.articles.get("hours") is None
    again = office.ana.post(f"{HOURS}/try", action="archive")
    assert "This article is not published." in text_of(again, 409)
    assert "The draft is saved." in text_of(office.edited(audience="media"))


def test_versions_are_compared(office: Office) -> None:
    """A version's page marks what went and what came since the published one before it."""
    office.reviewed(answer_fr="De 9 h 30 à 17 h.", answer_en="From 9:30 a.m. to 5:00 p.m.")
    office.ana.post(f"{HOURS}/publish")
    page = office.ana.get(f"{HOURS}/versions/2")
    assert "Compared with version 1" in text_of(page)
    for piece in ("<del>8</del>", "<ins>9</ins>"):
        assert piece in page.text


def test_going_back_to_the_same_questions_is_immediate(office: Office) -> None:
    """An earlier version with the same sample questions is published at a press."""
    office.reviewed(answer_fr="De 9 h à 17 h.", answer_en="From 9:00 a.m. to 5:00 p.m.")
    office.ana.post(f"{HOURS}/publish")
    assert f'action="{HOURS}/roll-back"' in office.cleo.get(f"{HOURS}/versions/1").text
    assert f'action="{HOURS}/roll-back"' not in office.cleo.get(f"{HOURS}/versions/2").text
    assert "It is published." in text_of(office.cleo.post(f"{HOURS}/roll-back", version="1"))
    article = office.rooms.articles.get("hours")
    assert article
    assert article_document(article) == document()
    assert office.standing().published.number == 3


def test_going_back_to_other_questions_is_tried(office: Office) -> None:
    """An earlier version with other sample questions waits for its trial, and is published without a second review."""
    office.reviewed()
    office.ana.post(f"{HOURS}/try", action="publish")
    office.done()
    office.ana.post(f"{HOURS}/publish")
    page = text_of(office.ana.post(f"{HOURS}/roll-back", version="1"))
    assert "waits for a trial" in page
    assert office.states() == [PUBLISHED, PUBLISHED, REVIEWED]
    office.done()
    assert "It is published." in text_of(office.ana.post(f"{HOURS}/publish"))


@pytest.mark.parametrize("version, status", [("", 404), ("9", 404), ("x", 404), ("2", 409)])
def test_one_does_not_go_back_to_what_never_was(office: Office, version: str, status: int) -> None:
    """A version that does not exist or was never published is refused."""
    office.edited(audience="media")
    office.ana.post(f"{HOURS}/drop")
    assert office.ana.post(f"{HOURS}/roll-back", version=version).status_code == status
    assert office.states() == [PUBLISHED, DROPPED]


def test_an_edited_draft_is_shown_as_it_was_saved(office: Office) -> None:
    """Once somebody has saved it, the form holds the draft and nothing of the ticket."""
    reference = office.ticket("Où est la tour?")
    office.rooms.answers.answer(reference, "Ben", "Rue de la Tour.")
    office.ben.post(f"/console/tickets/{reference}/draft")
    work = office.standing("article").in_work
    office.rooms.drafts.save({**work.document, "audience": ["media"]}, "Ben", edits=1)
    assert "tour" not in text_of(office.ben.get("/console/knowledge/article/edit")).casefold()


def test_a_scheduled_publication_and_the_page_agree(office: Office) -> None:
    """What the librarian publishes at its time is shown as published, by the one who found it right."""
    office.reviewed(audience="media")
    office.ana.post(f"{HOURS}/schedule", at="2026-12-22T17:00", reason="")
    later = NOW + timedelta(hours=1)
    drafts, releases = office.rooms.drafts, office.rooms.releases
    librarian = Librarian(office.rooms.database, drafts, releases, list[int], lambda: later)
    librarian.publish_scheduled(office.standing().in_work)
    page = text_of(office.ana.get(HOURS))
    assert "Published version: 2" in page
    assert "Ben" in page

"""A conversation in the browser, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from bot.matcher.text import clean
from tests.browser.chat import Chat
from tests.browser.conftest import MakeOfficer, Site

HOSTILE = [
    "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>",
    "{{7*7}} ${document.title} </textarea><style>*{display:none}</style>",
    "\u05e9\u05dc\u05d5\u05dd abc \u0627\u0644\u0633\u0644\u0627\u0645",
    "👩‍👩‍👧‍👦🇨🇦 e\u0301",
    "Donaudampfschiff" * 40,
    "constructor __proto__ toString",
]


@pytest.mark.parametrize(
    "lang, source, updated",
    [
        ("fr", "Source : Déclaration de services", "Mise à jour : 29 septembre 2006"),
        ("en", "Source: Déclaration de services", "Updated: September 29, 2006"),
    ],
)
def test_a_question_is_answered_with_its_source(
    make_chat: Callable[..., Chat], lang: str, source: str, updated: str
) -> None:
    """In both languages an answer comes with its source and the date of that in words."""
    chat = make_chat(lang).opened().asks("phone")
    shown = chat.messages.last.inner_text().replace("\u00a0", " ")
    assert "(514) 873-6708" in shown
    assert source in shown
    assert updated in shown


@pytest.mark.parametrize(
    "lang, notice", [("fr", "assistant automatisé, pas à une personne"), ("en", "not to a person")]
)
def test_it_says_what_it_is_and_what_it_keeps(make_chat: Callable[..., Chat], lang: str, notice: str) -> None:
    """Before anything is written it says that it is a machine, and for how many days it keeps what is said."""
    chat = make_chat(lang).opened()
    expect(chat.log).to_contain_text(notice)
    expect(chat.log).to_contain_text("90")


def test_no_conversation_begins_before_something_is_said(chat: Chat) -> None:
    """Opening the chat leaves no trace, neither in the browser nor at the desk."""
    assert chat.page.evaluate("localStorage.getItem('guichet.token')") is None


def test_a_choice_is_pressed_once(chat: Chat) -> None:
    """A choice under the last reply is answered, and shown as said; then only it is left, and cannot be pressed."""
    chat.asks("which")
    choices = chat.panel.locator(".choice")
    expect(choices).to_have_text(["Les stages", "Les bourses", "Aucun de ces sujets"])
    choices.nth(1).click()
    expect(chat.messages).to_have_count(4)
    assert chat.texts[2:] == ["Les bourses", "Les bourses"]
    for _ in ("as it was pressed", "after a reload"):
        for place in range(3):
            expect(choices.nth(place)).to_be_disabled()
            expect(choices.nth(place)).to_be_visible(visible=place == 1)
        expect(choices.nth(1)).to_have_accessible_name("Votre choix\u00a0: Les bourses")
        chat.page.reload()


def test_choices_that_nobody_pressed_are_told_in_a_line(chat: Chat) -> None:
    """Once something else was said, what could be pressed is small text: the question above it stays understandable."""
    chat.asks("which").asks("bonjour")
    for choice in chat.panel.locator(".choice").all():
        expect(choice).to_be_hidden()
    expect(chat.panel.locator(".offered")).to_have_text(
        "Choix proposés\u00a0: Les stages · Les bourses · Aucun de ces sujets"
    )


def test_the_choices_of_an_ended_conversation_stay_dead(chat: Chat, site: Site) -> None:
    """While a person answers, once they have ended it, after a reload, and when the citizen takes it up again."""
    chat.asks("which")
    choices = chat.panel.locator(".choice")
    expect(choices.first).to_be_enabled()
    conversation = site.conversation(chat.token).id
    site.rooms.officer_actions.take(conversation, "Marie")
    expect(choices.first).to_be_disabled()
    site.rooms.officer_actions.close(conversation, "Marie")
    expect(chat.status).to_contain_text("terminée")
    expect(choices.first).to_be_disabled()
    chat.page.reload()
    expect(chat.status).to_contain_text("terminée")
    expect(choices.first).to_be_disabled()
    chat.page.route("**/chat/events", lambda route: route.abort())  # what follows is the page's own doing
    with chat.page.expect_response("**/chat/messages"):
        chat.says("bonjour")
    expect(choices.first).to_be_disabled()
    chat.page.unroute("**/chat/events")
    chat.page.reload()
    expect(chat.messages.last.locator(".text")).to_have_text("bonjour")
    expect(chat.status).to_be_empty()
    expect(choices.first).to_be_disabled()


@pytest.mark.parametrize(
    "lang, due", [("fr", "Réponse au plus tard le mercredi 30 décembre 2026, à 17 h"), ("en", "by 5:00 p.m.")]
)
def test_a_ticket_has_its_card(make_chat: Callable[..., Chat], lang: str, due: str) -> None:
    """A ticket shows its reference and the date by which a person answers."""
    card = make_chat(lang).opened().asks("ticket").panel.locator(".ticket")
    expect(card).to_contain_text("RI-7K3P-92QX")
    assert due in card.inner_text().replace("\u00a0", " ")


def test_one_sees_who_speaks(chat: Chat, site: Site) -> None:
    """One who asks for a person sees that they wait, then the officer's first name, then that it has ended."""
    chat.part("person").click()
    expect(chat.status).to_contain_text("Vous attendez une personne")
    conversation = site.conversation(chat.token).id
    site.rooms.officer_actions.take(conversation, "Marie")
    expect(chat.status).to_contain_text("Marie est avec vous")
    title, person = chat.panel.locator("#title"), chat.panel.locator(".person:visible")
    expect(title).to_have_text("Marie")
    expect(chat.panel).to_have_accessible_name("Marie")
    expect(person).to_have_text("Vous parlez avec Marie")
    expect(chat.part("person")).to_be_hidden()
    expect(chat.field).to_have_attribute("placeholder", "Écrivez à Marie…")
    site.rooms.officer_actions.reply(conversation, "Marie", "Bonjour!")
    expect(chat.panel.locator(".message.officer .who")).to_contain_text("Marie")
    expect(chat.panel.locator(".message.officer .text")).to_have_text("Bonjour!")
    site.rooms.officer_actions.close(conversation, "Marie")
    expect(chat.status).to_contain_text("terminée")
    expect(title).to_have_text("Assistant automatisé")
    expect(chat.part("person")).to_be_visible()


def test_typing_ends_with_the_message(chat: Chat, site: Site, make_officer: MakeOfficer) -> None:
    """Each side sees that the other types until the message is there, and not a moment longer."""
    chat.part("person").click()
    expect(chat.status).to_contain_text("Vous attendez une personne")
    this = site.conversation(chat.token).id
    site.rooms.officer_actions.take(this, "Marie")
    expect(chat.status).to_contain_text("Marie est avec vous")
    marie = make_officer("marie")
    marie.goto(f"{site.url}/console/conversations/{this}")
    typing = chat.panel.locator(".typing")
    marie.locator("#text").press_sequentially("Bonjour!")
    expect(typing).to_have_text("Marie écrit…")
    marie.locator("form.composer button.main").click()
    expect(chat.messages.last.locator(".text")).to_have_text("Bonjour!")
    expect(typing).to_be_hidden(timeout=2_000)
    chat.field.press_sequentially("Merci")
    expect(marie.locator("#typing")).to_have_text("La personne écrit…")
    chat.field.press("Enter")
    expect(marie.locator("#log .message.citizen").last).to_contain_text("Merci")
    expect(marie.locator("#typing")).to_be_empty(timeout=2_000)


@pytest.mark.parametrize("height", [844, 640])
def test_the_form_of_a_no_is_in_view(make_chat: Callable[..., Chat], height: int) -> None:
    """On a phone all of the form is in view, or its beginning where it is taller than the conversation."""
    chat = make_chat(viewport={"width": 390, "height": height}).opened().asks("phone")
    no = chat.messages.last.get_by_role("button", name="Non")
    no.click()
    form = chat.messages.last.locator("form")
    expect(form.locator("legend")).to_be_in_viewport(ratio=1)
    if height == 844:
        expect(form.get_by_role("button")).to_be_in_viewport(ratio=1)
    form.get_by_role("button").click()
    expect(chat.messages.last.locator(".thanks")).to_be_in_viewport(ratio=1)


def test_a_reply_is_seen_to_be_on_its_way(chat: Chat, site: Site) -> None:
    """While the assistant thinks the chat says so, and no longer once the answer is there."""
    typing = chat.panel.locator(".typing")
    chat.says("think")
    expect(typing).to_be_visible()
    site.thought.set()
    expect(chat.messages).to_have_count(2)
    expect(typing).to_be_hidden()


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_written_is_shown_as_text(chat: Chat, text: str) -> None:
    """Markup, scripts, other directions, emoji and endless words are text, in the log and in the announcement."""
    chat.asks(text)
    shown = chat.messages.locator(".text").all_text_contents()
    # The citizen's own words are as they were written; the assistant's part, played, echoes what it was given to read.
    assert shown == [text, clean(text)]
    assert chat.page.title().startswith("Nous joindre")
    assert chat.panel.locator("img, script, style").count() == 0
    assert chat.log.evaluate("log => log.scrollWidth <= log.clientWidth")


def test_feedback_with_a_reason(chat: Chat, site: Site) -> None:
    """A no is told at once; a reason and a comment may follow, and are kept with it."""
    chat.asks("phone")
    view = chat.messages.last
    with chat.page.expect_response("**/chat/feedback") as first:
        view.get_by_role("button", name="Non").click()
    assert first.value.status == 204
    view.get_by_label("La réponse est incomplète").check()
    view.get_by_label("Commentaire (facultatif)").fill("Et le courriel?")
    with chat.page.expect_request("**/chat/feedback") as second:
        view.get_by_role("button", name="Envoyer l'avis").click()
    assert second.value.post_data_json == {
        "seq": 2,
        "helpful": False,
        "reason": "incomplete",
        "comment": "Et le courriel?",
        "language": "fr",
    }
    expect(view.locator(".thanks")).to_have_text("Merci de votre avis.")
    chat.page.reload()
    expect(chat.messages.last.locator(".thanks")).to_be_visible()


def test_feedback_that_fails_can_be_given_again(chat: Chat) -> None:
    """When the desk cannot be reached it says so beside the buttons, which stay."""
    chat.asks("phone")
    chat.page.route("**/chat/feedback", lambda route: route.abort())
    yes = chat.messages.last.get_by_role("button", name="Oui")
    yes.click()
    expect(chat.messages.last.get_by_role("alert")).to_contain_text("pas fonctionné")
    chat.page.unroute("**/chat/feedback")
    yes.click()
    expect(chat.messages.last.locator(".thanks")).to_be_visible()


@pytest.mark.parametrize(
    "lang, named, title",
    [("fr", "conversation-avec-le-guichet.txt", "Vous"), ("en", "conversation-with-the-desk.txt", "You")],
)
def test_the_conversation_is_downloaded(make_chat: Callable[..., Chat], lang: str, named: str, title: str) -> None:
    """The transcript is saved as a text in the language of the widget."""
    chat = make_chat(lang).opened().asks("phone")
    with chat.page.expect_download() as download:
        chat.menu("transcript")
    assert download.value.suggested_filename == named
    text = Path(download.value.path()).read_text(encoding="utf-8")
    assert "(514) 873-6708" in text
    assert title in text


def test_a_new_start_leaves_the_old_conversation(chat: Chat, site: Site) -> None:
    """A new conversation is empty and has another token; the former is closed at the desk."""
    chat.asks("phone")
    former = chat.token
    with chat.page.expect_response("**/chat/close"):
        chat.menu("restart")
    expect(chat.field).to_be_focused()
    chat.asks("bonjour")
    assert chat.token != former
    assert site.conversation(former).held_by == "closed"
    assert site.said(chat.token) == [("citizen", "bonjour"), ("bot", "bonjour")]


@pytest.mark.parametrize("erased", [False, True])
def test_a_new_start_with_a_request_open_asks_first(chat: Chat, site: Site, erased: bool) -> None:
    """The answer may be to come here: the chat says that it could not be read any more, and keeps its way."""
    chat.asks("un secret" if erased else "ticket")
    former = chat.token
    if erased:
        conversation = site.conversation(former).id
        site.rooms.tickets.open(conversation=conversation, question="?", language="fr", email=None)
        chat.menu("forget")
        chat.part("forget_yes").click()
        expect(chat.messages).to_have_count(1)
    chat.menu("restart")
    expect(chat.panel.locator(".confirm")).to_contain_text("vous ne pourrez plus la lire")
    expect(chat.part("restart_no")).to_be_focused()
    chat.part("restart_no").click()
    assert chat.token == former
    chat.menu("restart")
    chat.part("restart_yes").click()
    expect(chat.messages).to_have_text(["Une nouvelle conversation commence."])
    expect(chat.field).to_be_focused()


def test_erasing_asks_first(chat: Chat, site: Site) -> None:
    """Nothing is erased before it is confirmed; then nothing is left, neither on the page nor at the desk."""
    chat.asks("phone")
    token = chat.token
    chat.menu("forget")
    expect(chat.part("forget_no")).to_be_focused()
    chat.part("forget_no").click()
    expect(chat.messages).to_have_count(2)
    assert site.conversation(token) is not None
    chat.menu("forget")
    chat.part("forget_yes").click()
    expect(chat.messages).to_have_text(["La conversation est effacée."])
    assert site.conversation(token) is None
    assert chat.page.evaluate("localStorage.getItem('guichet.token')") is None


def test_erasing_with_a_request_open_keeps_the_way_of_its_answer(chat: Chat, site: Site) -> None:
    """What was said goes from the page; which answer is still to come stays, and the answer arrives."""
    chat.asks("un secret")
    conversation = site.conversation(chat.token).id
    ticket = site.rooms.tickets.open(conversation=conversation, question="?", language="fr", email=None)
    chat.menu("forget")
    chat.part("forget_yes").click()
    expect(chat.messages).to_have_count(1)
    expect(chat.messages).to_contain_text(ticket.reference)
    chat.page.reload()
    expect(chat.messages).to_have_count(1)
    site.rooms.officer_actions.take(conversation, "Marie")
    site.rooms.officer_actions.reply(conversation, "Marie", "Voici la réponse.")
    expect(chat.panel.locator(".message.officer .text")).to_have_text("Voici la réponse.")


def test_erasing_that_fails_erases_nothing(chat: Chat) -> None:
    """When the desk cannot be reached the conversation stays, and the chat says that it did not work."""
    chat.asks("phone")
    chat.page.route("**/chat/forget", lambda route: route.abort())
    chat.menu("forget")
    chat.part("forget_yes").click()
    expect(chat.messages.last).to_contain_text("pas fonctionné")
    assert chat.texts[0] == "phone"


def test_the_field_tells_what_is_left(chat: Chat) -> None:
    """Near the limit the field counts, emoji as one; beyond it the message is not sent and the error is the field's."""
    chat.field.fill("é" * 1700)
    expect(chat.panel.locator("#note")).to_be_empty()
    chat.field.fill("👍" * 1990)
    expect(chat.panel.locator("#note")).to_have_text(re.compile("restants.: 10"))
    chat.says("a" * 2001)
    expect(chat.field).to_have_attribute("aria-invalid", "true")
    expect(chat.field).to_have_accessible_description(re.compile(r"de trop.: 1\)"))
    assert chat.pending.count() + chat.messages.count() == 0
    chat.asks("a" * 1999)
    expect(chat.field).not_to_have_attribute("aria-invalid", "true")


def test_the_widget_follows_the_page(chat: Chat) -> None:
    """When the page changes its language the widget does too, and what is being written stays."""
    chat.field.fill("Un brouillon")
    chat.page.evaluate("document.documentElement.lang = 'en-CA'")
    expect(chat.panel).to_have_attribute("lang", "en")
    expect(chat.field).to_have_value("Un brouillon")
    expect(chat.field).to_be_focused()
    chat.page.evaluate("document.documentElement.lang = 'de'")
    expect(chat.panel).to_have_attribute("lang", "fr")


def test_one_press_changes_the_language(chat: Chat) -> None:
    """The citizen's choice holds over a reload, until the page's own language changes."""
    chat.asks("phone")
    chat.part("language").click()
    expect(chat.part("language")).to_have_text("Français")
    expect(chat.part("language")).to_be_focused()
    expect(chat.messages.last.locator(".source")).to_contain_text("September 29, 2006")
    chat.asks("phone")
    assert "In Montréal" in chat.texts[-1]
    chat.page.reload()
    expect(chat.panel).to_have_attribute("lang", "en")
    chat.page.evaluate("document.documentElement.lang = 'en'")
    chat.page.evaluate("document.documentElement.lang = 'fr'")
    expect(chat.panel).to_have_attribute("lang", "en")


def test_the_elements_own_language_goes_first(chat: Chat) -> None:
    """`lang` on the element outweighs the page's."""
    chat.page.evaluate("document.querySelector('guichet-chat').lang = 'en'")
    expect(chat.panel).to_have_attribute("lang", "en")


def test_french_spaces_do_not_break(chat: Chat) -> None:
    """Before a colon French has a space at which no line ends."""
    chat.asks("phone")
    assert "873-6708\u00a0: appelez" in chat.messages.last.locator(".text").inner_text()

"""Lost connections, reloads, other pages of the same site: nothing is lost, nothing doubled."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from tests.browser.chat import Chat
from tests.browser.conftest import Site
from tests.browser.proxy import Line

MESSAGES = "**/chat/messages"
SENTENCE = {
    "error": {"code": "message_empty", "message": "Vide.", "messages": {"fr": "C'est vide : écrivez.", "en": "Empty."}}
}


def asked_once(site: Site, chat: Chat, *texts: str) -> None:
    """The desk has exactly these messages of the citizen, in order, and the page shows them and their replies."""
    expect(chat.pending).to_have_count(0)
    expect(chat.messages).to_have_count(2 * len(texts))
    assert [text for author, text in site.said(chat.token) if author == "citizen"] == list(texts)
    assert sorted(chat.texts) == sorted([*texts, *texts])


def failing_once(chat: Chat, fail: Callable[[Route], Any]) -> list[float]:
    """The first message meets `fail`; when each message went out."""
    sent: list[float] = []

    def handle(route: Route) -> None:
        sent.append(time.monotonic())
        if len(sent) == 1:
            fail(route)
        else:
            route.continue_()

    chat.page.route(MESSAGES, handle)
    return sent


def test_a_reload_takes_the_conversation_up(chat: Chat) -> None:
    """After a reload the chat is open again and shows what was said, once."""
    chat.asks("un").asks("deux")
    chat.page.reload()
    expect(chat.messages).to_have_count(4)
    assert chat.texts == ["un", "un", "deux", "deux"]
    chat.asks("trois")
    assert chat.texts == ["un", "un", "deux", "deux", "trois", "trois"]


def test_a_message_written_offline_goes_once(chat: Chat, site: Site) -> None:
    """What is written without a connection says that it waits, and goes when the connection is back."""
    chat.asks("un")
    chat.page.context.set_offline(True)
    expect(chat.status).to_contain_text("Connexion perdue")
    chat.says("deux").says("trois")
    expect(chat.pending.locator(".status")).to_have_text(["En attente de connexion – partira tout seul"] * 2)
    chat.page.context.set_offline(False)
    asked_once(site, chat, "un", "deux", "trois")
    expect(chat.status).to_be_empty()


def test_a_lost_connection_is_told_before_anything_is_said(chat: Chat) -> None:
    """The notice of a lost connection comes and goes, also while there is no conversation."""
    chat.page.context.set_offline(True)
    expect(chat.status).to_contain_text("Connexion perdue")
    chat.page.context.set_offline(False)
    expect(chat.status).to_be_empty()


def test_what_waits_goes_without_the_chat_being_opened(make_chat: Callable[..., Chat], site: Site) -> None:
    """A message that waits goes from the next page also where the chat is not opened again, as on a phone."""
    chat = make_chat(viewport={"width": 390, "height": 844}).opened()
    chat.page.route("**/chat/**", lambda route: route.abort())
    chat.says("un")
    chat.page.reload()
    expect(chat.panel).to_be_hidden()
    chat.page.unroute("**/chat/**")
    expect(chat.launcher).to_have_accessible_name("Poser une question – nouveaux messages : 1")
    chat.opened()
    asked_once(site, chat, "un")


def test_what_waits_survives_a_reload(chat: Chat, site: Site) -> None:
    """What could not be sent is still there after a reload, and goes once, in order."""
    chat.page.route("**/chat/**", lambda route: route.abort())
    chat.says("un").says("deux")
    expect(chat.pending).to_have_count(2)
    chat.page.reload()
    expect(chat.pending).to_have_count(2)
    chat.page.unroute("**/chat/**")
    asked_once(site, chat, "un", "deux")


def test_an_answer_that_is_lost_makes_no_second_message(chat: Chat, site: Site) -> None:
    """When the desk took the message and its answer got lost, the page sends the same again and it is one."""

    def take_and_say_nothing(route: Route) -> None:
        route.fetch()
        route.abort()

    failing_once(chat, take_and_say_nothing)
    chat.says("un")
    asked_once(site, chat, "un")


@pytest.mark.parametrize("status, headers, least", [(429, {"Retry-After": "1"}, 0.9), (503, {}, 0.2), (500, {}, 0.2)])
def test_a_busy_desk_is_asked_again(chat: Chat, site: Site, status: int, headers: dict[str, str], least: float) -> None:
    """A desk that is busy or in trouble gets the message again, not before it said."""
    sent = failing_once(chat, lambda route: route.fulfill(status=status, headers=headers, json={}))
    chat.says("un")
    asked_once(site, chat, "un")
    assert sent[1] - sent[0] >= least


def test_a_refused_message_can_be_changed(chat: Chat, site: Site) -> None:
    """A message that the desk refuses says why in the desk's own words; it holds up nothing, and can be changed."""
    failing_once(chat, lambda route: route.fulfill(status=422, json=SENTENCE))
    chat.says("refusé")
    expect(chat.pending).to_contain_text("C'est vide\u00a0: écrivez.")
    chat.says("deux")
    expect(chat.messages).to_have_count(2)
    chat.pending.get_by_role("button", name="Modifier").click()
    expect(chat.field).to_have_value("refusé")
    expect(chat.field).to_be_focused()
    expect(chat.pending).to_have_count(0)
    chat.says("trois")
    asked_once(site, chat, "deux", "trois")


def test_a_refused_message_can_be_tried_again(chat: Chat, site: Site) -> None:
    """One press sends a refused message again."""
    failing_once(chat, lambda route: route.fulfill(status=422, json=SENTENCE))
    chat.says("un")
    chat.pending.get_by_role("button", name="Réessayer").click()
    asked_once(site, chat, "un")


def test_a_void_token_begins_a_new_conversation(chat: Chat, site: Site) -> None:
    """When the desk no longer knows the conversation, what is written goes to a new one."""
    chat.asks("un")
    former = chat.token
    failing_once(chat, lambda route: route.fulfill(status=401, json={}))
    chat.says("deux")
    asked_once(site, chat, "deux")
    assert chat.token != former


def test_a_choice_under_a_void_token_becomes_words(chat: Chat, site: Site) -> None:
    """A choice whose conversation is gone is said in the new one by its words."""
    chat.asks("which")
    failing_once(chat, lambda route: route.fulfill(status=401, json={}))
    chat.panel.locator(".choice").first.click()
    asked_once(site, chat, "Les stages")


def test_an_erased_conversation_is_gone_after_a_reload(chat: Chat, site: Site) -> None:
    """A page that comes back with a void token shows an empty chat, in which one can begin anew."""
    chat.asks("un")
    chat.page.evaluate("localStorage.setItem('guichet.token', '\"nobody\"')")
    with chat.page.expect_response("**/chat/events") as answer:
        chat.page.reload()
    assert answer.value.status == 401
    chat.says("deux")
    asked_once(site, chat, "deux")


def test_a_cut_line_is_taken_up_again(make_context: Callable[..., BrowserContext], site: Site) -> None:
    """When the line is cut in mid-conversation, what was said meanwhile arrives, once."""
    with Line(site.url) as line:
        page = make_context().new_page()
        page.goto(line.url)
        chat = Chat(page).opened().asks("un")
        conversation = site.conversation(chat.token).id
        for place in range(3):
            line.cut()
            site.rooms.officer_actions.take(conversation, "Marie")
            site.rooms.officer_actions.reply(conversation, "Marie", f"réponse {place}")
            expect(chat.panel.locator(".message.officer")).to_have_count(place + 1)
        assert [text for text in chat.texts if text.startswith("réponse")] == ["réponse 0", "réponse 1", "réponse 2"]


def test_a_dead_line_is_noticed(make_context: Callable[..., BrowserContext], site: Site) -> None:
    """A connection on which nothing comes any more, and which nobody ended, is given up after 40 seconds."""
    with Line(site.url) as line:
        page = make_context().new_page()
        page.clock.install()
        page.goto(line.url)
        chat = Chat(page).opened().asks("un")
        line.silence()
        conversation = site.conversation(chat.token).id
        site.rooms.officer_actions.take(conversation, "Marie")
        page.clock.run_for(35_000)
        expect(chat.messages).to_have_count(2)
        page.clock.run_for(15_000)
        expect(chat.messages).to_have_count(3)


def test_a_laptop_that_slept_comes_back(make_context: Callable[..., BrowserContext], site: Site) -> None:
    """After a sleep, when the page's clock jumps, the connection is made anew at once."""
    with Line(site.url) as line:
        page = make_context().new_page()
        page.clock.install()
        page.goto(line.url)
        chat = Chat(page).opened().asks("un")
        line.silence()
        site.rooms.officer_actions.take(site.conversation(chat.token).id, "Marie")
        page.clock.fast_forward(3_600_000)
        expect(chat.messages).to_have_count(3)


def test_a_slow_line_is_enough(chat: Chat, site: Site) -> None:
    """On a line of 50 kbit/s with half a second's delay everything arrives, in order and once."""
    network = {"offline": False, "latency": 500, "downloadThroughput": 6400, "uploadThroughput": 6400}
    chat.page.context.new_cdp_session(chat.page).send("Network.emulateNetworkConditions", network)
    chat.says("un").says("deux").says("trois")
    asked_once(site, chat, "un", "deux", "trois")


def test_two_pages_show_the_same(chat: Chat, site: Site) -> None:
    """What is said on one page of the site stands on the other, what waits is sent by one, and erasing clears both."""
    context = chat.page.context
    chat.asks("un")
    page = context.new_page()
    page.goto(f"{site.url}/")
    other = Chat(page).opened()
    expect(other.messages).to_have_count(2)
    context.route(MESSAGES, lambda route: route.abort())
    chat.says("deux")
    expect(other.pending).to_have_count(1)
    context.unroute(MESSAGES)
    asked_once(site, chat, "un", "deux")
    asked_once(site, other, "un", "deux")
    other.menu("forget")
    other.part("forget_yes").click()
    expect(chat.messages.filter(has_text="deux")).to_have_count(0)


def test_without_storage_one_can_still_chat(make_context: Callable[..., BrowserContext], site: Site) -> None:
    """In a browser that refuses to keep anything, the chat works as long as the page stands."""
    page = make_context().new_page()
    refuse = "Object.defineProperty(window, '{}', {{ get() {{ throw new DOMException('no', 'SecurityError'); }} }});"
    page.add_init_script(refuse.format("localStorage") + refuse.format("sessionStorage"))
    page.goto(site.url)
    chat = Chat(page).opened().asks("un").asks("deux")
    assert chat.texts == ["un", "un", "deux", "deux"]


def test_news_reaches_a_closed_chat(chat: Chat, site: Site) -> None:
    """While the chat is closed, the launcher tells how many new messages wait."""
    chat.asks("un")
    chat.part("close").click()
    conversation = site.conversation(chat.token).id
    site.rooms.officer_actions.take(conversation, "Marie")
    expect(chat.launcher).to_have_accessible_name("Poser une question – nouveaux messages : 1")
    chat.opened()
    chat.part("close").click()
    expect(chat.launcher).to_have_accessible_name("Poser une question")

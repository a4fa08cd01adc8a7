"""Who gets in and what each role may do: every route of the console is tried, those to come too."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest

from bot.console.access import COOKIE
from tests.cast import PASSWORD
from tests.console.conftest import CITIZEN, Browser, Desk

OPEN = {"/console/login", "/console/code"}  # before the login
# Every role, and what of the console it does not get to see or do: beginnings of paths.
CITIZENS_OWN = (
    "/console/conversations",
    "/console/tickets",
    "/console/notices",
    "/console/undelivered",
    "/console/failed",
    "/console/mail",
    "/console/attachments",
    "/console/knowledge/unanswered",
)
SUPERVISORS_OWN = ("/console/staff", "/console/journal")
EVERYBODYS = tuple(
    f"/console/{name}"
    for name in "login logout code account password language events static knowledge overview promises".split()
)
FORBIDDEN = {"marie": SUPERVISORS_OWN, "emile": (*CITIZENS_OWN, *SUPERVISORS_OWN), "chef": ()}


def pages(desk: Desk) -> list[str]:
    """Every address that answers GET with something for officers."""
    paths = [path for path in desk.routes("GET") if path != "/console/events" and "/static/" not in path]
    return [desk.fill(path) for path in paths]


def test_the_search_sees_every_route(desk: Desk) -> None:
    """What is tried below is not little: the console has dozens of pages and of forms, which change things by POST."""
    unsafe = desk.unsafe_routes()
    assert {method for method, _ in unsafe} == {"POST"}
    paths = {path for _, path in unsafe}
    assert len(paths) >= 40
    assert {"/console/login", "/console/logout", "/console/staff", "/console/conversations/{id}/take"} <= paths
    assert len(desk.routes("GET")) >= 20


# The token of a form


@pytest.mark.parametrize("login", ["chef", "marie", "emile"])
def test_no_form_is_taken_without_the_token_of_its_session(desk: Desk, login: str) -> None:
    """Whatever a page of another's makes a browser send: refused with 403 and without any effect, for every route."""
    desk.furnish()
    browser, other = desk.as_(login), desk.as_("chef")
    fields = {"login": "chef", "password": "x", "text": "Bonjour", "reason": "x", "role": "editor", "language": "en"}
    tries = {
        "none": {},
        "empty": {"form_token": ""},
        "made up": {"form_token": "x" * 43},
        "another session's": {"form_token": other.form_token},
        "with more": {"form_token": browser.form_token + "x"},
        "in the address": {"token": browser.form_token},
    }
    before = desk.kept()
    for _, path in desk.unsafe_routes():
        for name, token in tries.items():
            response = browser.send(desk.fill(path), {**fields, **token})
            assert response.status_code == 403, (path, name)
            assert "set-cookie" not in response.headers, (path, name)
        response = browser.send(f"{desk.fill(path)}?form_token={browser.form_token}", fields)
        assert response.status_code == 403, path
        response = browser.send(desk.fill(path), fields, x_form_token=other.form_token)
        assert response.status_code == 403, path
        response = browser.http.post(desk.fill(path), json={"form_token": browser.form_token})
        assert response.status_code == 403, path
    assert desk.kept() == before


def test_no_form_is_taken_without_a_session(desk: Desk) -> None:
    """Without a session, and with one that is made up, incomplete or over: 403 and no effect, for every route."""
    desk.furnish()
    gone = desk.as_("marie")
    token = gone.form_token
    desk.pass_by(minutes=31)
    stranger = desk.browser()
    stranger.http.cookies.set("guichet_session", "x" * 43, path="/console")
    half_way = desk.browser()
    desk.give_device("marie")
    half_way.follow(half_way.log_in("marie"))
    before = desk.kept()
    for _, path in desk.unsafe_routes():
        for browser, given in ((desk.browser(), token), (stranger, token), (gone, token)):
            assert browser.send(desk.fill(path), {"form_token": given}).status_code == 403, path
        if path not in OPEN:
            assert half_way.send(desk.fill(path), {"form_token": half_way.form_token}).status_code == 403, path
    after = desk.kept()
    assert len(after.pop("sessions")) == len(before.pop("sessions")) - 1  # the one that is over
    assert after == before


def test_a_form_that_cannot_be_read_is_refused(desk: Desk) -> None:
    """A body that is no form, has too many fields or is too large has no effect."""
    browser = desk.as_("chef")
    before = desk.kept()
    token = f"form_token={browser.form_token}&"
    for body in (b"\xff\xfe", f"{token}{'a=1&' * 2001}".encode(), f"{token}a={'x' * 1_000_001}".encode()):
        assert browser.http.post("/console/staff", content=body).status_code == 403
    assert desk.kept() == before


def test_the_right_token_is_taken_in_the_form_or_in_a_header(desk: Desk) -> None:
    """Pages send it with their forms, and the script of a page in a header."""
    browser = desk.as_("marie")
    assert browser.send("/console/language", {"language": "en", "form_token": browser.form_token}).status_code == 303
    assert desk.officer("marie").language == "en"
    assert browser.send("/console/language", {"language": "fr"}, x_form_token=browser.form_token).status_code == 303
    assert desk.officer("marie").language == "fr"


def test_other_methods_do_nothing(desk: Desk) -> None:
    """A page that is asked for in another way than GET, and a form that is sent otherwise than by POST, is refused."""
    browser = desk.as_("chef")
    desk.furnish()
    before = desk.kept()
    for path in {desk.fill(path) for path in (*desk.routes("GET"), *desk.routes("POST")) if "/static/" not in path}:
        for method in ("PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"):
            assert browser.http.request(method, path).status_code == 405, (method, path)
    assert desk.kept() == before


def test_an_address_that_leads_nowhere_is_told_on_a_page(desk: Desk) -> None:
    """A page in the officer's language, with a way back; what programs ask for beside the console stays JSON."""
    desk.rooms.people.set_language(desk.officer("marie"), "en")
    for browser, words in ((desk.as_("marie"), "Page not found"), (desk.browser(), "Page introuvable")):
        lost = browser.get("/console/nothing/here")
        assert (lost.status_code, words in lost.text, 'href="/console"' in lost.text) == (404, True, True)
        wrong = browser.http.post("/console/account")
        assert (wrong.status_code, "<h1>" in wrong.text) == (405, True)
        assert set(wrong.headers["allow"].split(", ")) == {"GET", "HEAD"}
    assert desk.browser().get("/nothing").json()["error"]["code"] == "not_found"
    desk.break_database()
    assert browser.get("/console/nothing").status_code == 404
    browser.http.cookies.set(COOKIE, "x", path="/console")
    assert browser.get("/console/nothing").status_code == 503


# The way to the login and back


def test_every_page_sends_a_stranger_to_the_login(desk: Desk) -> None:
    """Without a session every page leads to the login, and shows nothing; after the login one is where one wanted."""
    desk.furnish()
    found = [path for path in pages(desk) if path not in OPEN]
    assert len(found) >= 18
    for path in found:
        wanted = f"{path}?view=overdue&text=%C3%A9t%C3%A9+%26+%23" if path != "/console" else path
        browser = desk.browser()
        response = browser.get(wanted)
        assert response.status_code == 303, path
        assert response.text == "", path
        login = urlsplit(response.headers["location"])
        assert (login.scheme, login.netloc, login.path) == ("", "", "/console/login"), path
        assert parse_qs(login.query).get("next", ["/console"]) == [wanted], path
        entered = browser.log_in("chef", query=f"?{login.query}" if login.query else "")
        assert entered.headers["location"] == wanted, path


@pytest.mark.parametrize("state", ["over", "shut out", "half way"])
def test_a_session_that_does_not_count_leads_to_the_login(desk: Desk, state: str) -> None:
    """A page of a session that is over, of one who was shut out, or without the code yet, shows nothing."""
    browser = desk.as_("marie")
    if state == "over":
        desk.pass_by(minutes=30)
    elif state == "shut out":
        desk.rooms.people.set_active(desk.officer("marie"), active=False)
    else:
        desk.give_device("marie")
        browser = desk.browser()
        browser.log_in("marie")
    response = browser.get("/console/tickets?view=all")
    leads_to = urlsplit(response.headers["location"])
    assert leads_to.path == ("/console/code" if state == "half way" else "/console/login")
    assert parse_qs(leads_to.query) == {"next": ["/console/tickets?view=all"]}


ELSEWHERE = [
    "https://evil.example/console/",
    "//evil.example/console",
    "///evil.example/console",
    "/\\evil.example/console",
    "\\\\evil.example/console",
    "/console/\\evil.example",
    "http:console/x",
    "javascript:alert(1)//console/",
    "console/tickets",
    "/",
    "/consoles",
    "/console@evil.example",
    "/metrics",
    "\t//evil.example/console/",
    "/\t/evil.example/console/",
    " https://evil.example/console",
    "https:///console/",
    "//[",
    "//[::1/console",
    "/console/../webhooks/rest/webhook",
    "/console/%2e%2e/metrics",
    "//\u2100.example/console",
    "",
]


@pytest.mark.parametrize("wanted", ELSEWHERE)
def test_nobody_is_led_out_of_the_console(desk: Desk, wanted: str) -> None:
    """An address that leads elsewhere is not followed after the login, the code or a change of language."""
    browser = desk.browser()
    browser.get("/console/login")
    fields = {"login": "marie", "password": PASSWORD, "next": wanted}
    response = browser.send("/console/login", {"form_token": browser.form_token, **fields})
    assert (response.status_code, response.headers["location"]) == (303, "/console")
    browser.get("/console/account")
    response = browser.post("/console/language", language="en", next=wanted)
    assert (response.status_code, response.headers["location"]) == (303, "/console")


@pytest.mark.parametrize("wanted", ["/console", "/console/", "/console/tickets?view=all&text=%2F%2Fx#list"])
def test_one_is_led_within_the_console(desk: Desk, wanted: str) -> None:
    """An address of the console is followed as it is."""
    browser = desk.browser()
    browser.get("/console/login")
    response = browser.post("/console/login", login="marie", password=PASSWORD, next=wanted)
    assert response.headers["location"] == wanted


# Roles


def forbidden(login: str, path: str) -> bool:
    """Whether the role of an officer does not allow a path: it, or what lies below it."""
    owned = any(path == begin or path.startswith(f"{begin}/") for begin in FORBIDDEN[login])
    return owned or (login == "emile" and path == "/console/tickets/{reference}/draft")


def test_every_section_says_who_may_enter(desk: Desk) -> None:
    """A route of a new section is named here, among those of one role or of all, before it is tried below."""
    owned = (*CITIZENS_OWN, *SUPERVISORS_OWN, *EVERYBODYS)
    for path in {*desk.routes("GET"), *desk.routes("POST")}:
        assert path == "/console" or any(path == begin or path.startswith(f"{begin}/") for begin in owned), path


@pytest.mark.parametrize("login", sorted(FORBIDDEN))
def test_what_a_role_does_not_allow_is_refused(desk: Desk, login: str) -> None:
    """Every page and every form: 403 in words where the role does not allow it, and something else where it does."""
    desk.furnish()
    browser = desk.as_(login)
    token = browser.form_token
    refused = 0
    for path in desk.routes("GET"):
        if path in OPEN or path == "/console/events" or "/static/" in path:
            continue
        response = browser.http.get(desk.fill(path))
        assert (response.status_code == 403) == forbidden(login, path), path
        assert response.status_code in (200, 303, 403), path
        assert ("Votre rôle ne le permet pas." in response.text) == forbidden(login, path), path
    before = desk.kept()
    for _, path in desk.unsafe_routes():
        if forbidden(login, path):
            response = browser.send(
                desk.fill(path), {"form_token": token, "text": "x", "reason": "x", "role": "editor"}
            )
            assert response.status_code == 403, path
            assert "Votre rôle ne le permet pas." in response.text, path
            refused += 1
    assert desk.kept() == before
    assert refused >= {"chef": 0, "marie": 6, "emile": 20}[login]
    for _, path in desk.unsafe_routes():
        if forbidden(login, path) or path in OPEN or path == "/console/logout":
            continue
        response = browser.send(desk.fill(path), {"form_token": token})
        assert response.status_code < 500, path
        for words in ("Votre rôle ne le permet pas.", "Le formulaire ne vient pas", "Ouvrez-en une nouvelle"):
            assert words not in response.text, path


def test_an_editor_sees_nothing_of_any_citizen(desk: Desk) -> None:
    """On no page that an editor may open is there a word, an address or a reference of a citizen's."""
    desk.furnish()
    browser = desk.as_("emile")
    shown = ""
    for path in pages(desk):
        response = browser.http.get(path)
        shown += response.text if response.status_code == 200 else ""
    assert "Articles" in shown
    for private in (*CITIZEN.values(), desk.ticket.reference, desk.waiting.id, "Rappeler demain"):
        assert private not in shown
    # The same words are on pages of one who may see them: the search would find them.
    officer = desk.as_("marie")
    shown = "".join(officer.http.get(path).text for path in pages(desk))
    for private in (*CITIZEN.values(), desk.ticket.reference, desk.waiting.id, "Rappeler demain"):
        assert private in shown, private


@pytest.mark.parametrize(
    "login, allowed",
    [
        ("marie", {"line", "tickets", "knowledge", "conversation:x"}),
        ("emile", {"knowledge"}),
        ("chef", {"line", "tickets", "knowledge", "conversation:x"}),
    ],
)
def test_streams_obey_roles_too(desk: Desk, login: str, allowed: set[str]) -> None:
    """What a role does not let an officer see, no stream tells about; an unknown stream is refused like those."""
    desk.waiting  # noqa: B018 - so that there is something to tell about
    browser = desk.as_(login)
    for of in {"line", "tickets", "knowledge", "conversation:x", "staff", "", ":"} - allowed:
        assert browser.http.get(f"/console/events?of={of}").status_code == 403, of


def test_streams_are_for_officers(desk: Desk) -> None:
    """Without a session, or before the code was given, there is no stream."""
    assert desk.browser().http.get("/console/events?of=knowledge").status_code == 401
    desk.give_device("marie")
    browser = desk.browser()
    browser.log_in("marie")
    assert browser.http.get("/console/events?of=knowledge").status_code == 401


@pytest.mark.parametrize("login, home", [("marie", "conversations"), ("chef", "conversations"), ("emile", "knowledge")])
def test_where_each_role_begins(desk: Desk, login: str, home: str) -> None:
    """The way in leads to a page that the role allows."""
    browser = desk.as_(login)
    assert browser.follow(browser.get("/console")).status_code == 200
    assert browser.http.get("/console").headers["location"] == f"/console/{home}"


@pytest.mark.parametrize("login", sorted(FORBIDDEN))
def test_links_lead_to_what_the_role_allows(desk: Desk, login: str) -> None:
    """The sections that a page offers are those that open."""
    browser = desk.as_(login)
    page = browser.get("/console/account").text
    for section in ("conversations", "tickets", "knowledge", "overview", "staff", "journal"):
        path = f"/console/{section}"
        assert (f'href="{path}"' in page) == (browser.http.get(path).status_code == 200), section


def test_another_role_counts_at_once(desk: Desk) -> None:
    """An officer who becomes an editor sees no conversation any more, within the same session."""
    browser = desk.as_("marie")
    assert browser.get("/console/conversations").status_code == 200
    desk.rooms.people.set_role(desk.officer("marie"), "editor")
    assert browser.get("/console/conversations").status_code == 403
    assert browser.get("/console/knowledge").status_code == 200


@pytest.fixture(params=["sqlite", "postgresql"])
def desk_on_each(request: pytest.FixtureRequest, make_desk: Callable[..., Desk]) -> Desk:
    """A desk on each kind of database."""
    maker = request.getfixturevalue("sqlite_files" if request.param == "sqlite" else "postgres")
    return make_desk(database_url=str(maker.new()))


def odd_requests(browser: Browser, fields: dict[str, str]) -> list[tuple[str, int]]:
    """Ask for things under names and numbers that cannot be; the answers' status."""
    tries: list[tuple[str, str, dict[str, str]]] = [
        ("GET", f"/console/{section}/{name}", {})
        for section in ("conversations", "tickets", "knowledge")
        for name in ("a%00b", "%F0%9F%99%82", "x" * 3000, "'%22%3C")
    ]
    huge = "9" * 30
    inquiry = {"channel": "phone", "promise": "email-reply", "question": "Où ?", "language": "fr"}
    tries += [
        ("GET", "/console/journal?subject=%00&officer=%00", {}),
        ("GET", f"/console/journal?before={huge}", {}),
        ("GET", f"/console/journal?before={'9' * 5000}", {}),
        ("GET", "/console/journal?before=%C2%B2", {}),
        ("GET", "/console/tickets?text=a%00b&officer=%00&after=2026-01-01T00:00:00%2B00:00%20" + huge, {}),
        ("GET", "/console/tickets?after=" + "9" * 5000, {}),
        ("GET", "/console/tickets?after=0001-01-01T00:00:00%2B14:00%201", {}),
        ("POST", "/console/tickets/new", {**inquiry, "received_on": "0001-01-01"}),
        ("POST", "/console/tickets/new", {**inquiry, "received_on": "9999-12-31"}),
        ("POST", "/console/tickets/new", {**inquiry, "received_on": "2026-12-01", "program": "\0", "promise": "\0"}),
        ("POST", "/console/knowledge/address/schedule", {"at": "0001-01-01T00:00"}),
        ("POST", "/console/knowledge/address/schedule", {"at": "9999-12-31T23:59"}),
        ("GET", f"/console/knowledge/address/versions/{huge}", {}),
        ("GET", "/console/overview/plot/nothing.svg", {}),
        ("GET", "/console/overview/nothing.csv", {}),
        ("POST", f"/console/staff/{huge}/role", {"role": "editor"}),
        ("POST", f"/console/undelivered/{huge}/retry", {}),
        ("POST", f"/console/failed/{huge}/settle", {}),
        ("POST", "/console/failed/settle", {"newest": huge}),
        ("POST", "/console/failed/settle", {"newest": "\0"}),
        ("POST", "/console/knowledge/address/roll-back", {"version": huge}),
        ("POST", "/console/knowledge/address/review", {"edits": "9" * 5000}),
        ("POST", "/console/knowledge/unanswered/aside", {"message": huge}),
        ("POST", "/console/knowledge/unanswered/draft", {"message": "9" * 5000}),
        ("POST", "/console/language", {"language": "de"}),
        ("POST", "/console/language", {"language": "\0"}),
        ("POST", "/console/code/new", {"code": "\0"}),
        ("POST", "/console/staff", {"login": "a\0b", "name": "\0", "role": "officer", "language": "fr"}),
        ("POST", "/console/password", {"present": "\0", "new": "\0", "again": "\0"}),
    ]
    found = []
    for method, path, given in tries:
        response = browser.send(path, {**fields, **given}) if method == "POST" else browser.http.get(path)
        found.append((f"{method} {path[:60]}", response.status_code))
    return found


def test_odd_names_and_numbers_are_refused_in_words(desk_on_each: Desk) -> None:
    """A name with signs that no name has, or a number beyond all numbers, is a refusal and never an error."""
    desk_on_each.publish()
    browser = desk_on_each.as_("chef")
    found = odd_requests(browser, {"form_token": browser.form_token})
    assert {(what, status) for what, status in found if status not in (200, 303, 403, 404, 409, 422)} == set()


def test_a_login_of_odd_signs_is_merely_wrong(desk_on_each: Desk) -> None:
    """Whatever is typed into the login, it opens nothing and breaks nothing."""
    for login in ("a\0b", "\0", "🙂", "x" * 100_000):
        browser = desk_on_each.browser()
        assert browser.log_in(login).status_code == 403, login
        assert browser.log_in("marie", "\0").status_code == 403

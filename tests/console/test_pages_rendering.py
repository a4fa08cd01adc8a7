"""What holds for every page of the console: its headers, its markup, and a database that does not answer."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import httpx
import pytest

from tests.console.conftest import Browser, Desk, open_desk
from tests.databases import SqliteFiles


class Markup(HTMLParser):
    """The elements of a page with their attributes, what is in scripts and styles, and every id."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inline: list[str] = []
        self._within = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._within = tag
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        self._within = ""

    def handle_data(self, data: str) -> None:
        if self._within in ("script", "style") and data.strip():
            self.inline.append(data)


def shown(desk: Desk, browser: Browser) -> dict[str, httpx.Response]:
    """Every page that an officer may open, and some that refuse something."""
    found = {}
    for path in desk.routes("GET"):
        if path == "/console/events" or "/static/" in path:
            continue
        found[path] = browser.http.get(desk.fill(path))
    browser.get("/console/account")
    for path, fields in {
        "/console/conversations/unknown/take": {},
        "/console/staff": {"login": '"><script>', "name": "'", "role": "x"},
        "/console/password": {"present": "x"},
        "/console/code/new": {"code": "x"},
        "/console/tickets/new": {"question": "</textarea><script>", "channel": "phone", "received_on": "x"},
        "/console/knowledge/new": {"id": '" onclick="', "title_fr": "<img src=x>"},
        "/console/language": {"language": "de"},
    }.items():
        found[f"POST {path}"] = browser.send(path, {"form_token": browser.form_token, **fields})
        found[f"POST {path} without a token"] = browser.send(path, fields)
    return found


@pytest.fixture(scope="module")
def answers(sqlite_files: SqliteFiles) -> dict[str, httpx.Response]:
    """All that officers get to see of a desk with something of everything, in both languages, and a stranger."""
    desk = open_desk(database_url=sqlite_files.new())
    desk.furnish()
    desk.rooms.officer_actions.take(desk.waiting.id, "Marie")
    desk.rooms.people.set_language(desk.officer("marie"), "en")
    found = {f"{login}: {name}": r for login in ("chef", "marie") for name, r in shown(desk, desk.as_(login)).items()}
    stranger = desk.browser()
    found["login"] = stranger.get("/console/login?lang=en")
    found["wrong"] = stranger.post("/console/login", login='"><script>', password="x", next='"><script>alert(1)')
    found["over"] = desk.browser().send("/console/logout")
    desk.give_device("marie")
    stranger.log_in("marie")
    found["code"] = stranger.get("/console/code?next=%22%3E%3Cscript%3E")
    desk.rooms.close()
    return found


def test_no_page_fails(answers: dict[str, httpx.Response]) -> None:
    """Each is shown, leads on or refuses."""
    assert {name: r.status_code for name, r in answers.items() if r.status_code >= 500} == {}
    assert sum(response.status_code == 200 for response in answers.values()) >= 24


def test_every_answer_has_the_security_headers(answers: dict[str, httpx.Response]) -> None:
    """No script or style but the desk's own files, no frame, no guessing of kinds; and no cache keeps a page."""
    for name, response in answers.items():
        policy = {part.split()[0]: part.split()[1:] for part in response.headers["content-security-policy"].split(";")}
        assert policy["default-src"] == ["'none'"], name
        for kind in ("script-src", "style-src", "connect-src", "form-action"):
            assert policy[kind] == ["'self'"], (name, kind)
        assert policy["img-src"] == ["'self'", "data:"], name
        assert policy["frame-ancestors"] == policy["base-uri"] == ["'none'"], name
        assert response.headers["x-content-type-options"] == "nosniff", name
        assert response.headers["referrer-policy"] == "same-origin", name
        if response.status_code != 303:
            assert response.headers["cache-control"] == "no-store", name


def pages(answers: dict[str, httpx.Response]) -> dict[str, Markup]:
    """Those of the answers that are pages, read."""
    found = {name: r for name, r in answers.items() if r.headers.get("content-type", "").startswith("text/html")}
    assert len(found) >= 30
    return {name: Markup(response.text) for name, response in found.items()}


def test_no_page_has_a_script_or_a_style_of_its_own(answers: dict[str, httpx.Response]) -> None:
    """No inline script or style, no style attribute, no handler, no address that is a script; all files the desk's."""
    for name, page in pages(answers).items():
        assert page.inline == [], name
        for tag, attributes in page.elements:
            assert tag not in ("style", "iframe", "object", "embed", "base"), (name, tag)
            assert not {key for key in attributes if key == "style" or key.startswith("on")}, (name, tag)
            for key in ("src", "href", "action", "srcset", "formaction"):
                address = attributes.get(key) or ""
                own = re.match(r"/console(/|$|\?)|#|data:(image/svg\+xml|,$)", address)
                assert not address or own, (name, tag, address)
            if tag == "script":
                assert (attributes.get("src") or "").startswith("/console/static/"), name
            if tag == "form" and attributes.get("method") == "post":
                assert (attributes.get("action") or "").startswith("/console/"), name


def test_every_form_carries_a_token(answers: dict[str, httpx.Response]) -> None:
    """A form without one would be refused."""
    for name, page in pages(answers).items():
        forms = [at for tag, at in page.elements if tag == "form" and at.get("method") == "post"]
        tokens = [at for tag, at in page.elements if tag == "input" and at.get("name") == "form_token"]
        assert len(forms) == len(tokens), name
        assert all(at["value"] for at in tokens), name


def test_markup_is_sound(answers: dict[str, httpx.Response]) -> None:
    """Each id is there once, a label names a field that is there, and the page says its language and its title."""
    for name, page in pages(answers).items():
        ids = [str(at["id"]) for _, at in page.elements if "id" in at]
        assert sorted(set(ids)) == sorted(ids), name
        for tag, attributes in page.elements:
            for key in ("for", "aria-labelledby", "aria-describedby"):
                if key in attributes and (tag == "label" or key != "for"):
                    assert attributes[key] in ids, (name, key, attributes[key])
        (html,) = [at for tag, at in page.elements if tag == "html"]
        assert html["lang"] in ("fr", "en"), name


def test_what_was_typed_is_shown_as_it_was_typed(answers: dict[str, httpx.Response]) -> None:
    """Signs of markup in a form, an address or a citizen's words are words."""
    for name, response in answers.items():
        assert "<script>" not in response.text, name
        assert "<img src=x" not in response.text, name


@pytest.mark.parametrize("file, kind", [("console.css", "text/css"), ("console.js", "text/javascript")])
def test_files_of_pages_are_kept_by_browsers(desk: Desk, file: str, kind: str) -> None:
    """What pages load has an address that changes with it, and may be kept for good; another name is 404."""
    page = desk.browser().get("/console/login").text
    found = re.search(rf'"(/console/static/[0-9a-f]+/{file})"', page)
    assert found
    response = desk.browser().get(found[1])
    assert response.status_code == 200
    assert response.headers["content-type"].startswith(kind)
    assert "immutable" in response.headers["cache-control"]
    assert "content-security-policy" in response.headers
    other = desk.browser().get(f"/console/static/old/{file}")
    assert other.headers["cache-control"] == "no-store"
    for name in ("nothing.js", "..%2Fpages.py", "%2e%2e/pages.py"):
        assert desk.browser().get(f"/console/static/x/{name}").status_code == 404, name


# A database that does not answer


def told(response: httpx.Response) -> None:
    """Check that a page says in both languages that the service is not available."""
    assert response.status_code == 503
    assert "momentanément indisponible" in response.text
    assert "unavailable for the moment" in response.text
    assert response.headers["retry-after"] == "5"
    assert "content-security-policy" in response.headers
    assert "Traceback" not in response.text


def test_without_a_database_every_page_says_so(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    """503 in words, whatever is asked for, with or without a session; the log says what failed and not for whom."""
    desk.furnish()
    browser, paths = desk.as_("chef"), {}
    for method in ("GET", "POST"):
        paths[method] = [desk.fill(path) for path in desk.routes(method) if "/static/" not in path]
    token = browser.form_token
    desk.break_database()
    for path in paths["GET"]:
        response = browser.http.get(path)
        if path == "/console/events":
            assert response.status_code == 503
        else:
            told(response)
    for path in paths["POST"]:
        told(browser.send(path, {"form_token": token, "login": "marie", "password": "tortue lampe violon"}))
    assert "the database does not answer" in caplog.text
    assert "tortue" not in caplog.text
    assert token not in caplog.text


def test_without_a_database_nobody_gets_in(desk: Desk) -> None:
    """Neither the login nor a session that was good opens anything."""
    browser = desk.browser()
    browser.get("/console/login")
    desk.break_database()
    told(browser.send("/console/login", {"form_token": browser.form_token, "login": "marie", "password": "x"}))
    told(browser.http.get("/console/login"))
    assert desk.browser().http.get("/console/account").headers["location"].startswith("/console/login")


def test_a_database_that_breaks_while_a_page_is_made(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that was begun is 503 too."""
    browser = desk.as_("marie")

    def break_off(*_: Any, **__: Any) -> None:
        desk.break_database()
        desk.rooms.database.ping()

    monkeypatch.setattr(desk.rooms.queue, "all", break_off)
    told(browser.http.get("/console/conversations"))

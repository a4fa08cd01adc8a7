"""Logging in and out in a browser: the login, the code, cookies and languages."""

from __future__ import annotations

from collections.abc import Callable
from http.cookies import Morsel, SimpleCookie

import httpx
import pytest

from bot.staff.throttle import FREE_OF_ACCOUNT, FREE_OF_ADDRESS
from tests.cast import PASSWORD
from tests.console.conftest import Browser, Desk

WRONG = "pas celui-ci non plus"


def cookies(response: httpx.Response) -> dict[str, Morsel[str]]:
    """The cookies that a response sets, with their flags."""
    found: SimpleCookie = SimpleCookie()
    for line in response.headers.get_list("set-cookie"):
        found.load(line)
    return dict(found)


def actions(desk: Desk) -> list[tuple[str, str, str]]:
    """What the journal says, the newest last."""
    return [(entry.officer, entry.action, entry.subject) for entry in desk.rooms.journal.read()][::-1]


# The login


@pytest.mark.parametrize(
    "query, lang, title, button",
    [
        ("", "fr", "Ouvrir une session", "English"),
        ("?lang=fr", "fr", "Ouvrir une session", "English"),
        ("?lang=en", "en", "Log in", "Français"),
        ("?lang=de", "fr", "Ouvrir une session", "English"),
    ],
)
def test_the_login_speaks_both_languages(desk: Desk, query: str, lang: str, title: str, button: str) -> None:
    """French unless English is asked for; a link leads to the other language."""
    response = desk.browser().get(f"/console/login{query}")
    assert response.status_code == 200
    assert f'<html lang="{lang}">' in response.text
    assert response.headers["content-language"] == lang
    assert f"<h1>{title}</h1>" in response.text
    assert f">{button}</a>" in response.text


def test_the_language_of_the_login_stays(desk: Desk) -> None:
    """Chosen once, it is that of the next pages too, and of the refusal when the password is wrong."""
    browser = desk.browser()
    browser.get("/console/login?next=%2Fconsole%2Ftickets%3Fview%3Dmine")
    assert "/console/login?lang=en&amp;next=%2Fconsole%2Ftickets%3Fview%3Dmine" in browser.page.text
    browser.get("/console/login?lang=en&next=%2Fconsole%2Ftickets%3Fview%3Dmine")
    response = browser.post("/console/login", login="marie", password=WRONG, next="/console/tickets?view=mine")
    assert "The login or the password is wrong." in response.text
    assert 'name="next" value="/console/tickets?view=mine"' in response.text
    assert "/console/login?lang=fr&amp;next=%2Fconsole%2Ftickets%3Fview%3Dmine" in response.text
    assert "Log in" in browser.get("/console/login").text


@pytest.mark.parametrize("language, title", [("fr", "Votre compte"), ("en", "Your account")])
def test_within_the_console_each_officer_reads_their_language(desk: Desk, language: str, title: str) -> None:
    """Whatever language the login was in."""
    desk.rooms.people.set_language(desk.officer("marie"), language)
    browser = desk.browser()
    browser.get("/console/login?lang=en")
    browser.log_in("marie")
    response = browser.get("/console/account?lang=de")
    assert f"<h1>{title}</h1>" in response.text
    assert response.headers["content-language"] == language


def test_a_desk_without_officers_says_how_to_begin(make_desk: Callable[..., Desk], desk: Desk) -> None:
    """As long as nobody can log in, the login names the command; afterwards it does not."""
    assert "guichet staff add" in make_desk(staffed=False).browser().get("/console/login").text
    assert "guichet staff add" not in desk.browser().get("/console/login").text


def test_the_right_password_opens(desk: Desk) -> None:
    """One gets in, and the journal says so."""
    browser = desk.browser()
    response = browser.log_in(" Marie ")
    assert (response.status_code, response.headers["location"]) == (303, "/console")
    assert "Marie" in browser.get("/console/account").text
    assert actions(desk) == [("Marie", "logged_in", "officer marie")]


def test_who_is_in_needs_no_login(desk: Desk) -> None:
    """The pages of the login lead on."""
    browser = desk.as_("marie")
    for path in ("/console/login", "/console/code"):
        assert browser.get(path).headers["location"] == "/console"


@pytest.mark.parametrize("login", ["marie", "nobody", "", "<script>alert(1)</script>"])
def test_a_wrong_password_and_an_unknown_login_look_the_same(desk: Desk, login: str) -> None:
    """403, the same words, the login still in its field, the password not, and no session."""
    browser = desk.browser()
    response = browser.log_in(login, WRONG)
    assert response.status_code == 403
    assert "L&#39;identifiant ou le mot de passe n&#39;est pas le bon." in response.text
    assert WRONG not in response.text
    assert "<script>alert" not in response.text
    assert "guichet_session" not in cookies(response)
    assert browser.get("/console/account").status_code == 303
    known = "officer marie" if login == "marie" else "officer unknown"
    assert actions(desk) == [("-", "login_failed", known)]


def test_one_who_was_shut_out_reads_the_same(desk: Desk) -> None:
    """Nobody learns from the login who was shut out."""
    desk.rooms.people.set_active(desk.officer("marie"), active=False)
    right = desk.browser().log_in("marie")
    assert right.status_code == 403
    assert "L&#39;identifiant ou le mot de passe n&#39;est pas le bon." in right.text


def fail(desk: Desk, times: int, login: str = "marie", address: str = "192.0.2.1") -> None:
    """Give a wrong password so many times."""
    browser = desk.browser(address)
    for _ in range(times):
        assert browser.log_in(login, WRONG).status_code == 403


def test_after_some_failures_one_waits(desk: Desk) -> None:
    """The page says for how long, in the reader's language; then the right password opens again."""
    fail(desk, FREE_OF_ACCOUNT + 1)
    response = desk.browser("198.51.100.9").log_in("marie")
    assert response.status_code == 429
    assert "Attendez 3 secondes" in response.text
    assert "Wait 3 seconds" in desk.browser().log_in("marie", query="?lang=en").text
    assert "guichet_session" not in cookies(response)
    desk.pass_by(seconds=2)
    assert desk.browser().log_in("marie").status_code == 303


def test_an_address_that_guesses_waits_and_others_do_not(desk: Desk) -> None:
    """What somebody tries from elsewhere keeps nobody here waiting."""
    for number in range(FREE_OF_ADDRESS + 1):
        fail(desk, 1, login=f"login{number}", address="198.51.100.9")
    assert desk.browser("198.51.100.9").log_in("marie").status_code == 429
    assert desk.browser().log_in("marie").status_code == 303


# Cookies


@pytest.mark.parametrize("base, secure", [("http://desk.test", False), ("https://desk.test", True)])
def test_no_cookie_is_seen_by_scripts_or_sent_elsewhere(desk: Desk, base: str, secure: bool) -> None:
    """Every cookie is for the console only, HttpOnly and SameSite, and over https for https only."""
    browser = desk.browser(base=base)
    set_by = [browser.get("/console/login?lang=en"), browser.log_in("marie")]
    browser.get("/console/password")
    set_by.append(
        browser.post("/console/password", present=PASSWORD, new="un tout autre secret", again="un tout autre secret")
    )
    assert [set(cookies(response)) for response in set_by] == [
        {"guichet_form", "guichet_language"},
        {"guichet_session"},
        {"guichet_session"},
    ]
    for response in set_by:
        for name, cookie in cookies(response).items():
            assert cookie["path"] == "/console", name
            assert cookie["domain"] == "", name
            if cookie["max-age"] == "0":
                continue  # taken away
            assert cookie["httponly"] is True, name
            assert cookie["samesite"].lower() in ("lax", "strict"), name
            assert bool(cookie["secure"]) == secure, name
            assert cookie["expires"] == cookie["max-age"] == "", name


def test_a_login_form_outlives_what_another_tab_does(desk: Desk) -> None:
    """Two tabs show the login: each lets one in, before and after the other logged in and out."""
    browser = desk.browser()
    forms = []
    for _ in range(3):
        browser.get("/console/login")
        forms.append({"form_token": browser.form_token, "login": "marie", "password": PASSWORD})
    assert browser.send("/console/login", forms[0]).status_code == 303
    assert browser.send("/console/login", forms[1]).status_code == 303
    browser.get("/console/account")
    browser.post("/console/logout")
    assert browser.send("/console/login", forms[2]).status_code == 303
    assert browser.get("/console/account").status_code == 200
    assert desk.browser().send("/console/login", forms[0]).status_code == 403


def test_a_session_gets_a_new_token_at_each_step(desk: Desk) -> None:
    """Whoever planted or knew a cookie of before the login has nothing of it afterwards."""
    desk.give_device("marie")
    browser = desk.browser()
    browser.http.cookies.set("guichet_session", "planted", domain="desk.test", path="/console")
    tokens = []
    for step in (
        lambda: browser.log_in("marie"),
        lambda: (browser.get("/console/code"), browser.post("/console/code", code=desk.code()))[1],
        lambda: browser.get("/console/account"),
    ):
        step()
        tokens.append(browser.http.cookies.get("guichet_session", domain="desk.test"))
    assert len({*tokens[:2], "planted"}) == 3
    assert tokens[1] == tokens[2]
    for token in (tokens[0], "planted"):
        other = desk.browser()
        other.http.cookies.set("guichet_session", token, domain="desk.test", path="/console")
        assert other.get("/console/account").headers["location"].startswith("/console/login")


def test_logging_in_anew_ends_the_session_of_before(desk: Desk) -> None:
    """Of one browser there is one session; its forms' token changes with it."""
    desk.give_device("marie")
    browser = desk.browser()
    browser.log_in("marie")
    browser.get("/console/login")
    first = browser.form_token
    browser.post("/console/login", login="marie", password=PASSWORD)
    browser.get("/console/login")
    assert browser.form_token != first
    assert len(desk.kept()["sessions"]) == 1


def test_logging_out(desk: Desk) -> None:
    """The session is revoked on the server: its cookie opens nothing any more, even if it was copied."""
    browser = desk.as_("marie")
    copied = browser.http.cookies.get("guichet_session")
    response = browser.post("/console/logout")
    assert response.headers["location"] == "/console/login?done=logged_out"
    assert cookies(response)["guichet_session"]["max-age"] == "0"
    assert "Votre session est fermée." in browser.follow(response).text
    thief = desk.browser()
    thief.http.cookies.set("guichet_session", copied, domain="desk.test", path="/console")
    assert thief.get("/console/account").status_code == 303
    assert actions(desk)[-1] == ("Marie", "logged_out", "officer marie")


@pytest.mark.parametrize("path", ["/console/logout", "/console/language", "/console/conversations/x/take"])
def test_a_form_of_a_session_that_is_over_says_so(desk: Desk, path: str) -> None:
    """403 with words and the way to the login, and nothing of the console; the other language is at hand."""
    browser = desk.as_("marie")
    desk.pass_by(minutes=30)
    response = browser.post(path)
    assert response.status_code == 403
    assert "Votre session est terminée. Ouvrez-en une nouvelle" in response.text
    assert 'href="/console/login"' in response.text
    assert "/console/login?lang=en" in response.text
    assert "Marie" not in response.text


# How long a session lives


def test_a_session_lives_while_one_works(make_desk: Callable[..., Desk]) -> None:
    """As the settings say: so long without a request, and so long in all."""
    desk = make_desk(session_idle_minutes=5.0, session_hours=1.0)
    browser = desk.as_("marie")
    for _ in range(14):
        desk.pass_by(minutes=4)
        assert browser.get("/console/account").status_code == 200
    desk.pass_by(minutes=4)
    assert browser.get("/console/account").status_code == 303
    browser = desk.as_("marie")
    desk.pass_by(minutes=5)
    assert browser.get("/console/account").status_code == 303


def test_what_a_page_fetches_by_itself_keeps_no_session_alive(desk: Desk) -> None:
    """A page left open is not somebody at work; what it fetched after the end leads to the login."""
    browser = desk.as_("marie")
    for _ in range(29):
        desk.pass_by(minutes=1)
        assert browser.get("/console/conversations", **{"X-Live": "1"}).status_code == 200
    desk.pass_by(minutes=1)
    assert browser.get("/console/conversations", **{"X-Live": "1"}).status_code == 303


# The code


@pytest.fixture
def half_way(desk: Desk) -> Browser:
    """A browser in which the password was given, and the code not yet; one wanted to see the overdue requests."""
    desk.give_device("marie")
    browser = desk.browser()
    response = browser.log_in("marie", query="?next=%2Fconsole%2Ftickets%3Fview%3Doverdue")
    assert response.headers["location"] == "/console/code?next=%2Fconsole%2Ftickets%3Fview%3Doverdue"
    browser.follow(response)
    return browser


def test_the_code_comes_after_the_password(desk: Desk, half_way: Browser) -> None:
    """With it one is where one was going; only then does the journal say that one is in."""
    assert "Entrez le code à six chiffres" in half_way.page.text
    assert "Marie" not in half_way.page.text
    assert actions(desk) == []
    response = half_way.post("/console/code", code=desk.code(), next="/console/tickets?view=overdue")
    assert response.headers["location"] == "/console/tickets?view=overdue"
    assert half_way.follow(response).status_code == 200
    assert actions(desk) == [("Marie", "logged_in", "officer marie")]


@pytest.mark.parametrize("query, said", [("", "Ce code n&#39;est pas le bon"), ("&lang=en", "This code is wrong")])
def test_a_wrong_code(desk: Desk, half_way: Browser, query: str, said: str) -> None:
    """403 in words, in the language chosen, and one may try again without losing where one was going."""
    half_way.get(f"/console/code?next=%2Fconsole%2Ftickets{query}")
    response = half_way.post("/console/code", code="abc", next="/console/tickets")
    assert response.status_code == 403
    assert said in response.text
    assert 'name="next" value="/console/tickets"' in response.text
    assert half_way.http.get("/console/account").headers["location"].startswith("/console/code")
    assert half_way.post("/console/code", code=desk.code()).headers["location"] == "/console"
    assert [action for _, action, _ in actions(desk)] == ["code_failed", "logged_in"]


def test_a_code_opens_one_session(desk: Desk, half_way: Browser) -> None:
    """A second browser with the same password does not get in with the same code."""
    other = desk.browser()
    other.follow(other.log_in("marie"))
    code = desk.code()
    assert half_way.post("/console/code", code=code).status_code == 303
    assert other.post("/console/code", code=code).status_code == 403


def test_guessing_codes_is_slowed_down(desk: Desk, half_way: Browser) -> None:
    """After some wrong codes the right one is not looked at, until the wait is over."""
    for _ in range(FREE_OF_ACCOUNT + 1):
        assert half_way.post("/console/code", code="abc").status_code == 403
    response = half_way.post("/console/code", code=desk.code())
    assert response.status_code == 429
    assert "Attendez 3 secondes" in response.text
    desk.pass_by(seconds=2)
    assert half_way.post("/console/code", code=desk.code()).status_code == 303


def test_the_code_is_waited_for_ten_minutes(desk: Desk, half_way: Browser) -> None:
    """Then one begins with the password again."""
    desk.pass_by(minutes=10)
    response = half_way.post("/console/code", code=desk.code())
    assert response.status_code == 403
    assert half_way.http.get("/console/code").headers["location"] == "/console/login"


def test_there_is_no_code_without_a_password(desk: Desk) -> None:
    """The page of the code leads to the login, and a code alone opens nothing."""
    desk.give_device("marie")
    browser = desk.browser()
    assert browser.get("/console/code").headers["location"] == "/console/login"
    browser.get("/console/login")
    response = browser.post("/console/code", code=desk.code())
    assert response.status_code == 403
    assert "guichet_session" not in cookies(response)


def test_half_way_one_may_begin_again(desk: Desk, half_way: Browser) -> None:
    """With another account, whose officer is then in."""
    half_way.get("/console/login")
    assert half_way.post("/console/login", login="chef", password=PASSWORD).headers["location"] == "/console"
    assert "Chantal" in half_way.get("/console/account").text

"""One's own account: the password, one-time codes, the language; and what must be done first."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pyotp
import pytest

from bot.staff.throttle import FREE_OF_ACCOUNT
from tests.cast import PASSWORD
from tests.console.conftest import Browser, Desk

NEW = "quatre nuages sous la table"


def actions(desk: Desk) -> list[str]:
    """What the journal says was done, without the logins."""
    return [entry.action for entry in desk.rooms.journal.read() if entry.action != "logged_in"][::-1]


def change(browser: Browser, present: str = PASSWORD, new: str = NEW, again: str | None = None) -> str:
    """Change the password; what the page says, or where one is led."""
    browser.get("/console/password")
    response = browser.post("/console/password", present=present, new=new, again=new if again is None else again)
    return response.headers.get("location") or f"{response.status_code} {html.unescape(response.text)}"


# The password


def test_a_password_is_changed(desk: Desk) -> None:
    """One stays in with a new session; one's other sessions end, and nobody else's; the old password opens no more."""
    browser, elsewhere, colleague = desk.as_("marie"), desk.as_("marie"), desk.as_("chef")
    before = browser.http.cookies.get("guichet_session")
    assert change(browser) == "/console/account?done=password"
    assert browser.http.cookies.get("guichet_session") != before
    assert "Le mot de passe est changé." in browser.get("/console/account?done=password").text
    assert elsewhere.get("/console/account").status_code == 303
    assert colleague.get("/console/account").status_code == 200
    assert desk.browser().log_in("marie").status_code == 403
    assert desk.browser().log_in("marie", NEW).status_code == 303
    assert actions(desk) == ["password_changed", "login_failed"]


@pytest.mark.parametrize(
    "given, said",
    [
        ({"present": "pas celui-ci"}, "403 | Le mot de passe actuel n'est pas le bon."),
        ({"again": "autre chose encore"}, "422 | Les deux nouveaux mots de passe ne sont pas les mêmes."),
        ({"new": PASSWORD}, "422 | Le nouveau mot de passe est le même que l'ancien."),
        ({"new": "court"}, "422 | au moins 12 caractères"),
        ({"new": "n" * 257}, "422 | au plus 256 caractères"),
        ({"new": "marie et les autres"}, "422 | ne doit pas être dans le mot de passe"),
        ({"new": "MotDePasse2026!"}, "422 | parmi les plus courants"),
        ({"new": "Password123!"}, "422 | parmi les plus courants"),
    ],
)
def test_a_password_that_is_not_changed(desk: Desk, given: dict[str, str], said: str) -> None:
    """The page says why; the password stays, and so does the session."""
    browser = desk.as_("marie")
    status, words = said.split(" | ")
    found = change(browser, **given)
    assert found.startswith(status)
    assert words in found
    assert browser.get("/console/account").status_code == 200
    assert desk.browser().log_in("marie").status_code == 303
    assert actions(desk) == (["password_failed"] if "present" in given else [])


def test_the_present_password_cannot_be_guessed_here_either(desk: Desk) -> None:
    """Whoever sits down at an open page has as few tries as at the login."""
    browser = desk.as_("marie")
    for _ in range(FREE_OF_ACCOUNT + 1):
        assert change(browser, present="pas celui-ci non plus").startswith("403")
    assert "Attendez 3 secondes" in change(browser)
    desk.pass_by(seconds=2)
    assert change(browser) == "/console/account?done=password"


def test_a_password_given_by_somebody_else_is_changed_first(desk: Desk) -> None:
    """Until then every page and every form leads there, save leaving and the language; then all is open."""
    desk.rooms.people.set_password(desk.officer("marie"), PASSWORD, must_change=True)
    browser = desk.browser()
    browser.log_in("marie")
    for path in ("/console", "/console/conversations", "/console/account", "/console/knowledge/new", "/console/staff"):
        assert browser.http.get(path).headers["location"] == "/console/password", path
    assert "vous a été donné par une autre personne" in browser.get("/console/password").text
    before = desk.kept()
    response = browser.post("/console/knowledge/new", id="nouveau", title_fr="Nouveau")
    assert response.headers["location"] == "/console/password"
    assert desk.kept() == before
    assert browser.post("/console/language", language="en", next="/console/password").status_code == 303
    assert "given to you by somebody else" in browser.get("/console/password").text
    assert change(browser) == "/console/account?done=password"
    assert browser.get("/console/conversations").status_code == 200


def test_who_must_change_their_password_may_leave(desk: Desk) -> None:
    """Logging out is always possible."""
    desk.rooms.people.set_password(desk.officer("marie"), PASSWORD, must_change=True)
    browser = desk.browser()
    browser.follow(browser.log_in("marie"))
    browser.get("/console/password")
    assert browser.post("/console/logout").headers["location"] == "/console/login?done=logged_out"


# One-time codes


def offered(browser: Browser) -> str:
    """The secret that the page shows as letters."""
    found = re.search(r'<code class="letters">([A-Z2-7 ]+)</code>', browser.get("/console/code/new").text)
    assert found
    return found[1].replace(" ", "")


def begin(desk: Desk, browser: Browser) -> str:
    """Put the secret that is offered into a device and give its first code; the secret."""
    secret = offered(browser)
    code = pyotp.TOTP(secret).at(desk.moment)
    assert browser.post("/console/code/new", code=code).headers["location"] == "/console/account?done=code"
    return secret


def test_codes_are_set_up(desk: Desk) -> None:
    """The picture and the letters stay the same until a first code proves them; from then on codes are asked for."""
    browser = desk.as_("marie")
    secret = offered(browser)
    assert 'src="data:image/svg+xml' in browser.page.text
    assert offered(browser) == secret
    assert len(secret) == 32
    wrong = browser.post("/console/code/new", code="abc")
    assert (wrong.status_code, "Ce code n&#39;est pas le bon" in wrong.text) == (422, True)
    assert not desk.officer("marie").has_code
    assert begin(desk, browser) == secret
    assert desk.officer("marie").has_code
    assert "Un code vous est demandé" in browser.get("/console/account").text
    desk.pass_by(seconds=30)
    other = desk.browser()
    assert other.follow(other.log_in("marie")).url.path == "/console/code"
    assert other.post("/console/code", code=pyotp.TOTP(secret).at(desk.moment)).status_code == 303
    assert actions(desk) == ["code_begun"]


def test_the_secret_is_offered_to_its_officer_only(desk: Desk) -> None:
    """Each session is offered another, and it is on no other page."""
    browser = desk.as_("marie")
    secret = offered(browser)
    assert offered(desk.as_("chef")) != secret
    assert secret not in browser.get("/console/account").text.replace(" ", "")


def test_codes_are_ended_with_the_password(desk: Desk) -> None:
    """And not without it."""
    browser = desk.as_("marie")
    begin(desk, browser)
    browser.get("/console/account")
    refused = browser.send("/console/code/end", {"form_token": browser.form_token, "present": "pas celui-ci non plus"})
    assert (refused.status_code, desk.officer("marie").has_code) == (403, True)
    response = browser.post("/console/code/end", present=PASSWORD)
    assert response.headers["location"] == "/console/account?done=code_ended"
    assert "Plus aucun code ne sera demandé." in browser.follow(response).text
    assert desk.browser().log_in("marie").headers["location"] == "/console"
    assert actions(desk) == ["code_begun", "password_failed", "code_ended"]


def test_another_device_does_not_take_the_place_of_one_without_the_password(desk: Desk) -> None:
    """Whoever sits down at an open page cannot put their own device in the place of the officer's."""
    browser = desk.as_("marie")
    secret = begin(desk, browser)
    assert browser.get("/console/code/new").headers["location"] == "/console/account"
    browser.get("/console/account")
    before = desk.kept()
    for code in ("abc", pyotp.TOTP(secret).at(desk.moment), ""):
        response = browser.send("/console/code/new", {"form_token": browser.form_token, "code": code})
        assert response.status_code == 409
        assert "renoncez d&#39;abord aux codes avec votre mot de passe" in response.text
    assert desk.kept() == before


def test_a_new_device_gets_a_new_secret(desk: Desk) -> None:
    """The secret of a device that was lost opens nothing any more, even where all was done in one session."""
    browser = desk.as_("marie")
    lost = begin(desk, browser)
    browser.get("/console/account")
    browser.post("/console/code/end", present=PASSWORD)
    assert begin(desk, browser) != lost


@pytest.fixture
def strict(make_desk: Callable[..., Desk]) -> Desk:
    """A desk where everyone must use one-time codes."""
    return make_desk(second_factor="required")


def test_where_codes_are_required_they_are_set_up_first(strict: Desk) -> None:
    """Until then every page and every form leads there; then all is open."""
    browser = strict.browser()
    browser.log_in("marie")
    for path in ("/console", "/console/conversations", "/console/account", "/console/knowledge/new"):
        assert browser.http.get(path).headers["location"] == "/console/code/new", path
    browser.get("/console/code/new")
    before = strict.kept()
    assert browser.post("/console/knowledge/new", id="nouveau").headers["location"] == "/console/code/new"
    assert strict.kept()["article_versions"] == before["article_versions"]
    begin(strict, browser)
    assert browser.get("/console/conversations").status_code == 200


def test_where_codes_are_required_a_given_password_is_changed_before(strict: Desk) -> None:
    """One after the other: first the password, then the codes."""
    strict.rooms.people.set_password(strict.officer("marie"), PASSWORD, must_change=True)
    browser = strict.browser()
    browser.follow(browser.log_in("marie"))
    assert browser.page.headers["location"] == "/console/password"
    assert change(browser) == "/console/account?done=password"
    assert browser.get("/console/account").headers["location"] == "/console/code/new"


def test_where_codes_are_required_who_ends_them_sets_them_up_again(strict: Desk) -> None:
    """Another device may take the place of the first, and nobody stays without."""
    browser = strict.browser()
    browser.log_in("marie")
    begin(strict, browser)
    browser.get("/console/account")
    browser.post("/console/code/end", present=PASSWORD)
    assert browser.get("/console/account").headers["location"] == "/console/code/new"


# The language


def test_the_language_is_changed_where_one_is(desk: Desk) -> None:
    """A button named in the other language leads back to the same page, its filters too, in that language."""
    browser = desk.as_("marie")
    page = browser.get("/console/tickets?view=mine&text=a%26b&done=ticket_assigned").text
    assert '<button class="plain" lang="en">English</button>' in page
    wanted = re.search(r'name="next" value="([^"]*)"', page)
    assert wanted
    response = browser.post("/console/language", language="en", next=html.unescape(wanted[1]))
    assert response.headers["location"] == "/console/tickets?view=mine&text=a%26b"
    page = browser.follow(response).text
    assert '<html lang="en">' in page
    assert '<button class="plain" lang="fr">Français</button>' in page
    assert desk.officer("marie").language == "en"
    assert '<html lang="en">' in desk.as_("marie").page.text


def test_the_language_is_changed_after_a_form_that_was_refused(desk: Desk) -> None:
    """Its address shows no page: one is led to one that does."""
    browser = desk.as_("marie")
    browser.get("/console/account")
    page = browser.post("/console/conversations/unknown/take").text
    assert 'name="next" value="/console"' in page


def test_a_language_that_there_is_not(desk: Desk) -> None:
    """422 in words, and nothing changes."""
    browser = desk.as_("marie")
    response = browser.post("/console/language", language="de")
    assert (response.status_code, "Choisissez le français ou l&#39;anglais." in response.text) == (422, True)
    assert desk.officer("marie").language == "fr"

"""Logging in and out, one's password, one-time codes and language."""

from __future__ import annotations

import pyotp
import segno
from starlette.responses import Response
from starlette.routing import Route

from bot.console.access import CODE, COOKIE, LOGIN, Access, set_cookie
from bot.console.context import HOME, Visit, local
from bot.staff.journal import Journal
from bot.staff.officer import Officer, StaffError
from bot.staff.people import LoginRefused, LoginThrottled, People
from bot.staff.sessions import Session, Sessions


class Account:
    """The pages of one's own account."""

    def __init__(self, access: Access, people: People, sessions: Sessions, journal: Journal, issuer: str) -> None:
        """`issuer`: what a device shows beside the one-time codes."""
        self._access = access
        self._people = people
        self._sessions = sessions
        self._journal = journal
        self._issuer = issuer

    def routes(self) -> list[Route]:
        """The routes; those of the login are open to all."""
        return [
            self._access.open("/login", self.show_login, "GET"),
            self._access.open("/login", self.log_in, "POST"),
            self._access.open("/code", self.show_code, "GET"),
            self._access.open("/code", self.give_code, "POST"),
            self._access.post("/logout", self.log_out),
            self._access.get("/account", self.show),
            self._access.post("/account/email", self.email),
            self._access.post("/language", self.language),
            self._access.get("/password", self.show_password),
            self._access.post("/password", self.change_password),
            self._access.get("/code/new", self.show_new_code),
            self._access.post("/code/new", self.begin_code),
            self._access.post("/code/end", self.end_code),
        ]

    def show_login(self, visit: Visit) -> Response:
        """The way in."""
        if visit.session and visit.session.complete:
            return visit.to(HOME)
        return self._login(visit)

    def log_in(self, visit: Visit) -> Response:
        """The name and the password; a new session, whatever session there was."""
        login = visit.form["login"]
        try:
            officer = self._people.log_in(login, visit.form["password"], visit.address)
        except LoginThrottled as throttled:
            return self._login(visit, 429, visit.say("login_wait", seconds=throttled.seconds))
        except LoginRefused:
            known = self._people.by_login(login)
            # Names that nobody has may be passwords typed into the wrong field: they are not written down.
            self._journal.note("-", "login_failed", f"officer {known.login}" if known else "officer unknown")
            return self._login(visit, 403, visit.say("login_wrong"))
        return self._enter(visit, officer, complete=not officer.has_code)

    def show_code(self, visit: Visit) -> Response:
        """Ask for the one-time code."""
        if visit.session is None:
            return visit.to(LOGIN)
        if visit.session.complete:
            return visit.to(HOME)
        return visit.page("code.html", error=None, next=visit.asked("next"))

    def give_code(self, visit: Visit) -> Response:
        """The one-time code."""
        session = visit.session
        if session is None or session.complete:
            return visit.refuse("over", 403, LOGIN)
        try:
            self._people.check_code(session.officer, visit.form["code"], visit.address)
        except LoginThrottled as throttled:
            said = visit.say("login_wait", seconds=throttled.seconds)
            return visit.page("code.html", 429, error=said, next=visit.form["next"])
        except LoginRefused:
            self._journal.note(session.officer, "code_failed", f"officer {session.officer.login}")
            return visit.page("code.html", 403, error=visit.say("code_wrong"), next=visit.form["next"])
        return self._enter(visit, session.officer, complete=True)

    def log_out(self, visit: Visit) -> Response:
        """Revoke the session."""
        session = _must(visit)
        self._sessions.end(session.key)
        self._journal.note(session.officer, "logged_out", f"officer {session.officer.login}")
        response = visit.to(LOGIN, done="logged_out")
        response.delete_cookie(COOKIE, path=HOME)
        return response

    def show(self, visit: Visit) -> Response:
        """One's account."""
        return visit.page("account.html", problem=None, email=visit.officer.email or "")

    def email(self, visit: Visit) -> Response:
        """Where warnings are mailed to; nowhere if it is empty."""
        officer, email = visit.officer, visit.form["email"]
        try:
            self._people.set_email(officer, email)
        except StaffError as error:
            problem = visit.say(f"refused_{error.code}")
            return visit.page("account.html", 422, problem=problem, email=email)
        self._journal.note(officer, "email_set", f"officer {officer.login}")
        return visit.to(f"{HOME}/account", done="email")

    def language(self, visit: Visit) -> Response:
        """The language of one's pages."""
        self._people.set_language(visit.officer, visit.form["language"])
        return visit.to(local(visit.form["next"]) or HOME)

    def show_password(self, visit: Visit) -> Response:
        """The form for a new password."""
        return visit.page("password.html", error=None)

    def change_password(self, visit: Visit) -> Response:
        """A new password; all sessions end, and a new one begins here."""
        officer = visit.officer
        try:
            self._people.confirm(officer, visit.form["present"], visit.address)
        except LoginThrottled as throttled:
            return visit.page("password.html", 429, error=visit.say("login_wait", seconds=throttled.seconds))
        except LoginRefused:
            self._journal.note(officer, "password_failed", f"officer {officer.login}")
            return visit.page("password.html", 403, error=visit.say("password_wrong"))
        if visit.form["new"] != visit.form["again"]:
            return visit.page("password.html", 422, error=visit.say("password_apart"))
        if visit.form["new"] == visit.form["present"]:
            return visit.page("password.html", 422, error=visit.say("password_same"))
        try:
            self._people.set_password(officer, visit.form["new"])
        except StaffError as error:
            return visit.page("password.html", 422, error=visit.say(f"refused_{error.code}"))
        self._journal.note(officer, "password_changed", f"officer {officer.login}")
        token, _ = self._sessions.begin(officer, complete=True)
        response = visit.to(f"{HOME}/account", done="password")
        set_cookie(response, COOKIE, token, visit.request)
        return response

    def show_new_code(self, visit: Visit) -> Response:
        """A secret for the device, as a picture and as letters."""
        if visit.officer.has_code:
            return visit.to(f"{HOME}/account")
        return self._new_code(visit)

    def begin_code(self, visit: Visit) -> Response:
        """The first code proves that the device has the secret."""
        session = _must(visit)
        if session.officer.has_code:  # which ends with the password only
            return visit.refuse("code_is_on", 409, f"{HOME}/account")
        try:
            self._people.begin_code(session.officer, session.new_secret or "", visit.form["code"])
        except LoginRefused:
            return self._new_code(visit, 422, visit.say("code_wrong"))
        self._sessions.forget_secret(session)
        self._journal.note(session.officer, "code_begun", f"officer {session.officer.login}")
        return visit.to(f"{HOME}/account", done="code")

    def end_code(self, visit: Visit) -> Response:
        """Ask for no code any more, if the password is given."""
        try:
            self._people.confirm(visit.officer, visit.form["present"], visit.address)
        except LoginThrottled:
            return visit.refuse("password", 403, f"{HOME}/account")
        except LoginRefused:
            self._journal.note(visit.officer, "password_failed", f"officer {visit.officer.login}")
            return visit.refuse("password", 403, f"{HOME}/account")
        self._people.end_code(visit.officer)
        self._journal.note(visit.officer, "code_ended", f"officer {visit.officer.login}")
        return visit.to(f"{HOME}/account", done="code_ended")

    def _enter(self, visit: Visit, officer: Officer, *, complete: bool) -> Response:
        former = visit.session.key if visit.session else None
        token, _ = self._sessions.begin(officer, complete=complete, instead_of=former)
        wanted = local(visit.form["next"])
        if complete:
            self._journal.note(officer, "logged_in", f"officer {officer.login}")
            response = visit.to(wanted or HOME)
        else:
            response = visit.to(CODE, next=wanted or "")
        set_cookie(response, COOKIE, token, visit.request)
        return response

    def _login(self, visit: Visit, status: int = 200, error: str | None = None) -> Response:
        wanted = visit.form["next"] or visit.asked("next")
        first = not self._people.exist()
        return visit.page("login.html", status, error=error, next=wanted, login=visit.form["login"], first=first)

    def _new_code(self, visit: Visit, status: int = 200, error: str | None = None) -> Response:
        session = self._sessions.offer_secret(_must(visit))
        secret = session.new_secret or ""
        address = pyotp.TOTP(secret).provisioning_uri(name=session.officer.login, issuer_name=self._issuer)
        uri = segno.make(address).svg_data_uri(scale=5, border=4, light="#fff")
        grouped = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
        return visit.page("new_code.html", status, picture=uri, secret=grouped, error=error)


def _must(visit: Visit) -> Session:
    if visit.session is None:
        raise LookupError("nobody has logged in")
    return visit.session

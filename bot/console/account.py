"""Logging in and out, one's password, one-time codes and language."""

from __future__ import annotations

import pyotp
import segno
from starlette.responses import Response
from starlette.routing import Route

from bot.console.access import CODE, COOKIE, LOGIN, Access, set_cookie
from bot.console.context import HOME, Context, local
from bot.staff.journal import Journal
from bot.staff.login_attempts import LoginThrottled
from bot.staff.officer import Officer, StaffError
from bot.staff.people import LoginRefused, People
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

    def show_login(self, context: Context) -> Response:
        """The way in."""
        if context.session and context.session.complete:
            return context.to(HOME)
        return self._login(context)

    def log_in(self, context: Context) -> Response:
        """The name and the password; a new session, whatever session there was."""
        login = context.form["login"]
        try:
            officer = self._people.log_in(login, context.form["password"], context.address)
        except LoginThrottled as throttled:
            return self._login(context, 429, context.say("login_wait", seconds=throttled.seconds))
        except LoginRefused:
            known = self._people.by_login(login)
            # Names that nobody has may be passwords typed into the wrong field: they are not written down.
            self._journal.note("-", "login_failed", f"officer {known.login}" if known else "officer unknown")
            return self._login(context, 403, context.say("login_wrong"))
        return self._enter(context, officer, complete=not officer.has_code)

    def show_code(self, context: Context) -> Response:
        """Ask for the one-time code."""
        if context.session is None:
            return context.to(LOGIN)
        if context.session.complete:
            return context.to(HOME)
        return context.page("code.html", error=None, next=context.asked("next"))

    def give_code(self, context: Context) -> Response:
        """The one-time code."""
        session = context.session
        if session is None or session.complete:
            return context.refuse("over", 403, LOGIN)
        try:
            self._people.check_code(session.officer, context.form["code"], context.address)
        except LoginThrottled as throttled:
            said = context.say("login_wait", seconds=throttled.seconds)
            return context.page("code.html", 429, error=said, next=context.form["next"])
        except LoginRefused:
            self._journal.note(session.officer, "code_failed", f"officer {session.officer.login}")
            return context.page("code.html", 403, error=context.say("code_wrong"), next=context.form["next"])
        return self._enter(context, session.officer, complete=True)

    def log_out(self, context: Context) -> Response:
        """Revoke the session."""
        session = _must(context)
        self._sessions.end(session.key)
        self._journal.note(session.officer, "logged_out", f"officer {session.officer.login}")
        response = context.to(LOGIN, done="logged_out")
        response.delete_cookie(COOKIE, path=HOME)
        return response

    def show(self, context: Context) -> Response:
        """One's account."""
        return context.page("account.html", problem=None, email=context.officer.email or "")

    def email(self, context: Context) -> Response:
        """Where warnings are mailed to; nowhere if it is empty."""
        officer, email = context.officer, context.form["email"]
        try:
            self._people.set_email(officer, email)
        except StaffError as error:
            problem = context.say(f"refused_{error.code}")
            return context.page("account.html", 422, problem=problem, email=email)
        self._journal.note(officer, "email_set", f"officer {officer.login}")
        return context.to(f"{HOME}/account", done="email")

    def language(self, context: Context) -> Response:
        """The language of one's pages."""
        self._people.set_language(context.officer, context.form["language"])
        return context.to(local(context.form["next"]) or HOME)

    def show_password(self, context: Context) -> Response:
        """The form for a new password."""
        return context.page("password.html", error=None)

    def change_password(self, context: Context) -> Response:
        """A new password; all sessions end, and a new one begins here."""
        officer = context.officer
        try:
            self._people.confirm(officer, context.form["present"], context.address)
        except LoginThrottled as throttled:
            return context.page("password.html", 429, error=context.say("login_wait", seconds=throttled.seconds))
        except LoginRefused:
            self._journal.note(officer, "password_failed", f"officer {officer.login}")
            return context.page("password.html", 403, error=context.say("password_wrong"))
        if context.form["new"] != context.form["again"]:
            return context.page("password.html", 422, error=context.say("password_apart"))
        if context.form["new"] == context.form["present"]:
            return context.page("password.html", 422, error=context.say("password_same"))
        try:
            self._people.set_password(officer, context.form["new"])
        except StaffError as error:
            return context.page("password.html", 422, error=context.say(f"refused_{error.code}"))
        self._journal.note(officer, "password_changed", f"officer {officer.login}")
        token, _ = self._sessions.begin(officer, complete=True)
        response = context.to(f"{HOME}/account", done="password")
        set_cookie(response, COOKIE, token, context.request)
        return response

    def show_new_code(self, context: Context) -> Response:
        """A secret for the device, as a picture and as letters."""
        if context.officer.has_code:
            return context.to(f"{HOME}/account")
        return self._new_code(context)

    def begin_code(self, context: Context) -> Response:
        """The first code proves that the device has the secret."""
        session = _must(context)
        if session.officer.has_code:  # which ends with the password only
            return context.refuse("code_is_on", 409, f"{HOME}/account")
        try:
            self._people.begin_code(session.officer, session.new_secret or "", context.form["code"])
        except LoginRefused:
            return self._new_code(context, 422, context.say("code_wrong"))
        self._sessions.forget_secret(session)
        self._journal.note(session.officer, "code_begun", f"officer {session.officer.login}")
        return context.to(f"{HOME}/account", done="code")

    def end_code(self, context: Context) -> Response:
        """Ask for no code any more, if the password is given."""
        try:
            self._people.confirm(context.officer, context.form["present"], context.address)
        except LoginThrottled:
            return context.refuse("password", 403, f"{HOME}/account")
        except LoginRefused:
            self._journal.note(context.officer, "password_failed", f"officer {context.officer.login}")
            return context.refuse("password", 403, f"{HOME}/account")
        self._people.end_code(context.officer)
        self._journal.note(context.officer, "code_ended", f"officer {context.officer.login}")
        return context.to(f"{HOME}/account", done="code_ended")

    def _enter(self, context: Context, officer: Officer, *, complete: bool) -> Response:
        former = context.session.key if context.session else None
        token, _ = self._sessions.begin(officer, complete=complete, instead_of=former)
        wanted = local(context.form["next"])
        if complete:
            self._journal.note(officer, "logged_in", f"officer {officer.login}")
            response = context.to(wanted or HOME)
        else:
            response = context.to(CODE, next=wanted or "")
        set_cookie(response, COOKIE, token, context.request)
        return response

    def _login(self, context: Context, status: int = 200, error: str | None = None) -> Response:
        wanted = context.form["next"] or context.asked("next")
        first = not self._people.exist()
        return context.page("login.html", status, error=error, next=wanted, login=context.form["login"], first=first)

    def _new_code(self, context: Context, status: int = 200, error: str | None = None) -> Response:
        session = self._sessions.offer_secret(_must(context))
        secret = session.new_secret or ""
        address = pyotp.TOTP(secret).provisioning_uri(name=session.officer.login, issuer_name=self._issuer)
        uri = segno.make(address).svg_data_uri(scale=5, border=4, light="#fff")
        grouped = " ".join(secret[i : i + 4] for i in range(0, len(secret), 4))
        return context.page("new_code.html", status, picture=uri, secret=grouped, error=error)


def _must(context: Context) -> Session:
    if context.session is None:
        raise LookupError("nobody has logged in")
    return context.session

"""The people, for supervisors; and the journal of who looked at and changed what."""

from __future__ import annotations

import secrets

from starlette.responses import Response
from starlette.routing import Route

from bot.console.access import Access
from bot.console.context import HOME, Context, number
from bot.privacy.retention import Retention
from bot.staff.journal import Journal
from bot.staff.officer import JOURNAL, ROLES, STAFF, Officer, StaffError
from bot.staff.people import People

_PER_PAGE = 100


class StaffPages:
    """The pages of people and of the journal."""

    def __init__(self, access: Access, people: People, journal: Journal, retention: Retention) -> None:
        self._access = access
        self._retention = retention
        self._people = people
        self._journal = journal

    def routes(self) -> list[Route]:
        """The routes, for supervisors."""
        posts = {
            "role": self.set_role,
            "password": self.reset_password,
            "code": self.end_code,
            "shut-out": self.shut_out,
            "let-in": self.let_in,
        }
        return [
            self._access.get("/staff", self.show, STAFF),
            self._access.post("/staff", self.add, STAFF),
            *(self._access.post(f"/staff/{{number:int}}/{name}", endpoint, STAFF) for name, endpoint in posts.items()),
            self._access.get("/journal", self.show_journal, JOURNAL),
            self._access.get("/journal/erasing", self.show_erasing, JOURNAL),
        ]

    def show(self, context: Context) -> Response:
        """Who works here, and a form to add one."""
        return self._page(context)

    def add(self, context: Context) -> Response:
        """Add an officer with a first password, which is shown once and must be changed at the first login."""
        form = context.form
        password = _first_password()
        try:
            officer = self._people.add(
                login=form["login"],
                name=form["name"],
                role=form["role"],
                language=form["language"],
                password=password,
                must_change=True,
                email=form["email"],
            )
        except StaffError as error:
            return self._page(context, problem=context.say(f"refused_{error.code}"), values=form.as_dict())
        self._journal.note(context.officer, "staff_added", f"officer {officer.login}", role=officer.role)
        return self._page(context, told=(officer, password))

    def set_role(self, context: Context) -> Response:
        """Another role."""
        officer = self._officer(context)
        try:
            self._people.set_role(officer, context.form["role"])
        except StaffError as error:
            return context.refuse(error.code, 422, f"{HOME}/staff")
        return self._did(context, officer, "staff_role", role=context.form["role"])

    def reset_password(self, context: Context) -> Response:
        """A new first password, for one who has forgotten theirs."""
        officer, password = self._officer(context), _first_password()
        self._people.set_password(officer, password, must_change=True)
        self._journal.note(context.officer, "password_reset", f"officer {officer.login}")
        return self._page(context, told=(officer, password))

    def end_code(self, context: Context) -> Response:
        """Ask for no one-time code, of one whose device is lost."""
        officer = self._officer(context)
        self._people.end_code(officer)
        return self._did(context, officer, "code_ended")

    def shut_out(self, context: Context) -> Response:
        """Let one in no longer."""
        return self._set_active(context, active=False)

    def let_in(self, context: Context) -> Response:
        """Let one in again."""
        return self._set_active(context, active=True)

    def show_journal(self, context: Context) -> Response:
        """The journal, newest first."""
        subject, officer = context.asked("subject").strip(), context.asked("officer").strip()
        before = number(context.asked("before"))
        entries = self._journal.read(before=before, subject=subject, officer=officer, limit=_PER_PAGE)
        return context.page(
            "journal.html",
            entries=entries,
            subject=subject,
            who=officer,
            officers=[known.name for known in self._people.all()],
            more=entries[-1].id if len(entries) == _PER_PAGE else None,
        )

    def show_erasing(self, context: Context) -> Response:
        """What is kept for how long, and what the latest nights erased."""
        return context.page("erasing.html", erasers=self._retention.erasers, runs=self._retention.latest())

    def _set_active(self, context: Context, *, active: bool) -> Response:
        officer = self._officer(context)
        try:
            self._people.set_active(officer, active=active)
        except StaffError as error:
            return context.refuse(error.code, 422, f"{HOME}/staff")
        return self._did(context, officer, "staff_let_in" if active else "staff_shut_out")

    def _did(self, context: Context, officer: Officer, action: str, **detail: str) -> Response:
        self._journal.note(context.officer, action, f"officer {officer.login}", **detail)
        return context.to(f"{HOME}/staff", done=action)

    def _officer(self, context: Context) -> Officer:
        found = self._people.find(context.path["number"])
        if found is None:
            raise LookupError("no such officer")
        return found

    def _page(
        self,
        context: Context,
        *,
        problem: str | None = None,
        values: dict[str, str] | None = None,
        told: tuple[Officer, str] | None = None,
    ) -> Response:
        return context.page(
            "staff.html",
            422 if problem else 200,
            people=self._people.all(),
            roles=ROLES,
            problem=problem,
            values=values or {},
            told=told,
        )


def _first_password() -> str:
    """Easy to read aloud, hard to guess: about 77 bits."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))

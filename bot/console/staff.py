"""The people, for supervisors; and the journal of who looked at and changed what."""

from __future__ import annotations

import secrets

from starlette.responses import Response
from starlette.routing import Route

from bot.console.access import Access
from bot.console.context import HOME, Visit, number
from bot.privacy.retention import Retention
from bot.staff.journal import Journal
from bot.staff.officer import JOURNAL, ROLES, STAFF, Officer, StaffError
from bot.staff.people import People

_PER_PAGE = 100


class Staffroom:
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

    def show(self, visit: Visit) -> Response:
        """Who works here, and a form to add one."""
        return self._page(visit)

    def add(self, visit: Visit) -> Response:
        """Add an officer with a first password, which is shown once and must be changed at the first login."""
        form = visit.form
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
            return self._page(visit, problem=visit.say(f"refused_{error.code}"), values=form.as_dict())
        self._journal.note(visit.officer, "staff_added", f"officer {officer.login}", role=officer.role)
        return self._page(visit, told=(officer, password))

    def set_role(self, visit: Visit) -> Response:
        """Another role."""
        officer = self._officer(visit)
        try:
            self._people.set_role(officer, visit.form["role"])
        except StaffError as error:
            return visit.refuse(error.code, 422, f"{HOME}/staff")
        return self._did(visit, officer, "staff_role", role=visit.form["role"])

    def reset_password(self, visit: Visit) -> Response:
        """A new first password, for one who has forgotten theirs."""
        officer, password = self._officer(visit), _first_password()
        self._people.set_password(officer, password, must_change=True)
        self._journal.note(visit.officer, "password_reset", f"officer {officer.login}")
        return self._page(visit, told=(officer, password))

    def end_code(self, visit: Visit) -> Response:
        """Ask for no one-time code, of one whose device is lost."""
        officer = self._officer(visit)
        self._people.end_code(officer)
        return self._did(visit, officer, "code_ended")

    def shut_out(self, visit: Visit) -> Response:
        """Let one in no longer."""
        return self._set_active(visit, active=False)

    def let_in(self, visit: Visit) -> Response:
        """Let one in again."""
        return self._set_active(visit, active=True)

    def show_journal(self, visit: Visit) -> Response:
        """The journal, newest first."""
        subject, officer = visit.asked("subject").strip(), visit.asked("officer").strip()
        before = number(visit.asked("before"))
        entries = self._journal.read(before=before, subject=subject, officer=officer, limit=_PER_PAGE)
        return visit.page(
            "journal.html",
            entries=entries,
            subject=subject,
            who=officer,
            officers=[known.name for known in self._people.all()],
            more=entries[-1].id if len(entries) == _PER_PAGE else None,
        )

    def show_erasing(self, visit: Visit) -> Response:
        """What is kept for how long, and what the latest nights erased."""
        return visit.page("erasing.html", erasers=self._retention.erasers, runs=self._retention.latest())

    def _set_active(self, visit: Visit, *, active: bool) -> Response:
        officer = self._officer(visit)
        try:
            self._people.set_active(officer, active=active)
        except StaffError as error:
            return visit.refuse(error.code, 422, f"{HOME}/staff")
        return self._did(visit, officer, "staff_let_in" if active else "staff_shut_out")

    def _did(self, visit: Visit, officer: Officer, action: str, **detail: str) -> Response:
        self._journal.note(visit.officer, action, f"officer {officer.login}", **detail)
        return visit.to(f"{HOME}/staff", done=action)

    def _officer(self, visit: Visit) -> Officer:
        found = self._people.find(visit.path["number"])
        if found is None:
            raise LookupError("no such officer")
        return found

    def _page(
        self,
        visit: Visit,
        *,
        problem: str | None = None,
        values: dict[str, str] | None = None,
        told: tuple[Officer, str] | None = None,
    ) -> Response:
        return visit.page(
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

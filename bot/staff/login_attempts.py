"""Counts failed logins of accounts and addresses, and remembers the places where officers log in."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime

import sqlalchemy as sa

from bot.core.db import Database
from bot.staff.tables import login_failures, login_places, officers
from bot.staff.throttle import FAMILIAR, WINDOW, FailedLogin, is_familiar, source_of, wait_for


class LoginThrottled(RuntimeError):
    """Too many tries failed: the next is allowed in `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"wait {seconds} s")
        self.seconds = seconds


class LoginAttempts:
    """Counts failed logins, and makes the next try wait."""

    def __init__(self, database: Database, now: Callable[[], datetime]) -> None:
        self._database = database
        self._now = now

    def check(self, login: str, address: str) -> None:
        """Make sure that a try is allowed now.

        Raises:
            LoginThrottled: too many tries of this account, or from this address, failed.
        """
        now, account, source = self._now(), _account(login), source_of(address)
        near = sa.or_(login_failures.c.account == account, login_failures.c.address == source)
        recent = sa.select(login_failures.c.at, login_failures.c.account, login_failures.c.address)
        here = (
            sa.select(login_places.c.at)
            .join(officers, officers.c.id == login_places.c.officer_id)
            .where(officers.c.login == login.strip().lower(), login_places.c.address == source)
        )
        with self._database.reading() as connection:
            rows = connection.execute(recent.where(login_failures.c.at > now - WINDOW, near))
            failures = [FailedLogin(*row) for row in rows]
            familiar = is_familiar(connection.execute(here).scalars(), now)
        wait = wait_for(failures, account, source, now, familiar=familiar)
        if wait:
            raise LoginThrottled(int(wait.total_seconds()) + 1)

    def note_success(self, officer_id: int, address: str) -> None:
        """Note that an officer logged in: the place is their own for a while."""
        now, source = self._now(), source_of(address)
        here = sa.and_(login_places.c.officer_id == officer_id, login_places.c.address == source)
        with self._database.writing() as connection:
            connection.execute(sa.delete(login_places).where(sa.or_(here, login_places.c.at <= now - FAMILIAR)))
            connection.execute(sa.insert(login_places).values(officer_id=officer_id, address=source, at=now))

    def note_failure(self, login: str, address: str) -> None:
        """Note a failed try, which counts for the account and for the address."""
        now, account, source = self._now(), _account(login), source_of(address)
        with self._database.writing() as connection:
            connection.execute(sa.delete(login_failures).where(login_failures.c.at <= now - WINDOW))
            connection.execute(sa.insert(login_failures).values(at=now, account=account, address=source))

    def erase(self, before: datetime) -> int:
        """Erase the failed logins and the places of logins before a moment; return how many."""
        with self._database.writing() as connection:
            tables = (login_failures, login_places)
            return sum(connection.execute(sa.delete(table).where(table.c.at <= before)).rowcount for table in tables)


def _account(login: str) -> str:
    """The digest under which an account's failures count: what was typed may be a password, and is not kept."""
    return hashlib.sha256(login.strip().lower().encode()).hexdigest()

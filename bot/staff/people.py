"""Adds and changes officers, lets them log in, and notes when they are at work."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from bot.core.db import Database
from bot.core.texts import LANGUAGES
from bot.staff.login_attempts import LoginAttempts
from bot.staff.officer import (
    ROLES,
    SUPERVISOR,
    Officer,
    StaffError,
    likeness,
    valid_email,
    valid_login,
    valid_name,
    valid_password,
)
from bot.staff.one_time_code import matching_period
from bot.staff.tables import login_places, officers, sessions

_FIELDS = [officers.c[name] for name in ("id", "login", "name", "role", "language", "active")]
_OFFICER = [*_FIELDS, officers.c.code_secret.is_not(None), officers.c.must_change, officers.c.seen_at, officers.c.email]
_SEEN_EVERY = timedelta(seconds=20)


class LoginRefused(RuntimeError):
    """The name, the password or the code is wrong; the error does not say which."""


class People:
    """Keeps the officers and checks their logins."""

    def __init__(self, database: Database, now: Callable[[], datetime], hasher: PasswordHasher | None = None) -> None:
        """`hasher`: argon2id with the library's parameters (RFC 9106's second recommendation) unless told."""
        self._database = database
        self._now = now
        self._hasher = hasher or PasswordHasher()
        self.attempts = LoginAttempts(database, now)
        # One try after another: those that come at once are counted like any others, and argon2 has its memory once.
        self._tries = threading.Lock()

    @cached_property
    def _nobody(self) -> str:
        """The password of a name that nobody has. Made when it is first needed: hashing takes long on purpose."""
        return self._hasher.hash(secrets.token_urlsafe())

    def add(
        self,
        *,
        login: str,
        name: str,
        role: str,
        password: str,
        language: str = "fr",
        must_change: bool = False,
        email: str = "",
    ) -> Officer:
        """Add an officer and return them.

        Raises:
            StaffError: "login", "name", "role", "language", "email" or "password_…"; "taken": login or name is
                another's.
        """
        login, name = valid_login(login), valid_name(name)
        if role not in ROLES:
            raise StaffError("role")
        if language not in LANGUAGES:
            raise StaffError("language")
        values = {
            "login": login,
            "name": name,
            "name_key": likeness(name),
            "role": role,
            "language": language,
            "active": True,
            "password": self._hasher.hash(valid_password(password, login)),
            "must_change": must_change,
            "created_at": self._now(),
            "email": valid_email(email),
        }
        try:
            with self._database.writing() as connection:
                key = connection.execute(sa.insert(officers).values(**values)).inserted_primary_key
        except sa.exc.IntegrityError:
            raise StaffError("taken") from None
        return self._get(key[0] if key else 0)

    def find(self, officer_id: int) -> Officer | None:
        """The officer with this number."""
        return self._one(officers.c.id == officer_id)

    def by_login(self, login: str) -> Officer | None:
        """The officer with this login."""
        return self._one(officers.c.login == login.strip().lower())

    def by_name(self, name: str) -> Officer | None:
        """The officer whom citizens and colleagues know by this name."""
        return self._one(officers.c.name == name)

    def all(self) -> list[Officer]:
        """Every officer, those who may log in first, by name."""
        query = sa.select(*_OFFICER).order_by(officers.c.active.desc(), officers.c.name_key)
        with self._database.reading() as connection:
            return [Officer(*row) for row in connection.execute(query)]

    def exist(self) -> bool:
        """Whether any officer exists."""
        with self._database.reading() as connection:
            return connection.execute(sa.select(officers.c.id).limit(1)).first() is not None

    def log_in(self, login: str, password: str, address: str) -> Officer:
        """The officer whose name and password these are; the one-time code is asked for after.

        Raises:
            LoginThrottled: too many failures of this account or from this address; nothing was looked at.
            LoginRefused: they are nobody's.
        """
        with self._tries:
            self.attempts.check(login, address)
            query = sa.select(officers.c.id, officers.c.password, officers.c.active)
            with self._database.reading() as connection:
                row = connection.execute(query.where(officers.c.login == login.strip().lower())).first()
            # A name that nobody has takes as long as a wrong password.
            fits = self._fits(row.password if row else self._nobody, password)
            if row is None or not fits or not row.active:
                self.attempts.note_failure(login, address)
                raise LoginRefused
        if self._hasher.check_needs_rehash(row.password):
            self._change(row.id, password=self._hasher.hash(password))
        officer = self._get(row.id)
        if not officer.has_code:
            self.attempts.note_success(officer.id, address)
        return officer

    def check_code(self, officer: Officer, code: str, address: str) -> None:
        """Check a one-time code (RFC 6238; one period early or late counts); each code works once.

        Raises:
            LoginThrottled, LoginRefused: as `log_in`.
        """
        with self._tries:
            self.attempts.check(officer.login, address)
            with self._database.writing() as connection:
                row = connection.execute(
                    sa.select(officers.c.code_secret, officers.c.code_used)
                    .where(officers.c.id == officer.id)
                    .with_for_update()
                ).one()
                period = matching_period(row.code_secret or "", code, self._now())
                good = period is not None and period > (row.code_used or 0)
                if good:
                    used = sa.update(officers).where(officers.c.id == officer.id).values(code_used=period)
                    connection.execute(used)
            if not good:
                self.attempts.note_failure(officer.login, address)
                raise LoginRefused
        self.attempts.note_success(officer.id, address)

    def begin_code(self, officer: Officer, secret: str, code: str) -> None:
        """Ask for one-time codes of `secret` from now on; a first `code` proves that the officer's device has it.

        Raises:
            LoginRefused: the code is not one of this secret.
        """
        period = matching_period(secret, code, self._now())
        if period is None:
            raise LoginRefused
        self._change(officer.id, code_secret=secret, code_used=period)

    def end_code(self, officer: Officer) -> None:
        """Stop asking for one-time codes (the device was lost)."""
        self._change(officer.id, code_secret=None, code_used=None)

    def confirm(self, officer: Officer, password: str, address: str) -> None:
        """Make sure that the person at the keyboard knows the officer's password.

        Raises:
            LoginThrottled, LoginRefused: as `log_in`.
        """
        self.log_in(officer.login, password, address)

    def set_password(self, officer: Officer, password: str, *, must_change: bool = False) -> None:
        """Set a new password and end every session of the officer's.

        `must_change` says that somebody else chose it. They cannot tell the officer's places from a thief's, so no
        place is the officer's own until the officer logs in there.

        Raises:
            StaffError: "password_…".
        """
        hashed = self._hasher.hash(valid_password(password, officer.login))
        with self._database.writing() as connection:
            changed = sa.update(officers).where(officers.c.id == officer.id)
            connection.execute(changed.values(password=hashed, must_change=must_change))
            connection.execute(sa.delete(sessions).where(sessions.c.officer_id == officer.id))
            if must_change:
                connection.execute(sa.delete(login_places).where(login_places.c.officer_id == officer.id))

    def set_language(self, officer: Officer, language: str) -> None:
        """Set the language of the officer's pages.

        Raises:
            StaffError: "language".
        """
        if language not in LANGUAGES:
            raise StaffError("language")
        self._change(officer.id, language=language)

    def set_email(self, officer: Officer, email: str) -> None:
        """Set the address for warnings; "" for none.

        Raises:
            StaffError: "email".
        """
        self._change(officer.id, email=valid_email(email))

    def set_role(self, officer: Officer, role: str) -> None:
        """Change the role.

        Raises:
            StaffError: "role", or "last_supervisor": somebody must be able to add officers.
        """
        if role not in ROLES:
            raise StaffError("role")
        with self._database.writing() as connection:
            if role != SUPERVISOR:
                self._keep_a_supervisor(connection, officer)
            connection.execute(sa.update(officers).where(officers.c.id == officer.id).values(role=role))

    def set_active(self, officer: Officer, *, active: bool) -> None:
        """Let an officer log in again, or no longer, and end every session of theirs.

        Raises:
            StaffError: "last_supervisor".
        """
        with self._database.writing() as connection:
            if not active:
                self._keep_a_supervisor(connection, officer)
            connection.execute(sa.update(officers).where(officers.c.id == officer.id).values(active=active))
            connection.execute(sa.delete(sessions).where(sessions.c.officer_id == officer.id))

    def note_seen(self, officer: Officer) -> None:
        """Note that the officer is at work."""
        now = self._now()
        if officer.seen_at is None or now - officer.seen_at > _SEEN_EVERY:
            self._change(officer.id, seen_at=now)

    def away_since(self, names: Iterable[str], moment: datetime) -> set[str]:
        """The names of those officers who were not seen after `moment`."""
        wanted = set(names)
        here = sa.select(officers.c.name).where(
            officers.c.name.in_(wanted), officers.c.active.is_(True), officers.c.seen_at > moment
        )
        with self._database.reading() as connection:
            return wanted - set(connection.execute(here).scalars())

    def _fits(self, hashed: str, password: str) -> bool:
        try:
            return self._hasher.verify(hashed, password[:1024])
        except (VerificationError, InvalidHashError):
            return False

    def _keep_a_supervisor(self, connection: sa.Connection, officer: Officer) -> None:
        # Locked, so that two supervisors who shut each other out at once do so one after the other.
        query = sa.select(officers.c.id).where(officers.c.role == SUPERVISOR, officers.c.active.is_(True))
        found = connection.execute(query.order_by(officers.c.id).with_for_update()).scalars().all()
        if list(found) == [officer.id]:
            raise StaffError("last_supervisor")

    def _change(self, officer_id: int, **values: Any) -> None:
        with self._database.writing() as connection:
            connection.execute(sa.update(officers).where(officers.c.id == officer_id).values(**values))

    def _one(self, condition: sa.ColumnElement[bool]) -> Officer | None:
        with self._database.reading() as connection:
            row = connection.execute(sa.select(*_OFFICER).where(condition)).first()
        return Officer(*row) if row else None

    def _get(self, officer_id: int) -> Officer:
        found = self.find(officer_id)
        if found is None:
            raise LookupError(f"no officer {officer_id}")
        return found

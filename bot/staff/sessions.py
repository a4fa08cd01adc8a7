"""Sessions of officers: on the server, known to the browser by a random token only."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pyotp
import sqlalchemy as sa

from bot.core.db import Database
from bot.staff.officer import Officer
from bot.staff.people import People
from bot.staff.tables import sessions

_TOKEN_BYTES = 32
_NOTE_EVERY = timedelta(seconds=30)
COMPLETE_WITHIN = timedelta(minutes=10)  # from the password to the one-time code


@dataclass(frozen=True)
class Session:
    """An officer's session. `form_token` goes with every form; `complete`: the code, if one is asked for, was given.

    `new_secret` is the secret of one-time codes that the officer is about to put into a device.
    """

    key: str
    officer: Officer
    form_token: str
    complete: bool
    new_secret: str | None


class Sessions:
    """Begins, finds and ends sessions."""

    def __init__(
        self, database: Database, people: People, now: Callable[[], datetime], idle: timedelta, longest: timedelta
    ) -> None:
        """A session ends after `idle` without a request, and after `longest` in all."""
        self._database = database
        self._people = people
        self._now = now
        self._idle = idle
        self._longest = longest

    def begin(self, officer: Officer, *, complete: bool, instead_of: str | None = None) -> tuple[str, Session]:
        """Begin a session and end the session `instead_of`; return its token, which only the browser knows, and it."""
        token, now = secrets.token_urlsafe(_TOKEN_BYTES), self._now()
        key, form_token = _key(token), secrets.token_urlsafe(_TOKEN_BYTES)
        with self._database.writing() as connection:
            connection.execute(sa.delete(sessions).where(sessions.c.created_at <= now - self._longest))
            if instead_of:
                connection.execute(sa.delete(sessions).where(sessions.c.token == instead_of))
            connection.execute(
                sa.insert(sessions).values(
                    token=key,
                    officer_id=officer.id,
                    form_token=form_token,
                    complete=complete,
                    created_at=now,
                    seen_at=now,
                )
            )
        return token, Session(key, officer, form_token, complete, None)

    def find(self, token: str, *, renew: bool = True) -> Session | None:
        """The session of a token, if it has not ended and its officer may log in; `renew` restarts its idle time."""
        key, now = _key(token), self._now()
        with self._database.reading() as connection:
            row = connection.execute(sa.select(sessions).where(sessions.c.token == key)).first()
        if row is None:
            return None
        officer = self._people.find(row.officer_id)
        longest = self._longest if row.complete else COMPLETE_WITHIN
        if officer is None or not officer.active or now - row.created_at >= longest or now - row.seen_at >= self._idle:
            self.end(key)
            return None
        if renew and now - row.seen_at > _NOTE_EVERY:
            self._change(key, seen_at=now)
        if row.complete:
            self._people.note_seen(officer)
        return Session(key, officer, row.form_token, row.complete, row.new_secret)

    def offer_secret(self, session: Session) -> Session:
        """The session with a secret for one-time codes, made once; the secret counts when a code has proved it."""
        if session.new_secret:
            return session
        secret = pyotp.random_base32()
        self._change(session.key, new_secret=secret)
        return replace(session, new_secret=secret)

    def forget_secret(self, session: Session) -> None:
        """Drop the offered secret, which is in a device now: the next offer makes another."""
        self._change(session.key, new_secret=None)

    def end(self, key: str) -> None:
        """Revoke a session."""
        with self._database.writing() as connection:
            connection.execute(sa.delete(sessions).where(sessions.c.token == key))

    def erase_ended(self, before: datetime) -> int:
        """Erase the sessions that expired before a moment; return how many."""
        with self._database.writing() as connection:
            over = sa.delete(sessions).where(sessions.c.created_at <= before - self._longest)
            return connection.execute(over).rowcount

    def _change(self, key: str, **values: object) -> None:
        with self._database.writing() as connection:
            connection.execute(sa.update(sessions).where(sessions.c.token == key).values(**values))


def _key(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

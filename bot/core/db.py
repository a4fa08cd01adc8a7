"""The database: one engine a process, UTC moments, and migrations.

One transaction, one connection. Who holds a connection and waits for a second one may wait for ever: fifteen writers
at once hold all that a pool has, and each waits for the others. So whatever is read inside `Database.writing()`, or
inside another `reading()`, by whichever store, is read on the connection that is open there: `reading()` finds it by
itself, and nobody has to hand it on. What is read there is what the transaction sees, its own changes included.
A function that writes in the caller's transaction takes that transaction's connection: `writing()` inside `reading()`
or `writing()` is refused with `NestedTransaction`.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy.engine import Connection, Dialect, Engine

from bot.core.folders import ROOT

BUSY_SECONDS = 15.0  # how long one waits for another process's write to SQLite
LARGEST_VACUUM = 300_000_000  # bytes: written anew in less than that, also on a busy machine

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


class UTCDateTime(sa.types.TypeDecorator[datetime]):
    """A moment with its zone: stored in UTC, read back in UTC; a naive datetime is an error."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a stored moment needs a time zone")
        return value.astimezone(timezone.utc)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=timezone.utc) if value.tzinfo is None else value.astimezone(timezone.utc)


def make_engine(url: str, **pool: Any) -> Engine:
    """An engine for `url`; SQLite gets a folder, WAL, foreign keys and a patient lock.

    Its errors do not hold the values of a statement, which are what people wrote. `pool`: what `create_engine` is told
    of the pool of connections.
    """
    address = sa.make_url(url)
    if address.get_backend_name() != "sqlite":
        return sa.create_engine(address, pool_pre_ping=True, hide_parameters=True, **pool)
    if address.database and address.database != ":memory:":
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(address, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True, **pool)

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        # sqlite3 would open transactions by itself, and late: SQLAlchemy's documented remedy is
        # to switch that off and say BEGIN ourselves (IMMEDIATE, so that a writer waits instead
        # of failing half-way when another process holds the lock).
        connection.isolation_level = None
        # What is deleted is overwritten with zeros: erasing is not leaving it to be found in the file.
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        readonly = connection.get_execution_options().get("guichet_readonly")
        connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")

    return engine


class NestedTransaction(RuntimeError):
    """A transaction was begun where one is open already: hand the open one's connection on instead."""


class Database:
    """Where the stores read and write: `reading()` for looking, `writing()` for one transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        # The connection that is open in this thread, or in this task.
        self._open: ContextVar[Connection | None] = ContextVar("connection", default=None)
        # SQLite lets one write at a time, and a writer that finds it busy sleeps and tries again:
        # threads of one process do better to stand in line.
        one_writer = engine.dialect.name == "sqlite"
        self._line: AbstractContextManager[object] = threading.Lock() if one_writer else nullcontext()
        self._readonly = engine.execution_options(guichet_readonly=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection for looking, which takes no lock against writers: inside a transaction, the one it has."""
        joined = self._joined()
        if joined is not None:
            yield joined
            return
        with self._readonly.connect() as connection, self._known_as_open(connection):
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: committed when the block ends, rolled back when it raises.

        Raises:
            NestedTransaction: one is open here already.
        """
        self._refuse_nested()
        with self._line, self.engine.begin() as connection, self._known_as_open(connection):
            yield connection

    def _joined(self) -> Connection | None:
        """The connection that is open here. A task may have been begun inside a transaction that is over by now."""
        connection = self._open.get()
        return None if connection is None or connection.closed else connection

    def _refuse_nested(self) -> None:
        if self._joined() is not None:
            raise NestedTransaction("a transaction is open here: write by its connection")

    @contextmanager
    def _known_as_open(self, connection: Connection) -> Iterator[None]:
        self._open.set(connection)
        try:
            yield
        finally:
            self._open.set(None)

    def drop_log(self) -> bool:
        """Take what was written before out of SQLite's log; False if somebody still reads it.

        What was erased stands there until then, as it was.
        """
        return self._on_files("PRAGMA busy_timeout=500", "PRAGMA wal_checkpoint(TRUNCATE)")

    def scrub(self) -> bool:
        """Write SQLite's file anew, so that nothing is left in it of what was erased; False if somebody reads it.

        One that is so large that writers would have to be refused meanwhile keeps its form: what was deleted in it was
        overwritten. On PostgreSQL that is its own vacuum's work.
        """
        patience = f"PRAGMA busy_timeout={int(BUSY_SECONDS * 1000)}"
        anew = ["VACUUM"] if self._bytes() <= LARGEST_VACUUM else []
        return self._on_files(patience, *anew, "PRAGMA wal_checkpoint(TRUNCATE)")

    def _bytes(self) -> int:
        if self.engine.dialect.name != "sqlite":
            return 0
        with self.reading() as connection:
            counts = [connection.exec_driver_sql(f"PRAGMA page_{name}").scalar_one() for name in ("count", "size")]
        return int(counts[0] * counts[1])

    def _on_files(self, *statements: str) -> bool:
        """Run statements on SQLite's file that no transaction may hold; the last one says whether it was busy."""
        if self.engine.dialect.name != "sqlite":
            return True
        self._refuse_nested()
        with self._line:
            proxy = self.engine.raw_connection()
            try:
                raw: Any = proxy.driver_connection
                for statement in statements:
                    last = raw.execute(statement).fetchone()
                return bool(last and last[0] == 0)
            except sqlite3.OperationalError as error:
                raise sa.exc.OperationalError(statements[-1], None, error) from error
            finally:
                proxy.invalidate()  # its patience is no longer that of the others

    def ping(self) -> None:
        """Raise if the database does not answer."""
        with self.reading() as connection:
            connection.execute(sa.text("SELECT 1"))


def migrate(engine: Engine, revision: str = "head") -> None:
    """Create the tables, or bring the database to the form of another revision (the present one unless told)."""
    config = Config()
    config.set_main_option("script_location", str(ROOT / "bot" / "migrations"))
    with engine.connect() as connection, _without_foreign_keys(connection), connection.begin():
        config.attributes["connection"] = connection
        change = command.downgrade if _is_behind(revision, connection) else command.upgrade
        change(config, revision)


def _is_behind(revision: str, connection: Connection) -> bool:
    present = MigrationContext.configure(connection).get_current_revision()
    return revision != "head" and present is not None and revision < present


@contextmanager
def _without_foreign_keys(connection: Connection) -> Iterator[None]:
    """On SQLite a changed table is made anew and takes the old one's place, which its referrers would forbid.

    They are checked at the end instead. The switch has no effect within a transaction.
    """
    if connection.dialect.name != "sqlite":
        yield
        return
    raw: Any = connection.connection.dbapi_connection
    raw.execute("PRAGMA foreign_keys=OFF")
    try:
        yield
        broken = raw.execute("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"{len(broken)} rows refer to rows that are not there: {broken[0]}")
    finally:
        raw.execute("PRAGMA foreign_keys=ON")

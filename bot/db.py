"""The database: one engine a process, UTC moments, and migrations."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy.engine import Connection, Dialect, Engine

from bot.settings import ROOT

BUSY_SECONDS = 15.0  # how long one waits for another process's write to SQLite

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


def make_engine(url: str) -> Engine:
    """An engine for `url`; SQLite gets a folder, WAL, foreign keys and a patient lock."""
    address = sa.make_url(url)
    if address.get_backend_name() != "sqlite":
        return sa.create_engine(address, pool_pre_ping=True)
    if address.database and address.database != ":memory:":
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(address, connect_args={"timeout": BUSY_SECONDS})

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _record: Any) -> None:
        # sqlite3 would open transactions by itself, and late: SQLAlchemy's documented remedy is
        # to switch that off and say BEGIN ourselves (IMMEDIATE, so that a writer waits instead
        # of failing half-way when another process holds the lock).
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        readonly = connection.get_execution_options().get("guichet_readonly")
        connection.exec_driver_sql("BEGIN" if readonly else "BEGIN IMMEDIATE")

    return engine


class Database:
    """Where the stores read and write: `reading()` for looking, `writing()` for one transaction."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        # SQLite lets one write at a time, and a writer that finds it busy sleeps and tries again:
        # threads of one process do better to stand in line.
        one_writer = engine.dialect.name == "sqlite"
        self._line: AbstractContextManager[object] = threading.Lock() if one_writer else nullcontext()
        self._readonly = engine.execution_options(guichet_readonly=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one consistent state and takes no lock against writers."""
        with self._readonly.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: committed when the block ends, rolled back when it raises."""
        with self._line, self.engine.begin() as connection:
            yield connection

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

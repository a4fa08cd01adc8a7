"""Databases for tests: SQLite files, and a PostgreSQL server of the tests' own on loopback."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.core.db import make_engine, migrate

_TEMPLATE = "with_tables"
_MEMORY = Path("/dev/shm")
_ROOM = 1_000_000_000  # bytes; a cluster with a few databases takes 100 MB


class OneConnection(sa.pool.QueuePool):
    """A pool of a single connection, which a thread that has it and asks for a second one is told at once.

    With more of them, a store that reads on a second connection inside a transaction works, until as many writers as
    there are connections come at once.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._holder: int | None = None
        sa.event.listen(self, "checkout", self._given)
        sa.event.listen(self, "checkin", self._taken_back)

    def connect(self) -> Any:
        """Give the connection as soon as no other thread has it."""
        if self._holder == threading.get_ident():
            raise AssertionError("a second connection is asked for by a thread that holds one (see bot/core/db.py)")
        return super().connect()

    def _given(self, *_which: object) -> None:
        self._holder = threading.get_ident()

    def _taken_back(self, *_which: object) -> None:
        self._holder = None


def engine_of_one(url: str) -> sa.Engine:
    """An engine as the desk has it, but for its pool: one connection, no other for those who wait."""
    return make_engine(url, poolclass=OneConnection, pool_size=1, max_overflow=0, pool_timeout=10)


def at_once(engine: sa.Engine, acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Do each act in a thread, all of them with a connection in hand before any goes on; what they give."""
    all_here, this_thread = threading.Barrier(len(acts)), threading.local()

    @sa.event.listens_for(engine, "begin")
    def _meet(_connection: sa.Connection) -> None:
        if not hasattr(this_thread, "began"):
            this_thread.began = True
            all_here.wait(30)

    try:
        with ThreadPoolExecutor(len(acts)) as pool:
            return [doing.result() for doing in [pool.submit(act) for act in acts]]
    finally:
        sa.event.remove(engine, "begin", _meet)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def folder_in_memory() -> Path | None:
    """A file system in memory that has room, where there is one: what tests write need not reach a disk."""
    return _MEMORY if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > _ROOM else None


class SqliteFiles:
    """Makes SQLite files that hold the tables, each a copy of one that was migrated."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template = folder / "template.db"
        engine = make_engine(f"sqlite:///{self._template}")
        migrate(engine)
        engine.dispose()  # closing the last connection leaves everything in the one file

    def new(self) -> str:
        """The address of a new database with its tables."""
        path = self._folder / uuid.uuid4().hex / "guichet.db"
        path.parent.mkdir()
        shutil.copy(self._template, path)
        return f"sqlite:///{path}"

    def give_back(self, url: str) -> None:
        """Remove a database and what lies beside it."""
        shutil.rmtree(Path(str(sa.make_url(url).database)).parent, ignore_errors=True)


# What tables there are and what columns and indexes they have, in one word.
_SHAPE = """
SELECT md5(concat_ws('|', (
  SELECT string_agg(concat_ws(' ', c.relname, a.attname, a.atttypid, a.attnotnull, a.atthasdef), ','
    ORDER BY c.relname, a.attnum)
  FROM pg_class c LEFT JOIN pg_attribute a ON a.attrelid = c.oid WHERE c.relnamespace = 'public'::regnamespace
), (
  SELECT string_agg(concat_ws(' ', c.relname, t.tgname, t.tgenabled), ',' ORDER BY c.relname, t.tgname)
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
  WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal
), (
  SELECT string_agg(concat_ws(' ', r.conname, pg_get_constraintdef(r.oid)), ',' ORDER BY r.conname, r.oid)
  FROM pg_constraint r WHERE r.connamespace = 'public'::regnamespace
)))
"""
# Empties every table that holds a row, and lets every number begin at 1 again. A new copy of the template would take
# five times as long: it waits for two checkpoints, the removal of the old one included.
_EMPTY = """
DO $$
DECLARE
  name text; found boolean; written text[] := '{}';
BEGIN
  SET LOCAL session_replication_role = replica;  -- no trigger and no foreign key has a say
  FOR name IN SELECT quote_ident(tablename) FROM pg_tables
    WHERE schemaname = 'public' AND tablename <> 'alembic_version' LOOP
    EXECUTE 'SELECT EXISTS (SELECT 1 FROM ' || name || ')' INTO found;
    IF found THEN written := written || name; END IF;
  END LOOP;
  IF written <> '{}' THEN EXECUTE 'TRUNCATE ' || array_to_string(written, ', ') || ' CASCADE'; END IF;
  FOR name IN SELECT quote_ident(sequencename) FROM pg_sequences
    WHERE schemaname = 'public' AND last_value IS NOT NULL LOOP
    EXECUTE 'ALTER SEQUENCE ' || name || ' RESTART';
  END LOOP;
END $$
"""
_OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()"


class PostgresServer:
    """A PostgreSQL cluster in a temporary folder, started and stopped by the tests."""

    def __init__(self, *, in_memory: bool = False) -> None:
        """`in_memory`: where there is a file system in memory that has room; what is measured belongs on a disk."""
        folder = folder_in_memory() if in_memory else None
        self._folder = Path(tempfile.mkdtemp(prefix="guichet-postgres-", dir=folder))
        self._port = free_port()
        self._bin = _binaries()
        # PostgreSQL refuses to run as root: Debian's package has a user for it.
        self._as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self._as:
            shutil.chown(self._folder, "postgres")
        self._process: subprocess.Popen[bytes] | None = None
        # By the name of a database: the connection that empties it. Those that no test has now are free.
        self._cleaners: dict[str, sa.Connection] = {}
        self._free: list[str] = []
        self._shape = ""
        # Since version 15 every copied page is written to the log too, unless told: two to four times as slow.
        self._copied = " STRATEGY FILE_COPY" if self._version() >= 15 else ""

    def start(self, **settings: str) -> PostgresServer:
        """Make the cluster and start it; `settings` as in postgresql.conf."""
        data = str(self._folder / "data")
        self._run(
            "initdb", "-D", data, "-U", "guichet", "-A", "trust", "-E", "UTF8", "--locale", "C.UTF-8", "--no-sync"
        )
        # The tests' databases need not outlive a power failure, only the processes that use them.
        options = {"fsync": "off", "max_connections": "200", "autovacuum": "off", **settings}
        command = [*self._as, str(self._bin / "postgres"), "-D", data, "-p", str(self._port)]
        command += ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={self._folder}"]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with (self._folder / "log").open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd=self._folder)
        self._wait_until_ready()
        self._sql(f"CREATE DATABASE {_TEMPLATE}")
        engine = make_engine(self._url(_TEMPLATE))
        migrate(engine)
        with engine.connect() as connection:
            self._shape = str(connection.exec_driver_sql(_SHAPE).scalar())
        engine.dispose()
        return self

    def new(self) -> str:
        """The address of a database with its tables, all empty: one that was given back, or a new one."""
        if self._free:
            return self._url(self._free.pop())
        name = f"t{uuid.uuid4().hex}"
        self._sql(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE}{self._copied}")
        return self._url(name)

    def give_back(self, url: str) -> None:
        """Empty a database for the next test, whoever is connected to it; one whose tables were changed is removed."""
        name = str(sa.make_url(url).database)
        cleaner = self._cleaners.get(name)
        if cleaner is None:
            engine = sa.create_engine(url, isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool)
            cleaner = self._cleaners[name] = engine.connect()
        cleaner.exec_driver_sql(_OTHERS, (name,))
        if cleaner.exec_driver_sql(_SHAPE).scalar() == self._shape:
            cleaner.exec_driver_sql(_EMPTY)
            self._free.append(name)
        else:
            self._cleaners.pop(name).close()
            self._sql(f"DROP DATABASE {name} WITH (FORCE)")

    def stop(self) -> None:
        """Stop the server and remove the cluster."""
        for cleaner in self._cleaners.values():
            cleaner.close()
        if self._process:
            self._run("pg_ctl", "-D", str(self._folder / "data"), "stop", "-m", "immediate")
            self._process.wait(20)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _url(self, name: str) -> str:
        return f"postgresql+psycopg2://guichet@127.0.0.1:{self._port}/{name}"

    def _sql(self, statement: str) -> None:
        engine = sa.create_engine(self._url("postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.pool.NullPool)
        with engine.connect() as connection:
            connection.exec_driver_sql(statement)

    def _version(self) -> int:
        told = subprocess.run([str(self._bin / "postgres"), "--version"], capture_output=True, text=True, check=True)
        return int(re.findall(r"\d+", told.stdout)[0])

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as, str(self._bin / program), *arguments]
        done = subprocess.run(command, cwd=self._folder, capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise RuntimeError(f"{program} failed:\n{done.stdout}{done.stderr}")

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + 30
        while True:
            try:
                self._sql("SELECT 1")
                return
            except sa.exc.OperationalError:
                assert self._process is not None
                log = (self._folder / "log").read_text(errors="replace")
                assert self._process.poll() is None, f"PostgreSQL ended:\n{log}"
                assert time.monotonic() < deadline, f"PostgreSQL is not ready:\n{log}"
                time.sleep(0.05)


def _binaries() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    assert on_path, "these tests need PostgreSQL's server programs (Debian: apt-get install postgresql)"
    return Path(on_path).parent

"""What all tests share: no setting of the machine's reaches them, and the data is read once."""

from __future__ import annotations

import os
import random
import secrets
import tempfile
from collections.abc import Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings
from jinja2 import BytecodeCache, Environment
from jinja2.bccache import Bucket

import bot.console.pages
from bot.bootstrap import foundation, stores
from bot.channels.email import entry
from bot.channels.email.folders import MailFolder
from bot.core.db import Database
from bot.core.documents import read_data
from bot.core.organization import load_organization
from bot.core.settings import Settings
from bot.core.texts import load_texts
from tests.databases import PostgresServer, SqliteFiles, engine_of_one, folder_in_memory

for name in [name for name in os.environ if name.startswith("GUICHET_")]:
    del os.environ[name]

# An example that takes longer than 200 ms on a machine at work is no fault.
hypothesis_settings.register_profile("guichet", hypothesis_settings.default, deadline=None)
hypothesis_settings.load_profile("guichet")

# The people, the clock and the parts that several rooms' tests share; the browser.
pytest_plugins = ["tests.cast", "tests.chromium"]


@pytest.fixture(scope="session", autouse=True)
def data_read_once() -> Iterator[None]:
    """The committed data does not change while tests run: it is read once for all of them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(foundation, "read_data", lru_cache(read_data))
        texts = lru_cache(lambda path: load_texts(path, load_organization(path.parent).values))
        patch.setattr(foundation, "load_texts", lambda path, _values: texts(path))
        yield


@pytest.fixture(scope="session", autouse=True)
def one_connection_only() -> Iterator[None]:
    """All stores have a single connection: one that reads beside its own transaction fails at once."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (foundation, stores):
            patch.setattr(module, "make_engine", engine_of_one)
        yield


class CompiledOnce(BytecodeCache):
    """Templates as they were compiled for the first desk of many."""

    def __init__(self) -> None:
        self._compiled: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Give what is kept under the name of a template and of its text."""
        if found := self._compiled.get(bucket.key + bucket.checksum):
            bucket.bytecode_from_string(found)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it."""
        self._compiled[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def templates_compiled_once() -> Iterator[None]:
    """A quarter of the time of the console's tests went into compiling the same templates for each desk."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bot.console.pages, "Environment", partial(Environment, bytecode_cache=CompiledOnce()))
        yield


@pytest.fixture(scope="session", autouse=True)
def own_mail_only(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests turn clocks and erase what is old: never the e-mails that lie in this checkout's own folder."""
    elsewhere = tmp_path_factory.mktemp("mail")
    with pytest.MonkeyPatch.context() as patch:
        own = (Settings().mail_dir, Settings().mail_in_dir)
        patch.setattr(entry, "MailFolder", lambda path, *more: MailFolder(elsewhere if path in own else path, *more))
        yield


@pytest.fixture(scope="session")
def sqlite_files() -> Iterator[SqliteFiles]:
    """Makes SQLite files with their tables."""
    with tempfile.TemporaryDirectory(prefix="guichet-sqlite-", dir=folder_in_memory()) as folder:
        yield SqliteFiles(Path(folder))


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server of the tests' own."""
    server = PostgresServer(in_memory=True)
    try:
        yield server.start()
    finally:
        server.stop()


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """The event loop that uvicorn gives the desk, whatever else has been imported."""
    return "asyncio", {"use_uvloop": True}


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a new database with its tables: the test runs on SQLite and on PostgreSQL."""
    maker = request.getfixturevalue("sqlite_files" if request.param == "sqlite" else "postgres")
    url = str(maker.new())
    yield url
    maker.give_back(url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A new database with its tables, on SQLite and on PostgreSQL."""
    found = Database(engine_of_one(database_url))
    yield found
    found.engine.dispose()


# From pure functions to the whole: what fails first is what is nearest to the fault.
_ORDER = [
    "core",
    "dialogues",
    "promises",
    "staff",
    "matcher",
    "messages",
    "tickets",
    "knowledge",
    "privacy",
    "rasa",
    "assistant",
    "actions",
    "channels",
    "handover",
    "console",
    "validation",
    "cli",
    "",
    "end_to_end",
    "browser",
]
# In CI the files stand in an order of chance, so that none can lean on another; within a file tests stay as they are.
# A seed in SHUFFLE asks for its order, which a failure there needs to be seen again.
_SEED = os.environ.get("SHUFFLE") or (str(secrets.randbelow(10**6)) if os.environ.get("CI") else None)
if _SEED is not None:
    os.environ["SHUFFLE"] = _SEED  # the processes that run files side by side must find the same order
# What starts PostgreSQL or dovecot, by its fixture.
_SERVERS = {"postgres", "dovecot"}
_ROOMS_WITH_SERVERS = ("end_to_end", "browser")


def pytest_configure(config: pytest.Config) -> None:
    """Give the files out in the order of chance; else xdist begins with those that hold the most tests."""
    if _SEED is not None and config.pluginmanager.has_plugin("dsession"):
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need a server, and put the files in the order of what they need, or in one of chance."""
    for item in items:
        if _needs_server(item):
            item.add_marker("server")
    if _SEED is None:
        items.sort(key=lambda item: _ORDER.index(_room(item) if _room(item) in _ORDER else ""))
        return
    files = sorted({item.path for item in items})
    # Numbers of its own: what tests draw, by hypothesis or numpy, is theirs.
    random.Random(_SEED).shuffle(files)
    items.sort(key=lambda item: files.index(item.path))


def _room(item: pytest.Item) -> str:
    here = Path(__file__).parent
    return item.path.relative_to(here).parts[0] if item.path.is_relative_to(here) else ""


def _needs_server(item: pytest.Item) -> bool:
    if _room(item) in _ROOMS_WITH_SERVERS or not _SERVERS.isdisjoint(getattr(item, "fixturenames", ())):
        return True
    callspec = getattr(item, "callspec", None)
    return callspec is not None and "postgresql" in callspec.params.values()


def pytest_report_header() -> list[str]:
    """Say in which order the files stand, before the first test."""
    return [] if _SEED is None else [f"files in an order of chance; SHUFFLE={_SEED} gives it again"]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Say it again beside the failures."""
    for line in pytest_report_header():
        terminalreporter.write_line(line)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skipped test is a failure: whatever a test needs, it starts or asks for in words."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter and reporter.stats.get("skipped") and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
        reporter.write_line("tests were skipped, which counts as a failure")

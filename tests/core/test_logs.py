"""A log line says what failed and where, and nothing that anybody wrote, whoever writes the line."""

from __future__ import annotations

import asyncio
import io
import logging
import subprocess
import sys
import textwrap
import threading
import warnings
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from bot.core.db import make_engine
from bot.core.folders import ROOT
from bot.core.logs import describe, keep_words_out, place_in_code
from bot.core.settings import SettingsError
from bot.promises.promise import PromiseError, Registry

CANARY = "Zoé-Quetzal"


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What a process logs, in the usual form, as all our processes set it up; put back as it was."""
    before = logging.getLogRecordFactory()
    hooks = (sys.excepthook, sys.unraisablehook, threading.excepthook, warnings.showwarning, logging.raiseExceptions)
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logging.Formatter("%(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    keep_words_out()
    yield written
    root.removeHandler(handler)
    logging.setLogRecordFactory(before)
    sys.excepthook, sys.unraisablehook, threading.excepthook, warnings.showwarning, logging.raiseExceptions = hooks


def test_a_librarys_line_is_told_without_its_values(lines: io.StringIO) -> None:
    """What stands in the code is kept; what is put into it, before or by the log, is not."""
    foreign = logging.getLogger("library.part")
    foreign.warning("no route to %s after %d s", CANARY, 7)
    foreign.error(f"the request {CANARY} failed")
    foreign.error("the message " + CANARY)
    foreign.error("a mapping: %(who)s", {"who": CANARY})
    foreign.error(CANARY)
    foreign.error({"text": CANARY})
    told = lines.getvalue().splitlines()
    assert told[0] == "WARNING library.part no route to … after … s"
    assert told[3] == "ERROR library.part a mapping: …"
    for line in (told[1], told[2], told[4], told[5]):
        assert line.startswith("ERROR library.part said something at tests/core/test_logs.py:")
    assert CANARY not in lines.getvalue()


def test_our_own_line_is_told_whole(lines: io.StringIO) -> None:
    """Our lines name kinds and counts, and hold no words by themselves."""
    logging.getLogger("bot.part").warning("%d of kind %s", 7, "KeyError")
    assert lines.getvalue() == "WARNING bot.part 7 of kind KeyError\n"


def test_an_exception_is_told_by_its_class_and_its_places(lines: io.StringIO) -> None:
    """Also those that led to it; their words may be a citizen's."""
    for name in ("library", "bot.part"):
        try:
            try:
                raise KeyError(CANARY)
            except KeyError as error:
                raise ValueError(f"no {CANARY}") from error
        except ValueError:
            logging.getLogger(name).exception("failed")
    told = lines.getvalue()
    assert CANARY not in told
    assert told.count("KeyError\nwhich led to\n") == 2
    assert told.count("ValueError\n") == 2
    assert told.count(" test_an_exception_is_told_by_its_class_and_its_places\n") == 4


def test_what_says_only_our_words_is_told_with_them() -> None:
    """A fault of a setting is the administrator's to read; a promise's name may have been typed by anybody."""
    assert describe(SettingsError("GUICHET_PORT: expected a number")).endswith("GUICHET_PORT: expected a number")
    with pytest.raises(PromiseError) as raised:
        Registry({}).get(CANARY)
    assert CANARY not in describe(raised.value)
    assert place_in_code(raised.value).startswith("bot/promises/promise.py:")


def test_a_recursion_and_a_circle_of_causes_end() -> None:
    """Whatever is raised can be described, in a few lines."""

    def deep(depth: int) -> None:
        if depth == 0:
            raise ValueError(CANARY)
        deep(depth - 1)

    with pytest.raises(ValueError, match=CANARY) as raised:
        deep(300)
    assert len(describe(raised.value).splitlines()) < 50
    first, second = ValueError(CANARY), KeyError(CANARY)
    first.__cause__, second.__cause__ = second, first
    assert CANARY not in describe(first)


def test_what_nobody_catches_is_told_without_words(lines: io.StringIO) -> None:
    """In a thread, in a task that nobody waits for, in a warning, and where a line cannot be written."""

    def fails() -> None:
        raise ValueError(CANARY)

    thread = threading.Thread(target=fails)
    thread.start()
    thread.join()

    async def task() -> None:
        raise ValueError(CANARY)

    async def forget() -> None:
        asyncio.get_running_loop().create_task(task())  # noqa: RUF006 - that is the case
        await asyncio.sleep(0.01)

    asyncio.run(forget())
    warnings.showwarning(UserWarning(CANARY), UserWarning, str(ROOT / "bot" / "x.py"), 7)
    warnings.showwarning(DeprecationWarning(CANARY), DeprecationWarning, "x.py", 7)
    logging.getLogger("bot.part").warning("%d", CANARY)
    told = lines.getvalue()
    assert CANARY not in told
    assert "an exception was caught by nobody (ValueError)" in told
    assert "ERROR asyncio said something at" in told
    assert "a warning of Python's: UserWarning at bot/x.py:7" in told
    assert "DeprecationWarning" not in told


def test_a_process_that_ends_of_an_exception_says_so_without_words() -> None:
    """The last lines of a process are log lines, too."""
    code = f"""
    from bot.core.logs import configure_log
    configure_log("INFO")
    import logging
    logging.getLogger("uvicorn.error").handlers
    raise ValueError("{CANARY}")
    """
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 1
    assert CANARY not in ended.stdout + ended.stderr
    assert "CRITICAL bot.core.logs the process ends (ValueError)" in ended.stderr


def test_an_error_of_the_database_does_not_hold_the_row(database_url: str) -> None:
    """Its words are shown where somebody asks for them, so they hold no values either."""
    engine = make_engine(database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE one (name VARCHAR(40) PRIMARY KEY)"))
        connection.execute(sa.text("INSERT INTO one VALUES (:name)"), {"name": CANARY})
    with pytest.raises(sa.exc.IntegrityError) as raised, engine.begin() as connection:
        connection.execute(sa.text("INSERT INTO one VALUES (:name)"), {"name": CANARY})
    assert CANARY not in describe(raised.value)
    assert "parameters hidden" in str(raised.value)
    engine.dispose()


def test_rasas_structured_lines_say_what_happened_and_where(lines: io.StringIO) -> None:
    """Rasa puts the message itself beside the name of what happened; it stays out, traceback's values too."""
    import structlog

    from bot.rasa.logging import serve_quietly

    before: Any = structlog.get_config()
    try:
        serve_quietly("INFO")
        log = structlog.get_logger("rasa.part")
        try:
            raise ValueError(CANARY)
        except ValueError:
            log.exception("rest.message.received.failure", text=CANARY, tracker={"text": CANARY})
    finally:
        structlog.configure(**before)
    told = lines.getvalue()
    assert "rest.message.received.failure" in told
    assert "tests/core/test_logs.py:" in told
    assert CANARY not in told

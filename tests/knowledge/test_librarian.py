"""The librarian: trials and groups are made by a process of their own, and what is due is published."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from bot.knowledge import librarian as module
from bot.knowledge.article import Article
from bot.knowledge.editing import REVIEWED, SCHEDULED
from bot.knowledge.librarian import Librarian
from bot.knowledge.trials import FAILED, READY, RUNNING, WAITING, Trial
from bot.knowledge.work import DATA_CODE, DATABASE_CODE, GONE_CODE, MEMORY_CODE
from tests.cast import NOVEMBER as NOW
from tests.knowledge.conftest import BREAKS, NO_MEMORY, Library

Make = Callable[..., Article]
SOON = NOW + timedelta(hours=3)
NOTHING = "pass"
FAIL = "print('words of a citizen'); raise ValueError('words of a citizen')"


def told(what: str, code: int) -> str:
    """A script that ends as the worker does when it knows what went wrong."""
    return f"import sys; print('on the way', {what!r}, sep='\\n', file=sys.stderr); sys.exit({code})"


HANG = "import os, sys, time; open({path!r}, 'w').write(str(os.getpid())); time.sleep(60)"
# Does the trial it is told of, as the worker does, in the database {url}.
TRY = """
import sys
from datetime import datetime, timezone
from bot.core.db import Database, make_engine
from bot.knowledge.releases import Releases
releases = Releases(Database(make_engine({url!r})), lambda: datetime.now(timezone.utc))
assert sys.argv[1] == "trial"
releases.trials.finish(int(sys.argv[2]), {{"n": 3, "changes": []}}, b"by the worker")
"""


pytestmark = pytest.mark.anyio


class Duty:
    """A duty that is this process's unless the test says otherwise."""

    def __init__(self) -> None:
        self.held = True
        self.is_kept = False

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Note that it is kept."""
        self.is_kept = True
        yield
        self.is_kept = False


def trial_of(library: Library, article: str = "hours") -> Trial:
    """The trial of an article that still says something."""
    found = library.releases.trials.of_article(article)
    assert found
    return found


async def until(condition: Callable[[], Any]) -> None:
    """Let the other tasks run until `condition` holds."""
    for _ in range(2000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it did not come to that")


async def at_work(librarian: Librarian, duty: Duty, condition: Callable[[], Any]) -> None:
    """Let a librarian look for work until `condition` holds, then end it."""
    task = asyncio.create_task(librarian.run(duty))
    try:
        await until(condition)
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def is_gone(pid: int) -> bool:
    """Whether a process has ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


async def test_a_trial_is_done_by_the_worker(
    library: Library, database_url: str, make_librarian: Callable[..., Librarian]
) -> None:
    """A trial that was asked for is done in a process of its own, and its result may be published."""
    library.reviewed()
    library.asked()
    await make_librarian(TRY.format(url=database_url)).look()
    trial = trial_of(library)
    assert (trial.state, trial.result) == (READY, {"n": 3, "changes": []})
    release = library.releases.publish("hours", "Cleo", None)
    assert release.matcher is not None
    assert library.releases.matcher(release.matcher) == b"by the worker"


async def test_one_trial_is_done_at_a_time(
    library: Library, make_article: Make, make_librarian: Callable[..., Librarian]
) -> None:
    """Each look does one trial, the one that has waited longest; without any there is nothing to do."""
    library.articles.publish([make_article("role")], NOW)
    librarian = make_librarian(FAIL)
    await librarian.look()
    for article in ("role", "hours"):
        library.reviewed(article)
        library.asked(article)
    await librarian.look()
    assert (trial_of(library, "role").state, trial_of(library, "hours").state) == (FAILED, WAITING)
    await librarian.look()
    assert trial_of(library, "hours").state == FAILED


@pytest.mark.parametrize(
    "script, error, detail, said",
    [
        (FAIL, "fault", "ValueError", "a fault of the program (ValueError)"),
        ("import os; os.abort()", "killed", "6", "something killed it (signal 6)"),
        ("import sys; sys.exit(9)", "fault", "exit 9", "a fault of the program (exit 9)"),
        (told("the trial 7", GONE_CODE), "gone", "the trial 7", "the trial 7 is gone"),
        (told("hours.yml: no title", DATA_CODE), "data", "hours.yml: no title", "cannot be read (hours.yml: no title)"),
        (told("OperationalError", DATABASE_CODE), "database", "OperationalError", "does not answer (OperationalError)"),
        (told("MemoryError", MEMORY_CODE), "memory", "MemoryError", "there is not enough memory"),
    ],
)
async def test_a_failure_is_told_and_logged(
    library: Library,
    make_librarian: Callable[..., Librarian],
    caplog: pytest.LogCaptureFixture,
    script: str,
    error: str,
    detail: str,
    said: str,
) -> None:
    """A worker that fails, or is killed for want of memory, ends the trial with its reason, which the log says."""
    library.reviewed()
    library.asked()
    await make_librarian(script).look()
    trial = trial_of(library)
    assert (trial.state, trial.result) == (FAILED, {"error": error, "detail": detail})
    assert f"work on the knowledge base failed (trial {trial.id})" in caplog.text
    assert said in caplog.text
    assert "words of a citizen" not in caplog.text


async def test_a_desk_that_stops_leaves_no_process_behind(
    library: Library, make_librarian: Callable[..., Librarian], tmp_path: Path
) -> None:
    """When the desk stops in the midst of a trial its worker ends with it, and the next desk does the trial."""
    library.reviewed()
    library.asked()
    path = tmp_path / "pid"
    hanging = make_librarian(HANG.format(path=str(path)))
    await at_work(hanging, Duty(), lambda: path.exists() and path.read_text())
    assert is_gone(int(path.read_text()))
    assert trial_of(library).state == RUNNING
    await at_work(make_librarian(FAIL), Duty(), lambda: trial_of(library).state == FAILED)


async def test_a_desk_that_stops_while_its_worker_starts_leaves_no_process_behind(
    library: Library, make_librarian: Callable[..., Librarian], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stopped between the beginning of the process and the news of it, it waits for the news and ends the process."""
    library.reviewed()
    library.asked()
    began = asyncio.create_subprocess_exec
    begun: list[asyncio.subprocess.Process] = []

    async def begin(*command: str, **more: Any) -> asyncio.subprocess.Process:
        begun.append(await began(*command, **more))
        await asyncio.sleep(0.05)
        return begun[-1]

    monkeypatch.setattr(asyncio, "create_subprocess_exec", begin)
    await at_work(make_librarian("import time; time.sleep(60)"), Duty(), lambda: begun)
    assert is_gone(begun[0].pid)


async def test_a_trial_of_a_killed_desk_is_taken_up_again(
    library: Library, make_librarian: Callable[..., Librarian]
) -> None:
    """A trial that a desk had taken when it was killed is done by whoever has the duty next."""
    library.reviewed()
    library.asked()
    assert library.releases.trials.take()
    await at_work(make_librarian(FAIL), Duty(), lambda: trial_of(library).state == FAILED)


async def test_a_trial_in_a_database_fault_is_taken_up_again(
    library: Library, make_librarian: Callable[..., Librarian], monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the database is gone when a trial's end is to be written, it is done again as soon as it is back."""
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.001)
    fail, times = library.releases.trials.fail, []

    def fail_at_first(number: int, error: str) -> None:
        times.append(number)
        if len(times) == 1:
            raise OperationalError("", {}, Exception("gone"))
        fail(number, error)

    monkeypatch.setattr(library.releases.trials, "fail", fail_at_first)
    library.reviewed()
    library.asked()
    await at_work(make_librarian(FAIL), Duty(), lambda: trial_of(library).state == FAILED)
    assert len(times) == 2


async def test_who_has_not_the_duty_does_nothing(
    library: Library, make_librarian: Callable[..., Librarian], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of several desks one does the work; another takes it up when the duty becomes its own."""
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.001)
    library.reviewed()
    library.asked()
    duty = Duty()
    duty.held = False
    looks: list[int] = []
    sleep = asyncio.sleep

    async def counted(seconds: float) -> None:
        looks.append(1)
        await sleep(seconds)

    monkeypatch.setattr(asyncio, "sleep", counted)
    task = asyncio.create_task(make_librarian(FAIL).run(duty))
    await until(lambda: len(looks) > 20)
    assert trial_of(library).state == WAITING
    assert duty.is_kept
    duty.held = True
    await until(lambda: trial_of(library).state == FAILED)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_scheduled_version_is_published_at_its_time(
    library: Library, make_librarian: Callable[..., Librarian]
) -> None:
    """What was reviewed, tried and given a time is published then, not before, in the name of who found it right."""
    library.reviewed()
    library.tried(matcher=b"tried")
    library.drafts.schedule("hours", SOON, None)
    librarian = make_librarian()
    library.pass_by(hours=2, minutes=59)
    await librarian.look()
    assert library.standing().published.number == 1
    library.pass_by(minutes=1)
    await librarian.look()
    published = library.standing().published
    assert published
    assert (published.number, published.published_by, published.published_at) == (2, "Ben", library.moment)
    assert published.publish_at is None
    await librarian.look()
    assert len(library.releases.recent()) == 2


async def test_a_scheduled_text_needs_no_trial(library: Library, make_librarian: Callable[..., Librarian]) -> None:
    """Other words of an answer are published at their time without any trial, with their reason."""
    library.reviewed(answer={"fr": "Autre.", "en": "Other."})
    library.drafts.schedule("hours", SOON, "the office moves")
    library.pass_by(hours=3)
    await make_librarian().look()
    latest = library.releases.latest()
    assert latest
    assert (latest.version, latest.officer, latest.reason) == (2, "Ben", "the office moves")
    assert library.releases.trials.of_article("hours") is None


async def test_what_was_published_since_asks_for_another_trial(
    library: Library, make_article: Make, make_librarian: Callable[..., Librarian]
) -> None:
    """If something else was published since the trial, it is tried once more at its time, and then published."""
    library.reviewed()
    first = library.tried()
    library.drafts.schedule("hours", SOON, None)
    library.articles.publish([make_article("role")], NOW)
    library.pass_by(hours=3)
    librarian = make_librarian()
    await librarian.look()
    second = trial_of(library)
    assert (second.id > first, second.state, second.asked_by) == (True, RUNNING, "Ana")
    await librarian.look()
    assert trial_of(library) == second
    assert library.standing().in_work.state == SCHEDULED
    library.releases.trials.finish(second.id, {"changes": []}, b"with both")
    await librarian.look()
    latest = library.releases.latest()
    assert latest
    assert (latest.version, library.releases.matcher(latest.matcher or 0)) == (2, b"with both")


async def test_two_of_one_time_are_published_one_after_the_other(
    library: Library, make_article: Make, make_librarian: Callable[..., Librarian]
) -> None:
    """Two that are due at once do not hold each other up for good: the second is tried on the first."""
    library.articles.publish([make_article("role")], NOW)
    for article in ("hours", "role"):
        library.reviewed(article)
        library.tried(article)
        library.drafts.schedule(article, SOON, None)
    library.pass_by(hours=3)
    librarian = make_librarian()
    await librarian.look()
    (waiting,) = library.drafts.due()
    trial = trial_of(library, waiting.article)
    library.releases.trials.finish(trial.id, {"changes": []}, b"with both")
    await librarian.look()
    assert library.drafts.due() == []
    assert {library.standing(article).published.number for article in ("hours", "role")} == {2}


@pytest.mark.parametrize("reason", [None, "the office moves"])
async def test_where_known_answers_break_a_person_decides(
    library: Library, make_librarian: Callable[..., Librarian], reason: str | None
) -> None:
    """If good answers would break, a version is published at its time only if it was scheduled with a reason."""
    library.reviewed()
    library.tried(changes=[BREAKS])
    library.drafts.schedule("hours", SOON, reason)
    library.pass_by(hours=3)
    await make_librarian().look()
    standing = library.standing()
    assert standing.published
    if reason:
        assert (standing.published.number, standing.published.reason) == (2, reason)
    else:
        assert standing.in_work
        assert (standing.published.number, standing.in_work.state) == (1, REVIEWED)
        assert library.drafts.due() == []
        assert trial_of(library).broken == [BREAKS]


async def test_a_scheduled_version_whose_trial_fails_waits_for_a_person(
    library: Library, make_librarian: Callable[..., Librarian]
) -> None:
    """A version that was never tried is tried at its time; if that fails it is not tried for ever."""
    library.reviewed()
    library.drafts.schedule("hours", SOON, None)
    library.pass_by(hours=3)
    librarian = make_librarian(FAIL)
    await librarian.look()
    assert trial_of(library).state == FAILED
    await librarian.look()
    standing = library.standing()
    assert standing.in_work
    assert (standing.in_work.state, standing.published.number) == (REVIEWED, 1)


async def test_an_older_versions_failure_does_not_stop_a_scheduled_one(
    library: Library, make_librarian: Callable[..., Librarian]
) -> None:
    """The failed trial of a version that was given up says nothing of the one that took its place."""
    library.reviewed()
    trial = library.asked()
    assert library.releases.trials.take()
    library.releases.trials.fail(trial, NO_MEMORY)
    library.drafts.drop("hours")
    library.reviewed()
    library.drafts.schedule("hours", SOON, None)
    library.pass_by(hours=3)
    await make_librarian().look()
    assert trial_of(library).state == RUNNING
    assert library.standing().in_work.state == SCHEDULED


async def test_a_version_edited_in_the_moment_of_its_publication_stays_a_draft(
    library: Library, make_librarian: Callable[..., Librarian]
) -> None:
    """Whoever edits a version just when it is due has it back as a draft, and the librarian goes on."""
    library.reviewed()
    library.tried()
    library.drafts.schedule("hours", SOON, None)
    library.pass_by(hours=3)
    (due,) = library.drafts.due()
    draft = library.edited(audience=["media"])
    make_librarian().publish_scheduled(due)
    assert library.standing().in_work == draft
    library.drafts.drop("hours")
    make_librarian().publish_scheduled(due)
    assert library.standing().published.number == 1


async def test_a_scheduled_version_with_problems_waits_for_a_person(
    library: Library, make_librarian: Callable[..., Librarian]
) -> None:
    """What stands in its way since its review keeps it from being published by itself."""
    library.reviewed()
    library.tried()
    library.drafts.schedule("hours", SOON, None)
    library.pass_by(days=3000)
    (due,) = library.drafts.due()
    make_librarian().publish_scheduled(due)
    assert library.standing().published.number == 1
    assert library.standing().in_work.state == REVIEWED

"""Groups of unanswered questions, and matchers fitted anew, made by the librarian's process."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.knowledge.librarian import GROUPS, Librarian
from bot.knowledge.release import REFIT
from bot.knowledge.work import FAULT, MEMORY_CODE, Cause
from tests.cast import NOVEMBER as NOW
from tests.knowledge.conftest import NO_MEMORY, Library
from tests.knowledge.test_librarian import FAIL, TRY, Duty, Make, at_work, told

# Makes these groups; notes in {path} that it worked.
GROUP = """
import sys
assert sys.argv[1:] == ["groups"]
open({path!r}, "a").write("worked\\n")
print({groups})
"""


pytestmark = pytest.mark.anyio


@pytest.fixture
def make_grouping(make_librarian: Callable[..., Librarian], tmp_path: Path) -> Callable[..., Librarian]:
    """Makes librarians whose worker makes these groups."""
    return lambda groups: make_librarian(GROUP.format(path=str(tmp_path / "worked"), groups=groups))


def times_grouped(folder: Path) -> int:
    """How often a worker has grouped the questions."""
    path = folder / "worked"
    return len(path.read_text().splitlines()) if path.exists() else 0


async def test_questions_are_grouped_when_they_change(
    make_grouping: Callable[..., Librarian], questions: list[int], tmp_path: Path
) -> None:
    """The unanswered questions are grouped, and again only once others have come or gone, also by another desk."""
    librarian = make_grouping([[4, 7]])
    assert librarian.groups() == []
    assert await librarian.group()
    assert librarian.groups() == [[4, 7]]
    assert not await librarian.group()
    other = make_grouping([[4, 9], [7]])
    assert not await other.group()
    assert times_grouped(tmp_path) == 1
    questions.append(9)
    assert await other.group()
    assert librarian.groups() == [[4, 9], [7]]


async def test_without_questions_there_are_no_groups(
    make_grouping: Callable[..., Librarian], questions: list[int], tmp_path: Path
) -> None:
    """Once every question is answered or set aside the groups go, without any process."""
    librarian = make_grouping([[4, 7]])
    await librarian.group()
    questions.clear()
    assert await librarian.group()
    assert librarian.groups() == []
    assert times_grouped(tmp_path) == 1


async def test_groups_that_could_not_be_made_are_made_later(
    library: Library,
    make_librarian: Callable[..., Librarian],
    make_grouping: Callable[..., Librarian],
    questions: list[int],
) -> None:
    """A failure leaves the former groups in place; other questions are grouped later, and the failure is over."""
    await make_grouping([[4, 7]]).group()
    questions.append(9)
    assert not await make_librarian(FAIL).group()
    assert make_librarian().groups() == [[4, 7]]
    failed = make_librarian().failed(GROUPS)
    assert failed
    assert (failed.failure, failed.times, failed.passes) == (Cause(FAULT, "ValueError"), 1, False)
    questions.append(11)
    assert not await make_grouping([[4, 7, 9, 11]]).group()  # not yet
    library.pass_by(minutes=1)
    assert await make_grouping([[4, 7, 9, 11]]).group()
    assert make_librarian().failed(GROUPS) is None


async def test_a_fault_is_not_met_again_and_again(
    library: Library,
    make_librarian: Callable[..., Librarian],
    questions: list[int],
    caplog: pytest.LogCaptureFixture,
    tmp_path: Path,
) -> None:
    """On the same questions a fault is met once; on others after growing waits; the log says it once."""
    worked = tmp_path / "worked"
    failing = make_librarian(f"open({str(worked)!r}, 'a').write('worked\\n'); raise ValueError")
    for _ in range(20):
        await failing.group()
        library.pass_by(hours=5)
    assert times_grouped(tmp_path) == 1
    tries = []
    for minute in range(40):
        questions.append(100 + minute)
        await failing.group()
        tries.append(times_grouped(tmp_path))
        library.pass_by(minutes=1)
    assert [minute for minute in range(1, 40) if tries[minute] > tries[minute - 1]] == [2, 6, 14, 30]
    assert caplog.text.count("work on the knowledge base failed (groups)") == 1


async def test_what_may_pass_is_tried_again_after_growing_waits(
    library: Library, make_librarian: Callable[..., Librarian], caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    """A worker that was killed is started again on the same questions, later each time; the log says it once."""
    failing = make_librarian(f"import os; open({str(tmp_path / 'worked')!r}, 'a').write('worked\\n'); os.abort()")
    tries = []
    for _ in range(40):
        await failing.group()
        tries.append(times_grouped(tmp_path))
        library.pass_by(minutes=1)
    assert [minute for minute in range(1, 40) if tries[minute] > tries[minute - 1]] == [1, 3, 7, 15, 31]
    assert caplog.text.count("work on the knowledge base failed (groups)") == 1
    library.pass_by(hours=6)
    assert await failing.group() is False
    assert times_grouped(tmp_path) == 7


async def test_a_matcher_that_cannot_be_read_is_fitted_anew_while_the_desk_serves(
    library: Library, database_url: str, make_librarian: Callable[..., Librarian]
) -> None:
    """What Rasa found to be unreadable is fitted again by the librarian, and not again and again."""
    release = library.published()
    librarian = make_librarian(TRY.format(url=database_url))
    assert not await librarian.refit()
    library.releases.reject(release.matcher or 0)
    assert await librarian.refit()
    latest = library.releases.latest()
    assert latest
    assert library.releases.matcher(latest.matcher or 0) == b"by the worker"
    library.releases.reject(latest.matcher or 0)
    assert not await librarian.refit()
    library.pass_by(minutes=1)
    assert await librarian.refit()
    failed = librarian.failed(REFIT)
    assert failed
    assert (failed.failure.kind, failed.times) == ("unreadable", 2)
    library.pass_by(minutes=2)
    assert not await librarian.refit()
    assert librarian.failed(REFIT) is None


async def test_a_refit_that_fails_says_why(
    library: Library, make_librarian: Callable[..., Librarian], make_article: Make
) -> None:
    """What was imported and could not be learnt is tried again later; one that somebody else does is left to them."""
    library.releases.use_own()
    library.articles.publish([make_article("role")], NOW)
    failing = make_librarian(told("MemoryError", MEMORY_CODE))
    assert not await failing.refit()
    failed = failing.failed(REFIT)
    assert failed
    assert (failed.failure, failed.passes) == (NO_MEMORY, True)
    library.pass_by(minutes=1)
    library.releases.trials.ask(REFIT, "guichet")
    assert not await failing.refit()
    assert failing.failed(REFIT) == failed
    library.pass_by(minutes=11)
    assert not await failing.refit()
    again = failing.failed(REFIT)
    assert again
    assert again.times == 2


async def test_groups_are_made_while_the_librarian_is_at_work(make_grouping: Callable[..., Librarian]) -> None:
    """The first look of a desk groups the questions."""
    librarian = make_grouping([[4, 7]])
    await at_work(librarian, Duty(), librarian.groups)
    assert librarian.groups() == [[4, 7]]

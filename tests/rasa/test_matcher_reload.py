"""The matcher in use: another release's is taken up while messages are answered, and only one that can be read."""

from __future__ import annotations

import io
import pickle
import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from sqlalchemy.exc import OperationalError

from bot.core.db import Database
from bot.knowledge import trials as module
from bot.knowledge.release import REFIT, Release
from bot.knowledge.releases import Releases
from bot.matcher.matcher import Example, Matcher
from bot.rasa import matcher_reload
from bot.rasa.matcher_in_use import in_use
from tests.cast import NOVEMBER as NOW

GONE = OperationalError("", {}, Exception("gone"))
VECTOR = np.ones(1024, dtype=np.float32)


@pytest.fixture(autouse=True)
def nothing_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins with the trained model's own matcher."""
    monkeypatch.setattr(in_use, "number", None)
    monkeypatch.setattr(in_use, "matcher", None)
    monkeypatch.setattr(in_use, "fault", None)


@pytest.fixture
def releases(database: Database) -> Releases:
    """The releases of an empty knowledge base."""
    return Releases(database, lambda: NOW)


@pytest.fixture(scope="module")
def fitted() -> dict[str, bytes]:
    """Small matchers, each of which knows an article of its name."""
    found = {}
    for name in ("hours", "role"):
        vectors = np.random.default_rng(1).normal(size=(8, 1024)).astype(np.float32)
        labels = [name, "other"] * 4
        matcher = Matcher().fit([Example(label, "fr", f"{label} {n}") for n, label in enumerate(labels)], vectors)
        content = io.BytesIO()
        matcher.save(content)
        found[name] = content.getvalue()
    return found


def release(releases: Releases, content: bytes) -> None:
    """Put a matcher into use."""
    number = releases.trials.ask(REFIT, "guichet")
    releases.trials.finish(number, {}, content)
    releases.refitted(number)


def known() -> set[str] | None:
    """The articles that the matcher in use knows; None for the trained model's own."""
    matcher = in_use.matcher
    return {match.article for match in matcher.rank("hours", "fr", VECTOR).matches} if matcher else None


def test_without_a_release_the_models_own_is_in_use(releases: Releases) -> None:
    """Before anything was published from the console, the trained model answers."""
    assert not matcher_reload.look(releases)
    assert known() is None


def test_another_releases_matcher_is_taken_into_use(releases: Releases, fitted: dict[str, bytes]) -> None:
    """What was published is answered with from the next look on; a look without news changes nothing."""
    release(releases, fitted["hours"])
    assert matcher_reload.look(releases)
    assert known() == {"hours", "other"}
    before = in_use.matcher
    assert not matcher_reload.look(releases)
    assert in_use.matcher is before
    release(releases, fitted["role"])
    assert matcher_reload.look(releases)
    assert known() == {"role", "other"}


def test_the_models_own_comes_back(releases: Releases, fitted: dict[str, bytes]) -> None:
    """Where the last release has no matcher of its own, the trained model's is in use again."""
    release(releases, fitted["hours"])
    matcher_reload.look(releases)
    releases.use_own()
    assert matcher_reload.look(releases)
    assert known() is None


def test_one_that_cannot_be_read_is_left(
    releases: Releases,
    fitted: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A matcher of another version of the code is not read: the present one goes on, and it is said once."""
    release(releases, fitted["hours"])
    matcher_reload.look(releases)
    with monkeypatch.context() as patch:
        patch.setattr(module, "matcher_code", lambda: "another")
        release(releases, b"of another version")
    for _ in range(3):
        assert not matcher_reload.look(releases)
    assert known() == {"hours", "other"}
    assert caplog.text.count("another version of the code") == 1
    release(releases, fitted["role"])
    assert matcher_reload.look(releases)
    assert known() == {"role", "other"}


UNFIT = {
    "cut off": lambda content: content[: len(content) // 2],
    "empty": lambda _content: b"",
    "no pickle": lambda _content: b"guichet" * 1000,
    "a class that is gone": lambda content: content.replace(
        b"CalibratedLinearClassifier", b"CalibratedLinearClassifies"
    ),
    "an attribute that is gone": lambda content: content.replace(b"temperature_", b"temperatura_"),
    "something else": lambda _content: pickle.dumps({"features": None}),
}


@pytest.mark.parametrize("how", UNFIT)
def test_what_cannot_be_read_for_whatever_reason_is_left(
    releases: Releases, fitted: dict[str, bytes], caplog: pytest.LogCaptureFixture, how: str
) -> None:
    """Bytes of no matcher, or of one that cannot rank: the last good one answers, and another is fitted."""
    assert UNFIT[how](fitted["hours"]) != fitted["hours"]
    release(releases, fitted["role"])
    assert matcher_reload.look(releases)
    assert not releases.needs_refit()
    release(releases, UNFIT[how](fitted["hours"]))
    for _ in range(3):
        assert not matcher_reload.look(releases)
    assert known() == {"role", "other"}
    assert caplog.text.count("cannot be used") == 1
    assert (releases.is_rejected(), releases.needs_refit()) == (True, True)
    release(releases, fitted["hours"])
    assert matcher_reload.look(releases)
    assert known() == {"hours", "other"}


def test_one_that_fails_at_a_message_is_given_up(releases: Releases, fitted: dict[str, bytes]) -> None:
    """A matcher that cannot rank what a citizen says is given up for the model's own, and is fitted anew."""
    release(releases, fitted["hours"])
    matcher_reload.look(releases)
    matcher = in_use.matcher
    assert matcher
    in_use.give_up(Matcher(), ValueError())  # another, which is not in use any more
    assert in_use.matcher is matcher
    in_use.give_up(matcher, ValueError())
    assert known() is None
    assert not releases.needs_refit()
    assert not matcher_reload.look(releases)
    assert (known(), releases.is_rejected()) == (None, True)


def test_the_watch_outlives_whatever_happens(
    releases: Releases,
    fitted: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    stopped: list[threading.Event],
) -> None:
    """A fault of any kind neither stops the start nor ends the watch; it is said once, and the next release is seen."""
    monkeypatch.setattr(matcher_reload, "LOOK_SECONDS", 0.001)
    release(releases, fitted["hours"])
    door = ComesAndGoes(releases, monkeypatch)
    door.fault = RuntimeError("out of order")
    stopped.append(matcher_reload.watch(releases))
    looks = iter(range(20))
    door.let_look(lambda: next(looks, None) is None)
    assert caplog.text.count("no other matcher can be looked for (RuntimeError)") == 1
    door.fault = None
    door.let_look(lambda: known() == {"hours", "other"})


@pytest.fixture
def stopped() -> Iterator[list[threading.Event]]:
    """The watches that a test began; all are ended."""
    found: list[threading.Event] = []
    yield found
    for event in found:
        event.set()
    for thread in threading.enumerate():
        if thread.name == "matcher":
            thread.join(10)


class ComesAndGoes:
    """Stands before a database that is up or down, and counts how often it is asked."""

    def __init__(self, releases: Releases, monkeypatch: pytest.MonkeyPatch) -> None:
        self.fault: Exception | None = None
        self._looks = threading.Semaphore(0)
        self._latest = releases.latest
        monkeypatch.setattr(releases, "latest", self._ask)

    def _ask(self) -> Release | None:
        self._looks.release()
        if self.fault:
            raise self.fault
        return self._latest()

    def let_look(self, condition: Callable[[], bool]) -> None:
        """Wait for one look after the other until `condition` holds."""
        for _ in range(5000):
            assert self._looks.acquire(timeout=10)
            if condition():
                return
        raise AssertionError("it did not come to that")


def test_releases_are_noticed_while_the_database_comes_and_goes(
    releases: Releases,
    fitted: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    stopped: list[threading.Event],
) -> None:
    """A watch looks at once and then on; while the database is down the matcher stays, and then the last is taken."""
    monkeypatch.setattr(matcher_reload, "LOOK_SECONDS", 0.001)
    release(releases, fitted["hours"])
    door = ComesAndGoes(releases, monkeypatch)
    stopped.append(matcher_reload.watch(releases))
    assert known() == {"hours", "other"}
    door.fault = GONE
    door.let_look(lambda: "no other matcher can be looked for (OperationalError)" in caplog.text)
    assert known() == {"hours", "other"}
    release(releases, fitted["role"])
    door.fault = None
    door.let_look(lambda: known() == {"role", "other"})


def test_a_database_that_is_down_at_first_is_waited_for(
    releases: Releases,
    fitted: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
    stopped: list[threading.Event],
) -> None:
    """Rasa starts without its database, with the model's own matcher, and takes the published one up later."""
    monkeypatch.setattr(matcher_reload, "LOOK_SECONDS", 0.001)
    release(releases, fitted["hours"])
    door = ComesAndGoes(releases, monkeypatch)
    door.fault = GONE
    stopped.append(matcher_reload.watch(releases))
    assert known() is None
    door.fault = None
    door.let_look(lambda: known() == {"hours", "other"})

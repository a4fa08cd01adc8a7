"""The supervisor's children, and what it says before it starts them."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import bot.rasa.train
from bot import supervisor
from bot.bootstrap import Rooms, wire
from bot.core.settings import Settings
from bot.knowledge import trials
from bot.knowledge.release import REFIT, matcher_code
from bot.knowledge.trials import FAILED, RUNNING
from bot.knowledge.work import DATA_CODE, WORKER, WorkFailed
from bot.supervisor import Child, prepare, refit, supervise
from tests.cast import NOVEMBER as NOW
from tests.databases import SqliteFiles, free_port

SLEEP = ["sleep", "60"]
FAIL = ["sh", "-c", "exit 3"]
# Ignores SIGTERM, and makes a file once it does.
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); open({path!r}, 'w').close(); time.sleep(60)",
]


@pytest.fixture
def said() -> list[str]:
    """What a child has said."""
    return []


@pytest.fixture
def make_child(said: list[str]) -> Iterator[Callable[[list[str]], Child]]:
    """Makes children, and leaves none behind."""
    made: list[Child] = []

    def make(command: list[str]) -> Child:
        made.append(Child("the desk", command, said.append))
        return made[-1]

    yield make
    for child in made:
        if child.process and child.process.poll() is None:
            child.process.kill()
            child.process.wait()


def start(child: Child, now: float) -> int:
    """Tend `child` at `now`; the id of its process."""
    child.tend(now)
    assert child.process is not None
    return child.process.pid


def die(child: Child) -> None:
    """Kill the child's process and wait until it is dead, without anyone having noticed."""
    assert child.process is not None
    os.kill(child.process.pid, signal.SIGKILL)
    os.waitid(os.P_PID, child.process.pid, os.WEXITED | os.WNOWAIT)


def test_a_child_is_started_once(make_child: Callable[[list[str]], Child], said: list[str]) -> None:
    """A living process is left alone."""
    child = make_child(SLEEP)
    first = start(child, 100.0)
    assert start(child, 101.0) == first
    assert said == []


def test_a_child_that_dies_is_started_again(make_child: Callable[[list[str]], Child], said: list[str]) -> None:
    """A process that dies is noticed, told, and started again once its wait is over, not before."""
    child = make_child(SLEEP)
    first = start(child, 100.0)
    die(child)
    child.tend(105.0)
    assert child.process is None
    assert said == ["the desk ended (exit -9); starting it again in 2 s"]
    child.tend(106.9)
    assert child.process is None
    assert start(child, 107.0) != first


def test_the_waits_grow_up_to_a_limit(make_child: Callable[[list[str]], Child], said: list[str]) -> None:
    """A process that keeps dying soon is started later each time, and never later than half a minute."""
    child = make_child(FAIL)
    now = 0.0
    for _ in range(7):
        pid = start(child, now)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        child.tend(now)
        now += 30.0
    waits = [line.removeprefix("the desk ended (exit 3); starting it again in ") for line in said]
    assert waits == ["2 s", "4 s", "8 s", "16 s", "30 s", "30 s", "30 s"]


def test_a_steady_life_is_rewarded(make_child: Callable[[list[str]], Child], said: list[str]) -> None:
    """A process that lived a minute is started again after the shortest wait, whatever happened before."""
    child = make_child(SLEEP)
    for now, lived in ((0.0, 1.0), (10.0, 1.0), (100.0, 60.0)):
        start(child, now)
        die(child)
        child.tend(now + lived)
    assert [line.rsplit(" in ")[1] for line in said] == ["2 s", "4 s", "1 s"]


def test_a_child_stops_when_asked(make_child: Callable[[list[str]], Child], said: list[str]) -> None:
    """Asked to stop, a process gets SIGTERM and is gone, and nothing needs to be said."""
    child = make_child(SLEEP)
    start(child, 0.0)
    child.ask_to_stop()
    child.make_stop(time.monotonic() + 5)
    assert child.process is not None
    assert child.process.returncode == -signal.SIGTERM
    assert said == []


def test_a_stubborn_child_is_killed(make_child: Callable[[list[str]], Child], said: list[str], tmp_path: Path) -> None:
    """A process that ignores SIGTERM is killed at the deadline, and that is said."""
    ready = f"{tmp_path}/ready"
    child = make_child([*STUBBORN[:2], STUBBORN[2].format(path=ready)])
    start(child, 0.0)
    for _ in range(500):
        if os.path.exists(ready):
            break
        time.sleep(0.01)
    child.ask_to_stop()
    child.make_stop(time.monotonic() + 0.1)
    assert child.process is not None
    assert child.process.returncode == -signal.SIGKILL
    assert said == ["the desk does not stop; killing it"]


def test_what_never_ran_needs_no_stopping(make_child: Callable[[list[str]], Child], said: list[str]) -> None:
    """A child without a process is stopped without ado."""
    child = make_child(SLEEP)
    child.ask_to_stop()
    child.make_stop(0.0)
    assert (child.process, said) == (None, [])


def test_a_child_does_not_hear_ctrl_c(make_child: Callable[[list[str]], Child]) -> None:
    """A child has a session of its own, so that Ctrl-C reaches the supervisor alone."""
    assert os.getsid(start(make_child(SLEEP), 0.0)) != os.getsid(0)


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def free() -> int:
    """A port on which nobody listens."""
    return free_port()


@pytest.mark.parametrize("which", ["port", "rasa_port", "actions_port"])
def test_a_taken_port_is_named(
    which: str, taken: int, free: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """If a port is in use the supervisor says which, and how to choose another, and starts nothing."""
    monkeypatch.setattr(supervisor, "prepare", lambda _settings: None)
    monkeypatch.setattr(supervisor, "Child", lambda *_: pytest.fail("a process was made"))
    ports = {"port": free, "rasa_port": free, "actions_port": free, which: taken}
    assert supervise(Settings(**ports)) == 1
    out = capsys.readouterr().out
    assert f"port {taken} is in use" in out
    assert "GUICHET_PORT" in out


def test_a_problem_in_preparing_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """If the preparation fails its problem is told and nothing starts."""
    monkeypatch.setattr(supervisor, "prepare", lambda _settings: "training failed")
    monkeypatch.setattr(supervisor, "Child", lambda *_: pytest.fail("a process was made"))
    assert supervise(Settings()) == 1
    assert capsys.readouterr().out == "guichet: training failed\n"


def test_the_desk_listens_where_told() -> None:
    """The desk's command carries the host and the port of the settings; three processes are named."""
    commands = supervisor.commands(Settings(host="0.0.0.0", port=8123))
    assert list(commands) == ["the action server", "Rasa", "the desk"]
    desk = commands["the desk"]
    assert desk[desk.index("--host") + 1] == "0.0.0.0"
    assert desk[desk.index("--port") + 1] == "8123"


@pytest.fixture
def rooms(sqlite_files: SqliteFiles, tmp_path: Path) -> Iterator[Rooms]:
    """Wired rooms on an empty database."""
    wired = wire(Settings(database_url=sqlite_files.new(), models_dir=tmp_path), now=lambda: NOW)
    yield wired
    wired.close()


class Worker:
    """Stands for the processes that the supervisor starts: notes them, and does what the test says."""

    def __init__(self, rooms: Rooms) -> None:
        self.rooms = rooms
        self.started: list[Sequence[str]] = []
        self.work: Callable[[int], int] = self.fit

    def fit(self, trial: int) -> int:
        """Fit the matcher of a trial."""
        found = self.rooms.releases.trials.find(trial)
        assert found
        assert (found.action, found.state) == (REFIT, RUNNING)
        self.rooms.releases.trials.finish(trial, {}, b"fitted on %d" % len(self.rooms.articles.all()))
        return 0

    def run(self, command: Sequence[str], **_more: Any) -> subprocess.CompletedProcess[str]:
        """What `subprocess.run` does: start it, wait, and tell how it ended."""
        self.started.append(command)
        return subprocess.CompletedProcess(command, self.work(int(command[-1])), stderr="on the way\nno hours.yml\n")


@pytest.fixture
def worker(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> Worker:
    """The worker of the rooms; the model is trained already."""
    found = Worker(rooms)
    monkeypatch.setattr(subprocess, "run", found.run)
    monkeypatch.setattr(bot.rasa.train, "is_trained", lambda _settings: True)
    return found


def in_use(rooms: Rooms) -> bytes | None:
    """The matcher of the last release; None for the model's own."""
    latest = rooms.releases.latest()
    assert latest
    return rooms.releases.matcher(latest.matcher) if latest.matcher is not None else None


def test_a_first_start_imports_and_fits_nothing(rooms: Rooms, worker: Worker) -> None:
    """The articles of the data come into an empty database, and the trained model's own matcher knows them."""
    assert prepare(rooms.settings) is None
    assert len(rooms.articles.all()) > 0
    assert (worker.started, in_use(rooms)) == ([], None)


def test_a_start_with_a_matcher_of_this_code_fits_nothing(rooms: Rooms, worker: Worker) -> None:
    """A start that changes nothing imports nothing and fits nothing."""
    prepare(rooms.settings)
    refit(rooms)
    started = list(worker.started)
    assert prepare(rooms.settings) is None
    assert worker.started == started
    assert len(rooms.releases.recent()) == 3


def test_a_start_after_the_code_changed_fits_the_matcher_anew(
    rooms: Rooms, worker: Worker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A published matcher that this code cannot read is fitted again before anything starts, and that is said."""
    prepare(rooms.settings)
    with monkeypatch.context() as patch:
        patch.setattr(trials, "matcher_code", lambda: "of last year")
        refit(rooms)
    assert matcher_code() != "of last year"
    assert in_use(rooms) is None
    assert rooms.releases.needs_refit()
    assert prepare(rooms.settings) is None
    assert "the published articles or the code have changed" in capsys.readouterr().out
    assert in_use(rooms) == b"fitted on %d" % len(rooms.articles.all())
    assert worker.started[-1][:-1] == [*WORKER, "trial"]


def test_a_fit_that_fails_is_told_and_the_desk_starts(
    rooms: Rooms, worker: Worker, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """If the matcher cannot be fitted the start says why, the trial is over, and the next start tries again."""
    prepare(rooms.settings)
    with monkeypatch.context() as patch:
        patch.setattr(trials, "matcher_code", lambda: "of last year")
        refit(rooms)
    worker.work = lambda _trial: DATA_CODE
    assert prepare(rooms.settings) is None
    assert "could not fit the matcher: the data cannot be read (no hours.yml)" in capsys.readouterr().out
    failed = rooms.releases.trials.find(int(worker.started[-1][-1]))
    assert failed
    assert failed.state == FAILED
    worker.work = worker.fit
    assert prepare(rooms.settings) is None
    assert not rooms.releases.needs_refit()


def test_what_is_published_during_a_fit_is_learnt_too(rooms: Rooms, worker: Worker) -> None:
    """If an officer publishes while the matcher is fitted, it is fitted once more, on all that is published."""
    prepare(rooms.settings)
    articles = rooms.articles.all()

    def publish_meanwhile(trial: int) -> int:
        worker.fit(trial)
        worker.work = worker.fit
        rooms.articles.publish([replace(articles[0], id="new")], NOW)
        return 0

    worker.work = publish_meanwhile
    refit(rooms)
    assert len(worker.started) == 2
    assert in_use(rooms) == b"fitted on %d" % (len(articles) + 1)


def test_a_fit_that_is_overtaken_again_and_again_is_given_up(rooms: Rooms, worker: Worker) -> None:
    """A fit does not go on for ever where something is published during each."""
    prepare(rooms.settings)
    article = rooms.articles.all()[0]
    days = iter(range(1, 28))

    def publish_meanwhile(trial: int) -> int:
        worker.fit(trial)
        rooms.articles.publish([replace(article, review_by=article.review_by.replace(day=next(days)))], NOW)
        return 0

    worker.work = publish_meanwhile
    with pytest.raises(WorkFailed, match="kept changing"):
        refit(rooms)
    assert len(worker.started) == 5


def test_a_database_that_does_not_answer_is_told(worker: Worker, tmp_path: Path) -> None:
    """A database that cannot be opened ends the start with a sentence, not with a traceback."""
    (tmp_path / "folder.db").mkdir()
    problem = prepare(Settings(database_url=f"sqlite:///{tmp_path / 'folder.db'}"))
    assert problem
    assert "unable to open database" in problem

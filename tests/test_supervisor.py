"""The supervisor's children, and what it says before it starts them."""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bot import supervisor
from bot.settings import Settings
from bot.supervisor import Child, supervise

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
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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

"""Processes that work for another end with it, whichever way it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable

import psutil
import pytest

from bot.core.folders import ROOT
from bot.core.processes import ends_with_starter

# Starts a process as the supervisor starts its children, says which, and waits.
STARTS = """
import time
from bot.supervisor import Child
child = Child("the desk", ["sleep", "600"], print)
child.tend(0.0)
print(child.process.pid, flush=True)
time.sleep(600)
"""


def test_what_the_supervisor_starts_ends_with_it_when_it_is_killed() -> None:
    """A supervisor that is killed cannot stop its children: they are stopped all the same, and their ports are free."""
    supervisor = subprocess.Popen([sys.executable, "-c", STARTS], stdout=subprocess.PIPE, cwd=ROOT)
    assert supervisor.stdout
    child = psutil.Process(int(supervisor.stdout.readline()))
    supervisor.kill()
    supervisor.wait()
    psutil.wait_procs([child], timeout=30)
    assert not child.is_running()


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGKILL])
def test_a_process_that_starts_when_its_starter_is_gone_already_ends(signum: signal.Signals) -> None:
    """Of a starter that is gone before the kernel knows of the wish, nobody would tell: it is looked at as well."""
    done = subprocess.run(
        [sys.executable, "-c", "print('at work')"], preexec_fn=_gone(signum), stdout=subprocess.PIPE, check=False
    )
    assert (done.returncode, done.stdout) == (1, b"")


def _gone(signum: signal.Signals) -> Callable[[], None]:
    """What a process would do first whose starter is another than the one that is there."""
    starter = os.getpid
    os.getpid = lambda: 2**22
    try:
        return ends_with_starter(signum)
    finally:
        os.getpid = starter


WORKS = (
    "from bot.core.processes import end_with; import sys, time; "
    "end_with(int(sys.argv[1])); print('at work', flush=True); {}"
)


def test_a_worker_ends_by_itself_as_long_as_its_starter_is_there() -> None:
    """A worker that ends before the one it works for has its own exit code."""
    command = [sys.executable, "-c", WORKS.format("sys.exit(7)"), str(os.getpid())]
    done = subprocess.run(command, stdout=subprocess.PIPE, cwd=ROOT, check=False)
    assert (done.returncode, done.stdout) == (7, b"at work\n")


def test_a_worker_ends_once_its_starter_is_gone() -> None:
    """A worker ends with the process it works for, and at once if that is gone already."""
    starter = subprocess.Popen(["sleep", "600"])
    command = [sys.executable, "-c", WORKS.format("time.sleep(600)"), str(starter.pid)]
    worker = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT)
    assert worker.stdout
    assert worker.stdout.readline() == b"at work\n"
    starter.kill()
    starter.wait()
    assert worker.wait(30) == -signal.SIGKILL
    done = subprocess.run(command, stdout=subprocess.PIPE, cwd=ROOT, check=False)
    assert (done.returncode, done.stdout) == (1, b"")

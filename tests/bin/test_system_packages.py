"""What `make test` does first: `bin/system-packages`, on a machine that lacks the browser."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from bot.core.folders import ROOT

SCRIPT = ROOT / "bin" / "system-packages"


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """The programs of a machine without chromium; what its apt-get was told is in `told`."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("bash", "dirname", "env", "python3", "true"):
        (programs / name).symlink_to(str(shutil.which(name)))
    for name in ("node", "npm"):
        put(programs, name, "exit 0")
    return programs


def put(machine: Path, name: str, script: str) -> None:
    """Put a program on the machine."""
    (machine / name).write_text(f"#!{shutil.which('bash')}\n{script}\n")
    (machine / name).chmod(0o755)


def run(machine: Path, user: int) -> subprocess.CompletedProcess[str]:
    """Run the script there."""
    put(machine, "id", f"echo {user}")
    command = [str(shutil.which("bash")), str(SCRIPT)]
    return subprocess.run(command, env={"PATH": str(machine)}, capture_output=True, text=True, timeout=60)


def apt(machine: Path, code: int = 0) -> None:
    """Put an apt-get there that notes what it is told."""
    put(machine, "apt-get", f'echo "$@" >>{machine.parent}/told; exit {code}')


def told(machine: Path) -> list[str]:
    """What apt-get was told."""
    path = machine.parent / "told"
    return path.read_text().splitlines() if path.exists() else []


INSTALLED = ["update -qq", "install -y -qq --no-install-recommends chromium fonts-liberation"]


@pytest.mark.parametrize("user", [0, 1000])
def test_what_is_missing_is_installed_where_it_may(machine: Path, user: int) -> None:
    """Root installs it, and somebody whose sudo asks for nothing."""
    apt(machine)
    put(machine, "sudo", 'if [ "$1" = -n ]; then shift; fi; exec "$@"')
    done = run(machine, user)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "guichet: installing the programs that the tests start: a browser (chromium)…\n"
    assert told(machine) == INSTALLED


@pytest.mark.parametrize("lacking", ["node", "npm"])
def test_node_comes_with_npm(machine: Path, lacking: str) -> None:
    """A Node.js from elsewhere is taken as it is; where it or npm is missing, Debian's come."""
    apt(machine)
    put(machine, "chromium", "exit 0")
    (machine / lacking).unlink()
    done = run(machine, 0)
    assert done.stdout == "guichet: installing the programs that the tests start: Node.js with npm (node, npm)…\n"
    assert told(machine)[1:] == ["install -y -qq --no-install-recommends nodejs npm"]


@pytest.mark.parametrize(
    ("user", "has_apt", "why"),
    [
        (0, False, "this system is not Debian"),
        (1000, False, "this system is not Debian"),
        (1000, True, "only root may install packages, and sudo asks for a password"),
    ],
)
def test_what_cannot_be_installed_is_told_in_one_message(machine: Path, user: int, has_apt: bool, why: str) -> None:
    """What is missing, why it was not installed, and how to get it; nothing is tried."""
    if has_apt:
        apt(machine)
        put(machine, "sudo", "exit 1")
    done = run(machine, user)
    assert (done.returncode, done.stdout, told(machine)) == (1, "", [])
    assert done.stderr.splitlines()[:3] == [
        "guichet: the tests need programs that are missing: a browser (chromium).",
        f"guichet: they were not installed: {why}.",
        "guichet: on Debian, as root:  apt-get install --no-install-recommends chromium fonts-liberation",
    ]


def test_packages_that_do_not_come_are_told(machine: Path) -> None:
    """Where apt-get fails, its own words stand above the message."""
    apt(machine, code=100)
    done = run(machine, 0)
    assert done.returncode == 1
    assert "they were not installed: apt-get failed; see its messages above." in done.stderr


def test_a_whole_machine_is_left_alone(machine: Path) -> None:
    """Where everything is there, nothing is said or done."""
    apt(machine)
    put(machine, "chromium", "exit 0")
    done = run(machine, 1000)
    assert (done.returncode, done.stdout, done.stderr, told(machine)) == (0, "", "", [])

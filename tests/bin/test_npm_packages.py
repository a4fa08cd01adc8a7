"""What `make test` takes from npm: its lock, and `bin/npm-packages`, which installs what is locked."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from bot.core.folders import ROOT

LOCK = ROOT / "requirements" / "npm" / "package-lock.json"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the script, and a npm that notes in `told` what it is told; it fails where `fails` exists."""
    for path in ("bin/npm-packages", "requirements/npm/package.json", "requirements/npm/package-lock.json"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    npm = tmp_path / "npm"
    npm.write_text(f'#!/bin/sh\necho "$@" >>{tmp_path}/told\ntest ! -e {tmp_path}/fails\n')
    npm.chmod(0o755)
    return tmp_path


def run(checkout: Path) -> bool:
    """Run the script; whether it says that all is there."""
    env = {**os.environ, "PATH": f"{checkout}:{os.environ['PATH']}"}
    return subprocess.run([checkout / "bin" / "npm-packages"], env=env, timeout=60).returncode == 0


def told(checkout: Path) -> list[str]:
    """What npm was told."""
    return (checkout / "told").read_text().splitlines()


def test_the_lock_holds_hashes_and_no_address() -> None:
    """What is installed is what was locked, from any mirror."""
    text = LOCK.read_text()
    assert "://" not in text
    assert '"resolved"' not in text
    packages = {name: package for name, package in json.loads(text)["packages"].items() if name}
    assert packages["node_modules/telegram-test-api"]["version"] == "4.2.1"
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())


def test_what_is_there_is_left_alone(checkout: Path) -> None:
    """Installed once, without running what the packages bring; again once the lock is another."""
    assert run(checkout)
    assert run(checkout)
    (call,) = told(checkout)
    assert call.startswith("ci --ignore-scripts ")
    assert (checkout / "build/npm/package-lock.json").read_bytes() == LOCK.read_bytes()
    lock = checkout / "requirements/npm/package-lock.json"
    lock.write_text(lock.read_text() + "\n")
    assert run(checkout)
    assert len(told(checkout)) == 2


def test_what_failed_is_tried_again(checkout: Path) -> None:
    """An installation that broke off does not count as one."""
    (checkout / "fails").touch()
    assert not run(checkout)
    (checkout / "fails").unlink()
    assert run(checkout)
    assert len(told(checkout)) == 2

"""What `make test` promises of a run side by side: what was skipped or died fails it, and chance can be seen again."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bot.core.folders import ROOT

pytestmark = pytest.mark.server  # of three runs, each in processes of its own


def run(folder: Path, body: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run two files of tests as `make test` does, in two processes; each test of theirs is `body`."""
    for name in ("one", "two"):
        (folder / f"test_{name}.py").write_text(f"import os, pytest\n\ndef test_{name}():\n    {body}\n")
    found = re.search(
        r"^SIDE_BY_SIDE := -n logical (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert found
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-n", "2", *found[1].split(), "-v"]
    command += ["-c", str(ROOT / "pyproject.toml"), "-p", "no:cacheprovider", "--rootdir", str(folder), str(folder)]
    without = {name: value for name, value in os.environ.items() if name not in ("CI", "SHUFFLE")}
    without = {name: value for name, value in without.items() if not name.startswith("PYTEST_")}
    return subprocess.run(command, cwd=ROOT, env={**without, **environ}, capture_output=True, text=True, timeout=300)


@pytest.mark.parametrize(
    "body, told",
    [("pytest.skip('no browser')", "tests were skipped, which counts as a failure"), ("os._exit(0)", "crashed")],
)
def test_what_is_skipped_or_dies_fails_the_run(tmp_path: Path, body: str, told: str) -> None:
    """A skipped test is a failure, and so is one whose process ends under it, however it ends."""
    ended = run(tmp_path, body)
    assert ended.returncode != pytest.ExitCode.OK
    assert told in ended.stdout


def test_the_order_of_chance_is_one_for_all_processes(tmp_path: Path) -> None:
    """In CI every process puts the files in the same order, whose seed is told."""
    ended = run(tmp_path, "assert os.environ['SHUFFLE']", CI="true")
    assert ended.returncode == pytest.ExitCode.OK, ended.stdout
    assert re.search(r"files in an order of chance; SHUFFLE=\d+ gives it again", ended.stdout)
    assert "2 passed" in ended.stdout

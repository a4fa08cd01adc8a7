"""The matcher that answers, on a running desk: fitted by an import, and anew where it cannot be read any more."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.bootstrap import Rooms, wire
from bot.core.folders import ROOT
from bot.core.settings import Settings
from bot.knowledge.files import export_articles, load_corpus
from bot.knowledge.tables import matchers
from tests.end_to_end.conftest import AT_ONCE
from tests.end_to_end.desk_process import RunningDesk

FITTED_SECONDS = 900.0  # patience, for a machine that others work on too
# Which article answers it is for the matcher to tell: no other sample is like it.
OWN_QUESTION = {"fr": "À partir de quand décrochez-vous le combiné?", "en": "From when do you lift the handset?"}


@pytest.fixture
def own_desk(tmp_path: Path) -> Iterator[RunningDesk]:
    """A Guichet of the test's own, not started."""
    running = RunningDesk(tmp_path / "desk", **AT_ONCE)
    yield running
    if running.process and running.process.poll() is None:
        running.stop()


@pytest.fixture
def rooms(own_desk: RunningDesk) -> Iterator[Rooms]:
    """What the desk keeps, as another process sees it."""
    wired = wire(replace(Settings(), database_url=own_desk.env["GUICHET_DATABASE_URL"]))
    yield wired
    wired.close()


def guichet(desk: RunningDesk, *arguments: str) -> str:
    """What a command says, given as a person gives it, on the desk's database."""
    command = [sys.executable, "-m", "bot.cli", *arguments]
    done = subprocess.run(command, env=desk.env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def spoil(rooms: Rooms, **values: object) -> None:
    """Change every matcher that is kept."""
    with rooms.database.writing() as connection:
        assert connection.execute(sa.update(matchers).values(**values)).rowcount


def test_an_import_a_change_of_the_code_and_bytes_that_cannot_be_read(
    own_desk: RunningDesk, rooms: Rooms, tmp_path: Path
) -> None:
    """An import fits the matcher; after a change of the code, or of its bytes, the desk starts and fits it anew."""
    corpus = load_corpus(Settings().data_dir / "knowledge")
    hours = next(article for article in corpus.articles if article.id == "phone-hours")
    questions = {lang: (*asked, OWN_QUESTION[lang]) for lang, asked in hours.questions.items()}
    # A few articles only: of all that there are a fit takes a minute, and there are three.
    others = [article for article in corpus.articles if article is not hours][:3]
    export_articles([*others, replace(hours, questions=questions)], tmp_path / "changed")
    guichet(own_desk, "migrate")
    said = guichet(own_desk, "knowledge", "import", str(tmp_path / "changed"))
    assert said.splitlines()[0] == "4 of 4 articles published."
    imported = rooms.releases.latest()
    assert imported
    assert imported.matcher is not None
    assert not rooms.releases.needs_refit()

    spoil(rooms, code="of other code")
    own_desk.start()
    assert "fitting the matcher" in own_desk.log.read_text()
    assert not rooms.releases.needs_refit()
    assert own_desk.citizen().says(OWN_QUESTION["fr"]).custom["article"] == hours.id

    fitted = rooms.releases.latest()
    assert fitted
    spoil(rooms, content=b"cut off")
    os.kill(own_desk.children()["rasa"].pid, 9)
    own_desk.wait_until_ready()
    assert own_desk.citizen().says(hours.questions["fr"][0]).custom["article"] == hours.id
    deadline = time.monotonic() + FITTED_SECONDS
    while rooms.releases.latest() == fitted:
        assert time.monotonic() < deadline, own_desk.log.read_text()
        time.sleep(1)
    assert "cannot be used" in own_desk.log.read_text()
    assert not rooms.releases.needs_refit()
    assert own_desk.citizen().says(OWN_QUESTION["fr"]).custom["article"] == hours.id

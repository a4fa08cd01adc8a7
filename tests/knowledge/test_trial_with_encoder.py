"""The worker with the real encoder, on an office of three articles: trials of all kinds, and groups."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from bot import worker
from bot.bootstrap import Rooms, wire
from bot.core.folders import ROOT
from bot.core.settings import Settings
from bot.knowledge.article import ArticleError, parse_article
from bot.knowledge.files import Corpus, export_articles, load_corpus
from bot.knowledge.fitting import examples_of, matcher_of_bytes
from bot.knowledge.librarian import Librarian
from bot.knowledge.release import ARCHIVE, PUBLISH, REFIT
from bot.knowledge.trials import READY, Trial
from bot.knowledge.work import FAULT, USAGE_CODE, WORKER, Cause, cause_of
from bot.matcher.encoder import shared_encoder
from bot.matcher.matcher import Matcher, Ranking
from bot.matcher.vectors import VECTORS, VectorCache
from bot.messages.unanswered import Unanswered, UnansweredQuestions
from tests.cast import DATA
from tests.cast import NOVEMBER as NOW
from tests.databases import SqliteFiles

QUESTIONS = {
    "address": {
        "fr": ["Quelle est votre adresse?", "Où êtes-vous situés?", "Adresse postale", "Où sont vos bureaux?"],
        "en": ["What is your address?", "Where are you located?", "Mailing address", "Where are your offices?"],
    },
    "hours": {
        "fr": ["Quelles sont vos heures?", "À quelle heure fermez-vous?", "Ouvert le lundi?", "Quand ouvrez-vous?"],
        "en": ["What are your hours?", "At what time do you close?", "Open on Monday?", "When do you open?"],
    },
    "complaint": {
        "fr": ["Comment porter plainte?", "Je veux me plaindre", "Délai d'une plainte", "Formulaire de plainte"],
        "en": ["How do I complain?", "I want to complain", "Time for a complaint", "Complaint form"],
    },
}
PARKING = {
    "fr": ["Où puis-je stationner?", "Avez-vous un stationnement?", "Stationnement visiteurs", "Où garer ma voiture?"],
    "en": ["Where can I park?", "Do you have a parking lot?", "Visitor parking", "Where do I leave my car?"],
}
# The first two lie near to the article on parking, the others near to none.
UNANSWERED = {
    "fr": ["Combien coûte le stationnement?", "Quel temps fait-il?", "Recette de pouding chômeur", "Qui a gagné hier?"],
    "en": ["Is parking free?", "What is the weather like?", "Pudding recipe", "Who won yesterday?"],
}
LOOK = [
    {"article": "hours", "kind": "article", "lang": "fr", "text": "vous fermez à quelle heure"},
    {"article": "address", "kind": "article", "lang": "en", "text": "what's your mailing address"},
    {"article": None, "kind": "near", "lang": "fr", "text": "où puis-je stationner ma voiture"},
    {"article": None, "kind": "act", "lang": "fr", "text": "bonjour"},
]


def document(article: str, questions: dict[str, list[str]]) -> dict[str, Any]:
    """The document of an article with these sample questions."""
    both = {"fr": f"Un texte: {article}.", "en": f"A text: {article}."}
    dates = {"effective": "2001-04-01", "updated": "2006-09-29"}
    return {
        "id": article,
        "title": both,
        "answer": both,
        "sources": [{"document": both, "section": both, **dates}],
        "audience": ["everyone"],
        "review_by": "2027-03-31",
        "questions": deepcopy(questions),
    }


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office's folders: its data, and a trained model that holds a matcher of its own."""
    folder = tmp_path_factory.mktemp("office")
    data, models = folder / "data", folder / "models"
    (data / "knowledge" / "unanswered").mkdir(parents=True)
    for path in DATA.glob("*.yml"):
        shutil.copy(path, data)
    export_articles((parse_article(document(*entry)) for entry in QUESTIONS.items()), data / "knowledge")
    (data / "knowledge" / "unanswered" / "near.yml").write_text(json.dumps(UNANSWERED), encoding="utf-8")
    (data / "evaluation").mkdir()
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in LOOK)
    (data / "evaluation" / "look.jsonl").write_text(lines, encoding="utf-8")
    models.mkdir()
    corpus = load_corpus(data / "knowledge")
    content = io.BytesIO()
    Matcher().fit(examples_of(corpus.articles, corpus)).save(content)
    with tarfile.open(models / worker.MODEL, "w:gz") as archive:
        member = tarfile.TarInfo("components/train_5/matcher.joblib")
        member.size = len(content.getvalue())
        archive.addfile(member, io.BytesIO(content.getvalue()))
    return folder


@pytest.fixture(scope="module")
def corpus(office: Path) -> Corpus:
    """The knowledge base of the office's files."""
    return load_corpus(office / "data" / "knowledge")


@pytest.fixture
def rooms(office: Path, sqlite_files: SqliteFiles, corpus: Corpus) -> Iterator[Rooms]:
    """The office's rooms, with its articles published."""
    folders = {f"{name}_dir": office / name for name in ("data", "models", "mail")}
    wired = wire(Settings(database_url=sqlite_files.new(), **folders), now=lambda: NOW)
    wired.articles.publish(corpus.articles, NOW)
    yield wired
    wired.close()


def asked(rooms: Rooms, article: str, questions: dict[str, list[str]]) -> int:
    """A trial, asked for, of an article with these sample questions."""
    standing = rooms.drafts.standing(article)
    edits = standing.in_work.edits if standing and standing.in_work else 0
    version = rooms.drafts.save(document(article, questions), "Ana", edits=edits)
    rooms.drafts.review(article, "Ben", edits=version.edits)
    return rooms.releases.trials.ask(PUBLISH, "Ana", article=article, version=version.number, edits=version.edits)


def done(rooms: Rooms, number: int) -> Trial:
    """The trial, after the worker did it here."""
    rooms.releases.trials.take()
    worker.do_trial(rooms, number)
    trial = rooms.releases.trials.find(number)
    assert trial
    assert trial.state == READY
    return trial


def rank(rooms: Rooms, trial: Trial, text: str, lang: str = "fr") -> Ranking:
    """What the matcher of a trial makes of a message."""
    content = rooms.releases.matcher(trial.matcher or 0)
    assert content
    return matcher_of_bytes(content).rank(text, lang)


def first(ranking: Ranking) -> str:
    """The likeliest article."""
    return ranking.matches[0].article


def test_a_trial_fits_and_compares(rooms: Rooms) -> None:
    """A new article's trial has a matcher that knows it beside the others, and says what else is close to it."""
    trial = done(rooms, asked(rooms, "parking", PARKING))
    assert first(rank(rooms, trial, "y a-t-il un stationnement")) == "parking"
    assert first(rank(rooms, trial, "quelle est l'adresse du ministère")) == "address"
    assert trial.result["n"] == 3
    changes = {(change["kind"], change["text"]) for change in trial.result["changes"]}
    assert ("taken", "où puis-je stationner ma voiture") in changes
    assert {entry["text"] for entry in trial.result["close"]} == {"Combien coûte le stationnement?", "Is parking free?"}


def test_close_messages_that_are_taken_are_learnt(rooms: Rooms) -> None:
    """Messages listed as unanswered that the article takes as its questions are answered by it afterwards."""
    taken = {"fr": [*PARKING["fr"], UNANSWERED["fr"][0]], "en": [*PARKING["en"], UNANSWERED["en"][0]]}
    trial = done(rooms, asked(rooms, "parking", taken))
    assert trial.result["close"] == []
    for lang in ("fr", "en"):
        ranking = rank(rooms, trial, UNANSWERED[lang][0], lang)
        assert (first(ranking), ranking.outcome) == ("parking", "answered")


def test_the_next_trial_is_compared_with_what_was_published(rooms: Rooms) -> None:
    """After a publication its matcher is the one in use: the same questions once more change nothing."""
    done(rooms, asked(rooms, "parking", PARKING))
    rooms.releases.publish("parking", "Cleo", "to begin with")
    same = {lang: [*questions, questions[0].upper() + "!"] for lang, questions in PARKING.items()}
    trial = done(rooms, asked(rooms, "parking", same))
    assert first(rank(rooms, trial, "y a-t-il un stationnement")) == "parking"
    assert trial.result["before"] == trial.result["after"]
    assert trial.result["changes"] == []


def test_a_trial_of_archiving_forgets_the_article(rooms: Rooms) -> None:
    """Without its article a question is answered no more, which is told as an answer that breaks."""
    trial = done(rooms, rooms.releases.trials.ask(ARCHIVE, "Ana", article="hours", version=1))
    assert "hours" not in {match.article for match in rank(rooms, trial, "Quelles sont vos heures?").matches}
    assert trial.result["close"] == []
    assert trial.result["after"] <= trial.result["before"]
    broken = {change["text"] for change in trial.broken}
    assert "vous fermez à quelle heure" in broken
    assert rooms.articles.get("hours")


def test_a_refit_knows_what_is_published_and_compares_nothing(rooms: Rooms) -> None:
    """The matcher fitted anew knows every published article; nobody waits for a comparison, so none is made."""
    done(rooms, asked(rooms, "parking", PARKING))
    rooms.releases.publish("parking", "Cleo", "to begin with")
    trial = done(rooms, rooms.releases.trials.ask(REFIT, "guichet"))
    assert trial.result == {}
    assert first(rank(rooms, trial, "y a-t-il un stationnement")) == "parking"
    assert rooms.releases.refitted(trial.id).matcher == trial.matcher


def test_the_vectors_of_the_knowledge_base_are_kept(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second trial of the same texts encodes none of them again."""
    done(rooms, asked(rooms, "parking", PARKING))
    assert (rooms.settings.models_dir / VECTORS).exists()
    trial = rooms.releases.trials.ask(REFIT, "guichet")
    rooms.drafts.drop("parking")
    encode, counted = shared_encoder().encode_messages, []

    def count(texts: Any) -> Any:
        counted.extend(texts)
        return encode(texts)

    monkeypatch.setattr(shared_encoder(), "encode_messages", count)
    done(rooms, trial)
    assert counted == []


def test_what_cannot_be_tried_is_an_error(rooms: Rooms) -> None:
    """A trial that does not exist, whose version is gone, or whose version lacks something fails."""
    with pytest.raises(LookupError):
        worker.do_trial(rooms, 999)
    gone = rooms.releases.trials.ask(PUBLISH, "Ana", article="hours", version=9, edits=1)
    with pytest.raises(LookupError):
        worker.do_trial(rooms, gone)
    rooms.drafts.save(document("parking", {"fr": [], "en": []}), "Ana", edits=0)
    lacking = rooms.releases.trials.ask(PUBLISH, "Ana", article="parking", version=1, edits=1)
    with pytest.raises(ArticleError, match="questions"):
        worker.do_trial(rooms, lacking)


SAID = [
    (11, "Où puis-je faire renouveler mon passeport?"),
    (5, "Recette de tarte aux pommes"),
    (7, "Where can I renew my passport?"),
]


@pytest.fixture
def unanswered(monkeypatch: pytest.MonkeyPatch) -> list[Unanswered]:
    """What nobody answered: two questions of one subject, and another; a test changes it."""
    questions = [Unanswered(number, "c", text, "fr", NOW) for number, text in SAID]
    monkeypatch.setattr(UnansweredQuestions, "latest", lambda _self: questions)
    return questions


def grouped(groups: list[list[int]]) -> list[set[int]]:
    """The groups without the order within them."""
    return [set(group) for group in groups]


def test_groups_are_the_numbers_of_the_questions(rooms: Rooms, unanswered: list[Unanswered]) -> None:
    """Questions come back by their numbers, those of one subject together, in whatever language."""
    assert grouped(worker.do_groups(rooms)) == [{7, 11}, {5}]
    unanswered.clear()  # the last was answered after the librarian had looked
    assert worker.do_groups(rooms) == []


@pytest.mark.usefixtures("unanswered")
def test_the_command_prints_the_groups(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The command prints the numbers as JSON, and no words, after it has made way for the citizens."""
    made_way: list[int] = []
    monkeypatch.setattr(os, "nice", made_way.append)
    work_in(rooms, monkeypatch)
    assert worker.main(["groups"]) == 0
    assert grouped(json.loads(capsys.readouterr().out)) == [{7, 11}, {5}]
    assert made_way == [10]


def work_in(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the command work in these rooms."""
    for name in ("database_url", "data_dir", "models_dir", "mail_dir"):
        monkeypatch.setenv(f"GUICHET_{name.upper()}", str(getattr(rooms.settings, name)))


@pytest.mark.anyio
async def test_the_librarian_and_the_worker_together(rooms: Rooms, monkeypatch: pytest.MonkeyPatch) -> None:
    """The real process does a trial that was asked for; what it fitted is published and known."""
    work_in(rooms, monkeypatch)
    number = asked(rooms, "parking", PARKING)
    await Librarian(rooms.database, rooms.drafts, rooms.releases, list, rooms.now).look()
    trial = rooms.releases.trials.find(number)
    assert trial
    assert (trial.state, trial.result.get("n")) == (READY, 3)
    release = rooms.releases.publish("parking", "Cleo", "to begin with")
    assert release.matcher == trial.matcher
    assert first(rank(rooms, trial, "y a-t-il un stationnement")) == "parking"


def environment(rooms: Rooms, **settings: object) -> dict[str, str]:
    """What a process of its own is told of the rooms."""
    names = ("database_url", "data_dir", "models_dir", "mail_dir")
    told = {**{name: getattr(rooms.settings, name) for name in names}, **settings}
    return {**os.environ, **{f"GUICHET_{name.upper()}": str(value) for name, value in told.items()}}


def process(rooms: Rooms, *arguments: str, **settings: object) -> subprocess.CompletedProcess[str]:
    """The worker as it is started, once it has ended."""
    command = [*WORKER, *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment(rooms, **settings), capture_output=True, text=True)


def test_the_process_ends_by_itself_with_its_own_code(rooms: Rooms, tmp_path: Path) -> None:
    """It ends with 0 after its work; where it cannot work its code and its last line say why."""
    done = process(rooms, "groups")
    assert (done.returncode, done.stdout, done.stderr) == (0, "[]", "")
    trial = asked(rooms, "parking", PARKING)
    assert rooms.releases.trials.take()
    assert process(rooms, "trial", str(trial)).returncode == 0
    found = rooms.releases.trials.find(trial)
    assert found
    assert found.state == READY
    assert process(rooms, "groups", "now").returncode == USAGE_CODE


@pytest.mark.parametrize(
    "arguments, settings, kind, detail",
    [
        (("trial", "999"), {}, "gone", "the trial 999"),
        (("groups",), {"database_url": "sqlite:///{empty}/new.db"}, "database", "OperationalError"),
        (("groups",), {"data_dir": "{empty}"}, "data", "organization.yml"),
        (("groups",), {"port": "none"}, "data", "GUICHET_PORT"),
        (("trial", "{trial}"), {"models_dir": "{empty}"}, "data", "guichet.tar.gz"),
    ],
)
def test_where_it_cannot_work_its_end_says_why(
    rooms: Rooms, tmp_path: Path, arguments: Sequence[str], settings: Mapping[str, str], kind: str, detail: str
) -> None:
    """Without its trial, tables, data, settings or model the process ends with a code and a line of its own."""
    known = {"empty": tmp_path, "trial": asked(rooms, "parking", PARKING)}
    told = {name: value.format(**known) for name, value in settings.items()}
    failure = failed(process(rooms, *(argument.format(**known) for argument in arguments), **told))
    assert failure.kind == kind
    assert detail in failure.detail


def failed(done: subprocess.CompletedProcess[str]) -> Cause:
    """Why a worker failed."""
    assert done.returncode > 0
    return cause_of(done.returncode, done.stderr)


def test_what_nobody_foresaw_is_told_without_what_was_worked_on(
    rooms: Rooms, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The places in the code and the kind of error are told, and not its message, which may hold citizens' words."""

    def fail(_rooms: Rooms) -> None:
        raise ValueError(" ".join(["words", "of", "a", "citizen"]))

    work_in(rooms, monkeypatch)
    monkeypatch.setattr(os, "nice", lambda _by: 0)
    monkeypatch.setattr(worker, "do_groups", fail)
    code = worker.main(["groups"])
    told = capsys.readouterr().err
    assert cause_of(code, told) == Cause(FAULT, "ValueError")
    assert "in fail" in told
    assert "words of a citizen" not in told


# What a desk does, with the real librarian and the real worker.
DESK = """
import asyncio
from bot.knowledge.librarian import Librarian
from bot.core.settings import load_settings
from bot.bootstrap import wire
rooms = wire(load_settings())
librarian = Librarian(rooms.database, rooms.drafts, rooms.releases, list, rooms.now)
asyncio.run(librarian.look())
"""


@pytest.fixture
def large_office(rooms: Rooms, tmp_path: Path) -> dict[str, str]:
    """An office with so many sample questions that a fit is shared among workers; a trial is asked for."""
    questions = {
        article: {lang: [f"{article} {lang} {number}?" for number in range(260)] for lang in ("fr", "en")}
        for article in (*QUESTIONS, "parking")
    }
    rooms.articles.publish([parse_article(document(*entry)) for entry in questions.items()], NOW)
    texts = [text for languages in questions.values() for many in languages.values() for text in many]
    vectors = np.random.default_rng(1).normal(size=(len(texts), 1024)).astype(np.float32)
    VectorCache(tmp_path / VECTORS).keep(texts, vectors)
    shutil.copy(rooms.settings.models_dir / worker.MODEL, tmp_path)
    asked(rooms, "parking", {**questions["parking"], "en": questions["parking"]["en"][1:]})
    return environment(rooms, models_dir=tmp_path)


@pytest.mark.parametrize("killed", ["desk", "worker"])
def test_none_outlives_who_needs_it(large_office: dict[str, str], killed: str) -> None:
    """Killed in the midst of a fit, the worker leaves no workers behind, and a killed desk no worker."""
    desk = psutil.Popen([sys.executable, "-c", DESK], cwd=ROOT, env=large_office, stderr=subprocess.DEVNULL)
    try:
        while not (workers := helpers(desk, "joblib.externals.loky.backend.popen_loky_posix")):
            assert desk.poll() is None, "there was nothing to share among workers"
            time.sleep(0.02)
        (working,) = helpers(desk, "bot.worker")
        started = desk.children(recursive=True)
        assert {worker.pid for worker in workers} < {process.pid for process in started}
        (desk if killed == "desk" else working).kill()
        _, alive = psutil.wait_procs(started, timeout=60)
        assert alive == []
    finally:
        desk.kill()
        desk.wait()


def helpers(desk: psutil.Process, name: str) -> list[psutil.Process]:
    """Those of a desk's processes that run this module."""
    found = []
    for process in desk.children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            found += [process] if name in process.cmdline() else []
    return found

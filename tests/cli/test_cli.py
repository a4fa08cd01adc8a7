"""The command line."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

import bot.cli
import bot.supervisor
from bot.bootstrap import Rooms, wire
from bot.core.db import migrate
from bot.core.folders import ROOT
from bot.core.settings import Settings
from bot.knowledge.release import REFIT
from bot.knowledge.work import KILLED, Cause, WorkFailed
from bot.messages.conversation import QUEUE, Incoming, Reply
from bot.tickets import store as stored
from bot.tickets.tables import tickets
from bot.tickets.ticket import TicketEvent
from tests.cast import NOW

DUE_UTC = "2026-12-30T22:00:00+00:00"
PROOF = [
    ("2026-12-22", "day zero"),
    ("2026-12-23", "day 1"),
    ("2026-12-24", "holiday (Christmas Eve)"),
    ("2026-12-25", "holiday (Christmas Day)"),
    ("2026-12-26", "weekend"),
    ("2026-12-27", "weekend"),
    ("2026-12-28", "day 2"),
    ("2026-12-29", "day 3"),
    ("2026-12-30", "day 4"),
]
Guichet = Callable[..., Result]


@pytest.fixture
def database(tmp_path: Path) -> str:
    """The address of a database that does not exist yet."""
    return f"sqlite:///{tmp_path / 'db' / 'guichet.db'}"


@pytest.fixture
def fits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many articles were published each time that the matcher was fitted anew, which takes no time here."""
    found: list[int] = []

    def fit(rooms: Rooms) -> None:
        found.append(len(rooms.articles.all()))
        number = rooms.releases.trials.ask(REFIT, "guichet")
        rooms.releases.trials.finish(number, {}, b"fitted")
        rooms.releases.refitted(number)

    monkeypatch.setattr(bot.supervisor, "refit", fit)
    return found


@pytest.fixture
def guichet(database: str, fits: list[int], monkeypatch: pytest.MonkeyPatch) -> Guichet:
    """Runs the command line at a fixed moment, on a database of its own."""
    monkeypatch.setenv("GUICHET_DATABASE_URL", database)
    monkeypatch.setattr("bot.cli.terminal.wire", lambda settings: wire(settings, now=lambda: NOW))
    return lambda *arguments: CliRunner().invoke(bot.cli.main, [str(argument) for argument in arguments])


@pytest.fixture
def rooms(database: str) -> Rooms:
    """The rooms of the command line's database, with its tables."""
    wired = wire(Settings(database_url=database), now=lambda: NOW)
    migrate(wired.database.engine)
    return wired


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A knowledge base of two committed articles."""
    small = tmp_path / "small"
    small.mkdir()
    for name in ("address.yml", "role.yml"):
        shutil.copy(ROOT / "data" / "knowledge" / name, small)
    return small


def refused(result: Result, *words: str) -> None:
    """Check that a command ended with a sentence that holds `words`, not with a traceback."""
    assert result.exit_code in (1, 2)
    assert isinstance(result.exception, SystemExit), repr(result.exception)
    assert "Error:" in result.output
    for word in words:
        assert word in result.output


def shown_proof(output: str) -> list[tuple[str, str]]:
    """The proof among the lines of an output."""
    lines = [line.strip().split("  ", 1) for line in output.splitlines() if line.startswith("  2")]
    return [(line[0], line[1]) for line in lines]


@pytest.mark.parametrize("command", [(), ("knowledge",), ("tickets",), ("promises",)])
@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_explains_itself(guichet: Guichet, command: tuple[str, ...], flag: str) -> None:
    """Each group explains its commands."""
    result = guichet(*command, flag)
    assert result.exit_code == 0
    assert "Commands:" in result.output


@pytest.mark.parametrize("command", [("nothing",), ("tickets", "nothing"), ("promises", "due"), ("tickets", "show")])
def test_a_wrong_command_is_told(guichet: Guichet, command: tuple[str, ...]) -> None:
    """An unknown command or a missing argument is told with how to get help."""
    refused(guichet(*command), "Usage:", "--help")


def test_a_bad_setting_is_named(guichet: Guichet, monkeypatch: pytest.MonkeyPatch) -> None:
    """A bad setting is told as one sentence that names the variable."""
    monkeypatch.setenv("GUICHET_PORT", "eighty")
    refused(guichet("tickets", "list"), "GUICHET_PORT='eighty'")


def test_an_unknown_setting_is_named(guichet: Guichet, monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt setting is told as one sentence that names it."""
    monkeypatch.setenv("GUICHET_PROT", "80")
    refused(guichet("promises", "due", "--from", "2026-12-22"), "unknown setting GUICHET_PROT")


def test_a_missing_data_folder_is_told(guichet: Guichet, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A data folder that is not there is told as a sentence, not as a traceback."""
    monkeypatch.setenv("GUICHET_DATA_DIR", str(tmp_path / "nowhere"))
    refused(guichet("tickets", "list"), "nowhere")


def test_a_database_address_that_is_none_is_told(guichet: Guichet, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database address that cannot be read is told as a sentence, not as a traceback."""
    monkeypatch.setenv("GUICHET_DATABASE_URL", "nothing")
    refused(guichet("tickets", "list"))


def test_migrate_makes_the_tables(guichet: Guichet, database: str) -> None:
    """A new database gets its tables, and a second run changes nothing."""
    for _ in range(2):
        result = guichet("migrate")
        assert (result.exit_code, result.output) == (0, "The database is up to date.\n")
    assert wire(Settings(database_url=database)).tickets.store.by_due_moment() == []


def test_check_finds_nothing_in_the_committed_data(guichet: Guichet) -> None:
    """The committed data passes its own checks."""
    result = guichet("check")
    assert (result.output, result.exit_code) == ("0 problems in the data.\n", 0)


def test_check_tells_what_is_wrong_and_where(guichet: Guichet, folder: Path) -> None:
    """A knowledge base with faults is told each of them, with file and line, and the exit code says so."""
    path = folder / "address.yml"
    path.write_text(path.read_text().replace("2027-03-31", "2020-12-21"))
    line = path.read_text().splitlines().index("review_by: '2020-12-21'") + 1
    result = guichet("check", "--knowledge", folder)
    assert result.exit_code == 1
    assert f"{path}:{line}: review_by: past its review date, 2020-12-21\n" in result.output
    assert "promise email-reply: its article email-standard does not exist" in result.output


def test_check_prints_json(guichet: Guichet, folder: Path) -> None:
    """With --json a program can read the problems."""
    result = guichet("check", "--knowledge", folder, "--json")
    assert result.exit_code == 1
    (found,) = [problem for problem in json.loads(result.output) if "article complaint does" in problem["what"]]
    lines = (ROOT / "data" / "promises.yml").read_text(encoding="utf-8").splitlines()
    assert found == {
        "file": "data/promises.yml",
        "line": lines.index("    article: complaint") + 1,
        "place": "promises[4].article",
        "what": "promise complaint: its article complaint does not exist",
        "stops": False,
    }


BROKEN = ["a: [", "id: address\n", "- 1\n"]


@pytest.mark.parametrize("content", BROKEN)
def test_an_article_that_cannot_be_read_is_named(guichet: Guichet, folder: Path, content: str) -> None:
    """A broken file is told by name, not as a traceback."""
    (folder / "address.yml").write_text(content)
    refused(guichet("knowledge", "import", folder), "address.yml")


@pytest.mark.parametrize("content", BROKEN)
def test_check_names_an_article_that_cannot_be_read(guichet: Guichet, folder: Path, content: str) -> None:
    """A broken file is told with its line."""
    (folder / "address.yml").write_text(content)
    result = guichet("check", "--knowledge", folder)
    assert (result.exit_code, isinstance(result.exception, SystemExit)) == (1, True)
    assert f"{folder / 'address.yml'}:1: " in result.output


@pytest.mark.parametrize("command", [("check", "--knowledge"), ("knowledge", "import")])
def test_a_folder_that_does_not_exist_is_named(guichet: Guichet, tmp_path: Path, command: tuple[str, ...]) -> None:
    """A folder that is not there is told."""
    refused(guichet(*command, tmp_path / "nowhere"), "nowhere", "does not exist")


def test_import_publishes_what_changed(guichet: Guichet, folder: Path, database: str, fits: list[int]) -> None:
    """The first import publishes all, the second none, and after an edit the one that was edited; each is learnt."""
    assert guichet("knowledge", "import", folder).output.splitlines()[0] == "2 of 2 articles published."
    assert fits == [2]
    assert guichet("knowledge", "import", folder).output == "0 of 2 articles published.\n"
    assert fits == [2]
    path = folder / "role.yml"
    path.write_text(path.read_text().replace("2027-03-31", "2027-04-30"))
    assert guichet("knowledge", "import", folder).output.splitlines()[0] == "1 of 2 articles published."
    assert fits == [2, 2]
    published = wire(Settings(database_url=database)).articles.get("role")
    assert published is not None
    assert published.review_by.isoformat() == "2027-04-30"


def test_import_of_what_the_model_was_trained_on_fits_nothing(
    guichet: Guichet, rooms: Rooms, folder: Path, fits: list[int]
) -> None:
    """The trained model's own matcher knows the articles of the data: it is put into use instead of another."""
    guichet("knowledge", "import")
    assert fits == []
    trial = rooms.releases.trials.ask(REFIT, "guichet")
    rooms.releases.trials.finish(trial, {}, b"fitted")
    rooms.releases.refitted(trial)
    path = folder / "role.yml"
    path.write_text(path.read_text().replace("2027-03-31", "2027-04-30"))
    guichet("knowledge", "import", folder)
    latest = rooms.releases.latest()
    assert latest
    assert (len(fits), latest.matcher is None) == (1, False)
    assert "1 of " in guichet("knowledge", "import").output
    latest = rooms.releases.latest()
    assert latest
    assert (len(fits), latest.matcher) == (1, None)


def test_import_tells_if_the_matcher_could_not_be_fitted(
    guichet: Guichet, rooms: Rooms, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The articles are published all the same, and the command says that the assistant does not know them yet."""

    def fail(_rooms: Rooms) -> None:
        raise WorkFailed(Cause(KILLED, "9"))

    monkeypatch.setattr(bot.supervisor, "refit", fail)
    refused(
        guichet("knowledge", "import", folder),
        "2 of 2 articles published.",
        "could not fit the matcher: something killed it",
    )
    assert len(rooms.articles.all()) == 2


def test_export_gives_back_what_was_imported(guichet: Guichet, folder: Path, tmp_path: Path) -> None:
    """Exported articles, imported again, change nothing."""
    guichet("knowledge", "import", folder)
    result = guichet("knowledge", "export", tmp_path / "out")
    assert result.output == f"2 articles written to {tmp_path / 'out'}.\n"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["address.yml", "role.yml"]
    assert guichet("knowledge", "import", tmp_path / "out").output == "0 of 2 articles published.\n"


def open_ticket(rooms: Rooms, question: str, **more: Any) -> Any:
    """A ticket opened in the rooms' present moment."""
    return rooms.tickets.open(conversation="c1", question=question, language="fr", **{"email": None, **more})


def test_tickets_are_listed_soonest_due_first(guichet: Guichet, rooms: Rooms, database: str) -> None:
    """Each ticket has a line, the soonest due first, and those past their due moment are marked."""
    later = open_ticket(rooms, "b")
    past = wire(Settings(database_url=database), now=lambda: NOW.replace(month=11))
    overdue = past.tickets.open(conversation="c2", question="a", language="en", email=None)
    result = guichet("tickets", "list")
    assert result.exit_code == 0
    assert result.output.splitlines() == [
        f"{overdue.reference}  open    due 2026-11-26 17:00  [en]  OVERDUE",
        f"{later.reference}  open    due 2026-12-30 17:00  [fr]",
        "2 tickets",
    ]


def test_tickets_are_listed_by_state_and_number(guichet: Guichet, rooms: Rooms) -> None:
    """The list can be cut to a state and to a number."""
    for n in range(3):
        open_ticket(rooms, f"q{n}")
    assert guichet("tickets", "list", "--limit", 2).output.splitlines()[-1] == "2 tickets"
    assert guichet("tickets", "list", "--state", "open").output.splitlines()[-1] == "3 tickets"
    assert guichet("tickets", "list", "--state", "closed").output == "0 tickets\n"


def test_tickets_are_listed_as_json(guichet: Guichet, rooms: Rooms) -> None:
    """With --json a program reads each ticket with its proof, accents and all."""
    ticket = open_ticket(rooms, "Où êtes-vous?", email="zoe@example.com")
    result = guichet("tickets", "list", "--json")
    assert "Où êtes-vous?" in result.output
    (found,) = json.loads(result.output)
    assert found == {
        "reference": ticket.reference,
        "state": "open",
        "promise": "email-reply",
        "language": "fr",
        "channel": "rest",
        "question": "Où êtes-vous?",
        "email": "zoe@example.com",
        "conversation": "c1",
        "opened_at": "2026-12-22T21:40:00+00:00",
        "day_zero": "2026-12-22",
        "due": DUE_UTC,
        "proof": list(ticket.proof),
    }


@pytest.mark.parametrize("option", [("--state", "lost"), ("--limit", "many")])
def test_a_bad_option_is_told(guichet: Guichet, rooms: Rooms, option: tuple[str, str]) -> None:
    """A state or number that is none is told by name."""
    refused(guichet("tickets", "list", *option), *option)


@pytest.mark.parametrize("command", [("list",), ("show", "RI-0000-0000")])
def test_tickets_of_a_new_database_are_no_traceback(guichet: Guichet, command: tuple[str, ...]) -> None:
    """Before the tables exist the command ends in words, not in a traceback."""
    result = guichet("tickets", *command)
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)


def test_a_ticket_is_shown_with_its_proof(guichet: Guichet, rooms: Rooms) -> None:
    """A ticket is shown with what it asks and, day by day, why it is due when it is."""
    ticket = open_ticket(rooms, "Où êtes-vous?")
    result = guichet("tickets", "show", ticket.reference)
    assert result.exit_code == 0
    assert f"reference     {ticket.reference}" in result.output
    assert "question      Où êtes-vous?" in result.output
    assert shown_proof(result.output) == PROOF


def test_a_reference_may_be_written_carelessly(guichet: Guichet, rooms: Rooms) -> None:
    """Lower case and spaces do not matter when a ticket is asked for."""
    ticket = open_ticket(rooms, "x")
    careless = ticket.reference.lower().replace("-", " - ")
    assert json.loads(guichet("tickets", "show", careless, "--json").output)["question"] == "x"


@pytest.mark.parametrize("reference", ["RI-0000-0000", "nothing", "'; DROP TABLE tickets; --"])
def test_an_unknown_ticket_is_told(guichet: Guichet, rooms: Rooms, reference: str) -> None:
    """A ticket that is not there is told by what was asked for."""
    refused(guichet("tickets", "show", reference), f"there is no ticket {reference}")


@pytest.mark.parametrize(
    "start", ["2026-12-22T16:40", "2026-12-22", "2026-12-22T21:40+00:00", "2026-12-23T04:59+00:00"]
)
def test_a_due_date_is_shown_with_its_proof(guichet: Guichet, start: str) -> None:
    """The clock from December 22, 2026 is due on December 30 at 17:00, and each day between is accounted for."""
    result = guichet("promises", "due", "--from", start)
    assert result.exit_code == 0
    assert result.output.splitlines()[0] == "due 2026-12-30 17:00 EST"
    assert shown_proof(result.output) == PROOF


def test_a_due_date_is_printed_as_json(guichet: Guichet) -> None:
    """With --json a program reads day zero, the due moment and the proof."""
    result = guichet("promises", "due", "--from", "2026-12-22T16:40", "--json")
    found = json.loads(result.output)
    assert (found["day_zero"], found["due"]) == ("2026-12-22", DUE_UTC)
    assert [day["date"] for day in found["proof"]] == [day for day, _ in PROOF]
    assert found["proof"][2] == {
        "date": "2026-12-24",
        "reason": "holiday",
        "counted": None,
        "holiday": {"fr": "Veille de Noël", "en": "Christmas Eve"},
    }


def test_another_promise_takes_its_own_days(guichet: Guichet) -> None:
    """A promise of five working days is due a working day later than one of four."""
    result = guichet("promises", "due", "--promise", "internship-eligibility", "--from", "2026-12-22T16:40")
    assert result.output.splitlines()[0] == "due 2026-12-31 17:00 EST" or "2027" in result.output.splitlines()[0]
    assert shown_proof(result.output)[-1][1] == "day 5"


def test_an_unknown_promise_is_named(guichet: Guichet) -> None:
    """An unknown promise is told with those that are known."""
    refused(guichet("promises", "due", "--promise", "tea", "--from", "2026-12-22"), "'tea'", "email-reply")


@pytest.mark.parametrize("start", ["tomorrow", "", "22/12/2026", "2026-13-01", "2026-02-30", "2026-12-22T25:00"])
def test_what_is_no_moment_is_told(guichet: Guichet, start: str) -> None:
    """What cannot be read as a date or a moment is told, with an example."""
    refused(guichet("promises", "due", "--from", start), repr(start), "2026-12-22T16:40")


@pytest.mark.parametrize("start", ["9999-12-30", "0001-01-01T00:00+14:00"])
def test_a_moment_at_the_end_of_time_is_told(guichet: Guichet, start: str) -> None:
    """A date beyond what the calendar can count is told as a sentence, not as a traceback."""
    refused(guichet("promises", "due", "--from", start))


# Evaluation

TRAIN = [
    *(("address", "fr", text) for text in ("Quelle est votre adresse ?", "Où êtes-vous situés ?", "Adresse postale")),
    *(("address", "en", text) for text in ("What is your address?", "Where are you located?", "Mailing address")),
    *(
        ("hours", "fr", text)
        for text in ("Quelles sont vos heures ?", "À quelle heure fermez-vous ?", "Ouvert lundi ?")
    ),
    *(("hours", "en", text) for text in ("What are your hours?", "At what time do you close?", "Open on Monday?")),
    *((None, "fr", text) for text in ("Quel temps fait-il ?", "Recette de pouding", "Qui a gagné le match ?")),
    *((None, "en", text) for text in ("What is the weather like?", "Pudding recipe", "Who won the game?")),
    ("fax", "en", "Do you have a fax number?"),
]
TEST = [
    ("address", "fr", "votre adresse svp"),
    ("hours", "en", "when do you close on mondays"),
    ("fax", "en", "fax number please"),
    (None, "fr", "une recette de gâteau"),
]
FIGURES = {f"top{n}" for n in (1, 2, 3)} | {
    "n", "answered_right", "answered_wrong", "clarified_right", "missed", "false_answers", "auroc"
}  # fmt: skip


@pytest.fixture
def messages(tmp_path: Path) -> Callable[[str, Any], Path]:
    """Writes messages as a JSONL file."""

    def write(name: str, rows: Any) -> Path:
        lines = [json.dumps({"article": a, "lang": lang, "text": text}, ensure_ascii=False) for a, lang, text in rows]
        path: Path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    return write


def test_evaluate_fits_on_one_file_and_measures_on_another(guichet: Guichet, messages: Any, tmp_path: Path) -> None:
    """As JSON: every figure of the contract, overall and by language, and the report as a page beside it."""
    page = tmp_path / "report.html"
    result = guichet(
        "evaluate", "--train", messages("a.jsonl", TRAIN), "--test", messages("b.jsonl", TEST), "--json", "--html", page
    )
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert {*FIGURES, "thresholds", "fit_seconds", "rank_ms_p50"} <= set(found)
    for lang, count in (("fr", 2), ("en", 2)):
        assert set(found[lang]) >= FIGURES
        assert found[lang]["n"] == count
    assert found["top1"] == 1.0
    assert 0 < found["thresholds"]["clarify"] <= found["thresholds"]["answer"] < 1
    assert found["answered_right"] + found["answered_wrong"] + found["clarified_right"] + found["missed"] == 1
    assert "fitting on 19 messages" in result.stderr
    assert "<svg" in page.read_text(encoding="utf-8")


def test_evaluate_tells_a_person(guichet: Guichet, messages: Any) -> None:
    """Without --json the report is lines to read, with the surest mistakes."""
    result = guichet("evaluate", "--train", messages("a.jsonl", TRAIN), "--test", messages("b.jsonl", TEST))
    assert result.exit_code == 0
    for part in ("b.jsonl, fitted on a.jsonl", "answered right", "thresholds", "surest mistakes", "une recette"):
        assert part in result.stdout


def test_evaluate_can_do_without_messages_that_no_article_answers(guichet: Guichet, messages: Any) -> None:
    """Where every message has its article, what would be falsely answered is not known, and that is said."""
    train, test = ([row for row in rows if row[0]] for rows in (TRAIN, TEST))
    result = guichet("evaluate", "--train", messages("a.jsonl", train), "--test", messages("b.jsonl", test), "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["false_answers"] is None


@pytest.mark.parametrize(
    "train, test, what",
    [
        (TRAIN, None, "go together"),
        ([("a", "fr", "une"), ("a", "fr", "deux")], TEST, "two classes"),
        ([], TEST, "no messages"),
        (TRAIN, [("a", "es", "hola")], "line 1"),
    ],
)
def test_evaluate_says_what_is_wrong(guichet: Guichet, messages: Any, train: Any, test: Any, what: str) -> None:
    """A file missing, too little to learn from, or a line of another form: a clear error, no trace."""
    arguments = ["evaluate", "--train", messages("a.jsonl", train)]
    result = guichet(*arguments, *(["--test", messages("b.jsonl", test)] if test is not None else []))
    assert result.exit_code != 0
    assert what in result.stderr
    assert "Traceback" not in result.output


@pytest.fixture
def conversation(rooms: Rooms) -> str:
    """The id of a conversation that waits for a person."""
    incoming = Incoming("telegram", "1:1", "4242", "Bonjour")
    turn = rooms.inbox.first_turn(rooms.inbox.accept(incoming, NOW), incoming, NOW)
    reply = Reply("Un instant.", (), {"outcome": "handoff", "held_by": QUEUE})
    rooms.inbox.complete(turn, [reply], NOW, language="fr", wants=QUEUE)
    return turn.conversation.id


def test_conversations_list_shows_who_waits(guichet: Guichet, conversation: str) -> None:
    """Conversations that wait for a person are listed, without what was said and without the citizen's address."""
    result = guichet("conversations", "list")
    assert (result.exit_code, conversation in result.output, "queue" in result.output) == (0, True, True)
    assert "4242" not in result.output
    listed = json.loads(guichet("conversations", "list", "--json").output)
    assert [(c["id"], c["held_by"], c["officer"]) for c in listed] == [(conversation, "queue", None)]
    assert json.loads(guichet("conversations", "list", "--held-by", "closed", "--json").output) == []


def test_a_conversation_is_shown_with_who_said_what(guichet: Guichet, conversation: str, rooms: Rooms) -> None:
    """What was said is printed, an officer's words under their name; an unknown conversation is told."""
    rooms.officer_actions.take(conversation, "Marie")
    rooms.officer_actions.reply(conversation, "Marie", "Bonjour!")
    shown = guichet("conversations", "show", conversation).output.splitlines()
    assert [line.split(" ", 2)[2] for line in shown] == [
        "citizen: Bonjour",
        "bot: Un instant.",
        "system: Marie a rejoint la conversation.",
        "Marie: Bonjour!",
    ]
    unknown = guichet("conversations", "show", "nobody")
    assert (unknown.exit_code, unknown.output) == (1, "Error: there is no conversation nobody\n")


def test_parked_messages_are_shown_and_tried_again(guichet: Guichet, conversation: str, rooms: Rooms) -> None:
    """What could not be delivered is listed with its reason, and gets another chance on request."""
    (row,) = rooms.outbox.due("telegram", NOW, 10)
    rooms.outbox.settle([replace(row, state="parked", reason="blocked")], NOW)
    assert json.loads(guichet("outbox", "list", "--json").output) == {
        "parked": 1,
        "list": [{"id": row.id, "channel": "telegram", "reason": "blocked"}],
    }
    assert f"conversation {conversation}  blocked" in guichet("outbox", "list").output
    assert guichet("outbox", "retry", row.id).output == "The desk will try again.\n"
    assert guichet("outbox", "retry", row.id).output == f"Error: there is no parked message {row.id}\n"
    assert rooms.outbox.counts() == {"waiting": 1}


# The report of the promises


def leave_and_answer(rooms: Rooms) -> tuple[str, str]:
    """A request that is answered, and one that stays open."""
    found = []
    for _ in range(2):
        ticket = rooms.tickets.open(conversation="c", question="?", language="fr", email=None)
        found.append(ticket.reference)
    with rooms.database.writing() as connection:
        ticket = rooms.tickets.get(found[0])
        event = TicketEvent(NOW, "closed")
        stored.close(connection, ticket, event, closed_as="answered", at=NOW, calendar=rooms.calendar)
    return found[0], found[1]


def test_the_report_is_a_replay(guichet: Guichet, rooms: Rooms) -> None:
    """Of a year or of a period: what was opened, kept and is open, and the same again whoever asks."""
    leave_and_answer(rooms)
    printed = guichet("promises", "report", "--year", NOW.year)
    assert "email-reply" in printed.output
    assert "100.0 %" in printed.output
    body = json.loads(guichet("promises", "report", "--from", "2000-01-01", "--to", "2100-12-31", "--json").output)
    row = next(row for row in body["promises"] if row["promise"] == "email-reply")
    assert (row["opened"], row["kept"], row["open"], row["share_kept"], row["median_days"]) == (2, 1, 1, 1.0, 0)
    other = json.loads(guichet("promises", "report", "--year", "1999", "--json").output)
    assert {row["opened"] for row in other["promises"]} == {0}
    refused(guichet("promises", "report", "--from", "yesterday"), "'yesterday'", "2026-12-29")


def test_clocks_are_verified_against_their_tickets(guichet: Guichet, rooms: Rooms) -> None:
    """Where both say the same the command succeeds; a ticket changed by hand is named, and it fails."""
    reference, _ = leave_and_answer(rooms)
    assert guichet("promises", "verify").output == "2 clocks replayed, 0 differ from their tickets.\n"
    with rooms.database.writing() as connection:
        connection.execute(sa.update(tickets).where(tickets.c.reference == reference).values(kept=False))
    result = guichet("promises", "verify")
    assert result.exit_code == 1
    assert f"{reference}: ticket and clock differ: kept False and True" in result.output


def test_a_calendar_is_tried_before_it_moves_anything(guichet: Guichet, rooms: Rooms, tmp_path: Path) -> None:
    """A closure within the time of an open request would move it, and nothing is moved by asking."""
    _, reference = leave_and_answer(rooms)
    due = rooms.tickets.get(reference).due_at
    day = due.astimezone(rooms.calendar.zone).date()
    body = json.loads(guichet("promises", "simulate", "--close", day, "--json").output)
    (move,) = body["moves"]
    assert (move["reference"], move["due"], move["days"]) == (reference, due.isoformat(), [day.isoformat()])
    assert move["would_be_due"] > move["due"]
    assert "1 open clocks would move" in guichet("promises", "simulate", "--close", day).output
    assert rooms.tickets.get(reference).due_at == due
    refused(guichet("promises", "simulate"), "--holidays")
    refused(guichet("promises", "simulate", "--close", "tomorrow"), "'tomorrow'")
    broken = tmp_path / "holidays.yml"
    broken.write_text("timezone: 7")
    refused(guichet("promises", "simulate", "--holidays", broken), "calendar")


def test_the_calendar_of_a_year_tells_what_is_not_confirmed(guichet: Guichet) -> None:
    """Each holiday with its names; what falls on a weekend, and a year that nobody has confirmed, are told."""
    text = guichet("promises", "calendar", "2027").output
    assert "2027-12-24  Fri  Veille de Noël / Christmas Eve\n" in text
    assert "2027-12-25  Sat  Jour de Noël / Christmas Day  (on a weekend: it may be moved)" in text
    assert "Nobody has confirmed 2027" in text
    body = json.loads(guichet("promises", "calendar", "2027", "--json").output)
    assert (body["confirmed"], len(body["holidays"])) == (False, 13)
    refused(guichet("promises", "calendar", "12"), "12")


def test_the_promises_are_listed(guichet: Guichet) -> None:
    """Those that a clock judges with their days, the others with what is done for them."""
    assert "email-reply                4 working days" in guichet("promises", "list").output
    body = json.loads(guichet("promises", "list", "--json").output)
    assert [one["working_days"] for one in body["promises"]] == [4, 5, 10, 15, 15]
    assert len(body["without_clock"]) == 8

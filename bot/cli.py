"""The command line: `guichet`."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import click
from sqlalchemy.exc import SQLAlchemyError

from bot.cli_retention import retention_group
from bot.db import migrate
from bot.settings import SettingsError, load_settings
from bot.wiring import Rooms, utc_now, wire


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Guichet: a bilingual inquiry desk. Settings come from GUICHET_… variables (see the README)."""


@main.command()
def run() -> None:
    """Train if needed, prepare the database, and serve until Ctrl-C."""
    from bot.supervisor import supervise

    sys.exit(supervise(_settings()))


@main.command()
@click.option("--force", is_flag=True, help="Train even if nothing changed.")
def train(force: bool) -> None:
    """Train the model if its inputs changed."""
    from bot.engine.train import is_trained
    from bot.engine.train import train as train_model

    settings = _settings()
    if is_trained(settings) and not force:
        click.echo("The model is up to date.")
        return
    click.echo(f"Trained in {train_model(settings):.0f} s.")


@main.command("migrate")
def migrate_command() -> None:
    """Create the database's tables, or bring them to the present form."""
    _rooms(with_tables=True)
    click.echo("The database is up to date.")


@main.group()
def knowledge() -> None:
    """The knowledge base: check, import, export."""


@knowledge.command("check")
@click.option("--folder", type=click.Path(path_type=Path, exists=True, file_okay=False), help="Another folder.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def knowledge_check(folder: Path | None, as_json: bool) -> None:
    """Check the articles and texts: both languages, same facts, clean sample questions, review dates.

    Exits with 1 if anything is wrong; an article past its review date is an error too.
    """
    from bot.knowledge.article import ArticleError
    from bot.knowledge.check import check_corpus, check_texts
    from bot.knowledge.files import load_corpus

    rooms = _rooms()
    try:
        corpus = load_corpus(folder or rooms.settings.data_dir / "knowledge")
    except ArticleError as error:
        raise click.ClickException(str(error)) from None
    today = rooms.calendar.local_date(utc_now())
    findings = [*check_corpus(corpus, rooms.registry, today), *check_texts(rooms.texts)]
    if as_json:
        click.echo(json.dumps([finding.as_dict() for finding in findings], ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            click.echo(f"{finding.where}: {finding.what}")
        questions = sum(len(texts) for article in corpus.articles for texts in article.questions.values())
        click.echo(f"{len(corpus.articles)} articles, {questions} sample questions: {len(findings)} findings")
    sys.exit(1 if findings else 0)


@knowledge.command("import")
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False), required=False)
def knowledge_import(folder: Path | None) -> None:
    """Publish the articles of FOLDER (data/knowledge unless told) into the database; the assistant takes them up."""
    from bot.knowledge.article import ArticleError
    from bot.knowledge.files import load_corpus
    from bot.supervisor import refit

    rooms = _rooms(with_tables=True)
    try:
        corpus = load_corpus(folder or rooms.settings.data_dir / "knowledge")
    except ArticleError as error:
        raise click.ClickException(str(error)) from None
    changed = rooms.articles.publish(corpus.articles, utc_now())
    click.echo(f"{len(changed)} of {len(corpus.articles)} articles published.")
    own = {article.id: article for article in load_corpus(rooms.settings.data_dir / "knowledge").articles}
    if own == {article.id: article for article in rooms.articles.all()}:
        rooms.releases.use_own()
    elif changed:
        _progress("fitting the matcher on what is published…")
        try:
            refit(rooms)
        except RuntimeError as error:
            raise click.ClickException(str(error)) from None


@knowledge.command("export")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def knowledge_export(folder: Path) -> None:
    """Write the published articles to FOLDER, one YAML file each."""
    from bot.knowledge.files import export_articles

    click.echo(f"{export_articles(_rooms(with_tables=True).articles.all(), folder)} articles written to {folder}.")


@main.command()
@click.option(
    "--train", "train_file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="JSONL to fit on."
)
@click.option(
    "--test", "test_file", type=click.Path(path_type=Path, exists=True, dir_okay=False), help="JSONL to measure on."
)
@click.option(
    "--part",
    type=click.Choice(["kept", "look"]),
    default="kept",
    show_default=True,
    help="Without files: which part of data/evaluation; the texts of the part kept apart are not shown.",
)
@click.option(
    "--html", type=click.Path(path_type=Path, dir_okay=False), help="Write the report with its plots to this file too."
)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def evaluate(train_file: Path | None, test_file: Path | None, part: str, html: Path | None, as_json: bool) -> None:
    """Measure the matcher.

    With --train and --test a fresh matcher is fitted on the one file and measured on the other; a line is
    {"article": id or null, "lang": "fr" or "en", "text": …, "also": [id, …]?}. Without them, the trained model
    is measured on data/evaluation, acts and language included.
    """
    from bot.evaluate import evaluate_files, evaluate_model
    from bot.knowledge.evaluation import EvaluationError
    from bot.knowledge.report import as_lines, write_html

    if (train_file is None) != (test_file is None):
        raise click.UsageError("--train and --test go together")
    try:
        if train_file and test_file:
            result, title = (
                evaluate_files(train_file, test_file, _progress),
                f"{test_file.name}, fitted on {train_file.name}",
            )
        else:
            result, title = evaluate_model(_settings(), part, _progress), f"data/evaluation, the part {part}"
    except (EvaluationError, ValueError, OSError) as error:
        raise click.ClickException(str(error)) from None
    if html:
        write_html(result, html, f"Evaluation: {title}")
    if as_json:
        click.echo(json.dumps(result, ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join([title, "", *as_lines(result)]))


def _progress(what: str) -> None:
    """Tell the person at the terminal, and not the program that reads the result."""
    click.echo(f"guichet: {what}", err=True)


@main.group()
def tickets() -> None:
    """Tickets: list, show."""


@tickets.command("list")
@click.option("--state", type=click.Choice(["open", "closed"]), help="Only tickets in this state.")
@click.option("--limit", default=50, show_default=True, help="How many at most.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def tickets_list(state: str | None, limit: int, as_json: bool) -> None:
    """List tickets, the soonest due first."""
    rooms = _rooms(with_tables=True)
    found = rooms.tickets.store.by_due_moment(state, limit)
    if as_json:
        click.echo(json.dumps([_ticket(ticket) for ticket in found], ensure_ascii=False, indent=2))
        return
    for ticket in found:
        due = ticket.due_at.astimezone(rooms.calendar.zone)
        mark = "  OVERDUE" if ticket.is_overdue(utc_now()) else ""
        click.echo(f"{ticket.reference}  {ticket.state:6}  due {due:%Y-%m-%d %H:%M}  [{ticket.language}]{mark}")
    click.echo(f"{len(found)} tickets")


@tickets.command("show")
@click.argument("reference")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def tickets_show(reference: str, as_json: bool) -> None:
    """Show a ticket with the day-by-day proof of its due date."""
    from bot.tickets.reference import find_reference

    rooms = _rooms(with_tables=True)
    wanted = find_reference(reference, rooms.organization.reference_prefix) or reference
    ticket = rooms.tickets.store.find(wanted)
    if ticket is None:
        raise click.ClickException(f"there is no ticket {reference}")
    if as_json:
        click.echo(json.dumps(_ticket(ticket), ensure_ascii=False, indent=2))
        return
    for name, value in _ticket(ticket).items():
        if name != "proof":
            click.echo(f"{name:13} {value}")
    _echo_proof(ticket.proof)


@main.group()
def conversations() -> None:
    """Conversations: list, show. Officers work on them in the console."""


@conversations.command("list")
@click.option(
    "--held-by",
    type=click.Choice(["bot", "queue", "officer", "closed"]),
    help="By whom; those that wait for a person or are held by one unless told.",
)
@click.option("--limit", default=50, show_default=True, help="How many at most.")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def conversations_list(held_by: str | None, limit: int, as_json: bool) -> None:
    """List conversations, the latest opened first."""
    found = _rooms(with_tables=True).conversations.held(held_by, limit)
    if as_json:
        kept = ("id", "channel", "language", "held_by", "officer")
        click.echo(json.dumps([{name: getattr(c, name) for name in kept} for c in found], ensure_ascii=False, indent=2))
        return
    for conversation in found:
        holder = conversation.officer or conversation.held_by
        click.echo(f"{conversation.id}  {conversation.channel:8}  [{conversation.language}]  {holder}")
    click.echo(f"{len(found)} conversations")


@conversations.command("show")
@click.argument("conversation")
def conversations_show(conversation: str) -> None:
    """Print what was said in CONVERSATION."""
    rooms = _rooms(with_tables=True)
    if rooms.conversations.get(conversation) is None:
        raise click.ClickException(f"there is no conversation {conversation}")
    for message in rooms.conversations.transcript(conversation):
        at = message.at.astimezone(rooms.calendar.zone)
        who = message.detail.get("name") or message.author
        click.echo(f"{at:%Y-%m-%d %H:%M} {who}: {message.shown}")


@main.group()
def outbox() -> None:
    """Messages on their way to citizens: how many, what could not be delivered, another try."""


@outbox.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def outbox_list(as_json: bool) -> None:
    """Count the messages by state, and list those that were parked with the reason."""
    rooms = _rooms(with_tables=True)
    parked = rooms.outbox.parked()
    if as_json:
        rows = [{"id": row.id, "channel": row.channel, "reason": row.reason} for row in parked]
        click.echo(json.dumps({**rooms.outbox.counts(), "list": rows}, ensure_ascii=False, indent=2))
        return
    for state, count in sorted(rooms.outbox.counts().items()):
        click.echo(f"{state:8} {count}")
    for row in parked:
        click.echo(f"{row.id}  {row.channel}  conversation {row.message.conversation_id}  {row.reason}")


@outbox.command("retry")
@click.argument("number", type=int)
def outbox_retry(number: int) -> None:
    """Try again to deliver the parked message NUMBER."""
    rooms = _rooms(with_tables=True)
    if not rooms.outbox.retry(number, utc_now()):
        raise click.ClickException(f"there is no parked message {number}")
    click.echo("It will be tried again.")


@main.group()
def staff() -> None:
    """The people who work in the console: add, list, set a password, let in or out."""


_WHY = {
    "login": "a login has 3 to 64 lower-case letters, digits, dots, hyphens or @",
    "name": "a name is in Latin letters, begins with a letter and has at most 40 characters",
    "taken": "another officer has this login, or this name, which citizens would confuse",
    "password_short": "a password has at least 12 characters",
    "password_long": "a password has at most 256 characters",
    "password_login": "a password does not hold the login",
    "password_common": "this password is one of the common ones, or made of them: it is guessed soon",
    "email": "this is not an e-mail address",
    "last_supervisor": "somebody must remain who may add officers",
}


def _password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


@contextmanager
def _staff_errors() -> Iterator[None]:
    from bot.staff.officer import StaffError

    try:
        yield
    except StaffError as error:
        raise click.ClickException(_WHY[error.code]) from None


def _officer(rooms: Rooms, login: str) -> Any:
    found = rooms.people.by_login(login)
    if found is None:
        raise click.ClickException(f"there is no officer {login}")
    return found


@staff.command("add")
@click.argument("login")
@click.option("--name", required=True, help="What citizens and colleagues read, e.g. a first name.")
@click.option("--role", type=click.Choice(["officer", "editor", "supervisor"]), help="[default: supervisor if first]")
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True, help="Of the pages.")
@click.option("--email", default="", help="Where warnings of promises about to be broken are mailed to.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the standard input.")
def staff_add(login: str, name: str, role: str | None, language: str, email: str, password_stdin: bool) -> None:
    """Add the officer LOGIN. The first one is a supervisor, who may add the others in the console."""
    rooms = _rooms(with_tables=True)
    role = role or ("officer" if rooms.people.exist() else "supervisor")
    with _staff_errors():
        officer = rooms.people.add(
            login=login, name=name, role=role, password=_password(password_stdin), language=language, email=email
        )
    rooms.journal.note("guichet staff", "staff_added", f"officer {officer.login}", role=role)
    click.echo(f"{officer.name} may log in as {officer.login} ({officer.role}) at /console.")


@staff.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def staff_list(as_json: bool) -> None:
    """List the officers."""
    found = _rooms(with_tables=True).people.all()
    if as_json:
        kept = ("login", "name", "role", "language", "active", "has_code")
        click.echo(json.dumps([{name: getattr(o, name) for name in kept} for o in found], ensure_ascii=False, indent=2))
        return
    for officer in found:
        state = "" if officer.active else "  (may not log in)"
        click.echo(f"{officer.login:20} {officer.name:20} {officer.role}{state}")


@staff.command("email")
@click.argument("login")
@click.argument("address", default="")
def staff_email(login: str, address: str) -> None:
    """Mail the warnings of LOGIN to ADDRESS; without one, to nowhere."""
    rooms = _rooms(with_tables=True)
    officer = _officer(rooms, login)
    with _staff_errors():
        rooms.people.set_email(officer, address)
    rooms.journal.note("guichet staff", "email_set", f"officer {officer.login}")
    click.echo("The address is set." if address else "There is no address any more.")


@staff.command("password")
@click.argument("login")
@click.option("--password-stdin", is_flag=True, help="Read the password from the standard input.")
def staff_password(login: str, password_stdin: bool) -> None:
    """Set the password of LOGIN; their sessions end."""
    rooms = _rooms(with_tables=True)
    officer = _officer(rooms, login)
    with _staff_errors():
        rooms.people.set_password(officer, _password(password_stdin))
    rooms.journal.note("guichet staff", "password_set", f"officer {officer.login}")
    click.echo("The password is set.")


@staff.command("forget-code")
@click.argument("login")
def staff_forget_code(login: str) -> None:
    """Ask LOGIN for no one-time code any more (the device was lost)."""
    rooms = _rooms(with_tables=True)
    officer = _officer(rooms, login)
    rooms.people.end_code(officer)
    rooms.journal.note("guichet staff", "code_ended", f"officer {officer.login}")
    click.echo("No one-time code is asked for.")


@staff.command("let-in")
@click.argument("login")
def staff_let_in(login: str) -> None:
    """Let LOGIN log in again."""
    _set_active(login, active=True)
    click.echo("They may log in.")


@staff.command("shut-out")
@click.argument("login")
def staff_shut_out(login: str) -> None:
    """Let LOGIN log in no longer; their sessions end."""
    _set_active(login, active=False)
    click.echo("They may not log in any more.")


def _set_active(login: str, *, active: bool) -> None:
    rooms = _rooms(with_tables=True)
    officer = _officer(rooms, login)
    with _staff_errors():
        rooms.people.set_active(officer, active=active)
    rooms.journal.note("guichet staff", "staff_let_in" if active else "staff_shut_out", f"officer {officer.login}")


@main.group()
def promises() -> None:
    """The published service standards and the working-day calendar."""


@promises.command("due")
@click.option("--promise", default="email-reply", show_default=True, help="Which promise.")
@click.option(
    "--from", "start", required=True, help="What starts the clock, e.g. 2026-12-22T16:40 (local unless zoned)."
)
@click.option("--json", "as_json", is_flag=True, help="Print as JSON.")
def promises_due(promise: str, start: str, as_json: bool) -> None:
    """Print the due date of a promise with its day-by-day proof."""
    from bot.promises.clock import due
    from bot.promises.promise import PromiseError

    rooms = _rooms()
    try:
        moment = datetime.fromisoformat(start)
    except ValueError:
        raise click.ClickException(f"{start!r} is not a date or a moment such as 2026-12-22T16:40") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=rooms.calendar.zone)
    try:
        version = rooms.registry.get(promise).on(rooms.calendar.local_date(moment))
        found = due(moment, version.working_days, rooms.calendar)
    except PromiseError as error:
        raise click.ClickException(str(error)) from None
    except OverflowError:
        raise click.ClickException(f"{start!r} is outside the years that a calendar holds") from None
    proof = [day.as_dict() for day in found.proof]
    if as_json:
        body = {"day_zero": found.day_zero.isoformat(), "due": found.due_at.isoformat(), "proof": proof}
        click.echo(json.dumps(body, ensure_ascii=False, indent=2))
        return
    click.echo(f"due {found.due_at.astimezone(rooms.calendar.zone):%Y-%m-%d %H:%M %Z}")
    _echo_proof(proof)


def _echo_proof(proof: Any) -> None:
    for day in proof:
        counted = f"day {day['counted']}" if day["counted"] else day["reason"].replace("_", " ")
        holiday = f" ({day['holiday']['en']})" if day.get("holiday") else ""
        click.echo(f"  {day['date']}  {counted}{holiday}")


def _ticket(ticket: Any) -> dict[str, Any]:
    return {
        "reference": ticket.reference,
        "state": ticket.state,
        "promise": ticket.promise,
        "language": ticket.language,
        "question": ticket.question,
        "email": ticket.email,
        "conversation": ticket.conversation,
        "opened_at": ticket.opened_at.isoformat(),
        "day_zero": ticket.day_zero.isoformat(),
        "due": ticket.due_at.isoformat(),
        "proof": list(ticket.proof),
    }


def _settings() -> Any:
    try:
        return load_settings()
    except SettingsError as error:
        raise click.ClickException(str(error)) from None


def _rooms(*, with_tables: bool = False) -> Rooms:
    """The wired rooms; `with_tables` makes sure of the database's tables first."""
    try:
        rooms = wire(_settings())
        if with_tables:
            migrate(rooms.database.engine)
    except (ValueError, OSError, SQLAlchemyError) as error:
        raise click.ClickException(str(error)) from None
    return rooms


main.add_command(retention_group(_rooms))

if __name__ == "__main__":
    main()

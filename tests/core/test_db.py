"""The tables, and how an older database comes to have them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from datetime import datetime, timezone
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import bot.knowledge.store
import bot.messages.tables
import bot.tickets.store  # noqa: F401 - their tables are in the metadata
from bot.core.db import Database, NestedTransaction, make_engine, metadata, migrate
from bot.privacy.retention import retention_runs
from bot.tickets.store import TicketFilter, TicketStore
from tests.databases import engine_of_one


def unlike_the_code(connection: sa.Connection) -> list[Any]:
    """What a database has otherwise than the code says. Some indexes are of one kind of database only."""
    kind = connection.dialect.name

    def is_here(thing: Any, *_: Any) -> bool:
        return bool(thing.info.get("dialect", kind) == kind)

    context = MigrationContext.configure(connection, opts={"include_object": is_here})
    return list(compare_metadata(context, metadata))


# One transaction, one connection


def begin_run(connection: sa.Connection, step: str) -> None:
    """Insert a row of a table that stands alone."""
    at = datetime(2026, 1, 1, tzinfo=timezone.utc)
    connection.execute(sa.insert(retention_runs).values(at=at, step=step))


def runs(database: Database) -> list[str]:
    """The steps in that table, read as a store reads."""
    with database.reading() as connection:
        return list(connection.execute(sa.select(retention_runs.c.step)).scalars())


def test_what_is_read_inside_a_transaction_is_what_it_sees(database: Database) -> None:
    """A store that reads inside a transaction sees its changes; when it is taken back, so are they."""
    with suppress(ZeroDivisionError), database.writing() as connection:
        begin_run(connection, "a")
        assert runs(database) == ["a"]
        raise ZeroDivisionError
    assert runs(database) == []
    with database.writing() as connection:
        begin_run(connection, "b")
        assert runs(database) == ["b"]
    assert runs(database) == ["b"]


def test_one_look_inside_another_needs_no_second_connection(database: Database) -> None:
    """Readers that call one another would wait for one another as writers do."""
    with database.reading() as outer, database.reading() as inner:
        assert inner is outer


def test_no_transaction_begins_inside_another(database: Database) -> None:
    """What writes beside an open transaction is told, on both databases, and what is open stays as it was."""
    with database.writing() as connection:
        begin_run(connection, "a")
        with pytest.raises(NestedTransaction), database.writing():
            pass
        with database.reading():
            pass
    with database.reading(), pytest.raises(NestedTransaction), database.writing():
        pass
    assert runs(database) == ["a"]
    with database.writing() as connection:
        begin_run(connection, "b")
    assert sorted(runs(database)) == ["a", "b"]


def test_the_files_are_cleared_outside_of_transactions(sqlite_files: Any) -> None:
    """SQLite's file cannot be written anew by who holds a transaction on it: that is told, not waited for."""
    database = Database(engine_of_one(sqlite_files.new()))
    with database.writing(), pytest.raises(NestedTransaction):
        database.scrub()
    assert database.scrub()
    database.engine.dispose()


def test_a_transaction_belongs_to_who_began_it(database_url: str) -> None:
    """Another thread reads beside an open transaction, and what was begun inside it goes on after its end."""
    database = Database(make_engine(database_url))
    with ThreadPoolExecutor(1) as pool, database.writing() as connection:
        begin_run(connection, "a")
        within = copy_context()
        assert pool.submit(runs, database).result(30) == []
    assert within.run(runs, database) == ["a"]
    database.engine.dispose()


def test_the_tests_have_one_connection(database: Database) -> None:
    """A store of the tests that takes a second connection while it has one fails at once, and can go on."""
    with database.writing(), pytest.raises(AssertionError, match="a second connection"):
        runs(Database(database.engine))
    assert runs(database) == []


@pytest.fixture
def engine(database: Database) -> sa.Engine:
    """An engine on a database with the present tables."""
    return database.engine


def test_the_migrations_make_the_tables_of_the_code(engine: sa.Engine) -> None:
    """What the migrations leave is what the code says, on both databases."""
    with engine.connect() as connection:
        assert unlike_the_code(connection) == []


def test_migrating_again_changes_nothing(engine: sa.Engine) -> None:
    """A database that is up to date stays as it is."""
    migrate(engine)
    with engine.connect() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == "0017"


def fill(engine: sa.Engine) -> None:
    """Two conversations and a ticket, as the first tables held them."""
    with engine.begin() as connection:
        run = connection.execute
        for number, name in enumerate(("ana", "bob")):
            values = {"id": f"c{number}", "name": name}
            columns = "(id, channel, external_id, language, held_by, opened_at)"
            row = "(:id, 'web', :name, 'fr', 'bot', '2026-01-01 00:00:00')"
            run(sa.text(f"INSERT INTO conversations {columns} VALUES {row}"), values)
        for conversation, author, text, payload in (
            ("c0", "citizen", "un", False),
            ("c1", "citizen", "/deny", True),
            ("c0", "bot", "deux", False),
        ):
            said: dict[str, Any] = {"c": conversation, "a": author, "t": text, "p": payload}
            columns = "(conversation_id, author, text, payload, detail, at)"
            run(
                sa.text(f"INSERT INTO messages {columns} VALUES (:c, :a, :t, :p, '{{}}', '2026-01-01 00:00:00')"),
                said,
            )
        columns = "(reference, conversation, question, language, promise, opened_at, day_zero, due_at, proof, state)"
        row = "('RI-1', 'c0', '?', 'fr', 'p', '2026-01-01', '2026-01-01', '2026-01-07', '[]', 'open')"
        run(sa.text(f"INSERT INTO tickets {columns} VALUES {row}"))


def rows(engine: sa.Engine, query: str) -> list[tuple[Any, ...]]:
    """What a query gives."""
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def test_an_older_database_keeps_everything(engine: sa.Engine) -> None:
    """Conversations, messages in their places, presses and tickets come through, there and back again."""
    migrate(engine, "0001")
    fill(engine)
    migrate(engine)
    assert rows(engine, "SELECT id, channel, address, last_seq, claim FROM conversations ORDER BY id") == [
        ("c0", "rest", "ana", 2, None),
        ("c1", "rest", "bob", 1, None),
    ]
    assert rows(engine, "SELECT conversation_id, seq, kind, text FROM messages ORDER BY id") == [
        ("c0", 1, "words", "un"),
        ("c1", 1, "press", "/deny"),
        ("c0", 2, "words", "deux"),
    ]
    assert rows(engine, "SELECT reference, message FROM tickets") == [("RI-1", None)]
    migrate(engine, "0001")
    assert [
        (text, bool(payload)) for text, payload in rows(engine, "SELECT text, payload FROM messages ORDER BY id")
    ] == [
        ("un", False),
        ("/deny", True),
        ("deux", False),
    ]
    assert rows(engine, "SELECT channel, external_id FROM conversations ORDER BY id") == [
        ("web", "ana"),
        ("web", "bob"),
    ]
    migrate(engine)


# The tables of staff, takeover, tickets and knowledge, with rows in them

AT, LATER = "2026-01-01 12:00:00", "2026-01-02 12:00:00"


def put(engine: sa.Engine, table: str, **values: Any) -> None:
    """Insert a row, its values as they stand in the table."""
    names = ", ".join(values)
    places = ", ".join(f":{name}" for name in values)
    with engine.begin() as connection:
        connection.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({places})"), values)


def moments(engine: sa.Engine, query: str) -> list[tuple[Any, ...]]:
    """What a query gives, its moments as texts in UTC."""
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("SET TIME ZONE 'UTC'"))
        return [
            tuple(f"{value:%Y-%m-%d %H:%M:%S}" if isinstance(value, datetime) else value for value in row)
            for row in connection.execute(sa.text(query))
        ]


def put_message(engine: sa.Engine, conversation: str, seq: int, at: str = AT) -> None:
    """A message of a conversation, with the number 10 × the conversation's + its place."""
    put(
        engine,
        "messages",
        id=10 * int(conversation[1:]) + seq,
        conversation_id=conversation,
        seq=seq,
        author="citizen",
        text=f"{conversation} {seq}",
        kind="words",
        detail="{}",
        at=at,
    )


def put_ticket(engine: sa.Engine, reference: str, **changes: Any) -> None:
    """A ticket as the first tables held it, with what came later."""
    values = {
        "reference": reference,
        "conversation": "c1",
        "question": "?",
        "language": "fr",
        "promise": "email-reply",
        "opened_at": AT,
        "day_zero": "2026-01-01",
        "due_at": LATER,
        "proof": "[]",
        "state": "open",
    }
    put(engine, "tickets", **{**values, **changes})


def put_outbox(engine: sa.Engine, conversation: str, message: int, channel: str) -> None:
    """A message that goes out."""
    counts = {"parts_sent": 0, "attempts": 0, "uncertain": 0}
    row = {"conversation_id": conversation, "message_id": message, "channel": channel, "address": "x"}
    put(engine, "outbox", **row, **counts, state="waiting", created_at=AT, next_at=AT)


def fill_before_staff(engine: sa.Engine) -> None:
    """Conversations held in every way, tickets, what goes out and articles, as the second tables held them."""
    for number, held_by in enumerate(("bot", "queue", "queue", "officer", "closed")):
        values = {"id": f"c{number}", "address": f"a{number}", "language": "fr", "opened_at": AT, "last_seq": 0}
        officer = "Marie" if held_by == "officer" else None
        put(engine, "conversations", **values, channel="telegram", held_by=held_by, officer=officer)
    for conversation, seq, at in (("c0", 1, LATER), ("c1", 1, AT), ("c1", 2, LATER), ("c3", 1, LATER)):
        put_message(engine, conversation, seq, at)
    put_outbox(engine, "c1", 11, "telegram")
    put_ticket(engine, "RI-0000-0001", email="Ana@Example.org", question="Où est l'ŒUVRE de Zoë?")
    put_ticket(engine, "RI-0000-0002", conversation="gone", state="closed", question="a " * 900)
    put(engine, "articles", id="address", version=2)
    for version in (1, 2):
        put(engine, "article_versions", article_id="address", version=version, document='{"a": 1}', published_at=AT)


def test_the_line_and_the_tickets_of_an_older_database(engine: sa.Engine) -> None:
    """Who waits does so since their last message; tickets have their channel, text to search, and a history."""
    migrate(engine, "0002")
    fill_before_staff(engine)
    migrate(engine)
    assert moments(engine, "SELECT id, waiting_since FROM conversations ORDER BY id") == [
        ("c0", None),
        ("c1", LATER),
        ("c2", AT),
        ("c3", None),
        ("c4", None),
    ]
    found = rows(engine, "SELECT reference, channel, program, officer, pending, kept FROM tickets ORDER BY reference")
    assert found == [("RI-0000-0001", "telegram", *[None] * 4), ("RI-0000-0002", "web", *[None] * 4)]
    store = TicketStore(Database(engine))
    for text in ("oeuvre zoe", "ŒUVRE", "ana@example.org", "ri-0000-0001"):
        assert [ticket.reference for ticket in store.page(TicketFilter(text=text)).tickets] == ["RI-0000-0001"]
    assert [ticket.reference for ticket in store.page(TicketFilter(state="closed")).tickets] == ["RI-0000-0002"]
    for reference in ("RI-0000-0001", "RI-0000-0002"):
        (event,) = store.history(reference)
        assert (event.kind, event.officer, event.detail) == ("opened", None, {})
        assert f"{event.at:%Y-%m-%d %H:%M:%S}" == AT
    published = rows(engine, "SELECT version, state, edits FROM article_versions ORDER BY version")
    assert published == [(1, "published", 1), (2, "published", 1)]
    assert moments(engine, "SELECT created_at, published_at FROM article_versions") == [(AT, AT)] * 2


def test_requests_of_the_assistant_get_the_channel_of_their_conversation(engine: sa.Engine) -> None:
    """What was recorded as the website's and came otherwise is put right; all else stays as it was recorded."""
    migrate(engine, "0012")
    for number, channel in enumerate(("web", "rest", "telegram", "email", "phone")):
        values = {"address": f"a{number}", "language": "fr", "held_by": "bot", "opened_at": AT, "last_seq": 0}
        put(engine, "conversations", id=f"c{number}", channel=channel, **values)
    was_and_is = (
        ("c0", "web", "web"),
        ("c1", "web", "rest"),
        ("c2", "web", "telegram"),
        ("c2", "telegram", "telegram"),
        ("c3", "web", "web"),  # erased, and made anew to carry its answer by e-mail
        ("c3", "email", "email"),
        ("c4", "phone", "phone"),
        ("gone", "web", "web"),
        ("", "web", "web"),  # its words are erased
    )
    for number, (conversation, channel, _) in enumerate(was_and_is):
        put_ticket(engine, f"RI-0000-000{number}", conversation=conversation, channel=channel, search="x")
    for _ in range(2):
        migrate(engine)
        found = rows(engine, "SELECT conversation, channel FROM tickets ORDER BY reference")
        assert found == [(conversation, channel) for conversation, _, channel in was_and_is]
        migrate(engine, "0012")
    migrate(engine)
    (one,) = TicketStore(Database(engine)).page(TicketFilter(channel="rest")).tickets
    assert one.reference == "RI-0000-0001"


def fill_after(engine: sa.Engine) -> None:
    """What officers did, in every table that the second tables do not have."""
    put(
        engine,
        "officers",
        id=1,
        login="marie",
        name="Marie",
        name_key="marie",
        role="supervisor",
        language="fr",
        active=True,
        password="x",
        must_change=False,
        created_at=AT,
    )
    put(engine, "sessions", token="t", officer_id=1, form_token="f", complete=True, created_at=AT, seen_at=AT)
    put(engine, "login_failures", at=AT, account="marie", address="::1")
    put(engine, "login_places", officer_id=1, address="::1", at=AT)
    put(engine, "journal", at=AT, officer_id=1, officer="Marie", action="looked", subject="ticket", detail="{}")
    put(engine, "attendance", conversation_id="c1", citizen_seen_at=AT)
    put(engine, "notes", conversation_id="c1", officer="Marie", text="x", at=AT)
    put(engine, "waits", at=AT, channel="web", language="fr", seconds=60)
    put(engine, "tallies", month="2026-01", channel="web", language="fr", measure="conversations", count=3)
    put_outbox(engine, "c1", 11, "email")  # the same words by two channels
    put_message(engine, "c2", 1)
    put_outbox(engine, "c2", 21, "email")
    put_ticket(engine, "RI-0000-0003", channel="phone", contact="555", merged_into="RI-0000-0001", search="x")
    put(engine, "ticket_events", reference="RI-0000-0003", at=AT, kind="merged", officer="Marie", detail="{}")
    put(engine, "matchers", id=1, made_at=AT, code="c", content=b"x")
    put(engine, "releases", number=1, at=AT, action="publish", article_id="address", version=2, matcher_id=1)
    put(engine, "trials", action="publish", base=1, state="done", asked_by="Marie", asked_at=AT, result="{}")
    put(engine, "set_aside", message_id=11, officer="Marie", at=AT)
    groups = '"groups"'
    put_groups = f"INSERT INTO question_groups (made_at, of, {groups}) VALUES (:at, 'x', '[]')"
    with engine.begin() as connection:
        connection.execute(sa.text(put_groups), {"at": AT})
    # A draft of a new version, an article that is only a draft, and one that was taken out of use.
    for name, version in (("new", None), ("retired", None)):
        put(engine, "articles", id=name, version=version)
    for name, version, state, published in (
        ("address", 3, "draft", None),
        ("new", 1, "draft", None),
        ("retired", 1, "archived", AT),
    ):
        put(
            engine,
            "article_versions",
            article_id=name,
            version=version,
            document="{}",
            state=state,
            authors="[]",
            created_at=AT,
            edits=1,
            published_at=published,
            origin="{}",
        )


def test_the_way_back_keeps_what_the_older_tables_can_hold(engine: sa.Engine) -> None:
    """Going back step by step loses what only the newer tables have, nothing else, and one can go on again."""
    migrate(engine, "0002")
    fill_before_staff(engine)
    migrate(engine)
    fill_after(engine)
    migrate(engine, "0004")
    assert rows(engine, "SELECT id, version FROM articles ORDER BY id") == [("address", 2), ("retired", 1)]
    versions = rows(engine, "SELECT article_id, version FROM article_versions ORDER BY article_id, version")
    assert versions == [("address", 1), ("address", 2), ("retired", 1)]
    assert rows(engine, "SELECT count(*) FROM ticket_events") == [(3,)]
    migrate(engine, "0003")
    assert rows(engine, "SELECT message_id, channel FROM outbox") == [(11, "telegram")]
    references = [(f"RI-0000-000{number}",) for number in (1, 2, 3)]
    assert rows(engine, "SELECT reference FROM tickets ORDER BY reference") == references
    assert rows(engine, "SELECT name FROM officers") == [("Marie",)]
    assert rows(engine, "SELECT action FROM journal") == [("looked",)]
    migrate(engine, "0002")
    names = set(sa.inspect(engine).get_table_names())
    assert names & {"officers", "journal", "notes", "waits", "trials", "ticket_events", "tallies"} == set()
    assert rows(engine, "SELECT id, held_by, officer FROM conversations ORDER BY id") == [
        ("c0", "bot", None),
        ("c1", "queue", None),
        ("c2", "queue", None),
        ("c3", "officer", "Marie"),
        ("c4", "closed", None),
    ]
    assert rows(engine, "SELECT count(*) FROM messages") == [(5,)]
    migrate(engine)
    with engine.connect() as connection:
        assert unlike_the_code(connection) == []
    assert rows(engine, "SELECT count(*) FROM ticket_events") == [(3,)]


def test_after_going_back_the_older_rules_hold(engine: sa.Engine) -> None:
    """Before the takeover a message went out once, by whatever channel; the older table says so again."""
    migrate(engine, "0002")
    fill_before_staff(engine)
    migrate(engine)
    put_outbox(engine, "c1", 11, "email")
    migrate(engine, "0003")
    with pytest.raises(sa.exc.IntegrityError):
        put_outbox(engine, "c1", 11, "email")
    migrate(engine)
    put_outbox(engine, "c1", 11, "email")
    assert rows(engine, "SELECT count(*) FROM outbox") == [(2,)]


def test_indexes_of_few_rows_stay_indexes_of_few_rows(engine: sa.Engine) -> None:
    """An index that holds only the rows that wait does so after tables were made anew, there and back again."""
    migrate(engine, "0002")
    migrate(engine)
    name = engine.dialect.name
    wanted = {
        index.name
        for table in metadata.tables.values()
        for index in table.indexes
        if index.dialect_options[name].get("where") is not None
    }
    inspector = sa.inspect(engine)
    found = {
        index["name"]
        for table in metadata.tables
        for index in inspector.get_indexes(table)
        if index.get("dialect_options", {}).get(f"{name}_where") is not None
    }
    assert wanted >= {"ix_outbox_due", "ix_outbox_line", "ix_conversations_line", "ix_tickets_pending"}
    assert found == wanted


def test_references_are_checked_after_migrating(sqlite_files: Any) -> None:
    """SQLite's foreign keys, off while tables are made anew, are on again afterwards."""
    engine = make_engine(sqlite_files.new())
    migrate(engine)
    with engine.begin() as connection, pytest.raises(sa.exc.IntegrityError):
        connection.execute(
            sa.text(
                "INSERT INTO messages (conversation_id, seq, author, text, kind, detail, at) "
                "VALUES ('nobody', 1, 'bot', 'x', 'words', '{}', '2026-01-01')"
            )
        )
    engine.dispose()

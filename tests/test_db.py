"""The tables, and how an older database comes to have them."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

import bot.conversations.tables
import bot.knowledge.store
import bot.tickets.store  # noqa: F401 - their tables are in the metadata
from bot.db import Database, make_engine, metadata, migrate


@pytest.fixture
def engine(database: Database) -> sa.Engine:
    """An engine on a database with the present tables."""
    return database.engine


def test_the_migrations_make_the_tables_of_the_code(engine: sa.Engine) -> None:
    """What the migrations leave is what the code says, on both databases."""
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_migrating_again_changes_nothing(engine: sa.Engine) -> None:
    """A database that is up to date stays as it is."""
    migrate(engine)
    with engine.connect() as connection:
        assert MigrationContext.configure(connection).get_current_revision() == "0005"


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
            values = {"c": conversation, "a": author, "t": text, "p": payload}
            columns = "(conversation_id, author, text, payload, detail, at)"
            run(
                sa.text(f"INSERT INTO messages {columns} VALUES (:c, :a, :t, :p, '{{}}', '2026-01-01 00:00:00')"),
                values,
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

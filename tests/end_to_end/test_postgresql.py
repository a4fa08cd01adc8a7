"""The whole of Guichet on PostgreSQL, as when one machine is not enough."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from tests.databases import PostgresServer
from tests.end_to_end.desk_process import RunningDesk


@pytest.fixture(scope="module")
def database_url(postgres: PostgresServer) -> str:
    """The address of a database of this module's own."""
    return postgres.new()


@pytest.fixture(scope="module")
def desk(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    """Guichet on that database."""
    with RunningDesk(tmp_path_factory.mktemp("postgresql"), rasa_timeout=5, database_url=database_url) as running:
        yield running


def rows(database_url: str, query: str) -> list[Any]:
    """What a query gives."""
    engine = sa.create_engine(database_url, poolclass=sa.pool.NullPool)
    with engine.connect() as connection:
        return list(connection.execute(sa.text(query)))


def test_citizens_are_answered_and_tickets_opened(desk: RunningDesk, database_url: str) -> None:
    """A conversation with an answer, a question back to a person, and a ticket, all in one database with Rasa's own."""
    citizen = desk.citizen()
    assert citizen.says("What is the phone number in Montréal?").custom["article"] == "phone-montreal"
    assert citizen.says("How much does the stipend pay?").outcome == "unanswered"
    citizen.says("yes")
    reference = citizen.says("marie@example.com").reference
    assert rows(database_url, f"SELECT state FROM tickets WHERE reference = '{reference}'") == [("open",)]
    assert rows(database_url, "SELECT count(*) > 0 FROM events") == [(True,)]


def test_a_message_at_a_kill_is_answered_once(desk: RunningDesk, database_url: str) -> None:
    """The desk is killed just after a message was acknowledged; it is answered once the desk is back."""
    page = desk.page()
    page.sends("Quel est votre numéro à Montréal?")
    desk.children()["desk"].send_signal(signal.SIGKILL)
    desk.wait_until_ready()
    assert page.reply()["outcome"] == "answered"
    assert rows(database_url, "SELECT count(*) FROM inbox WHERE done_at IS NULL") == [(0,)]


def test_forgetting_reaches_every_table(desk: RunningDesk, database_url: str) -> None:
    """After erasing, what a citizen wrote stands in no table, Rasa's included."""
    citizen = desk.citizen()
    citizen.says("canari7F3A, what are the telephone hours?")
    tables = [name for (name,) in rows(database_url, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]

    def holding() -> list[str]:
        query = "SELECT count(*) FROM {0} WHERE CAST({0} AS text) LIKE '%canari7F3A%'"
        return sorted(name for name in tables if rows(database_url, query.format(name))[0][0])

    assert holding() == ["events", "messages"]
    citizen.says("forget me")  # which asks first
    citizen.says("/forget_confirmed")
    assert holding() == []
    assert citizen.says("What are the telephone hours?").custom["article"] == "phone-hours"

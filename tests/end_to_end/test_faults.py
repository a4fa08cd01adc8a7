"""Processes die, stop and start again; citizens are answered all the same and nothing is lost."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from desk_process import RunningDesk


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    """A Guichet of this module's own, whose processes may be killed."""
    running = RunningDesk(tmp_path_factory.mktemp("fragile"), rasa_timeout=2).start()
    yield running
    if running.process and running.process.poll() is None:
        running.stop()


def test_a_dead_rasa_gives_the_fallback_and_the_offer(fragile: RunningDesk) -> None:
    """With Rasa killed, the citizen hears so in their language, may leave the question, and Rasa comes back."""
    french, english = fragile.citizen(), fragile.citizen()
    fragile.children()["rasa"].send_signal(signal.SIGKILL)
    reply = french.says("Quelles sont les heures du service téléphonique?")
    assert reply.outcome == "unanswered"
    assert reply.custom["language"] == "fr"
    assert reply.payloads == ["/open_ticket", "/deny"]
    assert english.says("What are the telephone hours?").custom["language"] == "en"
    opened = english.says("/open_ticket")
    assert opened.outcome == "ticket"
    assert opened.custom["ticket"]["reference"] == opened.reference
    fragile.wait_until_ready()
    assert english.says("What are the telephone hours?").custom["article"] == "phone-hours"


def test_a_frozen_rasa_gives_the_fallback_in_time(fragile: RunningDesk) -> None:
    """A Rasa that does not answer is not waited for beyond the setting."""
    rasa = fragile.children()["rasa"]
    rasa.suspend()
    try:
        reply = fragile.citizen().says("What is your address?")
    finally:
        rasa.resume()
    assert reply.outcome == "unanswered"
    assert "cannot answer you at the moment" in reply.text


def test_a_dead_action_server_gives_the_fallback(fragile: RunningDesk) -> None:
    """With the action server killed Rasa has nothing to say, and the desk says so instead."""
    fragile.children()["actions"].send_signal(signal.SIGKILL)
    reply = fragile.citizen().says("What is your address?")
    assert reply.outcome == "unanswered"
    fragile.wait_until_ready()
    assert fragile.citizen().says("What is your address?").custom["article"] == "address"


def test_a_ticket_survives_a_restart_and_the_second_start_does_not_train(fragile: RunningDesk) -> None:
    """Stopped by SIGTERM and started again, the ticket is there and nothing was trained or imported."""
    owner = fragile.citizen()
    owner.says("How much does the stipend pay?")
    owner.says("yes")
    reference = owner.says("owner@example.com").reference
    children = fragile.children().values()
    assert fragile.stop() == 0
    assert not any(child.is_running() for child in children)
    before = fragile.log.stat().st_size
    fragile.start()
    log = fragile.log.read_text()[before:]
    assert "training" not in log
    assert "imported" not in log
    status = owner.says("where is my request?")
    assert status.custom["ticket"]["reference"] == reference


def test_ctrl_c_stops_all_three(fragile: RunningDesk) -> None:
    """SIGINT, as Ctrl-C sends it, ends the supervisor with 0 and leaves no process behind."""
    children = list(fragile.children().values())
    assert len(children) == 3
    assert fragile.stop(signal.SIGINT) == 0
    assert not any(child.is_running() for child in children)
    assert "stopped" in fragile.log.read_text().splitlines()[-1]

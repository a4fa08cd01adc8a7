"""Processes die, stop and start again; citizens are answered all the same and nothing is lost."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from itertools import takewhile

import psutil
import pytest

from tests.end_to_end.desk_process import RunningDesk


@pytest.fixture(scope="module")
def fragile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDesk]:
    """A Guichet of this module's own, whose processes may be killed."""
    with RunningDesk(tmp_path_factory.mktemp("fragile"), rasa_timeout=2) as running:
        yield running


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


def test_a_page_is_answered_with_source_and_date(fragile: RunningDesk) -> None:
    """A question from a page is answered on its stream, with the article's source."""
    page = fragile.page()
    page.sends("Quel est votre numéro à Montréal?")
    reply = page.reply()
    assert (reply["outcome"], reply["language"]) == ("answered", "fr")
    assert reply["sources"][0]["updated"] == "2006-09-29"


def test_a_message_under_way_when_the_desk_is_killed_is_answered(fragile: RunningDesk) -> None:
    """The plug is pulled just after a message was acknowledged: it is answered once the desk is back, once."""
    page = fragile.page()
    page.sends("Quel est votre numéro à Montréal?")
    fragile.children()["desk"].send_signal(signal.SIGKILL)
    fragile.wait_until_ready()
    assert page.reply()["outcome"] == "answered"
    said = [
        event for event in takewhile(lambda event: event.get("answering", True), page.events()) if "author" in event
    ]
    assert [event["author"] for event in said] == ["citizen", "bot"]


def test_an_open_stream_does_not_keep_the_desk_from_stopping(fragile: RunningDesk) -> None:
    """Asked to stop, the desk ends its streams and is gone within seconds, without an error."""
    events = fragile.page().events()
    next(events)
    desk = fragile.children()["desk"]
    before = fragile.log.stat().st_size
    desk.terminate()
    assert list(events) == []
    psutil.wait_procs([desk], timeout=10)
    assert not desk.is_running()
    fragile.wait_until_ready()
    assert "Traceback" not in fragile.log.read_text()[before:]


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

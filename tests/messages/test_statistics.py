"""What the overview counts of conversations: every measure, and that erasing never changes one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import sqlalchemy as sa

from bot.assistant.builtin_replies import BuiltinReplies
from bot.bootstrap import Rooms
from bot.messages import statistics
from bot.messages.contract import CLOSED_NEWS
from bot.messages.conversation import QUEUE, Conversation, Reply
from bot.messages.statistics import MEASURES, as_rows
from tests.cast import NOW, Says

UTC = timezone.utc


def reply(outcome: str, **custom: Any) -> Reply:
    """A reply of this outcome."""
    return Reply(f"({outcome})", (), {"outcome": outcome, **custom})


ANSWER, CLARIFY, UNANSWERED = reply("answered"), reply("clarify"), reply("unanswered")
TICKET, HANDOFF, SMALLTALK = reply("ticket"), reply("handoff"), reply("smalltalk")


def judge(rooms: Rooms, conversation: Conversation, place: int, *, helpful: bool) -> None:
    """A citizen says what a reply is worth, by its place among the messages."""
    message = rooms.conversations.at(conversation.id, seq=place)
    assert message is not None
    rooms.conversations.judge(message, helpful=helpful, reason=None, comment=None, now=NOW)


def totals(rooms: Rooms) -> dict[str, int]:
    """Each measure that is not zero, over all months, channels and languages."""
    found: Counter[str] = Counter()
    for (_, _, _, measure), count in rooms.statistics.counts().items():
        found[measure] += count
    return {measure: count for measure, count in found.items() if count}


def erase(rooms: Rooms, conversation: Conversation, *, keep_address: bool = False) -> None:
    """Erase what was said."""
    rooms.conversations.erase(conversation.id, keep_address=keep_address, farewell=None, now=NOW)


def test_nothing_said_is_nothing_counted(rooms: Rooms) -> None:
    """A page that was opened and left without a word is no conversation."""
    assert rooms.statistics.counts() == {}
    rooms.conversations.open("web", "x", "fr", NOW)
    assert totals(rooms) == {}


@pytest.mark.parametrize(
    "replies, counted",
    [
        ([SMALLTALK], {}),
        ([ANSWER], {"answered": 1, "alone": 1}),
        ([CLARIFY, ANSWER], {"clarify": 1, "answered": 1, "alone": 1}),
        ([ANSWER, ANSWER, ANSWER], {"answered": 3, "alone": 1}),
        ([CLARIFY], {"clarify": 1}),
        ([UNANSWERED], {"unanswered": 1}),
        ([ANSWER, UNANSWERED], {"answered": 1, "unanswered": 1, "alone": 1}),
        ([ANSWER, TICKET], {"answered": 1, "ticket": 1}),
        ([ANSWER, HANDOFF], {"answered": 1, "handoff": 1}),
        ([UNANSWERED, TICKET], {"unanswered": 1, "ticket": 1}),
    ],
    ids=lambda value: " ".join(one.custom["outcome"] for one in value) if isinstance(value, list) else "",
)
def test_replies_are_counted_by_what_they_were(
    rooms: Rooms, says: Says, replies: list[Reply], counted: dict[str, int]
) -> None:
    """Each message is counted by its reply; answered alone is who got an answer and needed no person."""
    for one in replies:
        this = says("question", one)
    assert totals(rooms) == {"conversations": 1, **counted}
    erase(rooms, this)
    assert totals(rooms) == {"conversations": 1, **counted}


def test_the_offer_at_closing_time_is_no_other_handoff(rooms: Rooms, says: Says) -> None:
    """Who waits was handed on once, also when the desk tells them by itself that the offices have closed."""
    this = says("question", reply("handoff", held_by=QUEUE))
    closing = Reply("Nos bureaux sont fermés.", (), {"outcome": "handoff", "news": CLOSED_NEWS})
    assert rooms.conversations.announce(this.id, QUEUE, closing, NOW)
    assert totals(rooms) == {"conversations": 1, "handoff": 1}
    asked_when_closed = reply("handoff", held_by=QUEUE, news=CLOSED_NEWS)
    says("question", asked_when_closed, address="other")
    assert totals(rooms) == {"conversations": 2, "handoff": 2}


def test_an_answer_with_the_offer_of_a_ticket_is_an_answer(rooms: Rooms, says: Says) -> None:
    """Two replies to one message, of which one answers, are one answer and not a question without one."""
    says("question", ANSWER, UNANSWERED)
    assert totals(rooms) == {"conversations": 1, "answered": 1, "alone": 1}


def test_two_parts_of_one_reply_are_one(rooms: Rooms, says: Says) -> None:
    """A reply in two messages is counted once."""
    says("question", ANSWER, ANSWER)
    assert totals(rooms)["answered"] == 1


def test_an_officer_who_speaks_has_taken_over(rooms: Rooms, says: Says) -> None:
    """Where a person spoke, the assistant did not answer alone; one who took it and said nothing did not take over."""
    spoken, silent = says("question", ANSWER, address="spoken"), says("question", ANSWER, address="silent")
    for this in (spoken, silent):
        rooms.officer_actions.take(this.id, "Marie")
    rooms.officer_actions.reply(spoken.id, "Marie", "Bonjour")
    rooms.officer_actions.reply(spoken.id, "Marie", "Encore")
    assert totals(rooms) == {"conversations": 2, "answered": 2, "taken_over": 1, "alone": 1}


def test_what_citizens_say_of_replies_is_counted(rooms: Rooms, says: Says) -> None:
    """Helpful and not helpful are counted by reply; said again, it counts as said last."""
    this = says("un", ANSWER)
    says("deux", ANSWER)
    judge(rooms, this, 2, helpful=False)
    judge(rooms, this, 4, helpful=False)
    judge(rooms, this, 2, helpful=True)
    assert totals(rooms) == {"conversations": 1, "answered": 2, "alone": 1, "helpful": 1, "unhelpful": 1}


@pytest.mark.parametrize(
    "opened, month",
    [
        (datetime(2026, 11, 1, 3, 59, 59, tzinfo=UTC), "2026-10"),
        (datetime(2026, 11, 1, 4, 0, tzinfo=UTC), "2026-11"),
        (datetime(2026, 12, 1, 4, 59, 59, tzinfo=UTC), "2026-11"),
        (datetime(2026, 12, 1, 5, 0, tzinfo=UTC), "2026-12"),
        (datetime(2027, 1, 1, 2, 0, tzinfo=UTC), "2026-12"),
    ],
)
def test_months_begin_where_the_desk_is(rooms: Rooms, says: Says, opened: datetime, month: str) -> None:
    """A conversation counts in the month of its opening by the desk's own clock, also once it is erased."""
    this = says("question", ANSWER, at=opened)
    expected = {(month, "rest", "fr", name): 1 for name in ("conversations", "answered", "alone")}
    assert rooms.statistics.counts() == expected
    erase(rooms, this)
    assert rooms.statistics.counts() == expected


def test_a_conversation_counts_where_it_was_opened(rooms: Rooms, says: Says) -> None:
    """One that goes on in the next month counts in its first, with all that was said."""
    says("un", ANSWER, at=datetime(2026, 11, 30, 23, 0, tzinfo=UTC))
    says("deux", ANSWER, at=datetime(2026, 12, 2, 12, 0, tzinfo=UTC))
    assert rooms.statistics.counts()["2026-11", "rest", "fr", "answered"] == 2
    assert {month for month, *_ in rooms.statistics.counts()} == {"2026-11"}


def test_channels_and_languages_are_counted_apart(rooms: Rooms, says: Says) -> None:
    """Each channel and language has figures of its own, which add up for the overview."""
    says("un", ANSWER, address="a", channel="web", language="fr")
    says("deux", ANSWER, address="b", channel="telegram", language="en")
    says("trois", UNANSWERED, address="c", channel="telegram", language="en")
    found = rooms.statistics.counts()
    assert found["2026-12", "web", "fr", "conversations"] == 1
    assert found["2026-12", "telegram", "en", "conversations"] == 2
    (row, empty) = as_rows(found, ["2026-12", "2026-11"])
    assert row == {"month": "2026-12", **dict.fromkeys(MEASURES, 0), **totals(rooms)}
    assert empty == {"month": "2026-11", **dict.fromkeys(MEASURES, 0)}


def everything(rooms: Rooms, says: Says) -> list[Conversation]:
    """Conversations that together have every measure, in two months, three channels and both languages."""
    people = []
    for number, (channel, language) in enumerate([("web", "fr"), ("telegram", "en"), ("rest", "fr"), ("web", "fr")]):
        for moment in (NOW - timedelta(days=100), NOW - timedelta(days=130)):
            address = f"c{number} {moment:%d}"
            who = {"address": address, "channel": channel, "language": language, "at": moment}
            this = says("un", ANSWER, **who)
            says("deux", UNANSWERED, **who)
            says("trois", CLARIFY, **who)
            if number % 2:
                says("quatre", TICKET, **who)
                says("cinq", HANDOFF, **who)
                rooms.officer_actions.take(this.id, "Marie")
                rooms.officer_actions.reply(this.id, "Marie", "Bonjour")
            judge(rooms, this, 2, helpful=number > 0)
            people.append(this)
    assert set(totals(rooms)) == set(MEASURES)
    return people


@pytest.mark.parametrize("keep_address", [True, False])
def test_erasing_never_changes_a_figure(rooms: Rooms, says: Says, keep_address: bool) -> None:
    """After each conversation that is erased, and after the last, every figure is what it was."""
    people = everything(rooms, says)
    before = rooms.statistics.counts()
    for this in people:
        erase(rooms, this, keep_address=keep_address)
        assert rooms.statistics.counts() == before
    for this in people:  # erased a second time there is nothing more to count
        erase(rooms, this)
    assert rooms.statistics.counts() == before
    with rooms.database.reading() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM messages")).scalar_one() == 0


def test_retention_and_forgetting_never_change_a_figure(
    rooms: Rooms, says: Says, builtin_replies: BuiltinReplies
) -> None:
    """What the time erases, and what a citizen erases with a farewell, has been counted for good."""
    people = everything(rooms, says)
    rooms.tickets.open(conversation=people[0].id, question="?", language="fr", email=None)
    before = rooms.statistics.counts()
    for this in people[:4]:
        builtin_replies.forget(this, say_so=True)
    assert rooms.statistics.counts() == before
    later = NOW + timedelta(days=91)  # officers spoke at NOW
    assert rooms.forgetting.erase_silent(later - timedelta(days=90)) >= 4
    assert rooms.statistics.counts() == before


def test_a_farewell_that_was_delivered_changes_no_figure(
    rooms: Rooms, says: Says, builtin_replies: BuiltinReplies
) -> None:
    """On Telegram the last word goes too once it is delivered, and nothing is counted for it."""
    this = says("un", ANSWER, channel="telegram", address="7")
    before = rooms.statistics.counts()
    builtin_replies.forget(this, say_so=True)
    (farewell,) = rooms.conversations.transcript(this.id)
    rooms.conversations.erase_farewell(farewell)
    assert rooms.conversations.get(this.id) is None
    assert rooms.statistics.counts() == before


def test_what_is_said_after_the_erasing_is_counted_too(rooms: Rooms, says: Says) -> None:
    """Where the address stays, what the citizen writes from then on adds to the figures."""
    this = says("un", ANSWER)
    erase(rooms, this, keep_address=True)
    says("deux", ANSWER)
    assert totals(rooms)["answered"] == 2


def test_erasing_that_fails_counts_nothing(rooms: Rooms, says: Says, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tallies are written with the erasing or not at all: a figure is never counted twice."""
    this = says("un", ANSWER)
    before = rooms.statistics.counts()
    count: Callable[..., None] = statistics.tally

    def count_and_fail(*arguments: Any) -> None:
        count(*arguments)
        raise RuntimeError("pulled")

    monkeypatch.setattr("bot.messages.erasing.tally", count_and_fail)
    with pytest.raises(RuntimeError, match="pulled"):
        erase(rooms, this)
    assert rooms.statistics.counts() == before
    monkeypatch.undo()
    erase(rooms, this)
    assert rooms.statistics.counts() == before


def test_waits_outlive_their_conversations(rooms: Rooms, wait: Says) -> None:
    """How long people waited is known after they erased everything, and names nobody."""
    this = wait("Quetzal", language="en")
    rooms.officer_actions.take(this.id, "Marie")
    before = rooms.statistics.waits(NOW - timedelta(days=1))
    erase(rooms, this)
    assert rooms.statistics.waits(NOW - timedelta(days=1)) == before
    assert len(before) == 1
    assert rooms.statistics.waits(NOW + timedelta(seconds=1)) == []
    with rooms.database.reading() as connection:
        kept = [connection.execute(sa.text(f"SELECT * FROM {table}")).all() for table in ("waits", "tallies")]
    assert this.id not in str(kept)
    assert "Quetzal" not in str(kept)

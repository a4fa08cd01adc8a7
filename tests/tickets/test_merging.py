"""Requests of several citizens that are answered together: whose words go where, whatever else happens meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.bootstrap import Rooms, wire
from bot.core.settings import Settings
from bot.tickets.ticket import CLOSED, OPEN, NotPossible, Ticket
from tests.cast import Clock, Says
from tests.tickets.test_answers import answer, carry, going_out, kinds, leave, look, merge, said


def three(rooms: Rooms, says: Says, clock: Clock) -> list[Ticket]:
    """Three citizens' requests on Telegram, each left a day after the one before."""
    found = []
    for name in "abc":
        found.append(leave(rooms, says(address=name, channel="telegram"), question=f"{name}?"))
        clock.passes(days=1)
    return found


def led_by(rooms: Rooms, ticket: Ticket) -> list[str]:
    """Who would receive an answer to this request."""
    return sorted(one.question for one in rooms.tickets.groups.members(ticket.reference))


def test_citizens_are_mixed_only_by_who_has_seen_them(rooms: Rooms, says: Says, clock: Clock) -> None:
    """Neither merging, nor answering, nor closing is done to citizens whom the officer did not see."""
    a, b, _ = three(rooms, says, clock)
    for seen in ([], [a.reference], [b.reference]):
        with pytest.raises(NotPossible, match="recipients"):
            rooms.tickets.groups.merge(a.reference, b.reference, "Marie", seen)
    merge(rooms, a, b)
    with pytest.raises(NotPossible, match="recipients"):
        rooms.answers.answer(a.reference, "Marie", "Voici.")
    with pytest.raises(NotPossible, match="recipients"):
        rooms.tickets.groups.withdraw(a.reference, "Marie", "essai")
    assert going_out(rooms, "telegram") == []


def test_a_group_that_was_merged_leaves_as_it_came(rooms: Rooms, says: Says, clock: Clock) -> None:
    """Undone, the request that led a group leads it again; one that was taken out of it meanwhile stays out."""
    a, b, c = three(rooms, says, clock)
    merge(rooms, c, b)
    merge(rooms, a, b)
    assert led_by(rooms, a) == ["a?", "b?", "c?"]
    rooms.tickets.groups.separate(b.reference, "Marie")
    assert (led_by(rooms, a), led_by(rooms, b)) == (["a?"], ["b?", "c?"])
    merge(rooms, a, b)
    rooms.tickets.groups.separate(c.reference, "Marie")
    rooms.tickets.groups.separate(b.reference, "Marie")
    assert [led_by(rooms, one) for one in (a, b, c)] == [["a?"], ["b?"], ["c?"]]


@pytest.mark.parametrize("who", [0, 1])
def test_one_for_whom_the_text_is_enough_speaks_for_nobody_else(
    rooms: Rooms, says: Says, clock: Clock, who: int
) -> None:
    """Whether theirs leads or was merged, it alone is closed, and the others are still on the list, to be answered."""
    found = three(rooms, says, clock)
    for other in (2, 0):
        merge(rooms, found[1], found[other])
    rooms.tickets.groups.satisfy(found[who].reference, 1)
    assert [look(rooms, one).state for one in found].count(CLOSED) == 1
    assert look(rooms, found[who]).closed_as == "satisfied"
    waiting = [one for one in found if one is not found[who]]
    listed = rooms.tickets.store.by_due_moment(OPEN)
    assert sorted(q for one in listed for q in led_by(rooms, one)) == sorted(one.question for one in waiting)
    for one in listed:
        answer(rooms, one)
    carry(rooms, "telegram")
    rooms.answers.settle()
    assert [look(rooms, one).closed_as for one in waiting] == ["answered", "answered"]


@pytest.mark.parametrize("who", [0, 1])
def test_forgetting_one_leaves_the_other(rooms: Rooms, says: Says, clock: Clock, who: int) -> None:
    """Who asks to be forgotten loses their words once answered; the other's stay, and both get their answers."""
    found = three(rooms, says, clock)
    merge(rooms, found[0], found[1])
    this = rooms.conversations.get(found[who].conversation)
    assert this
    assert rooms.forgetting.forget([this], lambda _stay: None) == [found[who].reference]
    answer(rooms, found[0])
    carry(rooms, "telegram")
    rooms.answers.settle()
    clock.passes(days=10)
    rooms.forgetting.erase_wished(rooms.now())
    gone, kept = look(rooms, found[who]), look(rooms, found[1 - who])
    assert (gone.question, kept.question) == ("", found[1 - who].question)
    assert [one.text for one in said(rooms, kept)] == ["Voici votre réponse."]
    assert (gone.kept, kept.kept) == (True, True)


def test_what_is_told_of_oneself_holds_nothing_of_the_other(rooms: Rooms, says: Says, clock: Clock) -> None:
    """Neither words nor the number of the request into which theirs was merged."""
    a, b, _ = three(rooms, says, clock)
    merge(rooms, a, b)
    for mine, other in ((a, b), (b, a)):
        told = json.dumps(rooms.export.of(mine.conversation), ensure_ascii=False)
        assert mine.reference in told
        assert other.reference not in told
        assert other.question not in told


def test_each_citizen_looks_up_their_own(rooms: Rooms, says: Says, clock: Clock) -> None:
    """The number of a merged request gives its own due moment, and the other's number gives nothing."""
    a, b, _ = three(rooms, says, clock)
    merge(rooms, a, b)
    own = rooms.tickets.look_up(b.reference, conversation=b.conversation, email=None)
    assert own is not None
    assert (own.question, own.due_at) == (b.question, b.due_at)
    assert rooms.tickets.look_up(a.reference, conversation=b.conversation, email=None) is None
    assert [one.reference for one in rooms.tickets.store.of_conversation(b.conversation)] == [b.reference]


def test_officers_who_act_at_once_mix_nobody_up(rooms: Rooms, database_url: str, says: Says, clock: Clock) -> None:
    """While three merge, separate and answer the same requests, each citizen gets one answer, in their own language."""
    texts = {"fr": "Voici.", "en": "Here."}
    rounds = []
    for number in range(6):
        pair = []
        for lang in ("fr", "en"):
            this = says(address=f"{number}{lang}", channel="web", language=lang)
            pair.append(rooms.tickets.open(conversation=this.id, question="?", language=lang, email=None))
            clock.passes(minutes=1)
        rounds.append(pair)

    def merges(own: Rooms, a: Ticket, b: Ticket) -> None:
        own.tickets.groups.merge(b.reference, a.reference, "Marie", [a.reference, b.reference])

    def separates(own: Rooms, _a: Ticket, b: Ticket) -> None:
        own.tickets.groups.separate(b.reference, "Paul")

    def replies(own: Rooms, a: Ticket, b: Ticket) -> None:
        for one in (a, b):
            seen = [other.reference for other in own.tickets.groups.members(one.reference)]
            own.answers.answer(one.reference, "Luc", texts[one.language], others=texts, seen=seen)

    def act(what: Callable[[Rooms, Ticket, Ticket], None]) -> set[str]:
        own, refused = wire(Settings(database_url=database_url), now=rooms.now), set()
        try:
            for a, b in rounds:
                for _ in range(3):
                    try:
                        what(own, a, b)
                    except NotPossible as refusal:
                        refused.add(refusal.code)
        finally:
            own.close()
        return refused

    with ThreadPoolExecutor(4) as pool:
        refused = set().union(*pool.map(act, (merges, separates, replies, merges)))
    assert refused <= {"closed", "merged", "apart", "recipients"}
    for pair in rounds:
        for one in pair:
            if look(rooms, one).state == OPEN and not look(rooms, one).merged_into:
                answer(rooms, one, texts[one.language], **texts)
        assert [[message.text for message in said(rooms, one)] for one in pair] == [["Voici."], ["Here."]]
        assert [kinds(rooms, one).count("closed") for one in pair] == [1, 1]

"""What comes in is kept once, taken in order, and by one at a time."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from bot.bootstrap import Rooms, wire
from bot.core.db import Database, make_engine
from bot.core.settings import Settings
from bot.messages.claims import CLAIM_SECONDS, ClaimLost, Turn
from bot.messages.conversation import MEDIUM, WORDS, Incoming, Piece, Reply
from bot.messages.inbox import Inbox
from bot.messages.intake import TooManyWaiting
from bot.messages.pieces import PIECE_SECONDS
from tests.cast import Clock

REPLY = Reply("réponse", (), {"outcome": "answered"})


def turn_of(rooms: Rooms, incoming: Incoming) -> Turn:
    """Accept a message whose turn is ours at once."""
    return rooms.inbox.first_turn(rooms.inbox.accept(incoming, rooms.now()), incoming, rooms.now())


def complete(rooms: Rooms, turn: Turn, *replies: Reply) -> bool:
    """End a turn; whether another waits."""
    return rooms.inbox.complete(turn, replies, rooms.now(), language="fr", wants=None)[1]


def test_the_same_message_at_once_is_one_message(rooms: Rooms, say: Any) -> None:
    """Threads that bring the same message together get the same row, and one of them its turn."""
    incoming = say(external_id="1")
    inboxes = [Inbox(rooms.database, "fr", rooms.carriers) for _ in range(8)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda inbox: inbox.accept(incoming, rooms.now()), inboxes))
    assert len({accepted.inbox_id for accepted in found}) == 1
    assert sorted(accepted.duplicate for accepted in found) == [False] + [True] * 7
    assert sum(accepted.claim is not None for accepted in found) == 1
    assert len(rooms.conversations.transcript(found[0].conversation.id)) == 1


def test_messages_wait_for_the_one_before(rooms: Rooms, say: Any) -> None:
    """The first message has its turn at once; the others get theirs in order, and then the claim is free."""
    turn = turn_of(rooms, say("0"))
    assert [rooms.inbox.accept(say(str(n)), rooms.now()).claim for n in (1, 2)] == [None, None]
    taken = [turn.message.text]
    while complete(rooms, turn, REPLY):
        following = rooms.inbox.next_turn(turn.conversation.id, turn.claim, rooms.now())
        assert following is not None
        turn = following
        taken.append(turn.message.text)
    assert taken == ["0", "1", "2"]
    assert turn_of(rooms, say("3")).attempt == 1


def test_a_claim_that_ran_out_is_taken_by_one(rooms: Rooms, say: Any) -> None:
    """Of several processes that find a forsaken conversation, one takes it over, and the first one's turn is void."""
    turn = turn_of(rooms, say())
    later = rooms.now() + timedelta(seconds=CLAIM_SECONDS + 0.1)
    assert rooms.inbox.forsaken(rooms.now(), 10) == []
    assert rooms.inbox.forsaken(later, 10) == [turn.conversation.id]
    with ThreadPoolExecutor(8) as pool:
        claims = list(pool.map(lambda _n: rooms.inbox.take_over(turn.conversation.id, later), range(8)))
    (claim,) = filter(None, claims)
    with pytest.raises(ClaimLost):
        complete(rooms, turn, REPLY)
    again = rooms.inbox.next_turn(turn.conversation.id, claim, rooms.now())
    assert again is not None
    assert again.attempt == 2
    assert complete(rooms, again, REPLY) is False
    assert [m.text for m in rooms.conversations.transcript(turn.conversation.id)] == ["Bonjour", "réponse"]


def test_a_renewed_claim_holds_longer(rooms: Rooms, say: Any) -> None:
    """A claim is renewed by its name; one that was given up is anybody's at once; one that failed, later."""
    turn = turn_of(rooms, say())
    middle = rooms.now() + timedelta(seconds=CLAIM_SECONDS - 1)
    rooms.inbox.renew([turn.claim, *map(str, range(1200))], middle)
    assert rooms.inbox.forsaken(middle + timedelta(seconds=CLAIM_SECONDS - 1), 10) == []
    rooms.inbox.release([turn.claim], middle)
    assert rooms.inbox.forsaken(middle + timedelta(seconds=0.1), 10) == [turn.conversation.id]
    rooms.inbox.postpone(turn, middle + timedelta(seconds=30))
    assert rooms.inbox.forsaken(middle + timedelta(seconds=29), 10) == []
    assert rooms.inbox.forsaken(middle + timedelta(seconds=31), 10) == [turn.conversation.id]


def test_too_many_waiting_are_refused_and_not_kept(rooms: Rooms, say: Any) -> None:
    """Beyond what may wait nothing is kept, for this citizen only."""
    for number in range(3):
        rooms.inbox.accept(say(str(number)), rooms.now(), 3)
    with pytest.raises(TooManyWaiting):
        rooms.inbox.accept(say("3"), rooms.now(), 3)
    rooms.inbox.accept(say("b", address="bob"), rooms.now(), 3)
    found = rooms.conversations.find("rest", "ana")
    assert found is not None
    assert [m.text for m in rooms.conversations.transcript(found.id)] == ["0", "1", "2"]


def test_what_goes_out_is_written_with_what_came_in(rooms: Rooms, say: Any) -> None:
    """Replies to a channel that pushes are in the outbox; to one whose citizens come for them, they are not."""
    complete(rooms, turn_of(rooms, say(channel="telegram")), REPLY, REPLY)
    complete(rooms, turn_of(rooms, say(channel="rest")), REPLY)
    assert rooms.outbox.counts() == {"waiting": 2}


@pytest.mark.parametrize("step", range(1, 12))
def test_a_failure_at_any_statement_leaves_nothing_half_done(rooms: Rooms, say: Any, step: int) -> None:
    """Whichever statement fails, a message is kept whole or not at all, and so are its replies."""
    engine, left = rooms.database.engine, [0]

    def fail(*_arguments: Any) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise RuntimeError("pulled")

    sa.event.listen(engine, "before_cursor_execute", fail)
    incoming = say(channel="telegram", external_id="1")
    try:
        left[0] = step
        turn = rooms.inbox.first_turn(rooms.inbox.accept(incoming, rooms.now()), incoming, rooms.now())
        complete(rooms, turn, REPLY)
    except RuntimeError:
        pass
    finally:
        sa.event.remove(engine, "before_cursor_execute", fail)
    with rooms.database.reading() as connection:

        def count(what: str) -> int:
            return int(connection.execute(sa.text(f"SELECT count(*) FROM {what}")).scalar_one())

        kept = count("messages WHERE author = 'citizen'")
        assert count("conversations") == count("inbox") == kept
        answered = count("messages WHERE author = 'bot'")
        assert count("outbox") == answered
        assert count("inbox WHERE done_at IS NOT NULL") == answered
        assert count("conversations WHERE claim IS NULL") == answered
        assert count(f"conversations WHERE last_seq = {kept + answered}") == kept


def test_nothing_is_left_without_a_claim_under_load(rooms: Rooms, say: Any) -> None:
    """Threads accept and complete the messages of a few citizens together: none is lost, doubled or out of order."""
    citizens, each = 4, 25
    incoming = {name: [say(f"{n}", address=f"c{name}") for n in range(each)] for name in range(citizens)}

    def take(turn: Turn) -> None:
        following: Turn | None = turn
        while following:
            turn = following
            more = complete(rooms, turn, Reply(f"re {turn.message.text}", (), {}))
            following = rooms.inbox.next_turn(turn.conversation.id, turn.claim, rooms.now()) if more else None

    def write(name: int) -> None:
        workers = []
        for one in incoming[name]:
            accepted = rooms.inbox.accept(one, rooms.now())
            if accepted.claim:
                worker = threading.Thread(target=take, args=(rooms.inbox.first_turn(accepted, one, rooms.now()),))
                worker.start()
                workers.append(worker)
        for worker in workers:
            worker.join()

    with ThreadPoolExecutor(citizens) as pool:
        list(pool.map(write, range(citizens)))
    for name in range(citizens):
        found = rooms.conversations.find("rest", f"c{name}")
        assert found is not None
        said = rooms.conversations.transcript(found.id)
        assert [m.text for m in said if m.author == "citizen"] == [str(n) for n in range(each)]
        assert [m.text for m in said if m.author == "bot"] == [f"re {n}" for n in range(each)]
        assert [m.seq for m in said] == list(range(1, 2 * each + 1))
    assert rooms.inbox.forsaken(rooms.now() + timedelta(days=1), 10) == []


# What comes in pieces


def piece(number: int, text: str = "", most: int = 100) -> Incoming:
    """The photo `number` of an album, with its caption."""
    kind, detail = WORDS if text else MEDIUM, {"medium": "photo"}
    return Incoming("telegram", "album", "7", text, kind, None, detail, Piece(f"u{number}", number, most))


def grown(rooms: Rooms, passes: float = PIECE_SECONDS + 0.1) -> Turn | None:
    """The turn that can be taken some seconds from now, by whoever looks."""
    later = rooms.now() + timedelta(seconds=passes)
    for conversation_id in rooms.inbox.forsaken(later, 10):
        claim = rooms.inbox.take_over(conversation_id, later)
        assert claim
        return rooms.inbox.next_turn(conversation_id, claim, later)
    return None


@pytest.mark.parametrize("order", list(itertools.permutations((1, 2, 3))))
def test_an_album_is_one_message_whatever_comes_first(rooms: Rooms, order: tuple[int, ...]) -> None:
    """Its words are its captions, letter for letter, in the order of its photos; it has one turn, once all came."""
    captions = {1: "", 2: "Où êtes-vous?\n\nEt\u00a0quand\u202f?", 3: "Merci"}
    for number in (*order, *order):  # each is brought twice
        accepted = rooms.inbox.accept(piece(number, captions[number]), rooms.now())
        assert (accepted.claim, accepted.seq) == (None, 1)
        assert grown(rooms, PIECE_SECONDS - 0.1) is None
    turn = grown(rooms)
    assert turn
    assert (turn.message.text, turn.message.kind) == (f"{captions[2]}\n\nMerci", WORDS)
    assert (turn.message.id, turn.attempt) == (accepted.message_id, 1)
    assert complete(rooms, turn, REPLY) is False


def test_an_album_waits_from_its_last_piece(rooms: Rooms, clock: Clock) -> None:
    """Who finds it before leaves it, for anybody to take when the time is over."""
    rooms.inbox.accept(piece(1), rooms.now())
    clock.passes(seconds=1)
    rooms.inbox.accept(piece(2, "Où?"), rooms.now())
    assert grown(rooms, 1.5) is None
    turn = grown(rooms)
    assert turn
    assert turn.message.text == "Où?"


def test_an_album_after_a_message_waits_as_well(rooms: Rooms, say: Any) -> None:
    """The turn before it ends, and does not go on with an album of which more may come."""
    turn = turn_of(rooms, say("un", address="7", channel="telegram"))
    rooms.inbox.accept(piece(1), rooms.now())
    assert complete(rooms, turn, REPLY) is True
    assert rooms.inbox.next_turn(turn.conversation.id, turn.claim, rooms.now()) is None
    rooms.inbox.accept(piece(2, "deux"), rooms.now())
    rooms.inbox.accept(say("trois", address="7", channel="telegram"), rooms.now())
    album = grown(rooms)
    assert album
    assert album.message.text == "deux"
    assert complete(rooms, album, REPLY) is True


def test_a_piece_that_comes_too_late_is_not_lost(rooms: Rooms) -> None:
    """Words that come when the album is being answered are a message of their own, once; a photo is nothing more."""
    rooms.inbox.accept(piece(1, "un"), rooms.now())
    turn = grown(rooms)
    assert turn
    assert rooms.inbox.accept(piece(2), rooms.now()).duplicate
    late = [rooms.inbox.accept(piece(3, "trois"), rooms.now()) for _ in range(2)]
    assert [(one.seq, one.duplicate) for one in late] == [(2, False), (2, True)]
    assert complete(rooms, turn, REPLY) is True
    following = rooms.inbox.next_turn(turn.conversation.id, turn.claim, rooms.now())
    assert following
    assert (turn.message.text, following.message.text) == ("un", "trois")


def test_a_desk_that_begins_waits_for_what_was_brought_meanwhile(rooms: Rooms) -> None:
    """What a desk left in the middle of an album is not read before the rest had time to come."""
    rooms.inbox.accept(piece(1), rooms.now())
    rooms.inbox.wait_for_pieces(rooms.now() + timedelta(seconds=30))
    assert grown(rooms) is None
    rooms.inbox.accept(piece(2, "deux"), rooms.now())
    turn = grown(rooms, 31)
    assert turn
    assert turn.message.text == "deux"


def test_captions_that_are_too_long_together_are_told(rooms: Rooms) -> None:
    """Each may be as long as a message; all of them together may be no longer."""
    for number in (1, 2):
        rooms.inbox.accept(piece(number, "x" * 60), rooms.now())
    turn = grown(rooms)
    assert turn
    assert (turn.message.kind, turn.message.text, turn.message.detail["medium"]) == (MEDIUM, "", "too_long")


def test_pieces_that_come_at_once_are_one_message(rooms: Rooms, database_url: str) -> None:
    """Brought by several connections at a time, as a webhook's are, none is lost and none opens another message."""
    database = Database(make_engine(database_url))
    inbox = wire(Settings(), database=database).inbox
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda n: inbox.accept(piece(n, f"w{n}"), rooms.now()), range(10)))
    database.engine.dispose()
    turn = grown(rooms)
    assert turn
    assert turn.message.text == "\n\n".join(f"w{n}" for n in range(10))
    assert complete(rooms, turn, REPLY) is False

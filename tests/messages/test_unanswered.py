"""The questions that no article answered: which messages they are, and how they leave the list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from bot.bootstrap import Rooms
from bot.messages.conversation import OFFICER, QUEUE, Conversation, Reply
from bot.messages.ownership import claimed
from bot.messages.payloads import NONE_OF_THESE
from bot.messages.unanswered import Unanswered
from tests.cast import NOW

Says = Callable[..., Conversation]


def reply(outcome: str, **custom: Any) -> Reply:
    """A reply of the assistant's with this outcome."""
    return Reply(f"({outcome})", (), {"outcome": outcome, **custom})


NOT_ANSWERED, ANSWERED, ASKED_BACK = reply("unanswered"), reply("answered", article="hours"), reply("clarify")


@pytest.fixture
def says(rooms: Rooms, say: Any) -> Says:
    """Keeps a citizen's message with its replies; the conversation as it was when the message came."""

    def keep(text: str, *replies: Reply, language: str = "fr", hint: str | None = None, **changes: Any) -> Conversation:
        incoming = say(text, language=hint, **changes)
        turn = rooms.inbox.first_turn(rooms.inbox.accept(incoming, NOW), incoming, NOW)
        rooms.inbox.complete(turn, replies, NOW, language=language, wants=None)
        return turn.conversation

    return keep


def asked(rooms: Rooms, **limit: int) -> list[str]:
    """The words of the unanswered questions."""
    return [question.text for question in rooms.unanswered.latest(**limit)]


def test_a_question_that_no_article_answered_is_found(rooms: Rooms, says: Says) -> None:
    """A question is found with its words, language, conversation and moment; answered ones are not."""
    says("Quelles sont vos heures?", ANSWERED)
    conversation = says("Where is the tower?", NOT_ANSWERED, language="en", address="bob")
    (found,) = rooms.unanswered.latest()
    message = rooms.conversations.transcript(conversation.id)[0]
    assert found == Unanswered(message.id, conversation.id, "Where is the tower?", "en", NOW)


def test_a_press_on_none_of_these_leads_back_to_the_words(rooms: Rooms, says: Says) -> None:
    """Where a citizen was asked back and pressed "none of these", the question is what they had written."""
    says("la tour", ASKED_BACK)
    says(NONE_OF_THESE, NOT_ANSWERED)
    assert asked(rooms) == ["la tour"]


def test_the_words_just_before_the_press_count(rooms: Rooms, says: Says) -> None:
    """Neither what was written earlier, nor later, nor by somebody else is taken for the question."""
    says("Bonjour", reply("smalltalk"))
    says("la tour", ASKED_BACK)
    says("un pont", ASKED_BACK, address="bob")
    says(NONE_OF_THESE, NOT_ANSWERED)
    says("Merci", reply("smalltalk"))
    assert asked(rooms) == ["la tour"]


def test_a_question_is_told_once(rooms: Rooms, says: Says) -> None:
    """Two replies that do not answer, or presses again and again, are one question."""
    says("la tour", NOT_ANSWERED, NOT_ANSWERED)
    says(NONE_OF_THESE, NOT_ANSWERED)
    says(NONE_OF_THESE, NOT_ANSWERED)
    assert asked(rooms) == ["la tour"]


def test_a_press_without_words_before_it_asks_nothing(rooms: Rooms, says: Says) -> None:
    """A press that opens a conversation, as an old page may send, is no question."""
    says(NONE_OF_THESE, NOT_ANSWERED)
    assert asked(rooms) == []


def test_an_answer_with_an_offer_of_a_ticket_is_an_answer(rooms: Rooms, says: Says) -> None:
    """A message that got an article, and beside it the offer to ask a person, is not unanswered, in either order."""
    says("Quelles sont vos heures?", ANSWERED, NOT_ANSWERED)
    says("Où êtes-vous?", NOT_ANSWERED, ANSWERED)
    says("la tour", NOT_ANSWERED)
    assert asked(rooms) == ["la tour"]


def test_other_outcomes_are_none_of_the_knowledge_bases(rooms: Rooms, says: Says) -> None:
    """A greeting, a question back alone, a wish for a person or a reply without any outcome is no question left."""
    for text, custom in (("a", {"outcome": "clarify"}), ("b", {"outcome": "handoff"}), ("c", {}), ("d", {"x": None})):
        says(text, Reply("…", (), custom))
    says("e")
    assert asked(rooms) == []


def test_what_officers_say_is_no_reply_of_the_assistants(rooms: Rooms, says: Says) -> None:
    """What was said to an officer is not the assistant's to answer."""
    conversation = says("Un agent, svp", reply("handoff"))
    rooms.conversations.change_holder(conversation.id, lambda holder: type(holder)(QUEUE, None), NOW)
    rooms.conversations.change_holder(conversation.id, lambda holder: claimed(holder, "Ana"), NOW)
    found = rooms.conversations.get(conversation.id)
    assert found
    assert found.held_by == OFFICER
    rooms.conversations.say(conversation.id, lambda holder: holder, "Je ne sais pas.", "Ana", NOW)
    assert asked(rooms) == []


def test_the_latest_come_first_and_at_most_so_many(rooms: Rooms, says: Says) -> None:
    """The newest question is first; of very many the oldest are left out."""
    for number in range(5):
        says(f"question {number}", NOT_ANSWERED, address=f"citizen {number % 2}")
    assert asked(rooms) == [f"question {number}" for number in (4, 3, 2, 1, 0)]
    assert asked(rooms, limit=2) == ["question 4", "question 3"]


def test_the_language_is_that_of_the_message(rooms: Rooms, says: Says) -> None:
    """A question is listed in the language that it was understood in, whatever that of the page, or used later."""
    says("Where is the tower?", reply("unanswered", language="en"), hint="fr", language="en")
    says("la tour", reply("clarify", language="fr"), hint="en")
    says(NONE_OF_THESE, reply("unanswered", language="fr"), hint="en")
    says("Hello", reply("smalltalk", language="en"), language="en")
    found = [(question.text, question.language) for question in rooms.unanswered.latest()]
    assert found == [("la tour", "fr"), ("Where is the tower?", "en")]


def test_without_a_recognised_language_the_pages_counts(rooms: Rooms, says: Says) -> None:
    """Where no reply says in which language it is, the page's language counts, and then the conversation's."""
    says("a", NOT_ANSWERED, hint="en")
    says("b", NOT_ANSWERED, language="en", address="bob")
    says("c", NOT_ANSWERED, address="eve")
    found = {question.text: question.language for question in rooms.unanswered.latest()}
    assert found == {"a": "en", "b": "en", "c": "fr"}


def test_what_is_set_aside_leaves_the_list(rooms: Rooms, says: Says) -> None:
    """Questions set aside are gone for good, others stay, and the next like them comes back into the list."""
    for text in ("a", "b", "c"):
        says(text, NOT_ANSWERED)
    c, b, _a = rooms.unanswered.latest()
    rooms.unanswered.set_aside([b.message, c.message], "Ana", NOW)
    assert asked(rooms) == ["a"]
    says("b", NOT_ANSWERED)
    assert asked(rooms) == ["b", "a"]


def test_setting_aside_twice_or_nothing_does_no_harm(rooms: Rooms, says: Says) -> None:
    """Two officers who set the same question aside, a number twice, none, or one that is no message's: all is well."""
    says("a", NOT_ANSWERED)
    (found,) = rooms.unanswered.latest()
    for numbers in ([found.message, found.message], [found.message], [], [999_999]):
        rooms.unanswered.set_aside(numbers, "Ana", NOW + timedelta(hours=1))
    assert asked(rooms) == []


def test_an_erased_conversation_takes_its_questions_along(rooms: Rooms, says: Says) -> None:
    """What a citizen has erased is in no list, also if some of it was set aside."""
    conversation = says("a", NOT_ANSWERED)
    says("b", NOT_ANSWERED)
    says("c", NOT_ANSWERED, address="bob")
    rooms.unanswered.set_aside([rooms.unanswered.latest()[-1].message], "Ana", NOW)
    assert asked(rooms) == ["c", "b"]
    rooms.conversations.erase(conversation.id, keep_address=False, farewell=None, now=NOW)
    assert asked(rooms) == ["c"]

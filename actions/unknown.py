"""What somebody does not know, asked for it: the number of their request, the day. They are led further."""

from __future__ import annotations

from rasa_sdk.events import EventType

from actions import dates
from actions.form import MEMORY, dialogues, resume_button
from actions.turn import REQUESTED, ActionTurn
from bot.messages import payloads

NO_NUMBER = "no-number"  # the choice of one who does not have the number
_NUMBER = MEMORY["status_form"][0]


def led_further(turn: ActionTurn) -> list[EventType] | None:
    """Leave the form for one who says that they do not know what it asks, and offer a person; None if they do not."""
    if not turn.form or turn.asks:
        return None
    says_so = dialogues().not_known.found_in(turn.text)
    if turn.slot(REQUESTED) == _NUMBER and (says_so or turn.entity("choice") == NO_NUMBER):
        left = turn.leave(MEMORY[turn.form])
        more = (turn.button("button_reply_date", payloads.REPLY_DATE),)
        return [*left, *turn.offer_ticket("status_no_number", "unanswered", more=more)]
    if turn.slot(REQUESTED) == dates.DAY and says_so:
        left = turn.leave(MEMORY[turn.form])
        return [*left, *turn.offer_ticket("date_unknown", "unanswered", more=(resume_button(turn),))]
    return None

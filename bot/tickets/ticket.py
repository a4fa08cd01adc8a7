"""A ticket and how it is opened. Plain functions: reading and writing is the store's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from email_validator import EmailNotValidError, validate_email

from bot.promises.calendar import Calendar
from bot.promises.clock import Due, due
from bot.promises.promise import Promise

OPEN = "open"
CLOSED = "closed"

# Punctuation that ends a sentence, or wraps an address, is not part of the address.
_AROUND = "<>()[]{}\"'«»“”‘’,;:!?."
_LABEL = re.compile(r"^[a-zé-]+:", re.IGNORECASE)  # "mailto:", "courriel:"


class ContactError(ValueError):
    """The text holds something like an e-mail address that is not one."""


@dataclass(frozen=True)
class Ticket:
    """An inquiry that a person must answer. `email` is None when the answer stays in the conversation.

    `message` is the citizen's message that opened it, by its number in the conversation's store.
    """

    reference: str
    conversation: str
    question: str
    language: str
    email: str | None
    promise: str
    opened_at: datetime
    day_zero: date
    due_at: datetime
    proof: tuple[dict[str, Any], ...]
    state: str = OPEN
    message: int | None = None

    def is_overdue(self, now: datetime) -> bool:
        """Whether the promise was due before `now` and the ticket is still open."""
        return self.state == OPEN and now > self.due_at


def open_ticket(
    *,
    reference: str,
    conversation: str,
    question: str,
    language: str,
    email: str | None,
    promise: Promise,
    calendar: Calendar,
    now: datetime,
    message: int | None = None,
) -> Ticket:
    """A new ticket whose clock starts at `now` (which must carry a zone)."""
    clock: Due = due(now, promise.working_days, calendar)
    return Ticket(
        reference=reference,
        conversation=conversation,
        question=question,
        language=language,
        email=email,
        promise=promise.id,
        opened_at=now,
        day_zero=clock.day_zero,
        due_at=clock.due_at,
        proof=tuple(day.as_dict() for day in clock.proof),
        message=message,
    )


def find_email(text: str) -> str | None:
    """The e-mail address in `text`, normalised; None if nothing looks like one.

    Raises:
        ContactError: something looks like an address and is not valid.
    """
    candidates = [_LABEL.sub("", word.strip(_AROUND)).strip(_AROUND) for word in text.split() if "@" in word]
    for candidate in candidates:
        try:
            return validate_email(candidate, check_deliverability=False).normalized
        except EmailNotValidError:
            continue
    if candidates:
        raise ContactError("not an e-mail address")
    return None

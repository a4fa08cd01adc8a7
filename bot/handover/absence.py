"""What the desk watches over by itself: nobody waits in silence for closed offices or an officer who is gone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection
from datetime import datetime, timedelta

from bot.core.leases import Lease
from bot.core.texts import Texts
from bot.handover.officer_actions import OfficerActions, UnknownConversation
from bot.messages.contract import CLOSED_NEWS, ReplyFacts, TicketFacts
from bot.messages.conversation import OFFICER, QUEUE, Conversation, Reply
from bot.messages.ownership import NotAllowed
from bot.messages.store import ConversationStore
from bot.promises.promise import PromiseError
from bot.tickets.offers import due_values, opening_values, ticket_buttons
from bot.tickets.service import TicketService

log = logging.getLogger(__name__)

LOOK_SECONDS = 10.0
_AT_ONCE = 1000


class OfficerAbsence:
    """Looks after those who wait."""

    def __init__(
        self,
        store: ConversationStore,
        officers: OfficerActions,
        tickets: TicketService,
        texts: Texts,
        away_since: Callable[[Collection[str], datetime], set[str]],
        away_after: timedelta,
        now: Callable[[], datetime],
    ) -> None:
        """`away_since(names, moment)`: which officers were not seen since; `away_after`: how long is too long."""
        self._store = store
        self._officers = officers
        self._tickets = tickets
        self._texts = texts
        self._away_since = away_since
        self._away_after = away_after
        self._now = now

    async def run(self, lease: Lease) -> None:
        """Look now and then, until cancelled."""
        await lease.serve(self.look, LOOK_SECONDS, "nobody was looked after")

    def look(self) -> int:
        """Offer a ticket to those who wait for closed offices, and free what absent officers hold; how many."""
        return self._offer_tickets() + self._free_the_forsaken()

    def _offer_tickets(self) -> int:
        now, calendar = self._now(), self._tickets.calendar
        if calendar.is_open(now):
            return 0
        waiting = self._store.held(QUEUE, _AT_ONCE)
        if not waiting:
            return 0
        try:
            due = self._tickets.due_if_opened_now().due_at
        except PromiseError as error:  # of the data, which the start told: a day that nobody promised is not offered
            log.info("who waits for closed offices is offered no request (%s)", type(error).__name__)
            return 0
        return sum(self._store.announce(one.id, QUEUE, self._closed(one, now, due), now) for one in waiting)

    def _closed(self, conversation: Conversation, now: datetime, due: datetime) -> Reply:
        lang, calendar = conversation.language, self._tickets.calendar
        values = {
            **due_values(due, lang, calendar.zone),
            **opening_values(calendar.next_opening(now), lang, calendar.zone),
        }
        question = self._store.last_question(conversation.id)
        ticket = TicketFacts(None, due.isoformat(), question=question)
        facts = ReplyFacts("handoff", lang, intent=None, news=CLOSED_NEWS, ticket=ticket)
        return Reply(self._texts.get("line_closed", lang, **values), ticket_buttons(self._texts, lang), facts.to_json())

    def _free_the_forsaken(self) -> int:
        held = self._store.held(OFFICER, _AT_ONCE)
        names = {conversation.officer for conversation in held if conversation.officer}
        away = self._away_since(names, self._now() - self._away_after) if names else set()
        freed = 0
        for conversation in held:
            if conversation.officer not in away or conversation.officer is None:
                continue
            try:
                self._officers.give_back_for(conversation.id, conversation.officer)
            except (NotAllowed, UnknownConversation):
                continue  # it has changed hands, or was erased, since we looked
            freed += 1
        if freed:
            log.info("%d conversations of officers who are away wait for another", freed)
        return freed

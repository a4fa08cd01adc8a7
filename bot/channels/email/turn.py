"""The turn of an e-mail: it opens a ticket and is acknowledged, or belongs to one that is open, or asks nothing.

1. What a machine wrote is never answered. A bounce opens the ticket again whose answer came back.
2. In a thread whose ticket is open an e-mail is added to what the officer sees. It closes the ticket if it says,
   in answer to the acknowledgement, that the article was enough.
3. One that names the open ticket which its sender left on the website or on Telegram, or answers an e-mail about it, is
   added to that, and stays in a conversation of e-mails. Who begins anew so is told that it was added.
4. In a thread whose tickets are closed, thanks alone ask nothing. Anything else opens a ticket under the promise for
   e-mails, by the day on which it came, and gets one acknowledgement: clearly automatic, with reference, due date, and
   the article that may answer already. Its history says which closed ticket it follows.
5. One who asks what is kept of them gets it with the acknowledgement. Who asks to be forgotten is asked to confirm it:
   the answer to our e-mail shows that it is the owner of the address who asks.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool

from bot.assistant.rasa_client import RasaClient
from bot.channels.email import CHANNEL
from bot.channels.email.acknowledgements import FORGET_ME, Acknowledgements, Found
from bot.channels.email.agreement import agrees, thanks_alone
from bot.channels.email.finding import Finder, folded, paragraphs
from bot.channels.email.own_data import MailedData
from bot.channels.email.threads import EmailThreads
from bot.core.texts import Texts
from bot.knowledge.store import ArticleStore
from bot.messages.claims import Turn
from bot.messages.contract import Command, ReplyFacts
from bot.messages.conversation import OFFICER, Message, Reply
from bot.messages.store import ConversationStore
from bot.tickets.answers import Answers
from bot.tickets.reference import find_references
from bot.tickets.service import TicketService
from bot.tickets.ticket import OPEN, SATISFIED, NotPossible, Ticket

log = logging.getLogger(__name__)

_HOUR = timedelta(hours=1)
_LATEST = 20  # requests of a conversation that are looked at


class EmailTurns:
    """Takes the turns of e-mails (a `ChannelTurns`)."""

    at_once = 2  # an e-mail can wait, and a hundred of them must not keep a chat waiting

    def __init__(
        self,
        assistant: RasaClient,
        articles: ArticleStore,
        store: ConversationStore,
        email_threads: EmailThreads,
        tickets: TicketService,
        answers: Answers,
        data: MailedData,
        texts: Texts,
        *,
        first_language: str,
        an_hour: int,
        days: int,
        silence: float = 300.0,
    ) -> None:
        """
        Args:
            assistant: reads what an e-mail asks.
            articles: those that may answer it.
            store: of the conversations.
            email_threads: of the e-mails.
            tickets: opens them.
            answers: which may come back.
            data: what is kept of those who write.
            texts: the approved texts.
            first_language: of an e-mail that does not tell its own.
            an_hour: the e-mails of one address in an hour beyond which none is acknowledged (nor any lost).
            days: how long a conversation is kept.
            silence: seconds for which e-mails wait for an assistant that is not there (it starts, or starts again).
        """
        self._finder = Finder(assistant, articles, silence)
        self._store = store
        self._email_threads = email_threads
        self._tickets = tickets
        self._answers = answers
        self._data = data
        self._texts = texts
        self._writing = Acknowledgements(texts, tickets.calendar.zone, first_language=first_language, days=days)
        self._an_hour = an_hour

    async def replies(self, turn: Turn, *, alone: bool = False) -> list[Reply]:
        """The replies to an e-mail; taken again after a failure, a turn does nothing twice.

        `alone`: without the assistant, which may be what failed. To a reply that commands to erase, the caller calls
        `forget`.
        """
        email = turn.message.beside.email or {}
        if email.get("automatic"):
            if email.get("bounce"):
                await run_in_threadpool(self._returned, turn.message, email["bounce"])
            return []
        if turn.conversation.held_by == OFFICER:  # who reads it, and writes back
            return []
        offer = await run_in_threadpool(self._offer, turn, email)
        if offer.erases and _agrees(turn.message, email):
            return [_TO_FORGET]
        ticket, replies = await run_in_threadpool(self._settled, turn, email, offer)
        if ticket is None:
            return replies
        if not await run_in_threadpool(self._to_acknowledge, email):
            return []
        language = self._writing.languages_of(turn.message)[0]
        found = Found() if alone else await self._finder.found(turn.message, email, language)
        if found.wish == FORGET_ME:
            is_own = await run_in_threadpool(self._data.is_own, email["sender"], turn.conversation)
            if not (is_own and _says_no_more(email)):
                found = Found()  # the words of others are in this thread, or there are more: a person sees to it
            elif offer.erases:
                return [_TO_FORGET]
        added = ticket.message != turn.message.id
        if added and found.wish is None:
            if not email.get("begins"):  # it was acknowledged by the first e-mail of its thread
                return []
            found = Found()
        late = ticket.is_overdue(self._tickets.now())
        return [self._writing.received(ticket, turn.message, found, late=late, added=added)]

    def last_words(self, turn: Turn) -> list[Reply]:
        """What is replied to an e-mail whose turn failed: to a person, that it came, and is seen to. Nothing raises."""
        email = turn.message.beside.email or {}
        if email.get("automatic") or turn.conversation.held_by == OFFICER or not email.get("sender"):
            return []
        try:
            wanted = self._to_acknowledge(email)
        except Exception as error:  # noqa: BLE001 - whatever it is, one more acknowledgement is better than silence
            log.warning("the e-mails of an address could not be counted (%s)", type(error).__name__)
            wanted = True
        return [self._writing.trouble(turn.message)] if wanted else []

    def forget(self, turn: Turn) -> Reply:
        """Erase what is kept of the one who confirms in this turn that they ask for it; what they are told."""
        email = turn.message.beside.email or {}
        offer = self._offer(turn, email)
        if offer.closes:
            try:
                self._tickets.groups.satisfy(offer.closes, turn.message.id)
            except NotPossible:  # it was answered, or is about to be: that stays as it is
                log.info("a request to be forgotten was answered before it was confirmed")

        def farewell(stay: list[str]) -> Reply:
            return self._writing.forgotten(stay, turn.message)

        return farewell(self._data.forget(email["sender"], turn.conversation, farewell))

    def thread_named(self, words: str, sender: str) -> str | None:
        """The address of the thread in which an open request was left that `words` name, by the sender that left it.

        None also for one that was left elsewhere (see `_elsewhere`): its page is not the place for e-mails.
        """
        for ticket in self._named(words, sender):
            conversation = self._store.get(ticket.conversation) if ticket.state == OPEN else None
            if conversation and conversation.channel == CHANNEL:
                return conversation.address
        return None

    def open(self, message: Message, email: Mapping[str, Any], follows: str | None = None) -> Ticket:
        """The ticket of an e-mail, opened unless it is: its clock starts on the day on which the e-mail came.

        `follows`: the reference of the closed one that it goes on from.
        """
        words = paragraphs(email.get("subject"), message.text or folded(email))
        language = self._writing.languages_of(message)[0]
        today = self._tickets.calendar.local_date(self._tickets.now())
        came = email.get("received_at")
        on = today if came is None else self._tickets.calendar.local_date(datetime.fromisoformat(came))
        return self._tickets.open(
            conversation=message.conversation_id,
            question=words or self._texts.get("email_no_words", language),
            language=language,
            email=email.get("sender"),
            message=message.id,
            started_on=min(on, today),
            follows=follows,
            more=_beside(email),
        )

    def _named(self, words: str, sender: str) -> list[Ticket]:
        """The requests that `words` name, of those that are answered at the sender's address."""
        references = dict.fromkeys(find_references(words, self._tickets.prefix))
        return self._of_sender(map(self._tickets.store.find, references), sender)

    def _elsewhere(self, turn: Turn, email: Mapping[str, Any]) -> list[Ticket]:
        """The requests of other conversations that an e-mail goes on with, the likeliest first.

        It names one, answers an e-mail about one, or another of its thread did. Whoever knows a request's number is
        not its citizen by that: it has to be answered at the address that the e-mail comes from.
        """
        sender, out_of = email.get("sender") or "", email.get("conversation")
        found = self._named(f"{email.get('subject') or ''}\n{turn.message.text}", sender)
        if out_of and out_of != turn.conversation.id:
            found += self._of_sender(self._tickets.store.of_conversation(out_of, _LATEST), sender)
        before = self._email_threads.requests_of(turn.conversation.id)
        found += self._of_sender(map(self._tickets.store.find, before), sender)
        return [ticket for ticket in found if ticket.conversation != turn.conversation.id]

    @staticmethod
    def _of_sender(found: Iterable[Ticket | None], sender: str) -> list[Ticket]:
        """Those that are answered at an address."""
        return [one for one in found if one and one.email and one.email.casefold() == sender.casefold()]

    def _settled(self, turn: Turn, email: Mapping[str, Any], offer: ReplyFacts) -> tuple[Ticket | None, list[Reply]]:
        """The ticket that the e-mail opened, or was added to; or None, and what is replied instead.

        `offer`: what an acknowledgement offers to which this e-mail is the answer.
        """
        message = turn.message
        if own := self._tickets.store.of_message(message.id):
            return own, []
        known = self._tickets.store.of_conversation(turn.conversation.id, _LATEST)
        for ticket in known:
            if ticket.closed_as == SATISFIED and self._tickets.has_event(ticket.reference, "satisfied", message.id):
                return None, [self._writing.closed(ticket, message)]
        words = [paragraphs(email.get("subject"), message.text), *_beside(email)]
        still_open = [ticket for ticket in known if ticket.state == OPEN]
        if still_open:
            for ticket in still_open:
                if ticket.reference == offer.closes and _agrees(message, email):
                    try:
                        self._tickets.groups.satisfy(ticket.reference, message.id)
                    except NotPossible:  # an answer is on its way
                        break
                    return None, [self._writing.closed(ticket, message)]
            for ticket in still_open:
                self._tickets.groups.add_message(ticket.reference, message.id, words)
            return still_open[0], []
        elsewhere = self._elsewhere(turn, email)
        for ticket in elsewhere:
            if ticket.state == OPEN:
                self._email_threads.belong(message.id, ticket.reference)
                self._tickets.groups.add_message(ticket.reference, message.id, words)
                return ticket, []
        name = email.get("sender_name") or ""
        asks_nothing = not message.text or thanks_alone(message.text, name) or agrees(message.text, name)
        out_of = email.get("conversation")  # that our e-mail came out of which it answers
        known = known or elsewhere or (self._tickets.store.of_conversation(out_of, _LATEST) if out_of else [])
        if known and asks_nothing and _says_no_more(email):
            return None, []
        return self.open(message, email, elsewhere[0].reference if elsewhere else None), []

    def _offer(self, turn: Turn, email: Mapping[str, Any]) -> ReplyFacts:
        """What the acknowledgement offers that this e-mail answers, if the same person sent it; else nothing."""
        if email.get("answers") is None:
            return _NOTHING_OFFERED
        answered = self._store.at(turn.conversation.id, message_id=email["answers"])
        if answered is None or (answered.beside.email or {}).get("to") != email.get("sender"):
            return _NOTHING_OFFERED
        if answered.facts.erases and not self._data.is_own(email["sender"], turn.conversation):
            return _NOTHING_OFFERED  # somebody else has written since
        return answered.facts

    def _to_acknowledge(self, email: Mapping[str, Any]) -> bool:
        """Whether a person at an address surely wrote it, who has not had as many acknowledgements as one needs."""
        sender = email.get("sender")
        if not sender or not email.get("acknowledge", True):
            return False
        if self._email_threads.count_from(sender, self._tickets.now() - _HOUR) > self._an_hour:
            log.warning("an address writes more e-mails an hour than are acknowledged; their tickets are open")
            return False
        return True

    def _returned(self, message: Message, bounce: Mapping[str, Any]) -> None:
        if bounce["final"]:
            self._answers.returned(bounce["message"], message.id, bounce["reason"])


# Nobody reads it: it asks for `EmailTurns.forget`.
_TO_FORGET = Reply("", (), ReplyFacts("smalltalk", None, None, command=Command.ERASE).to_json())
_NOTHING_OFFERED = ReplyFacts(None, None, None)


def _agrees(message: Message, email: Mapping[str, Any]) -> bool:
    """Whether the whole of an e-mail says that the answer was enough: what cannot be taken back is decided on that."""
    return agrees(message.text, email.get("sender_name") or "") and _says_no_more(email)


def _says_no_more(email: Mapping[str, Any]) -> bool:
    """Whether an e-mail holds nothing beside its text: no words folded away, no file, kept or refused."""
    beside = (email.get("foreign"), email.get("files"), email.get("refused"), email.get("sealed"))
    return not any(beside) and bool(email.get("signs_only", True))


def _beside(email: Mapping[str, Any]) -> list[str]:
    """What an e-mail holds beside its text, by which it is searched: words of others that it quotes, its signature."""
    return [email.get("foreign") or "", email.get("signature") or ""]

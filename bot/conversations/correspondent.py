"""The turn of an e-mail: it opens a ticket and is acknowledged, or belongs to one that is open, or asks nothing.

1. What a machine wrote is never answered. A bounce opens the ticket again whose answer came back.
2. In a thread whose ticket is open an e-mail is added to what the officer sees. It closes the ticket if it says,
   in answer to the acknowledgement, that the article was enough.
3. In a thread whose tickets are closed, thanks alone ask nothing.
4. Anything else opens a ticket under the promise for e-mails, by the day on which it came, and gets one
   acknowledgement: clearly automatic, with reference, due date, and the article that may answer already.
"""

from __future__ import annotations

import logging
import re
from datetime import date, datetime, timedelta
from typing import Any

from starlette.concurrency import run_in_threadpool

from bot.conversations.agreement import agrees, thanks_alone
from bot.conversations.answers import Answers
from bot.conversations.assistant import Assistant, AssistantUnavailable, Reading
from bot.conversations.conversation import OFFICER, Message, Reply
from bot.conversations.correspondence import Correspondence, place_below
from bot.conversations.inbox import Turn
from bot.conversations.offers import due_values
from bot.conversations.outbox import EMAIL
from bot.conversations.store import ConversationStore
from bot.knowledge.article import Article
from bot.knowledge.store import ArticleStore
from bot.texts import LANGUAGES, Texts, say_date
from bot.tickets.desk import TicketDesk
from bot.tickets.ticket import OPEN, SATISFIED, NotPossible, Ticket

log = logging.getLogger(__name__)

# Acts to which no article is an answer, whatever its words are near to.
_NO_ARTICLE = {"ticket_status", "request_officer", "open_ticket", "cancel"}
WHY_REFUSED = {
    "size": "file_size",
    "total": "file_total",
    "type": "file_type",
    "empty": "file_empty",
    "many": "file_many",
}
_ASKED_AT_ONCE = 1500  # characters: what the assistant reads of a long e-mail
_QUESTION = re.compile(r"[^.!?…\n]{8,400}\?")
_MOST_QUESTIONS = 3
_HOUR = timedelta(hours=1)


class Correspondent:
    """Takes the turns of e-mails."""

    def __init__(
        self,
        assistant: Assistant,
        articles: ArticleStore,
        store: ConversationStore,
        correspondence: Correspondence,
        tickets: TicketDesk,
        answers: Answers,
        texts: Texts,
        *,
        first_language: str,
        an_hour: int,
    ) -> None:
        """`an_hour`: the e-mails of one address in an hour beyond which none is acknowledged (nor any lost)."""
        self._assistant = assistant
        self._articles = articles
        self._store = store
        self._correspondence = correspondence
        self._tickets = tickets
        self._answers = answers
        self._texts = texts
        self._first_language = first_language
        self._an_hour = an_hour

    async def replies(self, turn: Turn, *, alone: bool = False) -> list[Reply]:
        """The replies to an e-mail; taken again after a failure, a turn does nothing twice.

        `alone`: without the assistant, which may be what failed.
        """
        email = turn.message.detail.get("email") or {}
        if email.get("automatic"):
            if email.get("bounce"):
                await run_in_threadpool(self._returned, turn.message, email["bounce"])
            return []
        if turn.conversation.held_by == OFFICER:  # who reads it, and writes back
            return []
        ticket, replies = await run_in_threadpool(self._settled, turn, email)
        if ticket is None:
            return replies
        if not await run_in_threadpool(self._to_acknowledge, email):
            return []
        article, sure = (None, False) if alone else await self._article(turn.message, email)
        return [self._acknowledgement(ticket, turn.message, email, article, sure=sure)]

    def open(self, message: Message, email: dict[str, Any]) -> Ticket:
        """The ticket of an e-mail, opened unless it is: its clock starts on the day on which the e-mail came."""
        words = "\n\n".join(filter(None, (email.get("subject"), message.text)))
        language = self._languages(message)[0]
        today = self._tickets.calendar.local_date(self._tickets.now())
        came = email.get("received_at")
        on = today if came is None else self._tickets.calendar.local_date(datetime.fromisoformat(came))
        return self._tickets.open(
            conversation=message.conversation_id,
            question=words or self._texts.get("email_no_words", language),
            language=language,
            email=email.get("sender"),
            message=message.id,
            channel=EMAIL,
            started_on=min(on, today),
        )

    def _settled(self, turn: Turn, email: dict[str, Any]) -> tuple[Ticket | None, list[Reply]]:
        """The ticket that the e-mail opened, to be acknowledged; or None, and what is replied instead."""
        message = turn.message
        if own := self._tickets.store.of_message(message.id):
            return own, []
        said = message.text
        known = self._tickets.store.of_conversation(turn.conversation.id, 20)
        for ticket in known:
            if ticket.closed_as == SATISFIED and self._tickets.has_event(ticket.reference, "satisfied", message.id):
                return None, [self._closed(ticket, message, email)]
        still_open = [ticket for ticket in known if ticket.state == OPEN]
        if still_open:
            offered = self._offered(turn, email)
            for ticket in still_open:
                if ticket.reference == offered and agrees(said, email.get("sender_name") or ""):
                    try:
                        self._tickets.satisfy(ticket.reference, message.id)
                    except NotPossible:  # an answer is on its way
                        break
                    return None, [self._closed(ticket, message, email)]
            for ticket in still_open:
                self._tickets.add(ticket.reference, message.id)
            return None, []
        elsewhere = email.get("conversation")  # an answer to an e-mail that came out of another conversation
        known = known or (self._tickets.store.of_conversation(elsewhere, 20) if elsewhere else [])
        has_file = bool(email.get("files"))
        name = email.get("sender_name") or ""
        nothing = not (said or email.get("signature") or email.get("sealed"))
        if known and not has_file and (thanks_alone(said, name) or agrees(said, name) or nothing):
            return None, []
        return self.open(message, email), []

    def _offered(self, turn: Turn, email: dict[str, Any]) -> str | None:
        """The ticket whose acknowledgement, with an article, this e-mail answers, if the same person sent it."""
        if email.get("answers") is None:
            return None
        answered = self._store.at(turn.conversation.id, message_id=email["answers"])
        if answered is None or not answered.custom.get("article"):
            return None
        reference = (answered.custom.get("ticket") or {}).get("reference")
        to = (answered.detail.get("email") or {}).get("to")
        return reference if to == email.get("sender") else None

    def _to_acknowledge(self, email: dict[str, Any]) -> bool:
        """Whether there is an address, and it has not had as many acknowledgements as a person needs."""
        sender = email.get("sender")
        if not sender:
            return False
        if self._correspondence.count_from(sender, self._tickets.now() - _HOUR) > self._an_hour:
            log.warning("an address writes more e-mails an hour than are acknowledged; their tickets are open")
            return False
        return True

    def _returned(self, message: Message, bounce: dict[str, Any]) -> None:
        if bounce["final"]:
            self._answers.returned(bounce["message"], message.id, bounce["reason"])

    async def _article(self, message: Message, email: dict[str, Any]) -> tuple[Article | None, bool]:
        """The article that may answer, and whether the matcher would give it as the answer."""
        language = self._languages(message)[0]
        asked = [_shortened(message.text), *_questions(message.text), email.get("subject") or ""]
        maybe: str | None = None
        try:
            for text in dict.fromkeys(filter(None, asked)):
                reading = await self._assistant.understand(text, language)
                if reading.intent in _NO_ARTICLE:
                    break
                if reading.outcome == "answered" and reading.matches:
                    return await run_in_threadpool(self._articles.get, reading.matches[0][0]), True
                maybe = maybe or _first(reading)
        except AssistantUnavailable as trouble:
            log.warning("the assistant did not read an e-mail (%s); it is acknowledged without an article", trouble)
        return (await run_in_threadpool(self._articles.get, maybe) if maybe else None), False

    def _languages(self, message: Message) -> tuple[str, ...]:
        """The language of an e-mail; both if it does not tell, the organization's first."""
        found = message.detail.get("language")
        if found in LANGUAGES:
            return (found,)
        return tuple(sorted(LANGUAGES, key=lambda lang: lang != self._first_language))

    def _acknowledgement(
        self, ticket: Ticket, message: Message, email: dict[str, Any], article: Article | None, *, sure: bool
    ) -> Reply:
        languages = self._languages(message)
        written = [self._written(ticket, email, article, lang, sure=sure) for lang in languages]
        custom: dict[str, Any] = {
            "outcome": "ticket",
            "language": languages[0],
            "intent": None,
            "ticket": {
                "reference": ticket.reference,
                "due": ticket.due_at.isoformat(),
                "state": ticket.state,
                "proof": list(ticket.proof),
            },
        }
        if article:
            custom |= {
                "article": article.id,
                "title": article.title[languages[0]],
                "sources": [source.as_dict(languages[0]) for source in article.sources],
            }
        return Reply("\n\n* * *\n\n".join(written), (), custom, place_below(email))

    def _written(self, ticket: Ticket, email: dict[str, Any], article: Article | None, lang: str, *, sure: bool) -> str:
        zone = self._tickets.calendar.zone
        values = {**due_values(ticket.due_at, lang, zone), "reference": ticket.reference}
        overdue = ticket.is_overdue(self._tickets.now())
        paragraphs = [self._texts.get("email_received_late" if overdue else "email_received", lang, **values)]
        if email.get("sealed"):
            paragraphs.append(self._texts.get("email_sealed", lang))
        if refused := email.get("refused"):
            lines = [f"- {one['name']} : " if lang == "fr" else f"- {one['name']}: " for one in refused]
            whys = [self._texts.get(WHY_REFUSED[one["why"]], lang) for one in refused]
            files = "\n".join(map(str.__add__, lines, whys))
            paragraphs.append(self._texts.get("email_files_refused", lang, files=files))
        if article:
            key = "email_article" if sure else "email_article_maybe"
            paragraphs.append(self._texts.get(key, lang, title=article.title[lang]))
            paragraphs.append(article.answer[lang])
            for source in article.sources:
                said = source.as_dict(lang)
                noon = date.fromisoformat(said["updated"])
                updated = say_date(datetime(noon.year, noon.month, noon.day, 12, tzinfo=zone), lang, zone)
                paragraphs.append(
                    self._texts.get("email_source", lang, title=said["title"], section=said["section"], date=updated)
                )
            paragraphs.append(self._texts.get("email_enough", lang))
        return "\n\n".join(paragraphs)

    def _closed(self, ticket: Ticket, message: Message, email: dict[str, Any]) -> Reply:
        """What one reads who said that the article was enough, and may have been misunderstood."""
        lang = ticket.language
        custom = {"outcome": "smalltalk", "language": lang, "intent": None}
        text = self._texts.get("email_closed", lang, reference=ticket.reference)
        return Reply(text, (), custom, place_below(email))


def _first(reading: Reading) -> str | None:
    return reading.options[0] if reading.outcome == "clarify" and reading.options else None


def _shortened(text: str) -> str:
    return " ".join(text.split())[:_ASKED_AT_ONCE]


def _questions(text: str) -> list[str]:
    """The sentences of an e-mail that ask, a few at most."""
    return [" ".join(found.split()) for found in _QUESTION.findall(text)][:_MOST_QUESTIONS]

"""What the desk writes back to an e-mail by itself: approved texts, put together. No IO."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from bot.channels.email.threads import place_below
from bot.core.texts import LANGUAGES, Texts
from bot.knowledge.article import Article
from bot.messages.contract import ReplyFacts, SourceFacts, TicketFacts
from bot.messages.conversation import Message, Reply
from bot.promises.proof_text import say_weekday_and_date
from bot.tickets.offers import due_values
from bot.tickets.ticket import Ticket

# The acts of one who asks what is kept of them, or that it be erased.
MY_DATA, FORGET_ME = "my_data", "forget_me"
WHY_REFUSED = {
    "size": "file_size",
    "total": "file_total",
    "type": "file_type",
    "empty": "file_empty",
    "many": "file_many",
}
_BETWEEN_LANGUAGES = "\n\n* * *\n\n"
# Here and not among the texts: said when anything that is read from a file may be what fails.
_TROUBLE = {
    "fr": (
        "Bonjour,\n\n"
        "Ceci est un accusé de réception automatique; ce n’est pas la réponse d’une personne.\n\n"
        "Votre courriel est bien reçu. À cause d’une difficulté technique, nous ne pouvons pas lui donner de numéro ni "
        "vous dire quand nous y répondrons. Une personne en prendra connaissance."
    ),
    "en": (
        "Hello,\n\n"
        "This is an automatic acknowledgement; it is not an answer from a person.\n\n"
        "Your e-mail has been received. Because of a technical problem, we cannot give it a number or tell you when we "
        "will answer it. A person will look at it."
    ),
}


@dataclass(frozen=True)
class Found:
    """What the assistant finds in an e-mail: a wish that the desk fulfils itself, or an article that may answer.

    `wish` is MY_DATA or FORGET_ME; `sure`: the matcher would give the article as the answer.
    """

    article: Article | None = None
    sure: bool = False
    wish: str | None = None


class Acknowledgements:
    """Writes them, in the language of the e-mail, or in all where it does not tell."""

    def __init__(self, texts: Texts, zone: ZoneInfo, *, first_language: str, days: int) -> None:
        """`zone`: of the moments that are told; `days`: how long a conversation is kept."""
        self._texts = texts
        self._zone = zone
        self._first_language = first_language
        self._days = days

    def languages_of(self, message: Message) -> tuple[str, ...]:
        """The language of an e-mail; if it does not tell, all, the organization's first before the others."""
        found = message.beside.language
        if found in LANGUAGES:
            return (found,)
        return tuple(sorted(LANGUAGES, key=lambda lang: lang != self._first_language))

    def received(self, ticket: Ticket, message: Message, found: Found, *, late: bool, added: bool = False) -> Reply:
        """The acknowledgement of an e-mail.

        `late`: the answer to it is overdue already; `added`: it joins a request that was open.

        Its facts say which ticket a "yes" in answer to it closes (`closes`), and whether it also erases what is
        kept (`erases`); to one with `export` the channel adds the file of what is kept.
        """
        email = message.beside.email or {}
        languages = self.languages_of(message)
        key = f"email_{'added' if added else 'received'}{'_late' if late else ''}"
        written = [self._received(ticket, email, found, lang, key) for lang in languages]
        facts = ReplyFacts(
            outcome="ticket",
            language=languages[0],
            intent=found.wish,
            ticket=TicketFacts(ticket.reference, ticket.due_at.isoformat(), ticket.state, ticket.proof),
            export=found.wish == MY_DATA,
            erases=found.wish == FORGET_ME,
        )
        if found.article:
            sources = (SourceFacts(**source.as_dict(languages[0])) for source in found.article.sources)
            facts = replace(
                facts, article=found.article.id, title=found.article.title[languages[0]], sources=tuple(sources)
            )
        # A ticket that an e-mail before this one opened asks something else.
        if (found.article or found.wish) and ticket.message == message.id:
            facts = replace(facts, closes=ticket.reference)
        return Reply(_BETWEEN_LANGUAGES.join(written), (), facts.to_json(), place_below(email))

    def trouble(self, message: Message) -> Reply:
        """What one reads whose e-mail could not be worked on: fixed words, which promise no day."""
        languages = self.languages_of(message)
        custom = ReplyFacts("unanswered", languages[0], None).to_json()
        words = _BETWEEN_LANGUAGES.join(_TROUBLE[lang] for lang in languages)
        return Reply(words, (), custom, place_below(message.beside.email or {}))

    def closed(self, ticket: Ticket, message: Message) -> Reply:
        """What one reads who said that the article was enough, and may have been misunderstood."""
        text = self._texts.get("email_closed", ticket.language, reference=ticket.reference)
        return self._said(text, ticket.language, message)

    def forgotten(self, stay: list[str], message: Message) -> Reply:
        """What one reads whose e-mails were erased; `stay`: the references of the tickets still to be answered."""
        languages = self.languages_of(message)
        key = "email_forgotten_but_tickets" if stay else "email_forgotten"
        written = [self._texts.get(key, lang, references=", ".join(stay)) for lang in languages]
        return self._said(_BETWEEN_LANGUAGES.join(written), languages[0], message, tickets=tuple(stay))

    def _said(self, text: str, lang: str, message: Message, **facts: Any) -> Reply:
        custom = ReplyFacts("smalltalk", lang, None, **facts).to_json()
        return Reply(text, (), custom, place_below(message.beside.email or {}))

    def _received(self, ticket: Ticket, email: Mapping[str, Any], found: Found, lang: str, key: str) -> str:
        values = {**due_values(ticket.due_at, lang, self._zone), "reference": ticket.reference}
        paragraphs = [self._texts.get(key, lang, **values)]
        if email.get("sealed"):
            paragraphs.append(self._texts.get("email_sealed", lang))
        if refused := email.get("refused"):
            lines = [f"- {one['name']} : " if lang == "fr" else f"- {one['name']}: " for one in refused]
            whys = [self._texts.get(WHY_REFUSED[one["why"]], lang) for one in refused]
            files = "\n".join(map(str.__add__, lines, whys))
            paragraphs.append(self._texts.get("email_files_refused", lang, files=files))
        if found.wish == MY_DATA:
            paragraphs.append(self._texts.get("email_data", lang, days=self._days))
        elif found.wish == FORGET_ME:
            paragraphs.append(self._texts.get("email_forget", lang))
        elif found.article:
            paragraphs += self._given(found.article, lang, sure=found.sure)
        return "\n\n".join(paragraphs)

    def _given(self, article: Article, lang: str, *, sure: bool) -> list[str]:
        """An article word for word with its sources, and how to say that it is enough."""
        key = "email_article" if sure else "email_article_maybe"
        paragraphs = [self._texts.get(key, lang, title=article.title[lang]), article.answer[lang]]
        for source in article.sources:
            said = source.as_dict(lang)
            updated = say_weekday_and_date(date.fromisoformat(said["updated"]), lang)
            paragraphs.append(
                self._texts.get("email_source", lang, title=said["title"], section=said["section"], date=updated)
            )
        return [*paragraphs, self._texts.get("email_enough", lang)]

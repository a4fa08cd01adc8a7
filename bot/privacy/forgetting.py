"""Erases what citizens said and left: when they ask for it, and when it was kept long enough.

A conversation is erased everywhere: its messages and what belongs to them, the assistant's memory, drafts of articles
that repeat it, and e-mails in folders. A ticket that is still to be answered keeps its words.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from bot.core.db import Database
from bot.knowledge.forgetting import empty_dropped, forget_words
from bot.messages.conversation import Conversation, Reply
from bot.messages.erasing import Erased
from bot.messages.store import ConversationStore
from bot.privacy.rasa_trackers import Trackers
from bot.tickets import erasing
from bot.tickets.store import locked
from bot.tickets.ticket import CLOSED, OPEN, Ticket

log = logging.getLogger(__name__)

_AT_ONCE = 100


class MessageFiles(Protocol):
    """Copies of messages that lie outside the database."""

    def erase_of(self, erased: Erased) -> int:
        """Delete the files of these messages; return how many."""


class Forgetting:
    """Erases conversations and the words of tickets."""

    def __init__(
        self,
        database: Database,
        store: ConversationStore,
        trackers: Trackers,
        now: Callable[[], datetime],
        requests_of: Callable[[sa.Connection, str], Sequence[str]],
        files: Collection[MessageFiles] = (),
    ) -> None:
        """
        Args:
            database: of the application.
            store: of the conversations.
            trackers: Rasa's memory of conversations.
            now: the clock.
            requests_of: gives the references of other conversations' tickets to which a conversation added something.
            files: the folders with copies of messages.
        """
        self._database = database
        self._store = store
        self._trackers = trackers
        self._now = now
        self._requests_of = requests_of
        self._files = tuple(files)

    def forget(self, conversations: Sequence[Conversation], farewell: Callable[[list[str]], Reply | None]) -> list[str]:
        """Erase, at a citizen's request, all that they said in their conversations, and their tickets' words.

        A ticket that is still to be answered stays with the staff, who owe an answer. Its conversation stays too, but
        empty, so that the answer can go there. Its words go when it is answered (see `erase_wished`).

        Args:
            conversations: the citizen's conversations.
            farewell: gives the reply in the last of them, by the references of the tickets that stay; None for none.

        Returns:
            The references of the tickets that stay.
        """
        for conversation in conversations:
            self._trackers.erase(conversation.id)
        erased: list[Erased] = []
        with self._database.writing() as connection:
            now = self._now()
            # Tickets are locked before conversations wherever both are.
            tickets_of = [erasing.of_conversation(connection, conversation.id) for conversation in conversations]
            stay = sorted(ticket.reference for mine in tickets_of for ticket in mine if ticket.state == OPEN)
            for conversation, mine in zip(conversations, tickets_of):
                found = self._store.erase_within(
                    connection,
                    conversation.id,
                    keep_address=any(ticket.state == OPEN for ticket in mine),
                    farewell=farewell(stay) if conversation is conversations[-1] else None,
                    now=now,
                )
                if found is not None:
                    self._forget_words(connection, found, mine)
                    erased.append(found)
                self._erase(connection, [ticket for ticket in mine if ticket.state == CLOSED])
            erasing.mark(connection, stay, now)
        self._take_away(erased)
        return stay

    def erase_silent(self, before: datetime) -> int:
        """Erase the conversations in which nothing was said after a moment; return how many.

        A conversation with a ticket that is still to be answered stays whole.
        """
        erased, after = 0, ""
        while old := self._store.silent_since(before, after, _AT_ONCE):
            erased += sum(self._erase_silent(conversation, before) for conversation in old)
            after = old[-1].id
        return erased

    def erase_requests(self, before: datetime) -> int:
        """Erase the words and addresses of tickets that were closed before a moment; return how many tickets."""
        return self._erase_closed(before, wished=False)

    def erase_wished(self, before: datetime) -> int:
        """Do as `erase_requests`, but only for tickets whose citizens asked to be forgotten."""
        return self._erase_closed(before, wished=True)

    def erase_drafts(self, before: datetime) -> int:
        """Empty the abandoned drafts made from citizens' words before a moment; return how many."""
        with self._database.writing() as connection:
            return empty_dropped(connection, before)

    def erase_remains(self, before: datetime) -> int:
        """Erase Rasa's memory of conversations that are gone and silent since a moment; return how many."""
        remembered = self._trackers.conversations(before)
        known = self._store.presences(remembered)
        remains = [conversation_id for conversation_id in remembered if conversation_id not in known]
        for conversation_id in remains:
            self._trackers.erase(conversation_id)
        return len(remains)

    def forget_what_came_late(self, conversation_id: str, message_id: int) -> None:
        """Erase Rasa's memory of a message that was erased while Rasa was asked about it."""
        if self._store.at(conversation_id, message_id=message_id) is None:
            self._trackers.erase(conversation_id)

    def scrub(self) -> int:
        """Take erased data out of the databases' files; return how many files were written anew."""
        databases = {id(database): database for database in (self._database, self._trackers.database)}.values()
        files = [database for database in databases if database.engine.dialect.name == "sqlite"]
        done = [database.scrub() for database in files]
        if not all(done):
            log.warning("something still reads a database: its log keeps what was erased until the next time")
        return sum(done)

    def _erase_silent(self, conversation: Conversation, before: datetime) -> bool:
        with self._database.writing() as connection:
            mine = erasing.of_conversation(connection, conversation.id)
            others = locked(connection, self._requests_of(connection, conversation.id)).values()
            if any(ticket.state == OPEN for ticket in (*mine, *others)):
                return False
            erased = self._store.erase_within(
                connection, conversation.id, keep_address=False, farewell=None, now=self._now(), silent_since=before
            )
            if erased is None:
                return False
            self._forget_words(connection, erased, mine)
        # If this fails, `erase_remains` finds Rasa's memory: the conversation is gone.
        self._trackers.erase(conversation.id)
        self._delete_files(erased)
        return True

    def _erase_closed(self, before: datetime, *, wished: bool) -> int:
        erased = 0
        while True:
            with self._database.writing() as connection:
                old = erasing.erasable(connection, before, wished=wished, limit=_AT_ONCE)
                # Somebody may have opened one again since the search.
                found = [ticket for ticket in locked(connection, old).values() if ticket.state == CLOSED]
                self._erase(connection, found)
            erased += len(found)
            if len(old) < _AT_ONCE:
                return erased

    def _erase(self, connection: sa.Connection, closed: Collection[Ticket]) -> None:
        for ticket in closed:
            forget_words(connection, [ticket.question], references=[ticket.reference], messages=())
        erasing.erase(connection, closed, self._now())

    def _forget_words(self, connection: sa.Connection, erased: Erased, mine: Collection[Ticket]) -> None:
        # An open ticket's draft may keep what the ticket keeps.
        references = [ticket.reference for ticket in mine if ticket.state == CLOSED]
        forget_words(connection, list(erased.texts.values()), references=references, messages=list(erased.texts))

    def _take_away(self, erased: Sequence[Erased]) -> None:
        """Take what is erased in the tables out of files too: now if possible, or else in the next night's run."""
        for one in erased:
            self._delete_files(one)
        try:
            for database in (self._database, self._trackers.database):
                database.drop_log()
        except SQLAlchemyError as error:
            log.info("the databases' logs are emptied later (%s)", type(error).__name__)

    def _delete_files(self, erased: Erased) -> None:
        for files in self._files:
            try:
                files.erase_of(erased)
            except OSError as error:
                log.error("files of a conversation that was erased could not be deleted (%s)", type(error).__name__)

"""The entry of e-mail: threads and files of its own, turns of its own, and the way to addresses for all channels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from typing import Any, ClassVar

import sqlalchemy as sa

from bot.channels.channel import Channel, Desk, Duty, Reach
from bot.channels.email import CHANNEL
from bot.channels.email.folders import TAKEN, MailFolder
from bot.channels.email.mailboxes import make_mailbox
from bot.channels.email.notices import NoticeMailer, Recipient
from bot.channels.email.own_data import MailedData
from bot.channels.email.receiving import Collector, EmailChannel
from bot.channels.email.sending import EmailSender
from bot.channels.email.stored_files import Files
from bot.channels.email.threads import EmailThreads, adds_to_open, place_below, place_of_answer, requests_of
from bot.channels.email.transports import Transport, make_transport
from bot.channels.email.turn import EmailTurns
from bot.core.texts import LANGUAGES
from bot.messages.conversation import Conversation
from bot.privacy.retention import Eraser
from bot.tickets.ticket import Ticket


class Email(Channel):
    """E-mails: each is a request, or belongs to one; answers go out below the e-mail that they answer."""

    name = CHANNEL
    label: ClassVar = {"fr": "Courriel", "en": "E-mail"}
    carries_to_addresses = True
    patient = True

    def __init__(self, desk: Desk, transport: Transport | None = None, silence: float = 300.0) -> None:
        """
        Args:
            desk: the parts of the process.
            transport: carries e-mails out, unless the settings tell.
            silence: seconds for which e-mails wait for an assistant that is not there.
        """
        super().__init__(desk)
        self._given = transport
        self._silence = silence

    @cached_property
    def threads(self) -> EmailThreads:
        """Which e-mail belongs where."""
        return EmailThreads(self.desk.database)

    @cached_property
    def files(self) -> Files:
        """What came attached to e-mails."""
        return Files(self.desk.database)

    @cached_property
    def own_data(self) -> MailedData:
        """What is kept of those who write."""
        return MailedData(self.threads, self.desk.export, self.desk.forgetting)

    @cached_property
    def sender(self) -> EmailSender:
        """Carries messages to addresses."""
        return EmailSender(self._transport, self.desk.texts, self.desk.settings, self.own_data.of)

    @cached_property
    def turns(self) -> EmailTurns:
        """Takes the turns of e-mails."""
        desk = self.desk
        return EmailTurns(
            desk.assistant,
            desk.articles,
            desk.conversations,
            self.threads,
            desk.tickets,
            desk.answers,
            self.own_data,
            desk.texts,
            first_language=desk.organization.first_language,
            an_hour=desk.settings.mail_acknowledged,
            days=desk.settings.transcript_days,
            silence=self._silence,
        )

    @cached_property
    def receiver(self) -> EmailChannel:
        """Takes e-mails in."""
        desk = self.desk
        below_ours = [desk.texts.get("email_signature", language) for language in LANGUAGES]
        return EmailChannel(
            desk.pipeline.accept,
            self.threads,
            desk.language_of,
            desk.settings,
            desk.now,
            below_ours,
            self.turns.thread_named,
        )

    def duties(self) -> list[Duty]:
        """Collecting e-mails, and mailing the staff's warnings."""
        desk = self.desk
        collector = Collector(
            make_mailbox(desk.settings, self.threads),
            self.receiver.receive,
            desk.lease("collect email"),
            seconds=desk.settings.imap_poll_seconds,
        )
        return [collector.run, partial(self._mailer.run, desk.lease("mail notices"))]

    def reach(self, conversation: Conversation) -> Reach:
        """The address that wrote last."""
        below = self.threads.last_email(conversation.id)
        return Reach(False, below.get("sender") if below else None)

    def place_of_reply(self, conversation: Conversation, address: str | None) -> Mapping[str, Any] | None:
        """Below the citizen's last e-mail."""
        below = self.threads.last_email(conversation.id)
        return place_below(below, address) if below else None

    def place_of_answer(self, connection: sa.Connection, ticket: Ticket) -> Mapping[str, Any] | None:
        """Below the last e-mail of the ticket's citizen, None if none came."""
        return place_of_answer(connection, ticket)

    def still_needs(self, conversation: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        """Whether e-mails of a conversation were added to an open request of another."""
        return adds_to_open(conversation)

    def requests_of(self, connection: sa.Connection, conversation_id: str) -> Sequence[str]:
        """The references of requests left elsewhere to which e-mails of a conversation were added."""
        return requests_of(connection, conversation_id)

    def folders(self) -> tuple[MailFolder, ...]:
        """The folders of this machine where e-mails go out and come in, if no server is set."""
        return (self._out, self._in)

    def erasers(self) -> list[Eraser]:
        """Attachments, and e-mails in folders."""
        settings = self.desk.settings
        return [
            Eraser("attachments", settings.attachment_days, self.files.erase_old),
            Eraser("mails", settings.mail_days, self._out.erase_old),
            Eraser("mails_in", settings.mail_days, self._in.erase_old),
        ]

    @cached_property
    def _transport(self) -> Transport:
        return self._given or make_transport(self.desk.settings)

    @cached_property
    def _mailer(self) -> NoticeMailer:
        desk = self.desk
        return NoticeMailer(
            desk.notices,
            desk.tickets.store,
            self._transport,
            self._recipient,
            desk.texts,
            desk.calendar,
            desk.settings.mail_from,
            desk.now,
        )

    def _recipient(self, name: str) -> Recipient | None:
        """Where an officer is written to; None without an address, or if they have left."""
        officer = self.desk.people.by_name(name)
        if officer is None or not officer.active or officer.email is None:
            return None
        return Recipient(officer.email, officer.language)

    @cached_property
    def _out(self) -> MailFolder:
        return MailFolder(self.desk.settings.mail_dir)

    @cached_property
    def _in(self) -> MailFolder:
        return MailFolder(self.desk.settings.mail_in_dir, TAKEN)

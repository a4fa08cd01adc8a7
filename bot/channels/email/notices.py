"""Warnings to staff by e-mail: which request, how near its due moment, and where to look at it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage

from bot.channels.email.transports import Transport
from bot.channels.email.writing import POLICY, recipient
from bot.core.leases import Lease
from bot.core.texts import Texts
from bot.messages.delivery import DeliveryError, Permanent
from bot.promises.calendar import Calendar
from bot.promises.warnings import HALF, LATE, ONE_DAY, TODAY
from bot.tickets.notices import Notice, NoticeStore
from bot.tickets.offers import due_values
from bot.tickets.store import TicketStore
from bot.tickets.ticket import OPEN

log = logging.getLogger(__name__)

LOOK_SECONDS = 10.0
# The subject and the body of each warning.
WORDS = {
    HALF: ("notice_half_subject", "notice_half"),
    ONE_DAY: ("notice_one_day_subject", "notice_one_day"),
    TODAY: ("notice_today_subject", "notice_today"),
    LATE: ("notice_late_subject", "notice_late"),
}


@dataclass(frozen=True)
class Recipient:
    """Where an officer is written to, and in which language."""

    address: str
    language: str


class NoticeMailer:
    """Mails the notices of officers who have an address; a request that is closed meanwhile needs no more of them."""

    def __init__(
        self,
        notices: NoticeStore,
        tickets: TicketStore,
        transport: Transport,
        recipient_of: Callable[[str], Recipient | None],
        texts: Texts,
        calendar: Calendar,
        sender: str,
        now: Callable[[], datetime],
    ) -> None:
        """`recipient_of(name)`: of an officer, None without an address; `sender`: the address that they come from."""
        self._notices = notices
        self._tickets = tickets
        self._transport = transport
        self._recipient_of = recipient_of
        self._texts = texts
        self._calendar = calendar
        self._sender = sender
        self._now = now

    async def run(self, lease: Lease) -> None:
        """Look now and then, until cancelled."""
        await lease.serve(self.mail, LOOK_SECONDS, "no warning was mailed")

    def mail(self) -> int:
        """Mail what is due to be mailed; how many the mail server took."""
        sent = 0
        for notice in self._notices.to_mail(self._now()):
            ticket = self._tickets.find(notice.reference)
            to = self._recipient_of(notice.officer)
            if ticket is None or ticket.state != OPEN or to is None or notice.seen_at is not None:
                self._notices.mailed(notice)
                continue
            mail = self._write(notice, ticket.due_at, to)
            try:
                self._transport.deliver(to.address, mail)
            except Permanent as error:
                log.error("a warning to an officer cannot be mailed (%s)", error)
                self._notices.mailed(notice)
            except DeliveryError as error:
                log.warning("a warning to an officer could not be mailed (%s); it is tried again", error)
                self._notices.not_mailed(notice, self._now())
            else:
                self._notices.mailed(notice)
                sent += 1
        return sent

    def _write(self, notice: Notice, due_at: datetime, to: Recipient) -> EmailMessage:
        values = {**due_values(due_at, to.language, self._calendar.zone), "reference": notice.reference}
        mail = EmailMessage(policy=POLICY)
        mail["From"] = self._sender
        mail["To"] = recipient(to.address)
        mail["Date"] = self._now()
        mail["Message-ID"] = f"<guichet-notice-{notice.id}@{self._sender.partition('@')[2]}>"
        subject, body = (self._texts.get(key, to.language, **values) for key in WORDS[notice.level])
        mail["Subject"] = subject
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content(body + "\n", cte="quoted-printable")
        return mail

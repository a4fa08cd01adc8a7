"""Messages out by e-mail: their form, and the threads that hand them over."""

from __future__ import annotations

import asyncio
import copy
import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any

from starlette.concurrency import run_in_threadpool

from bot.channels.email import CHANNEL
from bot.channels.email.threads import our_name
from bot.channels.email.transports import Transport
from bot.channels.email.writing import POLICY, message_ids, recipient
from bot.core.settings import Settings
from bot.core.texts import Texts
from bot.core.written import on_one_line
from bot.messages.conversation import OFFICER, Message
from bot.messages.delivery import Permanent, Transient

_CONNECTIONS = 4  # at a time; servers refuse many from one client


@dataclass(frozen=True)
class Part:
    """An e-mail that lacks only its recipient; `data`: the name of a file of what is kept of them."""

    mail: EmailMessage
    data: str | None = None


class EmailSender:
    """Delivers messages (a `PushChannel`), each as one e-mail in plain text.

    A message's `detail["email"]` says where in a thread it stands: `subject`, `in_reply_to` (the name of
    the e-mail that it answers, or None) and `references` (the names of those before it, oldest first).
    All three may be missing; what is no name of an e-mail is left out.
    """

    name = CHANNEL
    per_second = 5.0
    address_per_second = 1.0

    def __init__(
        self, transport: Transport, texts: Texts, settings: Settings, export: Callable[[str], dict[str, Any]]
    ) -> None:
        """Threads of its own carry the e-mails: a slow server must not take those of the database.

        `export`: what is kept of an address.
        """
        self._export = export
        self._transport = transport
        self._texts = texts
        self._sender = settings.mail_from
        self._patience = settings.smtp_timeout
        self._threads = ThreadPoolExecutor(_CONNECTIONS, thread_name_prefix="email")

    def parts(self, message: Message, language: str) -> list[Part]:
        """The message as one e-mail that lacks only its recipient.

        It bears the same name (Message-ID) at each try, so that mail programs show a duplicate once.
        """
        lang = message.facts.language or language
        place: dict[str, Any] = message.beside.email or {}
        mail = EmailMessage(policy=POLICY)
        mail["From"] = self._sender
        mail["Date"] = message.at
        mail["Message-ID"] = our_name(message.id, message.conversation_id, self._sender.partition("@")[2])
        mail["Subject"] = on_one_line(place.get("subject") or "") or on_one_line(self._texts.get("email_subject", lang))
        if answered := message_ids([place.get("in_reply_to")]):
            mail["In-Reply-To"] = answered
        if before := message_ids(place.get("references") or ()):
            mail["References"] = before
        if message.author != OFFICER:
            mail["Auto-Submitted"] = "auto-replied"  # other machines do not answer it (RFC 3834)
            # As Exchange has it: nothing but the news that it did not arrive.
            mail["X-Auto-Response-Suppress"] = "DR, RN, NRN, OOF, AutoReply"
        mail.set_content(self._body(message, lang), cte="quoted-printable")
        file = f"{self._texts.get('widget_my_data_file', lang)}.json" if message.facts.export else None
        return [Part(mail, file)]

    async def send(self, address: str, part: Part) -> None:
        """Deliver one e-mail.

        Raises:
            DeliveryError: one of its kinds.
        """
        try:
            to = recipient(address)
        except ValueError:
            raise Permanent("bad address") from None
        mail = copy.deepcopy(part.mail)
        mail["To"] = to
        if part.data:
            # Read now: it is as of the moment at which it goes out, is of nobody but whom it goes to, and is kept
            # nowhere else.
            kept = await run_in_threadpool(self._export, address)
            content = json.dumps(kept, ensure_ascii=False, indent=1).encode()
            mail.add_attachment(content, maintype="application", subtype="json", filename=part.data)
        await self._carried(lambda: self._transport.deliver(f"{to.username}@{to.domain}", mail))

    async def probe(self) -> None:
        """Ask the transport for a sign of life.

        Raises:
            DeliveryError: one of its kinds.
        """
        await self._carried(self._transport.probe)

    def _body(self, message: Message, lang: str) -> str:
        paragraphs = [message.text]
        if name := message.beside.name:
            paragraphs.append(name)
        # Mail programs know a signature by the line above it, and leave it out of answers (RFC 3676).
        paragraphs.append("-- \n" + self._texts.get("email_signature", lang))
        return "\n\n".join(paragraphs) + "\n"

    async def _carried(self, call: Callable[[], None]) -> None:
        """Run `call` in a thread; not at all if none is free for long: by then the duty may be another's."""
        asked_at = time.monotonic()

        def in_turn() -> None:
            if time.monotonic() - asked_at >= self._patience:
                raise Transient("all connections busy")
            call()

        await asyncio.get_running_loop().run_in_executor(self._threads, in_turn)

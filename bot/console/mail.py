"""What came by e-mail beside words: files to download, and the e-mails that nobody answers."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import Route

from bot.channels.email.stored_files import Files
from bot.channels.email.threads import EmailThreads
from bot.channels.email.turn import EmailTurns
from bot.console.access import Access
from bot.console.context import HOME, Context
from bot.staff.journal import Journal
from bot.staff.officer import CONVERSATIONS, TICKETS


class MailPages:
    """The pages of e-mails and their files."""

    def __init__(
        self,
        access: Access,
        email_threads: EmailThreads,
        email_turns: EmailTurns,
        files: Files,
        journal: Journal,
    ) -> None:
        self._access = access
        self._email_threads = email_threads
        self._email_turns = email_turns
        self._files = files
        self._journal = journal

    def routes(self) -> list[Route]:
        """The routes, for those who may work with conversations, or with tickets."""
        return [
            self._access.get("/mail", self.show, CONVERSATIONS),
            self._access.post("/mail/{number:int}/open", self.open, TICKETS),
            self._access.get("/attachments/{number:int}", self.download, CONVERSATIONS),
        ]

    def show(self, context: Context) -> Response:
        """The e-mails that no person is taken to have written, and those that could not be read."""
        return context.page("mail.html", rows=self._email_threads.aside())

    def open(self, context: Context) -> Response:
        """A person did write it: it is a request, by the day on which it came; no acknowledgement goes out."""
        message = self._email_threads.find(context.path["number"])
        if message is None:
            raise LookupError("no such e-mail")
        ticket = self._email_turns.open(message, message.detail.get("email") or {})
        self._email_threads.take_from_aside(message.id)
        self._journal.note(context.officer, "mail_opened", f"ticket {ticket.reference}")
        return context.to(f"{HOME}/tickets/{ticket.reference}", done="mail_opened")

    def download(self, context: Context) -> Response:
        """A file, to be kept and not shown: no browser makes a page of it."""
        number = context.path["number"]
        found = self._files.get(number)
        if found is None:
            raise LookupError("no such file")
        file, conversation = found
        self._journal.note(context.officer, "downloaded", f"conversation {conversation}", attachment=number)
        plain = "".join(ch if ch.isascii() and ch.isprintable() and ch not in '"\\%' else "_" for ch in file.name)
        headers = {
            # Both forms (RFC 6266): old programs read the first.
            "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe='')}",
            "Cache-Control": "no-store",
        }
        return Response(file.content, media_type=file.kind, headers=headers)

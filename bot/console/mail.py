"""What came by e-mail beside words: files to download, and the e-mails that nobody answers."""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import Route

from bot.channels.email.stored_files import Files
from bot.channels.email.threads import Correspondence
from bot.channels.email.turn import Correspondent
from bot.console.access import Access
from bot.console.context import HOME, Visit
from bot.staff.journal import Journal
from bot.staff.officer import CONVERSATIONS, TICKETS


class Mailroom:
    """The pages of e-mails and their files."""

    def __init__(
        self,
        access: Access,
        correspondence: Correspondence,
        correspondent: Correspondent,
        files: Files,
        journal: Journal,
    ) -> None:
        self._access = access
        self._correspondence = correspondence
        self._correspondent = correspondent
        self._files = files
        self._journal = journal

    def routes(self) -> list[Route]:
        """The routes, for those who may work with conversations, or with tickets."""
        return [
            self._access.get("/mail", self.show, CONVERSATIONS),
            self._access.post("/mail/{number:int}/open", self.open, TICKETS),
            self._access.get("/attachments/{number:int}", self.download, CONVERSATIONS),
        ]

    def show(self, visit: Visit) -> Response:
        """The e-mails that no person is taken to have written, and those that could not be read."""
        return visit.page("mail.html", rows=self._correspondence.aside())

    def open(self, visit: Visit) -> Response:
        """A person did write it: it is a request, by the day on which it came; no acknowledgement goes out."""
        message = self._correspondence.find(visit.path["number"])
        if message is None:
            raise LookupError("no such e-mail")
        ticket = self._correspondent.open(message, message.detail.get("email") or {})
        self._correspondence.take_from_aside(message.id)
        self._journal.note(visit.officer, "mail_opened", f"ticket {ticket.reference}")
        return visit.to(f"{HOME}/tickets/{ticket.reference}", done="mail_opened")

    def download(self, visit: Visit) -> Response:
        """A file, to be kept and not shown: no browser makes a page of it."""
        number = visit.path["number"]
        found = self._files.get(number)
        if found is None:
            raise LookupError("no such file")
        file, conversation = found
        self._journal.note(visit.officer, "downloaded", f"conversation {conversation}", attachment=number)
        plain = "".join(ch if ch.isascii() and ch.isprintable() and ch not in '"\\%' else "_" for ch in file.name)
        headers = {
            # Both forms (RFC 6266): old programs read the first.
            "Content-Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file.name, safe='')}",
            "Cache-Control": "no-store",
        }
        return Response(file.content, media_type=file.kind, headers=headers)

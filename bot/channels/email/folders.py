"""E-mails that lie in a folder of this machine (a Maildir): erased with their conversations, and by their age."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Iterator
from contextlib import suppress
from datetime import datetime, timezone
from pathlib import Path

from bot.channels.email.headers import identity_of
from bot.messages.erasing import Erased

ALL = ("new", "cur", "tmp")
TAKEN = ("cur",)  # of a folder of incoming e-mails: what lies in new/ has yet to be taken in
_OURS = re.compile(rb"^Message-ID:\s*<guichet-([0-9]{1,18})[.@]", re.IGNORECASE | re.MULTILINE)
_HEAD = 65536  # bytes in which the name of an e-mail is looked for


class MailFolder:
    """A folder of e-mails; what somebody else takes away at the same time is gone as well."""

    def __init__(self, folder: Path, parts: Collection[str] = ALL) -> None:
        """`parts`: of the folder, in which e-mails grow old."""
        self._folder = folder
        self._parts = tuple(parts)

    def erase_old(self, before: datetime) -> int:
        """Delete the e-mails that were put there before a moment; how many."""
        old = []
        for path in self._files(self._parts):
            with suppress(FileNotFoundError):
                if datetime.fromtimestamp(path.stat().st_mtime, timezone.utc) <= before:
                    old.append(path)
        return self._delete(old)

    def erase_of(self, erased: Erased) -> int:
        """Delete the e-mails that carry these messages out, or brought them in; how many."""
        # One by one: what is moved from new/ to cur/ meanwhile is found there.
        return sum(self._delete([path]) for path in self._files(ALL) if self._is_of(path, erased))

    def _is_of(self, path: Path, erased: Erased) -> bool:
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return False
        ours = _OURS.search(content[:_HEAD])
        if ours and int(ours[1]) in erased.texts:
            return True
        if not erased.external_ids:
            return False
        # What comes in is known to the inbox by the first, and what cannot be read by the second.
        return not erased.external_ids.isdisjoint((identity_of(content), hashlib.sha256(content).hexdigest()))

    def _files(self, parts: Collection[str]) -> Iterator[Path]:
        for part in parts:
            with suppress(FileNotFoundError):
                yield from [path for path in (self._folder / part).iterdir() if path.is_file()]

    @staticmethod
    def _delete(paths: Collection[Path]) -> int:
        deleted = 0
        for path in paths:
            with suppress(FileNotFoundError):
                path.unlink()
                deleted += 1
        return deleted

"""winmail.dat: what Outlook packs into one file (TNEF) for another Outlook, opened."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from tnefparse import TNEF
from tnefparse.tnef import TNEFAttachment

from bot.channels.email.attachments import Attachment

# It tells of what it does not know, and may quote what it reads.
logging.getLogger("tnefparse").setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True)
class Unpacked:
    """What was packed: files, and the words where they came along in plain text."""

    attachments: list[Attachment]
    text: str


def unpacked(content: bytes) -> Unpacked | None:
    """What such a file holds; None if it cannot be opened."""
    try:
        found = TNEF(content, do_checksum=False)
        files = [Attachment(_name(one), bytes(one.data or b"")) for one in found.attachments]
        body = getattr(found, "body", None) or b""
        text = body.decode("cp1252", "replace") if isinstance(body, bytes) else str(body)
    except Exception:  # noqa: BLE001 - whatever it cannot take stays the file that it is
        return None
    return Unpacked(files, text.replace("\0", "").strip())


def _name(attachment: TNEFAttachment) -> str:
    try:
        name = attachment.long_filename()
    except UnicodeDecodeError:  # of a system whose names are not UTF-8
        return ""
    return (name.decode("cp1252", "replace") if isinstance(name, bytes) else str(name)).strip("\0 ")

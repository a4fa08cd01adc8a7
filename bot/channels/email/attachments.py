"""What is attached to an e-mail: which files the desk takes, by what they hold, and under which names."""

from __future__ import annotations

import io
import re
import unicodedata
import zipfile
from collections.abc import Collection, Iterable
from dataclasses import dataclass

import filetype

from bot.channels.email.stored_files import File, Refusal
from bot.core.settings import SettingsError
from bot.core.written import on_one_line

# Type by the content → the endings of names that say the same; the first is added to a name that says otherwise.
ENDINGS = {
    "application/pdf": ("pdf",),
    "image/jpeg": ("jpg", "jpeg", "jpe", "jfif"),
    "image/png": ("png",),
    "image/gif": ("gif",),
    "image/tiff": ("tif", "tiff"),
    "image/webp": ("webp",),
    "image/heic": ("heic", "heif"),
    "image/bmp": ("bmp",),
    "application/rtf": ("rtf",),
    "application/msword": ("doc",),
    "application/vnd.ms-excel": ("xls",),
    "application/vnd.ms-powerpoint": ("ppt",),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ("docx",),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ("xlsx",),
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ("pptx",),
    "application/vnd.oasis.opendocument.text": ("odt",),
    "application/vnd.oasis.opendocument.spreadsheet": ("ods",),
    "application/vnd.oasis.opendocument.presentation": ("odp",),
    "application/zip": ("zip",),
    # Nothing that a program would run when it is opened by its name.
    "text/plain": ("txt", "text", "csv", "md", "log", "eml", "ics", "vcf", "asc"),
}
_OFFICE = {"word/": "wordprocessingml.document", "xl/": "spreadsheetml.sheet", "ppt/": "presentationml.presentation"}
_MACROS = re.compile(r"vbaProject|macrosheets|Basic/", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[\\/:*?"<>|]+')
_LONGEST_NAME = 120
_MOST = 100  # files of one e-mail
_CONTROL = frozenset(range(32)) - frozenset(b"\t\n\f\r\x1b")
# What a file is that is not taken, by the beginning of its type, for the officer who asks for another.
_WHAT = {
    "image/": "image",
    "audio/": "sound",
    "video/": "video",
    "font/": "font",
    "application/x-msdownload": "program",
    "application/x-executable": "program",
    "application/x-shockwave-flash": "program",
    "application/x-deb": "program",
    "application/x-rpm": "program",
    "application/epub": "book",
    "application/pdf": "document",
    "application/rtf": "document",
    "application/ms": "document",
    "application/vnd.": "document",
    "application/postscript": "document",
    "text/": "text",
    "application/": "archive",  # whatever else is known: zip, tar, 7z, rar, cab…
}
_WINMAIL = b"\x78\x9f\x3e\x22"  # what begins a TNEF of Outlook's
_TYPE_ENTRY = 100  # bytes of an archive's entry that names its type


@dataclass(frozen=True)
class Attachment:
    """A file of an e-mail. `whole`: False if it was cut off on the way."""

    name: str
    content: bytes
    whole: bool = True


def types_of(names: str) -> frozenset[str]:
    """The types of a list of endings with commas, as the settings have it.

    Raises:
        SettingsError: one of them is not known.
    """
    kinds = {ending: kind for kind, endings in ENDINGS.items() for ending in endings}
    wanted = [name for name in map(str.strip, names.lower().split(",")) if name]
    unknown = [name for name in wanted if name not in kinds]
    if unknown:
        known = ", ".join(endings[0] for endings in ENDINGS.values())
        raise SettingsError(f"GUICHET_ATTACHMENT_TYPES: {unknown[0]!r} is not known; known: {known}")
    return frozenset(kinds[name] for name in wanted)


def sort_out(
    attachments: Iterable[Attachment], *, each: int, together: int, allowed: Collection[str]
) -> tuple[list[File], list[Refusal]]:
    """Which attachments are kept, and which not and why ("size", "total", "type", "empty" or "many").

    Args:
        attachments: of one e-mail.
        each, together: the most bytes of one, and of all that are kept.
        allowed: the types that are taken.
    """
    kept: list[File] = []
    refused: list[Refusal] = []
    size = 0
    for attachment in attachments:
        kind = content_type(attachment.content)
        name = file_name(attachment.name, kind)
        why = None
        if not attachment.content:
            why = "empty"
        elif not attachment.whole or len(attachment.content) > each:
            why = "size"
        elif kind not in allowed:
            why = "type"
        elif size + len(attachment.content) > together:
            why = "total"
        elif len(kept) >= _MOST:
            why = "many"
        if why:
            refused.append(Refusal(name, why, what_is(attachment.content, kind), len(attachment.content)))
            continue
        size += len(attachment.content)
        kept.append(File(name, str(kind), attachment.content))
    return kept, refused


def content_type(content: bytes) -> str | None:
    """The type of a file by what it holds, one of `ENDINGS`; None if it is of no other that is known."""
    if content.startswith(b"PK"):
        return _zipped(content)
    # Before the signs of binary files, some of which are two letters. These two are written in letters too.
    if content and not _CONTROL.intersection(content) and not content.startswith((b"%PDF-", b"{\\rtf")):
        return "text/plain"
    found = filetype.guess_mime(content)
    return str(found) if found in ENDINGS else None


def is_tnef(content: bytes) -> bool:
    """Whether these bytes are what Outlook packs for another Outlook (TNEF), called winmail.dat."""
    return content.startswith(_WINMAIL)


def what_is(content: bytes, kind: str | None) -> str | None:
    """A word for what a file is, by what it holds; None where nothing is known of it.

    `kind`: its type as `content_type` has it.
    """
    if is_tnef(content):
        return "winmail"
    if kind is None and content.startswith(b"PK") and _holds_macros(content):
        return "macros"
    found = kind or filetype.guess_mime(content) or ""
    return next((what for begins, what in _WHAT.items() if found.startswith(begins)), None)


def file_name(given: str, kind: str | None) -> str:
    """A name that any system takes, whose ending says what the file holds."""
    last = _FORBIDDEN.sub(" ", given.replace("\\", "/").rpartition("/")[2])
    # Signs that turn the direction of writing hide an ending.
    shown = "".join(ch for ch in on_one_line(last) if unicodedata.category(ch) != "Cf")
    name = shown.strip(". ")[-_LONGEST_NAME:]
    endings = ENDINGS.get(kind or "")
    if not name:
        name = "attachment"
    if endings and name.rpartition(".")[2].lower() not in endings:
        name = f"{name}.{endings[0]}"
    return name


def _holds_macros(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return any(map(_MACROS.search, archive.namelist()))
    except Exception:  # noqa: BLE001 - what cannot be opened holds nothing that is known
        return False


def _zipped(content: bytes) -> str | None:
    """The type of an archive: a document of an office program, without macros, or any other archive."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            kind = ""
            if names[:1] == ["mimetype"]:
                with archive.open("mimetype") as entry:
                    kind = entry.read(_TYPE_ENTRY).decode("ascii")
    except Exception:  # noqa: BLE001 - what cannot be opened is no archive
        return None
    if any(map(_MACROS.search, names)):
        return None
    if kind:
        return kind if kind in ENDINGS else None
    if "[Content_Types].xml" in names:
        begins = "application/vnd.openxmlformats-officedocument."
        return next((begins + of for at, of in _OFFICE.items() if any(n.startswith(at) for n in names)), None)
    return "application/zip"

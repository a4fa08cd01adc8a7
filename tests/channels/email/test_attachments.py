"""Which files the desk takes: by what they hold, never by what they are called."""

from __future__ import annotations

import io
import zipfile

import pytest

from bot.channels.email.attachments import Attachment, content_type, file_name, sort_out, types_of, what_is
from bot.channels.email.stored_files import File, Refusal
from bot.core.settings import Settings, SettingsError
from tests.channels.email.letters import PDF, PNG

ALLOWED = types_of(Settings().attachment_types)
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def zipped(*names: str, first: tuple[str, str] | None = None) -> bytes:
    """An archive of empty files; `first`: one with a content before them.

    Its files are of no hour: the names of the tests hold its bytes, and must be the same in each process.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in (*([first] if first else []), *((name, "") for name in names)):
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "content, expected",
    [
        (PDF, "application/pdf"),
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 50, "image/jpeg"),
        (b"GIF89a" + b"\0" * 50, "image/gif"),
        (b"II*\0" + b"\0" * 50, "image/tiff"),
        (b"{\\rtf1 bonjour}", "application/rtf"),
        (b"un,deux\n3,4\n", "text/plain"),
        ("été".encode("cp1252"), "text/plain"),
        (b"BM sont mes initiales", "text/plain"),
        (b"<html><script>x</script>", "text/plain"),
        (zipped("[Content_Types].xml", "word/document.xml"), DOCX),
        (
            zipped(first=("mimetype", "application/vnd.oasis.opendocument.text")),
            "application/vnd.oasis.opendocument.text",
        ),
        (zipped("a.txt"), "application/zip"),
        (zipped("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), None),
        (zipped(first=("mimetype", "application/x-evil")), None),
        (zipped(first=("mimetype", "x" * 50_000_000)), None),
        (b"PK\x03\x04 broken", None),
        (b"MZ\x90\0" + b"\0" * 50, None),
        (b"\x7fELF" + b"\0" * 50, None),
        (b"\0\1\2", None),
        (b"", None),
    ],
)
def test_the_type_is_that_of_the_content(content: bytes, expected: str | None) -> None:
    """Signs of the content decide; documents with macros and programs are of no type."""
    assert content_type(content) == expected


@pytest.mark.parametrize(
    "given, kind, expected",
    [
        ("cv.pdf", "application/pdf", "cv.pdf"),
        ("CV.PDF", "application/pdf", "CV.PDF"),
        ("photo.jpeg", "image/jpeg", "photo.jpeg"),
        ("cv.exe", "application/pdf", "cv.exe.pdf"),
        ("page.html", "text/plain", "page.html.txt"),
        ("../../etc/passwd", "text/plain", "passwd.txt"),
        ("C:\\Users\\ana\\cv.pdf", "application/pdf", "cv.pdf"),
        ("a\r\nb\0.pdf", "application/pdf", "a b.pdf"),
        ("", "application/pdf", "attachment.pdf"),
        ("...", None, "attachment"),
        ("rapport‮fdp.exe", None, "rapportfdp.exe"),
        ("x" * 500 + ".pdf", "application/pdf", "x" * 116 + ".pdf"),
    ],
)
def test_names_are_safe(given: str, kind: str | None, expected: str) -> None:
    """No folders, no control signs, and an ending that says what the file holds."""
    assert file_name(given, kind) == expected


@pytest.mark.parametrize(
    "content, expected",
    [
        (b"MZ\x90\0" + b"\0" * 50, "program"),
        (b"\x7fELF" + b"\0" * 50, "program"),
        (b"ID3" + b"\0" * 50, "sound"),
        (b"\0\0\0\x18ftypmp42" + b"\0" * 20, "video"),
        (b"Rar!\x1a\x07\0" + b"\0" * 10, "archive"),
        (zipped("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"), "macros"),
        (zipped(first=("mimetype", "application/x-evil")), "archive"),
        (b"PK\x03\x04 broken", "archive"),
        (zipped("a.txt"), "archive"),
        (b"\x78\x9f\x3e\x22 broken", "winmail"),
        (PDF, "document"),
        (PNG, "image"),
        (b"un,deux", "text"),
        (b"\0\1\2", None),
        (b"", None),
    ],
)
def test_what_is_not_kept_is_told_to_staff(content: bytes, expected: str | None) -> None:
    """By what it holds: they may have to ask for it in another form."""
    assert what_is(content, content_type(content)) == expected


def test_limits() -> None:
    """Each file, all together, and the types that are taken; what is refused is named with the reason."""
    given = [
        Attachment("a.pdf", PDF),
        Attachment("b.exe", b"MZ\0"),
        Attachment("c.txt", b"x" * 1001),
        Attachment("d.txt", b""),
        Attachment("e.txt", b"x" * 1000),
        Attachment("f.png", PNG, whole=False),
        Attachment("g.png", PNG),
    ]
    kept, refused = sort_out(given, each=1000, together=1100, allowed=ALLOWED)
    assert kept == [File("a.pdf", "application/pdf", PDF), File("e.txt", "text/plain", b"x" * 1000)]
    assert refused == [
        Refusal("b.exe", "type", "program", 3),
        Refusal("c.txt", "size", "text", 1001),
        Refusal("d.txt", "empty", None, 0),
        Refusal("f.png", "size", "image", len(PNG)),
        Refusal("g.png", "total", "image", len(PNG)),
    ]
    assert sort_out([Attachment("a.pdf", PDF)], each=1000, together=1000, allowed={"image/png"}) == (
        [],
        [Refusal("a.pdf", "type", "document", len(PDF))],
    )
    kept, refused = sort_out([Attachment("a", b"a")] * 101, each=9, together=999, allowed=ALLOWED)
    assert (len(kept), refused) == (100, [Refusal("a.txt", "many", "text", 1)])


def test_types_are_named_by_their_endings() -> None:
    """The settings name types as people do; one that is not known stops the start."""
    assert types_of("pdf, JPEG,") == {"application/pdf", "image/jpeg"}
    assert "application/zip" not in ALLOWED
    with pytest.raises(SettingsError, match="GUICHET_ATTACHMENT_TYPES: 'exe' is not known"):
        types_of("pdf,exe")

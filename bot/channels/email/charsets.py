"""Bytes of the real world as text: what they say of their charset, and what they are."""

from __future__ import annotations

import base64
import binascii
import codecs
import quopri
import re

from charset_normalizer import from_bytes

_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# Python knows them as charsets; in e-mails they are none, and some take long.
_NEVER = {"idna", "punycode", "undefined", "unicode-escape", "raw-unicode-escape"}
# What says that it is Latin-1 or ASCII is Windows' charset where it differs, as browsers take it.
_WINDOWS = {"ascii", "iso8859-1", "cp1252"}
_FRENCH = frozenset("àâäæçéèêëîïôöœùûüÿÀÂÄÆÇÉÈÊËÎÏÔÖŒÙÛÜŸ«»’‘“”–—…€\u00a0°•ñÑ²³½¼¾©®™ª")
_AS_WINDOWS = "guichet.windows"
_FEWEST_TELLING = 4  # letters beyond ASCII
_SAMPLE = 20_000  # bytes from which a charset is guessed
_WORD = re.compile(r"=\?([^?\s]{1,60})\?([bBqQ])\?([^?]*)\?=")
_BETWEEN_WORDS = re.compile(r"(\?=)\s+(?==\?)")


def decoded(content: bytes, declared: str | None = None) -> str:
    """`content` as text, by what it says of itself if that is true, else by what it is; NULs left out."""
    for bom, charset in _BOMS:
        if content.startswith(bom):
            return content.decode(charset, "replace").replace("\0", "")
    found = None
    name = _codec(declared)
    if name and name not in _WINDOWS:
        found = _strictly(content, name)
    if found is None:
        found = _strictly(content, "utf-8")
    if found is None:
        found = _mostly_utf8(content)
    if found is None and name is None:
        found = _guessed(content)
    return (content.decode("cp1252", "replace") if found is None else found).replace("\0", "")


def header_text(raw: str) -> str:
    """A header as it was meant, of a value as the standard library's parser keeps it (bytes as surrogates)."""
    text = raw if raw.isascii() else decoded(raw.encode("utf-8", "surrogateescape"))
    text = _BETWEEN_WORDS.sub(r"\1", text.replace("\r", "").replace("\n", ""))
    # Words side by side are decoded together: some programs break them within a letter.
    pieces: list[tuple[str | None, bytes]] = []
    end = 0
    for match in _WORD.finditer(text):
        if match.start() > end:
            pieces.append((None, text[end : match.start()].encode("utf-8", "surrogatepass")))
        charset = match[1].partition("*")[0].lower()  # RFC 2231 adds the language
        content = _word_bytes(match[2], match[3])
        if pieces and pieces[-1][0] == charset:
            pieces[-1] = (charset, pieces[-1][1] + content)
        else:
            pieces.append((charset, content))
        end = match.end()
    pieces.append((None, text[end:].encode("utf-8", "surrogatepass")))
    said = "".join(
        content.decode("utf-8", "replace") if charset is None else decoded(content, charset)
        for charset, content in pieces
    )
    return said.replace("\0", "")


def _word_bytes(encoding: str, text: str) -> bytes:
    raw = text.encode("utf-8", "replace")
    if encoding in "qQ":
        return quopri.decodestring(raw.replace(b"_", b" "), header=True)
    try:
        return base64.b64decode(raw + b"=" * (-len(raw) % 4))
    except binascii.Error:
        return raw


def _codec(declared: str | None) -> str | None:
    """Python's name of a charset; None if there is none, or it is not to be used."""
    try:
        found = codecs.lookup((declared or "").strip("\"' \t").encode("ascii").decode())
    except (LookupError, ValueError):
        return None
    name = found.name.replace("_", "-")
    return found.name if getattr(found, "_is_text_encoding", False) and name not in _NEVER else None


def _strictly(content: bytes, name: str) -> str | None:
    try:
        return content.decode(name)
    except (UnicodeError, ValueError):
        return None


def _mostly_utf8(content: bytes) -> str | None:
    """UTF-8 in which some bytes are of another charset, as a server adds its own words; None if it is not that."""
    text = content.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    good = sum(not ch.isascii() for ch in text) - bad
    return content.decode("utf-8", _AS_WINDOWS) if good > 2 * bad else None


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    """The bytes that are no UTF-8 in Windows' charset (a handler of errors, see `codecs.register_error`)."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("cp1252", "replace"), error.end


codecs.register_error(_AS_WINDOWS, _as_windows)


def _guessed(content: bytes) -> str | None:
    """The text of bytes that do not say what they are and are not UTF-8."""
    windows = _strictly(content, "cp1252")
    if windows is not None and all(ch.isascii() or ch in _FRENCH for ch in windows):
        return windows
    high = [ch for ch in windows or "" if not ch.isascii()]
    if windows is not None and len(high) < _FEWEST_TELLING and all(ch.isalpha() for ch in high):
        return windows  # too few to guess by, as in a name: the charset of most that say none
    best = from_bytes(content[:_SAMPLE]).best()
    return _strictly(content, best.encoding) if best else windows

"""What may come in over HTTP."""

from __future__ import annotations

import json
import unicodedata
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.channels.web.incoming import MAX_SENDER_CHARS, Refused, RestMessage, parse_incoming
from bot.core.written import says_nothing

MAX = 2000
thorough = settings(derandomize=True, database=None, deadline=None, max_examples=200)

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def body(message: Any = "Bonjour", sender: Any = "ana", **more: Any) -> bytes:
    """The body of a chat request."""
    return json.dumps({"sender": sender, "message": message, **more}).encode()


def read(message: Any = "Bonjour", sender: Any = "ana", **more: Any) -> RestMessage:
    """What the desk makes of a chat request."""
    return parse_incoming(body(message, sender, **more), MAX)


def refusal(raw: bytes) -> Refused:
    """How `raw` is refused."""
    with pytest.raises(Refused) as caught:
        parse_incoming(raw, MAX)
    return caught.value


def judge(raw: bytes) -> None:
    """Check that `raw` is taken within the rules or refused with a 4xx status, and nothing else."""
    found: RestMessage | Refused
    try:
        found = parse_incoming(raw, MAX)
    except Refused as refused:
        found = refused
    if isinstance(found, Refused):
        assert found.status in (400, 422)
        assert found.language in (None, "fr", "en")
    else:
        assert 1 <= len(found.sender) <= MAX_SENDER_CHARS
        assert 1 <= len(found.text) <= MAX
        assert not [ch for ch in found.sender if unicodedata.category(ch) in ("Cc", "Cf", "Cs")]
        (found.text + found.sender).encode("utf-8")


def test_a_message_is_read() -> None:
    """Sender, words and the page's language are taken from the body."""
    assert read("Où êtes-vous?", metadata={"language": "en"}) == RestMessage("ana", "Où êtes-vous?", "en")


@thorough
@given(st.binary(max_size=200))
def test_any_bytes_are_taken_or_refused(raw: bytes) -> None:
    """No bytes at all raise anything but a refusal."""
    judge(raw)


@thorough
@given(anything)
def test_any_json_is_taken_or_refused(value: Any) -> None:
    """No JSON at all raises anything but a refusal."""
    judge(json.dumps(value).encode())


@thorough
@given(
    st.fixed_dictionaries(
        {}, optional={"sender": st.text() | anything, "message": st.text() | anything, "metadata": anything}
    )
)
def test_any_fields_are_taken_or_refused(fields: dict[str, Any]) -> None:
    """Whatever stands in the three fields is taken within the rules or refused."""
    judge(json.dumps(fields).encode())


@thorough
@given(st.text(min_size=1, max_size=300), st.sampled_from(["fr", "en"]))
def test_any_text_is_kept_as_it_was_written(text: str, lang: str) -> None:
    """Any text reaches the desk letter for letter, but for NULs; what holds something to see is never refused."""
    raw = body(text, metadata={"language": lang})
    unseen = "\u2800\u115f\u1160\u3164\uffa0"
    if says_nothing(text):
        assert refusal(raw).code == "message_empty"
        assert not [ch for ch in text if unicodedata.category(ch)[0] in "LNPS" and ch not in unseen]
    else:
        found = parse_incoming(raw, MAX)
        assert found.text == text.replace("\0", "")
        assert found.language == lang


@pytest.mark.parametrize(
    "message", ["3½ m²", "🫠", "👩‍👩‍👧", "\U0001fae8", "❤️", "  deux  espaces\r\n\r\n\r\n", "ﬁ ①", "\ue000"]
)
def test_what_can_be_seen_is_a_message(message: str) -> None:
    """Fractions, powers, emoji older or newer than Python's tables, spaces and lines: all as written."""
    assert read(message).text == message


@pytest.mark.parametrize(
    "message", [" ", "\u200b", "\n\t", "\u3164", "\u2800", "\ufe0f", "\0", "\u00ad\u2060", "\U000e0041"]
)
def test_what_cannot_be_seen_is_no_message(message: str) -> None:
    """White space, joiners, fillers and selectors alone are an empty message."""
    refused = refusal(body(message))
    assert (refused.status, refused.code) == (422, "message_empty")


@pytest.mark.parametrize(("message", "kept"), [("a\0b", "ab"), ("a\ud83db", "a\ufffdb"), ("\ud83d\ude00", "😀")])
def test_what_no_database_holds_is_not_kept(message: str, kept: str) -> None:
    """A NUL is left out, and half of a pair of surrogates is the sign for what cannot be read."""
    assert read(message).text == kept


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" ",
        b"{",
        b"not json",
        b"[]",
        b'"text"',
        b"7",
        b"null",
        b"true",
        b"NaN",
        b"\xff\xfe{}",
        b'{"sender": "a", "message": "\xe9"}',
        b'{"sender": "a" "message": "b"}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'{"sender": "a", "message": ' + b"[" * 20_000 + b"]" * 20_000 + b"}",
        b"1" * 10_000,
    ],
    ids=lambda raw: repr(raw[:12]),
)
def test_what_is_no_json_object_is_refused(raw: bytes) -> None:
    """A body that is not a JSON object in UTF-8, however deep, is refused with 400."""
    refused = refusal(raw)
    assert (refused.status, refused.code) == (400, "invalid_json")


@pytest.mark.parametrize(
    "fields, code",
    [
        ({}, "sender_missing"),
        ({"message": "x"}, "sender_missing"),
        ({"sender": None, "message": "x"}, "sender_missing"),
        ({"sender": 7, "message": "x"}, "sender_missing"),
        ({"sender": ["a"], "message": "x"}, "sender_missing"),
        ({"sender": {}, "message": "x"}, "sender_missing"),
        ({"sender": "", "message": "x"}, "sender_invalid"),
        ({"sender": "   ", "message": "x"}, "sender_invalid"),
        ({"sender": "a\nb", "message": "x"}, "sender_invalid"),
        ({"sender": "a\x00", "message": "x"}, "sender_invalid"),
        ({"sender": "a\u200b", "message": "x"}, "sender_invalid"),
        ({"sender": "\ud800", "message": "x"}, "sender_invalid"),
        ({"sender": "a" * 201, "message": "x"}, "sender_invalid"),
        ({"sender": "a"}, "message_missing"),
        ({"sender": "a", "message": None}, "message_missing"),
        ({"sender": "a", "message": 7}, "message_missing"),
        ({"sender": "a", "message": True}, "message_missing"),
        ({"sender": "a", "message": ["x"]}, "message_missing"),
        ({"sender": "a", "message": {"text": "x"}}, "message_missing"),
        ({"sender": "a", "message": ""}, "message_empty"),
        ({"sender": "a", "message": " \n\t "}, "message_empty"),
        ({"sender": "a", "message": "\x00\x07\u200b\u202e\ufeff"}, "message_empty"),
        ({"sender": "a", "message": "\ud83d"}, "message_empty"),
        ({"sender": "a", "message": "x", "metadata": "fr"}, "metadata_invalid"),
        ({"sender": "a", "message": "x", "metadata": ["fr"]}, "metadata_invalid"),
        ({"sender": "a", "message": "x", "metadata": 0}, "metadata_invalid"),
        ({"sender": "a", "message": "x", "metadata": False}, "metadata_invalid"),
    ],
    ids=repr,
)
def test_a_missing_or_wrong_field_is_named(fields: dict[str, Any], code: str) -> None:
    """A field that is missing or of the wrong kind is refused with 422 and named."""
    refused = refusal(json.dumps(fields).encode())
    assert (refused.status, refused.code) == (422, code)


@pytest.mark.parametrize("metadata", [None, {}, {"language": "de"}, {"language": None}, {"language": ["fr"]}])
def test_an_unknown_language_is_left_out(metadata: Any) -> None:
    """Metadata without a language that the desk speaks is no reason to refuse."""
    assert read(metadata=metadata).language is None


def test_fields_that_nobody_asked_for_are_left_aside() -> None:
    """A field that the convention does not name is ignored."""
    assert read(input_channel="x", stream=True) == RestMessage("ana", "Bonjour", None)


def test_a_refusal_knows_the_pages_language() -> None:
    """A refusal is in the language of the page, if the metadata tells it."""
    assert refusal(body("", metadata={"language": "en"})).language == "en"


@pytest.mark.parametrize("message", ["a" * 2000, "é" * 2000, "e\u0301" * 1000, "😀" * 2000])
def test_two_thousand_characters_are_taken(message: str) -> None:
    """A message of exactly the longest length is taken."""
    assert read(message).text == message


@pytest.mark.parametrize("message", ["a" * 2001, "😀" * 2001, "a" + "\u200b" * 2000])
def test_one_character_more_is_refused(message: str) -> None:
    """A message beyond the longest length is refused, also if only its invisible part is too long."""
    refused = refusal(body(message))
    assert (refused.status, refused.code, refused.values) == (422, "message_long", {"limit": 2000})


@pytest.mark.parametrize("sender", ["a" * 200, "é" * 200, "42", "citoyen n° 7"])
def test_a_visible_sender_is_taken_as_it_is(sender: str) -> None:
    """A sender of up to two hundred visible characters is taken unchanged."""
    assert read(sender=sender).sender == sender


@pytest.mark.parametrize(
    "message",
    [
        "  Bonjour  ",
        "a\r\nb\tc\n\nd",
        "a\x00b\x1bc\x7f",
        "stage\u200bs\ufeff",
        "\u202egauche\u202c",
        "l\u00a0heure\u202f: 17\u00a0h",
        "e\u0301te\u0301",
        "ｆｕｌｌ",
        "😀 merci 🙏🏽",
        "🇨🇦",
        "مرحبا، أين مكتبكم؟",
        "שלום",
        "你好",
        "<script>alert(1)</script>",
        "<b>a</b> &amp; \"b\" 'c'",
        "'; DROP TABLE messages; --",
        "{{ 7 * 7 }} ${x} %s {organization}",
        "/restart",
        "?",
    ],
)
def test_text_is_text(message: str) -> None:
    """Whatever may be taken for something else stays as it was written."""
    assert read(message).text == message.replace("\0", "")

"""What updates of Telegram's mean to the desk."""

from __future__ import annotations

from typing import Any

import pytest
from telegram import Update

from bot.channels.telegram.updates import Elsewhere, Me, Pressed, button_data, language_hint, meaning
from bot.messages import payloads
from bot.messages.conversation import MEDIUM, PRESS, WORDS, Incoming, Piece

ME = Me(99, "GuichetBot")
USER = {"id": 7, "is_bot": False, "first_name": "Ana", "language_code": "en-CA"}
GROUP = {"id": -5, "type": "supergroup", "title": "G"}
FILE = {"file_id": "f", "file_unique_id": "u"}


def of(kind: str = "message", update_id: int = 12, chat: Any = None, max_chars: int = 100, **content: Any) -> Any:
    """The meaning of an update that holds a message of `content`."""
    chat = chat or {"id": 7, "type": "private"}
    message = {"message_id": 3, "date": 1_800_000_000, "chat": chat, "from": USER, **content}
    return meaning(Update.de_json({"update_id": update_id, kind: message}, None), ME, max_chars)


def test_words_are_kept_as_they_are_said() -> None:
    """A text is a message of its chat, named by the bot and the update; its language is its own to tell."""
    assert of(text=" Où êtes-vous? ") == Incoming("telegram", "99:12", "7", " Où êtes-vous? ", WORDS, None, {})


def test_an_edited_message_is_a_message() -> None:
    """Who puts a question right asks it again."""
    assert of("edited_message", text="Où?", edit_date=1).text == "Où?"


@pytest.mark.parametrize(
    "command, payload, language",
    [
        ("/start", payloads.GREET, "en"),
        ("/start ref123", payloads.GREET, "en"),
        ("/aide", payloads.HELP, "fr"),
        ("/help", payloads.HELP, "en"),
        ("/HELP@guichetbot", payloads.HELP, "en"),
        ("/langue", payloads.CHANGE_LANGUAGE, "fr"),
        ("/language", payloads.CHANGE_LANGUAGE, "en"),
        ("/statut", payloads.TICKET_STATUS, "fr"),
        ("/status", payloads.TICKET_STATUS, "en"),
        ("/effacer", payloads.FORGET, "fr"),
        ("/donnees", payloads.MY_DATA, "fr"),
        ("/data", payloads.MY_DATA, "en"),
        ("/forget", payloads.FORGET, "en"),
    ],
)
def test_commands_are_presses(command: str, payload: str, language: str) -> None:
    """Each command does one thing, in the language of its name; /start in that of the citizen's Telegram."""
    found = of(text=command)
    assert (found.text, found.kind, found.language) == (payload, PRESS, language)
    named = {} if command.startswith("/start") else {"answer_in": language}
    assert found.detail == {"title": command.split()[0], **named}


def test_a_status_command_may_carry_its_number() -> None:
    """What follows /statut is said as words."""
    found = of(text="/statut RI-7K3P-92QX")
    assert (found.text, found.kind, found.detail) == ("RI-7K3P-92QX", WORDS, {"answer_in": "fr"})


def test_each_photo_of_an_album_is_a_piece_of_one_message() -> None:
    """They have one name, places, and names of their own; a caption that is put right later is a message."""
    photo = {"photo": [{**FILE, "width": 1, "height": 1}], "media_group_id": "8"}
    first, second = of(update_id=12, **photo), of(update_id=13, **photo, caption="Où?")
    assert first.external_id == second.external_id == "99:7:album:8"
    assert (first.kind, second.kind, second.text) == (MEDIUM, WORDS, "Où?")
    assert (first.piece, second.piece) == (Piece("99:12", 3, 100), Piece("99:13", 3, 100))
    edited = of("edited_message", update_id=14, **photo, caption="Où?", edit_date=1)
    assert (edited.external_id, edited.piece) == ("99:14", None)


@pytest.mark.parametrize("text", ["/unknown", "/help@OtherBot", "/aide moi", "aide", "/open_ticket", "//"])
def test_other_slashes_are_words(text: str) -> None:
    """What is no command of ours is what the citizen says; /aide takes no words."""
    found = of(text=text)
    if text == "/aide moi":
        assert (found.text, found.kind) == (payloads.HELP, PRESS)
    else:
        assert (found.text, found.kind) == (text, WORDS)


@pytest.mark.parametrize(
    "medium, content",
    [
        ("photo", {"photo": [{**FILE, "width": 1, "height": 1}]}),
        ("voice", {"voice": {**FILE, "duration": 1}}),
        ("video", {"video": {**FILE, "width": 1, "height": 1, "duration": 1}}),
        ("video_note", {"video_note": {**FILE, "length": 1, "duration": 1}}),
        ("audio", {"audio": {**FILE, "duration": 1}}),
        ("document", {"document": FILE}),
        (
            "animation",
            {"animation": {**FILE, "width": 1, "height": 1, "duration": 1}, "document": FILE},
        ),
        (
            "sticker",
            {
                "sticker": {
                    **FILE,
                    "width": 1,
                    "height": 1,
                    "is_animated": False,
                    "is_video": False,
                    "type": "regular",
                }
            },
        ),
        ("location", {"location": {"latitude": 1.0, "longitude": 1.0}}),
        ("contact", {"contact": {"phone_number": "1", "first_name": "A"}}),
        ("dice", {"dice": {"value": 1, "emoji": "🎲"}}),
        (
            "venue",
            {
                "venue": {"location": {"latitude": 1.0, "longitude": 1.0}, "title": "t", "address": "a"},
                "location": {"latitude": 1.0, "longitude": 1.0},
            },
        ),
    ],
)
def test_what_is_not_text_is_kept_by_its_kind(medium: str, content: dict[str, Any]) -> None:
    """Of a photo, a voice or a sticker the desk keeps that it came, and nothing of it."""
    assert of(**content) == Incoming("telegram", "99:12", "7", "", MEDIUM, "en", {"medium": medium})


def test_a_position_that_moves_is_said_once() -> None:
    """An edited message without words is nothing: a shared position is edited every few seconds."""
    moved = {"location": {"latitude": 1.0, "longitude": 1.0, "live_period": 900}}
    assert of(**moved).detail == {"medium": "location"}
    assert of("edited_message", edit_date=1, **moved) is None


def test_an_edited_caption_is_a_message() -> None:
    """Who puts right what stands under a photo asks again."""
    found = of("edited_message", photo=[{**FILE, "width": 1, "height": 1}], caption="Lequel?", edit_date=1)
    assert (found.text, found.kind) == ("Lequel?", WORDS)


def test_a_caption_is_words() -> None:
    """What is written under a photo is a message."""
    found = of(photo=[{**FILE, "width": 1, "height": 1}], caption="Est-ce le bon formulaire?")
    assert (found.text, found.kind, found.detail) == ("Est-ce le bon formulaire?", WORDS, {"medium": "photo"})


def test_too_much_or_nothing_is_kept_as_unreadable() -> None:
    """A message that is too long, or holds nothing visible, is answered all the same."""
    assert of(text="x" * 101).detail == {"medium": "too_long"}
    assert of(text="\u200b").detail == {"medium": "empty"}


@pytest.mark.parametrize(
    "content",
    [{"new_chat_title": "x"}, {"pinned_message": {"message_id": 1, "date": 1, "chat": {"id": 7, "type": "private"}}}],
)
def test_news_of_the_chat_is_nothing(content: dict[str, Any]) -> None:
    """Service messages are nothing to the desk."""
    assert of(**content) is None


def test_bots_are_not_answered() -> None:
    """Another bot's message is nothing to the desk."""
    assert of(text="Bonjour", **{"from": {**USER, "is_bot": True}}) is None


@pytest.mark.parametrize("text", ["Bonjour @GuichetBot", "/aide", "/help@guichetbot"])
def test_a_group_that_speaks_to_the_bot_is_told(text: str) -> None:
    """In a group the bot notices that it is spoken to, and keeps nothing."""
    assert of(chat=GROUP, text=text) == Elsewhere(-5)


@pytest.mark.parametrize("text", ["Bonjour", "/aide@OtherBot", "/unknown"])
def test_a_group_that_speaks_of_other_things_is_left_alone(text: str) -> None:
    """What people say to each other is nothing to the desk."""
    assert of(chat=GROUP, text=text) is None


def test_a_reply_to_the_bot_in_a_group_is_noticed() -> None:
    """A reply to the bot's own message speaks to it."""
    theirs = {"message_id": 1, "date": 1, "chat": GROUP, "from": {"id": 99, "is_bot": True, "first_name": "G"}}
    assert of(chat=GROUP, text="merci", reply_to_message=theirs) == Elsewhere(-5)


@pytest.mark.parametrize("text, told", [("Où, @GuichetBot?", True), ("/aide", True), ("merci", False)])
def test_a_reply_to_others_may_speak_to_the_bot(text: str, told: bool) -> None:
    """A mention or a command counts in a reply to somebody else too, as every message in a topic is."""
    theirs = {"message_id": 1, "date": 1, "chat": GROUP, "from": {"id": 8, "is_bot": False, "first_name": "B"}}
    assert of(chat=GROUP, text=text, reply_to_message=theirs) == (Elsewhere(-5) if told else None)


def test_channel_posts_are_nothing() -> None:
    """What is published in a channel is nothing to the desk."""
    assert of("channel_post", chat={"id": -6, "type": "channel"}, text="Bonjour") is None


@pytest.mark.parametrize("status, chat, told", [("member", GROUP, True), ("kicked", GROUP, False)])
def test_a_group_that_takes_the_bot_in_is_told(status: str, chat: dict[str, Any], told: bool) -> None:
    """Added to a group, the bot says where it answers; put out of one, it says nothing."""
    bot = {"id": 99, "is_bot": True, "first_name": "G"}
    member = {
        "chat": chat,
        "from": USER,
        "date": 1,
        "old_chat_member": {"status": "left", "user": bot},
        "new_chat_member": {"status": status, "user": bot, "until_date": 0},
    }
    found = meaning(Update.de_json({"update_id": 1, "my_chat_member": member}, None), ME, 100)
    assert found == (Elsewhere(-5) if told else None)


def press(data: str, chat: Any = None) -> Any:
    """The meaning of a press."""
    message = {"message_id": 3, "date": 1, "chat": chat or {"id": 7, "type": "private"}}
    query = {"id": "q", "from": USER, "chat_instance": "1", "data": data, "message": message}
    return meaning(Update.de_json({"update_id": 12, "callback_query": query}, None), ME, 100)


def test_a_press_names_a_message_and_a_place() -> None:
    """What a button says leads back to the message that the desk keeps, also after a restart."""
    assert press(button_data(10**12, 2)) == Pressed("99:12", "7", "q", 10**12, 2, 3, "en")
    assert len(button_data(2**63, 999)) <= 64


@pytest.mark.parametrize("data", ["", "/deny", "1:2:3", "-1:0", "9" * 30 + ":1", "x:y"])
def test_a_press_of_anything_else_names_nothing(data: str) -> None:
    """A button of another time, or a made-up one, is a press of nothing."""
    assert press(data).message_id is None


def test_a_press_in_a_group_is_nothing() -> None:
    """Buttons are for private chats."""
    assert press("1:0", GROUP) is None


@pytest.mark.parametrize(
    "code, language", [("fr", "fr"), ("fr-CA", "fr"), ("EN-us", "en"), ("es", None), ("", None), (None, None)]
)
def test_the_language_of_a_telegram_is_a_hint(code: str | None, language: str | None) -> None:
    """French and English of any country are ours."""
    assert language_hint(code) == language

"""Citizens on Telegram, by polling and by webhook, over HTTP to an emulated Bot API; a scripted Rasa behind."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from sqlalchemy.exc import OperationalError

from bot.core.logs import configure_log
from bot.matcher.text import clean
from tests.hostile import HOSTILE
from tests.telegram_emulator import TOKEN, USERNAME, Emulator, Fault, Person, too_many

pytestmark = pytest.mark.usefixtures("soon")
SECRET = "secret-of-the-tests-0"
CLARIFY = [
    {"text": "Lequel?", "buttons": [{"title": "Un", "payload": '/choose_article{"article": "a"}'}]},
    {"custom": {"outcome": "clarify", "language": "fr"}},
]


def kept(desk: Any, person: Person) -> list[tuple[str, str]]:
    """Who said what in the conversation with a person."""
    found = desk.rooms.conversations.find("telegram", str(person.chat_id))
    return [(m.author, m.text) for m in desk.rooms.conversations.transcript(found.id)] if found else []


def test_the_bot_introduces_itself_in_both_languages(desk: Any, ana: Person, emulator: Emulator) -> None:
    """The names of the commands are set for French, for English, and for everybody else."""
    assert emulator.commands == {
        "": ["aide", "help", "langue", "language", "statut", "status", "effacer", "forget", "donnees", "data"],
        "fr": ["aide", "langue", "statut", "effacer", "donnees"],
        "en": ["help", "language", "status", "forget", "data"],
    }


def test_it_introduces_itself_again_until_it_is_heard(make_telegram_desk: Any, emulator: Emulator) -> None:
    """A Telegram that is down when the desk starts does not keep it from starting, nor from being heard later."""
    emulator.fail("getMe", Fault(500, {"ok": False, "description": "x"}), Fault(502, "x"))
    make_telegram_desk()
    emulator.wait(lambda: len(emulator.commands) == 3)


def test_it_waits_as_long_as_it_is_asked_to(make_telegram_desk: Any, emulator: Emulator) -> None:
    """A Telegram that asks for patience at the introduction gets it."""
    emulator.fail("setMyCommands", too_many(1))
    started = time.monotonic()
    make_telegram_desk()
    emulator.wait(lambda: len(emulator.commands) == 3)
    assert time.monotonic() - started >= 1.0


@pytest.mark.parametrize("date", [10**30, 10**18, 10**12, "x", None])
def test_an_update_that_cannot_be_read_holds_up_nobody(desk: Any, ana: Person, emulator: Emulator, date: Any) -> None:
    """What breaks the reading of an update is left alone, and the next one is answered."""
    emulator.update(message={**ana._message(text="un"), "date": date})
    ana.says("deux")
    emulator.wait(lambda: "deux" in ana.heard)


def test_a_message_is_answered(desk: Any, ana: Person) -> None:
    """What a citizen writes is answered in order, each message once."""
    for number in range(5):
        ana.says(f"question {number}")
    assert ana.hears(5) == [f"question {number}" for number in range(5)]
    assert [text for author, text in kept(desk, ana) if author == "bot"] == ana.heard


def test_what_is_passed_on_here_is_telegrams(desk: Any, ana: Person) -> None:
    """While the assistant is away a question is passed on by its button: the request came by Telegram."""
    desk.answer = httpx.Response(500)
    ana.says("Où est ma bourse?")
    ana.hears(1)
    ana.presses("Oui, transmettre ma question")
    ana.hears(2)
    (ticket,) = desk.rooms.tickets.store.by_due_moment()
    assert (ticket.channel, ticket.question) == ("telegram", "Où est ma bourse?")


def test_an_update_that_comes_again_is_one_message(desk: Any, ana: Person, emulator: Emulator) -> None:
    """Duplicated and reordered updates are answered once each."""
    first, second = ana.says("un"), ana.says("deux")
    ana.hears(2)
    for update in (second, first, second):
        emulator.hand_over(update)
    emulator.wait(lambda: not emulator.pending())
    ana.says("trois")
    assert sorted(ana.hears(3)) == ["deux", "trois", "un"]
    assert len(desk.bodies) == 3


def test_an_update_is_acknowledged_only_once_it_is_kept(
    desk: Any, ana: Person, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the database does not answer, updates stay with Telegram, and nothing is lost."""
    accept, failures = desk.rooms.inbox.accept, iter(range(3))

    def fail_three_times(*arguments: Any) -> Any:
        if next(failures, None) is not None:
            raise OperationalError("", {}, Exception("gone"))
        return accept(*arguments)

    monkeypatch.setattr(desk.rooms.inbox, "accept", fail_three_times)
    ana.says("un")
    ana.says("deux")
    assert ana.hears(2) == ["un", "deux"]


def test_a_press_works_and_takes_the_buttons_away(desk: Any, ana: Person, emulator: Emulator) -> None:
    """A button reaches Rasa as its payload; it is acknowledged, and the buttons go."""
    desk.answer = CLARIFY
    ana.says("hein")
    ana.hears(1)
    assert [[b["text"] for b in row] for row in emulator.sent[-1].buttons] == [["Un"], ["Aucun de ces sujets"]]
    desk.answer = None
    number = ana.presses("Un")
    emulator.wait(lambda: number in emulator.answered)
    assert ana.hears(2)[1] == '/choose_article{"article": "a"}'
    emulator.wait(lambda: emulator.sent[0].buttons == [])
    assert ("citizen", '/choose_article{"article": "a"}') in kept(desk, ana)


def test_an_old_button_passes_on_what_it_stood_under(desk: Any, ana: Person, emulator: Emulator) -> None:
    """A is offered, then B: the button under A, whose data fit Telegram's 64 bytes, passes on A."""
    desk.answer = []  # Rasa has nothing to say: the desk offers by itself
    for number, question in enumerate(("  Où garer mon vélo, 3½ m² ?", "Combien coûte un visa?"), 1):
        ana.says(question)
        ana.hears(number)
    data = emulator.sent[0].buttons[0][0]["callback_data"]
    assert len(data.encode()) <= 64
    ana.presses_data(data, emulator.sent[0].message_id)
    ana.hears(3)
    conversation = desk.rooms.conversations.find("telegram", str(ana.chat_id))
    (ticket,) = desk.rooms.tickets.store.of_conversation(conversation.id)
    assert ticket.question == "  Où garer mon vélo, 3½ m² ?"


@pytest.mark.parametrize("data", ["999999:0", "1:9", "/deny", "x"])
def test_a_button_that_leads_nowhere_says_so(desk: Any, ana: Person, emulator: Emulator, data: str) -> None:
    """A button of an erased conversation, or a made-up one, is answered with a text, and nothing is kept."""
    ana.says("Bonjour")
    ana.hears(1)
    number = ana.presses_data(data)
    emulator.wait(lambda: number in emulator.answered)
    assert emulator.answered[number]["text"] == "Ce bouton ne sert plus. Écrivez votre question."
    assert len(kept(desk, ana)) == 2


def test_nobody_presses_anothers_buttons(desk: Any, ana: Person, emulator: Emulator) -> None:
    """A button counts in its own conversation only."""
    desk.answer = CLARIFY
    ana.says("hein")
    ana.hears(1)
    data = emulator.sent[0].buttons[0][0]["callback_data"]
    bob = emulator.citizen()
    number = bob.presses_data(data)
    emulator.wait(lambda: number in emulator.answered)
    assert "text" in emulator.answered[number]
    assert kept(desk, bob) == []


def test_a_photo_is_told_that_only_words_are_read(desk: Any, ana: Person) -> None:
    """Of what is not text the citizen hears that it cannot be read, in the language of their Telegram."""
    ana.shows(voice={"file_id": "f", "file_unique_id": "u", "duration": 1})
    assert ana.hears(1) == ["Je ne peux lire que des mots. Pouvez-vous écrire votre question?"]
    assert desk.bodies == []


def test_a_message_that_is_too_long_is_told(desk: Any, ana: Person) -> None:
    """A message beyond what is read is not lost in silence."""
    ana.says("x" * 2001)
    assert "2000" in ana.hears(1)[0]


def test_help_needs_no_assistant(desk: Any, ana: Person) -> None:
    """The command for help is answered by the desk itself, in the language of its name."""
    desk.rasa_status = 500
    ana.says("/help")
    assert ana.hears(1)[0].startswith("Ask me your question in English")
    ana.says("/aide")
    assert ana.hears(2)[1].startswith("Posez-moi votre question")


def test_commands_reach_the_assistant(desk: Any, ana: Person) -> None:
    """Greeting, language and status are the assistant's; a number after /statut is words."""
    for command in ("/start", "/langue", "/status", "/statut RI-7K3P-92QX"):
        ana.says(command)
    ana.hears(4)
    said = [(body["message"], body["metadata"]["language"]) for body in desk.bodies]
    assert said == [("/greet", "fr"), ("/change_language", "fr"), ("/ticket_status", "en"), ("RI-7K3P-92QX", "fr")]


ALBUM = {"photo": [{"file_id": "f", "file_unique_id": "u", "width": 1, "height": 1}], "media_group_id": "8"}


@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_album_is_one_message_with_one_reply(desk: Any, ana: Person, place: int) -> None:
    """Whichever of its photos has the caption: it is read once, letter for letter."""
    for number in range(3):
        ana.shows(**ALBUM, **({"caption": "Où est\nma bourse?"} if number == place else {}))
    ana.hears(1)
    ana.says("deux")
    assert ana.hears(2) == ["Où est ma bourse?", "deux"]
    assert [text for author, text in kept(desk, ana) if author == "citizen"] == ["Où est\nma bourse?", "deux"]


def test_an_album_without_words_is_told_once(desk: Any, ana: Person) -> None:
    """Its photos cannot be read, and the citizen hears so once, in the language of their Telegram."""
    for _ in range(4):
        ana.shows(**ALBUM)
    ana.hears(1)
    ana.says("deux")
    assert ana.hears(2) == ["Je ne peux lire que des mots. Pouvez-vous écrire votre question?", "deux"]


def test_an_album_counts_as_one_message(make_telegram_desk: Callable[..., Any], emulator: Emulator) -> None:
    """Ten photos are not a flood."""
    desk = make_telegram_desk(sender_burst=2, sender_per_second=0.001)
    ana = emulator.citizen()
    for number in range(10):
        ana.shows(**ALBUM, **({"caption": "Où?"} if number == 9 else {}))
    assert ana.hears(1) == ["Où?"]
    assert len(desk.bodies) == 1


def test_an_album_in_the_middle_of_which_the_desk_ends(
    make_telegram_desk: Callable[..., Any], emulator: Emulator
) -> None:
    """What was kept before and what comes after are one message with one reply, given by the desk that begins."""
    first = make_telegram_desk(started=False)
    ana = emulator.citizen()
    with first.client:
        ana.shows(**ALBUM)
        emulator.wait(lambda: kept(first, ana))
    ana.shows(**ALBUM, caption="Où?")
    second = make_telegram_desk(database_url=first.rooms.settings.database_url)
    assert ana.hears(1) == ["Où?"]
    ana.says("deux")
    assert ana.hears(2) == ["Où?", "deux"]
    assert len(second.bodies) == 2


def test_a_command_is_answered_in_its_language(desk: Any, ana: Person) -> None:
    """Whatever was spoken before, and also while the assistant is away."""
    ana.says("Bonjour")
    ana.hears(1)
    for command in ("/status", "/statut"):
        ana.says(command)
    ana.hears(3)
    assert [body["metadata"].get("answer_in") for body in desk.bodies] == [None, "en", "fr"]
    desk.answer = httpx.Response(500)
    ana.says("/status")
    assert ana.hears(4)[3].startswith("I am sorry")
    ana.says("/statut")
    assert ana.hears(5)[4].startswith("Je suis désolé")


def test_what_holds_no_words_is_answered_as_was_spoken(desk: Any, ana: Person) -> None:
    """A French Telegram does not make an English conversation French."""
    ana.says("/help")
    ana.hears(1)
    ana.shows(voice={"file_id": "f", "file_unique_id": "u", "duration": 1})
    assert ana.hears(2)[1].startswith("I can read words only")


def test_forgetting_is_asked_back_and_complete(desk: Any, ana: Person, emulator: Emulator) -> None:
    """/effacer asks once more; then nothing that was said, nor the chat's number, is left."""
    ana.says("canari-7F3A")
    ana.hears(1)
    ana.says("/effacer")
    assert ana.hears(2)[1].startswith("Voulez-vous effacer")
    ana.presses("Oui, tout effacer")
    assert ana.hears(3)[2].startswith("C'est fait.")

    def dump() -> str:
        with desk.rooms.database.engine.connect() as connection:
            return "\n".join(connection.connection.dbapi_connection.iterdump())

    emulator.wait(lambda: str(ana.chat_id) not in dump())
    assert "canari-7F3A" not in dump()
    ana.says("encore")
    assert ana.hears(4)[3] == "encore"


def test_forgetting_may_be_declined(desk: Any, ana: Person) -> None:
    """Who says no keeps the conversation."""
    ana.says("/forget")
    ana.hears(1)
    ana.presses("No, keep the conversation")
    assert len(ana.hears(2)) == 2
    assert len(kept(desk, ana)) == 4


def test_a_group_is_told_once(desk: Any, ana: Person, emulator: Emulator) -> None:
    """Added to a group or spoken to in one, the bot says once where it answers; nothing of the group is kept."""
    group = emulator.citizen(chat_id=-100, kind="supergroup")
    group.adds_the_bot()
    for _ in range(4):
        group.says("Bonjour @GuichetBot, le numéro?")
    group.says("entre nous")
    ana.says("Bonjour")
    ana.hears(1)
    (told,) = group.hears(1)
    assert "en privé" in told
    assert "in private" in told
    assert USERNAME in told
    assert kept(desk, group) == []


def test_a_citizen_who_blocked_the_bot_is_left_alone(desk: Any, ana: Person, emulator: Emulator) -> None:
    """What cannot be delivered to one who blocked the bot is parked with the reason; others are answered."""
    ana.says("un")
    ana.hears(1)
    ana.blocks()
    ana.says("deux")
    emulator.wait(lambda: desk.rooms.outbox.parked())
    assert [row.reason for row in desk.rooms.outbox.parked()] == ["blocked"]
    bob = emulator.citizen()
    bob.says("Bonjour")
    assert bob.hears(1) == ["Bonjour"]


@pytest.mark.parametrize(
    "faults, most",
    [
        ([too_many(1)], 1),
        ([Fault(500, {"ok": False, "description": "x"})] * 3, 1),
        ([Fault(502, "<html>")], 1),
        ([Fault(hang=0.8, drop=True)], 1),
        ([Fault(hang=0.8, delivered=True)], 2),
        ([Fault(delivered=True)], 2),
    ],
)
def test_what_fails_is_tried_again_in_order(ana: Person, emulator: Emulator, faults: list[Fault], most: int) -> None:
    """Whatever Telegram answers, or does not, every reply arrives in order, doubled at most once."""
    emulator.fail("sendMessage", *faults)
    ana.says("un")
    ana.says("deux")
    emulator.wait(lambda: "deux" in ana.heard)
    assert ana.heard.count("un") in range(1, most + 1)
    assert list(dict.fromkeys(ana.heard)) == ["un", "deux"]
    assert ana.heard.count("deux") == 1


def test_a_silent_telegram_is_asked_for_a_sign_of_life(ana: Person, emulator: Emulator) -> None:
    """After silence nothing is sent again until Telegram answers a question without effect."""
    emulator.fail("sendMessage", Fault(hang=0.8, drop=True))
    before = [name for name, _ in emulator.calls].count("getMe")
    emulator.fail("getMe", Fault(500, {"ok": False, "description": "x"}))
    ana.says("un")
    assert ana.hears(1) == ["un"]
    assert [name for name, _ in emulator.calls].count("getMe") >= before + 2


def test_text_is_text(ana: Person, emulator: Emulator) -> None:
    """Whatever is written comes back as it is, and nothing else is done with it."""
    for text in HOSTILE:
        ana.says(text)
    # What looks like a command of Rasa's is words, and so is what looks like a button.
    expected = [clean(text).lstrip("/ ") for text in HOSTILE]
    assert ana.hears(len(HOSTILE)) == expected
    assert all("parse_mode" not in given for name, given in emulator.calls if name == "sendMessage")


def test_there_is_no_webhook_without_one(desk: Any) -> None:
    """A desk that polls has no webhook."""
    assert desk.client.post("/webhooks/telegram", json={}).status_code == 404


def test_nothing_personal_is_logged(ana: Person, emulator: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    """Neither words, nor the chat's number, nor the token stand in the log, also when things go wrong."""
    configure_log("INFO")
    emulator.fail("sendMessage", Fault(500, {"ok": False, "description": "x"}), Fault(hang=0.8, drop=True))
    with caplog.at_level(logging.INFO):
        ana.says("canari-7F3A")
        ana.hears(1)
        emulator.update(message={"text": "canari-7F3A"})
        emulator.wait(lambda: not emulator.pending())
        emulator.fail("getUpdates", Fault(200, '{"result": [{"text": "canari-7F3A"'))
        ana.presses_data("canari-7F3A")
        ana.blocks()
        ana.says("canari-7F3A encore")
        threading.Event().wait(0.2)
    for secret in ("canari-7F3A", str(ana.chat_id), TOKEN):
        assert secret not in caplog.text


def test_a_flood_is_kept_and_told_once(make_telegram_desk: Callable[..., Any], emulator: Emulator) -> None:
    """Who writes too fast hears so once; what they wrote is kept, and goes to nobody."""
    desk = make_telegram_desk(sender_burst=2, sender_per_second=0.001)
    ana = emulator.citizen()
    for number in range(6):
        ana.says(str(number))
    emulator.wait(lambda: not emulator.pending() and len(kept(desk, ana)) == 9)
    assert ana.hears(3)[:2] == ["0", "1"]
    assert ana.heard[2].startswith("Vous avez envoyé beaucoup de messages")
    assert [text for author, text in kept(desk, ana) if author == "citizen"] == list("012345")
    assert len(desk.bodies) == 2


def test_presses_count_as_messages(make_telegram_desk: Callable[..., Any], emulator: Emulator) -> None:
    """Who presses too fast hears so once, like one who writes too fast."""
    desk = make_telegram_desk(sender_burst=2, sender_per_second=0.001)
    desk.answer = CLARIFY
    ana = emulator.citizen()
    ana.says("hein")
    ana.hears(1)
    data = emulator.sent[0].buttons[0][0]["callback_data"]
    numbers = [ana.presses_data(data) for _ in range(4)]
    emulator.wait(lambda: set(numbers) <= set(emulator.answered))
    assert ana.hears(3)[2].startswith("Vous avez envoyé beaucoup de messages")
    assert len(desk.bodies) == 2


@pytest.mark.parametrize(
    "command, words, name",
    [
        ("/donnees", "Voici ce que je garde de vous", "mes-donnees.json"),
        ("/data", "Here is what I keep", "my-data.json"),
    ],
)
def test_ones_data_come_as_a_file(ana: Person, emulator: Emulator, command: str, words: str, name: str) -> None:
    """What is kept is told in words, and all of it follows as a JSON file."""
    ana.says("canari-7F3A")
    ana.hears(1)
    ana.says(command)
    told, file = ana.hears(3)[1:]
    assert told.startswith(words)
    assert file == name
    kept = json.loads(emulator.documents[name])
    assert "canari-7F3A" in [message["text"] for message in kept["messages"]]
    assert kept["conversation"][0]["channel"] == "telegram"

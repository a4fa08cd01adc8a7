"""Whatever goes wrong, no line of any process's log holds what anybody wrote, and each fault has its line."""

from __future__ import annotations

import json
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.end_to_end.failing_desk import TELEGRAM_SECRET, TELEGRAM_TOKEN, FailingDesk

# A name, an address and a phrase, of which no part is a word of ours; the token is nobody's business either.
NAME, ADDRESS, PHRASE = "Quetzalli", "quetzalli@canari.example", "perroquet pourpre"
CANARIES = (NAME, "canari", "perroquet", "pourpre", TELEGRAM_TOKEN.partition(":")[2], TELEGRAM_SECRET)
WORDS = f"Bonjour, je suis {NAME} ({ADDRESS}), où est mon {PHRASE}?"
_PATIENCE_SECONDS = 60.0


class Log:
    """What the processes have logged since this was made."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._begin = path.stat().st_size

    @property
    def text(self) -> str:
        """All of it."""
        return self._path.read_bytes()[self._begin :].decode(errors="replace")

    def has(self, *lines: str) -> None:
        """Wait until each of these stands in it; no canary does."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while missing := [line for line in lines if line not in self.text]:
            assert time.monotonic() < deadline, (missing, self.text)
            time.sleep(0.1)
        found = [line for line in self.text.splitlines() for word in CANARIES if word.lower() in line.lower()]
        assert not found


@pytest.fixture
def log(failing: FailingDesk) -> Log:
    """The log from here on."""
    return Log(failing.log)


def until(condition: Callable[[], bool]) -> None:
    """Wait until it is so."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def all_taken(desk: FailingDesk) -> bool:
    """Whether every e-mail that was dropped is taken in."""
    return not any((Path(desk.env["GUICHET_MAIL_IN_DIR"]) / "new").iterdir())


def test_an_action_that_fails(failing: FailingDesk, log: Log) -> None:
    """It raises with the whole tracker in its words; so does the action that reads a form's answer."""
    citizen = failing.citizen()
    with failing.failing("action_answer"):
        citizen.says(WORDS)
    log.has("the action action_answer failed (RuntimeError)")
    citizen.says("je veux porter plainte")
    with failing.failing("validate_complaint_form"):
        citizen.says(WORDS)
    log.has("the action validate_complaint_form failed (RuntimeError)")


def test_rasa_and_the_desk_that_fail(failing: FailingDesk, log: Log) -> None:
    """A message that Rasa cannot read, and a turn that fails in the desk."""
    with failing.failing("rasa.core.processor:MessageProcessor.parse_message"):
        failing.citizen().says(WORDS)
    log.has("a message could not be answered (RuntimeError)")
    with failing.failing("bot.assistant.rasa_client:RasaClient.replies"):
        failing.citizen().says(WORDS)
    log.has("a turn failed (RuntimeError) and is tried again", "a turn failed (RuntimeError); the fallback")


@pytest.mark.parametrize(("process", "name"), [("rasa", "Rasa"), ("actions", "the action server")])
def test_a_process_that_is_killed(failing: FailingDesk, log: Log, process: str, name: str) -> None:
    """What is said while it is dead, and once it is back."""
    citizen = failing.citizen()
    failing.children()[process].send_signal(signal.SIGKILL)
    citizen.says(WORDS)
    log.has(f"guichet: {name} ended (exit -9)", "the assistant did not answer")
    failing.wait_until_ready()
    citizen.says(WORDS)
    log.has()


def test_bodies_that_are_refused(failing: FailingDesk, log: Log) -> None:
    """What is no JSON, of no form, too large, no HTTP: at the desk, and at the processes behind it."""
    ports = [failing.port, int(failing.env["GUICHET_RASA_PORT"]), int(failing.env["GUICHET_ACTIONS_PORT"])]
    text = json.dumps({"sender": NAME, "message": WORDS})
    bodies = [
        text[:-3].encode(),
        text.encode("utf-16"),
        json.dumps({"sender": [NAME], "message": {"text": WORDS}}).encode(),
        json.dumps([WORDS]).encode(),
        ("[" * 5000 + WORDS).encode(),
    ]
    # The desk alone is asked by others, and lets nothing so long through to Rasa.
    long = json.dumps({"sender": NAME, "message": WORDS * 2000})
    assert httpx.post(f"{failing.url}/webhooks/rest/webhook", content=long, timeout=30).status_code == 413
    for port, path in zip(ports, ("/webhooks/rest/webhook", "/webhooks/rest/webhook", "/webhook"), strict=True):
        for body in bodies:
            httpx.post(f"http://127.0.0.1:{port}{path}", content=body, timeout=30)
        httpx.get(f"http://127.0.0.1:{port}/{NAME}", params={"q": PHRASE}, timeout=30)
        with socket.create_connection(("127.0.0.1", port), 10) as raw:
            raw.sendall(f"{WORDS}\r\n{NAME}: \x00{PHRASE}\r\n\r\n".encode())
            raw.settimeout(10)
            raw.recv(4096)
    headers = {"Authorization": f"Bearer {NAME}-{PHRASE.replace(' ', '-')}"}
    assert httpx.post(f"{failing.url}/chat/messages", content=bodies[0], headers=headers).status_code in (400, 401)
    log.has()


def test_updates_of_telegrams_that_are_refused(failing: FailingDesk, log: Log) -> None:
    """From somebody else, no JSON, and such as nobody understands; Telegram itself does not answer."""
    url = f"{failing.url}/webhooks/telegram"
    secret = {"X-Telegram-Bot-Api-Secret-Token": TELEGRAM_SECRET}
    person = {"id": 7, "is_bot": False, "first_name": NAME, "username": NAME}
    message = {"message_id": 7, "date": 0, "chat": {"id": 7, "type": "private", "first_name": NAME}, "from": person}
    assert (
        httpx.post(url, content=WORDS, headers={**secret, "X-Telegram-Bot-Api-Secret-Token": NAME}).status_code == 403
    )
    assert httpx.post(url, content=WORDS.encode(), headers=secret).status_code == 400
    for update in (
        {"update_id": 1, "message": {**message, "date": WORDS}},
        {"update_id": 2, "message": {"text": WORDS, "chat": NAME}},
        {"update_id": 3, "message": [WORDS]},
        [WORDS],
    ):
        assert httpx.post(url, json=update, headers=secret).status_code == 200
    log.has("an update was not understood")
    with failing.failing("action_answer"):
        good = {"update_id": 4, "message": {**message, "text": WORDS}}
        assert httpx.post(url, json=good, headers=secret).status_code == 200
        log.has("the action action_answer failed (RuntimeError)")


def test_bad_emails(failing: FailingDesk, log: Log) -> None:
    """Broken parts, headers in no charset, nobody's; one that breaks the reading; a server that refuses the answer."""
    usual = f"From: {NAME} <{ADDRESS}>\nTo: guichet@localhost\nSubject: {PHRASE}\n"
    typed = "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=x\n"
    broken = "--x\nContent-Type: text/plain; charset=no-such\nContent-Transfer-Encoding: base64\n\n"
    failing.receives(
        f"{usual}Message-ID: <1@canari.example>\n{typed}\n{broken}%%%{WORDS}".encode(),
        f"From: {NAME} Zo\xe9 <{ADDRESS}>\nSubject: {PHRASE} \xe9\xff\x00\nMessage-ID: <2\xe9>\n\n{WORDS}".encode(
            "latin-1"
        ),
        f"Subject: =?utf-8?q?{PHRASE}=ZZ?=\nDate: {PHRASE}\n\n{WORDS}".encode(),
        f'{usual}Content-Type: {NAME}/{PHRASE}; charset="{NAME}\n\n{WORDS}'.encode("utf-16"),
        b"",
    )
    until(lambda: all_taken(failing))
    with failing.failing("bot.channels.email.reading:read_email"):
        failing.receives(f"{usual}Message-ID: <3@canari.example>\n\n{WORDS}".encode())
        log.has("an e-mail could not be read (RuntimeError)")
        until(lambda: all_taken(failing))
    failing.receives(f"{usual}Message-ID: <4@canari.example>\n\n{WORDS}".encode())
    log.has("a message on email could not be delivered and was parked (smtp 550)")
    with failing.failing("action_answer", "bot.assistant.rasa_client:RasaClient.replies"):
        failing.receives(f"{usual}Message-ID: <5@canari.example>\n\n{WORDS}".encode())
        until(lambda: all_taken(failing))
    log.has()


def test_pages_that_fail(failing: FailingDesk, log: Log) -> None:
    """A page of the console and one of the channel's raise with what they were given."""
    with failing.failing("bot.channels.web.incoming:parse_incoming"):
        body = {"sender": NAME, "message": WORDS}
        assert httpx.post(f"{failing.url}/webhooks/rest/webhook", json=body, timeout=30).status_code == 500
    log.has("a request failed: RuntimeError")
    begun = Log(failing.log)
    with failing.officer("fr") as officer, failing.failing("bot.messages.failures:Failures.latest"):
        assert officer.get("/console/failed", params={"q": NAME}).status_code == 500
    begun.has("RuntimeError")
    log.has()


def test_nothing_of_all_this_is_in_the_log(failing: FailingDesk) -> None:
    """From the first line of the desk on; and no traceback in a form of Python's own, which holds words."""
    whole = failing.log.read_bytes().decode(errors="replace")
    assert not [line for line in whole.splitlines() for word in CANARIES if word.lower() in line.lower()]
    assert "Traceback (most recent call last)" not in whole

"""Messages out by e-mail, to an SMTP server on loopback and into a folder."""

from __future__ import annotations

import asyncio
import email
import json
from datetime import datetime, timezone
from email import policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.email.sending import EmailSender
from bot.channels.email.threads import our_name
from bot.channels.email.transports import Maildir, Transport, make_transport
from bot.channels.email.writing import POLICY
from bot.core.folders import ROOT
from bot.core.organization import load_organization
from bot.core.settings import Settings
from bot.core.texts import load_texts
from bot.messages.conversation import ASSISTANT, OFFICER, SYSTEM, WORDS, Message
from bot.messages.delivery import DeliveryError, PushChannel, Transient

pytestmark = pytest.mark.anyio
AT = datetime(2026, 11, 25, 14, 30, tzinfo=timezone.utc)
PASSWORD = "a-password-that-nobody-reads"
ANA = "ana@example.org"


def sender_by(transport: Transport, settings: Settings) -> EmailSender:
    """A sender with the committed texts."""
    texts = load_texts(ROOT / "data" / "texts.yml", load_organization(ROOT / "data").values)
    return EmailSender(transport, texts, settings, lambda address: {"address": address})


async def failing(sender: EmailSender, address: str = ANA) -> DeliveryError:
    """The failure of an e-mail."""
    (part,) = sender.parts(message(), "fr")
    with pytest.raises(DeliveryError) as raised:
        await sender.send(address, part)
    assert address not in raised.value.reason
    return raised.value


def message(text: str = "Bonjour", author: str = ASSISTANT, **detail: Any) -> Message:
    """A message as the desk keeps it."""
    return Message(41, "c", 2, author, text, WORDS, detail, AT)


def one_part(message: Message, language: str = "fr") -> EmailMessage:
    """The e-mail that a message makes."""
    settings = Settings(mail_from="guichet@desk.example")
    (part,) = sender_by(Maildir(Path("unused")), settings).parts(message, language)
    return part.mail


def arrived(content: bytes) -> EmailMessage:
    """An e-mail as its reader's program sees it."""
    found = email.message_from_bytes(content, policy=policy.default)
    assert isinstance(found, EmailMessage)
    assert not found.defects
    return found


@pytest.mark.anyio
async def test_the_file_of_one_s_data(tmp_path: Path) -> None:
    """It is made when the e-mail goes out, of what is kept of the address that it goes to."""
    sender = sender_by(Maildir(tmp_path), Settings())
    (part,) = sender.parts(message(custom={"export": True, "language": "en"}), "fr")
    await sender.send(ANA, part)
    (file,) = (tmp_path / "new").iterdir()
    found = arrived(file.read_bytes())
    (attached,) = found.iter_attachments()
    assert (attached.get_content_type(), attached.get_filename()) == ("application/json", "my-data.json")
    assert json.loads(attached.get_content()) == {"address": ANA}
    body = found.get_body()
    assert body
    assert body.get_content().startswith("Bonjour")


def test_the_sender_is_a_push_channel() -> None:
    """The dispatcher finds all that it needs."""
    channel: PushChannel = sender_by(Maildir(Path("unused")), Settings())
    assert channel.name == "email"
    assert channel.per_second > 0 < channel.address_per_second


def test_an_email_says_who_speaks_and_how_to_reach_a_person() -> None:
    """Under the words stand the officer's first name and the signature, in the message's language."""
    french = one_part(message("Voici.", OFFICER, name="Zoé"), "fr").get_content()
    assert french.splitlines() == [
        "Voici.",
        "",
        "Zoé",
        "",
        "-- ",
        "Guichet du ministère des Relations internationales",
        "Pour parler à une personne : (418) 649-2300 (Québec) ou (514) 873-6708 (Montréal), "
        "de 8 h 30 à 17 h, du lundi au vendredi.",
    ]
    english = one_part(message("Here.", custom={"language": "en"}), "fr").get_content()
    assert english.splitlines() == [
        "Here.",
        "",
        "-- ",
        "Inquiry desk of the Ministère des Relations internationales",
        "To talk to a person: (418) 649-2300 (Québec City) or (514) 873-6708 (Montréal), "
        "from 8:30 a.m. to 5:00 p.m., Monday to Friday.",
    ]


def test_the_same_message_is_the_same_email() -> None:
    """Made again it is the same to the last byte, under the name that its number gives it."""
    said = message("Été\n.\nfin", email={"subject": "À propos", "in_reply_to": "<a@x>", "references": ["<a@x>"]})
    first, second = (one_part(said) for _ in range(2))
    assert first.as_bytes() == second.as_bytes()
    assert first["Message-ID"] == our_name(41, "c", "desk.example")
    assert first["Date"].datetime == AT
    assert (first["From"], first["To"]) == ("guichet@desk.example", None)


@pytest.mark.parametrize("author, automatic", [(ASSISTANT, "auto-replied"), (SYSTEM, "auto-replied"), (OFFICER, None)])
def test_what_no_person_wrote_says_so(author: str, automatic: str | None) -> None:
    """Programs that answer e-mails by themselves leave such ones unanswered."""
    assert one_part(message(author=author))["Auto-Submitted"] == automatic


@pytest.mark.parametrize("subject", [None, "", " \r\n", "\u200b"])
def test_without_a_subject_the_organization_is_named(subject: str | None) -> None:
    """A message that has no subject of its own gets the approved one."""
    said = message(email={"subject": subject})
    assert one_part(said, "fr")["Subject"] == "Votre message au ministère des Relations internationales"
    assert one_part(said, "en")["Subject"] == "Your message to the Ministère des Relations internationales"
    assert one_part(message(), "en")["Subject"] == one_part(said, "en")["Subject"]


def test_a_thread_goes_on() -> None:
    """An answer names what it answers; names that are long stay whole, and of many the first and the latest."""
    long = f"<{'x' * 200}@mail.example>"
    given = {"in_reply_to": long, "references": [f"<{n}@x>" for n in range(50)] + [long]}
    raw = one_part(message(email=given)).as_bytes()
    found = arrived(raw)
    assert found["In-Reply-To"] == long
    assert found["References"].split() == ["<0@x>", *(f"<{n}@x>" for n in range(32, 50)), long]
    assert long.encode() in raw


@pytest.mark.parametrize(
    "given",
    [
        {"subject": "Hi\r\nBcc: eve@example.org"},
        {"subject": "Hi\nBcc: eve@example.org\n\nBody"},
        {"subject": "Hi\u2028Bcc: eve@example.org"},
        {"in_reply_to": "<a@x>\r\nBcc: eve@example.org"},
        {"in_reply_to": "<a@x\nBcc:eve@example.org>"},
        {"references": ["<a@x>\r\nBcc: eve@example.org", "<b@x\rBcc:e>"]},
    ],
)
def test_no_header_can_be_smuggled_in(given: dict[str, Any]) -> None:
    """Whatever a citizen's own e-mail held, the answer has the headers that we give it."""
    found = arrived(one_part(message(email=given)).as_bytes())
    assert "Bcc" not in found
    assert found.get_content().startswith("Bonjour")
    assert not {"In-Reply-To", "References"} & set(found.keys())


@given(st.text(st.sampled_from('aé日😀 ,;:=?_<>"()@-.'), min_size=1, max_size=300).map(str.split).map(" ".join))
def test_any_subject_arrives(subject: str) -> None:
    """Folded and encoded on the way, a subject is read as it was written, and its lines are short."""
    mail = EmailMessage(policy=POLICY)
    mail["Subject"] = subject
    raw = mail.as_bytes()
    assert email.message_from_bytes(raw, policy=policy.default)["Subject"] == subject
    assert max(map(len, raw.split(b"\r\n"))) <= 76


async def test_without_a_server_emails_are_kept_in_a_folder(tmp_path: Path) -> None:
    """On a fresh machine each e-mail is a file among the new ones, that nobody else may read."""
    settings = Settings(mail_dir=tmp_path / "var" / "mail")
    sender = sender_by(make_transport(settings), settings)
    await sender.probe()
    assert list((tmp_path / "var" / "mail").glob("*/*")) == []
    for address in (ANA, "zoé@example.org"):
        await sender.send(address, sender.parts(message("Été\n.", email={"subject": "À vous"}), "fr")[0])
    contents = [path.read_bytes() for path in (tmp_path / "var" / "mail" / "new").iterdir()]
    assert b"\r" not in b"".join(contents)
    found = {mail["To"]: mail for mail in map(arrived, contents)}
    assert found.keys() == {ANA, "zoé@example.org"}
    assert found[ANA]["Subject"] == "À vous"
    assert found[ANA].get_content().startswith("Été\n.\n\n-- \n")
    assert (tmp_path / "var" / "mail").stat().st_mode & 0o777 == 0o700


async def test_a_folder_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    """Nothing is lost: staff make room, and then it goes out."""
    (tmp_path / "file").write_text("not a folder")
    sender = sender_by(Maildir(tmp_path / "file" / "mail"), Settings())
    error = await failing(sender)
    assert (type(error), error.reason) == (Transient, "maildir NotADirectoryError")
    with pytest.raises(Transient, match="maildir NotADirectoryError"):
        await sender.probe()


async def test_what_waited_too_long_for_its_turn_is_not_sent(tmp_path: Path) -> None:
    """By then the duty may be another process's, which sends it too."""
    sender = sender_by(Maildir(tmp_path), Settings(smtp_timeout=0.0))  # any wait is too long
    error = await failing(sender)
    assert (type(error), error.reason) == (Transient, "all connections busy")
    assert list(tmp_path.iterdir()) == []


async def test_a_message_on_its_own_way_holds_up_no_other(tmp_path: Path) -> None:
    """Several are under way at a time: one that is answered only after another is no deadlock."""
    meeting = asyncio.Event()
    loop = asyncio.get_running_loop()

    class Meeting(Maildir):
        def deliver(self, recipient: str, mail: EmailMessage) -> None:
            if recipient == ANA:
                asyncio.run_coroutine_threadsafe(meeting.wait(), loop).result()
            else:
                loop.call_soon_threadsafe(meeting.set)
            super().deliver(recipient, mail)

    sender = sender_by(Meeting(tmp_path), Settings())
    (part,) = sender.parts(message(), "fr")
    await asyncio.gather(sender.send(ANA, part), sender.send("bob@example.org", part))
    assert len(list((tmp_path / "new").iterdir())) == 2

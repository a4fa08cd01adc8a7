"""What is told of who wrote an e-mail: machines, people, receipts and bounces."""

from __future__ import annotations

import pytest

from bot.channels.email.reading import read_email
from tests.channels.email.letters import ANA, letter, multipart, part, returned


@pytest.mark.parametrize(
    "more, sender, subject, why",
    [
        (["Auto-Submitted: auto-replied"], ANA, "Question", "auto_submitted"),
        (["Auto-Submitted: auto-generated; type=x"], ANA, "Question", "auto_submitted"),
        (["Precedence: auto_reply"], ANA, "Question", "precedence"),
        (["X-Autoreply: yes"], ANA, "Question", "auto_header"),
        (["Return-Path: <>"], ANA, "Question", "null_return_path"),
        (["List-Unsubscribe: <mailto:x@example.org>", "Precedence: bulk"], ANA, "Soldes", "mass"),
        (["List-Unsubscribe: <https://x.example>", "List-Unsubscribe-Post: One-Click"], ANA, "!", "mass"),
        ([], "MAILER-DAEMON <>", "Question", "daemon"),
        ([], "mailer-daemon@example.org", "Question", "daemon"),
        ([], "no-reply@example.org", "Question", "no_reply"),
        ([], "ne-pas-repondre@example.org", "Question", "no_reply"),
        ([], "Guichet <guichet@desk.example>", "Question", "own"),
        *[
            ([], ANA, subject, "away")
            for subject in (
                "Réponse automatique : Question", "Automatic reply: Question", "Auto reply: Question", "AutoReply",
                "Auto-Reply Re: Question", "Out of Office Re: Question", "Out-of-Office", "Out of the office: x",
                "Absence du bureau", "Absence du bureau : x", "Réponse d'absence", "Réponse d’absence : Question",
                "Message d'absence", "[EXT] Automatic reply: Question",
            )
        ],
    ],
)  # fmt: skip
def test_machines_are_known(more: list[str], sender: str, subject: str, why: str) -> None:
    """By their headers first (RFC 3834), by their address, and last by what stands above."""
    found = read_email(letter(more=more, sender=sender, subject=subject), own="guichet@desk.example")
    assert (found.automatic, found.why, found.acknowledge, found.opens) == (True, why, False, False)


@pytest.mark.parametrize(
    "subject",
    [
        "Question",
        "I am away from Canada: renewing my card",
        "Absence : rendez-vous du 12 mai",
        "Réponse automatique reçue : quand aurai-je une vraie réponse?",
        "Question sur la réponse automatique",
        "Re: Réponse automatique : Question",
        "Out of office hours, can I call?",
        "En vacances : mon visa",
        "Autoresponder of your ministry",
    ],
)
@pytest.mark.parametrize(
    "more",
    [
        [],
        ["Auto-Submitted: no"],
        ["Precedence: first-class"],
        ["X-Auto-Response-Suppress: DR"],
        ["Reply-To: guichet@desk.example"],
        ["Reply-To: no-reply@example.org"],
    ],
)
def test_people_are_people(subject: str, more: list[str]) -> None:
    """Whatever they write of, they are acknowledged at their own address."""
    found = read_email(letter(subject=subject, more=more), own="guichet@desk.example")
    assert (found.automatic, found.acknowledge, found.opens) == (False, True, True)
    assert found.sender == "ana@example.org"


@pytest.mark.parametrize(
    "more, sender",
    [
        (["List-Id: <nouvelles.example.org>"], ANA),
        (["List-Unsubscribe: <mailto:x@example.org>"], ANA),
        (["Precedence: list"], ANA),
        (["Precedence: bulk"], ANA),
        (["X-Auto-Response-Suppress: OOF"], ANA),
        (["X-Auto-Response-Suppress: All"], ANA),
        ([], "postmaster@example.org"),
    ],
)
def test_a_doubt_opens_a_request_without_an_acknowledgement(more: list[str], sender: str) -> None:
    """Headers that ordinary people's e-mails bear too make nobody's words vanish."""
    found = read_email(letter(more=more, sender=sender))
    assert (found.automatic, found.acknowledge, found.opens) == (False, False, True)


def test_a_receipt_is_automatic() -> None:
    """That an e-mail was read is no answer to it."""
    report = part("Disposition: manual-action/MDN-sent-manually; displayed", "message/disposition-notification")
    found = read_email(multipart(part("Lu"), report, kind="report; report-type=disposition-notification"))
    assert (found.why, found.bounce) == ("receipt", None)


@pytest.mark.parametrize("style", ["postfix", "exchange", "gmail"])
def test_bounces(style: str) -> None:
    """A report says which e-mail came back, from whom, and why (RFC 3464)."""
    found = read_email(returned("<guichet-7@desk.example>", style=style))
    assert (found.automatic, found.why) == (True, "bounce")
    assert found.bounce is not None
    assert found.bounce.of == ("<guichet-7@desk.example>",)
    assert found.bounce.recipient == "ana@example.org"
    assert found.bounce.reason.startswith("5.1.1 550 5.1.1")
    assert found.bounce.final


def test_a_bounce_without_a_report() -> None:
    """Older servers only write what happened."""
    found = read_email(returned("<guichet-7@desk.example>", style="plain"))
    assert found.bounce is not None
    assert (found.bounce.of, found.bounce.reason, found.bounce.final) == (("<guichet-7@desk.example>",), "5.1.1", True)


@pytest.mark.parametrize("action", ["delayed", "relayed", "delivered", "expanded"])
def test_what_may_still_arrive_is_not_final(action: str) -> None:
    """Only what was given up did not arrive."""
    found = read_email(returned("<guichet-7@desk.example>", "4.4.1", action))
    assert found.bounce is not None
    assert not found.bounce.final


def test_a_person_who_writes_of_a_bounce_is_a_person() -> None:
    """Words of failure are no failure."""
    assert read_email(letter("Mail delivery failed: 5.1.1", subject="Undelivered Mail")).bounce is None

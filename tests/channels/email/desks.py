"""E-mails of other desks, of calendars, and of those that ask who one is."""

from __future__ import annotations

from collections.abc import Iterator

from tests.channels.email.cases import (
    ANA,
    ANSWERS,
    EN,
    FR,
    Case,
    address_of,
    machine,
    part,
    parts,
    several,
    written,
)


def desks() -> Iterator[Case]:
    """Acknowledgements of other desks' ticket systems."""
    words = {
        FR: "Bonjour,\n\nVotre demande a bien été reçue et porte le numéro 48213. Nous vous répondrons bientôt.",
        EN: "Hello,\n\nYour request (48213) has been received and is being reviewed by our staff.",
    }
    subjects = {FR: "[Demande 48213] Re: Question", EN: "[Request received] Re: Question"}
    kinds = [
        ("zendesk", ("X-Mailer: Zendesk Mailer", "Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All")),
        ("freshdesk", ("X-Auto-Response-Suppress: DR, RN, OOF, AutoReply", "Auto-Submitted: auto-generated")),
        (
            "otrs",
            (
                "X-Powered-By: OTRS (https://otrs.example)",
                "Precedence: bulk",
                "Auto-Submitted: auto-replied",
                "X-OTRS-Loop: yes",
            ),
        ),
        (
            "glpi",
            ("Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: OOF, DR, NDR, RN, NRN", "X-Mailer: GLPI"),
        ),
        (
            "rt",
            (
                "X-RT-Loop-Prevention: example.org",
                "RT-Ticket: example.org #48213",
                "Precedence: bulk",
                "X-RT-Originator: ana@e",
            ),
        ),
        ("jira", ("X-JIRA-FingerPrint: 3b2", "Auto-Submitted: auto-generated", "Precedence: bulk")),
        (
            "osticket",
            ("X-Autoreply: yes", "Auto-Submitted: auto-replied", "X-Auto-Response-Suppress: DR, RN, OOF, AutoReply"),
        ),
    ]
    for name, head in kinds:
        for lang in (FR, EN):
            subject = "[example.org #48213] AutoReply: Re: Question" if name == "rt" else subjects[lang]
            raw = written(words[lang], sender="Aide <aide@support.example>", subject=subject, head=[*ANSWERS, *head])
            yield machine(f"desk-{name}-{lang}", words[lang], raw, "aide@support.example")


_EVENT = (
    "BEGIN:VCALENDAR\nPRODID:-//Google Inc//Google Calendar 70.9054//EN\nVERSION:2.0\nMETHOD:{method}\nBEGIN:VEVENT\n"
    "DTSTART:20270112T150000Z\nDTEND:20270112T153000Z\nUID:1@example.org\n"
    "ORGANIZER;CN=Guichet:mailto:guichet@desk.example\n"
    "ATTENDEE;PARTSTAT={status};CN=Ana:mailto:ana@example.org\nSUMMARY:Rendez-vous\nEND:VEVENT\nEND:VCALENDAR\n"
)


def event(method: str, status: str = "NEEDS-ACTION") -> str:
    """A calendar's file."""
    return _EVENT.format(method=method, status=status)


def calendars() -> Iterator[Case]:
    """Answers that calendars write: accepted, declined, perhaps; and an invitation that a calendar sends by itself."""
    answers = [
        ("accepted", "ACCEPTED", "Accepté : Rendez-vous", "Accepted: Appointment"),
        ("declined", "DECLINED", "Refusé : Rendez-vous", "Declined: Appointment"),
        ("tentative", "TENTATIVE", "Provisoire : Rendez-vous", "Tentative: Appointment"),
    ]
    for name, status, french, english in answers:
        for lang, subject in ((FR, french), (EN, english)):
            kind = 'text/calendar; charset="utf-8"; method=REPLY'
            # As Outlook answers where nothing is written: an empty text beside it.
            body = parts(part("\n"), part(event("REPLY", status), kind))
            raw = written(
                body, sender=ANA, subject=subject, kind=several("alternative"), name=f"<{name}.{lang}@o.example>"
            )
            yield machine(f"calendar-outlook-{name}-{lang}", "", raw)
    words = {
        FR: "Ana Tremblay a accepté cette invitation.\n\nRendez-vous\nmar. 12 janv. 2027 10 h",
        EN: "Ana Tremblay has accepted this invitation.\n\nAppointment\nTue Jan 12, 2027 10am",
    }
    for lang, said in words.items():
        head = ("Sender: Google Calendar <calendar-notification@google.example>", "Auto-Submitted: auto-generated")
        body = parts(part(said), part(event("REPLY", "ACCEPTED"), 'text/calendar; charset="UTF-8"; method=REPLY'))
        subject = {FR: "Accepté : Rendez-vous", EN: "Accepted: Appointment @ Tue Jan 12, 2027"}[lang]
        raw = written(body, sender=ANA, subject=subject, head=head, kind=several("alternative"))
        yield machine(f"calendar-google-{lang}", said, raw)


def challenges() -> Iterator[Case]:
    """Programs that ask whoever writes to prove that they are a person."""
    kinds = [
        (
            "mailinblack-fr",
            "Mailinblack pour Ana <ana@example.org>",
            "Authentification nécessaire : Re: Question",
            "Bonjour,\n\nVotre courriel n'est pas encore remis à ana@example.org. Cliquez ici pour vous authentifier.",
            ("Auto-Submitted: auto-replied", "X-Mib-Auth: 1"),
        ),
        (
            "boxbe-en",
            "Boxbe <notify@boxbe.example>",
            "Re: Question (Action Required)",
            "Hello guichet,\n\nYour message was put into the waiting list. Click here to be added to the guest list.",
            ("Precedence: bulk", "Auto-Submitted: auto-replied", "X-Boxbe: yes"),
        ),
        (
            "spamarrest-en",
            "Ana Tremblay <ana@example.org>",
            "Re: Question (verification)",
            "I'm protecting myself from junk mail. Please click the link below to complete the verification process.",
            ("Auto-Submitted: auto-replied", "Precedence: junk", "X-Spamarrest-Challenge: 1"),
        ),
        (
            "provider-fr",
            "Ana Tremblay <ana@example.org>",
            "Confirmez votre envoi",
            "Votre message attend. Pour qu'il soit remis, répondez à ce courriel.",
            ("Auto-Submitted: auto-generated",),
        ),
    ]
    for name, sender, subject, words, head in kinds:
        raw = written(words, sender=sender, subject=subject, head=[*ANSWERS, *head], name=f"<{name}@c.example>")
        yield machine(f"challenge-{name}", words, raw, address_of(sender))

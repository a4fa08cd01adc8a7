"""E-mails that no person wrote: what answers for somebody, reports, receipts, mailings, tickets of other desks.

The headers and the forms are those of the programs that are named; the words are ours, near to theirs.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.channels.email.bounces import free_bounces, reports, returned
from tests.channels.email.cases import (
    ANA,
    ANSWERS,
    DESK,
    EN,
    FR,
    OURS,
    Case,
    address_of,
    file,
    machine,
    part,
    parts,
    several,
    written,
)
from tests.channels.email.desks import calendars, challenges, desks

SUBJECT = {FR: "Votre demande RI-7K3P-92QX", EN: "Your request RI-7K3P-92QX"}
AWAY = {
    FR: "Bonjour,\n\nJe suis absente jusqu'au 4 janvier. Pour une urgence, écrivez à luc@example.org.\n\nAna Tremblay",
    EN: "Hello,\n\nI am out of the office until January 4. If it is urgent, write to luc@example.org.\n\nAna Tremblay",
}


def away() -> Iterator[Case]:
    """What answers for somebody who is not there: the subject's words in French and English, and the headers."""
    kinds: list[tuple[str, str, str, tuple[str, ...]]] = [
        (
            "exchange",
            "Réponse automatique : {}",
            "Automatic reply: {}",
            ("X-Auto-Response-Suppress: All", "Auto-Submitted: auto-generated", "X-MS-Has-Attach:"),
        ),
        (
            "exchange-external",
            "[EXTERNE] Réponse automatique : {}",
            "[EXTERNAL] Automatic reply: {}",
            (
                "X-MS-Exchange-Inbox-Rules-Loop: ana@example.org",
                "X-MS-Exchange-Generated-Message-Source: Mailbox Rules",
            ),
        ),
        (
            "exchange-2007",
            "Absence du bureau : {}",
            "Out of Office: {}",
            ("X-MS-TNEF-Correlator:", "Thread-Index: AdB1"),
        ),
        (
            "exchange-2003",
            "Absent du bureau : {}",
            "Out of Office AutoReply: {}",
            ("X-MimeOLE: Produced By Exchange V6.5",),
        ),
        ("outlook-com", "Réponse automatique : {}", "Automatic reply: {}", ("X-IncomingTopHeaderMarker: Original",)),
        (
            "gmail",
            "Absente jusqu'au 4 janvier Re: {}",
            "Out of the office until January 4 Re: {}",
            ("Auto-Submitted: auto-replied", "Precedence: bulk", "X-Autoreply: yes"),
        ),
        (
            "icloud",
            "Je suis absente Re: {}",
            "I am away Re: {}",
            ("Auto-Submitted: auto-replied (vacation)", "X-Mailer: iCloud Vacation"),
        ),
        (
            "apple-server",
            "Auto: {}",
            "Auto: {}",
            ("X-Sieve: Pigeonhole Sieve 0.4.24", "Auto-Submitted: auto-replied (vacation)", "Precedence: bulk"),
        ),
        (
            "zimbra",
            "Re: {}",
            "Re: {}",
            ("Auto-Submitted: auto-replied (zimbra; vacation)", "Precedence: bulk", "X-Mailer: Zimbra 8.8.15_GA_4372"),
        ),
        (
            "dovecot",
            "Auto: {}",
            "Auto: {}",
            (
                "X-Sieve: Pigeonhole Sieve 0.5.19 (4eae2f79)",
                "Auto-Submitted: auto-replied (vacation)",
                "Precedence: bulk",
            ),
        ),
        ("cyrus", "Absence", "Vacation", ("X-Sieve: CMU Sieve 3.0", "Auto-Submitted: auto-replied (vacation)")),
        (
            "vacation",
            "Absente",
            "away from my mail",
            ("Precedence: bulk", "Auto-Submitted: auto-replied", "Return-Path: <>"),
        ),
        ("vacation-1990", "Absente", "away from my mail", ("Precedence: junk",)),
        (
            "proton",
            "Auto: {}",
            "Auto: {}",
            ("X-Autoreply: yes", "Precedence: auto_reply", "X-Autorespond: yes", "X-Pm-Origin: internal"),
        ),
        (
            "yahoo",
            "Réponse automatique Yahoo",
            "Yahoo! Auto Response",
            ("X-Mailer: YahooMailVacation", "Precedence: junk"),
        ),
        ("orange", "Répondeur : {}", "Auto-reply: {}", ("X-WUM-Nature: REPONDEUR", "Auto-Submitted: auto-replied")),
        ("orange-bare", "Réponse d'absence", "Autoreply: {}", ()),
        ("laposte", "Message d'absence : {}", "Out-of-office: {}", ()),
        (
            "cpanel",
            "Absence",
            "On holiday",
            ("X-Autorespond: {}", "Precedence: auto_reply", "X-Precedence: auto_reply", "X-Loop: ana@example.org"),
        ),
        (
            "postfixadmin",
            "Absence",
            "Away",
            ("X-Loop: Postfix Admin Virtual Vacation", "Precedence: junk", "X-Autoreply: yes"),
        ),
        (
            "domino",
            "AUTO : Ana Tremblay est absente (retour le 2027-01-04)",
            "AUTO: Ana Tremblay is out of the office (returning 2027-01-04)",
            ("Auto-Submitted: auto-generated", "X-Mailer: Lotus Notes Release 9.0.1"),
        ),
        (
            "notes-old",
            "Ana Tremblay est absent(e) du bureau.",
            "Ana Tremblay is out of the office.",
            ("X-Mailer: Lotus Notes Release 6.5", "X-MIMETrack: Serialize by Router on D01"),
        ),
        (
            "groupwise",
            "Rép. : {} (absence)",
            "Re: {} (Out of office)",
            ("X-Mailer: Novell GroupWise Internet Agent 8.0", "Auto-Submitted: auto-replied"),
        ),
        ("open-xchange", "Absence", "Absence", ("Auto-Submitted: auto-replied", "X-Mailer: Open-Xchange Mailer v7.10")),
        (
            "zoho",
            "Absence",
            "Out of office",
            ("X-ZohoMail-Owner: vacation", "Auto-Submitted: auto-replied", "Precedence: bulk"),
        ),
        ("fastmail", "Auto : {}", "Auto: {}", ("X-Sieve: CMU Sieve 3.0", "Auto-Submitted: auto-replied (vacation)")),
        ("free", "Répondeur automatique", "Automatic response", ("X-Autoreply: yes",)),
        ("ovh", "[Auto-Reply] Absence", "[Auto-Reply] Away", ("X-Autoreply-Domain: example.org",)),
    ]
    for program, french, english, head in kinds:
        for lang, subject in ((FR, french), (EN, english)):
            asked = f"Re: {SUBJECT[lang]}"
            given = [line.format(asked) for line in head]
            raw = written(AWAY[lang], sender=ANA, subject=subject.format(asked), head=[*ANSWERS, *given])
            yield machine(f"away-{program}-{lang}", AWAY[lang], raw)


def receipts() -> Iterator[Case]:
    """Disposition notifications (RFC 8098)."""
    kinds = [
        (
            "outlook-en",
            "Read: Re: Question",
            "Your message \n\n   To: Ana Tremblay\n   Subject: Re: Question\n\nwas read on Tuesday, December 22, "
            "2026 5:02:00 PM.",
        ),
        (
            "outlook-fr",
            "Lu : Re: Question",
            "Votre message\n\n   À : Ana Tremblay\n\na été lu le mardi 22 décembre 2026 17:02:00.",
        ),
        ("unread-en", "Not read: Re: Question", "Your message was deleted without being read."),
        ("unread-fr", "Non lu : Re: Question", "Votre message a été supprimé sans être lu."),
        (
            "thunderbird-en",
            "Return Receipt (displayed) - Re: Question",
            "This is a Return Receipt for the mail that you sent to ana@example.org.",
        ),
        (
            "thunderbird-fr",
            "Accusé de réception (affichage) - Re: Question",
            "Ceci est un accusé de réception pour le courrier que vous avez envoyé à ana@example.org.",
        ),
        ("zimbra-fr", "Confirmation de lecture : Re: Question", "Le message que vous avez envoyé a été affiché."),
    ]
    for name, subject, words in kinds:
        notice = (
            "Reporting-UA: example.org; Mail\nFinal-Recipient: rfc822;ana@example.org\n"
            f"Original-Message-ID: {OURS}\nDisposition: manual-action/MDN-sent-manually; displayed\n"
        )
        body = parts(part(words), part(notice, "message/disposition-notification"))
        kind = several("report; report-type=disposition-notification")
        raw = written(body, sender=ANA, subject=subject, head=ANSWERS, kind=kind, name=f"<{name}@example.org>")
        yield machine(f"receipt-{name}", words, raw)


def mailings() -> Iterator[Case]:
    """Newsletters, notices of networks, and what list programs write of their own."""
    soon = {
        FR: "Découvrez nos offres de janvier!\n\nSe désabonner",
        EN: "Discover our offers of January!\n\nUnsubscribe",
    }
    off = ("List-Unsubscribe: <https://news.example/off>", "List-Unsubscribe-Post: List-Unsubscribe=One-Click")
    kinds: list[tuple[str, str, tuple[str, ...]]] = [
        (
            "mailchimp",
            "Musée <infos@musee.example>",
            (
                *off,
                "X-Mailer: MailChimp Mailer",
                "X-MC-User: 8a7b",
                "Feedback-ID: 1:1.2:us1:mc",
                "List-ID: <8a7b.list-id.mc.example>",
            ),
        ),
        ("brevo", "École <bonjour@ecole.example>", (*off, "X-Mailin-EID: MTIz", "Feedback-ID: 185:1:Sendinblue")),
        (
            "mailjet",
            "Ville <ville@ville.example>",
            (*off, "X-MJ-Mid: ABC", "Precedence: bulk", "X-CSA-Complaints: csa@eco.example"),
        ),
        ("cyberimpact", "Ville <ville@ville.example>", (*off, "Precedence: bulk", "X-Mailer: Cyberimpact")),
        (
            "constant",
            "Museum <news@museum.example>",
            (*off, "X-Mailer: Roving Constant Contact 2012", "Precedence: bulk"),
        ),
        ("network", "Connexions <notifications-noreply@network.example>", (*off, "X-LinkedIn-Class: EMAIL-DEFAULT")),
        ("shop", "Boutique <ne-pas-repondre@boutique.example>", ("X-Mailer: PHPMailer 6.8",)),
        ("bank", "Bank <donotreply@bank.example>", ("X-Auto-Response-Suppress: All",)),
        (
            "phplist",
            "Assoc <assoc@assoc.example>",
            ("List-Unsubscribe: <https://a.example/u>", "Precedence: bulk", "X-phpList-version: 3.6"),
        ),
    ]
    for name, sender, head in kinds:
        for lang in (FR, EN):
            subject = {FR: "Nos nouvelles de janvier", EN: "Our news of January"}[lang]
            given = {"sender": sender, "subject": subject, "head": head, "name": f"<{name}.{lang}@news.example>"}
            raw = written(soon[lang], **given)
            yield machine(f"mailing-{name}-{lang}", soon[lang], raw, address_of(sender))
    moderated = {
        FR: "Votre message pour la liste Amis, « Re: Question », est en attente : la modératrice doit l'approuver.",
        EN: "Your mail to 'Friends' with the subject 'Re: Question' is being held until the list moderator can "
        "review it.",
    }
    for lang, words in moderated.items():
        subjects = {
            FR: "Votre message à Amis attend une approbation",
            EN: "Your message to Friends awaits moderator approval",
        }
        head = (
            "Precedence: bulk",
            "X-BeenThere: friends@lists.example",
            "List-Id: <friends.lists.example>",
            "X-List-Administrivia: yes",
            "Auto-Submitted: auto-generated",
        )
        sender = "friends-bounces@lists.example"
        yield machine(
            f"list-held-{lang}", words, written(words, sender=sender, subject=subjects[lang], head=head), sender
        )


def systems() -> Iterator[Case]:
    """What systems tell those who keep them: complaints, reports on domains, tasks, filters."""
    complaint = part("Feedback-Type: abuse\nUser-Agent: Feedback/1.0\nVersion: 1\n", "message/feedback-report")
    words = "This is an email abuse report for an email message received from IP 192.0.2.1 on Tue, 22 Dec 2026."
    for name, sender in (("yahoo", "feedback@arf.yahoo.example"), ("outlook", "staff@hotmail.example")):
        body = parts(part(words), complaint, returned())
        kind = several("report; report-type=feedback-report")
        raw = written(body, sender=sender, subject="FW: Re: Question", kind=kind, name=f"<{name}@arf.example>")
        yield machine(f"feedback-{name}", words, raw, sender)
    reported = "This is an aggregate report from google.example."
    body = parts(
        part(reported),
        file(b"\x1f\x8b\x08\x00" + bytes(20), "application/gzip", "google.example!desk.example!1!2.xml.gz"),
    )
    raw = written(
        body,
        sender="noreply-dmarc-support@google.example",
        subject="Report domain: desk.example Submitter: google.example Report-ID: 1",
        kind=several("mixed"),
    )
    yield machine("dmarc", reported, raw, "noreply-dmarc-support@google.example")
    tls = "Rapport agrégé sur le chiffrement des connexions vers desk.example."
    body = parts(part(tls), file(b"\x1f\x8b\x08\x00", "application/tlsrpt+gzip", "r.json.gz"))
    kind = several("report; report-type=tlsrpt")
    raw = written(body, sender="tlsrpt@mx.example", subject="Report Domain: desk.example", kind=kind)
    yield machine("tlsrpt", tls, raw, "tlsrpt@mx.example")
    alone = [
        (
            "cron",
            "root@host.example (Cron Daemon)",
            "Cron <root@host> /usr/bin/backup",
            "backup: done",
            ("Auto-Submitted: auto-generated", "X-Cron-Env: <SHELL=/bin/sh>"),
        ),
        (
            "virus",
            "Content-filter at mx.example <postmaster@mx.example>",
            "VIRUS (Eicar-Test) FROM YOU (guichet@desk.example)",
            "Our content checker found a virus in an email presented to us as originating from you.",
            ("Return-Path: <>", "Auto-Submitted: auto-replied"),
        ),
        (
            "quarantine",
            "Quarantaine <quarantine@messaging.example>",
            "Courriels en quarantaine",
            "3 courriels attendent dans votre quarantaine.",
            ("Auto-Submitted: auto-generated", "X-Auto-Response-Suppress: All"),
        ),
        (
            "fax",
            "Télécopieur <noreply-fax@office.example>",
            "Télécopie reçue de 418 555-0123",
            "Vous avez reçu une télécopie d'une page.",
            (),
        ),
        (
            "own-loop",
            f"Guichet <{DESK}>",
            "Votre demande",
            "Nous avons bien reçu votre courriel.",
            ("Auto-Submitted: auto-replied",),
        ),
    ]
    for name, sender, subject, said, head in alone:
        raw = written(said, sender=sender, subject=subject, head=head, name=f"<{name}@host.example>")
        yield machine(name, said, raw, address_of(sender))


def far_away() -> Iterator[Case]:
    """What answers for somebody in other languages, and a name that the subject turns round."""
    subjects = (
        "Automatische Antwort: {}",
        "Abwesenheitsnotiz: {}",
        "Respuesta automática: {}",
        "Resposta automática: {}",
        "Risposta automatica: {}",
        "Automatisch antwoord: {}",
        "Autosvar: {}",
        "Odpowiedź automatyczna: {}",
        "Автоответ: {}",
        "自动回复: {}",
        "AUTO: Tremblay, Ana is out of the office. (returning 2027-01-04)",
    )
    for subject in subjects:
        raw = written(AWAY[EN], sender=ANA, subject=subject.format(SUBJECT[EN]), head=ANSWERS)
        yield machine(f"away-{subject[:20]}", AWAY[EN], raw)


def servers() -> Iterator[Case]:
    """Servers that write from addresses like any other, and say in their own words that an e-mail came back."""
    kept = f"Message-ID: {OURS}"
    told = (
        (
            "gateway",
            "------ Failed Recipients ------\n\n<ana@example.org>: mailbox unavailable. [SMTP Error 550]",
            True,
        ),
        (
            "scanner",
            "****** Message from InterScan ******\n\nSent <<< RCPT TO:<ana@example.org>\nReceived >>> 550 5.1.1\n\n"
            "Unable to deliver message to <ana@example.org>.",
            True,
        ),
        (
            "exim",
            "This message was created automatically by mail delivery software.\n\nIt could not be delivered.",
            True,
        ),
        (
            "french",
            "Ceci est un message automatique.\n\nVotre courriel n'a pas pu être remis aux destinataires suivants :\n"
            "ana@example.org",
            True,
        ),
        (
            "full",
            "This is an advisory-only email. Please do not reply to it.\n\nDelivery failed for ana@example.org and is "
            "delayed. We will continue to try.",
            False,
        ),
    )
    for name, words, final in told:
        body = f"{words}\n\n{kept}"
        raw = written(body, sender="Gateway <gateway@mx.example>", subject="Mail could not be delivered")
        yield machine(f"server-{name}", body, raw, "gateway@mx.example", final=final)
    status = f"Final-Recipient: rfc822; ana@example.org\nAction: failure\nStatus: 553 Too large\n\n{kept}"
    raw = written(
        parts(part("Your message was not delivered."), part(status, "message/delivery-status")),
        sender="postmaster@mx.example",
        subject="Failed mail",
        kind=several("report"),
    )
    yield machine("server-untyped", "Your message was not delivered.", raw, "postmaster@mx.example", final=True)
    refused = "Your message to <ana@example.org> was automatically rejected:\nQuota exceeded"
    raw = written(
        parts(part(refused), part(f"Original-{kept}", "message/disposition-notification")),
        sender="Mail Delivery Subsystem <admin@mx.example>",
        subject="Automatically rejected mail",
        kind=several("report; report-type=disposition-notification"),
    )
    yield machine("server-refused", refused, raw, "admin@mx.example", final=True)


MACHINES = tuple(
    case
    for kind in (
        away,
        reports,
        free_bounces,
        receipts,
        mailings,
        desks,
        calendars,
        challenges,
        systems,
        far_away,
        servers,
    )
    for case in kind()
)

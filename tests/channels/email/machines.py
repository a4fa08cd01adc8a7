"""E-mails that no person wrote: what answers for somebody, reports, receipts, mailings, tickets of other desks.

The headers and the forms are those of the programs that are named; the words are ours, near to theirs.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.channels.email.cases import ANSWERS, DESK, EN, FR, OURS, Case, file, part, parts, several, shown, written

ANA = "Ana Tremblay <ana@example.org>"
SUBJECT = {FR: "Votre demande RI-7K3P-92QX", EN: "Your request RI-7K3P-92QX"}
AWAY = {
    FR: "Bonjour,\n\nJe suis absente jusqu'au 4 janvier. Pour une urgence, écrivez à luc@example.org.\n\nAna Tremblay",
    EN: "Hello,\n\nI am out of the office until January 4. If it is urgent, write to luc@example.org.\n\nAna Tremblay",
}
_REPORT = several("report; report-type=delivery-status")


def machine(
    name: str, body: str, raw: bytes, sender: str | None = "ana@example.org", final: bool | None = None
) -> Case:
    """A machine's e-mail: never acknowledged, and no request."""
    return Case(name, raw, shown(body), sender, automatic=True, final=final, acknowledge=False, opens=False)


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


def _original(subject: str = "Re: Question") -> bytes:
    head = ["From: Guichet <guichet@desk.example>", "To: ana@example.org", f"Subject: {subject}", f"Message-ID: {OURS}"]
    return "\r\n".join([*head, "MIME-Version: 1.0", "Content-Type: text/plain", "", "Bonjour,", ""]).encode()


def _status(status: str, action: str, diagnostic: str, agent: str = "dns; mx.example.org") -> bytes:
    found = (
        f"Reporting-MTA: {agent}\n\nOriginal-Recipient: rfc822;ana@example.org\n"
        f"Final-Recipient: rfc822;ana@example.org\nAction: {action}\nStatus: {status}\nDiagnostic-Code: {diagnostic}\n"
    )
    return part(found, "message/delivery-status")


def _returned(whole: bool = True) -> bytes:
    kind = "message/rfc822" if whole else "text/rfc822-headers"
    return f"Content-Type: {kind}\r\n\r\n".encode() + (_original() if whole else _original().partition(b"\r\nMIME")[0])


def reports() -> Iterator[Case]:
    """Delivery reports (RFC 3464): given up, and still tried."""
    gone, wait = "smtp; 550 5.1.1 <ana@example.org>: User unknown", "smtp; 451 4.4.1 Connection timed out"
    # name, sender, subject, words, headers, status, action, diagnostic, whether the whole e-mail comes back
    kinds: list[tuple[str, str, str, str, tuple[str, ...], str, str, str, bool]] = [
        (
            "postfix-en",
            "MAILER-DAEMON@mx.example.org (Mail Delivery System)",
            "Undelivered Mail Returned to Sender",
            "This is the mail system at host mx.example.org.\n\nI'm sorry to have to inform you that your message "
            "could not"
            "\nbe delivered to one or more recipients.\n\n                   The mail system\n\n"
            "<ana@example.org>: host mx.example.org said: 550 5.1.1 User unknown",
            ("Return-Path: <>", "Auto-Submitted: auto-replied"),
            "5.1.1",
            "failed",
            gone,
            True,
        ),
        (
            "postfix-fr",
            "MAILER-DAEMON@mx.example.org (Système de courriel)",
            "Courriel non remis retourné à l'expéditeur",
            "Voici le système de courriel de mx.example.org.\n\nVotre message n'a pas pu être remis à ces "
            "destinataires.\n\n"
            "<ana@example.org>: utilisateur inconnu",
            ("Return-Path: <>", "Auto-Submitted: auto-replied"),
            "5.1.1",
            "failed",
            gone,
            True,
        ),
        (
            "postfix-delayed",
            "MAILER-DAEMON@mx.example.org (Mail Delivery System)",
            "Delayed Mail (still being retried)",
            "This is the mail system at host mx.example.org.\n\n# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO RESEND "
            "YOUR "
            "MESSAGE. #\n\nYour message could not be delivered for more than 24 hour(s).",
            ("Return-Path: <>", "Auto-Submitted: auto-replied"),
            "4.4.1",
            "delayed",
            wait,
            False,
        ),
        (
            "exchange-en",
            "Microsoft Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@example.org>",
            "Undeliverable: Re: Question",
            "Delivery has failed to these recipients or groups:\n\nana@example.org<mailto:ana@example.org>\nThe "
            "email address "
            "you entered couldn't be found. Please check it and try to resend the message.",
            ("X-MS-Exchange-Message-Is-Ndr:", "Auto-Submitted: auto-replied"),
            "5.1.10",
            "failed",
            "smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found",
            True,
        ),
        (
            "exchange-fr",
            "Microsoft Outlook <postmaster@example.org>",
            "Non remis : Re: Question",
            "Échec de la remise pour ces destinataires ou groupes :\n\nana@example.org\nL'adresse de messagerie que "
            "vous avez "
            "entrée est introuvable.",
            ("X-MS-Exchange-Message-Is-Ndr:",),
            "5.1.10",
            "failed",
            "smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found",
            True,
        ),
        (
            "exchange-delayed-en",
            "postmaster@example.org",
            "Delivery delayed:Re: Question",
            "Delivery is delayed to these recipients or groups:\n\nana@example.org\n\nThis message hasn't been "
            "delivered yet. "
            "Delivery will continue to be attempted.",
            (),
            "4.4.7",
            "delayed",
            "smtp;400 4.4.7 Message delayed",
            False,
        ),
        (
            "exchange-delayed-fr",
            "postmaster@example.org",
            "Remise retardée : Re: Question",
            "La remise à ces destinataires ou groupes est retardée :\n\nana@example.org\n\nCe message n'a pas encore "
            "été remis. "
            "Nous essaierons encore.",
            (),
            "4.4.7",
            "delayed",
            "smtp;400 4.4.7 Message delayed",
            False,
        ),
        (
            "exim-report",
            "Mail Delivery System <Mailer-Daemon@mx.example.org>",
            "Mail delivery failed: returning message to sender",
            "This message was created automatically by mail delivery software.\n\nA message that you sent could not be "
            "delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) "
            "failed:\n\n"
            "  ana@example.org\n    all relevant MX records point to non-existent hosts",
            ("Return-path: <>", "X-Failed-Recipients: ana@example.org", "Auto-Submitted: auto-replied"),
            "5.0.0",
            "failed",
            "smtp; 550 all relevant MX records point to non-existent hosts",
            True,
        ),
        (
            "exim-delayed",
            "Mail Delivery System <Mailer-Daemon@mx.example.org>",
            "Warning: message 1tPq2x-0003Xy-Ab delayed 24 hours",
            "This message was created automatically by mail delivery software.\nA message that you sent has not yet "
            "been "
            "delivered to one or more of its\nrecipients after more than 24 hours on the queue on mx.example.org.",
            ("Return-path: <>", "Auto-Submitted: auto-replied"),
            "4.0.0",
            "delayed",
            wait,
            False,
        ),
        (
            "gmail-en",
            "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
            "Delivery Status Notification (Failure)",
            "** Address not found **\n\nYour message wasn't delivered to ana@example.org because the address "
            "couldn't be "
            "found, or is unable to receive mail.",
            ("Return-Path: <>", "Auto-Submitted: auto-replied", "X-Failed-Recipients: ana@example.org"),
            "5.1.1",
            "failed",
            "smtp; 550-5.1.1 The email account that you tried to reach does not exist.",
            True,
        ),
        (
            "gmail-fr",
            "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
            "Delivery Status Notification (Failure)",
            "** Adresse introuvable **\n\nVotre message n'est pas parvenu à ana@example.org, car l'adresse est "
            "introuvable "
            "ou ne peut pas recevoir de messages.",
            ("Return-Path: <>", "Auto-Submitted: auto-replied", "X-Failed-Recipients: ana@example.org"),
            "5.1.1",
            "failed",
            "smtp; 550-5.1.1 The email account that you tried to reach does not exist.",
            False,
        ),
        (
            "gmail-delay",
            "Mail Delivery Subsystem <mailer-daemon@googlemail.com>",
            "Delivery Status Notification (Delay)",
            "** Delivery incomplete **\n\nThere was a temporary problem delivering your message to ana@example.org. "
            "Gmail "
            "will retry for 46 more hours.",
            ("Return-Path: <>", "Auto-Submitted: auto-replied"),
            "4.4.1",
            "delayed",
            wait,
            False,
        ),
        (
            "sendmail",
            "Mail Delivery Subsystem <MAILER-DAEMON@mx.example.org>",
            "Returned mail: see transcript for details",
            "The original message was received at Tue, 22 Dec 2026 16:40:00 -0500\n\n"
            "   ----- The following addresses had permanent fatal errors -----\n<ana@example.org>\n"
            "    (reason: 550 5.1.1 <ana@example.org>... User unknown)",
            ("Return-Path: <>", "Auto-Submitted: auto-generated (failure)"),
            "5.1.1",
            "failed",
            gone,
            True,
        ),
        (
            "sendmail-warning",
            "Mail Delivery Subsystem <MAILER-DAEMON@mx.example.org>",
            "Warning: could not send message for past 4 hours",
            "    **********************************************\n    **      THIS IS A WARNING MESSAGE ONLY      **\n"
            "    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE  **",
            ("Return-Path: <>", "Auto-Submitted: auto-generated (warning-timeout)"),
            "4.2.0",
            "delayed",
            wait,
            False,
        ),
        (
            "full-fr",
            "Postmaster <postmaster@example.org>",
            "Avis de non-remise",
            "La boîte de ana@example.org est pleine. Votre message n'a pas été remis.",
            ("Return-Path: <>",),
            "5.2.2",
            "failed",
            "smtp; 552 5.2.2 Mailbox full",
            True,
        ),
        (
            "expired",
            "MAILER-DAEMON@mx.example.org",
            "Undelivered Mail Returned to Sender",
            "Delivery expired (message too old): connect to mx.example.net: Connection timed out.",
            ("Return-Path: <>",),
            "4.4.1",
            "failed",
            "X-Postfix; connect to mx.example.net[192.0.2.1]:25: Connection timed out",
            True,
        ),
        (
            "relayed",
            "MAILER-DAEMON@mx.example.org",
            "Successful Mail Delivery Report",
            "Your message was successfully delivered to the destination(s) listed below.",
            ("Return-Path: <>", "Auto-Submitted: auto-replied"),
            "2.0.0",
            "relayed",
            "smtp; 250 2.0.0 Ok: queued as 4XyZ",
            False,
        ),
        (
            "domino",
            "Postmaster@example.org",
            "DELIVERY FAILURE: User Ana Tremblay (ana@example.org) not listed in Domino Directory",
            "Your message\n\n  Subject: Re: Question\n\nwas not delivered to:\n\n  ana@example.org\n\nbecause:\n\n"
            "  User Ana Tremblay not listed in Domino Directory",
            ("Return-Path: <>",),
            "5.1.1",
            "failed",
            "X-Notes; User not listed in Domino Directory",
            True,
        ),
        (
            "amazon",
            "MAILER-DAEMON@amazonses.example",
            "Delivery Status Notification (Failure)",
            "An error occurred while trying to deliver the mail to the following recipients:\nana@example.org",
            ("Return-Path: <>",),
            "5.3.0",
            "failed",
            "smtp; 550 5.4.1 Recipient address rejected: Access denied",
            True,
        ),
        (
            "null-sender",
            "MAILER-DAEMON <>",
            "Undeliverable mail",
            "Your message to ana@example.org was rejected.",
            ("Return-Path: <>",),
            "5.7.1",
            "failed",
            "smtp; 554 5.7.1 Message rejected",
            True,
        ),
    ]
    for name, sender, subject, words, head, status, action, diagnostic, whole in kinds:
        body = parts(part(words), _status(status, action, diagnostic), _returned(whole))
        raw = written(body, sender=sender, subject=subject, head=head, kind=_REPORT, name=f"<{name}@mx.example.org>")
        yield machine(f"report-{name}", words, raw, _address(sender), final=action == "failed")


def free_bounces() -> Iterator[Case]:
    """Bounces without a report: some words, and our e-mail or its headers below."""
    below = _original().decode().replace("\r\n", "\n")
    # name, sender, subject, words, what stands between, headers, whether it is given up
    kinds: list[tuple[str, str, str, str, str, tuple[str, ...], bool]] = [
        (
            "qmail",
            "MAILER-DAEMON@mx.example.org",
            "failure notice",
            "Hi. This is the qmail-send program at mx.example.org.\nI'm afraid I wasn't able to deliver your message "
            "to the "
            "following addresses.\nThis is a permanent error; I've given up. Sorry it didn't work "
            "out.\n\n<ana@example.org>:\n"
            "Sorry, no mailbox here by that name. (#5.1.1)",
            "--- Below this line is a copy of the message.",
            ("Return-Path: <>",),
            True,
        ),
        (
            "exim",
            "Mail Delivery System <Mailer-Daemon@mx.example.org>",
            "Mail delivery failed: returning message to sender",
            "This message was created automatically by mail delivery software.\n\nA message that you sent could not be "
            "delivered to one or more of its\nrecipients. This is a permanent error. The following address(es) "
            "failed:\n\n"
            "  ana@example.org\n    unrouteable address",
            "------ This is a copy of the message, including all the headers. ------",
            ("X-Failed-Recipients: ana@example.org", "Auto-Submitted: auto-replied"),
            True,
        ),
        (
            "exim-warning",
            "Mail Delivery System <Mailer-Daemon@mx.example.org>",
            "Warning: message 1tPq2x-0003Xy-Ab delayed 24 hours",
            "A message that you sent has not yet been delivered to one or more of its\nrecipients after more than 24 "
            "hours "
            "on the queue.\n\nNo action is required on your part. Delivery attempts will continue for\nsome time.",
            "The message headers:",
            ("Auto-Submitted: auto-replied",),
            False,
        ),
        (
            "yahoo",
            "MAILER-DAEMON@yahoo.example",
            "Failure Notice",
            "Sorry, we were unable to deliver your message to the following address.\n\n<ana@example.org>:\n"
            "554: delivery error: dd This user doesn't have an account",
            "--- Below this line is a copy of the message.",
            (),
            True,
        ),
        (
            "orange-fr",
            "Messagerie Orange <postmaster@orange.example>",
            "Échec de remise de votre message",
            "Bonjour,\n\nVotre message n'a pas pu être remis à ana@example.org : cette adresse n'existe pas (550 "
            "5.1.1).",
            "----- En-têtes du message -----",
            ("Return-Path: <>",),
            True,
        ),
        (
            "school-fr",
            "Courriel de l'école <courriel@ecole.example>",
            "Message non distribué",
            "Le message suivant n'a pas pu être distribué : l'utilisateur ana@example.org est inconnu (5.1.1).",
            "----- Message d'origine -----",
            ("Return-Path: <courriel@ecole.example>",),
            True,
        ),
        (
            "company-en",
            "Mail Gateway <gateway@company.example>",
            "Message not delivered",
            "The following message could not be delivered because the user ana@example.org does not exist (550 5.1.1).",
            "----- Original message -----",
            ("Return-Path: <gateway@company.example>",),
            True,
        ),
        (
            "mdaemon",
            "MDaemon at example.org <MDaemon@example.org>",
            "Permanent Delivery Failure",
            "--------------------------------------------------------------\nTHIS IS A PERMANENT ERROR\n"
            "--------------------------------------------------------------\n\nThe attached message could not be "
            "delivered to "
            "ana@example.org: 550 5.1.1 unknown user",
            ": Message contains [1] file attachments",
            ("X-MDaemon-Deliver-To: guichet@desk.example", "Precedence: bulk"),
            True,
        ),
        (
            "delayed-fr",
            "Système de courriel <mailer-daemon@mx.example.org>",
            "Avertissement : message en attente",
            "Votre message n'a pas encore été remis à ana@example.org après 4 heures.\nLe serveur essaiera encore "
            "pendant "
            "5 jours; vous n'avez rien à faire.",
            "----- En-têtes du message -----",
            ("Return-Path: <>",),
            False,
        ),
        (
            "mimecast",
            "Mail Delivery <postmaster@gateway.example>",
            "[Postmaster] Email Delivery Failure",
            "This is a delivery failure notification message indicating that an email you addressed to "
            "ana@example.org\n"
            "could not be delivered. The problem appears to be: 550 Rejected by header based manually Blocked Senders",
            "Additional information follows:",
            (),
            True,
        ),
    ]
    for name, sender, subject, words, between, head, final in kinds:
        body = f"{words}\n\n{between}\n\n{below}"
        raw = written(body, sender=sender, subject=subject, head=head, name=f"<{name}@mx.example.org>")
        yield machine(f"bounce-{name}", body, raw, _address(sender), final=final)


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
            yield machine(f"mailing-{name}-{lang}", soon[lang], raw, _address(sender))
    moderated = {
        FR: "Votre message pour la liste Amis, « Re: Question », est en attente : la modératrice doit l'approuver.",
        EN: "Your mail to 'Friends' with the subject 'Re: Question' is being held until the list moderator can "
        "review it.",
    }
    for lang, words in moderated.items():
        subject = {
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
            f"list-held-{lang}", words, written(words, sender=sender, subject=subject[lang], head=head), sender
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
        yield machine(f"challenge-{name}", words, raw, _address(sender))


def systems() -> Iterator[Case]:
    """What systems tell those who keep them: complaints, reports on domains, tasks, filters."""
    complaint = part("Feedback-Type: abuse\nUser-Agent: Feedback/1.0\nVersion: 1\n", "message/feedback-report")
    words = "This is an email abuse report for an email message received from IP 192.0.2.1 on Tue, 22 Dec 2026."
    for name, sender in (("yahoo", "feedback@arf.yahoo.example"), ("outlook", "staff@hotmail.example")):
        body = parts(part(words), complaint, _returned())
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
        yield machine(name, said, raw, _address(sender))


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


def _address(sender: str) -> str | None:
    found = sender.rpartition("<")[2].rstrip(">") if "<" in sender else sender.partition(" ")[0]
    return found or None


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

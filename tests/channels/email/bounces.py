"""E-mails that tell what became of another: reports of delivery, and bounces in free text."""

from __future__ import annotations

from collections.abc import Iterator

from tests.channels.email.cases import OURS, Case, address_of, machine, part, parts, several, written

_REPORT = several("report; report-type=delivery-status")


def original(subject: str = "Re: Question") -> bytes:
    head = ["From: Guichet <guichet@desk.example>", "To: ana@example.org", f"Subject: {subject}", f"Message-ID: {OURS}"]
    return "\r\n".join([*head, "MIME-Version: 1.0", "Content-Type: text/plain", "", "Bonjour,", ""]).encode()


def status_part(status: str, action: str, diagnostic: str, agent: str = "dns; mx.example.org") -> bytes:
    found = (
        f"Reporting-MTA: {agent}\n\nOriginal-Recipient: rfc822;ana@example.org\n"
        f"Final-Recipient: rfc822;ana@example.org\nAction: {action}\nStatus: {status}\nDiagnostic-Code: {diagnostic}\n"
    )
    return part(found, "message/delivery-status")


def returned(whole: bool = True) -> bytes:
    kind = "message/rfc822" if whole else "text/rfc822-headers"
    return f"Content-Type: {kind}\r\n\r\n".encode() + (original() if whole else original().partition(b"\r\nMIME")[0])


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
        body = parts(part(words), status_part(status, action, diagnostic), returned(whole))
        raw = written(body, sender=sender, subject=subject, head=head, kind=_REPORT, name=f"<{name}@mx.example.org>")
        yield machine(f"report-{name}", words, raw, address_of(sender), final=action == "failed")


def free_bounces() -> Iterator[Case]:
    """Bounces without a report: some words, and our e-mail or its headers below."""
    below = original().decode().replace("\r\n", "\n")
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
        yield machine(f"bounce-{name}", body, raw, address_of(sender), final=final)

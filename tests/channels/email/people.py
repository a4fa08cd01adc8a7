"""E-mails of ordinary people that look like machines' in their subject, their headers or their form.

Each is a person's: it opens a request; it is acknowledged unless its headers ask that no machine answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from tests.channels.email.cases import ANSWERS, DESK, EN, FR, OURS, Case, file, part, parts, several, shown, written
from tests.channels.email.desks import event

SENDERS = {FR: "Zoé Bélanger <zoe@example.org>", EN: "Zoe Baker <zoe@example.org>"}
SAID = {
    FR: "Bonjour,\n\nPouvez-vous me dire ce que je dois faire pour mon dossier?\n\nZoé",
    EN: "Hello,\n\nCan you tell me what I have to do for my file?\n\nZoe",
}
# What the programs of people put above an e-mail.
PROGRAMS: dict[str, tuple[str, ...]] = {
    "gmail": ("Received: by mail.gmail.example", "X-Gm-Message-State: AOJu0"),
    "outlook": ("X-Mailer: Microsoft Outlook 16.0", "Thread-Index: AdtU", "X-MS-Has-Attach:", "X-MS-TNEF-Correlator:"),
    "exchange": (
        "Accept-Language: fr-CA, en-US",
        "x-ms-exchange-messagesentrepresentingtype: 1",
        "X-MS-Exchange-SenderADCheck: 1",
        "X-MS-Exchange-Transport-CrossTenantHeadersStamped: YT1",
    ),
    "apple": ("X-Mailer: iPhone Mail (22B91)", "Mime-Version: 1.0 (1.0)"),
    "thunderbird": ("User-Agent: Mozilla Thunderbird", "Content-Language: fr-CA"),
    "yahoo": ("X-Mailer: WebService/1.1.22806 YMailNovation",),
    "orange": ("X-WUM-FROM: zoe@example.org", "X-WUM-Nature: EMAIL-NATURE", "X-WUM-TO: guichet@desk.example"),
    "zimbra": ("X-Mailer: Zimbra 8.8.15_GA_4372 (ZimbraWebClient - FF115 (Win))", "Thread-Topic: Question"),
    "proton": ("X-Pm-Message-ID: 1", "Feedback-ID: 1:user:proton"),
    "samsung": ("X-Mailer: Samsung Email 6.1",),
}
SUBJECTS = {
    FR: (
        "Absence : rendez-vous du 12 mai",
        "Absence de réponse à ma demande",
        "Absente du Québec pendant un an : mon assurance",
        "Absent du pays, comment voter?",
        "Mon absence du 3 au 9 juin",
        "Message d'absence reçu, que faire?",
        "Réponse automatique reçue : quand aurai-je une réponse?",
        "Réponse automatique incompréhensible",
        "Votre réponse automatique",
        "RE: Réponse automatique : Question",
        "Ré : Absence du bureau : Question",
        "Réponse d'absence dans ma boîte, est-ce normal?",
        "Répondeur du ministère : personne ne rappelle",
        "En vacances : mon visa",
        "Vacances au Mexique et passeport",
        "Congé de maternité et permis de séjour",
        "Hors du bureau, hors du pays : mon permis",
        "Je suis absente jusqu'au 4 janvier : où va ma lettre?",
        "Échec de remise de mon passeport",
        "Échec de la livraison de mon colis diplomatique",
        "Non remis : mon certificat de naissance",
        "Courriel non remis : est-ce la bonne adresse?",
        "Message non distribué",
        "Avis de non-remise reçu",
        "Retour à l'expéditeur : votre lettre m'est revenue",
        "Retard de livraison de mon apostille",
        "Accusé de réception demandé",
        "Lu : votre article sur les stages",
        "Lu et approuvé : mon formulaire",
        "Confirmation de lecture de ma demande",
        "Infolettre : comment m'abonner?",
        "Désabonnement de votre infolettre",
        "Se désabonner",
        "Votre demande RI-2026 : est-elle reçue?",
        "Demande reçue? Numéro 48213",
        "[Demande 48213] je n'ai pas de réponse",
        "Accepté : mon stage à Lyon",
        "Refusé : mon visa, que faire?",
        "Invitation : ma mère veut venir",
        "Annulé : mon voyage de mai",
        "Authentification nécessaire de mon diplôme",
        "Postmaster : qu'est-ce que c'est?",
        "Courriel automatique de votre part",
        "Automatique ou manuelle, ma prolongation?",
        "Ne pas répondre à ma première lettre",
        "Ne répondez pas à mon ancienne adresse",
        "Avertissement : message suspect en votre nom",
        "Renouvellement automatique de mon permis",
        "Répondre automatiquement non à un stage?",
        "Notification de mon école : stage",
        "Rapport de stage",
        "Alerte : mon dossier est bloqué",
        "Test",
        "Auto : importer ma voiture",
        "Auto: transport de mon véhicule en France",
    ),
    EN: (
        "I am away from Canada: renewing my card",
        "Away from home: where does my letter go?",
        "Out of office hours: when do you open?",
        "Out of office hours, can I call?",
        "Out of the country: how do I vote?",
        "Out of the office of the consul I got nothing",
        "Out-of-country insurance",
        "Automatic reply received, what now?",
        "Re: Automatic reply: Question",
        "RE: Out of Office: Question",
        "Your automatic reply",
        "Auto reply from your office",
        "Autoresponder of your ministry",
        "Automatic renewal of my permit",
        "Auto insurance abroad",
        "Auto: shipping my car to France",
        "Vacation in Mexico and passport",
        "Vacation: my visa",
        "On holiday: lost passport",
        "Maternity leave and residence permit",
        "Undelivered mail: what must I do?",
        "Undeliverable: my letter to the consul came back",
        "Undelivered passport",
        "Delivery failure of my certificate",
        "Delivery Status Notification: what does it mean?",
        "Delivery delayed: my apostille",
        "Delayed 24 hours at the airport",
        "Returned mail: you sent my letter back",
        "Failure notice from my school",
        "Mail delivery failed three times",
        "Message not delivered",
        "Return receipt requested",
        "Read: your article about internships",
        "Read receipt for my request?",
        "Not read: my three letters",
        "Newsletter: how do I subscribe?",
        "Unsubscribe",
        "Unsubscribe me from your newsletter",
        "[Request received] but no answer",
        "Request received? Number 48213",
        "Ticket 48213: still waiting",
        "Accepted: my internship in Lyon",
        "Declined: my visa, what now?",
        "Tentative: my trip in May",
        "Invitation: my mother wants to visit",
        "Canceled: my trip",
        "Verification of my diploma",
        "Action required? Suspicious mail in your name",
        "Postmaster: what is that?",
        "No reply to my letter",
        "No-reply address: how do I answer you?",
        "Do not reply to my old address",
        "Warning: somebody writes in your name",
        "Notification from my school",
        "Report on my internship",
        "Test",
        "Subscription to the events",
        "Daemon in my mailbox",
        "Abuse report: a fake consul",
    ),
}
# Headers of people's e-mails, and whether a machine may answer them.
HEADERS: tuple[tuple[str, tuple[str, ...], bool], ...] = (
    ("submitted-no", ("Auto-Submitted: no",), True),
    ("first-class", ("Precedence: first-class",), True),
    ("special-delivery", ("Precedence: special-delivery", "Priority: urgent", "Importance: high"), True),
    ("receipt-wanted", ("Disposition-Notification-To: zoe@example.org", "Return-Receipt-To: zoe@example.org"), True),
    ("reply-ours", (f"Reply-To: Guichet <{DESK}>",), True),
    ("reply-no-reply", ("Reply-To: no-reply@example.org",), True),
    ("reply-ne-pas", ("Reply-To: ne-pas-repondre@example.org",), True),
    ("return-path", ("Return-Path: <zoe@example.org>", "Delivered-To: guichet@desk.example"), True),
    ("return-verp", ("Return-Path: <bounces+zoe=example.org@relay.example>",), True),
    ("suppress-dr", ("X-Auto-Response-Suppress: DR",), True),
    ("spam-filter", ("X-Spam-Status: No, score=-0.1", "X-Virus-Scanned: amavisd-new"), True),
    (
        "loop",
        ("X-Loop: guichet@desk.example", "X-Forwarded-To: guichet@desk.example", "Resent-From: luc@example.net"),
        True,
    ),
    ("list-id", ("List-Id: Amis <amis.lists.example>",), False),
    (
        "list-whole",
        (
            "List-Id: <amis.lists.example>",
            "List-Post: <mailto:amis@lists.example>",
            "Precedence: list",
            "List-Unsubscribe: <mailto:amis-leave@lists.example>",
            "X-BeenThere: amis@lists.example",
        ),
        False,
    ),
    (
        "google-group",
        (
            "List-ID: <amis.groups.example>",
            "Precedence: list",
            "Mailing-list: list amis@groups.example",
            "List-Unsubscribe: <mailto:x@groups.example>, <https://groups.example/x>",
        ),
        False,
    ),
    ("list-unsubscribe", ("List-Unsubscribe: <mailto:leave@example.org>",), False),
    ("precedence-list", ("Precedence: list",), False),
    ("precedence-bulk", ("Precedence: bulk",), False),
    ("suppress-oof", ("X-Auto-Response-Suppress: OOF",), False),
    ("suppress-all", ("X-Auto-Response-Suppress: All",), False),
    ("suppress-exchange", ("X-Auto-Response-Suppress: DR, OOF, AutoReply",), False),
)


def person(name: str, text: str, raw: bytes, *, acknowledge: bool = True, sender: str = "zoe@example.org") -> Case:
    """A person's e-mail: it opens a request."""
    return Case(name, raw, shown(text), sender, automatic=False, acknowledge=acknowledge)


def subjects() -> Iterator[Case]:
    """Subjects that hold the words of machines, from every program in turn."""
    programs = list(PROGRAMS.items())
    for lang, all_of_them in SUBJECTS.items():
        for number, subject in enumerate(all_of_them):
            program, head = programs[number % len(programs)]
            raw = written(
                SAID[lang], sender=SENDERS[lang], subject=subject, head=head, name=f"<s{number}.{lang}@z.example>"
            )
            yield person(f"subject-{lang}-{number}-{program}", SAID[lang], raw)


def headers() -> Iterator[Case]:
    """Headers that providers, lists and relays put above people's e-mails, from a few programs each."""
    programs = list(PROGRAMS.items())
    for number, (name, head, acknowledge) in enumerate(HEADERS):
        for lang in (FR, EN):
            for step in range(2):
                program, own = programs[(2 * number + 5 * step) % len(programs)]
                given = f"<h{number}.{lang}.{step}@z.example>"
                raw = written(SAID[lang], sender=SENDERS[lang], subject="Question", head=[*own, *head], name=given)
                yield person(f"header-{name}-{program}-{lang}", SAID[lang], raw, acknowledge=acknowledge)


def in_doubt() -> Iterator[Case]:
    """What may be a machine's or a person's: it opens a request, and no machine answers it."""
    asked = {FR: "Absence du bureau : à qui parler?", EN: "Automatic reply: is anybody there?"}
    commented = ("X-ServiceNow-Generated: true", "Precedence: bulk", "X-Auto-Response-Suppress: All")
    for lang in (FR, EN):
        raw = written(SAID[lang], sender=SENDERS[lang], subject=asked[lang], head=PROGRAMS["gmail"])
        yield person(f"doubt-asks-of-it-{lang}", SAID[lang], raw, acknowledge=False)
        # The comments of people reach others through it, with the headers of what it writes by itself.
        raw = written(SAID[lang], sender="Aide <zoe@example.org>", subject="INC48213", head=[*ANSWERS, *commented])
        yield person(f"doubt-servicenow-{lang}", SAID[lang], raw, acknowledge=False)


def passed_on() -> Iterator[Case]:
    """What a machine wrote, shown by a person who asks what it means: below their words, or as a file."""
    asks = {
        FR: "Bonjour,\n\nQu'est-ce que cela veut dire? Mon courriel est-il perdu?",
        EN: "Hello,\n\nWhat does this mean? Is my e-mail lost?",
    }
    inner = {
        "bounce": (
            "MAILER-DAEMON@mx.example",
            "Undelivered Mail Returned to Sender",
            "This is the mail system at host mx.example.\n<guichet@desk.exampel>: Host or domain name not found",
        ),
        "away": ("Ana <ana@example.org>", "Automatic reply: Stage", "Je suis absente jusqu'au 4 janvier."),
        "desk": ("Aide <aide@support.example>", "[Demande 48213]", "Votre demande a bien été reçue."),
        "exchange": (
            "postmaster@example.org",
            "Non remis : Question",
            "Échec de la remise pour ces destinataires : x@desk.example",
        ),
    }
    heads = {
        "gmail": dict.fromkeys((FR, EN), "---------- Forwarded message ---------"),
        "thunderbird": {FR: "-------- Message transféré --------", EN: "-------- Forwarded Message --------"},
    }
    marks = {FR: ("De", "Date", "Objet"), EN: ("From", "Date", "Subject")}
    for name, (sender, subject, words) in inner.items():
        for lang in (FR, EN):
            for program, head in heads.items():
                says, when, about = marks[lang]
                below = f"{head[lang]}\n{says}: {sender}\n{when}: 22 Dec 2026\n{about}: {subject}\n\n{words}"
                begun = "TR : " if lang == FR else "Fwd: "
                text = f"{asks[lang]}\n\n{below}"
                raw = written(text, sender=SENDERS[lang], subject=begun + subject, head=PROGRAMS[program])
                yield person(f"forwarded-{name}-{program}-{lang}", text, raw)
            original = f"From: {sender}\r\nSubject: returned\r\nMessage-ID: <x@mx.example>\r\nAuto-Submitted: "
            f"auto-replied\r\n\r\n{words}"
            held = b"Content-Type: message/rfc822\r\nContent-Disposition: attachment\r\n\r\n" + original.encode()
            body = parts(part(asks[lang]), held)
            raw = written(
                body, sender=SENDERS[lang], subject="Question", head=PROGRAMS["outlook"], kind=several("mixed")
            )
            yield person(f"attached-{name}-{lang}", asks[lang], raw)


def about_ours() -> Iterator[Case]:
    """People who show a machine's e-mail that names one of ours, or who answer one of ours themselves."""
    words = {
        FR: "Bonjour, voici ce que j'ai reçu. Que dois-je faire?",
        EN: "Hello, this is what I got. What must I do?",
    }
    for lang in (FR, EN):
        bounce = f"{words[lang]}\n\nUndelivered Mail Returned to Sender\n550 5.1.1 User unknown\nMessage-ID: {OURS}"
        raw = written(bounce, sender=SENDERS[lang], subject="Undelivered mail" if lang == EN else "Courriel non remis")
        yield person(f"pasted-bounce-{lang}", bounce, raw)
        delivered = {
            FR: "Votre message n'a pas pu être remis, dit mon serveur.",
            EN: "My server says: your message could not be delivered.",
        }
        told = f"{words[lang]}\n{delivered[lang]}"
        raw = written(told, sender=SENDERS[lang], subject="Re: Question", head=[*ANSWERS, *PROGRAMS["gmail"]])
        yield person(f"told-bounce-{lang}", told, raw)
        away = {
            FR: "Je suis de retour. J'étais absente jusqu'au 4 janvier.",
            EN: "I am back. I was out of the office until January 4.",
        }
        raw = written(away[lang], sender=SENDERS[lang], subject="Re: Question", head=[*ANSWERS, *PROGRAMS["apple"]])
        yield person(f"back-{lang}", away[lang], raw)
        still = {
            FR: "Je suis absente du bureau, mais voici mon numéro de dossier : 12.",
            EN: "I am out of the office, but here is my file number: 12.",
        }
        raw = written(still[lang], sender=SENDERS[lang], subject="Re: Question", head=[*ANSWERS, *PROGRAMS["samsung"]])
        yield person(f"away-but-{lang}", still[lang], raw)


def calendars() -> Iterator[Case]:
    """Invitations and answers to them in which somebody writes."""
    words = {FR: "Bonjour, puis-je venir mardi avec mon père?", EN: "Hello, may I come on Tuesday with my father?"}
    kinds = [
        ("invited", "REQUEST", "NEEDS-ACTION", "Rendez-vous", "Appointment"),
        ("accepted", "REPLY", "ACCEPTED", "Accepté : Rendez-vous", "Accepted: Appointment"),
        ("declined", "REPLY", "DECLINED", "Refusé : Rendez-vous", "Declined: Appointment"),
        ("cancelled", "CANCEL", "NEEDS-ACTION", "Annulé : Rendez-vous", "Canceled: Appointment"),
    ]
    for name, method, status, french, english in kinds:
        for lang, subject in ((FR, french), (EN, english)):
            calendar = part(event(method, status), f'text/calendar; charset="utf-8"; method={method}')
            body = parts(part(words[lang]), calendar)
            raw = written(
                body, sender=SENDERS[lang], subject=subject, head=PROGRAMS["outlook"], kind=several("alternative")
            )
            yield person(f"calendar-{name}-{lang}", words[lang], raw)
            marked = part(f"<html><body><p>{words[lang]}</p></body></html>", "text/html; charset=utf-8")
            body = parts(marked, calendar)
            raw = written(body, sender=SENDERS[lang], subject=subject, head=PROGRAMS["exchange"], kind=several("mixed"))
            yield person(f"calendar-{name}-html-{lang}", words[lang], raw)


def through_others() -> Iterator[Case]:
    """Forms on websites, scanners, shared mailboxes: a person stands behind them, to whom the answer goes."""
    forms: Sequence[tuple[str, str, tuple[str, ...], str]] = (
        (
            "form",
            "Site de la ville <wordpress@ville.example>",
            ("Reply-To: zoe@example.org", "X-Mailer: PHPMailer 6.8"),
            "zoe@example.org",
        ),
        ("reply-to", "Zoe <old@example.org>", ("Reply-To: Zoe <zoe@example.org>",), "zoe@example.org"),
        ("reply-two", "zoe@example.org", (f"Reply-To: {DESK}, zoe.new@example.org",), "zoe.new@example.org"),
        ("on-behalf", "Zoe <zoe@example.org>", ("Sender: assistant@example.org",), "zoe@example.org"),
        ("shared", "Accueil de l'école <info@ecole.example>", (), "info@ecole.example"),
        ("admin", "Administration <admin@ecole.example>", (), "admin@ecole.example"),
        (
            "support",
            "Support <support@company.example>",
            ("In-Reply-To: <other@company.example>",),
            "support@company.example",
        ),
        ("notary", "Notification Notaires <notification@notaires.example>", (), "notification@notaires.example"),
        ("newsroom", "News Room <news@paper.example>", (), "news@paper.example"),
        ("bouncer", "Jean Bounce <bounce.jean@example.org>", (), "bounce.jean@example.org"),
        ("noe", "Noé Rép <noe.rep@example.org>", (), "noe.rep@example.org"),
        ("daemon", "Damon <damon@example.org>", (), "damon@example.org"),
    )
    for name, sender, head, to in forms:
        for lang in (FR, EN):
            raw = written(SAID[lang], sender=sender, subject="Question", head=head, name=f"<{name}.{lang}@o.example>")
            yield person(f"through-{name}-{lang}", SAID[lang], raw, sender=to)
    scanned = parts(part("\n"), file(b"%PDF-1.4\n%%EOF\n", "application/pdf", "scan.pdf"))
    raw = written(scanned, sender="Zoe <zoe@example.org>", subject="Scan", kind=several("mixed"))
    yield person("scan", "", raw)


def about_bounces() -> Iterator[Case]:
    """People who tell that an e-mail of theirs came back, with the words of the server."""
    told = (
        (
            "Delivery failure",
            "Hello,\n\nMail could not be delivered to the following address: consul@example.org, 550 5.1.1.",
        ),
        (
            "Undeliverable",
            "I wrote to the consulate: unable to deliver, failed recipient. The original message is below.",
        ),
        ("Échec de remise", "Mon courriel n'a pas pu être remis au destinataire suivant : consul@example.org."),
        (
            "TR : Non remis",
            "Ceci est un message automatique.\n\nIl n'a pas pu être remis aux destinataires suivants :\nx@y.ca",
        ),
        ("AUTO: insurance", "An office is out of the office hours that you publish."),
        ("Autosvar från er", "Bonjour, à quoi sert ce message?"),
    )
    for subject, words in told:
        yield person(f"bounce-{subject}", words, written(words, sender="zoe@example.org", subject=subject))


PEOPLE = tuple(
    case
    for kind in (subjects, headers, in_doubt, passed_on, about_ours, calendars, through_others, about_bounces)
    for case in kind()
)

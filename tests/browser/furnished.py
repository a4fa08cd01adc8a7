"""A desk in which there is something of everything that the console's pages show."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date
from typing import Any

import pyotp
import sqlalchemy as sa
from starlette.routing import Route

from bot.bootstrap import Rooms
from bot.channels.email.stored_files import File, keep
from bot.channels.email.threads import keep_email
from bot.knowledge.article import parse_article
from bot.knowledge.release import ARCHIVE, PUBLISH
from bot.knowledge.tables import question_groups
from bot.messages.conversation import QUEUE, Conversation, Incoming, Reply
from bot.staff.officer import Officer
from bot.tickets.answers import Inquiry
from bot.tickets.ticket import Ticket
from tests.browser.conftest import Site
from tests.cast import PASSWORD

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
WITH_CODE = "chantal"
# What an officer sees before they are in, and what is no page: a way on, a stream, files.
LOGIN, CODE = "/console/login", "/console/code"
NO_PAGES = {
    "/console",
    "/console/events",
    "/console/static/{version}/{name}",
    "/console/overview/plot/{name}.svg",
    "/console/overview/{name}.csv",
    "/console/attachments/{number:int}",
    "/console/promises/plot/{name}.svg",
    "/console/promises/{name}.csv",
    "/console/promises/report.json",
}
ANSWER = {"fr": "Nous sommes ouverts de 8 h 30 à 17 h.", "en": "We are open from 8:30 a.m. to 5:00 p.m."}
ARTICLE: dict[str, Any] = {
    "id": "hours",
    "title": {"fr": "Nos heures", "en": "Our hours"},
    "answer": ANSWER,
    "sources": [
        {
            "document": {"fr": "Déclaration de services", "en": "Declaration of services"},
            "section": {"fr": "Nous joindre", "en": "Reach us"},
            "effective": "2001-04-01",
            "updated": "2006-09-29",
        }
    ],
    "audience": ["everyone"],
    "review_by": "2027-03-31",
    "questions": {"fr": ["Quand ouvrez-vous?"], "en": ["When do you open?"]},
}
WAITS = {"outcome": "handoff", "held_by": QUEUE, "intent": "request_officer"}
TRIED = {
    "n": 4,
    "before": 3,
    "after": 2,
    "changes": [
        {
            "kind": kind,
            "text": f"Question {len(kind)}?",
            "lang": "fr",
            "right": "hours",
            "before": {"outcome": "answered", "article": "hours"},
            "after": {"outcome": "unanswered", "article": None},
        }
        for kind in ("broken", "taken", "mended", "moved")
    ],
    "close": [{"lang": "fr", "text": "c'est ouvert quand"}, {"lang": "en", "text": "open when"}],
}


def furnish(site: Site) -> dict[str, list[str]]:
    """Put something of everything into a new desk; the addresses to look at for each route with places in it."""
    rooms = site.rooms
    marie = rooms.people.by_login("marie")
    assert marie
    employ_with_code(rooms)
    _journal(rooms, marie)
    waiting, held, others = (_waits(rooms, number) for number in range(3))
    rooms.officer_actions.take(held.id, "Marie")
    rooms.officer_actions.reply(held.id, "Marie", "Bonjour!")
    rooms.officer_actions.note(held.id, "Paul", "Rappeler demain.")
    rooms.queue.citizen_types(held.id, rooms.now())
    rooms.officer_actions.take(others.id, "Paul")
    _park(rooms)
    _articles(rooms)
    _unanswered(rooms)
    today = rooms.calendar.local_date(rooms.now())
    inquiry = Inquiry("phone", today, "email-reply", "Où est la carte?", "fr", contact="418 555-0199")
    open_one, answered = (rooms.answers.register(inquiry, "Marie") for _ in range(2))
    rooms.answers.answer(answered.reference, "Marie", "Au premier étage.")
    written, message = _e_mail(rooms, "one", "Où est la carte?")
    _e_mail(rooms, "two", "Je suis absente.", aside="away")
    by_mail = rooms.tickets.open(
        conversation=written,
        question="Où est la carte?",
        language="fr",
        email="ana@example.org",
        message=message,
        channel="email",
    )
    late = _clocks(rooms)
    return {
        "/console/conversations/{id}": [
            *(f"/console/conversations/{one.id}" for one in (waiting, held, others)),
            f"/console/conversations/{written}",
            f"/console/conversations/{open_one.conversation}",
            "/console/conversations/nobody",  # a refusal
        ],
        "/console/tickets": ["/console/tickets", "/console/tickets?view=all"],
        "/console/tickets/{reference}": [
            f"/console/tickets/{one.reference}" for one in (open_one, answered, by_mail, late)
        ],
        "/console/tickets/{reference}/merge": [
            f"/console/tickets/{by_mail.reference}/merge?other={late.reference}",
        ],
        "/console/promises": [
            "/console/promises",
            "/console/promises?from=2026-11-01&to=2026-11-30",
            "/console/promises?year=1999",  # nothing
            "/console/promises?from=x&to=y",  # a refusal
        ],
        "/console/promises/annual": ["/console/promises/annual?year=2026"],
        "/console/promises/calendar": ["/console/promises/calendar", "/console/promises/calendar?year=2033"],
        "/console/knowledge/{id}": [f"/console/knowledge/{name}" for name in ("hours", "address", "old")],
        "/console/knowledge/{id}/edit": ["/console/knowledge/hours/edit"],
        "/console/knowledge/{id}/versions/{number:int}": [
            "/console/knowledge/hours/versions/1",
            "/console/knowledge/hours/versions/2",
        ],
    }


def _journal(rooms: Rooms, marie: Officer) -> None:
    """What was done to each kind of thing, with each kind of detail."""
    rooms.journal.note("-", "login_failed", "officer unknown")
    rooms.journal.note(marie, "staff_role", "officer paul", role="editor")
    rooms.journal.note(marie, "looked", "conversation 0f1e2d3c4b5a")
    rooms.journal.note(marie, "downloaded", "conversation 0f1e2d3c4b5a", attachment=7)
    rooms.journal.note(marie, "retried", "outbox 4")
    rooms.journal.note(marie, "settled", "failures", count=2)
    rooms.journal.note(marie, "set_aside", "unanswered questions", count=3)
    rooms.journal.note(marie, "delayed", "ticket RI-2222-3333", until="2026-12-01")
    rooms.journal.note(marie, "assigned", "ticket RI-2222-3333", to="Paul")
    rooms.journal.note(marie, "scheduled", "article hours", at="2026-12-01T13:00:00+00:00")
    rooms.journal.note(marie, "archived", "article old", reason="Il ne vaut plus.")
    rooms.journal.note(marie, "drafted", "article hours", messages=[1, 2])


def _clocks(rooms: Rooms) -> Ticket:
    """Clocks of every promise, kept and broken, and one that is overdue, delayed and warned of."""
    for promise in rooms.registry.promises:
        for received_on in (date(2026, 9, 1), date(2026, 10, 5), date(2026, 11, 23)):
            inquiry = Inquiry("letter", received_on, promise, "Où en est mon dossier?", "fr")
            made = rooms.answers.register(inquiry, "Marie")
            rooms.answers.answer(made.reference, "Marie", "Il est accepté.")
    tests = rooms.answers.register(Inquiry("phone", date(2026, 11, 24), "complaint", "A trial", "en"), "Marie")
    rooms.tickets.groups.withdraw(tests.reference, "Marie", "Un essai.")
    inquiry = Inquiry("letter", date(2026, 11, 2), "email-reply", "Et ma bourse?", "fr", email="lea@example.org")
    late = rooms.answers.register(inquiry, "Marie")
    rooms.answers.delay(late.reference, "Marie", date(2026, 12, 1), "Le dossier est aux archives.")
    rooms.clock_monitor.look()
    return late


def employ_with_code(rooms: Rooms) -> None:
    """Chantal, of whom a one-time code is asked."""
    chantal = rooms.people.add(login=WITH_CODE, name="Chantal", role="editor", password=PASSWORD)
    rooms.people.begin_code(chantal, SECRET, pyotp.TOTP(SECRET).at(rooms.now()))


def addresses(site: Site, filled: dict[str, list[str]]) -> list[str]:
    """What to look at so that every page is seen; a route that nobody says how to try is an error."""
    routes = [route for route in site.app.routes if isinstance(route, Route) and route.path.startswith("/console")]
    found: list[str] = []
    for path in (route.path for route in routes if "GET" in (route.methods or ("GET",))):
        if path not in {LOGIN, CODE, *NO_PAGES}:
            shown = filled.get(path, [path])
            assert "{" not in "".join(shown), f"say in `furnish` what {path} is to be tried with"
            found += shown
    return found


def _says(rooms: Rooms, number: int, text: str, custom: dict[str, Any]) -> Conversation:
    incoming = Incoming("telegram", f"1:{number}", str(4000 + number), text)
    turn = rooms.inbox.first_turn(rooms.inbox.accept(incoming, rooms.now()), incoming, rooms.now())
    assert turn
    reply = Reply("Un instant.", (), {"language": "fr", **custom})
    rooms.inbox.complete(turn, [reply], rooms.now(), language="fr", wants=custom.get("held_by"))
    return turn.conversation


def _waits(rooms: Rooms, number: int) -> Conversation:
    _says(rooms, 10 * number, f"Ma question {number} sur les heures", {"outcome": "answered", "title": "Nos heures"})
    # The same citizen again: the address is that of the question.
    incoming = Incoming("telegram", f"1:{10 * number + 1}", str(4000 + 10 * number), "une personne svp")
    turn = rooms.inbox.first_turn(rooms.inbox.accept(incoming, rooms.now()), incoming, rooms.now())
    assert turn
    rooms.inbox.complete(turn, [Reply("Un instant.", (), WAITS)], rooms.now(), language="fr", wants=QUEUE)
    return turn.conversation


def _e_mail(rooms: Rooms, name: str, text: str, aside: str | None = None) -> tuple[str, int]:
    """Keep an e-mail with all that one may have: its conversation, and the number of its message."""
    refused: list[dict[str, Any]] = [
        {"name": "programme-" + "x" * 60 + ".exe", "why": "type", "what": "program", "size": 120_000},
        {"name": "winmail.dat", "why": "type", "what": "winmail", "size": 5_300},
        {"name": "sans-rien.bin", "why": "type", "what": None, "size": 12},
        {"name": "d-avant.zip", "why": "total"},  # as it was kept before it was told what a file is
    ]
    detail: dict[str, Any] = {"sender": "ana@example.org", "sender_name": "Ana", "subject": "Carte", "automatic": aside}
    detail |= {"quoted": "une ligne citée " * 20, "signature": "Ana", "refused": refused, "sealed": True}

    def beside(connection: sa.Connection, message_id: int) -> None:
        keep_email(connection, message_id, name=name, sender="ana@example.org", aside=aside, at=rooms.now())
        keep(connection, message_id, [File("curriculum-vitae.pdf", "application/pdf", b"%PDF-1.4")])

    incoming = Incoming("email", name, name, text, detail={"email": detail})
    accepted = rooms.inbox.accept(incoming, rooms.now(), beside=beside)
    turn = rooms.inbox.first_turn(accepted, incoming, rooms.now())
    rooms.inbox.complete(turn, [], rooms.now(), language="fr", wants=None)
    return accepted.conversation.id, accepted.message_id


def _park(rooms: Rooms) -> None:
    row = rooms.outbox.due("telegram", rooms.now(), 1)[0]
    rooms.outbox.settle([replace(row, state="parked", reason="blocked")], rooms.now())


def _articles(rooms: Rooms) -> None:
    """An article with a draft that was tried, one as it is published, and one that is archived."""
    written = {name: {**ARTICLE, "id": name, "questions": _questions(name)} for name in ("hours", "address", "old")}
    rooms.articles.publish([parse_article(document) for document in written.values()], rooms.now())
    _try(rooms, ARCHIVE, article="old", version=1)
    rooms.releases.archive("old", "Marie", "Il ne vaut plus.")
    draft = rooms.drafts.save(
        {**written["hours"], "answer": {**ANSWER, "fr": "Nous ouvrons à 8 h 30."}, "questions": _questions("new")},
        "Paul",
        edits=0,
    )
    _try(rooms, ARCHIVE, article="address", version=1)
    _try(rooms, PUBLISH, article="hours", version=draft.number, edits=draft.edits)


def _questions(name: str) -> dict[str, list[str]]:
    number = sum(map(ord, name))
    return {"fr": [f"Quand ouvre le bureau {number}?"], "en": [f"When does office {number} open?"]}


def _try(rooms: Rooms, action: str, **what: Any) -> None:
    number = rooms.releases.trials.ask(action, "Marie", **what)
    assert rooms.releases.trials.take()
    rooms.releases.trials.finish(number, TRIED, b"")


def _unanswered(rooms: Rooms) -> None:
    """A group of questions that were not answered, larger than what is shown of one, and a new question."""
    for number in range(100, 109):
        _says(rooms, number, f"Où est la tour {number}?", {"outcome": "unanswered"})
    ids = [question.message for question in rooms.unanswered.latest()]
    of = hashlib.sha256(json.dumps(ids).encode()).hexdigest()
    values = {"id": 1, "made_at": rooms.now(), "of": of, "groups": [ids[:8]]}
    with rooms.database.writing() as connection:
        connection.execute(sa.insert(question_groups).values(values))

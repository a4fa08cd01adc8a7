"""An office with two articles, and the browsers of those who work on them."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

import httpx
from starlette.applications import Starlette
from starlette.testclient import TestClient

from bot.bootstrap import Rooms
from bot.console.access import COOKIE
from bot.messages.conversation import Incoming, Reply
from bot.tickets.answers import Inquiry
from tests.cast import NOW

HOURS = "/console/knowledge/hours"


def document(article: str = "hours", **changes: Any) -> dict[str, Any]:
    """The document of an article with five sample questions a language."""
    both = {"fr": "La déclaration", "en": "The declaration"}
    return {
        "id": article,
        "title": {"fr": f"Titre {article}", "en": f"Title {article}"},
        "answer": {"fr": "De 8 h 30 à 17 h.", "en": "From 8:30 a.m. to 5:00 p.m."},
        "sources": [{"document": both, "section": both, "effective": "2001-04-01", "updated": "2006-09-29"}],
        "audience": ["everyone"],
        "review_by": "2027-11-30",
        "questions": {lang: [f"{article} {lang} {n}" for n in range(5)] for lang in ("fr", "en")},
        **changes,
    }


def form_of(found: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """The fields of the form that shows a document."""
    fields: dict[str, Any] = {"id": found["id"], "audience": ", ".join(found["audience"])}
    fields["review_by"] = found["review_by"]
    for lang in ("fr", "en"):
        fields[f"title_{lang}"], fields[f"answer_{lang}"] = found["title"][lang], found["answer"][lang]
        fields[f"questions_{lang}"] = "\r\n".join(found["questions"][lang])
        for part in ("document", "section"):
            fields[f"source_{part}_{lang}"] = [source[part][lang] for source in found["sources"]]
    for part in ("effective", "updated"):
        fields[f"source_{part}"] = [source[part] for source in found["sources"]]
    return {**fields, **changes}


class Browser:
    """An officer's browser: it follows redirects, and sends the token of its forms."""

    def __init__(self, app: Starlette, rooms: Rooms, name: str, role: str) -> None:
        login = name.lower()
        officer = rooms.people.add(login=login, name=name, role=role, password="tortue lampe violon", language="en")
        token, session = rooms.sessions.begin(officer, complete=True)
        self._token = session.form_token
        self._http = TestClient(app, base_url="http://desk.test", cookies={COOKIE: token})

    def get(self, path: str, **query: str) -> httpx.Response:
        """A page."""
        return self._http.get(path, params=query)

    def post(self, path: str, **fields: Any) -> httpx.Response:
        """What a form leads to."""
        body = urlencode({"form_token": self._token, **fields}, doseq=True)
        return self._http.post(path, content=body, headers={"content-type": "application/x-www-form-urlencoded"})


def text_of(response: httpx.Response, status: int = 200) -> str:
    """What a page says, without its markup and with single spaces."""
    assert response.status_code == status, response.text
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.text)).split())


@dataclass
class Office:
    """The desk, and the browsers of Ana, an editor, and of Ben and Cleo, officers."""

    rooms: Rooms
    ana: Browser
    ben: Browser
    cleo: Browser

    def standing(self, article: str = "hours") -> Any:
        """An article as a whole."""
        found = self.rooms.drafts.standing(article)
        assert found
        return found

    def states(self, article: str = "hours") -> list[str]:
        """The states of its versions, oldest first."""
        return [version.state for version in reversed(self.rooms.drafts.history(article))]

    def ticket(self, question: str) -> str:
        """The reference of a ticket with this question."""
        inquiry = Inquiry(
            channel="phone",
            received_on=date(2026, 12, 22),
            promise="email-reply",
            question=question,
            language="fr",
            email="ana@example.org",
            contact=None,
            program=None,
        )
        return self.rooms.answers.register(inquiry, "Ben").reference

    def edited(self, browser: Browser | None = None, article: str = "hours", **changes: str) -> httpx.Response:
        """Ana, or another, saves a draft like what is shown, but for these fields."""
        standing = self.standing(article)
        edits = standing.in_work.edits if standing.in_work else 0
        fields = form_of(standing.newest.document, **changes)
        return (browser or self.ana).post(f"/console/knowledge/{article}/edit", edits=edits, **fields)

    def reviewed(self, **changes: str) -> None:
        """Ana changes the sample questions unless told otherwise, and Ben finds it right."""
        self.edited(**(changes or {"questions_fr": "Une autre?\nEt une?\nEt deux?\nEt trois?\nEt quatre?"}))
        page = self.ben.post(f"{HOURS}/review", edits=self.standing().in_work.edits)
        assert "The text is reviewed." in text_of(page)

    def done(
        self, changes: list[Any] | None = None, close: list[Any] | None = None, acts: list[Any] | None = None
    ) -> None:
        """Let the trial that waits have been done."""
        trial = self.rooms.releases.trials.take()
        assert trial
        result = {"n": 672, "before": 640, "after": 641, "changes": changes or [], "close": close or []}
        result["acts"] = acts or []
        self.rooms.releases.trials.finish(trial.id, result, b"fitted")

    def journal(self) -> list[tuple[str, str, str]]:
        """Who did what to which article, oldest first."""
        return [(entry.officer, entry.action, entry.subject) for entry in reversed(self.rooms.journal.read())]

    def not_answered(self, *texts: str, language: str = "fr") -> list[int]:
        """Citizens ask what no article answers; the numbers of their messages."""
        numbers = []
        for text in texts:
            incoming = Incoming("rest", f"m-{language}-{text}", f"c-{language}-{text}", text)
            turn = self.rooms.inbox.first_turn(self.rooms.inbox.accept(incoming, NOW), incoming, NOW)
            reply = Reply("?", (), {"outcome": "unanswered", "language": language})
            self.rooms.inbox.complete(turn, [reply], NOW, language=language, wants=None)
            numbers.append(turn.message.id)
        return numbers

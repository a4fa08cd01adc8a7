"""The widget's files and words, and the example page at `/` that holds the widget."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.templating import Jinja2Templates

from bot.channels.web.launcher import LAUNCHER, launcher_script
from bot.channels.web.linking import linked
from bot.core.assets import ASK_AGAIN, FOR_GOOD, Asset, content_type, read_assets, version_of
from bot.core.organization import Organization
from bot.core.texts import LANGUAGES, Texts
from bot.knowledge.article import Article

log = logging.getLogger(__name__)

FOLDER = Path(__file__).resolve().parent

_LAUNCHER_WORDS = ("open", "open_unread", "failed")
# The widget fills these in by itself.
_LEFT_OPEN = {name: f"{{{name}}}" for name in ("choices", "count", "name", "date", "place")}


class Page:
    """The example page, in French, or in English by one press (`/?lang=en`), and the widget for it and any other.

    The launcher is always at `/widget.js`. The address of the other files holds their version, so that browsers
    keep them for good, and a page never runs the files of two versions.
    """

    def __init__(
        self,
        texts: Texts,
        organization: Organization,
        max_chars: int,
        transcript_days: int,
        article: Callable[[str], Article | None],
        staffed: Callable[[], bool],
    ) -> None:
        """What the page shows.

        Args:
            max_chars: of a message.
            transcript_days: how long a conversation is kept after its last message.
            article: the published article with an id.
            staffed: whether anybody has an account for the console.
        """
        self._templates = Jinja2Templates(FOLDER / "templates")
        self._templates.env.filters["linked"] = linked
        self._first_language = organization.first_language
        self._front = organization.front_page
        self._article = article
        self._staffed = staffed
        self._words = {lang: _words(texts, "page_", lang) for lang in LANGUAGES}
        words = {lang: _words(texts, "widget_", lang, days=transcript_days) for lang in LANGUAGES}
        self._assets = read_assets(FOLDER / "static")
        del self._assets[LAUNCHER]  # it has an address of its own, and settings in it
        self._assets["words.json"] = Asset(_json({"words": words, "max_chars": max_chars}), content_type("words.json"))
        self.version = version_of(self._assets)
        self._launcher = self._make_launcher(words)

    def routes(self) -> list[Route]:
        """The page, the launcher, and all that these load."""
        return [
            Route("/", self.show),
            Route(f"/{LAUNCHER}", self.launcher),
            Route("/static/{version}/{name}", self.static),
        ]

    async def show(self, request: Request) -> Response:
        """Render the page."""
        asked = request.query_params.get("lang")
        lang = asked if asked in LANGUAGES else self._first_language
        other = next(code for code in LANGUAGES if code != lang)
        context = {
            "lang": lang,
            "other": other,
            "other_name": {"fr": "Français", "en": "English"}[other],
            "words": self._words[lang],
            **await run_in_threadpool(self._shown, lang),
            "style": f"/static/{self.version}/page.css",
        }
        return self._templates.TemplateResponse(request, "page.html", context)

    def _shown(self, lang: str) -> dict[str, Any]:
        """What the page shows of what is kept; without the database the ways that need none are still there."""
        try:
            articles = [article for name in self._front.articles if (article := self._article(name))]
            starters = [one.question[lang] for one in self._front.starters if self._article(one.article)]
            return {"articles": articles, "starters": starters, "demonstration": not self._staffed()}
        except SQLAlchemyError as error:
            log.warning("the database does not answer (%s); the page shows no articles", type(error).__name__)
            return {"articles": [], "starters": [], "demonstration": False}

    async def launcher(self, request: Request) -> Response:
        """The script that a page of the ministry names."""
        return self._launcher.answer(request, ASK_AGAIN)

    async def static(self, request: Request) -> Response:
        """A file that the page or the launcher loads. While versions change, a page that asks for another gets ours."""
        asset = self._assets.get(request.path_params["name"])
        if asset is None:
            return Response(status_code=404)
        return asset.answer(request, FOR_GOOD if request.path_params["version"] == self.version else "no-store")

    def _make_launcher(self, words: Mapping[str, Mapping[str, str]]) -> Asset:
        settings = {
            "version": self.version,
            "words": {lang: {key: words[lang][key] for key in _LAUNCHER_WORDS} for lang in LANGUAGES},
        }
        return Asset(launcher_script(FOLDER / "static", _json(settings)), content_type(LAUNCHER))


def _words(texts: Texts, prefix: str, lang: str, **values: object) -> dict[str, str]:
    return {
        key.removeprefix(prefix): texts.get(key, lang, **_LEFT_OPEN, **values)
        for key, _ in texts.items()
        if key.startswith(prefix)
    }


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)

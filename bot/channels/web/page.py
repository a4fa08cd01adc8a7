"""The page at `/` on which one chats in a browser."""

from __future__ import annotations

from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.templating import Jinja2Templates

from bot.conversations import payloads
from bot.texts import LANGUAGES, Texts

FOLDER = Path(__file__).resolve().parent
_PREFIX = "page_"


class Page:
    """The chat page, in French, or in English by one press (`/?lang=en`)."""

    def __init__(self, texts: Texts, first_language: str, max_chars: int) -> None:
        self._templates = Jinja2Templates(FOLDER / "templates")
        self._first_language = first_language
        self._max_chars = max_chars
        self._words = {
            lang: {
                key.removeprefix(_PREFIX): texts.get(key, lang) for key, _ in texts.items() if key.startswith(_PREFIX)
            }
            for lang in LANGUAGES
        }

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
            "max_chars": self._max_chars,
            "none_payload": payloads.NONE_OF_THESE,
            "person_payload": payloads.REQUEST_OFFICER,
        }
        return self._templates.TemplateResponse(request, "chat.html", context)


def static_files() -> StaticFiles:
    """The page's script and style."""
    return StaticFiles(directory=FOLDER / "static")

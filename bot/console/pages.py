"""The console's templates, words and files."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Undefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from bot.core.assets import FOR_GOOD, read_assets, version_of
from bot.core.texts import Texts, say_date, say_day, say_month, say_time

FOLDER = Path(__file__).resolve().parent
# The same loader written in C, ten times faster, where PyYAML was built with it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
# Where French has a space that no line breaks at: before ":" and "%", inside « », and in "8 h 30" or "5 min".
_UNBROKEN = re.compile(r"(?<=«) | (?=[:»%])|(?<=\d) (?=(?:h|min|j)\b)|(?<=\d[ \u00a0]h) (?=\d\d\b)")


class Pages:
    """Renders pages; what they show is escaped."""

    def __init__(
        self,
        values: Mapping[str, Mapping[str, str]],
        zone: ZoneInfo,
        now: Callable[[], datetime],
        prefix: str,
        channels: Mapping[str, Mapping[str, str]],
    ) -> None:
        """What pages are made with.

        Args:
            values: the organization's, which words may use.
            zone: of the times shown.
            now: the clock.
            prefix: of the tickets' references.
            channels: name → its label by language, as each channel says of itself.
        """
        self.words = Texts({**_words(), **{f"channel_{name}": label for name, label in channels.items()}}, values)
        self.zone = zone
        self.now = now
        self._assets = read_assets(FOLDER / "static")
        self.version = version_of(self._assets)
        self._templates = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=select_autoescape(),
            undefined=_Missing,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(assets=self.version, prefix=prefix)

    def say(self, key: str, lang: str, **values: object) -> str:
        """A text of the console as its language sets it."""
        return _set(self.words.get(key, lang, **values), lang)

    def number(self, value: float, lang: str) -> str:
        """A number as its language writes it: "9 508" and "3,5", "9,508" and "3.5"."""
        text = f"{value:,.1f}".removesuffix(".0")
        return text.replace(",", "\u00a0").replace(".", ",") if lang == "fr" else text

    def has(self, key: str) -> bool:
        """Whether there are such words."""
        return key in self.words

    def render(self, template: str, context: Mapping[str, Any], status: int, lang: str) -> Response:
        """The page in `lang`, which no cache keeps."""
        when = _Moments(lang, self.zone, self.now())
        html = self._templates.get_template(template).render(
            **context,
            date=when.date,
            moment=when.moment,
            stamp=when.stamp,
            clock=when.clock,
            day=when.day,
            plain=when.plain,
            month=when.month,
            number=lambda value: self.number(value, lang),
            percent=lambda share: self.say("percent", lang, value=round(100 * share)),
            ago=lambda value: self._ago(when, value, lang),
            label=lambda key: self.say(key, lang) if self.has(key) else key,
        )
        return HTMLResponse(html, status, {"Cache-Control": "no-store", "Content-Language": lang})

    def _ago(self, when: _Moments, value: datetime, lang: str) -> str:
        key, values = when.ago(value)
        return self.say(key, lang, **values)

    async def static(self, request: Request) -> Response:
        """A file that the pages load."""
        asset = self._assets.get(request.path_params["name"])
        if asset is None:
            return Response(status_code=404)
        return asset.answer(request, FOR_GOOD if request.path_params["version"] == self.version else "no-store")


def _set(text: str, lang: str) -> str:
    return _UNBROKEN.sub("\u00a0", text) if lang == "fr" else text


def _whole(text: str) -> str:
    """A date that no line breaks in."""
    return text.replace(" ", "\u00a0")


class _Missing(StrictUndefined):
    """A name that a template uses and nobody gave is an error; what a document does not hold is nothing."""

    def __new__(cls, hint: str | None = None, obj: Any = None, *given: Any, **named: Any) -> Any:
        if isinstance(obj, Mapping):
            return Undefined(hint, obj, *given, **named)
        return super().__new__(cls)


@lru_cache(maxsize=1)
def _words() -> dict[str, dict[str, str]]:
    """The console's words, read once: they come with the code."""
    found: dict[str, dict[str, str]] = yaml.load((FOLDER / "words.yml").read_text(encoding="utf-8"), Loader=_LOADER)  # noqa: S506 - a safe loader
    return found


class _Moments:
    """Dates and times in words."""

    def __init__(self, lang: str, zone: ZoneInfo, now: datetime) -> None:
        self._lang = lang
        self._zone = zone
        self._now = now

    def date(self, value: datetime | date | str | None) -> str:
        """The date, in words."""
        if not value:
            return ""
        if isinstance(value, str):
            value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
        if not isinstance(value, datetime):
            value = datetime.combine(value, time(12), self._zone)
        weekday, _, day = say_date(value, self._lang, self._zone).partition(" ")
        return f"{weekday} {_whole(day)}"

    def day(self, value: datetime) -> str:
        """The date in figures."""
        return f"{value.astimezone(self._zone):%Y-%m-%d}"

    def clock(self, value: datetime) -> str:
        """The time of day, in words."""
        return _set(say_time(value, self._lang, self._zone), self._lang).replace(" ", "\u00a0")

    def plain(self, value: str) -> str:
        """A date of a document, in words and without the day of the week; what is no date as it is."""
        try:
            return _whole(say_day(date.fromisoformat(value), self._lang))
        except ValueError:
            return value

    def month(self, value: str) -> str:
        """A month ("2026-11"), in words."""
        return _whole(say_month(date.fromisoformat(f"{value}-01"), self._lang))

    def moment(self, value: datetime | None) -> str:
        """The date in figures and the time; the time alone if it is today."""
        if value is None:
            return ""
        if value.astimezone(self._zone).date() == self._now.astimezone(self._zone).date():
            return self.clock(value)
        return self.stamp(value)

    def stamp(self, value: datetime | str | None) -> str:
        """The date in figures and the time, whatever day it is read on."""
        value = datetime.fromisoformat(value) if isinstance(value, str) else value
        return f"{self.day(value)}, {self.clock(value)}" if value else ""

    def ago(self, value: datetime) -> tuple[str, dict[str, object]]:
        """How long ago: the key of the words, and their values."""
        seconds = max(0, int((self._now - value).total_seconds()))
        if seconds < 60:
            return "ago_moment", {}
        if seconds < 3600:
            return "ago_minutes", {"count": seconds // 60}
        if seconds < 86400:
            return "ago_hours", {"hours": seconds // 3600, "minutes": f"{seconds % 3600 // 60:02d}"}
        return "ago_days", {"count": seconds // 86400}

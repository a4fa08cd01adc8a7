"""One request of an officer's, with all that answering it needs: who asks, in which language, with what form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from bot.console.pages import Pages
from bot.core.texts import LANGUAGES
from bot.staff.officer import Officer
from bot.staff.sessions import Session

HOME = "/console"
_MOST = 2**31 - 1  # what both databases count up to


class Form:
    """The fields of a form, by name; one that is missing is empty."""

    def __init__(self, body: bytes = b"") -> None:
        """`body`: as browsers send it (application/x-www-form-urlencoded).

        Raises:
            ValueError: it is not of that form.
        """
        fields = parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=2000)
        self._fields = [(key, _plain(value)) for key, value in fields]

    def __getitem__(self, name: str) -> str:
        return next((value for key, value in self._fields if key == name), "")

    def all(self, name: str) -> list[str]:
        """Every value of the fields of this name, in their order."""
        return [value for key, value in self._fields if key == name]

    def as_dict(self) -> dict[str, str]:
        """The first value of each field."""
        return {key: self[key] for key, _ in self._fields}


@dataclass
class Context:
    """A request that was let in. `session` is None on the pages before the login."""

    request: Request
    pages: Pages
    form: Form
    session: Session | None
    lang: str
    form_token: str
    # How many warnings the officer has not seen.
    unseen: int = 0

    @property
    def officer(self) -> Officer:
        """Who asks."""
        if self.session is None:
            raise LookupError("nobody has logged in")
        return self.session.officer

    @property
    def name(self) -> str:
        """The officer's name, by which conversations and tickets know them."""
        return self.officer.name

    @property
    def path(self) -> Mapping[str, Any]:
        """What the address holds in its places."""
        return self.request.path_params

    @property
    def leads_nowhere(self) -> bool:
        """Whether the address holds what nothing is named by: a sign that no text has, or too large a number."""
        return any(value > _MOST if isinstance(value, int) else "\0" in value for value in self.path.values())

    @property
    def address(self) -> str:
        """The network address that asks."""
        return self.request.client.host if self.request.client else ""

    @property
    def here(self) -> str:
        """Where this page is found again; the console's first page if it answers a form."""
        if self.request.method != "GET":
            return HOME
        kept = [(key, value) for key, value in self.request.query_params.multi_items() if key != "done"]
        return self.request.url.path + (f"?{urlencode(kept)}" if kept else "")

    def in_language(self, lang: str) -> str:
        """Where this page is read in another language by one who is not in yet."""
        path, wanted = self.request.url.path, self.form["next"] or self.asked("next")
        first = path if path in (f"{HOME}/login", f"{HOME}/code") else f"{HOME}/login"
        return f"{first}?{urlencode({'lang': lang, **({'next': wanted} if wanted else {})})}"

    def asked(self, name: str) -> str:
        """A value of the address's query; empty if it is not there."""
        return _plain(self.request.query_params.get(name, ""))

    def say(self, key: str, **values: object) -> str:
        """A text of the console in the officer's language."""
        return self.pages.say(key, self.lang, **values)

    def page(self, template: str, status: int = 200, **context: Any) -> Response:
        """A page of the console."""
        done = self.asked("done")
        common = {
            "context": self,
            "officer": self.session.officer if self.session and self.session.complete else None,
            "form_token": self.form_token,
            "lang": self.lang,
            "other": next(code for code in LANGUAGES if code != self.lang),
            "t": self.say,
            "done": f"done_{done}" if self.pages.has(f"done_{done}") else None,
        }
        return self.pages.render(template, {**common, **context}, status, self.lang)

    def to(self, address: str, part: str = "", **query: str) -> Response:
        """Go on to another page of the console; `part`: the id of what is to be in view there."""
        given = {key: value for key, value in query.items() if value}
        joint = "&" if "?" in address else "?"
        return RedirectResponse(address + (joint + urlencode(given) if given else "") + (part and f"#{part}"), 303)

    def refuse(self, code: str, status: int = 409, back: str = HOME) -> Response:
        """A page that says why something was not done, and leads back."""
        key = f"refused_{code}" if self.pages.has(f"refused_{code}") else "refused_other"
        heading = {"unknown": "not_found", "permission": "not_allowed"}.get(code, "refused")
        return self.page("refused.html", status, heading=self.say(heading), why=self.say(key), back=back)


def number(typed: str) -> int | None:
    """A number of something that is kept; None if it is none, or larger than any."""
    if not (typed.isascii() and typed.isdecimal() and len(typed) <= 10):
        return None
    return int(typed) if int(typed) <= _MOST else None


def numbers(typed: list[str]) -> list[int]:
    """Those of the values that are numbers."""
    return [found for found in map(number, typed) if found is not None]


def local(address: str) -> str | None:
    """An address within the console; None for any other, so that nobody is led astray."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    steps = unquote(parts.path).split("/")
    if parts.scheme or parts.netloc or "\\" in address or address.startswith("//") or ".." in steps:
        return None
    return address if parts.path == HOME or parts.path.startswith(f"{HOME}/") else None


def _plain(text: str) -> str:
    """Without NUL, which no database keeps in a text."""
    return text.replace("\0", "")

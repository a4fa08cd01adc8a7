"""The page on which one chats, in both languages."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest

from bot.channels.web.page import FOLDER


class Markup(HTMLParser):
    """The elements of a page, and the text of its scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []
        self.words: list[str] = []
        self._inside: dict[str, str | None] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "script":
            self._inside = dict(attrs)
            self.scripts.append((self._inside, ""))

    def handle_endtag(self, tag: str) -> None:
        self._inside = None

    def handle_data(self, data: str) -> None:
        if self._inside is None:
            self.words.append(data.strip())
        else:
            self.scripts[-1] = (self._inside, self.scripts[-1][1] + data)

    def one(self, tag: str, **wanted: str) -> dict[str, str | None]:
        """The attributes of the one element `tag` that carries `wanted`."""
        (found,) = [at for name, at in self.elements if name == tag and wanted.items() <= at.items()]
        return found


def page(desk: Any, query: str = "") -> Markup:
    """The page as a browser gets it."""
    response = desk.client.get(f"/{query}")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return Markup(response.text)


@pytest.mark.parametrize(
    "query, lang, heading, send",
    [
        ("", "fr", "Posez votre question", "Envoyer"),
        ("?lang=fr", "fr", "Posez votre question", "Envoyer"),
        ("?lang=en", "en", "Ask your question", "Send"),
        ("?lang=de", "fr", "Posez votre question", "Envoyer"),
        ("?lang=", "fr", "Posez votre question", "Envoyer"),
    ],
)
def test_the_page_speaks_the_language_asked_for(desk: Any, query: str, lang: str, heading: str, send: str) -> None:
    """The page is in the language asked for, French otherwise, and its lang attribute says so."""
    found = page(desk, query)
    assert found.one("html")["lang"] == lang
    assert heading in found.words
    assert send in found.words


@pytest.mark.parametrize("lang, other, name", [("fr", "en", "English"), ("en", "fr", "Français")])
def test_one_press_leads_to_the_other_language(desk: Any, lang: str, other: str, name: str) -> None:
    """A link named in the other language leads to the page in that language."""
    found = page(desk, f"?lang={lang}")
    link = found.one("a", href=f"/?lang={other}")
    assert (link["lang"], link["hreflang"]) == (other, other)
    assert name in found.words


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_no_script_stands_in_the_page(desk: Any, lang: str) -> None:
    """Besides JSON data every script is a file of ours, and no element carries an event handler or a style."""
    found = page(desk, f"?lang={lang}")
    for attributes, content in found.scripts:
        if attributes.get("type") == "application/json":
            assert json.loads(content)
        else:
            assert str(attributes["src"]).startswith("/static/")
            assert content == ""
    names = {name for _, attributes in found.elements for name in attributes}
    assert not [name for name in names if name.startswith("on") or name == "style"]
    assert "style" not in [tag for tag, _ in found.elements]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_words_of_the_script_are_the_approved_texts(desk: Any, lang: str) -> None:
    """The data for the script holds every page text in the page's language, and the payloads of its buttons."""
    ((_, content),) = [script for script in page(desk, f"?lang={lang}").scripts if script[0].get("id") == "words"]
    data = json.loads(content)
    texts = desk.rooms.texts
    expected = {key[5:]: texts.get(key, lang) for key, _ in texts.items() if key.startswith("page_")}
    assert data == {"words": expected, "lang": lang, "none": "/none_of_these", "person": "/request_officer"}


def test_script_and_page_use_existing_words(desk: Any) -> None:
    """Every word that the script or the template takes exists among the page's texts."""
    used = re.findall(r"\bwords\.(\w+)", (FOLDER / "templates" / "chat.html").read_text())
    used += re.findall(r"\bwords\.(\w+)", (FOLDER / "static" / "chat.js").read_text())
    known = {key[5:] for key, _ in desk.rooms.texts.items() if key.startswith("page_")}
    assert len(used) > 10
    assert set(used) <= known


def test_the_field_has_a_label_and_the_desks_limit(make_desk: Any) -> None:
    """The field is labelled and takes as many characters as the desk does."""
    found = page(make_desk(max_message_chars=321))
    assert found.one("textarea", id="message")["maxlength"] == "321"
    assert found.one("label", **{"for": "message"})


def test_the_log_is_announced(desk: Any) -> None:
    """Replies are announced to those who do not see them."""
    log = page(desk).one("div", id="log")
    assert (log["role"], log["aria-live"], log["aria-label"]) == ("log", "polite", "Conversation")


def test_what_is_asked_for_is_not_echoed(desk: Any) -> None:
    """Markup in the address does not come back in the page."""
    response = desk.client.get("/", params={"lang": '"><script>alert(1)</script>'})
    assert response.status_code == 200
    assert "alert(1)" not in response.text


@pytest.mark.parametrize("path, kind", [("/static/chat.js", "javascript"), ("/static/chat.css", "text/css")])
def test_every_file_of_the_page_is_served(desk: Any, path: str, kind: str) -> None:
    """The script and the style that the page names are there, with their type."""
    named = [at.get("src") or at.get("href") for tag, at in page(desk).elements if tag in ("script", "link")]
    assert path in named
    response = desk.client.get(path)
    assert response.status_code == 200
    assert kind in response.headers["content-type"]


def test_the_script_writes_text_and_not_markup() -> None:
    """Nothing that a person wrote or reads can become markup in the browser."""
    script = (FOLDER / "static" / "chat.js").read_text()
    assert not re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", script)

"""The example page in both languages, and the files and words of the widget."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from typing import Any

import pytest

from bot.channels.web.page import FOLDER
from bot.knowledge.files import load_corpus

LAUNCHER_BYTES, WHOLE_BYTES = 15_000, 50_000
STATIC = FOLDER / "static"
WIDGET = sorted(path.name for path in STATIC.iterdir() if path.is_file() and path.name not in ("page.css", "widget.js"))


class Markup(HTMLParser):
    """The elements of a page, and its words."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data.strip())

    def one(self, tag: str, **wanted: str | None) -> dict[str, str | None]:
        """The attributes of the one element `tag` that carries `wanted`."""
        (found,) = [at for name, at in self.elements if name == tag and wanted.items() <= at.items()]
        return found


def page(desk: Any, query: str = "") -> Markup:
    """The page as a browser gets it."""
    response = desk.client.get(f"/{query}")
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    return Markup(response.text)


def launcher(desk: Any) -> str:
    """The launcher as a browser gets it."""
    return str(desk.client.get("/widget.js").text)


def folder(desk: Any) -> str:
    """Where the launcher finds the widget's files."""
    found = re.search(r'"version":"([0-9a-f]{16})"', launcher(desk))
    assert found
    return f"/static/{found[1]}"


@pytest.mark.parametrize(
    "query, lang, heading",
    [
        ("", "fr", "Nous joindre"),
        ("?lang=fr", "fr", "Nous joindre"),
        ("?lang=en", "en", "Contact us"),
        ("?lang=de", "fr", "Nous joindre"),
        ("?lang=", "fr", "Nous joindre"),
    ],
)
def test_the_page_speaks_the_language_asked_for(desk: Any, query: str, lang: str, heading: str) -> None:
    """The page is in the language asked for, French otherwise, and its lang attribute says so."""
    found = page(desk, query)
    assert found.one("html")["lang"] == lang
    assert heading in found.words


@pytest.mark.parametrize("lang, other, name", [("fr", "en", "English"), ("en", "fr", "Français")])
def test_one_press_leads_to_the_other_language(desk: Any, lang: str, other: str, name: str) -> None:
    """A link named in the other language leads to the page in that language."""
    found = page(desk, f"?lang={lang}")
    link = found.one("a", href=f"/?lang={other}")
    assert (link["lang"], link["hreflang"]) == (other, other)
    assert name in found.words


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_one_tag_holds_the_widget(desk: Any, lang: str) -> None:
    """The page's only script is the launcher, and no element carries an event handler or a style."""
    found = page(desk, f"?lang={lang}")
    assert found.one("script") == {"src": "/widget.js", "defer": None}
    names = {name for _, attributes in found.elements for name in attributes}
    assert not [name for name in names if name.startswith("on") or name == "style"]
    assert "style" not in [tag for tag, _ in found.elements]


def test_the_page_names_the_telephone_without_scripts(desk: Any) -> None:
    """A browser without scripts shows both numbers."""
    text = desk.client.get("/").text
    inside = text[text.index("<noscript>") : text.index("</noscript>")]
    assert "(418) 649-2300" in inside
    assert "(514) 873-6708" in inside


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_numbers_can_be_called(desk: Any, lang: str) -> None:
    """Each number on the page is a link that calls it."""
    found = [at["href"] for name, at in page(desk, f"?lang={lang}").elements if name == "a"]
    assert [href for href in found if href and href.startswith("tel:")] == 2 * ["tel:+14186492300", "tel:+15148736708"]


@pytest.mark.parametrize("lang", ["fr", "en"])
def test_the_page_shows_what_is_published(desk: Any, lang: str) -> None:
    """The articles that the organization names are shown as published, and the questions that one of them answers."""
    corpus = {article.id: article for article in load_corpus(desk.rooms.settings.data_dir / "knowledge").articles}
    front = desk.rooms.organization.front_page
    assert len(front.articles) == 2
    assert len(front.starters) >= 3
    empty = page(desk, f"?lang={lang}")
    assert not [at for _, at in empty.elements if "data-guichet-ask" in at or at.get("class") == "article"]
    wanted = [corpus[name] for name in (*front.articles, front.starters[0].article)]
    desk.rooms.articles.publish(wanted, desk.rooms.now())
    shown = page(desk, f"?lang={lang}")
    asked = [at["data-guichet-ask"] for _, at in shown.elements if "data-guichet-ask" in at]
    assert asked == [front.starters[0].question[lang]]
    text = "".join(unescape(desk.client.get(f"/?lang={lang}").text).split("\n"))
    for article in wanted[:2]:
        assert article.title[lang] in text
        assert article.answer[lang].replace("\n", "") in re.sub("<[^>]*>", "", text)
    changed = replace(
        corpus["complaint"], answer={"fr": "<b>Autre</b> 418 649-2335", "en": "<b>Other</b> 418 649-2335"}
    )
    desk.rooms.articles.publish([changed], desk.rooms.now())
    again = page(desk, f"?lang={lang}")
    assert "b" not in [tag for tag, _ in again.elements]
    assert again.one("a", href="tel:+14186492335")


def test_a_desk_without_staff_says_that_it_is_a_demonstration(desk: Any) -> None:
    """It names the console, in both languages, until the first account for it exists."""
    for lang, said in (("fr", "Ceci est une démonstration"), ("en", "This is a demonstration")):
        found = page(desk, f"?lang={lang}")
        assert found.one("a", href="/console")
        assert said in " ".join(found.words)
    desk.rooms.people.add(login="marie", name="Marie", role="supervisor", password="tortue lampe violon neige")
    assert "/console" not in desk.client.get("/").text


def test_without_its_database_the_page_is_still_there(desk: Any) -> None:
    """The ways that need no database are shown."""
    desk.break_database()
    found = page(desk)
    assert "Par téléphone" in found.words
    assert found.one("button", **{"data-guichet-open": None})


def test_what_is_asked_for_is_not_echoed(desk: Any) -> None:
    """Markup in the address does not come back in the page."""
    response = desk.client.get("/", params={"lang": '"><script>alert(1)</script>'})
    assert response.status_code == 200
    assert "alert(1)" not in response.text


def test_every_file_is_served_for_good(desk: Any) -> None:
    """All files of the widget and the page's style lie in the folder of their version, and browsers may keep them."""
    kinds = {".js": "text/javascript", ".css": "text/css", ".json": "application/json"}
    for name in [*WIDGET, "words.json", "page.css"]:
        response = desk.client.get(f"{folder(desk)}/{name}")
        assert response.status_code == 200, name
        assert response.headers["content-type"].startswith(kinds[name[name.rindex(".") :]])
        assert "immutable" in response.headers["cache-control"]
        assert response.headers["x-content-type-options"] == "nosniff"
    assert page(desk).one("link", rel="stylesheet")["href"] == f"{folder(desk)}/page.css"


def test_the_launcher_is_asked_for_again(desk: Any) -> None:
    """A browser asks after some minutes whether the launcher has changed, and hears that it has it."""
    first = desk.client.get("/widget.js")
    assert first.headers["cache-control"] == "public, max-age=300"
    again = desk.client.get("/widget.js", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_another_version_is_not_kept(desk: Any) -> None:
    """While desks of two versions serve, a file asked for by the other's version comes, and is not kept."""
    response = desk.client.get("/static/0123456789abcdef/chat.js")
    assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")


@pytest.mark.parametrize(
    "path", ["/static/x/nothing.js", "/static/x/widget.js", "/static/x/..%2F..%2Fpage.py", "/static/"]
)
def test_nothing_else_is_served(desk: Any, path: str) -> None:
    """Only the files of the widget and the page are served."""
    assert desk.client.get(path).status_code == 404


def test_the_version_changes_with_the_words(make_desk: Any) -> None:
    """Another number of days is another version: browsers do not keep the former sentence."""
    assert folder(make_desk()) != folder(make_desk(transcript_days=30))


def test_the_widget_is_small(desk: Any) -> None:
    """As they travel the launcher has at most 15 kB, and everything together at most 50 kB."""
    paths = ["/widget.js", *(f"{folder(desk)}/{name}" for name in [*WIDGET, "words.json"])]
    sizes = [travelled(desk, path) for path in paths]
    assert sizes[0] <= LAUNCHER_BYTES
    assert sum(sizes) <= WHOLE_BYTES


def travelled(desk: Any, path: str) -> int:
    """The bytes of a file as it travels, packed."""
    response = desk.client.get(path, headers={"Accept-Encoding": "gzip"})
    assert response.headers["content-encoding"] == "gzip"
    return int(response.headers["content-length"])


def test_a_browser_that_does_not_unpack_gets_it_plain(desk: Any) -> None:
    """Without gzip in Accept-Encoding the same file comes as it is."""
    path = f"{folder(desk)}/chat.js"
    plain = desk.client.get(path, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == (STATIC / "chat.js").read_bytes()


def test_the_words_are_the_approved_texts(make_desk: Any) -> None:
    """The widget gets every text of its own in both languages, the days filled in, and the desk's limit."""
    desk = make_desk(transcript_days=30, max_message_chars=321)
    data = desk.client.get(f"{folder(desk)}/words.json").json()
    assert data["max_chars"] == 321
    assert set(data["words"]) == {"fr", "en"}
    keys = {key.removeprefix("widget_") for key, _ in desk.rooms.texts.items() if key.startswith("widget_")}
    for lang, days in (("fr", "30 jours"), ("en", "30 days")):
        assert set(data["words"][lang]) == keys
        assert days in data["words"][lang]["kept"]
        assert data["words"][lang]["officer"].startswith("{name}")


def test_the_launcher_has_its_words(desk: Any) -> None:
    """The launcher carries what it says in both languages, so that it needs nothing else before it is pressed."""
    for text in ("Poser une question", "Ask a question", "(418) 649-2300"):
        assert text in launcher(desk)
    assert "GUICHET_SETTINGS" not in launcher(desk)


def test_every_word_is_used_and_every_used_word_exists(desk: Any) -> None:
    """Scripts and template take no word that is not approved, and none is approved in vain."""
    sources = {path.name: path.read_text(encoding="utf-8") for path in STATIC.glob("*.js")}
    known = {key.removeprefix("widget_") for key, _ in desk.rooms.texts.items() if key.startswith("widget_")}
    said = {key for text in sources.values() for key in re.findall(r'(?:say|item|answer)\((?:\w+, )?"(\w+)"', text)}
    assert len(said) > 30
    assert said <= known
    # These are put together, or come as the name of a status, an author or a reset.
    composed = re.compile(
        r"reason_\w+|held_\w+|open|open_unread|failed|sending|waiting|later|sent|restarted|forgotten"
        r"|(restart|forget)_(ask|yes|no)"
    )
    assert {word for word in known - said if not composed.fullmatch(word)} <= {"citizen", "assistant", "system"}
    template = (FOLDER / "templates" / "page.html").read_text(encoding="utf-8")
    page_words = {key for key, _ in desk.rooms.texts.items() if key.startswith("page_")}
    assert {f"page_{word}" for word in re.findall(r"\bwords\.(\w+)", template)} == page_words


def test_the_scripts_write_text_and_not_markup() -> None:
    """Nothing that a person wrote or reads can become markup in the browser, and nothing comes from another host."""
    for path in STATIC.glob("*.js"):
        source = path.read_text(encoding="utf-8")
        assert not re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", source)
        hosts = set(re.findall(r"https?://[\w.-]+", source))
        assert hosts <= {"http://www.w3.org", "https://desk.example"}, path.name


def test_words_can_stand_in_a_script(desk: Any) -> None:
    """The settings in the launcher are JSON that a script may hold."""
    found = re.search(r"= (\{.*\}); //", launcher(desk))
    assert found
    assert set(json.loads(found[1])) == {"version", "words"}

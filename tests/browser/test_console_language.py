"""Every page of the console speaks its language alone, keeps its dates whole, and draws in its own font."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from playwright.sync_api import BrowserContext, expect

from bot.console.pages import FOLDER
from bot.core.folders import ROOT
from bot.core.texts import LANGUAGES
from tests.browser.conftest import MakeOfficer, Site, open_site
from tests.browser.furnished import addresses, furnish
from tests.cast import PASSWORD
from tests.databases import SqliteFiles

NARROW = {"width": 390, "height": 844}
CHARTS = (
    "/console/overview/plot/conversations.svg",
    "/console/promises/plot/counts.svg",
    "/console/promises/plot/share.svg",
)
# Pages on which a date stands in a narrow column.
DATED = re.compile(
    r"/console/(conversations$|tickets|promises($|/annual|/calendar$)|journal|notices|mail|undelivered|knowledge/releases)"
)
NAMES = {"marie", "paul", "chantal", "ana", "guichet", "telegram"}
LIVE = ("data-over", "data-lost", "data-unsent", "data-unanswered")  # what the page's script says
SPOKEN = ("aria-label", "alt", "title", "placeholder", "data-label", *LIVE)
SILENT = {"script", "style", "code", "textarea", "metadata"}
VOID = {"meta", "link", "input", "br", "img", "source", "hr"}
# Dates that stand on more than one line, in figures or in words.
BROKEN = r"""() => {
  const dates = /\d{4}-\d\d-\d\d|\d{1,2}(?:er)?\s\p{L}+\s20\d\d|\p{L}+\s\d{1,2},\s20\d\d/gu;
  const found = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const node = walker.currentNode;
    for (const date of node.data.matchAll(dates)) {
      const range = document.createRange();
      range.setStart(node, date.index);
      range.setEnd(node, date.index + date[0].length);
      if (new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size > 1) found.push(date[0]);
    }
  }
  return found;
}"""


class Words(HTMLParser):
    """What a page says in its own language, in text and in what is read aloud of its fields and images.

    Left out are what a citizen, a colleague or an article says (`lang` says so: another language, or "" where nobody
    knows which), what is a name (`translate="no"`), code and what is typed in.
    """

    def __init__(self, page: str, lang: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._lang = lang
        self._within: list[tuple[str, bool]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = dict(attrs)
        own = not self._within or self._within[-1][1]
        if tag in SILENT or attributes.get("translate") == "no":
            own = False
        elif "lang" in attributes:
            own = attributes["lang"] == self._lang
        if own:
            self.found += [value for name in SPOKEN if (value := attributes.get(name))]
        if tag not in VOID:
            self._within.append((tag, own))

    def handle_endtag(self, tag: str) -> None:
        while tag not in VOID and self._within and self._within.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip() and (not self._within or self._within[-1][1]):
            self.found.append(data.strip())


@pytest.fixture(scope="module")
def furnished(sqlite_files: SqliteFiles) -> Iterator[tuple[Site, list[str]]]:
    """A desk with something of everything, and the addresses of its pages."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("bot.knowledge.librarian.LOOK_SECONDS", 3600.0)
        with open_site(sqlite_files.new()) as site:
            yield site, addresses(site, furnish(site))


def words(text: str) -> set[str]:
    """The words of a text, in small letters."""
    return set(re.findall(r"[^\W\d_]{2,}", re.sub(r"\{\w+:?([^}]*)\}", r" \1 ", text).casefold()))


@lru_cache
def vocabulary(lang: str) -> frozenset[str]:
    """The words of the desk's texts in this language."""
    files = [FOLDER / "words.yml", *(ROOT / "data").glob("*.yml")]
    found: set[str] = set()

    def read(entry: Any) -> None:
        if isinstance(entry, dict):
            if isinstance(entry.get(lang), str):
                found.update(words(entry[lang]))
            for value in entry.values():
                read(value)
        elif isinstance(entry, list):
            for value in entry:
                read(value)

    for file in files:
        read(yaml.safe_load(Path(file).read_text(encoding="utf-8")))
    return frozenset(found)


@lru_cache
def foreign(lang: str) -> frozenset[str]:
    """Words of the other language that this one has not."""
    (other,) = set(LANGUAGES) - {lang}
    return frozenset(vocabulary(other) - vocabulary(lang) - NAMES)


def strangers(page: str, lang: str) -> list[str]:
    """What a page says in another language, in the program's own names, or as a moment in a machine's form."""
    found = []
    for text in Words(page, lang).found:
        said = re.sub(r"\S+@\S+|\bRI-\w{4}-\w{4}\b", "", text)  # addresses and references are of no language
        wrong = words(said) & foreign(lang)
        wrong |= set(re.findall(r"\b[a-z]+(?:_[a-z0-9]+)+\b|\b\d{4}-\d\d-\d\dT\d\d\S*", said))
        if wrong:
            found.append(f"{sorted(wrong)} in {text[:90]!r}")
    return found


@contextmanager
def officer_at(site: Site, login: str, lang: str) -> Iterator[httpx.Client]:
    """An officer who has logged in and works in this language."""
    officer = site.rooms.people.by_login(login)
    assert officer
    site.rooms.people.set_language(officer, lang)
    with httpx.Client(base_url=site.url, follow_redirects=True, timeout=60) as http:
        token = re.search(r'name="form_token" value="([^"]+)"', http.get("/console/login").text)
        assert token
        http.post("/console/login", data={"form_token": token[1], "login": login, "password": PASSWORD, "next": ""})
        yield http


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_page_speaks_one_language(furnished: tuple[Site, list[str]], lang: str) -> None:
    """No word of the other language, and no name of a variable, is read on any page or chart."""
    site, pages = furnished
    found: list[str] = []
    with officer_at(site, "marie", lang) as marie:
        for address in [*pages, *CHARTS]:
            answer = marie.get(address)
            if address not in CHARTS:
                assert f'<html lang="{lang}">' in answer.text, address
            found += [f"{address}: {wrong}" for wrong in strangers(answer.text, lang)]
    assert found == []


@pytest.mark.parametrize(
    "lang, wrong",
    [
        ("fr", "<p>The request was answered.</p>"),
        ("fr", '<input placeholder="Search requests">'),
        ("fr", "<td>ticket_answered</td>"),
        ("fr", '<p lang="en">Open<span lang="fr">closed</span></p>'),
        ("en", "<p>La demande est fermée.</p>"),
        ("en", "<td>held_by</td>"),
        ("en", "<td>2026-12-01T13:00:00+00:00</td>"),
    ],
)
def test_a_wrong_word_is_found(furnished: tuple[Site, list[str]], lang: str, wrong: str) -> None:
    """The walk can fail: a word of the other language, a variable's name or a machine's moment on a page is told."""
    site, _ = furnished
    with officer_at(site, "marie", lang) as marie:
        page = marie.get("/console/account").text
    assert strangers(page, lang) == []
    assert len(strangers(page.replace("</main>", f"{wrong}</main>"), lang)) == 1


def test_words_of_people_are_not_the_pages(furnished: tuple[Site, list[str]]) -> None:
    """What is in a language of its own, or in one that nobody knows, is no fault of the page."""
    site, _ = furnished
    with officer_at(site, "marie", "en") as marie:
        page = marie.get("/console/account").text
    said = (
        '<p lang="fr">La demande est fermée.</p><bdi lang="">Rappeler demain</bdi><span translate="no">held_by</span>'
    )
    assert strangers(page.replace("</main>", f"{said}</main>"), "en") == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_no_date_breaks_on_a_phone(make_officer: MakeOfficer, furnished: tuple[Site, list[str]], lang: str) -> None:
    """A date stands on one line, however narrow its column; and a date that is broken would be found."""
    site, pages = furnished
    marie = make_officer("marie", at=site, viewport=NARROW)
    officer = site.rooms.people.by_login("marie")
    assert officer
    site.rooms.people.set_language(officer, lang)
    dated = [address for address in pages if DATED.match(address)]
    assert len(dated) > 12
    found: list[str] = []
    for address in dated:
        marie.goto(site.url + address, wait_until="domcontentloaded")
        expect(marie.locator("html")).to_have_attribute("lang", lang)
        marie.evaluate("document.querySelectorAll('details').forEach((details) => (details.open = true))")
        found += [f"{address}: {date!r}" for date in marie.evaluate(BROKEN)]
    assert found == []
    said = {"fr": "le 24 novembre 2026", "en": "on November 24, 2026"}[lang]
    marie.evaluate(
        "(said) => { document.body.innerHTML = `<table><td>2026-11-24, ${said}</td><td></td></table>`; }", said
    )
    marie.evaluate("document.querySelector('td').width = 1")
    marie.evaluate("document.querySelector('td').style.overflowWrap = 'anywhere'")
    assert len(marie.evaluate(BROKEN)) == 2


def test_charts_are_drawn_in_the_font_of_the_page(
    make_context: Callable[..., BrowserContext], make_officer: MakeOfficer, furnished: tuple[Site, list[str]]
) -> None:
    """What a chart writes is written as the page around it."""
    site, _ = furnished
    marie = make_officer("marie", at=site)
    font = "(node) => getComputedStyle(node).fontFamily.replaceAll('\"', '')"
    own = marie.locator("body").evaluate(font)
    image = make_context().new_page()  # as an image, a chart is a document of its own
    for chart in CHARTS:
        image.set_content(marie.request.get(f"{site.url}{chart}").text())
        fonts = image.locator("text").evaluate_all(f"(nodes) => nodes.map({font})")
        assert len(fonts) > 5, chart
        assert set(fonts) == {own}, chart


@pytest.mark.parametrize("lang, separator, mark", [("fr", ";", ","), ("en", ",", ".")])
def test_a_download_is_for_the_spreadsheet_of_its_language(
    make_officer: MakeOfficer, furnished: tuple[Site, list[str]], lang: str, separator: str, mark: str
) -> None:
    """A French officer gets semicolons and decimal commas, an English one commas and points; the name tells."""
    site, _ = furnished
    officer = site.rooms.people.by_login("marie")
    assert officer is not None
    marie = make_officer("marie", at=site)
    site.rooms.people.set_language(officer, lang)
    marie.goto(f"{site.url}/console/promises?year=2026")
    with marie.expect_download() as given:
        marie.locator("a[href*='figures.csv']").click()
    site.rooms.people.set_language(officer, "fr")
    name = {"fr": "guichet-engagements-resultats", "en": "guichet-commitments-results"}[lang]
    assert given.value.suggested_filename == f"{name}_2026_{lang}_2026-11-24.csv"
    content = Path(given.value.path()).read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    _, *rows = csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=separator)
    shares = [cell for row in rows for cell in row[7:8] if cell]
    assert any(re.fullmatch(rf"0{re.escape(mark)}\d+", share) for share in shares), shares

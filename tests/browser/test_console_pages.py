"""Every page of the console is accessible, in both languages, on a phone and a large window, by day and by night."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import MakeOfficer, Site, open_site
from tests.browser.furnished import CODE, LOGIN, WITH_CODE, addresses, employ_with_code, furnish
from tests.cast import PASSWORD
from tests.databases import SqliteFiles

WIDE, NARROW = {"width": 1280, "height": 800}, {"width": 375, "height": 740}


@pytest.fixture(scope="module")
def furnished(sqlite_files: SqliteFiles) -> Iterator[tuple[Site, list[str]]]:
    """A desk with something of everything, and the addresses of its pages."""
    with pytest.MonkeyPatch.context() as patch:
        # What is shown stays as it was put there: no trial is done, nothing is grouped.
        patch.setattr("bot.knowledge.librarian.LOOK_SECONDS", 3600.0)
        with open_site(sqlite_files.new()) as site:
            yield site, addresses(site, furnish(site))


def complaints(page: Page, lang: str) -> list[str]:
    """What is wrong with the page as it stands, with all that can be opened in it opened."""
    expect(page.locator("html")).to_have_attribute("lang", lang)
    page.evaluate("document.querySelectorAll('details').forEach((details) => (details.open = true))")
    violations: Any = Axe().run(page).response["violations"]
    found = [f"{page.url}: {v['id']}: {node['html'][:160]}" for v in violations for node in v["nodes"]]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append(f"{page.url}: wider than the window")
    return found


@pytest.mark.parametrize(
    "lang, size, scheme", [("fr", WIDE, "light"), ("en", NARROW, "light"), ("fr", NARROW, "dark"), ("en", WIDE, "dark")]
)
def test_every_page_is_accessible(
    make_officer: MakeOfficer,
    furnished: tuple[Site, list[str]],
    lang: str,
    size: dict[str, int],
    scheme: str,
) -> None:
    """axe finds nothing on any page, and no page is wider than the window; a page that is not tried is an error."""
    site, pages = furnished
    marie = make_officer("marie", at=site, viewport=size, color_scheme=scheme)
    officer = site.rooms.people.by_login("marie")
    assert officer is not None
    site.rooms.people.set_language(officer, lang)
    found: list[str] = []
    for address in pages:
        marie.goto(site.url + address)
        found += complaints(marie, lang)
    assert found == []


@pytest.mark.parametrize("lang, size, scheme", [("fr", WIDE, "light"), ("en", NARROW, "dark")])
def test_the_way_in_is_accessible(
    make_context: Callable[..., Any],
    watched: Callable[[Page], Page],
    make_site: Callable[..., Site],
    lang: str,
    size: dict[str, int],
    scheme: str,
) -> None:
    """axe finds nothing on the login, after a wrong password, nor where the one-time code is asked for."""
    site = make_site()  # its own: wrong passwords slow down whoever tries next
    employ_with_code(site.rooms)
    page = watched(make_context(viewport=size, color_scheme=scheme).new_page())
    page.goto(f"{site.url}{LOGIN}?lang={lang}")
    found = complaints(page, lang)
    page.fill("#login", WITH_CODE)
    page.fill("#password", "not the password")
    page.click("main button.main")
    expect(page.locator(".problem")).to_be_visible()
    found += complaints(page, lang)
    page.fill("#password", PASSWORD)
    page.click("main button.main")
    expect(page).to_have_url(f"{site.url}{CODE}")
    found += complaints(page, lang)
    page.fill("#code", "no code")
    page.click("main button.main")
    expect(page.locator(".problem")).to_be_visible()
    assert found + complaints(page, lang) == []

"""An officer at the console in a browser."""

from __future__ import annotations

from playwright.sync_api import Browser, Page, expect

from tests.cast import PASSWORD
from tests.end_to_end.desk_process import RunningDesk

PAGE_MS = 60_000  # patience, for a machine that others work on too


def log_in(browser: Browser, desk: RunningDesk, login: str) -> Page:
    """An officer in a browser of their own."""
    page = browser.new_context(locale="fr-CA").new_page()
    page.set_default_timeout(PAGE_MS)
    page.goto(f"{desk.url}/console")
    page.fill("#login", login)
    page.fill("#password", PASSWORD)
    page.click("main button.main")
    expect(page).to_have_url(f"{desk.url}/console/conversations", timeout=PAGE_MS)
    return page


def done(page: Page, text: str) -> None:
    """The page says that it was done."""
    expect(page.locator(".done")).to_contain_text(text, timeout=PAGE_MS)

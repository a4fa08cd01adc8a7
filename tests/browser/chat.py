"""What a citizen sees and does in the widget."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect


class Chat:
    """The widget on a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.launcher = page.locator("guichet-chat .launcher")
        self.panel = page.locator("guichet-chat .panel")
        self.field = self.panel.locator("#field")
        self.log = self.panel.locator(".log")
        self.messages = self.panel.locator(".said .message")
        self.pending = self.panel.locator(".pending .message")
        self.status = self.panel.locator(".held")

    def opened(self) -> Chat:
        """Press the launcher."""
        self.launcher.click()
        expect(self.panel).to_be_visible()
        return self

    def says(self, text: str) -> Chat:
        """Write and send a message."""
        self.field.fill(text)
        self.field.press("Enter")
        return self

    def asks(self, text: str) -> Chat:
        """Write and send a message, and read its answer."""
        before = self.messages.count()
        self.says(text)
        expect(self.messages).to_have_count(before + 2)
        return self

    def part(self, name: str) -> Locator:
        """The element of the panel that the widget calls `name`."""
        return self.panel.locator(f'[data-name="{name}"]')

    def menu(self, name: str) -> None:
        """Press an item of the menu."""
        self.part("menu").click()
        self.part(name).click()

    @property
    def texts(self) -> list[str]:
        """What stands in the log, message by message, spaces that do not break told as spaces."""
        return [text.replace("\u00a0", " ") for text in self.messages.locator(".text").all_inner_texts()]

    @property
    def token(self) -> str:
        """The token of the conversation, as the page keeps it."""
        return str(self.page.evaluate("JSON.parse(localStorage.getItem('guichet.token'))"))

    def complaints(self) -> list[str]:
        """What axe finds wrong with the page as it stands."""
        found: Any = Axe().run(self.page).response["violations"]
        return [f"{v['id']}: {node['html'][:200]} {node['any'][:1]}" for v in found for node in v["nodes"]]

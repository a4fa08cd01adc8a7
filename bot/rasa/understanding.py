"""The trained model's understanding of messages, without a conversation: for measuring it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from bot.core.settings import Settings
from bot.rasa.components.common import INQUIRY, RANKED_ACTS
from bot.rasa.train import model_path


class Understanding:
    """Parses messages as the served model does."""

    def __init__(self, settings: Settings) -> None:
        """Load the trained model.

        Raises:
            FileNotFoundError: there is none.
        """
        from bot.rasa.logging import quiet_rasa

        self._path = model_path(settings)
        if not self._path.exists():
            raise FileNotFoundError("there is no trained model: run `guichet train` first")
        quiet_rasa()
        from rasa.core.agent import load_agent

        self._loop = asyncio.new_event_loop()
        self._agent = self._loop.run_until_complete(load_agent(model_path=str(self._path)))

    @property
    def fit_seconds(self) -> float:
        """How long training took."""
        return float(json.loads(self._path.with_suffix("").with_suffix(".json").read_text())["seconds"])

    def act(self, text: str, language: str) -> str | None:
        """The act as which a message is classified, whatever article has it as a question; None for an inquiry."""
        ranked = self.parse(text, language).get(RANKED_ACTS) or [{}]
        name = ranked[0].get("name")
        return None if name in (None, INQUIRY) else str(name)

    def parse(self, text: str, language: str | None = None, given: str | None = None) -> dict[str, Any]:
        """What the model reads in a message: `intent`, `language`, `knowledge`.

        Args:
            text: the message.
            language: the conversation's language, None for a first message.
            given: the article that was given last.
        """
        from bot.rasa.parsing_channel import parse_message

        return self._loop.run_until_complete(parse_message(self._agent, text, language, given))

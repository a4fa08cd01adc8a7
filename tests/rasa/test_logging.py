"""Rasa's log, as people can act on it."""

from __future__ import annotations

import logging

import pytest

from bot.rasa.logging import quiet_rasa


def test_what_fails_twice_is_told_twice(caplog: pytest.LogCaptureFixture) -> None:
    """Rasa would drop a line that is the same as the one before it, in its own process and in tests beside it."""
    quiet_rasa()
    for _ in range(2):
        logging.getLogger("bot.rasa").warning("the %s failed", "action")
    assert caplog.messages == ["the action failed"] * 2

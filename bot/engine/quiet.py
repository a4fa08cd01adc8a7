"""Keeps Rasa's log readable and free of what citizens write."""

from __future__ import annotations

import logging
import os
from collections.abc import MutableMapping
from typing import Any

from bot.logs import drop_deprecations

# What a log line may not carry: Rasa logs the message itself when something fails.
_PERSONAL = ("text", "parse_data_text", "parse_data_entities", "user_text", "message", "rasa_events", "sender_id")


def quiet_rasa() -> None:
    """Import Rasa with a log that tells people what they can act on.

    TensorFlow (imported by Rasa, used by nothing here) is told to be silent and to leave a GPU
    alone; deprecation warnings of Rasa's pinned stack, which nobody here can mend, are dropped.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
    os.environ.setdefault("RASA_TELEMETRY_ENABLED", "false")
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    drop_deprecations()

    import structlog
    from rasa.utils.common import configure_logging_and_warnings
    from rasa.utils.log_utils import configure_structlog

    configure_logging_and_warnings(log_level=logging.WARNING)
    configure_structlog(logging.WARNING)
    structlog.configure(processors=[without_personal_data, *structlog.get_config()["processors"]])


def without_personal_data(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor that drops what citizens wrote from a log line."""
    for key in _PERSONAL:
        if key in event:
            event[key] = "[withheld]"
    return event

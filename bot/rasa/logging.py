"""Keeps Rasa's log readable and free of what citizens write."""

from __future__ import annotations

import logging
import os

from bot.core.logs import configure_log, drop_deprecations, mark_clean, without_words


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

    from rasa.utils.common import configure_logging_and_warnings
    from rasa.utils.log_utils import configure_structlog

    # Rasa would drop a line that is the same as the one before it: what fails twice is told twice.
    configure_logging_and_warnings(log_level=logging.WARNING, filter_repeated_logs=False)
    configure_structlog(logging.WARNING)


def serve_quietly(level: str) -> None:
    """As `quiet_rasa`, for a process that hears citizens: nothing of what they write is logged. `level`: of our lines.

    While it trains, Rasa's lines are about the organization's own data, and told whole.
    """
    configure_log(level, libraries=logging.WARNING)
    quiet_rasa()
    configure_log(level, libraries=logging.WARNING)  # again: Rasa has set its own

    import structlog

    processors: list[structlog.typing.Processor] = [
        structlog.stdlib.filter_by_level,
        structlog.processors.add_log_level,
        without_words,
        structlog.processors.JSONRenderer(ensure_ascii=False),
        mark_clean,  # type: ignore[list-item]  # it takes what the one before it gives
    ]
    structlog.configure(processors=processors)

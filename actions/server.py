"""The action server's entry point: rasa-sdk's application, on loopback only."""

from __future__ import annotations

import logging
import os

from sanic import Request, Sanic
from sanic.exceptions import SanicException
from sanic.response import HTTPResponse, json

from bot.core.logs import configure_log
from bot.core.settings import load_settings

log = logging.getLogger(__name__)


def main() -> None:
    """Serve the actions until told to stop."""
    # rasa-sdk's own runner listens on every address; Rasa is the only caller, on this machine.
    settings = load_settings()
    configure_log(settings.log_level, libraries=logging.WARNING)
    from actions.turn import rooms

    rooms()  # now, not at the first citizen's message; and bad data stops the start
    make_app().run(
        host=os.environ.get("SANIC_HOST", "127.0.0.1"), port=settings.actions_port, workers=1, access_log=False
    )


def make_app() -> Sanic:
    """rasa-sdk's application, which says of an action that fails no more than what failed."""
    from rasa_sdk.endpoint import create_app

    app = create_app("actions", cors_origins=None)

    # rasa-sdk's own logs the exception's words, and sends them back with the whole tracker, which Rasa then logs.
    @app.exception(Exception)
    async def failed(request: Request, error: Exception) -> HTTPResponse:
        log.error("%s failed (%s)", _action_of(request), type(error).__name__, exc_info=error)
        return json({"error": type(error).__name__}, 500)

    return app


def _action_of(request: Request) -> str:
    try:
        return f"the action {request.json['next_action']}"
    except (SanicException, KeyError, TypeError):
        return "a call of no action"


if __name__ == "__main__":
    main()

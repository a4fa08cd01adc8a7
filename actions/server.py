"""The action server's entry point: rasa-sdk's application, on loopback only."""

from __future__ import annotations

import logging
import os

from bot.logs import configure_log, drop_deprecations
from bot.settings import load_settings


def main() -> None:
    """Serve the actions until told to stop."""
    # rasa-sdk's own runner listens on every address; Rasa is the only caller, on this machine.
    settings = load_settings()
    configure_log(logging.WARNING)
    drop_deprecations()
    from rasa_sdk.endpoint import create_app

    from actions.turn import rooms

    rooms()  # now, not at the first citizen's message; and bad data stops the start
    app = create_app("actions", cors_origins=None)
    app.run(host=os.environ.get("SANIC_HOST", "127.0.0.1"), port=settings.actions_port, workers=1, access_log=False)


if __name__ == "__main__":
    main()

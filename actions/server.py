"""The action server's entry point: rasa-sdk's application, on loopback only."""

from __future__ import annotations

import logging
import os

from rasa_sdk.endpoint import create_app

from bot.settings import load_settings


def main() -> None:
    """Serve the actions until told to stop."""
    # rasa-sdk's own runner listens on every address; Rasa is the only caller, on this machine.
    settings = load_settings()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    app = create_app("actions", cors_origins=None)
    app.run(host=os.environ.get("SANIC_HOST", "127.0.0.1"), port=settings.actions_port, workers=1, access_log=False)


if __name__ == "__main__":
    main()

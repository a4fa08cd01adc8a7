"""The Rasa server's entry point: one REST channel on loopback, with action calls made cheap."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Any

from bot.engine.quiet import quiet_rasa
from bot.engine.train import model_path
from bot.settings import ROOT, load_settings


@lru_cache(maxsize=1)
def response_validator() -> Any:
    """The validator of an action server's responses, compiled once.

    Stock Rasa builds it anew at every action call, which costs several times the call itself.
    """
    from jsonschema.validators import validator_for
    from rasa.core.actions.action import RemoteAction

    schema = RemoteAction.action_response_format_spec()
    return validator_for(schema)(schema)


def compile_response_schema() -> None:
    """Make Rasa's check of action responses use the compiled validator: same check, same errors."""
    from rasa.core.actions.action import RemoteAction

    def validate(self: RemoteAction, result: dict[str, Any]) -> bool:
        response_validator().validate(result)
        return True

    RemoteAction._validate_action_result = validate


def main() -> None:
    """Serve the trained model until told to stop."""
    quiet_rasa()
    settings = load_settings()
    os.environ["RASA_ACTIONS_URL"] = f"{settings.actions_url}/webhook"
    os.environ["RASA_TRACKER_URL"] = settings.tracker_url

    import rasa.core.run
    from rasa.core.utils import AvailableEndpoints

    compile_response_schema()
    rasa.core.run.serve_application(
        model_path=str(model_path(settings)),
        interface="127.0.0.1",
        port=settings.rasa_port,
        credentials=str(ROOT / "credentials.yml"),
        endpoints=AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml")),
        enable_api=False,
        request_timeout=60,
        response_timeout=60,
    )


if __name__ == "__main__":
    main()

"""The Rasa server's entry point: one REST channel on loopback, with action calls made cheap."""

from __future__ import annotations

import os
import sys
from datetime import datetime, timezone

from bot.core.db import Database, make_engine
from bot.core.folders import ROOT
from bot.core.settings import load_settings
from bot.knowledge.releases import Releases
from bot.rasa.logging import serve_quietly
from bot.rasa.train import model_path


def main() -> None:
    """Serve the trained model until told to stop."""
    settings = load_settings()
    serve_quietly(settings.log_level)
    os.environ["RASA_ACTIONS_URL"] = f"{settings.actions_url}/webhook"
    os.environ["RASA_TRACKER_URL"] = settings.tracker_url

    # TensorFlow, which Rasa imports, takes JAX along if it finds it; nothing here runs on either. Without JAX the start
    # is a second shorter, and the process 65 MB smaller.
    sys.modules["jax"] = None  # type: ignore[assignment]
    import rasa.core.run
    from rasa.core.utils import AvailableEndpoints

    from bot.rasa.action_calls import KeptEndpoint
    from bot.rasa.matcher_reload import watch
    from bot.rasa.patches import apply_patches

    apply_patches()
    watch(Releases(Database(make_engine(settings.database_url)), lambda: datetime.now(timezone.utc)))
    endpoints = AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml"))
    endpoints.action = KeptEndpoint(endpoints.action.url, **endpoints.action.kwargs)
    rasa.core.run.serve_application(
        model_path=str(model_path(settings)),
        interface="127.0.0.1",
        port=settings.rasa_port,
        credentials=str(ROOT / "credentials.yml"),
        endpoints=endpoints,
        enable_api=False,
        request_timeout=60,
        response_timeout=60,
    )


if __name__ == "__main__":
    main()

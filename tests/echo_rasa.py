"""A server that speaks Rasa's REST channel and replies with the words themselves, after a moment's thought.

`python -m tests.echo_rasa PORT [SECONDS]`, for tests and benchmarks of the desk's own work.
"""

from __future__ import annotations

import asyncio
import sys

from aiohttp import web


def main() -> None:
    """Serve until killed."""
    port, seconds = int(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 0.0

    async def reply(request: web.Request) -> web.Response:
        body = await request.json()
        await asyncio.sleep(seconds)
        custom = {"outcome": "answered", "language": "fr", "intent": "inquiry"}
        return web.json_response([{"text": f"echo: {body['message']}"}, {"custom": custom}])

    async def alive(_request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})

    app = web.Application()
    app.add_routes(
        [
            web.post("/webhooks/rest/webhook", reply),
            web.get("/webhooks/rest/", alive),
            web.get("/health", alive),
        ]
    )
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)


if __name__ == "__main__":
    main()

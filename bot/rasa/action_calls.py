"""Calls to the action server, made cheap: the same results as stock Rasa's with less work a call."""

from __future__ import annotations

import asyncio
import copy
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import aiohttp
import fastjsonschema
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.shared.core.events import Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from bot.core.http import KEEP_SECONDS, NoAnswer

if TYPE_CHECKING:
    from rasa.core.channels.channel import OutputChannel
    from rasa.core.nlg.generator import NaturalLanguageGenerator
    from rasa.shared.core.domain import Domain


class ResponseCheck:
    """The check of an action server's responses, compiled from Rasa's own schema.

    The schema says of an event that it must match just one of some twenty kinds, each of which
    names itself; the event's own name tells which kind to try.
    """

    def __init__(self) -> None:
        schema = copy.deepcopy(RemoteAction.action_response_format_spec())  # its parts are Rasa's constants
        event = schema["properties"]["events"].pop("items")
        kinds = event.pop("oneOf")
        self._whole = fastjsonschema.compile(schema)
        self._kinds = {
            kind["properties"]["event"]["const"]: fastjsonschema.compile({"allOf": [event, kind]}) for kind in kinds
        }

    def __call__(self, response: Any) -> None:
        """Do nothing if the response is valid.

        Raises:
            fastjsonschema.JsonSchemaException: it is not.
        """
        self._whole(response)
        for event in response.get("events", ()):
            name = event.get("event") if isinstance(event, dict) else None
            check = self._kinds.get(name) if isinstance(name, str) else None
            if check is None:
                raise fastjsonschema.JsonSchemaException("an event of no known kind")
            check(event)


@lru_cache(maxsize=1)
def response_check() -> ResponseCheck:
    """The process's one check."""
    return ResponseCheck()


class ActionFailed(RasaException):
    """An action did not run to its end; `why` is a class of exceptions, `logged` whether it was where it happened."""

    def __init__(self, action: str, error: Exception) -> None:
        super().__init__(action)
        self.action = action
        self.why = type(error).__name__
        cause = error.__cause__
        self.logged = isinstance(cause, ClientResponseError) and cause.status >= 500
        if isinstance(cause, ClientResponseError):
            try:
                self.why = str(json.loads(cause.text)["error"])
            except (ValueError, KeyError, TypeError):
                self.why = f"status {cause.status}"


class PatchedRemoteAction(RemoteAction):
    """Calls the action server with what an action reads, and checks the response by the compiled schema.

    Stock Rasa builds the schema's validator at every call, and sends every event of the conversation.
    """

    async def run(
        self,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        tracker: DialogueStateTracker,
        domain: Domain,
    ) -> list[Event]:
        """As stock Rasa's.

        Raises:
            ActionExecutionRejection: the action does not want to run.
            ActionFailed: it failed, or the action server does not answer.
        """
        try:
            events: list[Event] = await super().run(output_channel, nlg, tracker, domain)
        except ActionExecutionRejection:
            raise
        except Exception as error:
            raise ActionFailed(str(self.name()), error) from error
        return events

    def _validate_action_result(self, result: dict[str, Any]) -> bool:
        response_check()(result)
        return True

    def _action_call_format(self, tracker: DialogueStateTracker, domain: Domain) -> dict[str, Any]:
        """The tracker's state, with the events since the citizen's last message.

        rasa-sdk's form validation reads the slots set at the end of the events; our actions read none.
        """
        state = tracker.current_state(EventVerbosity.NONE)
        recent: list[Event] = []
        for event in reversed(tracker.events):
            if isinstance(event, UserUttered):
                break
            recent.append(event)
        state["events"] = [event.as_dict() for event in reversed(recent)]
        call = {"next_action": self._name, "sender_id": tracker.sender_id, "tracker": state, "version": _version()}
        if not self._is_selective_domain_enabled() or domain.does_custom_action_explicitly_need_domain(self._name):
            call["domain"] = domain.as_dict()
        return call


@lru_cache(maxsize=1)
def _version() -> str:
    import rasa

    return str(rasa.__version__)


class KeptEndpoint(EndpointConfig):
    """The action server's address, over connections that are kept.

    Stock Rasa opens a session and a connection for every call.
    """

    _session: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str = "post",
        subpath: str | None = None,
        content_type: str | None = "application/json",
        compress: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Send `json` (in `kwargs`) to the endpoint; the JSON of its response.

        Raises:
            ClientResponseError: the action server answered with an error.
            NoAnswer: it did not answer. (Rasa would log an `aiohttp.ClientError` with its words.)
        """
        if self._session is None:
            connector = aiohttp.TCPConnector(keepalive_timeout=KEEP_SECONDS)
            self._session = aiohttp.ClientSession(connector=connector)
        sent = {"json": kwargs["json"], "timeout": kwargs["timeout"]}
        try:
            async with self._session.request(method, self.url, **sent) as response:
                if response.status >= 400:
                    raise ClientResponseError(response.status, response.reason, await response.content.read())
                return await response.json()
        except (aiohttp.ClientConnectionError, aiohttp.ClientPayloadError, asyncio.TimeoutError) as error:
            raise NoAnswer(type(error).__name__) from error

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

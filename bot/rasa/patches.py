"""Rasa's server made cheap: the same results with less work a message.

Each part replaces one place of Rasa 3.6 that repeats at every message what could be done once.
The tests hold each beside the stock part that it replaces.
"""

from __future__ import annotations

import asyncio
import copy
import gc
import json
import logging
from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import aiohttp
import fastjsonschema
from rasa.core.actions.action import ActionExecutionRejection, ActionListen, RemoteAction
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.engine.exceptions import GraphRunError
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.constants import ACTION_LISTEN_NAME, REQUESTED_SLOT
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    Event,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from rasa.shared.exceptions import RasaException
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from bot.core.http import KEEP_SECONDS, NoAnswer
from bot.rasa.rules import index_rules

if TYPE_CHECKING:
    from rasa.core.actions.action import Action
    from rasa.core.channels.channel import OutputChannel, UserMessage
    from rasa.core.nlg.generator import NaturalLanguageGenerator
    from rasa.shared.core.domain import Domain

log = logging.getLogger(__name__)

FAILED = "failed"  # in the last `custom` of an answer: what failed, without words (`bot.assistant.rasa_client`)
PAUSED = "paused"  # the slot of a form that was left


def make_lean() -> None:
    """Put the parts of this module in the place of Rasa's own, for this process."""
    import rasa.core.actions.forms
    import rasa.core.agent
    import rasa.core.policies.rule_policy

    rasa.core.agent.MessageProcessor = LeanProcessor
    for module in (rasa.core.actions.action, rasa.core.actions.forms):
        module.RemoteAction = LeanRemoteAction
    # Their debug lines are never written: the level is WARNING, and they hold what citizens write.
    for module in (rasa.core.processor, rasa.core.policies.rule_policy):
        module.copy = _NotCopied
    Event.resolve_by_type = staticmethod(lru_cache(maxsize=None)(Event.resolve_by_type))
    DaskGraphRunner.run = run_by_plan
    index_rules()


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


class LeanRemoteAction(RemoteAction):
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


class LeanProcessor(MessageProcessor):
    """Rasa's message processor without its rehearsals.

    Stock Rasa replays the whole conversation into a second tracker before every action, so that
    events of the policy can be taken back when the action is rejected.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The model and the libraries stay as long as the process: the garbage collector need not
        # go through their millions of objects again and again.
        gc.collect()
        gc.freeze()

    async def handle_message(self, message: UserMessage) -> list[dict[str, Any]] | None:
        """As stock Rasa; a message that comes again first takes back what is left of its former turn.

        The desk says in the metadata which message it is, and which attempt. It is told of a failure at the end of
        what was said: stock Rasa would say nothing, and log the message.
        """
        metadata = message.metadata or {}
        output = message.output_channel
        try:
            if metadata.get("attempt", 1) > 1:
                # Rasa wraps the store in one that catches its failures.
                store: Any = getattr(self.tracker_store, "_tracker_store", self.tracker_store)
                if store.rewind(message.sender_id, metadata["message"]):
                    log.info("a turn was taken back, to be taken again")
            await super().handle_message(message)
        except Exception as error:  # noqa: BLE001 - whatever it is, the desk must hear of it
            log.error("a message could not be answered (%s)", type(error).__name__, exc_info=error)
            output.messages.clear()  # nothing of the turn is remembered, so nothing of it is said
            await output.send_custom_json(message.sender_id, {FAILED: f"rasa: {type(error).__name__}"})
        return list(output.messages)

    def _check_for_unseen_features(self, parse_data: dict[str, Any]) -> None:
        """Nothing: that the domain declares every intent and entity is held by a test, not by each message."""

    async def _run_action(
        self,
        action: Action,
        tracker: DialogueStateTracker,
        output_channel: OutputChannel,
        nlg: NaturalLanguageGenerator,
        prediction: PolicyPrediction,
    ) -> bool:
        rehearsal = tracker
        if prediction.events or not isinstance(action, (LeanRemoteAction, ActionListen)):
            rehearsal = tracker.copy()
            rehearsal.update_with_events(prediction.events, self.domain)
        try:
            events = await action.run(output_channel, nlg, rehearsal, self.domain)
        except ActionExecutionRejection:
            rejected = ActionExecutionRejected(action.name(), prediction.policy_name, prediction.max_confidence)
            tracker.update(rejected)
            return bool(self.should_predict_another_action(action.name()))
        except Exception as error:  # noqa: BLE001 - whatever it is, the desk must hear of it
            await self._fail(action, error, tracker, output_channel)
            return False
        self._log_action_on_tracker(tracker, action, events, prediction)
        if any(isinstance(event, UserUttered) for event in events):
            tracker = await self.run_action_extract_slots(output_channel, tracker)
        await self.execute_side_effects(events, tracker, output_channel)
        return bool(self.should_predict_another_action(action.name()))

    async def _fail(
        self, action: Action, error: Exception, tracker: DialogueStateTracker, output_channel: OutputChannel
    ) -> None:
        """Tell the desk what failed, and listen to the next message; a form that failed before is left.

        What was said before in this turn stays said. Stock Rasa logs the tracker and goes on as if nothing was wrong.
        """
        name = error.action if isinstance(error, ActionFailed) else action.name()
        why = error.why if isinstance(error, ActionFailed) else type(error).__name__
        if not (isinstance(error, ActionFailed) and error.logged):
            log.error("the action %s failed (%s)", name, why, exc_info=error)
        if tracker.active_loop_name and _failed_before(tracker):
            form = tracker.active_loop_name
            tracker.update_with_events(_leave(tracker, form, self.domain.required_slots_for_form(form)), self.domain)
        tracker.update(ActionExecuted(ACTION_LISTEN_NAME, metadata={FAILED: name}), self.domain)
        await output_channel.send_custom_json(tracker.sender_id, {FAILED: f"{name}: {why}"})


def _failed_before(tracker: DialogueStateTracker) -> bool:
    """Whether the turn before this one failed."""
    listened = (
        event
        for event in reversed(tracker.events)
        if isinstance(event, ActionExecuted) and event.action_name == ACTION_LISTEN_NAME
    )
    last = next(listened, None)
    return last is not None and FAILED in last.metadata


def _leave(tracker: DialogueStateTracker, form: str, needed: Sequence[str]) -> list[Event]:
    """The events that leave a form; what was said in it is kept, to be taken up again (`actions/turn.py`)."""
    topic = form.removesuffix("form")
    said = {
        name: slot.value for name, slot in tracker.slots.items() if name.startswith(topic) and slot.value is not None
    }
    return [
        SlotSet(PAUSED, {"form": form, "slots": said}),
        *(SlotSet(name, None) for name in needed),
        SlotSet(REQUESTED_SLOT, None),
        ActiveLoop(None),
    ]


class _NotCopied:
    """Stands for the module `copy` where Rasa uses it only to write a debug line."""

    @staticmethod
    def deepcopy(value: Any) -> Any:
        return value


def run_by_plan(
    self: DaskGraphRunner, inputs: dict[str, Any] | None = None, targets: list[str] | None = None
) -> dict[str, Any]:
    """Run a graph by a plan made once: same nodes, same order, same errors.

    Stock Rasa reduces the graph to what is needed, rebuilds it for dask, and has dask schedule it,
    three times a message.
    """
    wanted = tuple(targets or self._graph_schema.target_names)
    plans = self.__dict__.setdefault("_guichet_plans", {})
    if wanted not in plans:
        plans[wanted] = plan({name: tuple(n.needs.values()) for name, n in self._graph_schema.nodes.items()}, wanted)
    outputs: dict[str, Any] = {name: (name, value) for name, value in (inputs or {}).items()}
    try:
        for name, needs in plans[wanted]:
            if name in outputs:  # given from outside, in the place of what the node would make
                continue
            outputs[name] = self._instantiated_nodes[name](*(outputs.get(need, need) for need in needs))
    except RuntimeError as error:
        raise GraphRunError("Error running runner.") from error
    return dict(outputs[name] for name in wanted)


def plan(needs: dict[str, tuple[str, ...]], targets: tuple[str, ...]) -> list[tuple[str, tuple[str, ...]]]:
    """The nodes that `targets` depend on, each after what it needs, with its needs.

    A need that is no node is an input of the graph.
    """
    planned: dict[str, tuple[str, ...]] = {}

    def visit(name: str) -> None:
        if name in planned or name not in needs:
            return
        for need in needs[name]:
            visit(need)
        planned[name] = needs[name]

    for target in targets:
        visit(target)
    return list(planned.items())

"""Rasa's message processor without its rehearsals, which tells the web app when a turn failed."""

from __future__ import annotations

import gc
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from rasa.core.actions.action import ActionExecutionRejection, ActionListen
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.processor import MessageProcessor
from rasa.shared.core.constants import ACTION_LISTEN_NAME, REQUESTED_SLOT
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    Event,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from bot.rasa.action_calls import ActionFailed, PatchedRemoteAction

if TYPE_CHECKING:
    from rasa.core.actions.action import Action
    from rasa.core.channels.channel import OutputChannel, UserMessage
    from rasa.core.nlg.generator import NaturalLanguageGenerator

log = logging.getLogger(__name__)

FAILED = "failed"  # in the last `custom` of an answer: what failed, without words (`bot.assistant.rasa_client`)
PAUSED = "paused"  # the slot of a form that was left


class PatchedProcessor(MessageProcessor):
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
        if prediction.events or not isinstance(action, (PatchedRemoteAction, ActionListen)):
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

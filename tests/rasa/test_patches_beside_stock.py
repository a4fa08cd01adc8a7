"""The parts that replace Rasa's, each beside the stock part: on a small assistant that Rasa itself has trained."""

from __future__ import annotations

import ast
import asyncio
import inspect
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import rasa.core.actions.action
import rasa.core.actions.forms
import rasa.core.agent
import rasa.core.policies.rule_policy
import rasa.core.processor
import rasa.model_training
from aiohttp import web
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.policies.rule_policy import RulePolicy
from rasa.core.tracker_store import InMemoryTrackerStore
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.training.hooks import TrainingHook
from rasa.shared.core.events import Event
from rasa.shared.utils.common import all_subclasses
from rasa.utils.endpoints import EndpointConfig

from bot.rasa import tracker_store
from bot.rasa.action_calls import KeptEndpoint, PatchedRemoteAction
from bot.rasa.graph import run_by_plan
from bot.rasa.importer import KnowledgeImporter
from bot.rasa.patches import apply_patches
from bot.rasa.processor import PatchedProcessor
from bot.rasa.training import keep_no_outputs
from tests.rasa import stock

CONFIG = """
recipe: default.v1
assistant_id: small
language: fr
pipeline: [{name: KeywordIntentClassifier}]
policies: [{name: RulePolicy}]
"""
DOMAIN = """
version: "3.1"
intents: [greet, book, fail, refuse, follow, say]
slots:
  language: {type: text, influence_conversation: false, mappings: [{type: custom}]}
  day: {type: text, mappings: [{type: custom}]}
forms: {book_form: {required_slots: [day]}}
actions: [action_greet, action_fail, action_refuse, action_follow, action_say, action_last,
  validate_book_form, action_ask_day, action_booked]
session_config: {session_expiration_time: 60, carry_over_slots_to_new_session: true}
"""
DATA = """
version: "3.1"
nlu:
- {intent: greet, examples: "- bonjour\\n- salut\\n"}
- {intent: book, examples: "- réserver\\n"}
- {intent: fail, examples: "- échoue\\n"}
- {intent: refuse, examples: "- refuse\\n"}
- {intent: follow, examples: "- suite\\n"}
- {intent: say, examples: "- parle\\n"}
rules:
- {rule: greet, steps: [{intent: greet}, {action: action_greet}]}
- {rule: book, steps: [{intent: book}, {action: book_form}, {active_loop: book_form}]}
- rule: booked
  condition: [{active_loop: book_form}]
  steps: [{action: book_form}, {active_loop: null}, {slot_was_set: [{requested_slot: null}]}, {action: action_booked}]
- {rule: fail, steps: [{intent: fail}, {action: action_fail}]}
- {rule: refuse, steps: [{intent: refuse}, {action: action_refuse}]}
- {rule: follow, steps: [{intent: follow}, {action: action_follow}, {action: action_last}]}
- {rule: say, steps: [{intent: say}, {action: action_say}]}
"""


def slot(name: str, value: Any) -> dict[str, Any]:
    """The event of an action that sets a slot."""
    return {"event": "slot", "timestamp": None, "name": name, "value": value}


def answer(call: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """What the small assistant's action server answers: one way of answering an action."""
    action, tracker = call["next_action"], call["tracker"]
    said = (tracker["latest_message"] or {}).get("text") or ""
    events: list[dict[str, Any]] = []
    responses: list[dict[str, Any]] = [{"text": f"{action}: {tracker['slots'].get('language')}"}]
    if action == "action_fail":
        return 500, {}
    if action == "action_refuse":
        return 400, {"action_name": action, "error": "not now"}
    if action == "action_greet":
        events = [slot("language", "fr" if said == "bonjour" else "en")]
        responses = [{"text": "Bonjour!", "buttons": [{"title": "Oui", "payload": "/book"}], "custom": {"a": 1}}]
    elif action == "action_follow":
        events = [slot("language", "en"), {"event": "followup", "timestamp": None, "name": "action_last"}]
    elif action == "action_say":
        parsed = {"intent": {"name": "greet", "confidence": 1.0}, "entities": [], "text": "hello"}
        events = [{"event": "user", "timestamp": None, "text": "hello", "parse_data": parsed, "input_channel": None}]
    elif action == "validate_book_form":
        events = [slot("day", said)] if said.startswith("lundi") else []
        responses = []
    return 200, {"events": events, "responses": responses}


CONVERSATIONS = [
    ["bonjour", "salut", "des mots"],
    ["réserver", "je ne sais pas", "lundi prochain", "bonjour"],
    ["réserver", "bonjour", "lundi"],
    ["refuse", "bonjour"],
    ["suite", "bonjour"],
    ["parle", "réserver", "lundi"],
    ["/greet", "/book", '/greet{"language": "en"}', "lundi", "/restart", "bonjour"],
    ["", "🫠", "lundi"],
]
# Every place in which `apply_patches` puts another part, for the tests to put Rasa's own back.
PLACES = [
    (rasa.core.agent, "MessageProcessor"),
    (rasa.core.actions.action, "RemoteAction"),
    (rasa.core.actions.forms, "RemoteAction"),
    (rasa.core.processor, "copy"),
    (rasa.core.policies.rule_policy, "copy"),
    (Event, "resolve_by_type"),
    (DaskGraphRunner, "run"),
    (RulePolicy, "_get_possible_keys"),
    (RulePolicy, "_find_action_from_rules"),
]


@contextmanager
def all_parts_patched() -> Iterator[None]:
    """Rasa as the server makes it, and afterwards as it was."""
    with pytest.MonkeyPatch.context() as patch:
        for owner, name in PLACES:
            patch.setattr(owner, name, inspect.getattr_static(owner, name))
        apply_patches()
        yield


def train_small(folder: Path, name: str) -> Path:
    """Train the small assistant, as Rasa does; the model."""
    for file, content in (("config", CONFIG), ("domain", DOMAIN), ("data", DATA)):
        (folder / f"{file}.yml").write_text(content, encoding="utf-8")
    result = rasa.model_training.train(
        domain=str(folder / "domain.yml"),
        config=str(folder / "config.yml"),
        training_files=[str(folder / "data.yml")],
        output=str(folder),
        force_training=True,
        fixed_model_name=name,
    )
    assert result.code == 0
    return folder / f"{name}.tar.gz"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder of the small assistant's; Rasa keeps its cache there too."""
    found = tmp_path_factory.mktemp("small-assistant")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RASA_CACHE_DIRECTORY", str(found / "cache"))
        yield found


@pytest.fixture(scope="module")
def model(folder: Path) -> Path:
    """The small assistant, trained with Rasa's own hooks."""
    return train_small(folder, "stock")


def without_times(event: Event) -> dict[str, Any]:
    """An event without what differs from one run to the next."""
    return {key: value for key, value in event.as_dict().items() if key != "timestamp"}


@dataclass(frozen=True)
class Played:
    """A conversation: each message with what was said, its events, and where it stood at the end."""

    turns: list[tuple[str, list[dict[str, Any]]]]
    events: list[dict[str, Any]]
    state: tuple[Any, ...]


def play(
    model: Path,
    make_endpoint: Callable[[str], EndpointConfig],
    kind: type,
    conversations: list[list[str]] = CONVERSATIONS,
) -> list[Played]:
    """Play the conversations on the small assistant."""

    async def run() -> list[Played]:
        async def respond(request: web.Request) -> web.Response:
            status, body = answer(await request.json())
            return web.json_response(body, status=status)

        app = web.Application()
        app.router.add_post("/webhook", respond)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        endpoint = make_endpoint(f"http://127.0.0.1:{runner.addresses[0][1]}/webhook")
        agent = Agent(action_endpoint=endpoint)
        agent.tracker_store = InMemoryTrackerStore(None)
        agent.load_model(str(model))
        assert type(agent.processor) is kind
        found: list[Played] = []
        for number, messages in enumerate(conversations):
            sender, turns = f"c{number}", []
            for count, text in enumerate(messages):
                channel, told = CollectingOutputChannel(), {"message": count, "attempt": 1}
                await agent.handle_message(UserMessage(text, channel, sender, message_id=f"m{count}", metadata=told))
                turns.append((text, channel.messages))
            tracker = await agent.tracker_store.retrieve(sender)
            assert tracker is not None
            state = (tracker.current_slot_values(), tracker.active_loop_name, tracker.latest_action_name)
            found.append(Played(turns, [without_times(event) for event in tracker.events], state))
        if isinstance(endpoint, KeptEndpoint):
            await endpoint.close()
        await runner.cleanup()
        return found

    return asyncio.run(run())


def test_a_conversation_is_the_stock_one(model: Path) -> None:
    """Answers, forms, refusals, follow-ups and what an action says for the citizen: same replies and events.

    All parts together, as the server puts them: processor, actions, endpoint, runner, rules, events.
    """
    as_stock = play(model, EndpointConfig, rasa.core.processor.MessageProcessor)
    with all_parts_patched():
        as_patched = play(model, KeptEndpoint, PatchedProcessor)
    for ours, theirs in zip(as_patched, as_stock):
        assert ours.turns == theirs.turns
        for event, stock_event in zip(ours.events, theirs.events):
            assert event == stock_event
        assert len(ours.events) == len(theirs.events)
        assert ours.state == theirs.state
    assert len(as_patched) == len(as_stock)
    # The conversations went where they were meant to.
    said = {message.get("text") for played in as_stock for _, messages in played.turns for message in messages}
    assert {"Bonjour!", "action_booked: None", "action_last: en"} <= said
    kinds = {event["event"] for played in as_stock for event in played.events}
    assert {"action_execution_rejected", "followup", "active_loop", "slot", "rewind"} <= kinds


def test_an_action_that_fails_is_told_and_the_next_message_is_heard(model: Path) -> None:
    """Stock Rasa says nothing and goes on; ours tells the desk what failed, and leaves a form that fails twice."""
    with all_parts_patched():
        (played,) = play(model, KeptEndpoint, PatchedProcessor, [["bonjour", "échoue", "salut", "échoue", "échoue"]])
    answers = [[{k: v for k, v in item.items() if k != "recipient_id"} for item in items] for _, items in played.turns]
    failed = [{"custom": {"failed": "action_fail: status 500"}}]
    assert answers[1] == answers[3] == answers[4] == failed
    assert answers[2] == answers[0]
    assert played.state[2] == "action_listen"


def test_the_parts_are_rasas_again_after_a_test() -> None:
    """Every place gets another part, and what the tests replace is put back for those that come after."""
    stocks = [inspect.getattr_static(owner, name) for owner, name in PLACES]
    with all_parts_patched():
        assert all(inspect.getattr_static(*place) is not part for place, part in zip(PLACES, stocks))
    assert [inspect.getattr_static(owner, name) for owner, name in PLACES] == stocks


def test_training_without_the_cache_makes_the_same_model(folder: Path, model: Path) -> None:
    """Every file of every component is the same, byte for byte; the cache holds nothing of it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RASA_CACHE_DIRECTORY", str(folder / "empty-cache"))
        for name in ("on_before_node", "on_after_node"):
            patch.setattr(TrainingHook, name, inspect.getattr_static(TrainingHook, name))
        keep_no_outputs()
        uncached_model = train_small(folder, "uncached")
    assert contents(uncached_model) == contents(model)
    assert len(contents(model)) > 2


def contents(model: Path) -> dict[str, bytes]:
    """The files of a model's components, without the folders' unique parts and the record of the training."""
    with tarfile.open(model) as archive:
        files = {name: archive.extractfile(name) for name in archive.getnames() if archive.getmember(name).isfile()}
        return {name: file.read() for name, file in files.items() if file and not name.endswith("metadata.json")}


class Sum(GraphComponent):
    """A node that adds what it is given to a number of its own, or fails."""

    def __init__(self, own: int) -> None:
        self._own = own

    @classmethod
    def create(cls, config: dict[str, Any], **_more: Any) -> Sum:
        """Make the node of a graph."""
        return cls(config.get("own", 0))

    def add(self, **given: int) -> int:
        """The sum."""
        return self._own + sum(given.values())

    def fail(self, **_given: int) -> int:
        """Fails as a component may."""
        raise ValueError("no sum")


def node(needs: dict[str, str], own: int = 0, fn: str = "add", **more: Any) -> SchemaNode:
    """A node of a small graph."""
    return SchemaNode(needs=needs, uses=Sum, constructor_name="create", fn=fn, config={"own": own}, eager=True, **more)


def run_graph(run: Callable[..., Any], nodes: dict[str, SchemaNode], folder: Path, *arguments: Any) -> Any:
    """What a runner's `run` makes of a graph; an error as its kinds and words."""
    schema = GraphSchema(nodes)
    runner = DaskGraphRunner(schema, LocalModelStorage(folder), ExecutionContext(schema, "test"))
    try:
        return run(runner, *arguments)
    except Exception as error:  # noqa: BLE001 - whatever the stock runner raises is what is compared
        return type(error), str(error), type(error.__cause__)


GRAPH = {
    "a": node({"x": "number"}, 1),
    "b": node({"x": "a"}, 10),
    "c": node({"x": "a", "y": "b"}, 100, is_target=True),
    "d": node({"x": "c"}, 1000, is_target=True),
    "unused": node({"x": "other"}, 5, fn="fail"),
}


@pytest.mark.parametrize(
    ("nodes", "arguments"),
    [
        (GRAPH, ({"number": 7},)),
        (GRAPH, ({"number": 7}, ["b"])),
        (GRAPH, ({"number": 7}, ["b", "d"])),
        (GRAPH, ({"number": 7}, ["d", "a"])),
        (GRAPH, ({"number": 7, "a": 3}, ["c"])),
        (GRAPH, ({"other": 7}, ["unused"])),
        ({"alone": node({}, 4, is_target=True)}, ()),
        ({"alone": node({}, 4, is_target=True)}, ({}, None)),
    ],
)
def test_a_graph_run_by_plan_gives_what_the_stock_runner_gives(
    nodes: dict[str, SchemaNode], arguments: Any, tmp_path: Path
) -> None:
    """Same results in the same order, same errors, whatever the targets."""
    assert DaskGraphRunner.run is not run_by_plan
    stock_result = run_graph(DaskGraphRunner.run, nodes, tmp_path, *arguments)
    planned = run_graph(run_by_plan, nodes, tmp_path, *arguments)
    assert planned == stock_result
    if isinstance(stock_result, dict):
        assert list(planned) == list(stock_result)
    else:
        assert stock_result[0] is not GraphRunError or stock_result[2] is not type(None)


def test_a_kind_of_event_is_found_as_by_the_stock_search() -> None:
    """By each name, for each default, and an unknown one is the same error; the second time, too."""
    search = Event.resolve_by_type
    names = {kind.type_name for kind in all_subclasses(Event)}
    with all_parts_patched():
        assert Event.resolve_by_type is not search
        for _ in range(2):
            for name in names:
                assert Event.resolve_by_type(name) is search(name)
                assert Event.resolve_by_type(name, None) is search(name, None)
            assert Event.resolve_by_type("topic") is search("topic") is None
            assert Event.resolve_by_type("nothing", Event) is search("nothing", Event) is Event
            for find in (Event.resolve_by_type, search):
                with pytest.raises(ValueError, match="nothing"):
                    find("nothing")


@pytest.mark.parametrize("module", [rasa.core.processor, rasa.core.policies.rule_policy])
def test_what_is_not_copied_is_only_written_to_the_log(module: Any) -> None:
    """Wherever these modules of Rasa use `copy`, it is for a line of debugging, which is not written."""
    tree = ast.parse(inspect.getsource(module))
    debugging = {
        part
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "structlogger.debug"
        for part in ast.walk(call)
    }
    uses = [part for part in ast.walk(tree) if isinstance(part, ast.Name) and part.id == "copy"]
    assert uses
    assert set(uses) <= debugging


@pytest.mark.parametrize("name", stock.REPLACED)
def test_the_stock_part_is_the_one_that_ours_was_written_beside(name: str) -> None:
    """A part of Rasa that is replaced has not changed its source."""
    found = stock.digest_of(name)
    assert found == stock.REPLACED[name], stock.WHAT_TO_DO.format(name=name, digest=found)


def test_a_changed_source_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another source gives another digest."""
    name = "rasa.engine.runner.dask:DaskGraphRunner.run"
    monkeypatch.setattr(DaskGraphRunner, "run", run_by_plan)
    assert stock.digest_of(name) != stock.REPLACED[name]


def test_every_replaced_part_stands_in_the_table() -> None:
    """What `apply_patches` and training replace, and what our classes override of Rasa's."""
    replaced = {f"{owner.__module__}:{owner.__name__}.{name}" for owner, name in PLACES if inspect.isclass(owner)}
    replaced |= {f"{TrainingHook.__module__}:TrainingHook.{name}" for name in ("on_before_node", "on_after_node")}
    for ours in (
        PatchedRemoteAction,
        KeptEndpoint,
        PatchedProcessor,
        tracker_store.PlainSQLTrackerStore,
        KnowledgeImporter,
    ):
        for name, part in vars(ours).items():
            owner = next((kind for kind in ours.__mro__[1:] if name in vars(kind)), None)
            if inspect.isfunction(part) and name != "__init__" and owner is not None:
                replaced.add(f"{owner.__module__}:{owner.__name__}.{name}")
    assert replaced <= set(stock.REPLACED)
    assert run_by_plan.__name__ not in vars(DaskGraphRunner)

"""The contract of a reply: what goes with messages between the actions, the desk, the channels and the console.

Programs read `custom` beside the words of a reply; `detail` is kept with every message. Both are JSON on the wire and
in the database, and these dataclasses wherever they are made or read. `to_json` leaves out what is not said (a field
that has its default), so that JSON stays as it was when fields are added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from enum import Enum
from typing import Any, TypeVar

from bot.messages import payloads

_Part = TypeVar("_Part", bound="Part")

CLOSED_NEWS = "closed"  # one who waits was told that the offices are closed
# Alone in the last `custom` of an answer of Rasa's (`bot.rasa.patches`): what failed, without words.
FAILED = "failed"


class ContractError(ValueError):
    """JSON holds what no contract declares; the message names the keys, and nothing of their values."""


class Command(Enum):
    """What a reply asks the desk to do, instead of being said itself."""

    GIVE_DATA = payloads.MY_DATA  # tell the citizen what is kept of them, and give the file
    ERASE = payloads.FORGET_CONFIRMED  # erase what is kept of the citizen, if they were asked and agree


class Part:
    """A dataclass that goes as JSON."""

    def to_json(self) -> dict[str, Any]:
        """What it says, as JSON can carry it."""
        said = ((one, getattr(self, one.name)) for one in _fields(type(self)))
        return {_key(one): _plain(value) for one, value in said if _is_said(one, value)}

    @classmethod
    def from_json(cls: type[_Part], data: Mapping[str, Any]) -> _Part:
        """Read what we make ourselves.

        Raises:
            ContractError: a key is not declared.
        """
        return _read(cls, data, strict=True)

    @classmethod
    def from_stored(cls: type[_Part], data: Mapping[str, Any] | None) -> _Part:
        """Read what any version kept, or another program sent: what is unknown is left out, what is missing None."""
        return _read(cls, data or {}, strict=False)

    @classmethod
    def keys(cls) -> frozenset[str]:
        """The keys of its JSON."""
        return frozenset(_key(one) for one in _fields(cls))


def _holds(kind: type[Part] | type[Enum], *, many: bool = False, key: str | None = None) -> Any:
    return field(default=None, metadata={"kind": kind, "many": many, "key": key})


@dataclass(frozen=True)
class SourceFacts(Part):
    """Where an article's answer stands: a document and its section, in force and updated since (ISO dates)."""

    title: str
    section: str
    effective: str
    updated: str


@dataclass(frozen=True)
class TicketFacts(Part):
    """A request of which a reply tells, or that it offers.

    `reference`: None while it is offered only; `due`: the moment by which it is answered (ISO); `question`: what is
    passed on.
    """

    reference: str | None
    due: str
    state: str | None = None
    proof: tuple[dict[str, Any], ...] | None = None
    question: str | None = None

    def to_json(self) -> dict[str, Any]:
        """An offer always names what it would pass on, also where that is not known yet."""
        known = super().to_json()
        return known if self.reference is not None else {**known, "question": self.question}


@dataclass(frozen=True)
class Step(Part):
    """The step of a dialogue under which the buttons of a reply stand.

    `form`: the dialogue; `run`: which time it was begun; `slot`: what was asked; `words`: a digest of what was read
    back; `said`: of a dialogue that is over, what was said in it.
    """

    form: str
    run: str | None = None
    slot: str | None = None
    words: str | None = None
    said: dict[str, Any] | None = None

    def to_json(self) -> dict[str, Any]:
        """A step of a dialogue under way always names its run, also where that is not known."""
        known = super().to_json()
        return known if self.said is not None else {**known, "run": self.run}


@dataclass(frozen=True)
class ReplyFacts(Part):
    """What programs read of a reply (`custom`).

    `outcome`: "answered", "clarify", "unanswered", "form", "ticket", "handoff", "smalltalk" or "refused"; `language`
    and `intent`: of the reply, and the act recognised in the message (None without an assistant). `passed`: the date
    told is over; `place`: in the queue; `news`: what the desk tells by itself, once; `closes` and `erases`: the ticket
    that "yes" in answer closes, and whether it also erases all; `export`: the channel adds the file of what is kept;
    `tickets`: those that stay when all else is erased; `held_by`: who should hold the conversation from now on.
    """

    outcome: str | None
    language: str | None
    intent: str | None
    article: str | None = None
    title: str | None = None
    sources: tuple[SourceFacts, ...] | None = _holds(SourceFacts, many=True)
    probability: float | None = None
    promise: str | None = None
    day_zero: str | None = None
    passed: bool | None = None
    options: tuple[str, ...] | None = None
    programs: tuple[str, ...] | None = None
    rating: int | None = None
    referral: str | None = None
    ticket: TicketFacts | None = _holds(TicketFacts)
    step: Step | None = _holds(Step)
    held_by: str | None = None
    place: int | None = None
    news: str | None = None
    command: Command | None = _holds(Command, key="desk")
    export: bool = False
    tickets: tuple[str, ...] | None = None
    closes: str | None = None
    erases: bool = False


@dataclass(frozen=True)
class PieceFacts(Part):
    """A piece of a message that came in pieces: its name and place, and what it holds."""

    id: str
    place: int
    text: str
    kind: str
    medium: str | None


@dataclass(frozen=True)
class MessageDetail(Part):
    """What is kept with a message beside its words (`detail`).

    Of a citizen's: `title` of the button pressed and the message that it stood under (`of`), the `medium` that cannot
    be read and whether they were `told` so, the `client_id` of a page, the `language` that the channel knows, the
    one to `answer_in`, the `pieces` in which it came. Of an officer's: their `name`, the `ticket` that it answers. Of a
    reply: its `buttons` and `custom`. `farewell`: its conversation is erased once it is delivered; `erased`: what was
    said before it is. `email`: of an e-mail, as its channel has it.
    """

    title: str | None = None
    of: str | None = None
    medium: str | None = None
    told: bool | None = None
    client_id: str | None = None
    language: str | None = None
    answer_in: str | None = None
    pieces: tuple[PieceFacts, ...] | None = _holds(PieceFacts, many=True)
    name: str | None = None
    ticket: str | None = None
    buttons: tuple[dict[str, str], ...] | None = None
    custom: ReplyFacts | None = _holds(ReplyFacts)
    farewell: bool = False
    erased: bool = False
    email: dict[str, Any] | None = None


_known: dict[type, tuple[Field[Any], ...]] = {}


def _fields(cls: Any) -> tuple[Field[Any], ...]:
    """The fields of a part, looked up once: messages are read by the thousand."""
    found = _known.get(cls)
    if found is None:
        found = _known[cls] = fields(cls)
    return found


def _key(one: Field[Any]) -> str:
    return one.metadata.get("key") or one.name


def _is_said(one: Field[Any], value: Any) -> bool:
    return one.default is MISSING or value != one.default


def _plain(value: Any) -> Any:
    if isinstance(value, Part):
        return value.to_json()
    if isinstance(value, Enum):
        return value.value
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _read(cls: type[_Part], data: Mapping[str, Any], *, strict: bool) -> _Part:
    if strict and (unknown := data.keys() - cls.keys()):
        raise ContractError(f"{cls.__name__} declares no {', '.join(sorted(unknown))}")
    found = {one.name: _value(one, data[_key(one)], strict=strict) for one in _fields(cls) if _key(one) in data}
    missing = {one.name: None for one in _fields(cls) if one.default is MISSING and _key(one) not in data}
    return cls(**missing, **found)


def _value(one: Field[Any], value: Any, *, strict: bool) -> Any:
    kind = one.metadata.get("kind")
    if value is None or kind is None:
        return tuple(value) if isinstance(value, list) else value
    if issubclass(kind, Enum):
        known = any(value == each.value for each in kind)  # what another program sent need not be hashable
        return kind(value) if strict or known else None
    each_of = value if one.metadata.get("many") else (value,)
    if not strict and not (isinstance(each_of, (list, tuple)) and all(isinstance(each, Mapping) for each in each_of)):
        return None
    found = tuple(_read(kind, each, strict=strict) for each in each_of)
    return found if one.metadata.get("many") else found[0]

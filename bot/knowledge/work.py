"""Heavy work in a process of its own: its command, and what its exit code means."""

from __future__ import annotations

import sys
from dataclasses import dataclass

WORKER = (sys.executable, "-m", "bot.worker")
# Exit codes. Python itself exits with 1 after an exception that nobody caught; a negative code is a signal.
FAULT_CODE, USAGE_CODE, GONE_CODE, DATA_CODE, DATABASE_CODE, MEMORY_CODE = range(1, 7)
FAULT, GONE, DATA, DATABASE, MEMORY, KILLED = "fault", "gone", "data", "database", "memory", "killed"
OVERTAKEN = "overtaken"  # each time, something else was published before the work was done
UNREADABLE = "unreadable"  # the matcher was fitted, and the process that answers cannot read it
_KINDS = {GONE_CODE: GONE, DATA_CODE: DATA, DATABASE_CODE: DATABASE, MEMORY_CODE: MEMORY}
# Causes that may pass, though the work's input does not change.
PASSING = frozenset({DATABASE, MEMORY, KILLED, OVERTAKEN, UNREADABLE})
_SAID = {
    FAULT: "a fault of the program ({detail})",
    GONE: "{detail} is gone",
    DATA: "the data cannot be read ({detail})",
    DATABASE: "the database does not answer ({detail})",
    MEMORY: "there is not enough memory",
    OVERTAKEN: "the published articles kept changing",
    UNREADABLE: "the fitted matcher cannot be read ({detail})",
    KILLED: "something killed it (signal {detail}), perhaps for lack of memory",
}


@dataclass(frozen=True)
class Cause:
    """Why work failed: a kind, and a detail (a file, an exception's name, a signal)."""

    kind: str
    detail: str

    def __str__(self) -> str:
        """In words, for the log and the terminal."""
        return _SAID[self.kind].format(detail=self.detail)


class WorkFailed(RuntimeError):
    """Work could not be done; `where` are the places in the code, of a fault."""

    def __init__(self, failure: Cause, where: str = "") -> None:
        super().__init__(str(failure))
        self.failure = failure
        self.where = where


def cause_of(code: int, complaint: str) -> Cause:
    """The cause that the worker's end tells.

    Args:
        code: of its exit; negative for a signal.
        complaint: what it wrote to its standard error; the last line says what went wrong.
    """
    if code < 0:
        return Cause(KILLED, str(-code))
    last = complaint.strip().rpartition("\n")[2]
    kind = _KINDS.get(code, FAULT)
    # Of an exception that nobody foresaw its name alone: what it says may be what was worked on.
    return Cause(kind, (last.partition(":")[0] if kind == FAULT else last) or f"exit {code}")

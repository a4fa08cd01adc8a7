"""What the processes' logs have in common: they say what failed and where, and nothing that anybody wrote.

Our own lines name kinds, counts and places. Lines of libraries may hold anything: a request, a tracker, the row that
a database refused. Of those only what stands in the library's code is kept, not the values put into it; of an
exception, its class and where it was raised, not its words.
"""

from __future__ import annotations

import logging
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, MutableMapping
from pathlib import Path
from types import FrameType, TracebackType
from typing import Any

from bot.core.folders import ROOT

FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"
_OURS = ("bot", "actions", "__main__")
_UVICORN = ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi")
_MOST_FRAMES = 30  # of one exception: a recursion has a thousand
_PLACES = Path(sys.prefix)
_VALUE = re.compile(r"%(\([^)]*\))?[-#0 +]*\d*(\.\d+)?[a-zA-Z]")

log = logging.getLogger(__name__)
_Factory = Callable[..., logging.LogRecord]


class Clean(str):
    """A line that was put together without anybody's words."""


def configure_log(level: str | int, libraries: str | int | None = None) -> None:
    """Log to standard error from `level` up, those of `libraries` from theirs, without anybody's words."""
    keep_words_out()
    logging.basicConfig(level=libraries or level, format=FORMAT)
    for name in _OURS:
        logging.getLogger(name).setLevel(level)
    # uvicorn's server has handlers of its own by now, with a form of their own.
    for name in _UVICORN:
        logging.getLogger(name).handlers.clear()
        logging.getLogger(name).propagate = True
    # They log addresses of requests: in those to Telegram stands the bot's token.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.ERROR)
    # It logs as an error an answer that it cannot read; what fails the channel logs itself.
    logging.getLogger("telegram").setLevel(logging.CRITICAL)


def keep_words_out() -> None:
    """Have every line of this process, whoever writes it and to whatever handler, hold nothing that anybody wrote."""
    if not isinstance(logging.getLogRecordFactory(), _WithoutWords):
        logging.setLogRecordFactory(_WithoutWords(logging.getLogRecordFactory()))
    logging.raiseExceptions = False  # a line that cannot be written would be shown, with its values
    sys.excepthook = _ended
    sys.unraisablehook = lambda raised: _not_caught(raised.exc_type, raised.exc_value, raised.exc_traceback)
    threading.excepthook = lambda raised: _not_caught(raised.exc_type, raised.exc_value, raised.exc_traceback)
    drop_deprecations(_say_where)


class _WithoutWords:
    """Makes log records. Here and not in a formatter: Rasa, Sanic and uvicorn have formatters of their own."""

    def __init__(self, make: _Factory) -> None:
        self._make = make

    def __call__(
        self,
        name: str,
        level: int,
        path: str,
        line: int,
        message: object,
        args: Any,
        exc_info: Any,
        function: str | None = None,
        stack: str | None = None,
        **more: Any,
    ) -> logging.LogRecord:
        if name.partition(".")[0] not in _OURS and not isinstance(message, Clean):
            message, args = _without_values(message, path) or f"said something at {_place(path, line)}", ()
        record = self._make(name, level, path, line, message, args, None, function, stack, **more)
        error = exc_info[1] if isinstance(exc_info, tuple) else exc_info
        if isinstance(error, BaseException):
            record.exc_text = describe(error)  # which formatters take as they find it
        return record


def describe(error: BaseException) -> str:
    """An exception and what led to it: where each was raised, and its class; its words only if they are no one's."""
    parts = []
    for one in _chain(error):
        frames = list(_frames(one.__traceback__))
        left_out = [f"  … {len(frames) - _MOST_FRAMES} more"] if len(frames) > _MOST_FRAMES else []
        lines = [f"  {_place(frame.f_code.co_filename, line)} {frame.f_code.co_name}" for frame, line in frames]
        parts.append("\n".join([*left_out, *lines[-_MOST_FRAMES:], _class_of(one)]))
    return "\nwhich led to\n".join(parts)


def place_in_code(error: BaseException) -> str:
    """Where an exception was raised: the last place in our code, or else the last of all."""
    places = [_place(frame.f_code.co_filename, line) for frame, line in _frames(error.__traceback__)]
    ours = [place for place in places if place.partition("/")[0] in _OURS]
    return (ours or places or ["nowhere"])[-1]


def _chain(error: BaseException) -> list[BaseException]:
    """What led to an exception, the first cause first."""
    found: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in found:
        found.append(following)
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)
    return found[::-1]


def _class_of(error: BaseException) -> str:
    """Its class, and its words if it promises that they are only ours (`log_safe`)."""
    kind = type(error)
    name = kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
    return f"{name}: {error}" if getattr(kind, "log_safe", False) else name


def _frames(trace: TracebackType | None) -> Iterator[tuple[FrameType, int]]:
    while trace is not None:
        yield trace.tb_frame, trace.tb_lineno
        trace = trace.tb_next


def _place(path: str, line: int) -> str:
    """A line of code, by the shortest path that tells which."""
    file = Path(path)
    for folder in (_PLACES, ROOT):
        if file.is_relative_to(folder):
            file = file.relative_to(folder)
            break
    parts = file.parts
    if "site-packages" in parts:
        parts = parts[parts.index("site-packages") + 1 :]
    return f"{Path(*parts)}:{line}"


def _without_values(message: object, path: str) -> str | None:
    """A message that is a constant of the code that logs it; None for others, which may hold anything."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and isinstance(message, str):
        if frame.f_code.co_filename == path and message in frame.f_code.co_consts:
            return _VALUE.sub("…", message).strip()
        frame = frame.f_back
    return None


def _ended(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    log.critical("the process ends (%s)", kind.__name__, exc_info=(kind, error, trace))


def _not_caught(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    if error is not None:
        log.error("an exception was caught by nobody (%s)", kind.__name__, exc_info=(kind, error, trace))


def drop_deprecations(show: Callable[..., None] | None = None) -> None:
    """Keep deprecation warnings of pinned libraries, which nobody here can mend, out of what is shown.

    At the point where they are shown and not by a filter: Sanic and Rasa put filters of their own before any that
    stands. `show`: shows the others; as before unless told.
    """
    show = show or warnings.showwarning

    def show_the_rest(message: Warning | str, category: type[Warning], *more: Any, **options: Any) -> None:
        if not issubclass(category, (DeprecationWarning, FutureWarning, PendingDeprecationWarning)):
            show(message, category, *more, **options)

    warnings.showwarning = show_the_rest


def _say_where(_message: Warning | str, category: type[Warning], filename: str, lineno: int, *_more: Any) -> None:
    log.warning("a warning of Python's: %s at %s", category.__name__, _place(filename, lineno))


def without_words(_logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: of a line, the name of what happened, and where an exception was raised."""
    kept = {key: value for key, value in event.items() if key in ("event", "level", "action_name")}
    error = event.get("exc_info") or method == "exception"
    error = sys.exc_info()[1] if error is True else error[1] if isinstance(error, tuple) else error
    return {**kept, "raised": describe(error)} if isinstance(error, BaseException) else kept


def mark_clean(_logger: Any, _method: str, line: str) -> Clean:
    """The last structlog processor after `without_words`."""
    return Clean(line)

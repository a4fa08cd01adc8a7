"""The supervisor behind `guichet run`: prepares everything, then keeps three processes alive.

1. Check the data; train the model if its inputs changed.
2. Create or migrate the database; import the knowledge base if the database holds none.
3. Start the action server, Rasa and the desk; say when the desk is ready, and where.
4. Start again whichever dies, a little later each time it dies soon.
5. On Ctrl-C or SIGTERM, stop all three: gently first, then firmly.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from urllib.error import URLError
from urllib.request import urlopen

from sqlalchemy.exc import SQLAlchemyError

from bot.bootstrap import Rooms, utc_now, wire
from bot.core.db import migrate
from bot.core.processes import ends_with_starter
from bot.core.settings import Settings
from bot.knowledge.editing import EditRefused
from bot.knowledge.files import load_corpus
from bot.knowledge.release import REFIT
from bot.knowledge.work import FAULT, OVERTAKEN, WORKER, Cause, WorkFailed, cause_of
from bot.validation.check import check_data

GENTLE_SECONDS = 10.0
_PORTS = "GUICHET_PORT, GUICHET_RASA_PORT, GUICHET_ACTIONS_PORT"
_SHORTEST_WAIT, _LONGEST_WAIT = 1.0, 30.0  # doubled at each death that comes soon
_FITS = 5  # of the matcher, if something is published during each
_STEADY_SECONDS = 60.0  # a process that lived this long is started again at once


class Child:
    """One process that must stay alive."""

    def __init__(self, name: str, command: list[str], say: Callable[[str], None]) -> None:
        self.name = name
        self._command = command
        # One short message is too little work to share among threads: they would wait on each other.
        self._env = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        self._say = say
        self._wait = _SHORTEST_WAIT
        self._start_at = 0.0
        self._started = 0.0
        self.process: subprocess.Popen[bytes] | None = None

    def tend(self, now: float) -> None:
        """Start the process if it is due; notice if it died."""
        if self.process is None:
            if now >= self._start_at:
                # A session of its own: Ctrl-C in the terminal reaches the supervisor alone,
                # which then stops its children in order.
                # If the supervisor is killed, it is stopped as gently.
                self.process = subprocess.Popen(
                    self._command,
                    env=self._env,
                    start_new_session=True,
                    preexec_fn=ends_with_starter(signal.SIGTERM),
                )
                self._started = now
            return
        code = self.process.poll()
        if code is None:
            return
        self._wait = _SHORTEST_WAIT if now - self._started >= _STEADY_SECONDS else min(self._wait * 2, _LONGEST_WAIT)
        self._start_at = now + self._wait
        self.process = None
        self._say(f"{self.name} ended (exit {code}); starting it again in {self._wait:.0f} s")

    def ask_to_stop(self) -> None:
        """Send SIGTERM."""
        if self.process and self.process.poll() is None:
            self.process.terminate()

    def make_stop(self, deadline: float) -> None:
        """Wait until `deadline`, then kill what is left of it."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._say(f"{self.name} does not stop; killing it")
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def supervise(settings: Settings) -> int:
    """Prepare and serve until told to stop; return the exit code."""
    if problem := prepare(settings):
        say(problem)
        return 1
    for port in (settings.port, settings.rasa_port, settings.actions_port):
        if _taken(port):
            say(f"port {port} is in use; stop the program that uses it, or set another: {_PORTS}")
            return 1
    children = [Child(name, command, say) for name, command in commands(settings).items()]
    with _stop_signals() as stopped:
        announced = False
        try:
            say("starting the action server, Rasa and the desk…")
            while not stopped():
                now = time.monotonic()
                for child in children:
                    child.tend(now)
                if not announced and _ready(settings):
                    announced = True
                    say(f"ready at http://{settings.host}:{settings.port} – Ctrl-C stops it")
                time.sleep(0.25)
        finally:
            say("stopping…")
            for child in reversed(children):
                child.ask_to_stop()
            deadline = time.monotonic() + GENTLE_SECONDS
            for child in children:
                child.make_stop(deadline)
    say("stopped")
    return 0


def prepare(settings: Settings) -> str | None:
    """Check the data, then train, migrate and import as needed; the problem in words if that cannot be done."""
    from bot.rasa.train import is_trained

    problems = check_data(settings.data_dir, utc_now())
    for problem in problems:
        say(str(problem))
    if any(problem.stops for problem in problems):
        return "correct the data first: see the problems above; guichet check shows them again"
    if not is_trained(settings):
        say("training the model (two to four minutes)…")
        # In a process of its own: the supervisor stays small, without TensorFlow.
        if subprocess.call([sys.executable, "-m", "bot.rasa.train"], preexec_fn=ends_with_starter()):
            return "training failed: see the messages of Rasa above"
    try:
        rooms = wire(settings)
        migrate(rooms.database.engine)
        if rooms.articles.is_empty():
            corpus = load_corpus(settings.data_dir / "knowledge")
            rooms.articles.publish(corpus.articles, utc_now())
            rooms.releases.use_own()
            say(f"imported {len(corpus.articles)} articles into the database")
        if rooms.releases.needs_refit():
            say("fitting the matcher: the published articles or the code have changed…")
            try:
                refit(rooms)
            except WorkFailed as error:
                # Until it is fitted the trained model's own answers; the desk tries again by itself.
                say(f"could not fit the matcher: {error}; the desk starts anyway, and tries again")
    except SQLAlchemyError as error:
        # What a driver says of a statement may hold the row that it refused; of a connection it says what to mend.
        return (
            f"the database refused a statement ({type(error).__name__})"
            if getattr(error, "statement", None)
            else str(error)
        )
    except (ValueError, OSError, RuntimeError) as error:
        return str(error)
    rooms.database.engine.dispose()
    return None


def refit(rooms: Rooms) -> None:
    """Fit the matcher on what is published, in a process of its own, and put it into use.

    Raises:
        WorkFailed: it cannot be fitted; the message says why.
    """
    for _ in range(_FITS):
        number = rooms.releases.trials.ask(REFIT, "guichet")
        done = subprocess.run(
            [*WORKER, "trial", str(number)], stderr=subprocess.PIPE, text=True, preexec_fn=ends_with_starter()
        )
        if done.returncode:
            failure = cause_of(done.returncode, done.stderr)
            rooms.releases.trials.fail(number, failure)
            if failure.kind == FAULT:
                print(done.stderr, file=sys.stderr, end="")
            raise WorkFailed(failure)
        try:
            rooms.releases.refitted(number)
            return
        except EditRefused:
            say("the published articles changed meanwhile; fitting the matcher again…")
    raise WorkFailed(Cause(OVERTAKEN, ""))


def commands(settings: Settings) -> dict[str, list[str]]:
    """The commands of the three processes."""
    uvicorn = [
        sys.executable,
        "-m",
        "uvicorn",
        "bot.app:app",
        "--factory",
        "--ws",
        "none",
        "--no-access-log",
        "--log-level",
        "warning",
        "--forwarded-allow-ips",
        settings.trusted_proxies,
        # Streams of events last as long as their pages: the desk does not wait for them to end.
        "--timeout-graceful-shutdown",
        "5",
    ]
    return {
        "the action server": [sys.executable, "-m", "actions.server"],
        "Rasa": [sys.executable, "-m", "bot.rasa.server"],
        "the desk": [*uvicorn, "--host", settings.host, "--port", str(settings.port)],
    }


def say(what: str) -> None:
    """Tell the person at the terminal."""
    print(f"guichet: {what}", flush=True)


def _ready(settings: Settings) -> bool:
    host = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host  # noqa: S104
    try:
        with urlopen(f"http://{host}:{settings.port}/readyz", timeout=3) as response:  # noqa: S310
            return bool(response.status == 200)
    except (URLError, OSError):
        return False


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextmanager
def _stop_signals() -> Iterator[Callable[[], bool]]:
    """Turn SIGINT and SIGTERM into a flag that the loop looks at."""
    received: list[int] = []

    def note(signum: int, _frame: FrameType | None) -> None:
        received.append(signum)

    before = {signum: signal.signal(signum, note) for signum in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(received)
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)

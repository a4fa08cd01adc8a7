"""What a desk at rest costs: the processor's time of all its processes together, over some minutes.

`python -m tests.bench.idle [SECONDS]` starts a whole Guichet with a few unanswered questions in it, lets it
settle, and prints the share of one core that each process used. Ten minutes unless told.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import psutil

from tests.end_to_end.desk_process import RunningDesk

SETTLE_SECONDS = 90.0  # the start's own work, and the first grouping of the questions
QUESTIONS = (
    "Où puis-je faire renouveler mon passeport?",
    "Where can I renew my passport?",
    "Quel temps fera-t-il demain?",
)


def main(seconds: float) -> None:
    """Measure, and print a table and one line of JSON."""
    with tempfile.TemporaryDirectory() as folder:
        desk = RunningDesk(Path(folder) / "desk")
        try:
            desk.start()
            for question in QUESTIONS:
                desk.citizen().says(question)
            time.sleep(SETTLE_SECONDS)
            before, started = _processor_seconds(desk), time.monotonic()
            time.sleep(seconds)
            after, lasted = _processor_seconds(desk), time.monotonic() - started
        finally:
            desk.stop()
    shares = {name: 100 * (used - before.get(name, 0.0)) / lasted for name, used in after.items()}
    for name, share in shares.items():
        print(f"{name:28}{share:8.2f} % of one core")
    print(f"{'together':28}{sum(shares.values()):8.2f} % of one core, over {lasted:.0f} s")
    print(json.dumps({"idle_percent": round(sum(shares.values()), 2), "seconds": round(lasted)}))


def _processor_seconds(desk: RunningDesk) -> dict[str, float]:
    """By process, each with those that it started and that have ended since."""
    assert desk.process is not None
    supervisor = psutil.Process(desk.process.pid)
    names = {child.pid: name for name, child in desk.children().items()} | {supervisor.pid: "supervisor"}
    found: dict[str, float] = defaultdict(float)
    for process in (supervisor, *supervisor.children(recursive=True)):
        found[names.get(process.pid, "others")] += sum(process.cpu_times()[:4])
    return found


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 600.0)

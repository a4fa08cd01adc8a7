"""Prints the benchmark: Guichet beside a stock Rasa, the desk itself and at rest, lists of tickets, matcher, e-mails.

`python -m tests.bench [--only PART]… [QUESTIONS.jsonl]…`; without `--only`, every part. Beside the stock Rasa
the servers are held on one processor and the load comes from another, so that what is measured is the
servers' work; the two are measured in turns.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import psutil

from tests.bench.load import Load, measure
from tests.databases import free_port
from tests.end_to_end.desk_process import RunningDesk

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent

SERVER_CPU, LOAD_CPU = 0, os.cpu_count() - 1  # type: ignore[operator]
ROUNDS, MESSAGES, CLIENTS = 3, 160, 16
ARTICLES = (0, 1_000, 10_000)


class StockRasa:
    """`rasa run` and `python -m rasa_sdk`, as Rasa's own documentation starts them."""

    def __init__(self, folder: Path, config: str) -> None:
        """`config`: the name of a configuration in `stock/`."""
        shutil.copytree(HERE / "stock", folder, dirs_exist_ok=True)
        (folder / f"{config}.yml").rename(folder / "config.yml")
        self.port, actions_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        (folder / "endpoints.yml").write_text(f"action_endpoint: {{url: 'http://127.0.0.1:{actions_port}/webhook'}}\n")
        (folder / "credentials.yml").write_text("rest:\n")
        self._env = {**os.environ, "RASA_TELEMETRY_ENABLED": "false", "TF_CPP_MIN_LOG_LEVEL": "3"}
        self._env["PYTHONWARNINGS"] = "ignore"
        self._folder = folder
        rasa = [sys.executable, "-m", "rasa"]
        assert self._run([*rasa, "train", "--quiet"]).wait() == 0, "the stock Rasa cannot be trained"
        self.processes = [
            self._run([sys.executable, "-m", "rasa_sdk", "--actions", "stock_actions", "--port", str(actions_port)]),
            self._run([*rasa, "run", "--port", str(self.port), "--quiet"]),
        ]
        self._wait()

    def _run(self, command: list[str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            command,
            cwd=self._folder,
            env=self._env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=lambda: os.sched_setaffinity(0, [SERVER_CPU]),
        )

    def _wait(self) -> None:
        for _ in range(600):
            try:
                body = {"sender": "warm", "message": "hello"}
                if httpx.post(f"{self.url}/webhooks/rest/webhook", json=body, timeout=30).json():
                    return
            except (httpx.HTTPError, ValueError):
                pass
            time.sleep(0.3)
        raise RuntimeError("the stock Rasa did not start")

    def stop(self) -> None:
        """End both processes."""
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(30)


def main() -> None:
    """Measure the parts that are asked for, and print what each has to say."""
    parts: dict[str, Callable[[list[str]], None]] = {
        "rasa": lambda _: beside_stock(),
        "desk": lambda _: _run("the desk itself, with a Rasa that echoes", "conversations"),
        "tickets": lambda _: _run("the console's list of 100,000 tickets", "tickets"),
        "matcher": lambda _: matcher(),
        "idle": lambda _: _run("a desk at rest for ten minutes, all its processes", "idle"),
        "mail": lambda _: _run("e-mails: read beside a plain parse, and five hundred at once", "mail"),
        "outside": outside,
    }
    parser = argparse.ArgumentParser(prog="python -m tests.bench")
    parser.add_argument("--only", action="append", choices=list(parts), help="measure this part only (repeatable)")
    parser.add_argument("questions", nargs="*", help="questions of other organizations, for the part `outside`")
    asked = parser.parse_args()
    for name in asked.only or parts:
        parts[name](asked.questions)


def beside_stock() -> None:
    """Measure Guichet and two stock assistants in turns, and print a table and one line of JSON."""
    os.sched_setaffinity(0, [LOAD_CPU])
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        started = time.monotonic()
        desk = RunningDesk(
            Path(folder) / "desk", cpus=[SERVER_CPU], sender_burst=1_000_000, address_burst=1_000_000, rasa_timeout=60
        ).start()
        start_seconds = time.monotonic() - started
        stack.callback(desk.stop)
        urls = {"Guichet": desk.url}
        for config in ("default", "cheapest"):
            stock = StockRasa(Path(folder) / config, config)
            stack.callback(stock.stop)
            urls[f"stock, {config}"] = stock.url
        loads: dict[str, list[Load]] = {name: [] for name in urls}
        for _ in range(ROUNDS):  # in turns: the machine's speed drifts
            for name, url in urls.items():
                is_answer = _answered if name == "Guichet" else _said
                loads[name].append(measure(url, is_answer, messages=MESSAGES, clients=CLIENTS))
        peaks = {name: _peak_mb(child) for name, child in desk.children().items()}
    trained = json.loads((ROOT / "models" / "guichet.json").read_text())["seconds"]
    _report(loads, start_seconds, trained, peaks)
    os.sched_setaffinity(0, range(os.cpu_count() or 1))


def matcher() -> None:
    """Measure the matcher by the number of articles."""
    for count in ARTICLES:
        _run(f"the matcher with {count or 25} articles, on all cores", "scale", str(count))


def outside(paths: list[str]) -> None:
    """Measure the matcher on questions that it was not made for."""
    for path in paths:
        if Path(path).exists():
            _run(f"{Path(path).name}, five-fold cross-validation", "outside", path)
        else:
            print(f"\n{path} is not there; left out")


def _run(title: str, module: str, *arguments: str) -> None:
    print(f"\n{title}", flush=True)
    subprocess.run([sys.executable, "-m", f"tests.bench.{module}", *arguments], check=True)


def _answered(item: dict[str, Any]) -> bool:
    return bool(item["custom"]["outcome"] == "answered")


def _said(item: dict[str, Any]) -> bool:
    return "Montréal" in item["text"]


def _peak_mb(process: psutil.Process) -> float:
    status = Path(f"/proc/{process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def _report(loads: dict[str, list[Load]], start: float, trained: float, peaks: dict[str, float]) -> None:
    def median(name: str, figure: str) -> float:
        return statistics.median(getattr(load, figure) for load in loads[name])

    print(f"one core for all server processes; {ROUNDS} rounds of {MESSAGES} messages, in turns; medians")
    print(f"{'':28}" + "".join(f"{name:>18}" for name in loads))
    for label, figure in (
        ("p50 of one client, ms", "p50"),
        ("p95 of one client, ms", "p95"),
        (f"answers/s, {CLIENTS} clients", "per_second"),
    ):
        print(f"{label:28}" + "".join(f"{median(name, figure):18.1f}" for name in loads))
    ratios = {
        name: [ours.per_second / theirs.per_second for ours, theirs in zip(loads["Guichet"], others)]
        for name, others in loads.items()
        if name != "Guichet"
    }
    for name, by_round in ratios.items():
        print(f"throughput, Guichet / {name}, round by round: {', '.join(f'{ratio:.2f}' for ratio in by_round)}")
    print(f"fit: {trained:.0f} s (last training)   start-up to ready, one core: {start:.1f} s")
    print("peak memory, MB: " + ", ".join(f"{name} {mb:.0f}" for name, mb in sorted(peaks.items())))
    print(json.dumps({name: round(statistics.median(by_round), 2) for name, by_round in ratios.items()}))


if __name__ == "__main__":
    main()

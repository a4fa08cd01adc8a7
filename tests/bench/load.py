"""Loads a REST webhook: one client for the latency, many for the throughput."""

from __future__ import annotations

import statistics
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx

QUESTIONS = (
    "What is the phone number in Montréal?",
    "Combien de temps pour répondre à mon courriel?",
    "who can apply for the igo internship",
    "quelles sont les heures du service téléphonique",
)


@dataclass(frozen=True)
class Load:
    """Latency of one client in milliseconds, and answered messages a second with many."""

    p50: float
    p95: float
    per_second: float


def measure(url: str, is_answer: Callable[[dict[str, object]], bool], *, messages: int, clients: int) -> Load:
    """Ask `messages` questions one by one, then as many from `clients` at once.

    Every conversation is new after four questions, as citizens' are. Raises AssertionError if a
    reply is not an answer: a fast wrong reply is no measurement.
    """
    webhook = f"{url}/webhooks/rest/webhook"

    def converse(count: int) -> list[float]:
        seconds = []
        with httpx.Client(timeout=60) as client:
            for i in range(count):
                if i % len(QUESTIONS) == 0:
                    sender = f"bench-{uuid.uuid4().hex}"
                body = {"sender": sender, "message": QUESTIONS[i % len(QUESTIONS)]}
                started = time.perf_counter()
                response = client.post(webhook, json=body)
                seconds.append(time.perf_counter() - started)
                items = response.json()
                assert items, "an empty reply"
                assert all(is_answer(item) for item in items), items
        return seconds

    converse(2 * len(QUESTIONS))  # warm
    alone = sorted(converse(messages))
    started = time.perf_counter()
    with ThreadPoolExecutor(clients) as pool:
        list(pool.map(converse, [messages // clients] * clients))
    together = time.perf_counter() - started
    return Load(
        p50=1000 * statistics.median(alone),
        p95=1000 * alone[int(0.95 * len(alone))],
        per_second=(messages // clients) * clients / together,
    )

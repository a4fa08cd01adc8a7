"""Counts and durations of the desk, for Prometheus."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest

CONTENT_TYPE = CONTENT_TYPE_LATEST


class Metrics:
    """What Prometheus may read of the desk: counts and durations, nothing of what was written."""

    def __init__(self) -> None:
        """All begins at nothing."""
        self._registry = CollectorRegistry()
        self._requests = Counter("guichet_requests", "Requests answered", ["route", "status"], registry=self._registry)
        self._seconds = Histogram("guichet_request_seconds", "Time to answer", ["route"], registry=self._registry)
        self.streams = Gauge("guichet_streams", "Streams of events that are open", registry=self._registry)
        self._outbox = Gauge("guichet_outbox", "Messages that go out, by state", ["state"], registry=self._registry)
        self.failed = Gauge("guichet_failed", "Messages that could not be answered", registry=self._registry)

    def show_outbox(self, counts: Mapping[str, int]) -> None:
        """How many messages are in each state."""
        for state, count in counts.items():
            self._outbox.labels(state).set(count)

    def observe(self, route: str, status: int, seconds: float) -> None:
        """Count one answered request."""
        self._requests.labels(route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def exposition(self) -> bytes:
        """All of it in Prometheus's text form (`CONTENT_TYPE`)."""
        return generate_latest(self._registry)

"""Numbers for Prometheus. Every label has a handful of fixed values: no address, no code, no place can become one."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

CHANNELS = ("web", "wechat", "telegram", "terminal")
OUTCOMES = ("taken", "busy", "said_differently", "kept", "lost", "unreadable")
OTHER = "other"
MESSAGE_ROUTES = ("/chat/messages", "/chat/files", "/wechat", "/telegram")
"""Where messages come in: what is refused there is counted by status."""
SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
COMMIT_SECONDS = (0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1)
GROUP_TURNS = (1, 2, 4, 8, 16, 32, 64, 128)


class Metrics:
    """A registry of its own, and the Meter (storage/meter.py) of one installation."""

    media_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self.registry = registry = CollectorRegistry()
        self._turns = Counter(
            "lima_turns", "Messages, by channel and outcome", ["channel", "outcome"], registry=registry
        )
        self._seconds = Histogram(
            "lima_turn_seconds", "From a message to its reply, waiting included", registry=registry, buckets=SECONDS
        )
        self._group = Histogram("lima_group_turns", "Turns in one commit", registry=registry, buckets=GROUP_TURNS)
        self._commit = Histogram("lima_commit_seconds", "One COMMIT", registry=registry, buckets=COMMIT_SECONDS)
        self._refused = Counter(
            "lima_messages_refused", "Messages not taken, by HTTP status", ["status"], registry=registry
        )
        self._outbox = Gauge("lima_outbox_waiting", "Outbox rows: account, desk or dead", ["to"], registry=registry)
        self._gauges = {
            name: Gauge(f"lima_{name}", says, registry=registry)
            for name, says in (
                ("queue_turns", "Turns that wait for the database"),
                ("outbox_oldest_seconds", "How long the oldest due outbox row has been waiting"),
                ("photos_waiting", "Photos that are still to be cleaned"),
                ("photos_oldest_seconds", "How long the oldest due photo has been waiting"),
                ("disk_free_share", "Free share of the disk, 0 to 1"),
                ("ready", "1 if /ready says 200"),
            )
        }

    def heard(self, channel: str, outcome: str, seconds: float) -> None:
        self._turns.labels(_one_of(channel, CHANNELS), _one_of(outcome, OUTCOMES)).inc()
        self._seconds.observe(seconds)

    def committed(self, turns: int, commit_s: float) -> None:
        self._group.observe(turns)
        self._commit.observe(commit_s)

    def responded(self, method: str, route: str, status: int) -> None:
        if method == "POST" and route in MESSAGE_ROUTES and status >= 400:
            self._refused.labels(str(status)).inc()

    def set(self, **values: float) -> None:
        """Gauges by name, as they were just looked up."""
        for name, value in values.items():
            self._gauges[name].set(value)

    def set_outbox(self, **values: int) -> None:
        for to, n in values.items():
            self._outbox.labels(to).set(n)

    def text(self) -> bytes:
        return generate_latest(self.registry)


def _one_of(value: str, known: tuple[str, ...]) -> str:
    return value if value in known else OTHER

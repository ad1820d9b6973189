"""The figures of one hub in the form that Prometheus reads; the only module that knows its library.

Every hub has a registry of its own. Labels come from closed sets or from what administrators made (handler groups), so
the number of series does not grow with citizens or time. Source: Prometheus naming practices; text format 0.0.4.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib import metadata
from typing import Final

import prometheus_client as client

from intake import observing
from intake.domain import ids

CONTENT_TYPE: Final = client.CONTENT_TYPE_LATEST
_TURN_SECONDS: Final = (0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0)
_COMMIT_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)
_COMMIT_WORKS: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)
_PARSE_SECONDS: Final = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 2.0, 5.0)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """What is read at the moment of a scrape. `backlog` is None when the store cannot be read."""

    now: datetime
    backlog: observing.Backlog | None
    groups: Sequence[ids.GroupId]
    """Every handler group: one without open items shows as 0, not as absent."""
    listening: Mapping[str, bool]
    silent: frozenset[str]
    open_chats: int
    bot_ready: bool
    free_bytes: int


class Meters:
    """See `observing.Meters`; `expose` gives the whole page. Safe to call from any thread."""

    def __init__(self) -> None:
        """A registry with every figure at its beginning."""
        self._registry = client.CollectorRegistry()
        client.ProcessCollector(registry=self._registry)
        self._count()
        self._measure()
        self._show()
        self._build.labels(metadata.version("onthaal")).set(1)

    def _count(self) -> None:
        self._received = self._counter("receipts_received", "Deliveries kept on disk.", "channel")
        self._again = self._counter("receipts_again", "Deliveries that had come before; absorbed.", "channel")
        self._refused = self._counter("receipts_refused", "Deliveries answered with 451 or 503.", "channel")
        self._settled = self._counter("receipts_settled", "Receipts with their outcome.", "channel", "outcome")
        self._ended = self._counter("jobs_ended", "Runs of jobs by how they ended.", "kind", "end")
        self._deliveries = self._counter("deliveries", "Outgoing messages by what became of them.", "channel", "state")
        self._turns = self._counter("bot_turns", "Decisions of the bot.", "step", "reason")
        self._bot_failures = self._counter("bot_failures", "Calls to the bot that failed; people took over.", "call")
        self._first = self._counter("first_contact", "Questions at their first end, by who settled them.", "settled_by")
        self._kills = self._counter("parse_kills", "Workers that were ended because a mail was too slow or fatal.")
        for settled_by in ("bot", "front_desk", "dispatched"):
            self._first.labels(settled_by)
        for call in ("understand", "say"):
            self._bot_failures.labels(call)

    def _measure(self) -> None:
        self._turn_seconds = self._histogram("bot_call_seconds", "Time of one call to the bot.", _TURN_SECONDS, "call")
        self._commit_seconds = self._histogram("store_commit_seconds", "Time of one commit.", _COMMIT_SECONDS)
        self._commit_works = self._histogram("store_commit_works", "Units of work in one commit.", _COMMIT_WORKS)
        self._parse_seconds = self._histogram("parse_seconds", "Time to read a receipt.", _PARSE_SECONDS, "channel")

    def _show(self) -> None:
        self._jobs = self._gauge("jobs", "Jobs that are not done; state dead needs a person.", "state", "kind")
        self._oldest = self._gauge("oldest_due_job_seconds", "How long the oldest due job waits.")
        self._dead = self._gauge("dead_letters", "Jobs that were given up and wait for a person.")
        self._open_items = self._gauge("queue_items_open", "Questions that wait for a person.", "group")
        self._late_items = self._gauge("queue_items_late", "Questions past their deadline.", "group")
        self._since = self._gauge("seconds_since_last_receipt", "Silence of a channel.", "channel")
        self._silent = self._gauge("channel_silent", "1 while a channel is silent longer than normal.", "channel")
        self._listening = self._gauge("channel_listening", "1 while a channel takes deliveries.", "channel")
        self._chats = self._gauge("chats_open", "Chats that are open in a browser.")
        self._streams = self._gauge("event_streams_open", "Open event streams of the workspace.")
        self._bot_ready = self._gauge("bot_ready", "1 while the bot answers.")
        self._store_readable = self._gauge("store_readable", "0 when the database cannot be read.")
        self._free = self._gauge("disk_free_bytes", "Free space where the data is.")
        self._clock = self._gauge("clock_ahead_seconds", "This clock minus the database's; 0 on SQLite.")
        self._build = self._gauge("build_info", "1; the label is the version.", "version")

    def received(self, channel: str, *, is_new: bool) -> None:
        """See `observing.Meters`."""
        (self._received if is_new else self._again).labels(channel).inc()

    def refused(self, channel: str) -> None:
        """See `observing.Meters`."""
        self._refused.labels(channel).inc()

    def settled(self, channel: str, outcome: str) -> None:
        """See `observing.Meters`."""
        self._settled.labels(channel, outcome).inc()

    def job_ended(self, kind: str, end: str) -> None:
        """See `observing.Meters`."""
        self._ended.labels(kind, end).inc()

    def delivery(self, channel: str, state: str) -> None:
        """See `observing.Meters`."""
        self._deliveries.labels(channel, state).inc()

    def bot_turn(self, step: str, reason: str) -> None:
        """See `observing.Meters`."""
        self._turns.labels(step, reason).inc()

    def first_contact(self, settled_by: str) -> None:
        """See `observing.Meters`."""
        self._first.labels(settled_by).inc()

    def streams(self, change: int) -> None:
        """See `observing.Meters`."""
        self._streams.inc(change)

    def clock_ahead(self, seconds: float) -> None:
        """See `observing.Meters`."""
        self._clock.set(seconds)

    def bot_called(self, call: str, seconds: float, *, failed: bool) -> None:
        """A call to the bot (`understand` or `say`) ended."""
        self._turn_seconds.labels(call).observe(seconds)
        if failed:
            self._bot_failures.labels(call).inc()

    def parsed(self, channel: str, seconds: float) -> None:
        """A receipt was read, or proved unreadable."""
        self._parse_seconds.labels(channel).observe(seconds)

    def worker_killed(self) -> None:
        """A parse worker was ended because of the mail that it read."""
        self._kills.inc()

    def committed(self, works: int, seconds: float) -> None:
        """A commit of so many units of work took so long; called by the thread that writes."""
        self._commit_seconds.observe(seconds)
        self._commit_works.observe(works)

    def expose(self, present: Present) -> bytes:
        """The page of a scrape. Its size depends on channels, groups and kinds of jobs only."""
        for name, is_listening in present.listening.items():
            self._listening.labels(name).set(is_listening)
            self._silent.labels(name).set(name in present.silent)
        self._chats.set(present.open_chats)
        self._bot_ready.set(present.bot_ready)
        self._free.set(present.free_bytes)
        self._store_readable.set(present.backlog is not None)
        if present.backlog is not None:
            self._set_backlog(present.backlog, present)
        return client.generate_latest(self._registry)

    def _set_backlog(self, backlog: observing.Backlog, present: Present) -> None:
        self._jobs.clear()
        for (state, kind), count in backlog.jobs.items():
            self._jobs.labels(state, kind).set(count)
        self._dead.set(sum(count for (state, _), count in backlog.jobs.items() if state == "dead"))
        oldest = backlog.oldest_due_at
        self._oldest.set(max(0.0, (present.now - oldest).total_seconds()) if oldest else 0)
        loads = {load.group_id: load for load in backlog.groups}
        self._open_items.clear()
        self._late_items.clear()
        for group_id in present.groups:
            load = loads.get(group_id)
            self._open_items.labels(group_id).set(load.open_items if load else 0)
            self._late_items.labels(group_id).set(load.late_items if load else 0)
        for name, at in backlog.last_received.items():
            self._since.labels(name).set(max(0.0, (present.now - at).total_seconds()))

    def _counter(self, name: str, says: str, *labels: str) -> client.Counter:
        return client.Counter(f"onthaal_{name}", says, labels, registry=self._registry)

    def _gauge(self, name: str, says: str, *labels: str) -> client.Gauge:
        return client.Gauge(f"onthaal_{name}", says, labels, registry=self._registry)

    def _histogram(self, name: str, says: str, buckets: tuple[float, ...], *labels: str) -> client.Histogram:
        return client.Histogram(f"onthaal_{name}", says, labels, registry=self._registry, buckets=buckets)

"""The metrics of one server process, counted where the log line is written and where the book commits.

Labels have only values that the server knows beforehand: a caller makes no new ones. What has labels is looked up once for each
combination and kept, so that a call costs a few additions.
"""

import asyncio
import platform
from typing import Literal

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics

from ledger.arrears import Arrears
from ledger.book import Book
from ledger.engines import is_on_a_server
from ledger.observing import LOCKS, REASONS, TROUBLES
from rpcserver import VERSION
from rpcserver.connections import Cut
from rpcserver.log import Line
from rpcserver.watching import measures, together
from rpcserver.watching.measures import Measure
from rpcserver.webhooks.failures import TAKEN, Failure

NONE = "none"
"""What a label says of a call that has come to no door or method, as at a path that nobody knows."""
PULSE_SECONDS = 1.0


class Metrics:
    """Counts for one book's server; it is both the book's observer and who counts calls for the log."""

    def __init__(self, book: Book) -> None:
        disable_created_metrics()
        together.begin()
        self.registry = CollectorRegistry()
        self._book = book
        self._calls = Counter(*_named(measures.CALLS), registry=self.registry)
        self._seconds = self._histogram(measures.CALL_SECONDS)
        self._open = 0
        self._under_way = self._gauge(measures.UNDER_WAY)
        self._waiting = self._gauge(measures.WAITING)
        self._commit_calls = self._histogram(measures.COMMIT_CALLS)
        self._commit_seconds = self._histogram(measures.COMMIT_SECONDS)
        errors = Counter(*_named(measures.DATABASE_ERRORS), registry=self.registry)
        again = Counter(*_named(measures.BEGUN_AGAIN), registry=self.registry)
        self._errors = {trouble: errors.labels(trouble) for trouble in TROUBLES}
        self._again = {reason: again.labels(reason) for reason in (LOCKS, *REASONS.values())}
        self._connections = self._gauge(measures.CONNECTIONS)
        cuts, tries = (Counter(*_named(measure), registry=self.registry) for measure in (measures.CUTS, measures.TRIES))
        self._cuts = {cut: cuts.labels(cut) for cut in Cut}
        self._tries = {outcome: tries.labels(outcome) for outcome in (TAKEN, *Failure)}
        deliveries = self._gauge(measures.DELIVERIES, "livemostrecent")
        self._owing, self._parked = (deliveries.labels(state) for state in ("waiting", "parked"))
        self._oldest = self._gauge(measures.OLDEST, "livemostrecent")
        self._lag = self._histogram(measures.LOOP_LAG)
        self._gauge(measures.WORKERS).set(1)
        engine = "postgresql" if is_on_a_server(book.url) else "sqlite"
        self._gauge(measures.BUILD, "livemax").labels(VERSION, platform.python_version(), engine).set(1)
        self._known: dict[tuple[str | None, str | None, str | None], tuple[Counter, Histogram]] = {}

    def _gauge(self, measure: Measure, together: Literal["livesum", "livemax", "livemostrecent"] = "livesum") -> Gauge:
        """`together`: what becomes of the values of all processes that live."""
        return Gauge(*_named(measure), registry=self.registry, multiprocess_mode=together)

    def _histogram(self, measure: Measure) -> Histogram:
        return Histogram(*_named(measure), registry=self.registry, buckets=measure.bounds)

    # --- what the log tells ---

    def begun(self) -> None:
        """A call begins."""
        self._open += 1

    def ended(self, line: Line, seconds: float) -> None:
        """A call is over."""
        self._open -= 1
        if not self._open:
            # Who reads for all processes must not take what was seen last for what is there.
            self._under_way.set(0)
        kind = (line.door, line.method, line.code)
        found = self._known.get(kind)
        if found is None:
            door, method, code = (label or NONE for label in kind)
            found = self._known[kind] = self._calls.labels(door, method, code), self._seconds.labels(door, method)
        count, time = found
        count.inc()
        time.observe(seconds)

    # --- what the book tells ---

    def committed(self, calls: int, seconds: float) -> None:
        """A commit is done."""
        self._commit_calls.observe(calls)
        self._commit_seconds.observe(seconds)

    def failed(self, trouble: str) -> None:
        """The database has failed a call."""
        self._errors[trouble].inc()

    def begun_again(self, reason: str) -> None:
        """A write is begun again."""
        self._again[reason].inc()

    # --- what connections tell ---

    def connected(self) -> None:
        """Somebody has connected."""
        self._connections.inc()

    def disconnected(self, cut: Cut | None) -> None:
        """A connection is over; `cut` if it was the server that would have it so."""
        self._connections.dec()
        if cut is not None:
            self._cuts[cut].inc()

    # --- what the deliveries to webhooks tell ---

    def tried(self, outcome: str) -> None:
        """A webhook was told of an event, or it could not be."""
        self._tries[outcome].inc()

    def owed(self, arrears: Arrears) -> None:
        """What has not reached webhooks now. It is the same for all processes: who has looked last is right."""
        self._owing.set(arrears.waiting)
        self._parked.set(arrears.parked)
        self._oldest.set(arrears.oldest)

    # --- what has to be looked at ---

    def look(self) -> None:
        """Note how many calls are under way, and wait to write, now."""
        self._under_way.set(self._open)
        self._waiting.set(self._book.waiting)

    async def pulse(self) -> None:
        """Look again and again, and how late that is, until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + PULSE_SECONDS
            await asyncio.sleep(PULSE_SECONDS)
            self._lag.observe(max(0.0, loop.time() - due))
            self.look()


def _named(measure: Measure) -> tuple[str, str, tuple[str, ...]]:
    return measure.name, measure.meaning, measure.labels

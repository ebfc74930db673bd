"""Every metric by its name: as `/metrics` shows it, the README lists it, and dashboard and alerts ask for it."""

from pathlib import Path
from typing import NamedTuple

DASHBOARD = Path(__file__).with_name("dashboard.json")
"""For Grafana."""

COUNTER, GAUGE, HISTOGRAM = "counter", "gauge", "histogram"

SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SIZES = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)


class Measure(NamedTuple):
    """One metric: what it counts, by which labels; of a histogram also the upper bounds of its buckets."""

    name: str
    kind: str
    labels: tuple[str, ...]
    meaning: str
    bounds: tuple[float, ...] = ()


CALLS = Measure(
    "rpcserver_calls_total",
    COUNTER,
    ("door", "method", "code"),
    "Calls that are over, by the code of their line in the log: OK, a refusal's, or DISCONNECTED.",
)
CALL_SECONDS = Measure(
    "rpcserver_call_duration_seconds",
    HISTOGRAM,
    ("door", "method"),
    "Seconds from a request's head to the end of its answer.",
    SECONDS,
)
UNDER_WAY = Measure("rpcserver_calls_under_way", GAUGE, (), "Calls that have begun and are not over.")
WAITING = Measure("rpcserver_writes_waiting", GAUGE, (), "Calls that wait to write; `WRITE_QUEUE` says how many may in a process.")
COMMIT_CALLS = Measure("rpcserver_commit_calls", HISTOGRAM, (), "Calls that shared a commit.", SIZES)
COMMIT_SECONDS = Measure(
    "rpcserver_commit_duration_seconds",
    HISTOGRAM,
    (),
    "Seconds that a commit took, with the work of its calls and the wait for other writers.",
    SECONDS,
)
DATABASE_ERRORS = Measure(
    "rpcserver_database_errors_total",
    COUNTER,
    ("kind",),
    "Calls that the database failed: others were in the way for too long (busy), it could not be used (unavailable), it did not "
    "say whether it has committed (outcome_unknown), or it answered what nobody foresaw (fault).",
)
BEGUN_AGAIN = Measure(
    "rpcserver_writes_begun_again_total",
    COUNTER,
    ("reason",),
    "On PostgreSQL: writes that were begun again, by themselves, because they had to hold more (locks), because others were in the "
    "way (serialization, deadlock), or because a value was just taken (taken).",
)
CONNECTIONS = Measure(
    "rpcserver_connections", GAUGE, (), "Connections that are open; `CONNECTIONS` says how many may in a process."
)
CUTS = Measure(
    "rpcserver_connections_cut_total",
    COUNTER,
    ("reason",),
    "Connections that the server refused or ended: all places were taken by others whom it could not end (no_room), the place was "
    "given to another (made_room), nothing came in time (silent), the head of a request did not come to its end in time (late), it "
    "was too large (too_large), what came could not be read (malformed), an answer was not taken in time (not_taken).",
)
TRIES = Measure(
    "rpcserver_webhook_tries_total",
    COUNTER,
    ("outcome",),
    "Tries to tell a webhook of an event: OK, or the error as `webhooks/deliveries/list` shows it.",
)
DELIVERIES = Measure(
    "rpcserver_webhook_deliveries",
    GAUGE,
    ("state",),
    "Events that have not reached a webhook and wait for their next try (waiting), or are tried no more (parked); of each at most "
    "10,000 are counted.",
)
OLDEST = Measure(
    "rpcserver_webhook_oldest_event_seconds", GAUGE, (), "Age of the oldest event of which a webhook has still to be told, or 0."
)
LOOP_LAG = Measure(
    "rpcserver_event_loop_lag_seconds", HISTOGRAM, (), "Seconds by which an event loop is late, looked at once a second.", SECONDS
)
WORKERS = Measure("rpcserver_workers", GAUGE, (), "Server processes that live.")
BUILD = Measure("rpcserver_build_info", GAUGE, ("version", "python", "engine"), "Always 1: what is running.")

MEASURES = (
    CALLS,
    CALL_SECONDS,
    UNDER_WAY,
    WAITING,
    COMMIT_CALLS,
    COMMIT_SECONDS,
    DATABASE_ERRORS,
    BEGUN_AGAIN,
    CONNECTIONS,
    CUTS,
    TRIES,
    DELIVERIES,
    OLDEST,
    LOOP_LAG,
    WORKERS,
    BUILD,
)

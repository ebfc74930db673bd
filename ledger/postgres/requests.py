"""Requests counted by all servers together: so many in a stretch of time, and so many at the same time.

The first are rows that outlive no crash of the database, nor need to. The second are locks of a session, which end with the server
that took them, however it ends.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from hashlib import sha256
from threading import Lock

from peewee import Database, PeeweeException

from ledger.storage.postgresql import REQUESTS
from ledger.storage.transactions import Available, Opened

_HIT = f"""INSERT INTO {REQUESTS} AS kept (name, stretch, requests) VALUES (%s, %s, 1) ON CONFLICT (name) DO UPDATE SET
    requests = CASE WHEN kept.stretch = EXCLUDED.stretch THEN kept.requests + 1 ELSE 1 END, stretch = EXCLUDED.stretch
    RETURNING requests"""
_TAKE = "SELECT pg_try_advisory_lock(%s::int, %s::int)"
_LET_GO = "SELECT pg_advisory_unlock(%s::int, %s::int)"


class Requests:
    """`connected`: a connection for a moment. `own`: one that is kept for the locks, opened when there are any."""

    def __init__(self, connected: Callable[[], AbstractContextManager[Database]], own: Database) -> None:
        self._connected = connected
        self._own = own
        self._places: set[tuple[int, int]] = set()
        self._using = Lock()

    def hit(self, name: str, stretch: int) -> int:
        """Count a request; how many of this name there were in this stretch of time. Refuses: SERVICE_UNAVAILABLE."""
        with Available(), self._connected() as db:
            return int(db.execute_sql(_HIT, (name, stretch)).fetchall()[0][0])

    def enter(self, name: str, most: int) -> Callable[[], None] | None:
        """Count a request in; what counts it out again, or None if there are so many already. Refuses: SERVICE_UNAVAILABLE."""
        key = int.from_bytes(sha256(name.encode()).digest()[:4], "big", signed=True)
        with self._using, Available(), Opened(self._own):
            for place in ((key, number) for number in range(most)):
                # What this session holds it would be given again.
                if place not in self._places and self._own.execute_sql(_TAKE, place).fetchall()[0][0]:
                    self._places.add(place)
                    return lambda: self._leave(place)
        return None

    def _leave(self, place: tuple[int, int]) -> None:
        with self._using:
            self._places.discard(place)
            # A connection that is lost has let go of it.
            with suppress(PeeweeException):
                self._own.execute_sql(_LET_GO, place)

    def close(self) -> None:
        """Close the connection that was kept."""
        with self._using, suppress(PeeweeException):
            self._own.close()

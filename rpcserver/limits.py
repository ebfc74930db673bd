"""Limits of requests, for doors that have them: so many in a stretch of time, and so many at the same time.

On SQLite each process counts its own; on PostgreSQL all servers count together.
"""

from collections import Counter
from collections.abc import Callable
from functools import partial
from threading import Lock
from typing import NamedTuple

from ledger.requests import Requests


class Hit(NamedTuple):
    """How many requests there were in this stretch, this one counted, and the seconds until the next one begins."""

    requests: int
    seconds_left: int


class Windows:
    """Counts the requests of each name in stretches of so many seconds. `word`: whose limit it is."""

    def __init__(self, word: str, seconds: int, shared: Requests | None = None) -> None:
        self._word = word
        self._seconds = seconds
        self._shared = shared
        self._stretch = -1
        self._hits: Counter[str] = Counter()
        self._counting = Lock()

    def hit(self, name: str, now: float) -> Hit:
        """Count a request at this moment (seconds of the epoch)."""
        stretch = int(now) // self._seconds
        if self._shared is None:
            requests = self._hit(name, stretch)
        else:
            requests = self._shared.hit(f"{self._word} {self._seconds} {name}", stretch)
        return Hit(requests, self._seconds - int(now) % self._seconds)

    def _hit(self, name: str, stretch: int) -> int:
        with self._counting:
            if stretch != self._stretch:
                self._stretch = stretch
                self._hits.clear()
            self._hits[name] += 1
            return self._hits[name]


class AtOnce:
    """Counts the requests of each name that are under way. `word`: whose limit it is."""

    def __init__(self, word: str, shared: Requests | None = None) -> None:
        self._word = word
        self._shared = shared
        self._under_way: Counter[str] = Counter()
        self._counting = Lock()

    def enter(self, name: str, most: int) -> Callable[[], None] | None:
        """Count a request in; what counts it out again, or None, and it is not counted, if there are so many already."""
        if self._shared is not None:
            return self._shared.enter(f"{self._word} {name}", most)
        with self._counting:
            if self._under_way[name] >= most:
                return None
            self._under_way[name] += 1
            return partial(self._leave, name)

    def _leave(self, name: str) -> None:
        with self._counting:
            self._under_way[name] -= 1
            if not self._under_way[name]:
                del self._under_way[name]

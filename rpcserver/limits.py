"""Limits of requests, for doors that have them: so many in a stretch of time, and so many at the same time. Each process counts
its own."""

from collections import Counter
from threading import Lock
from typing import NamedTuple


class Hit(NamedTuple):
    """How many requests there were in this stretch, this one counted, and the seconds until the next one begins."""

    requests: int
    seconds_left: int


class Windows:
    """Counts the requests of each name in stretches of so many seconds."""

    def __init__(self, seconds: int) -> None:
        self._seconds = seconds
        self._stretch = -1
        self._hits: Counter[str] = Counter()
        self._counting = Lock()

    def hit(self, name: str, now: float) -> Hit:
        """Count a request at this moment (seconds of the epoch)."""
        stretch = int(now) // self._seconds
        with self._counting:
            if stretch != self._stretch:
                self._stretch = stretch
                self._hits.clear()
            self._hits[name] += 1
            return Hit(self._hits[name], self._seconds - int(now) % self._seconds)


class AtOnce:
    """Counts the requests of each name that are under way."""

    def __init__(self) -> None:
        self._under_way: Counter[str] = Counter()
        self._counting = Lock()

    def enter(self, name: str, most: int) -> bool:
        """Count a request in; False, and not counted, if there are so many already."""
        with self._counting:
            if self._under_way[name] >= most:
                return False
            self._under_way[name] += 1
            return True

    def leave(self, name: str) -> None:
        """Count a request out."""
        with self._counting:
            self._under_way[name] -= 1
            if not self._under_way[name]:
                del self._under_way[name]

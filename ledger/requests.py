"""Counting requests where several servers share a book."""

from collections.abc import Callable
from typing import Protocol


class Requests(Protocol):
    """Requests counted by all servers together."""

    def hit(self, name: str, stretch: int) -> int:
        """Count a request; how many of this name there were in this stretch of time. Refuses: SERVICE_UNAVAILABLE."""

    def enter(self, name: str, most: int) -> Callable[[], None] | None:
        """Count a request in; what counts it out again, or None if there are so many already. Refuses: SERVICE_UNAVAILABLE."""

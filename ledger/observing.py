"""Who is told how the book fares: of commits, of what the database could not do, of writes that were begun again."""

from collections.abc import Iterator
from typing import Protocol

from peewee import PeeweeException

from ledger.errors import OutcomeUnknown, ServiceUnavailable
from ledger.storage.engine import is_busy

BUSY, UNAVAILABLE, UNKNOWN, FAULT = "busy", "unavailable", "outcome_unknown", "fault"
TROUBLES = (BUSY, UNAVAILABLE, UNKNOWN, FAULT)
"""What a database can fail a call with: others were in the way for too long, it cannot be reached or used, it did not say whether
it has committed, or it answered what nobody foresaw."""

LOCKS = "locks"
REASONS = {"40001": "serialization", "40P01": "deadlock", "23505": "taken"}
"""Why a write is begun again, by what a server calls it; without such a word it has found out that it must hold more `locks`."""


class Observer(Protocol):
    """Told from several threads, between a commit and the answers that wait for it: it must be quick and raise nothing."""

    def committed(self, calls: int, seconds: float) -> None:
        """So many calls share a commit that is done now; it has taken so long, with their work and the wait for other writers."""

    def failed(self, trouble: str) -> None:
        """The database has failed a call, with one of TROUBLES."""

    def begun_again(self, reason: str) -> None:
        """A write is begun again, for LOCKS or one of REASONS."""


class Unobserved:
    """Nobody looks on."""

    def committed(self, calls: int, seconds: float) -> None: ...

    def failed(self, trouble: str) -> None: ...

    def begun_again(self, reason: str) -> None: ...


def trouble_of(error: BaseException) -> str | None:
    """Which trouble of the database an error tells of; None if it is about something else."""
    if isinstance(error, OutcomeUnknown):
        return UNKNOWN
    if isinstance(error, ServiceUnavailable):
        return BUSY if all(map(is_busy, _causes(error))) else UNAVAILABLE
    return FAULT if isinstance(error, PeeweeException) else None


def _causes(error: BaseException) -> Iterator[BaseException]:
    """What made the book refuse; nothing, where a call has only waited for too long."""
    while error.__cause__ is not None:
        error = error.__cause__
        if not isinstance(error, ServiceUnavailable):
            yield error

"""Lists: a page of them at once, or all of them as a stream of pages."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from identifiers.reference import Reference
from ledger.entry import Reading
from ledger.errors import MandatoryParameterMissing
from ledger.queries import Cursor, Page, Paging
from ledger.storage.columns import Table
from methods.answers import Data, Stream

T = TypeVar("T", bound=Table)

PAGE = 1000
"""The most rows that one look at the book loads."""


class Paged(Protocol):
    """How much of a list is asked for."""

    @property
    def number_of_results(self) -> int | None: ...
    @property
    def offset(self) -> int: ...
    @property
    def after(self) -> str | None: ...


class Look(Protocol[T]):
    """Looks a page up: one of `ledger.queries`, its filters given."""

    def __call__(self, reading: Reading, *, paging: Paging, cursor: Cursor | None) -> Page[T]: ...


@dataclass(frozen=True, slots=True)
class Latest:
    """The first rows of a list and no more."""

    number_of_results: int | None
    offset: int = 0
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """Where a list goes on, and how many rows of it are still wanted."""

    cursor: Cursor
    left: int | None


def listed(
    reading: Reading,
    paged: Paged,
    look: Look[T],
    show: Callable[[Reading, Sequence[T]], list[Data]],
) -> list[Data] | Stream:
    """The rows that `look` finds, as `show` shows them: few at once, many or all as a stream."""

    def page(reading: Reading, position: Any) -> tuple[list[Data], Position | None]:
        left = position.left if position else paged.number_of_results
        paging = Paging(left, paged.offset, paged.after)
        found = look(reading, paging=paging, cursor=position.cursor if position else None)
        left = None if left is None else left - len(found.rows)
        following = Position(found.cursor, left) if found.cursor is not None and left != 0 else None
        return show(reading, found.rows), following

    if paged.number_of_results is not None and paged.number_of_results <= PAGE:
        return page(reading, None)[0]
    return Stream(page)


def account_is_named(reading: Reading, account: Reference | None) -> None:
    """Owners have to say whose records they want. Refuses: MANDATORY_PARAMETER_MISSING."""
    if account is None and reading.actor.is_owner:
        raise MandatoryParameterMissing("accounts_receivable_identifier is mandatory for callers of your role.", "account")

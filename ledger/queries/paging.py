"""Pages by key: newest first, stable while rows are added."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_
from typing import Any, Generic, TypeVar

from ledger.entry import Reading
from ledger.errors import EntityNotFound
from ledger.storage.columns import Table
from ledger.storage.compiled import layout

T = TypeVar("T", bound=Table)

PAGE_ROWS = 1_000


@dataclass(frozen=True, slots=True)
class Paging:
    """Which rows of a list: at most `limit` of them in this page, after skipping `offset`, or after the row with this id."""

    limit: int | None = None
    offset: int = 0
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a page ended: the sort key of its last row, and the newest row there was when the list began."""

    last: tuple[object, ...]
    newest_pk: int


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows and where to go on; no cursor after the last page."""

    rows: list[T]
    cursor: Cursor | None


def page(
    reading: Reading,
    model: type[T],
    conditions: list[Any],
    order: tuple[str, ...],
    paging: Paging,
    cursor: Cursor | None,
    scope: Sequence[Any] = (),
) -> Page[T]:
    """A page of a list, newest first by the columns of `order`, the last of which is the row key. Rows outside the `scope` do not
    exist for the caller.

    Refuses: ENTITY_NOT_FOUND (`after` is no row of the list's kind).
    """
    keys = [model._meta.columns[name] for name in order]
    newest = cursor.newest_pk if cursor else _newest_pk(reading, model)
    wanted = [*conditions, *scope, model.pk <= newest]
    start = cursor.last if cursor else _after(reading, model, keys, paging.after, scope)
    if start is not None:
        wanted.append(_below(keys, start))
    limit = min(paging.limit or PAGE_ROWS, PAGE_ROWS)
    query = model.select(*layout(model).fields).where(reduce(and_, wanted)).order_by(*(key.desc() for key in keys)).limit(limit + 1)
    if cursor is None and paging.offset:
        query = query.offset(paging.offset)
    rows = reading.rows.query(model, query)
    more = len(rows) > limit
    rows = rows[:limit]
    return Page(rows, Cursor(tuple(getattr(rows[-1], name) for name in order), newest) if more else None)


def _below(keys: list[Any], start: tuple[object, ...]) -> Any:
    """Rows that come after a row in descending order: lower in the first column, or equal there and lower in the next."""
    first, *rest = keys
    if not rest:
        return first < start[0]
    # The bound on the first column alone lets the index be entered at the right place.
    return (first <= start[0]) & ((first < start[0]) | _below(rest, start[1:]))


def _newest_pk(reading: Reading, model: type[Table]) -> int:
    row = reading.rows.find(model, 1, order=("-pk",))
    return row[0].pk if row else 0


def _after(
    reading: Reading, model: type[Table], keys: list[Any], after: str | None, scope: Sequence[Any]
) -> tuple[object, ...] | None:
    if after is None:
        return None
    columns = model._meta.columns
    named = columns["id"] == after.upper() if "id" in columns else columns["pk"] == (int(after) if after.isdecimal() else 0)
    found = reading.rows.tuples(model.select(*keys).where(reduce(and_, scope, named)))
    if not found:
        raise EntityNotFound(f"there is no row {after!r} to go on after", "after")
    return found[0]

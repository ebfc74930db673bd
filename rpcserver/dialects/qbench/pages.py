"""Lists of this door: which page is asked for, in which order, and the envelope around it."""

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from starlette.datastructures import QueryParams

from identifiers.errors import quoted
from ledger.entry import Answer
from ledger.errors import Fault, InvalidParameter
from rpcserver.dialects.qbench.manners import answer
from rpcserver.dialects.qbench.reading import Given, Wrong, key

SIZE, MOST = 5, 50
"""Rows of a page where nothing is said, and the most that can be asked for."""
LAST_PAGE = 10**9
PAGE_NUM, PAGE_SIZE, SORT_BY, SORT_ORDER = "page_num", "page_size", "sort_by", "sort_order"
ORDERS = {"asc": False, "desc": True}
ID = "id"

T = TypeVar("T")

_DIGITS = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list. `order` is a word of the ledger's queries, and whether it descends; `filters` are ids to look for."""

    number: int
    size: int
    order: tuple[str, bool]
    filters: Mapping[str, int]

    @property
    def offset(self) -> int:
        return (self.number - 1) * self.size


def asked(query: QueryParams, sorts: Mapping[str, str], *filters: str) -> Page:
    """The page that a query asks for; `sorts` are the keys of `sort_by` with the words by which the ledger's queries know them,
    `id` among them. Newest first where nothing is said.

    Refuses: UNKNOWN_PARAMETER, INVALID_PARAMETER.
    """
    pairs = query.multi_items()
    given = Given(dict(pairs), (PAGE_NUM, PAGE_SIZE, SORT_BY, SORT_ORDER, *filters))
    given.faults.extend(_repeated([name for name, _ in pairs]))
    number = given.choice(PAGE_NUM, _number(LAST_PAGE), 1)
    size = given.choice(PAGE_SIZE, _number(MOST), SIZE)
    word = given.choice(SORT_BY, _one_of(sorts), sorts[ID])
    descends = given.choice(SORT_ORDER, _one_of(ORDERS), ORDERS["desc"])
    found = given.changes(dict.fromkeys(filters, _key))
    given.settle()
    return Page(number, size, (word, descends), found)


def answered(rows: Sequence[Mapping[str, object]], total: int, page: Page) -> Answer:
    """A page in its envelope; after the last one there are no rows, and the same sums."""
    return answer({"data": rows, "total_count": total, "total_pages": -(-total // page.size)})


def _repeated(names: Sequence[str]) -> list[Fault]:
    twice = [name for name, times in Counter(names).items() if times > 1]
    return [Fault("", InvalidParameter.code, f"{quoted(name)[1:-1]}: was sent more than once") for name in twice]


def _number(most: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        number = int(value) if isinstance(value, str) and _DIGITS.fullmatch(value) else 0
        if 1 <= number <= most:
            return number
        raise Wrong(f"{quoted(value)} was sent; expected is a whole number from 1 to {most}")

    return read


def _key(value: object) -> int:
    return key(int(value) if isinstance(value, str) and _DIGITS.fullmatch(value) else value)


def _one_of(words: Mapping[str, T]) -> Callable[[object], T]:
    def read(value: object) -> T:
        if isinstance(value, str) and value in words:
            return words[value]
        raise Wrong(f"{quoted(value)} was sent; expected is one of {', '.join(words)}")

    return read

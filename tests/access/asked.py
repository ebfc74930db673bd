"""What the lists of the REST doors can be asked: the names that they read out of a query, found out from the doors themselves."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from starlette.datastructures import QueryParams

from identifiers import kinds
from identifiers.kinds import Kind
from ledger.rights import OWNER
from rpcserver.dialects.productive.filters import FILTERS
from rpcserver.dialects.qbench.pages import PAGE_NUM
from rpcserver.dialects.qbench.pages import PAGE_SIZE as QBENCH_SIZE
from rpcserver.dialects.waldur.lists import PAGE, SIZE
from rpcserver.rest import Asking as Request
from tests.access.rows import Row
from tests.access.table import PLACES, Asking

COUNTING = {PAGE, SIZE, PAGE_NUM, QBENCH_SIZE}
"""How many rows are wanted says nothing of a record."""
KEYS: Mapping[str, Kind] = {
    "pk": kinds.PAYMENT,
    "invoice": kinds.INVOICE,
    "customer": kinds.CUSTOMER,
    "project": kinds.INVOICE,
    "subsidiary": kinds.INVOICE,
}
"""Whose row keys the ledger's words for them take; those of the configuration are nobody's, and any will do."""
_PARTS = re.compile(r"filter\[(\w+)\]\[(\w+)\]")
_EXPECTED = re.compile(r"expected are ([\w, ]+)")


class Recorded(QueryParams):
    """A query that notes what it is asked for."""

    def __init__(self, query: QueryParams, names: set[str]) -> None:
        super().__init__(query)
        self._names = names

    def get(self, key: Any, default: Any = None) -> Any:
        self._names.add(key)
        return super().get(key, default)

    def getlist(self, key: Any) -> list[Any]:
        self._names.add(key)
        return super().getlist(key)


def names(asking: Asking, row: Row) -> list[str]:
    """The parameters of a list that may say something of a record."""
    if row.door == "productive":
        return list(productive())
    found: set[str] = set()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Request, "query", property(lambda self: Recorded(self.request.query_params, found)))
        answer = asking.send(row, OWNER, row.path, "nonsense=1" if row.door == "qbench" else "")
    told = _EXPECTED.search(answer.text)
    return sorted((found | set(told[1].split(", ") if told else ())) - COUNTING)


def productive() -> Iterator[str]:
    """Every filter with each of its operations."""
    for name, its in FILTERS.items():
        yield from (f"filter[{name}][{operation}]" for operation in its.operations)


def keyed(row: Row, name: str) -> Kind | None:
    """The kind of which a filter takes row keys. A word for one that is not known here is a KeyError."""
    if row.door == "qbench":
        return PLACES[row.door].get(name.removesuffix("_id"))
    found = _PARTS.fullmatch(name)
    return KEYS[FILTERS[found[1]].word] if found and FILTERS[found[1]].is_array else None


def is_compared(name: str) -> bool:
    """Whether a filter compares amounts or days."""
    found = _PARTS.fullmatch(name)
    return found is not None and FILTERS[found[1]].read is not FILTERS["query"].read

"""What is shown of a record beside others: a few of its columns. A row costs by the column, and some tables have fifty."""

from collections import namedtuple
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, NamedTuple

from ledger.storage.columns import Table
from ledger.storage.compiled import field_of
from ledger.storage.models import Account, Customer, Invoice

BRIEFS: Mapping[type[Table], tuple[str, ...]] = {
    Account: ("pk", "id", "number", "name", "life_cycle_state", "customer_pk", "currency_pk"),
    Customer: ("pk", "id", "number", "name"),
    Invoice: (
        "pk",
        "id",
        "number",
        "reference_number",
        "account_pk",
        "life_cycle_state",
        "issued_on",
        "posted_on",
        "due_on",
        "total_amount",
        "unpaid",
    ),
}
"""By table: the columns, the row key first."""


class Brief(NamedTuple):
    """The columns to select, and what makes the record of such a row: a tuple that has these columns and no others."""

    fields: list[Any]
    new: Callable[[tuple[Any, ...]], Any]


@cache
def brief(model: type[Table]) -> Brief:
    """How the table's records are made that are shown beside others."""
    as_tuples: Any = namedtuple
    columns = BRIEFS[model]
    return Brief([field_of(model, column) for column in columns], partial(tuple.__new__, as_tuples(model.__name__, columns)))

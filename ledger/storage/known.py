"""What a write has read already: within its transaction nobody else changes a row, so that no statement has to be run twice.

A table's rows are forgotten whenever this write touches the table, and all of them when something is rolled back. What hardly ever
changes, the configuration, is known beyond one write, until another connection has committed anything.
"""

from typing import Any

from ledger.storage.columns import Table
from ledger.storage.models import (
    Category,
    Currency,
    DoorDefault,
    PaymentMethod,
    RejectionReason,
    TransactionType,
    TypeCategory,
    TypeMethod,
    TypeReason,
    Unit,
)

LASTING: frozenset[type[Table]] = frozenset(
    {Category, Currency, DoorDefault, PaymentMethod, RejectionReason, TransactionType, TypeCategory, TypeMethod, TypeReason, Unit}
)

MOST_LASTING = 1_000
"""How many results are known of one table of the configuration: names that are not there must not fill the memory."""

Results = dict[tuple[object, ...], list[Any]]
Lasting = dict[type[Table], Results]


class Known:
    """The results of look-ups, by table and by what was looked up."""

    __slots__ = ("_lasting", "_passing")

    def __init__(self, lasting: Lasting) -> None:
        self._lasting = lasting
        self._passing: Lasting = {}

    def of(self, model: type[Table]) -> Results:
        """The results known of a table."""
        if model not in LASTING:
            return self._passing.setdefault(model, {})
        found = self._lasting.setdefault(model, {})
        if len(found) >= MOST_LASTING:
            found.clear()
        return found

    def forget(self, model: type[Table]) -> None:
        """The table is changed."""
        (self._lasting if model in LASTING else self._passing).pop(model, None)

    def forget_all(self) -> None:
        """Something was rolled back."""
        self._lasting.clear()
        self._passing.clear()

"""The one record that a call names."""

from collections.abc import Callable
from typing import TypeVar

from identifiers.reference import Reference
from ledger.entry import Reading
from ledger.resolving import Look, Names
from ledger.storage.columns import Table

T = TypeVar("T", bound=Table)


def found(reading: Reading, look: Callable[[Names], Look[T]], reference: Reference) -> T:
    """The record of this name. Refuses: ENTITY_NOT_FOUND, AMBIGUOUS_IDENTIFIER."""
    names = Names(reading)
    record = look(names)(reference)
    names.settle()
    return record

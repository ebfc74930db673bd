"""What a method answers: an object, a list of objects, or a list of any length."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ledger.entry import Reading

Data = dict[str, Any]
"""An answered object. Amounts in it are orjson fragments, so that they are written as exact numbers."""

Found = dict[int | None, Data]
"""Answered objects by row key; what is not referred to (None) is not among them."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A list of any length. `page(reading, cursor)` answers some rows and where to go on; None as cursor begins and ends."""

    page: Callable[[Reading, Any], tuple[list[Data], Any]]

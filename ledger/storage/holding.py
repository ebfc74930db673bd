"""What a write has to hold before it goes on, on an engine on which several write at a time."""

from collections.abc import Mapping
from typing import Protocol

from ledger.storage.columns import Table


class Locks(Protocol):
    """What a write holds, on an engine on which several write at a time. Whoever has to hold more is begun again."""

    def take(self, account_pk: int | None) -> None:
        """Go on only if the account is held, or (None) the whole book."""

    def writes(self, model: type[Table], named: Mapping[str, object]) -> None:
        """Go on only if what is held is enough to write these rows of a table."""

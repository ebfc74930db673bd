"""What the gate gives to whichever engine keeps the book."""

from collections.abc import Callable
from typing import NamedTuple

from ledger.entry import Call, Entry
from ledger.storage.compiled import Statements
from ledger.storage.known import Lasting
from ledger.storage.rows import Rows


class Means(NamedTuple):
    """How long a call waits for the database; the statements and what is known of the configuration, which all connections share;
    what makes the entry that a call works with; and who is told why a write is begun again."""

    wait_seconds: float
    statements: Statements
    lasting: Lasting
    entered: Callable[[Rows, Call], Entry]
    begun_again: Callable[[str], None]

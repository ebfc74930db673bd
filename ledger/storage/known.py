"""What a call has read already, so that no statement has to be run twice: in one transaction nobody else changes a row.

A table's rows are forgotten whenever the call itself touches the table, and all of them when something is rolled back. What hardly
ever changes, the configuration and its users, is known beyond the call, for as long as the book says that it is of the same
edition: triggers count each change of those tables, whoever makes it (`edition`).
"""

from typing import Any

from peewee import Database

from ledger.storage.columns import Table
from ledger.storage.compiled import Statements, layout
from ledger.storage.configuration import Edition
from ledger.storage.counters import Counters, Mark
from ledger.storage.models import LASTING

_EDITION = ("edition",)
MOST_KNOWN = 1_000
"""How many results are known of one table: names that are not there must not fill the memory."""

Results = dict[tuple[object, ...], Any]
ByTable = dict[type[Table], Results]


class Lasting:
    """What is known of one edition of the configuration, for all calls and threads. Another edition begins with nothing."""

    def __init__(self) -> None:
        self._of: tuple[object, ByTable] = (None, {})

    def of(self, edition: object) -> ByTable:
        """What is known of this edition."""
        kept, results = self._of
        if kept != edition:
            results = {}
            self._of = edition, results
        return results

    def forget(self) -> None:
        """The book may be another one from now on."""
        self._of = None, {}


class Known(dict[type[Table], Results]):
    """The results of look-ups of one call, by table and by what was looked up. What is known lastingly belongs to an edition that
    is committed; so a call that changes the configuration leaves it, and knows only what it reads from then on (`is_apart`)."""

    __slots__ = ("_counters", "_lasting", "is_apart")

    def __init__(self, lasting: ByTable, counters: Counters | None = None) -> None:
        super().__init__(lasting)
        self._lasting = lasting
        self._counters = counters
        self.is_apart = False

    def __missing__(self, model: type[Table]) -> Results:
        if layout(model).model is not model:
            raise TypeError(f"{model} is the class of a record; rows are known by their table")
        found: Results = {}
        self[model] = self._lasting.setdefault(model, found) if model in LASTING else found
        return self[model]

    @property
    def counting(self) -> Counters:
        """The counters of the transaction, which all its calls share; one that reads has none."""
        if self._counters is None:
            raise TypeError("only a write can count")
        return self._counters

    def show(self, model: type[Table]) -> None:
        """Have a table show how far its counters are."""
        counters = self._counters
        if counters is not None and model in counters.tables:
            counters.show(model)

    def note(self, model: type[Table], name: tuple[object, ...], result: Any) -> None:
        """Know what was looked up in a table."""
        results = self[model]
        if len(results) >= MOST_KNOWN:
            results = self.room(model)
        results[name] = result

    def room(self, model: type[Table]) -> Results:
        """What is known of a table, with room for more."""
        results = self[model]
        if len(results) >= MOST_KNOWN:
            results.clear()
        return results

    def leave(self, model: type[Table]) -> None:
        """The table will be changed."""
        counters = self._counters
        if counters is not None and model in counters.tables:
            counters.leave(model)
        if model in LASTING:
            self._leave()
        else:
            self.pop(model, None)

    def undo(self, mark: Mark) -> None:
        """All that came after the mark was rolled back."""
        self.counting.back_to(mark)
        for model in self.keys() - LASTING:
            del self[model]
        if self.is_apart:
            self._leave()

    def _leave(self) -> None:
        for model in self.keys() & LASTING:
            del self[model]
        self._lasting = {}
        self.is_apart = True


def edition(native: Any, statements: Statements, db: Database) -> object:
    """Which edition of the configuration the transaction on this connection of the engine's own sees."""
    statement = statements.get(_EDITION) or statements.kept(_EDITION, db, Edition.select(Edition.value))
    return statement.rows(native, {})[0][0]

"""One moment of the book, read by several calls of one thread, one after the other."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TypeVar

from ledger.entry import Call, Reading
from ledger.storage.transactions import is_fault

T = TypeVar("T")


class Moment:
    """What is committed at the moment when it is made; what one call has read of it the next one knows. Who makes it closes it, and
    soon: the log of SQLite cannot be taken over beyond it. What fails other than by a refusal is its end (`is_over`).
    """

    def __init__(self, opened: AbstractContextManager[Callable[[Call], Reading]]) -> None:
        self._opened = opened
        self._reading_of = opened.__enter__()
        self.is_over = False

    def read(self, call: Call, operation: Callable[[Reading], T]) -> T:
        """What the operation finds."""
        try:
            return operation(self._reading_of(call))
        except BaseException as error:
            if is_fault(error):
                self.close(error)
            raise

    def close(self, error: BaseException | None = None) -> None:
        """End it, because of this error or because nobody reads it any more."""
        self.is_over = True
        self._opened.__exit__(type(error) if error else None, error, error.__traceback__ if error else None)

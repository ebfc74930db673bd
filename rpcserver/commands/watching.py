"""Bars on stderr, for commands that take their time."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

COLUMNS = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn())

Told = Callable[[str, int, int], None]
"""Told what is being done, how much of it is, and of how much."""


@contextmanager
def watched(description: str) -> Iterator[Told]:
    """A bar that shows what it is told while a person looks on, and is gone when the block ends."""
    console = Console(stderr=True)
    with Progress(*COLUMNS, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(description)
        yield lambda what, done, of: bar.update(task, description=what, completed=done, total=of)

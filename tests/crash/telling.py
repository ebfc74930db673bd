"""What a run of kills says on the screen while it goes on, and in the end."""

from collections.abc import Iterable

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from tests.crash import report
from tests.crash.killing import Kill

COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())

out, aside = Console(width=132), Console(stderr=True)


def bar() -> Progress:
    """A bar on stderr that is there as long as it is worked on, where a person looks."""
    return Progress(*COLUMNS, console=aside, transient=True, disable=not aside.is_terminal)


def tell(place: int, of: int, kill: Kill) -> None:
    """A line for a kill, and one for each thing that is wrong."""
    doubt = f"in doubt {kill.in_doubt}, of these in the book {kill.found}, out for {kill.outage:.1f} s"
    say(f"{place} of {of}: acknowledged {kill.acknowledged}, lost {kill.lost}, twice {kill.twice}, {doubt}")
    for wrong in kill.wrong:
        say(wrong)


def say(words: str) -> None:
    """A line on stderr, as it stands."""
    aside.print(words, highlight=False, markup=False, soft_wrap=True)


def show(rows: Iterable[tuple[str, ...]]) -> None:
    """The figures, as a table on stdout."""
    drawn = Table(report.HEAD[0], box=None, padding=(0, 2, 0, 0))
    for heading in report.HEAD[1:]:
        drawn.add_column(heading, justify="right", no_wrap=True)
    for cells in rows:
        drawn.add_row(*cells)
    out.print(drawn)

"""`python -m tests.crash`: kill the server at random moments, and look for what it has told its callers. `make crash` calls it."""

import platform
import random
import secrets
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.table import Table

from tests.benchmarks import machine
from tests.crash import report
from tests.crash.killing import SERVER, Kill, Victim
from tests.crash.report import Run

COLUMNS = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
KILLS = 50
KILLS_OF_A_BOOK = 10
PROCESSES = (1, 2)

out, aside = Console(width=132), Console(stderr=True)


def main(
    kills: Annotated[int, typer.Option(min=1, help="How many kills; figures are kept only of fifty or more.")] = KILLS,
    seed: Annotated[int | None, typer.Option(help="Chooses calls and moments; which call is cut off is chance.")] = None,
    module: Annotated[str, typer.Option(help="Serve this instead, as tests.crash.hasty, which has a fault.")] = SERVER,
) -> None:
    """Kill, look, settle, look again; print the figures and keep them. The exit status is 1 if anything is wrong."""
    chosen = secrets.randbits(32) if seed is None else seed
    _say(f"seed {chosen}")
    done = list(_killed(kills, random.Random(chosen), module))
    run = Run(machine.described(), datetime.now(UTC).date().isoformat(), platform.python_version(), done)
    out.print(_table(run))
    if kills >= KILLS and module == SERVER:
        report.write(run)
    if not run.holds:
        sys.exit(1)


def _killed(kills: int, chance: random.Random, module: str) -> Iterator[Kill]:
    """So many kills; some of them of each book, and of each number of processes."""
    with Progress(*COLUMNS, console=aside, transient=True, disable=not aside.is_terminal) as bar:
        task = bar.add_task("killing", total=kills)
        for first in range(0, kills, KILLS_OF_A_BOOK):
            with tempfile.TemporaryDirectory() as folder:
                victim = Victim(Path(folder), chance, module)
                for place in range(first, min(first + KILLS_OF_A_BOOK, kills)):
                    kill = victim.killed(PROCESSES[place % len(PROCESSES)])
                    _tell(place + 1, kills, kill)
                    bar.advance(task)
                    yield kill


def _tell(place: int, of: int, kill: Kill) -> None:
    """A line for each kill, and for each thing that is wrong."""
    doubt = f"in doubt {kill.in_doubt}, of these in the book {kill.found}, out for {kill.outage:.1f} s"
    _say(f"{place} of {of}: acknowledged {kill.acknowledged}, lost {kill.lost}, twice {kill.twice}, {doubt}")
    for wrong in kill.wrong:
        _say(wrong)


def _say(words: str) -> None:
    aside.print(words, highlight=False, markup=False, soft_wrap=True)


def _table(run: Run) -> Table:
    drawn = Table(report.HEAD[0], box=None, padding=(0, 2, 0, 0))
    for heading in report.HEAD[1:]:
        drawn.add_column(heading, justify="right", no_wrap=True)
    for cells in report.rows(run.kills):
        drawn.add_row(*cells)
    return drawn


if __name__ == "__main__":
    typer.run(main)

"""`python -m tests.crash`: kill the server at random moments, and look for what it has told its callers. `make crash` calls it."""

import random
import secrets
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from tests.crash import report, telling
from tests.crash.killing import SERVER, Kill, Victim
from tests.crash.report import Run

KILLS = 50
KILLS_OF_A_BOOK = 10
PROCESSES = (1, 2)


def main(
    kills: Annotated[int, typer.Option(min=1, help="How many kills; figures are kept only of fifty or more.")] = KILLS,
    seed: Annotated[int | None, typer.Option(help="Chooses calls and moments; which call is cut off is chance.")] = None,
    module: Annotated[
        str, typer.Option(help="Serve this instead, as tests.crash.hasty or tests.crash.late, which have a fault.")
    ] = SERVER,
) -> None:
    """Kill, look, settle, look again; print the figures and keep them. The exit status is 1 if anything is wrong."""
    chosen = secrets.randbits(32) if seed is None else seed
    telling.say(f"seed {chosen}")
    run = Run.of(list(_killed(kills, random.Random(chosen), module)))
    telling.show(report.rows(run.kills))
    if kills >= KILLS and module == SERVER:
        report.write(run)
    if not run.holds:
        sys.exit(1)


def _killed(kills: int, chance: random.Random, module: str) -> Iterator[Kill]:
    """So many kills; some of them of each book, and of each number of processes."""
    with telling.bar() as bar:
        task = bar.add_task("killing", total=kills)
        for first in range(0, kills, KILLS_OF_A_BOOK):
            with tempfile.TemporaryDirectory() as folder:
                victim = Victim(Path(folder), chance, module)
                for place in range(first, min(first + KILLS_OF_A_BOOK, kills)):
                    kill = victim.killed(PROCESSES[place % len(PROCESSES)])
                    telling.tell(place + 1, kills, kill)
                    bar.advance(task)
                    yield kill


if __name__ == "__main__":
    typer.run(main)

"""`python -m tests.hostile`: all raids in their long form against one server, and anything at all doors of another one. `make
hostile` calls it."""

import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tests.hostile import report
from tests.hostile.anything import ask_anything
from tests.hostile.plan import LONG, SHORT
from tests.hostile.report import Run
from tests.hostile.standing import Told, standing

CHAINS = 10_000
TO_PAY = 30_000
SHORT_CHAINS = 200

console = Console()


def main(short: Annotated[bool, typer.Option(help="The short form, of which no figures are kept.")] = False) -> None:
    """Raid, ask, print what came of it and keep the figures. The exit status is 1 if anything is wrong."""
    run = Run.of(_raided(short), *_asked(SHORT_CHAINS if short else CHAINS))
    for each in run.wrong:
        console.print(each, markup=False)
    if run.holds and not short:
        report.write(run)
    if not run.holds:
        sys.exit(1)


def _raided(short: bool) -> list[Told]:
    found = []
    with tempfile.TemporaryDirectory() as folder, standing(Path(folder), TO_PAY) as server:
        for name, planned in (SHORT if short else LONG).items():
            told = server.raided(name, planned.raid, planned.most_memory)
            console.print(" | ".join(report.row(told)), *told.wrong, sep="\n", markup=False, highlight=False)
            found.append(told)
    return found


def _asked(chains: int) -> tuple[dict[int, int], list[str]]:
    with tempfile.TemporaryDirectory() as folder, standing(Path(folder)) as server:
        answers = ask_anything(server.server, chains)
        return answers, [*server.faults(), *server.server.discrepancies()]


if __name__ == "__main__":
    typer.run(main)

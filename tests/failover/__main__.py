"""`python -m tests.failover`: kill the primary of a pair at random moments, go on with its standby, and look for what was told to
the callers. `make failover` calls it."""

import random
import secrets
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from tests.crash import report as crash_report
from tests.crash import telling
from tests.crash.killing import Kill
from tests.crash.report import Run
from tests.failover import report, trio
from tests.failover.failing import scene
from tests.failover.pair import Pair, removed

FAILOVERS = 10
FAILOVERS_OF_THREE = 4


def main(
    failovers: Annotated[int | None, typer.Option(min=1, help="How many: 10, or 4 of three nodes; fewer are not kept.")] = None,
    seed: Annotated[int | None, typer.Option(help="Chooses calls and moments; which call is cut off is chance.")] = None,
    patroni: Annotated[bool, typer.Option(help="Of three nodes under Patroni, instead of a pair.")] = False,
) -> None:
    """Fail over, look, settle, look again; print the figures and keep them. The exit status is 1 if anything is wrong."""
    if patroni and trio.missing():
        telling.say(f"not installed here: {', '.join(trio.missing())}; on Debian: apt-get install {trio.PACKAGES}")
        sys.exit(1)
    chosen = secrets.randbits(32) if seed is None else seed
    telling.say(f"seed {chosen}")
    chance, wanted = random.Random(chosen), FAILOVERS_OF_THREE if patroni else FAILOVERS
    kills = of_three(failovers or wanted, chance) if patroni else of_a_pair(failovers or wanted, chance)
    run = Run.of(list(kills))
    telling.show(report.rows(report.OF_THREE if patroni else report.OF_A_PAIR, run.kills))
    if len(run.kills) >= wanted:
        crash_report.write(run, report.FILE_OF_THREE if patroni else report.FILE)
    if not run.holds:
        sys.exit(1)


def of_a_pair(failovers: int, chance: random.Random) -> Iterator[Kill]:
    """From each node of a pair to the other one."""
    with telling.bar() as bar, tempfile.TemporaryDirectory() as folder:
        task = bar.add_task("making the pair and its book", total=failovers)
        with removed(Pair()) as pair, scene(Path(folder), pair, chance) as there:
            for place in range(failovers):
                bar.update(task, description="failing over", completed=place)
                kill = there.failed_over(trouble=pair.standby.frozen() if place % 2 else None)
                telling.tell(place + 1, failovers, kill)
                yield kill


def of_three(failovers: int, chance: random.Random) -> Iterator[Kill]:
    """From a node to the two others: in turn the primary's, and that of the standby that it waits for."""
    with telling.bar() as bar, tempfile.TemporaryDirectory() as folder:
        task = bar.add_task("making the three nodes and their book", total=failovers)
        with trio.trio() as three, scene(Path(folder), three, chance) as there:
            for place in range(failovers):
                bar.update(task, description="failing over", completed=place)
                kill = there.failed_over(three.kill_standby if place % 2 else three.kill_primary)
                telling.tell(place + 1, failovers, kill)
                yield kill


if __name__ == "__main__":
    typer.run(main)

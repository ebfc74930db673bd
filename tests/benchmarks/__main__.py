"""`python -m tests.benchmarks`: the servers side by side. `make bench`, `make bench-engines` and `make bench-full` call it."""

import platform
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.benchmarks import chart, costs, engines, machine, measuring, report, servers, sharing, targets
from tests.benchmarks.jobs import Desk
from tests.benchmarks.measuring import Figure, Plan
from tests.benchmarks.report import BENCH, ENGINES, FULL, Run
from tests.benchmarks.servers import BARE, NAMES, ORM, OURS, Size
from tests.benchmarks.targets import CONNECTIONS, LARGE, SMALL, Ratio, Workers

COLUMNS = (TextColumn("{task.description:<36}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
QUICK = Size(accounts=100, invoices=16_000, payments=SMALL)
INVOICES = 50_000
"""In a book that is asked by 1, 16 and 64 connections, one after the other."""
COUNTS = (1, CONNECTIONS, 64)
SHARED_SECONDS = 5.0
ORM_CONNECTIONS = CONNECTIONS
"""The ORM peer is asked over no more. Its pool holds 15 connections to the database; 64 callers wait for one another there, and
some are answered with 500 when its pool gives up after 30 seconds."""

WIDTH = 132
"""What the tables need; a narrower terminal wraps them."""

out, aside = Console(width=WIDTH), Console(stderr=True)


def main(
    names: Annotated[list[str] | None, typer.Argument(help="The servers to measure; figures are kept only of all of them.")] = None,
    full: Annotated[bool, typer.Option(help="More connections, a large book, and two workers. Takes half an hour.")] = False,
    engine: Annotated[bool, typer.Option("--engines", help="SQLite, and PostgreSQL beside it.")] = False,
    large: Annotated[int, typer.Option(min=1, help="Payments in the large book; figures are kept only of a million.")] = LARGE,
) -> None:
    """Measure, print the figures, and keep them. The exit status is 1 if a call failed."""
    chosen = [name for name in NAMES if name in (names or NAMES)]
    kind = ENGINES if engine else FULL if full else BENCH
    figures, workers = _figures(kind, chosen, large), _two_workers() if kind == FULL else None
    out.print(report.table(figures), end="\n\n")
    ratios = _ratios(kind, figures, workers, large) if kind == ENGINES or len(chosen) == len(NAMES) else []
    if ratios:
        out.print(report.goals(ratios))
    if targets.failures(figures) or (workers and workers.failed):
        sys.exit(1)
    if ratios and large == LARGE:
        today = datetime.now(UTC).date().isoformat()
        report.write(kind, Run(machine.described(), today, platform.python_version(), figures, ratios))
        if kind == BENCH:
            chart.FILE.write_text(chart.drawn(figures))


def _figures(kind: str, chosen: Sequence[str], large: int) -> list[Figure]:
    if kind == ENGINES:
        return _engines()
    if kind == FULL:
        return _full(chosen, large)
    figures = _measured([(name, QUICK) for name in chosen], [Plan()])
    return figures + _costs() if OURS in chosen else figures


def _ratios(kind: str, figures: Sequence[Figure], workers: Workers | None, large: int) -> list[Ratio]:
    if kind == ENGINES:
        return list(targets.engines(figures))
    more = [*targets.grown(figures, large=large), *targets.shared(workers)] if workers else []
    return targets.ratios(figures) + more


def _full(names: Sequence[str], large: int) -> list[Figure]:
    """Every number of connections, at servers over a small book and over a large one beside them."""
    sizes = [replace(QUICK, invoices=INVOICES, payments=payments) for payments in (SMALL, large)]
    wanted = [(name, size) for size in sizes for name in names if name != BARE or size is sizes[0]]
    return _measured(wanted, [Plan(connections=count) for count in COUNTS], costs.PLAN if OURS in names else None)


def _measured(wanted: Sequence[tuple[str, Size]], plans: Sequence[Plan], growing: Plan | None = None) -> list[Figure]:
    """What servers over these books come to; `growing`: how ours is measured once more, over one book and the other in turns."""
    with ExitStack() as running:
        desks = [Desk(running.enter_context(servers.started(name, size, _say))) for name, size in wanted]
        asked = [(plan, [desk for desk in desks if _takes(desk, plan)]) for plan in plans]
        with _progress(sum(plan.turns(desk.target.name for desk in some) for plan, some in asked)) as tell:
            figures = [figure for plan, some in asked for figure in measuring.measured(some, plan, tell, _say)]
        return figures + _book_by_book(desks, growing) if growing else figures


def _book_by_book(desks: Sequence[Desk], plan: Plan) -> list[Figure]:
    ours = [desk for desk in desks if desk.target.name == OURS]
    with _progress(len(ours) * plan.rounds * len(targets.GROWING)) as tell:
        figures = measuring.measured(ours, plan, tell, _say, targets.GROWING)
    return [replace(figure, server=targets.BOOK_BY_BOOK) for figure in figures]


def _costs() -> list[Figure]:
    _say(f"{OURS}, with parts of it and without: making their books")
    with _progress(costs.turns()) as tell:
        return costs.measured(QUICK, tell, _say)


def _engines() -> list[Figure]:
    _say(f"{OURS}, on each engine: making their books")
    with _progress(engines.turns()) as tell:
        return engines.measured(replace(QUICK, invoices=INVOICES), tell, _say)


def _takes(desk: Desk, plan: Plan) -> bool:
    return desk.target.name != ORM or plan.connections <= ORM_CONNECTIONS


def _two_workers() -> Workers:
    _say(f"{OURS}, two workers: making their book")
    with _progress(6) as tell:
        return sharing.two_workers(QUICK, SHARED_SECONDS, tell, _say)


def _say(words: str) -> None:
    aside.print(words, highlight=False, markup=False)


@contextmanager
def _progress(turns: int) -> Iterator[measuring.Told]:
    """A bar on stderr while a person looks on; a line for every server and job where nobody does."""
    with Progress(*COLUMNS, console=aside, transient=True, disable=not aside.is_terminal) as bar:
        task = bar.add_task("", total=turns)
        done = 0

        def tell(server: str, job: str) -> None:
            nonlocal done
            bar.update(task, description=f"{server}: {job}", completed=done)
            done += 1
            if not aside.is_terminal:
                _say(f"{done} of {turns}: {server}, {job}")

        yield tell


if __name__ == "__main__":
    typer.run(main)

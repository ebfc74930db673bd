"""What is told of a run: tables for the terminal and the README, and the file of figures between them."""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from tests.benchmarks.jobs import ANSWER, DOORS, LOGIN, SHARED
from tests.benchmarks.measuring import Figure
from tests.benchmarks.servers import BARE, FLOOR, ORM, OURS
from tests.benchmarks.targets import CONNECTIONS, PEER, Figures, Ratio

FILE = Path(__file__).with_name("figures.json")
BENCH, ENGINES, FULL = "bench", "engines", "full"
LABELS = {BARE: "bare answer", FLOOR: "floor", ORM: PEER, OURS: "rpcserver"}
WORDS = {
    SHARED[1]: "`payments/list` of 100",
    SHARED[5]: "`batch` of 100 creates, payments",
}
YES, NO = "yes", "**no**"
GOALS = ("what it is to reach", "target", "measured", "reached")


@dataclass(frozen=True)
class Run:
    """What one run found, where and when."""

    machine: str
    date: str
    python: str
    figures: Sequence[Figure]
    ratios: Sequence[Ratio]

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        said = {"machine": self.machine, "date": self.date, "python": self.python}
        return said | {"ratios": [each.plain() for each in self.ratios], "figures": [each.plain() for each in self.figures]}


def read(kind: str, file: Path = FILE) -> Run | None:
    """The last run of this kind, if there was one."""
    found = _content(file).get(kind)
    if found is None:
        return None
    ratios = [Ratio(**{name: value for name, value in each.items() if name != "holds"}) for each in found["ratios"]]
    figures = [Figure(**{**each, "rates": tuple(each["rates"])}) for each in found["figures"]]
    return Run(found["machine"], found["date"], found["python"], figures, ratios)


def write(kind: str, run: Run, file: Path = FILE) -> None:
    """Keep a run in place of the last one of its kind."""
    written = json.dumps(_content(file) | {kind: run.plain()}, indent=1)
    # A line for each figure and ratio.
    file.write_text(re.sub(r"\n( {4,}|   (?=}))", " ", written) + "\n")


def _content(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    return found


# --- the terminal ---


def table(figures: Iterable[Figure]) -> Table:
    """Every figure."""
    drawn = Table("server", "job", box=None, padding=(0, 2, 0, 0))
    for heading in ("connections", "payments", "a second", "p50 ms", "p99 ms", "CPU ms", "failed", "MB", "peak MB"):
        drawn.add_column(heading, justify="right", no_wrap=True)
    for each in figures:
        counts = (f"{each.connections}", f"{each.payments:,}", f"{each.a_second:,.0f}")
        times = (f"{each.p50:.2f}", f"{each.p99:.2f}", f"{each.cpu:.3f}")
        drawn.add_row(each.server, each.job, *counts, *times, f"{each.failures}", f"{each.megabytes:.0f}", f"{each.peak:.0f}")
    return drawn


def goals(ratios: Iterable[Ratio]) -> Table:
    """Every ratio with its target and whether it holds."""
    drawn = Table("goal", "target", box=None, padding=(0, 2, 0, 0))
    drawn.add_column("measured", justify="right")
    drawn.add_column("holds")
    for each in ratios:
        drawn.add_row(each.what.replace("`", ""), _target(each), _number(each.measured), YES if each.holds else "no")
    return drawn


def _target(ratio: Ratio) -> str:
    return f"{ratio.bound} {ratio.target:g}"


def _number(measured: float) -> str:
    """With as many digits as say something."""
    return f"{measured:.2f}" if 0 < measured < 10 else f"{measured:.0f}"


# --- the README ---


def speed(file: Path = FILE) -> Iterator[str]:
    """The lines of the README's section."""
    if run := read(BENCH, file):
        yield from _bench(run)
    if engines := read(ENGINES, file):
        yield from ("", *_engines(engines))
    if full := read(FULL, file):
        yield from ("", *_full(full))


def _bench(run: Run) -> Iterator[str]:
    found = Figures(run.figures)
    show = found.one(OURS, SHARED[0])
    bare = found.one(BARE, ANSWER)
    yield f"Measured on {run.date} with Python {run.python} on {run.machine}, in one run:"
    yield f"{_connections(show.connections)}, {show.payments:,} payments in the book, the server on a core of its own."
    yield f"A bare Starlette answer comes {bare.a_second:,.0f} times a second; these are calls a second:"
    yield ""
    head = ("call", "the floor", PEER, "rpcserver", "p50 ms", "p99 ms", "CPU ms")
    yield from markdown(head, (_row(found, job) for job in (*SHARED, *DOORS)))
    yield ""
    yield from markdown(GOALS, map(_goal, run.ratios))


def _row(found: Figures, job: str) -> tuple[str, ...]:
    ours = found.one(OURS, job)
    peers = [f"{found.one(server, job).a_second:,.0f}" if job in SHARED else "" for server in (FLOOR, ORM)]
    named = WORDS.get(job) or (f"`{job}`" if job in SHARED else job)
    named += f", {ours.connections} connections" if job == LOGIN and ours.connections != CONNECTIONS else ""
    return named, *peers, f"{ours.a_second:,.0f}", f"{ours.p50:.1f}", f"{ours.p99:.1f}", f"{ours.cpu:.2f}"


def _goal(ratio: Ratio) -> tuple[str, ...]:
    return ratio.what, _target(ratio), _number(ratio.measured), YES if ratio.holds else NO


def _engines(run: Run) -> Iterator[str]:
    yield f"`make bench-engines` on {run.date}, on {run.machine}, PostgreSQL on the same machine as the server:"
    yield ""
    first = run.figures[0]
    rows = ((each.server, f"{each.a_second:,.0f}", f"{each.p50:.1f}", f"{each.p99:.1f}") for each in run.figures)
    yield from markdown((f"`{first.job}`, {_connections(first.connections)}", "a second", "p50 ms", "p99 ms"), rows)
    yield ""
    yield from markdown(GOALS, map(_goal, run.ratios))


def _full(run: Run) -> Iterator[str]:
    yield f"`make bench-full` on {run.date}, on {run.machine}: calls a second with more connections and a larger book."
    yield ""
    ours = [each for each in run.figures if each.server == OURS and each.job in SHARED]
    sizes = sorted({each.payments for each in ours})
    counts = sorted({each.connections for each in ours if each.job != LOGIN})
    columns = [(payments, count) for payments in sizes for count in counts]
    head = ("call", *(f"{payments:,} payments, {_connections(count)}" for payments, count in columns))
    found = Figures(run.figures)
    rows = [
        (WORDS.get(job) or f"`{job}`", *(f"{found.one(OURS, job, count, payments).a_second:,.0f}" for payments, count in columns))
        for job in SHARED
        if job != LOGIN
    ]
    yield from markdown(head, rows)
    yield ""
    yield from markdown(GOALS, map(_goal, run.ratios))


def _connections(count: int) -> str:
    return "1 connection" if count == 1 else f"{count} connections"


def markdown(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """A table for the README; whatever stands in the first column is words, the rest are figures."""
    for row in (head, ("---", *("---:" for _ in head[1:])), *rows):
        yield f"| {' | '.join(row)} |".replace("|  |", "| |")

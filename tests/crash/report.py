"""What is told of a run of kills: the README's table, and the file of figures that it is made from."""

import json
import platform
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from tests.benchmarks import machine
from tests.crash.killing import Kill

FILE = Path(__file__).with_name("figures.json")
HEAD = ("killed", "kills", "acknowledged", "lost", "twice", "in doubt", "in the book", "settled by key", "seconds out")
PROCESSES = {1: "one process", 2: "two processes"}


@dataclass(frozen=True)
class Run:
    """Kills, where and when."""

    machine: str
    date: str
    python: str
    kills: Sequence[Kill]

    @classmethod
    def of(cls, kills: Sequence[Kill]) -> Self:
        """Kills that were done here and now."""
        return cls(machine.described(), datetime.now(UTC).date().isoformat(), platform.python_version(), kills)

    @property
    def holds(self) -> bool:
        return all(kill.holds for kill in self.kills)


def read(file: Path = FILE) -> Run | None:
    """The last run, if there was one."""
    if not file.exists():
        return None
    found: dict[str, Any] = json.loads(file.read_text())
    kills = [Kill(**{**each, "wrong": tuple(each["wrong"])}) for each in found.pop("kills")]
    return Run(**found, kills=kills)


def write(run: Run, file: Path = FILE) -> None:
    """Keep a run in place of the last one."""
    file.write_text(json.dumps(asdict(run), indent=1) + "\n")


def row(name: str, kills: Sequence[Kill]) -> tuple[str, ...]:
    """The figures of some kills together; of the outages the median and the longest."""
    outages = sorted(kill.outage for kill in kills)
    counts = (
        len(kills),
        *(sum(getattr(kill, what) for kill in kills) for what in ("acknowledged", "lost", "twice", "in_doubt", "found", "settled")),
    )
    return name, *(f"{count:,}" for count in counts), f"{outages[(len(outages) - 1) // 2]:.1f} to {outages[-1]:.1f}"


def rows(kills: Sequence[Kill]) -> Iterator[tuple[str, ...]]:
    """One for each number of server processes."""
    for workers in sorted({kill.workers for kill in kills}):
        yield row(PROCESSES.get(workers, f"{workers} processes"), [kill for kill in kills if kill.workers == workers])


def crash(file: Path = FILE) -> Iterator[str]:
    """The lines of the README's table."""
    return told(read(file), "make crash", rows)


def told(run: Run | None, target: str, rows: Callable[[Sequence[Kill]], Iterable[tuple[str, ...]]]) -> Iterator[str]:
    """The lines of a table in the README, of a run of a target of the Makefile, if there was one."""
    if run is None:
        return
    yield f"Measured by `{target}` on {run.date} with Python {run.python} on {run.machine}:"
    yield ""
    for cells in (HEAD, ("---", *("---:" for _ in HEAD[1:])), *rows(run.kills)):
        yield f"| {' | '.join(cells)} |"

"""What is told of a run of raids: the README's table, and the file of figures that it is made from."""

import json
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from tests.benchmarks import machine
from tests.hostile.standing import Told

FILE = Path(__file__).with_name("figures.json")
HEAD = ("raid", "connections", "answers", "seconds", "honest calls", "p99 ms", "MB before", "most", "after")


@dataclass(frozen=True)
class Run:
    """Raids, where and when; and how many requests of the chains at all doors were answered with which status."""

    machine: str
    date: str
    python: str
    raids: Sequence[Told]
    chains: Mapping[str, int]
    wrong: Sequence[str]

    @classmethod
    def of(cls, raids: Sequence[Told], chains: Mapping[int, int], wrong: Sequence[str]) -> Self:
        """A run that was done here and now."""
        answers = {str(status): count for status, count in sorted(chains.items())}
        today = datetime.now(UTC).date().isoformat()
        return cls(machine.described(), today, platform.python_version(), raids, answers, wrong)

    @property
    def holds(self) -> bool:
        return not self.wrong and not any(told.wrong for told in self.raids)


def read(file: Path = FILE) -> Run | None:
    """The last run, if there was one."""
    if not file.exists():
        return None
    found: dict[str, Any] = json.loads(file.read_text())
    return Run(**{**found, "raids": [Told(**told) for told in found["raids"]]})


def write(run: Run, file: Path = FILE) -> None:
    """Keep a run in place of the last one."""
    file.write_text(json.dumps(asdict(run), indent=1) + "\n")


def row(told: Told) -> tuple[str, ...]:
    """One raid."""
    name = f"{told.name}, {told.sent / 1_000_000:,.0f} MB" if told.sent else told.name
    memory = (f"{each:,.0f}" for each in (told.memory_before, told.memory_most, told.memory_after))
    figures = f"{told.seconds:,.0f}", f"{told.honest_calls:,}", f"{told.p99 * 1000:,.0f}"
    return name, f"{told.connections:,}", said(told.answers), *figures, *memory


def said(answers: Mapping[str, int]) -> str:
    """Answers by status."""
    return ", ".join(f"{count:,} {status}" for status, count in sorted(answers.items()))


def hostile(file: Path = FILE) -> Iterator[str]:
    """The lines of the README's table."""
    run = read(file)
    if run is None:
        return
    yield f"Measured by `make hostile` on {run.date} with Python {run.python} on {run.machine}:"
    yield ""
    for cells in (HEAD, ("---", "---:", "---", *("---:" for _ in HEAD[3:])), *map(row, run.raids)):
        yield f"| {' | '.join(cells)} |"
    yield ""
    yield f"Requests made up by hypothesis, in chains, at all four doors, by every role: {said(run.chains)}."

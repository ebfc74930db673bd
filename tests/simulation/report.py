"""What is told of a long run, and the file between it and the README."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

FILE = Path(__file__).with_name("figures.json")
SECONDS = 60


@dataclass(frozen=True)
class Run:
    """A run over several seeds: how much was done, where and when, and what was found, a sentence each."""

    machine: str
    date: str
    python: str
    seeds: int
    steps: int
    requests: int
    seconds: int
    findings: Sequence[str]


def write(run: Run, file: Path = FILE) -> None:
    """Keep a run in place of the last one."""
    file.write_text(json.dumps(asdict(run), indent=1) + "\n")


def read(file: Path = FILE) -> Run | None:
    """The last run, if there was one."""
    return Run(**json.loads(file.read_text())) if file.exists() else None


def table(file: Path = FILE) -> Iterator[str]:
    """The lines of the README's section."""
    run = read(file)
    if run is None:
        return
    yield f"The last long run, on {run.date} with Python {run.python} on {run.machine}:"
    yield ""
    yield "| seeds | steps | requests | minutes | findings |"
    yield "| ---: | ---: | ---: | ---: | ---: |"
    minutes = f"{run.seconds / SECONDS:,.0f}"
    yield f"| {run.seeds} | {run.steps:,} | {run.requests:,} | {minutes} | {len(run.findings)} |"

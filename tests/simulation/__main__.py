"""`python -m tests.simulation`: many seeds, one seed, or a story again. `make simulate` calls it."""

import json
import platform
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from tests.benchmarks import machine
from tests.simulation import report, running, story
from tests.simulation import world as worlds
from tests.simulation.report import SECONDS, Run
from tests.simulation.running import Result
from tests.simulation.telling import told

COLUMNS = (TextColumn("{task.description:<40}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
SEEDS, STEPS = 20, 10_000
LINE = 1_000
"""Steps after which a line is written where no person looks on."""
Told = Callable[[int, int, int], None]

out, aside = Console(soft_wrap=True), Console(stderr=True)


def main(
    seed: Annotated[int | None, typer.Option(help="Run this seed alone; nothing is kept of it.")] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds to run.")] = SEEDS,
    first: Annotated[int, typer.Option(help="The first of them.")] = 0,
    steps: Annotated[int, typer.Option(min=1, help="Steps of each seed.")] = STEPS,
    minutes: Annotated[float | None, typer.Option(help="End after this time, however far it has come.")] = None,
    file: Annotated[Path | None, typer.Option("--story", help="Tell the story in this file again.")] = None,
) -> None:
    """Run the simulation. What is found is printed with its seed and the shortest story that shows it, and the exit status is 1."""
    with tempfile.TemporaryDirectory() as folder:
        template = worlds.template(Path(folder))
        if file is not None:
            finding = told(story.read(file), template)
            out.print(finding or "Nothing is found.", markup=False, highlight=False)
            sys.exit(1 if finding else 0)
        chosen = [seed] if seed is not None else list(range(first, first + seeds))
        began = monotonic()
        results = _results(chosen, steps, template, began + minutes * SECONDS if minutes else float("inf"))
    findings = [f"seed {each.seed}: {each.finding}" for each in results if each.finding]
    done, requests = sum(each.steps for each in results), sum(each.requests for each in results)
    out.print(f"{len(results)} seeds, {done:,} steps, {requests:,} requests: {len(findings)} findings", highlight=False)
    if seed is None:
        today = datetime.now(UTC).date().isoformat()
        seconds = round(monotonic() - began)
        report.write(Run(machine.described(), today, platform.python_version(), len(results), done, requests, seconds, findings))
    sys.exit(1 if findings else 0)


def _results(seeds: list[int], steps: int, template: Path, until: float) -> list[Result]:
    results: list[Result] = []
    with _progress(len(seeds) * steps) as tell:
        for number, seed in enumerate(seeds):
            if monotonic() >= until:
                break
            found = sum(1 for each in results if each.finding)

            def here(done: int, seed: int = seed, before: int = number * steps, found: int = found) -> None:
                tell(seed, before + done, found)

            results.append(running.run(seed, steps, template, here, until=until))
            _show(results[-1])
    return results


def _show(result: Result) -> None:
    """Print what a seed has found, and where its story is kept."""
    if result.finding is None or result.story is None:
        return
    kept = Path(tempfile.gettempdir()) / f"simulation-{result.seed}.json"
    result.story.write(kept)
    out.print(f"seed {result.seed}, step {result.steps}: {result.finding}", markup=False, highlight=False)
    out.print(json.dumps(result.story.plain()), markup=False, highlight=False)
    out.print(f"Again: python -m tests.simulation --story {kept}", markup=False, highlight=False)


@contextmanager
def _progress(steps: int) -> Iterator[Told]:
    """A bar on stderr while a person looks on; a line now and then where nobody does."""
    with Progress(*COLUMNS, console=aside, transient=True, disable=not aside.is_terminal) as bar:
        task = bar.add_task("", total=steps)

        def tell(seed: int, done: int, found: int) -> None:
            said = f"seed {seed}, findings so far: {found}"
            bar.update(task, description=said, completed=done)
            if not aside.is_terminal and done % LINE == 0:
                aside.print(f"{done:,} of {steps:,} steps, {said}", highlight=False, markup=False)

        yield tell


if __name__ == "__main__":
    typer.run(main)

"""What a part of the product costs: the same server with it and without it, over the same book, in turns."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks import measuring, servers
from tests.benchmarks.jobs import PAY_INVOICE, SHOW, Desk
from tests.benchmarks.measuring import Failed, Figure, Plan, Told
from tests.benchmarks.servers import OURS, Size


@dataclass(frozen=True)
class Cost:
    """A part that settings turn on and off, a job, and how many times as much processor time that job may take with it."""

    part: str
    job: str
    most: float
    on: Mapping[str, str]
    off: Mapping[str, str]

    @property
    def names(self) -> tuple[str, str]:
        """What the two servers are called in figures: with it and without it."""
        return f"{OURS} with {self.part}", f"{OURS} without {self.part}"


COSTS: tuple[Cost, ...] = (
    Cost("events", PAY_INVOICE, 1.10, {"EVENTS": "true"}, {"EVENTS": "false"}),
    Cost("metrics", SHOW, 1.05, {"METRICS": "on"}, {"METRICS": "off"}),
)
PLAN = Plan(seconds=0.2, rounds=12, warm_up=0.1)


def turns(costs: Sequence[Cost] = COSTS, plan: Plan = PLAN) -> int:
    """How many times something is measured."""
    return 2 * len(costs) * plan.rounds


def measured(size: Size, tell: Told, failed: Failed, costs: Sequence[Cost] = COSTS, plan: Plan = PLAN) -> list[Figure]:
    """Two figures of each cost."""
    found: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        book = Path(folder) / "book"
        demo = servers.furnished(book, size)
        for cost in costs:
            with _both(cost, book, demo, size) as desks:
                found += measuring.measured(desks, plan, tell, failed, (cost.job,))
    return found


@contextmanager
def _both(cost: Cost, book: Path, demo: dict[str, Any], size: Size) -> Iterator[list[Desk]]:
    """Two servers over copies of one book."""
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        yield [
            Desk(
                running.enter_context(
                    servers.serving(Path(shutil.copytree(book, folder / name)), demo, size, name=name, settings=settings)
                )
            )
            for name, settings in zip(cost.names, (cost.on, cost.off), strict=True)
        ]

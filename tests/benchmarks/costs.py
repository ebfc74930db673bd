"""What a part of the product costs: the same server with it and without it, over the same book, in turns."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import servers
from tests.benchmarks.jobs import PAY_INVOICE, SHOW, Desk
from tests.benchmarks.measuring import Failed, Figure, Measurement, Plan, Told, timed
from tests.benchmarks.servers import OURS, Size, at_load_core


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
PLAN = Plan(seconds=0.5, rounds=10)


def turns(costs: Sequence[Cost] = COSTS, plan: Plan = PLAN) -> int:
    """How many times something is measured."""
    return 2 * len(costs) * (plan.rounds + bool(plan.warm_up))


def measured(size: Size, tell: Told, failed: Failed, costs: Sequence[Cost] = COSTS, plan: Plan = PLAN) -> list[Figure]:
    """Two figures of each cost."""
    return [figure for cost in costs for figure in _beside(cost, size, plan, tell, failed)]


def _beside(cost: Cost, size: Size, plan: Plan, tell: Told, failed: Failed) -> Iterator[Figure]:
    with _both(cost, size) as desks, at_load_core():
        found = [Measurement() for _ in desks]
        for number in range(plan.rounds + bool(plan.warm_up)):
            counted = number > 0 or not plan.warm_up
            # Who is first in one round is last in the next.
            for place in (0, 1) if number % 2 else (1, 0):
                tell(desks[place].target.name, cost.job)
                found[place].add(
                    timed(desks[place], cost.job, plan, plan.lasts(cost.job, counted=counted), failed), counted=counted
                )
        for desk, measurement in zip(desks, found, strict=True):
            yield measurement.figure(desk, cost.job, plan)


@contextmanager
def _both(cost: Cost, size: Size) -> Iterator[list[Desk]]:
    """Two servers over copies of one book."""
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        demo = servers.furnished(folder / "on", size)
        shutil.copytree(folder / "on", folder / "off")
        yield [
            Desk(running.enter_context(servers.serving(folder / place, demo, size, name=name, settings=settings)))
            for place, name, settings in zip(("on", "off"), cost.names, (cost.on, cost.off), strict=True)
        ]

"""Runs of the simulation: a seed makes a story as it goes, and what is found is cut down to the shortest story that shows it."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from tests.simulation import world as worlds
from tests.simulation.inventing import Inventor
from tests.simulation.shrinking import shortest
from tests.simulation.story import Moment, Step, Story
from tests.simulation.telling import OF_ANSWERS, Finding, Telling, told

EVERY = 500
"""Steps after which the whole book is held against the model, and verified."""
SHRINK_SECONDS = 600.0

Tell = Callable[[int], None]
"""Hears how many steps of a seed are done."""


@dataclass(frozen=True)
class Result:
    """What became of a seed: how many steps and requests there were, what was seen, and what was found, if anything, in how short a
    story."""

    seed: int
    steps: int
    requests: int
    seen: Counter[str]
    finding: Finding | None = None
    story: Story | None = None


def fifo_of(seed: int) -> bool:
    """Whether payments of a seed's book go to the oldest invoices by themselves: in every other one they do."""
    return seed % 2 == 0


def run(seed: int, steps: int, template: Path, tell: Tell = lambda _steps: None, *, until: float = float("inf")) -> Result:
    """Run a seed for so many steps, or until a moment of the monotonic clock."""
    done: list[Step] = []
    finding, telling = _lived(seed, steps, template, done, tell, until)
    story = shown_by(Story(fifo_of(seed), done, seed), template, finding.kind) if finding else None
    return Result(seed, len(done), telling.asked, telling.seen, finding, story)


def _lived(seed: int, steps: int, template: Path, done: list[Step], tell: Tell, until: float) -> tuple[Finding | None, Telling]:
    """Invent steps and do them; what is found ends it."""
    with TemporaryDirectory() as folder, worlds.opened(template, Path(folder), fifo_of(seed)) as world:
        telling = Telling(world, fifo_of(seed))
        inventor = Inventor(seed, telling.oracle)
        try:
            while len(done) < steps and monotonic() < until:
                done.append(inventor.step())
                telling.do(done[-1])
                if len(done) % EVERY == 0:
                    telling.check()
                tell(len(done))
            telling.check()
        except Finding as finding:
            return finding, telling
        return None, telling


def shown_by(story: Story, template: Path, kind: str, seconds: float = SHRINK_SECONDS) -> Story:
    """The shortest story that shows a finding of this kind."""

    def shows(tried: Story) -> bool:
        finding = told(tried, template, checked=kind not in OF_ANSWERS)
        return finding is not None and finding.kind == kind

    return shortest(story, shows, seconds)


def acts_in(story: Story) -> int:
    """How many requests a story has."""
    return sum(len(step.acts) for step in story.steps if isinstance(step, Moment))

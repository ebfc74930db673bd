"""What happens in a simulation, as plain data: it can be kept, cut down, and told again.

Records go by labels that the act which makes them gives. A label that nothing goes by names a record that is not there, so that
whatever is left out of a story, a story remains.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

Said = Mapping[str, Any]

BUSY, FAILS, LOST = "busy", "fails", "lost"
"""The database cannot begin a batch; cannot commit it; undoes all of it in the middle."""
UNSURE, UNSURE_DONE = "unsure", "unsure, and done"
"""A commit fails in a way that leaves open whether it is on disk: it is not; it is."""
DIES, DIES_BEFORE, DIES_AFTER = "dies", "dies before", "dies after"
"""The server is gone in the middle of a batch; before its commit; between its commit and its answers."""
DEATHS = (DIES, DIES_BEFORE, DIES_AFTER)


@dataclass(frozen=True)
class Act:
    """One request: who asks what at which door. `label`: what a record goes by that it makes. `leaves`: the caller's wait runs out
    before anything of the moment is committed."""

    door: str
    verb: str
    said: Said
    by: str = "clerk"
    key: str | None = None
    label: int | None = None
    leaves: bool = False


@dataclass(frozen=True)
class Trouble:
    """What befalls a batch of a moment (`batch`: which one) as its job at `job` is done."""

    kind: str
    batch: int = 0
    job: int = 0


@dataclass(frozen=True)
class Moment:
    """Requests that are under way at the same time; those that write are committed in their order, `size` of them at a time."""

    acts: Sequence[Act]
    size: int = 1
    trouble: Trouble | None = None


@dataclass(frozen=True)
class Wait:
    """The clock is moved, back where the seconds are below 0."""

    seconds: int


@dataclass(frozen=True)
class Restart:
    """The server stops and starts."""


@dataclass(frozen=True)
class Purge:
    """What is old and not the books is forgotten; everybody logs in anew."""


Step = Moment | Wait | Restart | Purge
KINDS: Mapping[str, type[Any]] = {kind.__name__.lower(): kind for kind in (Moment, Wait, Restart, Purge)}


@dataclass(frozen=True)
class Story:
    """The steps, and the book that they are done in: whether payments go to the oldest invoices by themselves."""

    fifo: bool
    steps: Sequence[Step] = field(default_factory=list)
    seed: int | None = None

    def plain(self) -> dict[str, Any]:
        """For JSON."""
        return {"seed": self.seed, "fifo": self.fifo, "steps": [_plain(step) for step in self.steps]}

    def write(self, file: Path) -> None:
        """Keep it."""
        file.write_text(json.dumps(self.plain(), indent=1) + "\n")


def read(file: Path) -> Story:
    """A story that was kept."""
    found = json.loads(file.read_text())
    return Story(found["fifo"], [_step(each) for each in found["steps"]], found["seed"])


def _plain(step: Step) -> dict[str, Any]:
    return {"step": type(step).__name__.lower(), **asdict(step)}


def _step(plain: Mapping[str, Any]) -> Step:
    values = {name: value for name, value in plain.items() if name != "step"}
    if plain["step"] == "moment":
        trouble = values["trouble"]
        return Moment([Act(**act) for act in values["acts"]], values["size"], None if trouble is None else Trouble(**trouble))
    step: Step = KINDS[plain["step"]](**values)
    return step

"""The primary is killed under the load of two servers, its standby is promoted, and what the servers have told their callers is
looked for in the book that is left."""

import json
import random
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from tests import live
from tests.crash.calls import Register
from tests.crash.checking import checked
from tests.crash.jobs import Jobs
from tests.crash.killing import Kill
from tests.crash.load import loaded, settle

ACCOUNTS, INVOICES = 20, 2_500
SERVERS = 2
WRITE_WAIT = "1"
"""Seconds that a server waits for a commit: shorter than a standby may hang."""
SHORTEST, LONGEST = 0.0, 4.0
"""Seconds between the first acknowledged call and a kill; and for which the standby hangs before it, where it does."""
MORE = 200
"""So many calls are to be answered by the new primary."""
PATIENCE_SECONDS = 180.0


class Nodes(Protocol):
    """Servers of PostgreSQL, of which one is the primary."""

    @property
    def url(self) -> str:
        """The address of the book, at whichever of them is the primary."""

    def kill_primary(self) -> None:
        """End it as a crash does."""

    def fail_over(self) -> None:
        """Until all goes on without the one that was killed."""

    def rejoin(self) -> None:
        """Until the one that was killed is a standby."""


N = TypeVar("N", bound=Nodes)


@dataclass
class Scene(Generic[N]):
    """Two servers over one book, and what their callers were told through all failovers."""

    nodes: N
    urls: list[str]
    jobs: Jobs
    chance: random.Random
    register: Register = field(default_factory=Register)
    _known: set[str] = field(default_factory=set)
    """What was found wrong after earlier failovers: it is counted once."""

    def failed_over(self, kill: Callable[[], None] | None = None, trouble: AbstractContextManager[None] | None = None) -> Kill:
        """Load, kill the primary (or what `kill` kills), fail over, look into the book, settle what is in doubt, look again; have
        the dead one follow. `trouble`: what there is for a while before the kill."""
        kill = kill or self.nodes.kill_primary
        register = self.register
        answered, doubted = len(register.acknowledged), register.doubted
        settled_before = set(register.settled)
        with loaded(self.urls, self.jobs, register):
            _wait(lambda: len(register.acknowledged) > answered)
            time.sleep(self.chance.uniform(SHORTEST, LONGEST))
            if trouble is None:
                kill()
            else:
                with trouble:
                    time.sleep(self.chance.uniform(SHORTEST, LONGEST))
                    kill()
            died = time.monotonic()
            self.nodes.fail_over()
            promoted = len(register.answered)
            _wait(lambda: len(register.answered) > promoted)
            outage = time.monotonic() - died
            _wait(lambda: len(register.answered) > promoted + MORE)
        before = checked(self.nodes.url, register)
        changed = settle(self.urls[0], self.jobs, register, PATIENCE_SECONDS)
        after = checked(self.nodes.url, register)
        self.nodes.rejoin()
        settled = [told for key, (_, told) in register.settled.items() if key not in settled_before]
        return Kill(
            workers=len(self.urls),
            acknowledged=len(register.acknowledged) - answered,
            lost=len(self._news([*before.lost, *after.lost])),
            twice=len(self._news([*before.twice, *after.twice])),
            in_doubt=register.doubted - doubted,
            found=sum(told.replayed for told in settled),
            settled=len(settled),
            outage=round(outage, 2),
            wrong=tuple(self._news([*before.otherwise, *after.otherwise, *changed, *register.refusals])),
        )

    def _news(self, found: Iterable[str]) -> list[str]:
        """What nobody knew of."""
        news = [each for each in dict.fromkeys(found) if each not in self._known]
        self._known.update(news)
        return news


@contextmanager
def scene(folder: Path, nodes: N, chance: random.Random, invoices: int = INVOICES) -> Iterator[Scene[N]]:
    """A demo book on these nodes, and two servers over it, while the block runs."""
    settings = live.settings_in(
        folder, DATABASE_URL=nodes.url, ATTACHMENT_FOLDER=str(folder / "attachments"), WRITE_WAIT=WRITE_WAIT
    )
    counts = ("--accounts", str(ACCOUNTS), "--invoices", str(invoices))
    demo = json.loads(live.command(folder, settings, "demo", "--json", *counts))
    places = [folder / f"server_{place}" for place in range(SERVERS)]
    with ExitStack() as stack:
        for place in places:
            place.mkdir()
        servers = [stack.enter_context(live.served(place, settings, demo)) for place in places]
        yield Scene(nodes, [server.url for server in servers], Jobs(demo, ACCOUNTS, chance), chance)


def _wait(until: Callable[[], bool]) -> None:
    """Until something is so."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not until():
        assert time.monotonic() < end, "no call was answered"
        time.sleep(0.001)

"""A server under load is killed at a random moment and started again; what it has told its callers is looked for in the book."""

import random
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from tests import live
from tests.crash.calls import Register
from tests.crash.checking import checked
from tests.crash.jobs import Jobs
from tests.crash.load import loaded, settle
from tests.live import Live

ACCOUNTS, INVOICES = 20, 2_500
SHORTEST, LONGEST = 0.0, 1.2
"""Seconds between the first acknowledged call and a kill."""
PATIENCE_SECONDS = 30.0
SERVER = "rpcserver"


@dataclass(frozen=True)
class Kill:
    """One kill and what came of it. `found`: how many of the calls in doubt were in the book; `outage` in seconds, until the server
    answered again; `wrong`: whatever else is not as it has to be."""

    workers: int
    acknowledged: int
    lost: int
    twice: int
    in_doubt: int
    found: int
    settled: int
    outage: float
    wrong: tuple[str, ...] = ()

    @property
    def holds(self) -> bool:
        return not (self.lost or self.twice or self.wrong) and self.settled == self.in_doubt


@dataclass
class Victim:
    """A server over a demo book of its own in `folder`, always at the same port, which is killed again and again."""

    folder: Path
    chance: random.Random
    module: str = SERVER
    invoices: int = INVOICES
    register: Register = field(default_factory=Register)
    _known: set[str] = field(default_factory=set)
    """What was found wrong by earlier kills: it is counted once."""

    def __post_init__(self) -> None:
        self._settings = live.settings_in(self.folder)
        counts = ("--accounts", str(ACCOUNTS), "--invoices", str(self.invoices))
        self._demo = live.demo(self.folder, self._settings, *counts)
        self._jobs = Jobs(self._demo, ACCOUNTS, self.chance)
        self._port = live.free_port()

    def killed(self, workers: int = 1) -> Kill:
        """Serve with so many workers, load, kill, start again, look into the book, settle what is in doubt, and look again."""
        register = self.register
        acknowledged, doubted, settled = len(register.acknowledged), register.doubted, len(register.settled)
        with self._served(workers, self.module) as server, loaded([server.url], self._jobs, register):
            _wait_for_more(register, acknowledged)
            time.sleep(self.chance.uniform(SHORTEST, LONGEST))
            server.kill()
            died = time.monotonic()
        with self._served(workers, SERVER) as server:
            outage = time.monotonic() - died
            before = checked(self._settings["DATABASE_URL"], register)
            changed = settle(server.url, self._jobs, register, PATIENCE_SECONDS)
            after = checked(self._settings["DATABASE_URL"], register)
        return Kill(
            workers,
            len(register.acknowledged) - acknowledged,
            len(self._news([*before.lost, *after.lost])),
            len(self._news([*before.twice, *after.twice])),
            register.doubted - doubted,
            before.found,
            len(register.settled) - settled,
            round(outage, 2),
            tuple(self._news([*before.otherwise, *after.otherwise, *changed, *register.refusals])),
        )

    def _news(self, found: Iterable[str]) -> list[str]:
        """What nobody knew of."""
        news = [each for each in dict.fromkeys(found) if each not in self._known]
        self._known.update(news)
        return news

    def _served(self, workers: int, module: str) -> AbstractContextManager[Live]:
        return live.served(self.folder, self._settings, self._demo, "--workers", str(workers), module=module, port=self._port)


def _wait_for_more(register: Register, acknowledged: int) -> None:
    """Until a call is acknowledged beyond so many."""
    until = time.monotonic() + PATIENCE_SECONDS
    while len(register.acknowledged) == acknowledged:
        assert time.monotonic() < until, "no call was answered"
        time.sleep(0.001)

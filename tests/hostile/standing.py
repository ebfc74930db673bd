"""Whether a server stands: what a hostile raid has done to it, and to its book."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from ledger.book import Book
from ledger.storage.models import Payment
from ledger.verify import CALL
from tests import live
from tests.hostile.honest import ACCOUNTS, Served, honest, invoices
from tests.hostile.wire import eventually
from tests.live import LOG, Live
from tests.streaming import memory, watched

FAULTS = (500, 502, 504)
LONGEST = 2_000
SETTLING_SECONDS = 20
MOST_SLOW = 3.0
"""Seconds that one call in a hundred of the honest client may take, whatever goes on; other tests share the processor."""
MORE_FILES = 24
"""Files that may be open after a raid and were not before: connections to the database are made as threads need them."""


@dataclass
class Told:
    """What came of a raid. Memory in MB; `seconds` of the raid alone; `p99` of the honest client, in seconds; `answers` to the
    raid, by status; `wrong`: whatever is not as it has to be."""

    name: str
    connections: int = 0
    sent: int = 0
    answers: dict[str, int] = field(default_factory=dict)
    seconds: float = 0
    honest_calls: int = 0
    p99: float = 0
    memory_before: float = 0
    memory_most: float = 0
    memory_after: float = 0
    wrong: list[str] = field(default_factory=list)

    def count(self, statuses: list[int]) -> None:
        """Note what one connection was answered."""
        self.connections += 1
        for status in [str(each) for each in statuses] or ["none"]:
            self.answers[status] = self.answers.get(status, 0) + 1


Raid = Callable[[Live, Told], None]


@dataclass
class Standing:
    """A server over a demo book in a process of its own, before and after raids."""

    server: Live

    def __post_init__(self) -> None:
        self._owed = invoices(self.server)
        self._there = self._payments()
        self._read = 0

    def raided(self, name: str, raid: Raid, most_memory: float) -> Told:
        """Have a raid done beside an honest client, and say what came of it. `most_memory`: MB that the server may take more."""
        told, pid = Told(name), self.server.process.pid
        files = self.files()
        told.memory_before = round(memory(pid), 1)
        with honest(self.server, self._owed) as served, watched(pid) as peak:
            began = time.monotonic()
            raid(self.server, told)
            told.seconds = round(time.monotonic() - began, 2)
            time.sleep(0.2)
        settled = eventually(lambda: self.files() <= files + MORE_FILES, SETTLING_SECONDS)
        told.memory_most, told.memory_after = round(peak.most, 1), round(memory(pid), 1)
        told.honest_calls, told.p99 = len(served.seconds), round(served.p99, 3)
        told.wrong += served.failed
        if not settled:
            told.wrong.append(f"{self.files()} files are open, {files} were before")
        if peak.growth > most_memory:
            told.wrong.append(f"the memory grew by {peak.growth:.0f} MB")
        if served.p99 > MOST_SLOW:
            told.wrong.append(f"one in a hundred calls of the honest client took {served.p99:.1f} s")
        told.wrong += [*self.faults(), *self._in_the_book(served), *self.server.discrepancies()]
        told.wrong += [f"answered {status}" for status in FAULTS if str(status) in told.answers]
        return told

    def files(self) -> int:
        """How many files the server has open, its connections among them."""
        return len(list(Path(f"/proc/{self.server.process.pid}/fd").iterdir()))

    def faults(self) -> list[str]:
        """What the server logged of faults of its own since it was last asked."""
        lines = (self.server.folder / LOG).read_text().splitlines()
        news, self._read = lines[self._read :], len(lines)
        return [f"the log says {line[:LONGEST]}" for line in news if _is_fault(line)]

    def _in_the_book(self, served: Served) -> Iterator[str]:
        """What the book holds beyond, or short of, what the honest client was told."""
        now = self._payments()
        new, told = now - self._there, set(served.payments.values())
        self._there = now
        if new != told:
            yield f"payments: {len(new - told)} that nobody made, {len(told - new)} missing"

    def _payments(self) -> set[str]:
        book = Book(self.server.settings["DATABASE_URL"])
        try:
            return book.read(CALL, lambda reading: {payment.id for payment in reading.rows.find(Payment)})
        finally:
            book.close()


@contextmanager
def standing(folder: Path, to_pay: int = 0, **settings: str) -> Iterator[Standing]:
    """A server over a fresh demo book with so many more invoices to be paid, while the block runs."""
    found = live.settings_in(folder, **settings)
    more = ("--accounts", str(ACCOUNTS), "--invoices", str(to_pay)) if to_pay else ()
    made = live.demo(folder, found, *more)
    with live.served(folder, found, made) as server:
        yield Standing(server)


def _is_fault(line: str) -> bool:
    said = json.loads(line) if line.startswith("{") else {"level": "error"}
    return said["level"] == "error" or "exception" in said or said.get("status", 0) in FAULTS

"""Two servers of PostgreSQL: a primary, and a standby that every commit waits for. Either of them can be killed, frozen, promoted,
and made the standby of the other one."""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from tests.postgres import Cluster, Installation

SETTINGS = (
    "listen_addresses=",
    "max_connections=100",
    "shared_buffers=32MB",
    "synchronous_commit=remote_apply",
    "wal_retrieve_retry_interval=100ms",
)
"""A standby whose primary is gone looks for it that often, and cannot be promoted between."""
PORTS = (5432, 5433)
BOOK = "book"
PATIENCE_SECONDS = 60.0
WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


class Node(Cluster):
    """One of the two."""

    def __init__(self, installation: Installation, place: int) -> None:
        super().__init__(installation, f"node_{place}", PORTS[place])

    def kill(self) -> None:
        """End the server and all its children as a crash does: at once, with nothing tidied up."""
        kill_server(self.data, self.folder / f".s.PGSQL.{self.port}.lock")

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """A server that hangs while the block runs: it is there, and does nothing."""
        family = stopped(self.data)
        try:
            yield
        finally:
            # The parent last: a child that has ended keeps its number until its parent asks after it.
            for pid in reversed(family):
                os.kill(pid, signal.SIGCONT)

    def follow(self, primary: "Node") -> None:
        """Begin anew as the standby of a primary, which waits for it from then on."""
        shutil.rmtree(self.data, ignore_errors=True)
        source = f"host={self.folder} port={primary.port} user=postgres application_name={self.data.name}"
        self.run("pg_basebackup", "-c", "fast", "-C", "-S", self.data.name, "-R", "-X", "stream", "-d", source)
        self.start()
        primary.ask(f"ALTER SYSTEM SET synchronous_standby_names = '{self.data.name}'")
        primary.ask("SELECT pg_reload_conf()")
        state = f"SELECT 1 FROM pg_stat_replication WHERE application_name = '{self.data.name}' AND sync_state = 'sync'"
        _wait(lambda: primary.ask(state), "the standby does not follow")
        # Commits wait for it when the checkpointer has heard of it, which may come later: it listens before each checkpoint.
        primary.ask("CHECKPOINT")

    def promote(self) -> None:
        """Have a standby be the primary. It waits for no standby of its own."""
        self.run("pg_ctl", "-w", "promote")

    def ask(self, statement: str, database: str = BOOK) -> list[Any]:
        """What a statement brings here."""
        with psycopg.connect(host=str(self.folder), port=self.port, user="postgres", dbname=database, autocommit=True) as native:
            cursor = native.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []


class Pair:
    """A primary and its standby, with an empty database for a book."""

    def __init__(self, settings: Sequence[str] = SETTINGS) -> None:
        installation = Installation()
        self.primary, self.standby = (Node(installation, place) for place in range(len(PORTS)))
        self.primary.make(settings)
        self.primary.start()
        self.primary.ask(f"CREATE DATABASE {BOOK}", "postgres")
        self.rejoin()

    @property
    def url(self) -> str:
        """The address of the book, at whichever of the two is the primary."""
        folder = self.primary.folder
        return f"postgresql://postgres@/{BOOK}?host={folder},{folder}&port={','.join(map(str, PORTS))}"

    def kill_primary(self) -> None:
        """End the primary as a crash does."""
        self.primary.kill()

    def fail_over(self) -> None:
        """Promote the standby of a primary that is gone."""
        self.standby.promote()
        self.primary, self.standby = self.standby, self.primary

    def rejoin(self) -> None:
        """Have the one that is gone, or was never there, be the standby of the other one."""
        self.standby.follow(self.primary)

    def waits(self) -> None:
        """Until a commit waits for the standby."""
        _wait(lambda: self.primary.ask(WAITING), "nobody waits for the standby")

    def end_a_wait(self, function: str) -> None:
        """Call one of the server's functions on a backend of the primary that waits for the standby, as soon as there is one."""
        self.waits()
        self.primary.ask(f"SELECT {function}(pid) FROM ({WAITING} LIMIT 1) AS waiting")

    def remove(self) -> None:
        """Stop both, and remove all they have."""
        for node in (self.standby, self.primary):
            node.remove()
        self.primary.installation.remove()


@contextmanager
def removed(pair: Pair) -> Iterator[Pair]:
    """A pair that is gone when the block ends."""
    try:
        yield pair
    finally:
        pair.remove()


def family_of(data: Path) -> list[int]:
    """The process of the server over this data, and its children."""
    pid = (data / "postmaster.pid").read_text().split()[0]
    return [int(pid), *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


def stopped(data: Path) -> list[int]:
    """The same, once each of them has been stopped: the parent first, which then makes no further child and sees none end."""
    os.kill(family_of(data)[0], signal.SIGSTOP)
    family = family_of(data)
    for pid in family[1:]:
        os.kill(pid, signal.SIGSTOP)
    return family


def kill_server(data: Path, lock: Path) -> None:
    """End the server over this data, whose socket has this lock, and all its children."""
    kill_all(stopped(data))
    # A process that nobody has asked after yet still has its number, and would seem to hold these.
    for left in (data / "postmaster.pid", lock):
        left.unlink()


def kill_all(pids: Sequence[int]) -> None:
    """End processes at once, with nothing tidied up."""
    for pid in pids:
        os.kill(pid, signal.SIGKILL)
    _wait(lambda: not any(map(_lives, pids)), "a process lives on")


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _wait(until: Callable[[], object], otherwise: str) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not until():
        assert time.monotonic() < end, otherwise
        time.sleep(0.02)

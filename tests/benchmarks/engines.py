"""What a durable write comes to on each engine: the same book as a file, as a file whose writes are committed one by one, and on a
PostgreSQL on the same machine, in turns."""

import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.benchmarks import measuring, servers
from tests.benchmarks.jobs import PAY_INVOICE, Desk
from tests.benchmarks.measuring import Failed, Figure, Plan, Told
from tests.benchmarks.servers import BOOK, OURS, Size
from tests.postgres import Cluster, Installation

FILE, ALONE, SERVER = f"{OURS} on SQLite", f"{OURS} on SQLite, a commit for each write", f"{OURS} on PostgreSQL"
PLAN = Plan(connections=64, seconds=1.0, rounds=4, warm_up=0.5)
DURABLE = ("fsync=on", "synchronous_commit=on", "full_page_writes=on")
"""As PostgreSQL comes."""


def turns(plan: Plan = PLAN) -> int:
    """How many times something is measured."""
    return 3 * plan.rounds


def measured(size: Size, tell: Told, failed: Failed, plan: Plan = PLAN) -> list[Figure]:
    """A figure of each."""
    with _running(size) as desks:
        return measuring.measured(desks, plan, tell, failed, (PAY_INVOICE,))


@contextmanager
def _running(size: Size) -> Iterator[list[Desk]]:
    """A server over each, every book a copy of one."""
    with ExitStack() as running:
        folder = Path(running.enter_context(tempfile.TemporaryDirectory()))
        demo = servers.furnished(folder / "file", size)
        for name in ("alone", "server"):
            shutil.copytree(folder / "file", folder / name)
        url = running.enter_context(_moved(folder / "server"))
        different: tuple[tuple[str, str, Mapping[str, str]], ...] = (
            ("file", FILE, {}),
            ("alone", ALONE, {"WRITE_BATCH": "1"}),
            ("server", SERVER, {"DATABASE_URL": url}),
        )
        yield [
            Desk(running.enter_context(servers.serving(folder / place, demo, size, name=name, settings=settings)))
            for place, name, settings in different
        ]


@contextmanager
def _moved(folder: Path) -> Iterator[str]:
    """The address of a PostgreSQL, its data on disk, to which the book in this folder was copied."""
    cluster = Cluster(Installation(on_disk=True))
    try:
        cluster.make(DURABLE)
        cluster.start()
        servers.rpcserver(folder, "copy", "--from", f"sqlite:///{BOOK}", "--to", cluster.url)
        yield cluster.url
    finally:
        cluster.remove()
        cluster.installation.remove()

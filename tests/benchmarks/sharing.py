"""Two workers with the load on the same cores: every call is answered, and nothing of what was answered is lost."""

import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from subprocess import CalledProcessError

from tests.benchmarks import load, servers
from tests.benchmarks.jobs import BATCH, BATCH_CALLS, CREATE, PAY_INVOICE, POST, SHOW, Desk
from tests.benchmarks.measuring import Failed, Told
from tests.benchmarks.servers import BOOK, OURS, Size
from tests.benchmarks.targets import CONNECTIONS, Workers

WORKERS = 2
TOLD = 20
"""So many lines of `verify` are passed on."""


def two_workers(size: Size, seconds: float, tell: Told, failed: Failed) -> Workers:
    """Load them with each job for so many seconds, stop them, and verify the book."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with servers.ours(folder, size, WORKERS) as target:
            before = _payments(folder)
            calls, failures, made = _loaded(Desk(target), seconds, tell, failed)
        lost = abs(_payments(folder) - before - made)
        tell(OURS, "verify")
        return Workers(calls, failures, lost, _discrepancies(folder, failed))


def _loaded(desk: Desk, seconds: float, tell: Told, failed: Failed) -> tuple[int, int, int]:
    """Calls, failed calls, and the payments that were answered with OK."""
    calls = failures = made = 0
    for job, worth in ((SHOW, 0), (CREATE, 1), (POST, 0), (PAY_INVOICE, 1), (BATCH, BATCH_CALLS)):
        tell(f"{OURS}, {WORKERS} workers", job)
        keep = job == CREATE
        port = desk.target.port
        outcome = load.loaded(desk.requests(job), port=port, connections=CONNECTIONS, seconds=seconds, keep=keep)
        desk.keep(outcome.answers)
        calls += len(outcome.seconds)
        failures += outcome.failures
        made += worth * (len(outcome.seconds) - outcome.failures)
        if outcome.failures:
            failed(f"{job}: {outcome.failures} calls failed, the first with {outcome.first_words}")
    return calls, failures, made


def _payments(folder: Path) -> int:
    with closing(sqlite3.connect(f"file:{folder / BOOK}?mode=ro", uri=True)) as db:
        return int(db.execute("SELECT count(*) FROM payment").fetchone()[0])


def _discrepancies(folder: Path, failed: Failed) -> int:
    try:
        servers.rpcserver(folder, "verify")
    except CalledProcessError as error:
        lines = str(error.stdout).splitlines()
        failed("\n".join(lines[:TOLD]))
        return max(len(lines), 1)
    return 0

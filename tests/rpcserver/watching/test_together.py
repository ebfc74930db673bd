"""Several server processes, and one scrape that tells of all of them."""

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import requests

from rpcserver.watching import measures, together
from rpcserver.watching.together import FOLDER
from tests.live import PATIENCE_SECONDS
from tests.rpcserver.test_serving import started
from tests.rpcserver.watching.scraping import Series, scraped_at, value

pytestmark = pytest.mark.one_engine

CALLS = measures.CALLS.name
MANY = 60


def counted(series: Series) -> float:
    return value(series, CALLS, method="whoami", code="INVALID_TOKEN")


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds: a call is counted only after its answer, and a process that was killed is looked for."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.05)


def children(pid: int) -> list[int]:
    found = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    return [each for each in found if b"spawn_main" in Path(f"/proc/{each}/cmdline").read_bytes()]


def folder_of(pid: int) -> Path:
    """The folder that a worker counts in."""
    variables = dict(each.partition(b"=")[::2] for each in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0"))
    return Path(variables[FOLDER.encode()].decode())


def ask(address: str) -> int:
    return requests.post(f"{address}/whoami", json={}, timeout=PATIENCE_SECONDS).status_code


def test_every_scrape_tells_of_all_workers_also_of_one_that_was_replaced(tmp_path: Path) -> None:
    with started(tmp_path, "--workers", "2", METRICS="on") as (process, address), ThreadPoolExecutor(8) as pool:
        until(lambda: value(scraped_at(address), "rpcserver_workers") == 2)
        assert list(pool.map(ask, [address] * MANY)) == [401] * MANY
        until(lambda: counted(scraped_at(address)) == MANY)
        # Each on a connection of its own, which comes to one worker or the other.
        assert [counted(scraped_at(address)) for _ in range(10)] == [MANY] * 10
        first, second = children(process.pid)
        folder = folder_of(first)
        assert folder == folder_of(second)
        assert folder.stat().st_mode & 0o077 == 0, "others may look into it"
        os.kill(first, signal.SIGKILL)
        until(lambda: value(scraped_at(address), "rpcserver_workers") == 2 and not set(folder.glob(f"gauge_live*_{first}.db")))
        found = scraped_at(address)
        assert value(found, measures.UNDER_WAY.name) == 1, "the scrape alone is under way"
        assert counted(found) == MANY
        assert [its for name, its in found if name == measures.BUILD.name and "pid" in dict(its)] == []
    assert not folder.exists()


def test_processes_that_nobody_watches_count_nothing(tmp_path: Path) -> None:
    with started(tmp_path, "--workers", "2") as (process, address):
        assert requests.get(f"{address}/metrics", timeout=PATIENCE_SECONDS).status_code == 404
        assert FOLDER.encode() not in Path(f"/proc/{children(process.pid)[0]}/environ").read_bytes()


def test_a_process_that_gets_the_number_of_a_dead_one_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    left, kept = tmp_path / f"gauge_livesum_{os.getpid()}.db", tmp_path / f"counter_{os.getpid()}.db"
    for file in (left, kept):
        file.touch()
    together.begin()
    assert (left.exists(), kept.exists()) == (False, True)

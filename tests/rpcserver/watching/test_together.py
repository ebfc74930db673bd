"""Several server processes, and one scrape that tells of all of them."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from fcntl import LOCK_EX, LOCK_SH
from functools import partial
from pathlib import Path
from subprocess import PIPE

import pytest
import requests
from prometheus_client import CollectorRegistry, generate_latest

from rpcserver.commands.serve import HEALTHCHECK_SECONDS
from rpcserver.watching import measures, together
from rpcserver.watching.together import FOLDER
from tests.hostile.wire import Caller, asked
from tests.live import PATIENCE_SECONDS, ROOT
from tests.rpcserver.test_serving import started
from tests.rpcserver.watching.scraping import Series, scraped_at, series_of, value

pytestmark = pytest.mark.one_engine

CALLS = measures.CALLS.name
MANY = 60


def counted(series: Series) -> float:
    return value(series, CALLS, method="whoami", code="INVALID_TOKEN")


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds: a call is counted only after its answer, and a process that was killed is looked for. One that
    dies while its parent asks after it is missed a good deal later."""
    deadline = time.monotonic() + PATIENCE_SECONDS + HEALTHCHECK_SECONDS
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


def test_connections_to_all_workers_are_counted_but_none_to_one_that_died(tmp_path: Path) -> None:
    def connected() -> float:
        # Without that of the scrape itself.
        return value(scraped_at(address), measures.CONNECTIONS.name) - 1

    with started(tmp_path, "--workers", "2", METRICS="on", HEADER_WAIT="600") as (process, address), ExitStack() as opened:
        until(lambda: value(scraped_at(address), "rpcserver_workers") == 2)
        callers = [opened.enter_context(Caller(address)) for _ in range(MANY)]
        until(lambda: connected() == MANY)
        assert asked(address, b"no HTTP\r\n\r\n") == [400]
        until(lambda: value(scraped_at(address), measures.CUTS.name, reason="malformed") == 1)
        os.kill(children(process.pid)[0], signal.SIGKILL)
        until(lambda: connected() == sum(not caller.ends(0.01) for caller in callers))
        opened.close()
        until(lambda: connected() == 0 and value(scraped_at(address), "rpcserver_workers") == 2)


def test_of_what_all_workers_look_at_the_last_look_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = (
        "import sys; from ledger.arrears import Arrears; from ledger.book import Book\n"
        "from rpcserver.watching.metrics import Metrics\n"
        "metrics = Metrics(Book('sqlite:///none.db'))\n"
        "for line in sys.stdin: metrics.owed(Arrears(int(line), 1, 2.0)); print('told', flush=True)"
    )
    monkeypatch.setenv(FOLDER, str(tmp_path))
    with ExitStack() as running:
        command = partial(subprocess.Popen, [sys.executable, "-c", looks], cwd=ROOT, text=True, stdin=PIPE, stdout=PIPE)
        one, other, _silent = (running.enter_context(command()) for _ in range(3))
        for process, count in ((one, 5), (other, 7), (one, 3)):
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(f"{count}\n")
            process.stdin.flush()
            assert process.stdout.readline() == "told\n"
            found = series_of(generate_latest(together.collected(CollectorRegistry())).decode())
            assert value(found, measures.DELIVERIES.name, state="waiting") == count
            assert value(found, measures.OLDEST.name) == 2


def test_a_file_that_a_process_has_just_made_holds_up_no_scrape(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    with ExitStack() as running:
        counts = (
            "import sys; from prometheus_client import Counter; "
            f"Counter({CALLS!r}, 'Calls.').inc(3); print('told', flush=True); sys.stdin.read()"
        )
        process = running.enter_context(subprocess.Popen([sys.executable, "-c", counts], text=True, stdin=PIPE, stdout=PIPE))
        assert process.stdout is not None and process.stdout.readline() == "told\n"
        for name in ("counter", "histogram", "gauge_livesum"):
            (tmp_path / f"{name}_{os.getpid()}.db").touch()
        found = series_of(generate_latest(together.collected(CollectorRegistry())).decode())
        process.communicate()
    assert value(found, CALLS) == 3


def test_processes_that_nobody_watches_count_nothing(tmp_path: Path) -> None:
    with started(tmp_path, "--workers", "2") as (process, address):
        assert requests.get(f"{address}/metrics", timeout=PATIENCE_SECONDS).status_code == 404
        assert FOLDER.encode() not in Path(f"/proc/{children(process.pid)[0]}/environ").read_bytes()


def test_what_a_server_leaves_that_was_killed_the_next_one_that_starts_removes(tmp_path: Path) -> None:
    with started(tmp_path, "--workers", "2", METRICS="on") as (process, address):
        until(lambda: value(scraped_at(address), "rpcserver_workers") == 2)
        first, second = children(process.pid)
        left = folder_of(first)
        assert is_kept(left)
        for killed in (process.pid, first):
            os.kill(killed, signal.SIGKILL)
            until(partial(has_ended, killed))
            assert is_locked(left)
        os.kill(second, signal.SIGKILL)
        until(lambda: not is_locked(left))
    assert list(left.glob("*.db")) != []
    grown_old(left)
    with started(tmp_path, "--workers", "2", METRICS="on"):
        assert not left.exists()


def is_locked(folder: Path) -> bool:
    """Whether somebody counts in a folder."""
    try:
        with together._locked(folder, LOCK_EX):
            return False
    except BlockingIOError:
        return True


def is_kept(folder: Path) -> bool:
    """Whether a server that starts leaves a folder alone that was made long ago."""
    grown_old(folder)
    together.clear(folder.parent)
    return folder.exists()


def has_ended(pid: int) -> bool:
    """Whether a process has ended, even if its parent has not asked after it yet."""
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


def grown_old(folder: Path) -> None:
    """Have a folder be as old as those that are looked at."""
    long_ago = time.time() - 2 * together.NEW_SECONDS
    os.utime(folder, (long_ago, long_ago))


def test_a_folder_is_locked_before_anybody_counts_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "MEMORY", tmp_path)
    with together.counted_together():
        (folder,) = tmp_path.iterdir()
        assert is_locked(folder)
    assert list(tmp_path.iterdir()) == []


def test_only_folders_of_dead_servers_of_ours_are_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room, elsewhere = tmp_path / "room", tmp_path / "elsewhere"
    dead, held, new = (room / f"{together.PREFIX}{word}" for word in ("dead", "held", "new"))
    other = room / "others"
    for folder in (dead, held, new, other, elsewhere):
        folder.mkdir(parents=True)
        (folder / "counter_1.db").touch()
        grown_old(folder)
    os.utime(new)
    link, file = room / f"{together.PREFIX}link", room / f"{together.PREFIX}file"
    link.symlink_to(elsewhere)
    os.utime(link, (0, 0), follow_symlinks=False)
    file.touch()
    os.utime(file, (0, 0))
    kept = {held, new, other, link, file}
    with together._locked(held, LOCK_SH):
        monkeypatch.setattr("os.geteuid", lambda: os.getuid() + 1)
        together.clear(room)
        assert set(room.iterdir()) == kept | {dead}
        monkeypatch.undo()
        together.clear(room)
    assert set(room.iterdir()) == kept
    assert [len(list(folder.iterdir())) for folder in (held, new, other, elsewhere)] == [1] * 4
    together.clear(room)
    assert set(room.iterdir()) == kept - {held}


def test_a_process_that_gets_the_number_of_a_dead_one_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(FOLDER, str(tmp_path))
    left, kept = tmp_path / f"gauge_livesum_{os.getpid()}.db", tmp_path / f"counter_{os.getpid()}.db"
    for file in (left, kept):
        file.touch()
    together.begin()
    assert (left.exists(), kept.exists()) == (False, True)

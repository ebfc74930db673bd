"""A real server whose disk is full, or fails, while many callers pay: who was told 200 has paid, who was told 503 has not, who
was told neither has paid once when asking again; and the server goes on when the disk does."""

import resource
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import requests

from tests import failing_sync, full_disk, live
from tests.live import LOG, Live

pytestmark = pytest.mark.sqlite

THREADS = 16
CALLS = 12
ROUNDS = 10
PATIENCE_SECONDS = 60
ROOM_PAGES = 12
ROOM_BYTES = 256 << 10
UNLIMITED_PAGES = 1 << 30


class Till:
    """Sixteen callers who pay at the same time; every payment has a code of its own."""

    def __init__(self, served: Live) -> None:
        self.live = served
        self.paid: set[str] = set()
        self.refused: set[str] = set()
        self._numbers = count()
        self._headers = {"X-Auth-Token": served.demo["keys"]["clerk"]}

    def round(self) -> int:
        """Let all of them pay; how many were refused."""
        before = len(self.refused)
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(lambda _: self._pay_in_a_row(), range(THREADS)))
        return len(self.refused) - before

    def _pay_in_a_row(self) -> None:
        with requests.Session() as session:
            for _ in range(CALLS):
                self.pay(session)

    def pay(self, session: requests.Session) -> None:
        """One payment: made, or refused as the book cannot be written."""
        code = f"till {next(self._numbers)}"
        answer = self.send(session, code)
        said = answer.json()["status"]["code"]
        assert (answer.status_code, said) in ((200, "OK"), (503, "SERVICE_UNAVAILABLE")), answer.text
        assert (answer.headers.get("Retry-After") == "1") == (answer.status_code == 503)
        (self.paid if answer.status_code == 200 else self.refused).add(code)

    def send(self, session: requests.Session, code: str) -> requests.Response:
        """A payment of this code, which is its idempotency key too."""
        body: dict[str, Any] = {
            "accounts_receivable_identifier": {"number": "1"},
            "type_identifier": {"name": "Payment"},
            "payment_method_identifier": {"name": "Bank Transfer"},
            "life_cycle_state": "POSTED",
            "payment_amount": "1.25",
            "back_office_code": code,
        }
        headers = {**self._headers, "Idempotency-Key": code}
        return session.post(f"{self.live.url}/payments/create", json=body, headers=headers, timeout=PATIENCE_SECONDS)

    def booked(self) -> set[str]:
        """The codes of those payments that are in the books, as the server says."""
        body = {"fields_set": "back_office_code"}
        answer = requests.post(f"{self.live.url}/payments/list", json=body, headers=self._headers, timeout=PATIENCE_SECONDS)
        codes = {row["back_office_code"] for row in answer.json()["data"]}
        return {code for code in codes if code is not None and code.startswith("till ")}

    def check(self) -> None:
        """The books hold what was answered with 200, nothing of what was refused, and add up."""
        assert self.booked() == self.paid
        assert self.live.discrepancies() == []


@dataclass(frozen=True)
class Disk:
    """The callers at a server whose disk has no more than a little room, and what ends the trouble."""

    till: Till
    mend: Callable[[], None]


@contextmanager
def _full(folder: Path) -> Iterator[Disk]:
    """A disk that has room for a few more pages of the database."""
    pages = folder / "pages"
    settings = live.settings_in(folder, **{full_disk.VARIABLE: str(pages)})
    made = live.demo(folder, settings)
    with closing(sqlite3.connect(folder / "book.db")) as db:
        (taken,) = db.execute("PRAGMA page_count").fetchone()
    pages.write_text(str(taken + ROOM_PAGES))
    with live.served(folder, settings, made, module="tests.full_disk") as served:
        yield Disk(Till(served), lambda: _replace(pages, str(UNLIMITED_PAGES)))


def _replace(path: Path, text: str) -> None:
    """Never let a reader see half of it."""
    path.with_suffix(".new").write_text(text)
    path.with_suffix(".new").replace(path)


@contextmanager
def _failing(folder: Path) -> Iterator[Disk]:
    """A disk that fails when a file grows beyond what the write-ahead log has reached by now."""
    with live.serving(folder) as served:
        till, process = Till(served), served.process.pid
        with requests.Session() as session:
            while _bytes(folder / "book.db-wal") < _bytes(folder / LOG) + ROOM_BYTES:
                till.pay(session)
        unlimited = resource.prlimit(process, resource.RLIMIT_FSIZE)
        limit = _bytes(folder / "book.db-wal") + ROOM_BYTES
        resource.prlimit(process, resource.RLIMIT_FSIZE, (limit, unlimited[1]))
        yield Disk(till, lambda: _lift(process, unlimited))


def _lift(process: int, limits: tuple[int, int]) -> None:
    resource.prlimit(process, resource.RLIMIT_FSIZE, limits)


def _bytes(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="only Linux can limit another process")
@pytest.mark.parametrize("trouble", [_full, _failing], ids=["the disk is full", "the disk fails"])
def test_trouble_with_the_disk_is_told_to_those_it_befalls_and_to_nobody_else(
    tmp_path: Path, trouble: Callable[[Path], AbstractContextManager[Disk]]
) -> None:
    with trouble(tmp_path) as disk:
        till = disk.till
        assert till.round() + till.round() > 0
        till.check()
        disk.mend()
        assert any(till.round() == 0 for _ in range(ROUNDS)), "the server does not go on"
        till.check()
        assert till.live.process.poll() is None


@pytest.mark.skipif(not failing_sync.SUPPORTED, reason="only Linux can have another process's syncs fail")
@pytest.mark.parametrize("killed", [False, True], ids=["the server is stopped", "the server is killed"])
def test_what_the_disk_did_not_sync_is_told_as_unknown_and_settled_by_its_key(tmp_path: Path, killed: bool) -> None:
    fail = tmp_path / "fail"
    settings = live.settings_in(tmp_path, **{failing_sync.VARIABLE: str(fail)})
    made = live.demo(tmp_path, settings)
    with live.served(tmp_path, settings, made, module="tests.failing_sync") as served, requests.Session() as session:
        till = Till(served)
        till.pay(session)
        fail.touch()
        answer = till.send(session, "till in doubt")
        assert (answer.status_code, answer.json()["status"]["code"]) == (500, "OUTCOME_UNKNOWN")
        assert till.booked() == till.paid
        if killed:
            served.process.kill()
    with live.served(tmp_path, settings, made) as served, requests.Session() as session:
        # SQLite has found the payment in its log: nobody may have been told that nothing was done.
        assert Till(served).booked() == till.paid | {"till in doubt"}
        again = Till(served).send(session, "till in doubt")
        assert (again.status_code, again.headers.get("Idempotency-Replayed")) == (200, "true")
        assert Till(served).booked() == till.paid | {"till in doubt"}
        assert served.discrepancies() == []

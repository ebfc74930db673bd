"""Reading long lists as they come, while others write and somebody watches the server's memory."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from tests.live import Live

CHUNK = 1 << 20
MB = 1_000_000
PATIENCE_SECONDS = 60
WATCH_SECONDS = 0.01
LIST = "payments/list"


def streamed(live: Live, **params: Any) -> requests.Response:
    """The answer to payments/list, its body not yet read."""
    body = {"token": live.demo["keys"]["auditor"], **params}
    return requests.post(f"{live.url}/{LIST}", json=body, stream=True, timeout=PATIENCE_SECONDS)


def memory(pid: int) -> float:
    """The resident memory of a process, in MB."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) * 1024 / MB


@dataclass
class Peak:
    """How much memory a process had when the watch began, and at most while it was watched, in MB."""

    before: float
    most: float

    @property
    def growth(self) -> float:
        return self.most - self.before


@contextmanager
def watched(pid: int) -> Iterator[Peak]:
    """Watch a process's memory while the block runs."""
    peak = Peak(memory(pid), 0)
    done = threading.Event()

    def watch() -> None:
        while not done.wait(WATCH_SECONDS):
            peak.most = max(peak.most, memory(pid))

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield peak
    finally:
        done.set()
        thread.join()
        peak.most = max(peak.most, memory(pid))


@dataclass
class Written:
    """The ids of the payments that were written meanwhile, and how long that took."""

    ids: list[str] = field(default_factory=list)
    seconds: float = 0


@contextmanager
def writing(live: Live) -> Iterator[Written]:
    """Have payments written by another thread, one after the other, while the block runs. One that fails ends the test."""
    written, done = Written(), threading.Event()
    failures: list[BaseException] = []
    body = {
        "token": live.demo["keys"]["clerk"],
        "accounts_receivable_identifier": {"number": "2"},
        "type_identifier": {"name": "Payment"},
        "payment_method_identifier": {"name": "Cash"},
        "life_cycle_state": "POSTED",
        "payment_amount": "0.01",
    }

    def write() -> None:
        began = time.monotonic()
        with requests.Session() as session:
            while not done.is_set():
                try:
                    answer = session.post(f"{live.url}/payments/create", json=body, timeout=PATIENCE_SECONDS)
                    written.ids.append(answer.json()["data"]["id"])
                except BaseException as error:
                    failures.append(error)
                    return
        written.seconds = time.monotonic() - began

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield written
    finally:
        done.set()
        thread.join(PATIENCE_SECONDS)
    if failures:
        raise failures[0]

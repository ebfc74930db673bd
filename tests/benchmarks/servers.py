"""The servers that are measured, each bound to one core, each over a new book of the same size."""

import atexit
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from tests.benchmarks.machine import CORES, KILOBYTE, LOAD_CORE, SERVER_CORE
from tests.benchmarks.peers.shape import PASSWORD, invoice_number
from tests.live import ROOT, free_port

BARE, FLOOR, ORM, OURS = "bare", "floor", "orm", "ours"
NAMES = (BARE, FLOOR, ORM, OURS)
PATIENCE_SECONDS = 120
TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
SHOWN = 2_000
"""So many payments are looked at one by one, all over the book."""
BOOK = "rpcserver.db"
ONES_OWN: Mapping[str, str] = MappingProxyType({})
Told = Callable[[str], None]
"""Told what is done now."""

_kept = ExitStack()
atexit.register(_kept.close)


@dataclass(frozen=True)
class Size:
    """How much is in a book."""

    accounts: int
    invoices: int
    payments: int


@dataclass(frozen=True)
class Row:
    """A payment as the REST doors name it."""

    pk: int
    id: str


@dataclass
class Target:
    """A server that is running: where, who may log in, and what its book holds. Invoices are (number, account number)."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    payments: int
    login: dict[str, str] = field(default_factory=dict)
    token: str = ""
    accounts: list[str] = field(default_factory=list)
    invoices: list[tuple[str, str]] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    """The payments of these numbers."""
    organisation: str = ""

    def cpu_seconds(self) -> float:
        """Processor time that the server and its children have used."""
        return sum(_cpu(pid) for pid in self._family())

    def megabytes(self, line: str) -> float:
        """What the server and its children hold (`VmRSS`), or the most that they have held (`VmHWM`)."""
        return sum(_status(pid, line) for pid in self._family()) / KILOBYTE

    def _family(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [self.process.pid, *map(int, children.read_text().split())]


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


def _status(pid: int, wanted: str) -> int:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith(f"{wanted}:")), 0)


def _places(size: Size) -> Iterator[int]:
    """Numbers of payments, counted from 1, evenly spread."""
    return (1 + place * size.payments // SHOWN for place in range(SHOWN))


@contextmanager
def started(name: str, size: Size, tell: Told) -> Iterator[Target]:
    """The server of this name."""
    tell(f"{name}: making its book of {size.payments:,} payments")
    with tempfile.TemporaryDirectory() as folder:
        if name == OURS:
            with ours(Path(folder), size) as target:
                yield target
        else:
            with peer(name, Path(folder), size) as target:
                yield target


@contextmanager
def peer(name: str, folder: Path, size: Size) -> Iterator[Target]:
    """One of the peers: `bare`, `floor` or `orm`. Another process makes the book, so that the server's memory is its own."""
    module = f"tests.benchmarks.peers.{name}"
    counts = {f"BENCH_{word.upper()}": str(count) for word, count in vars(size).items()}
    environment = {**os.environ, **counts, "BENCH_DB": str(folder / BOOK), "PYTHONPATH": str(ROOT)}
    if name != BARE:
        subprocess.run([sys.executable, "-m", module], env=environment, check=True)
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", f"{module}:app", "--no-access-log", "--log-level", "warning", "--port", str(port)]
    with _running(command, environment, folder) as process:
        _wait(process, port)
        target = Target(name, port, process, size.payments)
        if name != BARE:
            target.accounts = [str(n) for n in range(1, size.accounts + 1)]
            target.invoices = [(invoice_number(n), target.accounts[(n - 1) % size.accounts]) for n in range(1, size.invoices + 1)]
            target.numbers = [str(place) for place in _places(size)]
            target.login = {"username": "clerk", "password": PASSWORD}
            target.token = _token(port, target.login)
        yield target


@contextmanager
def ours(folder: Path, size: Size, workers: int = 1) -> Iterator[Target]:
    """The product, with everything on, over a demo of this size. Several workers share all the cores with the load."""
    demo = furnished(folder, size)
    with serving(folder, demo, size, workers=workers) as target:
        yield target


def furnished(folder: Path, size: Size) -> dict[str, Any]:
    """What the demo says of itself that is in this folder from now on."""
    made, said = _demo(size)
    shutil.copytree(made, folder, dirs_exist_ok=True)
    return said


@cache
def _demo(size: Size) -> tuple[Path, dict[str, Any]]:
    """A demo, which is made once and kept until this process ends, and what it says of itself."""
    folder = Path(_kept.enter_context(tempfile.TemporaryDirectory()))
    said = json.loads(rpcserver(folder, "demo", "--json", *(f"--{word}={n}" for word, n in vars(size).items())))
    return folder, said


@contextmanager
def serving(
    folder: Path, demo: dict[str, Any], size: Size, *, workers: int = 1, name: str = OURS, settings: Mapping[str, str] = ONES_OWN
) -> Iterator[Target]:
    """The product over the demo in this folder, with these settings besides those that it comes with."""
    port = free_port()
    command = [sys.executable, "-m", "rpcserver", "serve", "--port", str(port), "--workers", str(workers)]
    environment = {**_environment(), **settings}
    with _running(command, environment, folder, SERVER_CORE if workers == 1 else set(CORES)) as process:
        _wait(process, port)
        target = Target(name, port, process, size.payments, login=demo["users"]["clerk"])
        target.token = _token(port, target.login)
        _know(target, demo, folder / BOOK, size)
        yield target


def rpcserver(folder: Path, *words: str) -> str:
    """What `rpcserver` prints for these words; it has to end well. What it says on stderr is passed on."""
    command = [sys.executable, "-m", "rpcserver", *words]
    return subprocess.run(command, cwd=folder, env=_environment(), stdout=subprocess.PIPE, check=True, text=True).stdout


def _environment() -> dict[str, str]:
    """Nothing but what a process needs, and this copy of the project: every setting as it comes."""
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TERM")}
    return {**kept, "PYTHONPATH": str(ROOT), "DATABASE_URL": f"sqlite:///{BOOK}"}


def _know(target: Target, demo: dict[str, Any], book: Path, size: Size) -> None:
    numbers = {account["pk"]: account["number"] for account in demo["accounts"]}
    target.accounts = list(numbers.values())[-size.accounts :]
    known = set(target.accounts)
    invoices = [(each["number"], numbers[each["account_pk"]]) for each in demo["invoices"] if each["state"] == "POSTED"]
    target.invoices = [pair for pair in invoices if pair[1] in known]
    target.organisation = str(demo["organisation"]["pk"])
    with closing(sqlite3.connect(f"file:{book}?mode=ro", uri=True)) as db:
        found = "SELECT number, pk, id FROM payment WHERE number = ? AND life_cycle_state = 'POSTED' AND written_off_on IS NULL"
        # Of the numbers from 1 on a few belong to cancelled payments of the demo, which the doors do not show.
        rows = [row for place in _places(size) if (row := db.execute(found, (str(place),)).fetchone())]
    target.numbers = [number for number, _, _ in rows]
    target.rows = [Row(pk, id_) for _, pk, id_ in rows]


@contextmanager
def _running(
    command: list[str], environment: dict[str, str], folder: Path, cores: set[int] = SERVER_CORE
) -> Iterator[subprocess.Popen[bytes]]:
    mine = os.sched_getaffinity(0)
    # A child inherits the cores of its parent.
    os.sched_setaffinity(0, cores)
    try:
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    finally:
        os.sched_setaffinity(0, mine)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


@contextmanager
def at_load_core() -> Iterator[None]:
    """Send the load from a core of its own while the block runs."""
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, LOAD_CORE)
    try:
        yield
    finally:
        os.sched_setaffinity(0, mine)


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    """Until the server answers anything at all."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError("the server ended before it answered")
        try:
            with urlopen(f"http://127.0.0.1:{port}/health", timeout=PATIENCE_SECONDS):
                return
        except HTTPError as answer:
            # A peer has no such page, and says so.
            answer.close()
            return
        except (URLError, ConnectionError):
            time.sleep(0.05)
    raise TimeoutError("the server does not answer")


def _token(port: int, login: dict[str, str]) -> str:
    head = {"Content-Type": "application/json"}
    request = Request(f"http://127.0.0.1:{port}/login", json.dumps(login).encode(), head)
    with urlopen(request, timeout=PATIENCE_SECONDS) as answer:
        return str(json.load(answer)["data"]["token"])

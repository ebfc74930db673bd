"""`python -m tests.benchmarks.profile`: in which rooms of the house a call spends the interpreter's time, by py-spy's samples of a
server under load; and what the floor takes for the same call. `make profile` calls it."""

import json
import platform
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import typer

from tests.benchmarks import machine, measuring, servers
from tests.benchmarks.jobs import PAY_INVOICE, SHOW, Desk
from tests.benchmarks.measuring import Plan
from tests.benchmarks.report import markdown
from tests.benchmarks.servers import FLOOR, OURS, Size
from tests.benchmarks.targets import CONNECTIONS, SMALL
from tests.live import ROOT

FILE = Path(__file__).with_name("profile.json")
JOBS = (SHOW, PAY_INVOICE)
SIZE = Size(accounts=100, invoices=50_000, payments=SMALL)
SECONDS = 8
ROUND_SECONDS = 0.5
SAMPLES_A_SECOND = 500
MICROSECONDS = 1e6
CONNECTION = "the connection and the event loop"
ROOMS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (CONNECTION, ("uvicorn/", "rpcserver/connections.py", "rpcserver/__main__.py", "rpcserver/commands/")),
    ("the log line and metrics", ("rpcserver/log.py", "rpcserver/watching/")),
    (
        "queue, savepoints, commit",
        ("rpcserver/turns.py", "ledger/writing.py", "ledger/committing.py", "ledger/moments.py", "ledger/storage/transactions.py"),
    ),
    ("the door: head, body, token, dispatch", ("rpcserver/",)),
    ("showing the record", ("methods/showing/", "methods/answers.py")),
    ("reading and checking parameters", ("methods/", "identifiers/")),
    ("making statements, and records of rows", ("ledger/storage/",)),
    ("rules, journal, audit and events", ("ledger/",)),
)
"""A sample belongs to the first of these that has the innermost of the frames which any of them has. Work of other libraries is of
whoever asked for it; what nobody asked for is the connection's."""


@dataclass(frozen=True)
class Profile:
    """Of each job: the share of each room, and the microseconds of processor time that a call takes, also at the floor."""

    machine: str
    date: str
    python: str
    shares: Mapping[str, Mapping[str, float]]
    ours: Mapping[str, float]
    floor: Mapping[str, float]


def room_of(stack: str) -> str:
    """The room of a sample; its frames go from the outermost to the innermost, as `name (file:line);name (file:line)`."""
    for frame in reversed(stack.split(";")):
        file = frame.rpartition("(")[2].partition(":")[0]
        path = file.removeprefix(f"{ROOT}/").rpartition("/site-packages/")[2]
        for room, beginnings in ROOMS:
            if path.startswith(beginnings):
                return room
    return CONNECTION


def shares_of(lines: Iterable[str]) -> dict[str, float]:
    """By room its share of the samples; at the end of each line is how many there are of a stack."""
    counts: Counter[str] = Counter()
    for line in lines:
        stack, _, count = line.rpartition(" ")
        counts[room_of(stack)] += int(count)
    if not counts:
        raise RuntimeError("py-spy has seen nobody run Python")
    return {room: counts[room] / counts.total() for room, _ in ROOMS}


def sampled(desk: Desk, job: str, seconds: int, file: Path) -> dict[str, float]:
    """The shares of the rooms while a server does a job. Of the threads the one is looked at that has the interpreter: who waits
    for it, for the disk or for the network is nowhere. The server is not stopped for a look: it would go on with another thread."""
    command = [
        *(str(Path(sys.executable).with_name("py-spy")), "record", "--gil", "--nonblocking", "--format", "raw"),
        "--full-filenames",
        *("--rate", str(SAMPLES_A_SECOND), "--duration", str(seconds), "--pid", str(desk.target.process.pid)),
        *("--output", str(file)),
    ]
    with ThreadPoolExecutor(1) as pool:
        spying = pool.submit(subprocess.run, command, capture_output=True, text=True, check=False)
        while not spying.done():
            _cost(desk, job)
    said = spying.result()
    if said.returncode:
        raise RuntimeError(f"py-spy cannot look into the server; it may have to be run by root: {said.stderr}")
    return shares_of(file.read_text().splitlines())


def costs_of(desks: Sequence[Desk], job: str, rounds: int) -> list[float]:
    """What a call takes at each of these servers: of rounds in which they take turns the median one."""
    return [median(costs) for costs in zip(*([_cost(desk, job) for desk in desks] for _ in range(rounds)), strict=True)]


def _cost(desk: Desk, job: str) -> float:
    """The microseconds of processor time that a call takes."""
    outcome, cpu = measuring.timed(desk, job, Plan(connections=CONNECTIONS), ROUND_SECONDS, _fail)
    return cpu * MICROSECONDS / len(outcome.seconds)


def _fail(words: str) -> None:
    raise RuntimeError(words)


def profiled(size: Size, seconds: int, jobs: Sequence[str] = JOBS) -> Profile:
    """Of this run: so many rounds of each job, and as many seconds of looking."""
    with ExitStack() as running, servers.at_load_core():
        file = Path(running.enter_context(tempfile.TemporaryDirectory())) / "samples"
        ours, floor = (Desk(running.enter_context(servers.started(name, size, typer.echo))) for name in (OURS, FLOOR))
        costs = {job: costs_of((ours, floor), job, seconds) for job in jobs}
        shares = {job: sampled(ours, job, seconds, file) for job in jobs}
    today = datetime.now(UTC).date().isoformat()
    mine, least = ({job: costs[job][place] for job in jobs} for place in (0, 1))
    return Profile(machine.described(), today, platform.python_version(), shares, mine, least)


def read(file: Path = FILE) -> Profile | None:
    """The last profile, if there was one."""
    return Profile(**json.loads(file.read_text())) if file.exists() else None


def told(file: Path = FILE) -> Iterator[str]:
    """The lines of the README's section."""
    profile = read(file)
    if profile is None:
        return
    yield f"`make profile` on {profile.date} with Python {profile.python} on {profile.machine}:"
    taken = (f"`{job}` takes {profile.ours[job]:.0f} µs of the processor, {profile.floor[job]:.0f} at the floor" for job in JOBS)
    yield f"{'; '.join(taken)}."
    yield ""
    rows = ((room, *(f"{profile.shares[job][room]:.0%}" for job in JOBS)) for room, _ in ROOMS)
    yield from markdown(("where the interpreter is", *(f"`{job}`" for job in JOBS)), rows)


def main() -> None:
    """Look, keep what was seen, and print it."""
    FILE.write_text(json.dumps(asdict(profiled(SIZE, SECONDS)), indent=1) + "\n")
    for line in told():
        typer.echo(line)


if __name__ == "__main__":
    typer.run(main)

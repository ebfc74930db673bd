"""The whole server in one thread, over a book of its own: requests go in, wait at the gate, and are answered when it is opened."""

import asyncio
import logging
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import ExitStack, contextmanager
from contextvars import Context
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any, TypeVar, TypeVarTuple, Unpack

import pytest

from ledger.entry import Entry
from ledger.purge import purge
from ledger.sessions import open_session
from ledger.storage.compiled import Statements
from ledger.storage.engine import PRAGMAS
from ledger.storage.models import User
from ledger.writing import Job
from rpcserver.app import Application
from rpcserver.auth import Tokens
from rpcserver.house import House
from rpcserver.log import line_of
from tests import books, premises
from tests.books import PEOPLE, SETUP, Clock
from tests.events import unsound
from tests.native import ADDRESS, Faults
from tests.rpcserver.world import settings_for
from tests.simulation.gate import Mischief, QueuedBook, kept, troubled
from tests.simulation.spelling import Request

T = TypeVar("T")
Ts = TypeVarTuple("Ts")
AGES = 10**9
"""Seconds that a token lives, whatever the clock does."""
TURNS = 50
"""Turns of the event loop within which a request has got as far as it comes."""
STATEMENTS = Statements()


@dataclass(frozen=True)
class Reply:
    """What came back; `code` is OK or the refusal's, as the server's log has it: not every door says it."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    code: str


class OneThread(House):
    """A house in which everything is done where it is asked for."""

    async def work(self, do: Callable[[], T], *, hashing: bool = False) -> T:
        return do()


class Patience(asyncio.SelectorEventLoop):
    """An event loop that knows by which of its timers a caller's wait for a job runs out."""

    def __init__(self) -> None:
        super().__init__()
        self.impatience: dict[int, Callable[[], object]] = {}

    def call_later(
        self, delay: float, callback: Callable[[Unpack[Ts]], object], *args: *Ts, context: Context | None = None
    ) -> asyncio.TimerHandle:
        if args and isinstance(args[0], Job):
            self.impatience[id(args[0])] = partial(callback, *args)
        return super().call_later(delay, callback, *args, context=context)


async def left_alone(asking: "Iterable[asyncio.Task[Any]]") -> None:
    """Requests are not answered any more."""
    for task in asking:
        task.cancel()
    await asyncio.gather(*asking, return_exceptions=True)


class World:
    """The server, its book, its clock, and a token for each person."""

    def __init__(self, template: Path, folder: Path, fifo: bool) -> None:
        self.folder = folder
        self.clock = Clock()
        self.mischief = Mischief()
        self.loop = Patience()
        self.faults = Faults()
        self._fifo = fifo
        self._lives, self._requests = count(1), count(1)
        self.path = Path(shutil.copy(template, folder / "book.db"))
        self._open()

    def _open(self) -> None:
        options = {"attachment_folder": str(self.folder / "attachments"), "token_lifetime": AGES, "token_idle": AGES}
        self.settings = settings_for(self.path, **options)
        self.book = QueuedBook(self.settings.database_url, allocation="fifo" if self._fifo else "intended", clock=self.clock)
        self._app = Application(OneThread(self.book, self.settings), ())
        self.file = sqlite3.connect(self.path, isolation_level=None)
        self.tokens = self._signed()

    def _signed(self) -> dict[str, str]:
        signer = Tokens(self.settings.secrets, lifetime=AGES, idle=AGES)

        def begin(entry: Entry) -> dict[str, str]:
            users = {name: entry.rows.one(User, username=name) for name in PEOPLE}
            return {name: signer.sign(open_session(entry, user.pk, None).id) for name, user in users.items() if user}

        return self.book.enter(SETUP, begin)

    def rows(self, query: str) -> list[Any]:
        """What a query finds in the book."""
        return self.file.execute(query).fetchall()

    def close(self) -> None:
        """The server stops."""
        self.file.close()
        self.book.close()

    def end(self) -> None:
        """Nobody is waited for any more."""
        self.loop.run_until_complete(left_alone(asyncio.all_tasks(self.loop)))
        self.close()
        self.loop.close()

    def restart(self) -> None:
        """The server stops and starts."""
        self.close()
        self._open()

    def revive(self) -> None:
        """The server starts again over what it left when it died."""
        self.close()
        self.path = self._remains
        self._open()

    def leave(self) -> None:
        """Keep the files of a server that dies now."""
        self._remains = self.folder / f"{next(self._lives)}.db"
        kept(self.path, self._remains)

    def purge(self) -> None:
        """Forget what is old, and log everybody in anew."""
        purge(self.book)
        self.tokens = self._signed()

    def discrepancies(self) -> list[str]:
        """What `verify` finds, and what the events tell otherwise than the records."""
        return unsound(self.book)

    async def ask(self, request: Request, headers: Mapping[str, str]) -> Reply:
        """Send a request and wait for its answer."""
        name = str(next(self._requests))
        sent = {**headers, "host": "testserver", "x-request-id": name, "content-length": str(len(request.content))}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": request.verb,
            "scheme": "http",
            "path": request.path,
            "raw_path": request.path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(key.lower().encode(), value.encode()) for key, value in sent.items()],
            "client": ADDRESS,
            "server": ("testserver", 80),
        }
        messages: list[Mapping[str, Any]] = []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": request.content, "more_body": False}

        async def send(message: Any) -> None:
            messages.append(message)

        await self._app(scope, receive, send)
        found = {key.decode(): value.decode() for key, value in messages[0]["headers"]}
        body = b"".join(each.get("body", b"") for each in messages[1:])
        return Reply(messages[0]["status"], found, body, str(line_of(scope).code))

    async def arrived(self, asking: "asyncio.Task[Reply]") -> Job | None:
        """Let a request come as far as it comes: the job with which it waits at the gate, or None if it is answered."""
        before = len(self.book.queue.jobs)
        for _ in range(TURNS):
            await asyncio.sleep(0)
            if asking.done():
                return None
            if len(self.book.queue.jobs) > before:
                return self.book.queue.jobs[-1]
        raise AssertionError("a request neither waits nor is answered")

    def run_out(self, job: Job) -> None:
        """The wait of whoever asked for this job runs out."""
        self.loop.impatience[id(job)]()
        self.book.queue.jobs.remove(job)


def template(folder: Path) -> Path:
    """The book that every world begins with a copy of."""
    path = folder / "template.db"
    books.build(path)
    premises.furnish(path)
    return path


@contextmanager
def opened(template: Path, folder: Path, fifo: bool) -> Iterator[World]:
    """A world, in which nothing is left to chance: record ids come from a seed of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("ledger.entry.os", SimpleNamespace(urandom=Random(0).randbytes))
        patch.setattr("ledger.book.Statements", lambda: STATEMENTS)
        # Who dies here leaves the machine running: nothing is gained by waiting for its disk.
        patch.setattr("ledger.storage.engine.PRAGMAS", {**PRAGMAS, "synchronous": "off"})
        world = World(template, folder, fifo)
        logs = {"rpcserver.fault": world.faults, "ledger.committing": world.faults, "rpcserver.call": logging.NullHandler()}
        with troubled(world.mischief), ExitStack() as listening:
            for name, handler in logs.items():
                listening.enter_context(_heard(logging.getLogger(name), handler))
            try:
                yield world
            finally:
                world.end()


@contextmanager
def _heard(logger: logging.Logger, handler: logging.Handler) -> Iterator[None]:
    """While the block runs, what is logged goes to this handler and nowhere else."""
    before = logger.level, logger.propagate, logger.handlers
    logger.setLevel(logging.INFO)
    logger.propagate, logger.handlers = False, [handler]
    try:
        yield
    finally:
        logger.setLevel(before[0])
        logger.propagate, logger.handlers = before[1:]

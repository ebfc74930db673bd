"""The load: so many connections that each send a request, wait for its answer, and send the next one.

It is written for little: one process on one core has to keep a server on the other core busy.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import cast

import uvloop

HEAD_END = b"\r\n\r\n"
LENGTH = b"content-length:"
CHUNKED = b"transfer-encoding: chunked"
LAST_CHUNK = b"0\r\n\r\n"
FIRST_BYTES = 600
PATIENCE_SECONDS = 120
"""How long the last answers may take to come."""


@dataclass
class Outcome:
    """What came of a run: seconds each answer took, how many were no success, and the first of those.

    `in_time` successes came within the time of the run, which was `window` seconds; others came afterwards, the last of them
    when it `took` so many seconds.
    """

    seconds: list[float] = field(default_factory=list)
    failures: int = 0
    first_failure: bytes = b""
    in_time: int = 0
    window: float = 0.0
    took: float = 0.0
    answers: list[bytes] = field(default_factory=list)

    @property
    def a_second(self) -> float:
        """Answers a second, failures not counted: in the time of the run, or in all that it took, whichever are more. Of slow
        answers few come in time; where a few wait long for others, little is done at the end."""
        if not self.took:
            return 0.0
        return max(self.in_time / min(self.window, self.took), (len(self.seconds) - self.failures) / self.took)

    @property
    def first_words(self) -> str:
        """How the first failure begins, for whoever has to find out."""
        return self.first_failure[:FIRST_BYTES].decode(errors="replace")


def percentile(ordered: Sequence[float], share: float) -> float:
    """The time, in milliseconds, that this share of these answers (in seconds, ordered) took at most."""
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000 if ordered else 0.0


class Caller(asyncio.Protocol):
    """One connection."""

    def __init__(self, run: "Run") -> None:
        self._run = run
        self._received = b""
        self._sent_at = 0.0
        self._transport: asyncio.Transport | None = None
        self._left = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        self._send()

    def _send(self) -> None:
        assert self._transport is not None
        request = self._run.next_request()
        if request is None:
            self._left = True
            self._transport.close()
            self._run.left()
            return
        self._sent_at = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received = self._received + data if self._received else data
        whole = _whole(self._received)
        if whole is not None:
            self._received = b""
            self._run.answered(whole, time.perf_counter() - self._sent_at)
            self._send()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._left:
            self._run.broken()


def _whole(received: bytes) -> bytes | None:
    """The answer, if all of it is here."""
    end = received.find(HEAD_END)
    if end < 0:
        return None
    head = received[:end].lower()
    at = head.find(LENGTH)
    if at < 0:
        return received if CHUNKED not in head or received.endswith(LAST_CHUNK) else None
    length = int(head[at + len(LENGTH) :].split(b"\r\n", 1)[0])
    return received if len(received) >= end + len(HEAD_END) + length else None


class Run:
    """A run of many connections until the time is over or there is nothing more to ask."""

    def __init__(self, requests: Iterator[bytes], seconds: float, *, keep: bool) -> None:
        self.outcome = Outcome(window=seconds)
        self._requests = requests
        self._keep = keep
        self._until = time.perf_counter() + seconds
        self._patience = seconds + PATIENCE_SECONDS
        self._open = 0
        self._over: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def drive(self, host: str, port: int, connections: int) -> Outcome:
        """Run it."""
        began = time.perf_counter()
        self._open = connections
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.create_connection(lambda: Caller(self), host, port) for _ in range(connections)))
        await asyncio.wait_for(self._over, self._patience)
        self.outcome.took = time.perf_counter() - began
        return self.outcome

    def next_request(self) -> bytes | None:
        return next(self._requests, None) if time.perf_counter() < self._until else None

    def answered(self, answer: bytes, seconds: float) -> None:
        self.outcome.seconds.append(seconds)
        if answer[9:10] != b"2":
            self.outcome.failures += 1
            self.outcome.first_failure = self.outcome.first_failure or answer
        elif time.perf_counter() <= self._until:
            self.outcome.in_time += 1
        if self._keep:
            self.outcome.answers.append(answer)

    def broken(self) -> None:
        """A connection was lost before its answer came."""
        self.outcome.seconds.append(0.0)
        self.outcome.failures += 1
        self.outcome.first_failure = self.outcome.first_failure or b"the connection was lost"
        self.left()

    def left(self) -> None:
        self._open -= 1
        if not self._open and not self._over.done():
            self._over.set_result(None)


def loaded(requests: Iterator[bytes], *, port: int, connections: int, seconds: float, keep: bool = False) -> Outcome:
    """Send these requests over so many connections for so many seconds."""

    async def run() -> Outcome:
        return await Run(requests, seconds, keep=keep).drive("127.0.0.1", port, connections)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(run())

"""The limits of a connection, over real ones: who keeps the server waiting is cut, who waits for the server is not."""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, cast

import pytest
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from rpcserver.connections import MOST_HEADERS, MOST_PIPELINED, OTHER_FILES, ROOM, Cut, Room
from rpcserver.gathering import Gathered
from tests.hostile.wire import Caller, asked, eventually, statuses
from tests.rpcserver import world
from tests.rpcserver.live import serving

pytestmark = pytest.mark.one_engine

SHORT, LONG = 0.4, 30.0
QUICK = b"GET /quick HTTP/1.1\r\nHost: x\r\n\r\n"
SLOW = QUICK.replace(b"quick", b"slow")
ENDLESS = QUICK.replace(b"quick", b"endless")
CHUNKED = b"POST /quick HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"
MAX_HEAD = 2048
PIECE = 1 << 16
THE_END = b"0\r\n\r\n"
FEW = 10


class Toy:
    """Answers at once at /quick, goes on after a while at /slow, and without end at /endless, at /rest until a little is left that
    nobody takes; only /body reads one."""

    def __init__(self, room: Room) -> None:
        self.room = room
        self.sent = 0
        self.begun = 0
        self.over = 0
        self.go_on = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            self._loop = asyncio.get_running_loop()
            scope["state"][ROOM] = self.room
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        self.begun += 1
        request = Request(scope, receive)
        if scope["path"] == "/body":
            await receive()
            await receive()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if scope["path"] == "/slow":
            await send({"type": "http.response.body", "body": b"x", "more_body": True})
            await self.go_on.wait()
        while scope["path"] == "/endless" and not self.go_on.is_set() and not await request.is_disconnected():
            await send({"type": "http.response.body", "body": b"x" * PIECE, "more_body": True})
            self.sent += PIECE
        while scope["path"] == "/rest" and not left(cast(Any, send).__self__.cycle.transport):
            await send({"type": "http.response.body", "body": b"x" * 1024, "more_body": True})
        await send({"type": "http.response.body", "body": b"x"})
        self.over += 1

    def finish(self) -> None:
        """Have all that is slow or endless come to its end."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(self.go_on.set)


def left(gathered: Gathered) -> int:
    """How many of the bytes that were written the system does not take."""
    gathered.leave()
    return gathered.get_write_buffer_size()


class Count:
    """Notes connections: how many are open, and why the server has ended those that it has ended."""

    def __init__(self) -> None:
        self.open = 0
        self.over: list[Cut | None] = []

    def connected(self) -> None:
        self.open += 1

    def disconnected(self, cut: Cut | None) -> None:
        self.open -= 1
        self.over.append(cut)


@contextmanager
def toy(tmp_path: Path, count: Count | None = None, **changed: object) -> Iterator[tuple[str, Toy]]:
    """A server whose patience is long but for what is said, and its application."""
    patience = {"header_wait": LONG, "answer_wait": LONG, "keep_alive": int(LONG), "max_head": MAX_HEAD}
    app = Toy(Room(world.settings_for(tmp_path / "none.db", **(patience | changed)), count))
    with serving(app, keep_alive=app.room.settings.keep_alive) as url:
        try:
            yield url, app
        finally:
            app.finish()


# --- who does not say what he wants ---


def test_who_says_nothing_is_cut_without_a_word(tmp_path: Path) -> None:
    with toy(tmp_path, header_wait=SHORT) as (url, _), Caller(url) as caller:
        assert caller.read() == b""
        assert caller.has_ended


def test_a_head_that_comes_byte_by_byte_is_refused_when_the_time_is_over(tmp_path: Path) -> None:
    head, taken = b"GET /quick HTTP/1.1\r\nX-Long: " + b"a" * 100, 0
    with toy(tmp_path, header_wait=SHORT) as (url, _), Caller(url) as caller:
        while taken < len(head) and caller.send(head[taken : taken + 1]):
            taken += 1
            time.sleep(0.02)
        assert taken < len(head)
        assert statuses(caller.read()) in ([408], [])
        assert caller.ends()


def test_a_half_head_is_told_that_the_time_is_over(tmp_path: Path) -> None:
    with toy(tmp_path, header_wait=SHORT) as (url, _):
        assert asked(url, b"GET /quick HTTP/1.1\r\nHos") == [408]


def test_a_kept_connection_is_closed_when_nothing_more_comes(tmp_path: Path) -> None:
    with toy(tmp_path, keep_alive=1) as (url, _), Caller(url) as caller:
        began = time.monotonic()
        caller.send(QUICK)
        assert statuses(caller.read()) == [200]
        assert caller.has_ended
        assert time.monotonic() - began > 0.9


def test_the_head_of_a_later_request_has_no_more_time_than_that_of_the_first(tmp_path: Path) -> None:
    with toy(tmp_path, header_wait=SHORT) as (url, _):
        assert asked(url, QUICK + b"GET /quick HTTP/1.1\r\nHos") == [200, 408]


def test_a_body_that_nobody_reads_is_not_taken_for_ever(tmp_path: Path) -> None:
    with toy(tmp_path, header_wait=SHORT) as (url, _), Caller(url) as caller:
        caller.send(b"POST /quick HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n")
        until = time.monotonic() + LONG / 2
        while caller.send(b"x" * 1000) and time.monotonic() < until:
            time.sleep(0.01)
        assert time.monotonic() < until


# --- what has no end ---


@pytest.mark.parametrize(
    "endless",
    [
        b"GET /" + b"a" * MAX_HEAD,
        b"GET /quick HTTP/1.1\r\nHost: " + b"a" * MAX_HEAD,
        b"GET /quick HTTP/1.1\r\n" + b"a" * MAX_HEAD,
        b"GET /quick HTTP/1.1\r\n" + b"a: b\r\n" * (MOST_HEADERS + 2),
        b"GET /" + b"a" * MAX_HEAD + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\na: " + b"a" * MAX_HEAD + b"\r\n\r\n",
    ],
    ids=["line", "value", "name", "headers", "line with an end", "value with an end"],
)
def test_a_head_without_end_is_refused(tmp_path: Path, endless: bytes) -> None:
    with toy(tmp_path) as (url, app):
        assert asked(url, endless) == [431]
        assert app.over == 0


def test_a_head_that_begins_beside_another_request_may_be_no_larger(tmp_path: Path) -> None:
    half = b"a: " + b"a" * (MAX_HEAD // 2) + b"\r\n"
    for rest in ((half, half + b"\r\n"), (b"b: b\r\n", half + b"\r\n")):
        with toy(tmp_path) as (url, app), Caller(url) as caller:
            caller.send(QUICK + b"GET /quick HTTP/1.1\r\n" + half)
            for part in rest:
                time.sleep(0.1)
                caller.send(part)
            assert statuses(caller.read()) == [200, 431]
            assert app.over == 1


@pytest.mark.parametrize("trailers", [b"a: b\r\n" * (MOST_HEADERS + 1), b"a: " + b"b" * MAX_HEAD], ids=["many", "long"])
def test_trailers_without_end_are_cut(tmp_path: Path, trailers: bytes) -> None:
    with toy(tmp_path) as (url, _), Caller(url) as caller:
        caller.send(CHUNKED)
        time.sleep(0.1)
        caller.send(trailers)
        assert caller.ends()


def test_the_length_of_a_chunk_has_an_end(tmp_path: Path) -> None:
    with toy(tmp_path) as (url, _), Caller(url) as caller:
        caller.send(CHUNKED.removesuffix(b"2\r\n{}\r\n0\r\n"))
        time.sleep(0.1)
        caller.send(b"2;" + b"x" * MAX_HEAD)
        assert caller.ends()


def test_a_large_body_in_tiny_chunks_is_no_head(tmp_path: Path) -> None:
    with toy(tmp_path) as (url, _), Caller(url) as caller:
        caller.send(CHUNKED.removesuffix(b"2\r\n{}\r\n0\r\n"))
        for _ in range(5):
            time.sleep(0.05)
            caller.send(b"1\r\nx\r\n" * (MAX_HEAD // 20))
        caller.send(b"0\r\n\r\n" + QUICK)
        assert statuses(caller.read(SHORT)) == [200, 200]


def test_requests_may_come_before_the_one_before_them_is_answered_but_not_any_number(tmp_path: Path) -> None:
    with toy(tmp_path) as (url, app):
        assert asked(url, QUICK * (MOST_PIPELINED + 1), SHORT) == [200] * (MOST_PIPELINED + 1)
        with Caller(url) as caller:
            caller.send(SLOW + QUICK * (MOST_PIPELINED + 1))
            assert caller.ends()
        assert app.over <= MOST_PIPELINED + 2


def test_a_connection_that_ends_while_requests_wait_in_line_leaves_no_fault(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with toy(tmp_path) as (url, app), Caller(url) as caller:
        caller.send(SLOW + QUICK * (MOST_PIPELINED + 1))
        assert caller.ends()
        assert app.begun == 1
        app.finish()
        assert eventually(lambda: app.over == 1)
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


# --- what is no HTTP of this kind ---


@pytest.mark.parametrize(
    "bad",
    [
        b"\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03" + b"\0" * 190,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET http://example.com HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /qu\0ick HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /quick HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n",
        b"GET /quick HTTP/1.1\r\nHost : x\r\n\r\n",
        b"POST /quick HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        b"POST /quick HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        b"POST /quick HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    ],
)
def test_what_cannot_be_read_is_refused_and_the_connection_closed(tmp_path: Path, bad: bytes) -> None:
    with toy(tmp_path) as (url, app):
        assert asked(url, bad) == [400]
        assert app.over == 0


def test_what_cannot_be_read_is_not_refused_within_the_answer_before_it(tmp_path: Path) -> None:
    with toy(tmp_path) as (url, _), Caller(url) as caller:
        caller.send(SLOW)
        assert statuses(caller.read(SHORT)) == [200]
        caller.send(b"nonsense\r\n\r\n")
        assert statuses(caller.read()) == []
        assert caller.has_ended


@pytest.mark.parametrize("bad", [CHUNKED.replace(b"2\r\n{}", b"zz\r\n{}"), CHUNKED.replace(b"chunked", b"gzip")])
def test_a_body_whose_end_cannot_be_found_ends_the_connection(tmp_path: Path, bad: bytes) -> None:
    with toy(tmp_path) as (url, _), Caller(url) as caller:
        caller.send(bad)
        assert caller.ends()


def test_another_protocol_is_not_taken_up_and_nothing_after_it_is_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    offer = b"GET /quick HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"
    with toy(tmp_path) as (url, app), Caller(url) as caller:
        caller.send(offer + QUICK)
        assert statuses(caller.read()) == [200]
        assert caller.has_ended
        assert app.over == 1
    assert caplog.records == []


# --- who does not take his answer ---


def test_who_takes_nothing_of_his_answer_is_cut_and_what_made_it_ends(tmp_path: Path) -> None:
    with toy(tmp_path, answer_wait=SHORT) as (url, app), Caller(url, receives=4096) as caller:
        caller.send(ENDLESS)
        assert eventually(lambda: app.sent > 0)
        assert eventually(lambda: app.over == 1)


def test_who_takes_his_answer_slowly_is_not_cut(tmp_path: Path) -> None:
    with toy(tmp_path, answer_wait=1.0) as (url, app), Caller(url, receives=4096) as caller:
        caller.send(ENDLESS)
        for _ in range(10):
            assert caller.read(SHORT)
        assert app.over == 0


@pytest.mark.parametrize("ending", [b"", b"Connection: close\r\n"], ids=["kept", "closed"])
def test_the_rest_of_an_answer_does_not_lie_there_for_ever(tmp_path: Path, ending: bytes) -> None:
    with toy(tmp_path, answer_wait=SHORT, keep_alive=1) as (url, app), Caller(url, receives=4096) as caller:
        caller.send(b"GET /rest HTTP/1.1\r\nHost: x\r\n" + ending + b"\r\n")
        assert eventually(lambda: app.over == 1)
        time.sleep(1 + 3 * SHORT)
        assert not caller.read().endswith(THE_END)
        assert caller.has_ended


# --- who has a place ---


def test_whoever_keeps_the_server_waiting_longest_makes_room(tmp_path: Path) -> None:
    with toy(tmp_path, connections=FEW) as (url, _), ExitStack() as callers:
        silent = [callers.enter_context(Caller(url)) for _ in range(FEW)]
        for caller in silent[:2]:
            caller.send(QUICK.removesuffix(b"\r\n"))
        assert asked(url, QUICK, SHORT) == [200]
        assert silent[0].ends(SHORT)
        assert not any(caller.ends(0.05) for caller in silent[1:])


def test_a_stranger_makes_room_before_one_who_was_answered(tmp_path: Path) -> None:
    with toy(tmp_path, connections=FEW) as (url, _), ExitStack() as callers:
        known = callers.enter_context(Caller(url))
        known.send(QUICK)
        assert statuses(known.read(SHORT)) == [200]
        for _ in range(5 * FEW):
            callers.enter_context(Caller(url))
        time.sleep(0.1)
        known.send(QUICK)
        assert statuses(known.read(SHORT)) == [200]


@pytest.mark.parametrize(
    "waits_for", [b"POST /body HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{", ENDLESS], ids=["body", "taking"]
)
def test_one_who_sends_no_body_or_takes_no_answer_makes_room_too(tmp_path: Path, waits_for: bytes) -> None:
    with toy(tmp_path, connections=FEW) as (url, app), ExitStack() as callers:
        for _ in range(FEW):
            callers.enter_context(Caller(url, receives=4096)).send(waits_for)
        assert eventually(lambda: app.begun == FEW)
        time.sleep(0.5)
        assert asked(url, QUICK, SHORT) == [200]


def test_who_waits_for_the_server_keeps_the_place(tmp_path: Path) -> None:
    with toy(tmp_path, connections=FEW) as (url, app), ExitStack() as callers:
        waiting = [callers.enter_context(Caller(url)) for _ in range(FEW)]
        for caller in waiting:
            caller.send(SLOW)
        assert eventually(lambda: app.begun == FEW)
        assert asked(url, QUICK) == [503]
        app.finish()
        assert [statuses(caller.read(SHORT)) for caller in waiting] == [[200]] * FEW
        assert asked(url, QUICK, SHORT) == [200]


def test_a_lack_of_room_is_logged_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with toy(tmp_path, connections=FEW) as (url, _), ExitStack() as callers:
        for _ in range(3 * FEW):
            callers.enter_context(Caller(url))
        assert asked(url, QUICK, SHORT) == [200]
    assert [record.message for record in caplog.records if record.name == "rpcserver.connections"] == [
        "all 10 connections are taken; those that keep the server waiting are cut"
    ]


# --- who counts them ---


def test_connections_are_counted_when_they_are_made_and_when_they_are_over(tmp_path: Path) -> None:
    count = Count()
    with toy(tmp_path, count, keep_alive=1) as (url, _), ExitStack() as callers:
        kept = [callers.enter_context(Caller(url)) for _ in range(3)]
        assert eventually(lambda: count.open == 3)
        kept[0].send(QUICK.replace(b"Host", b"Connection: close\r\nHost"))
        kept[1].send(QUICK)
        kept[2].socket.close()
        assert eventually(lambda: count.open == 0)
    assert count.over == [None] * 3


@pytest.mark.parametrize(
    ("said", "cut"),
    [
        (b"", Cut.SILENT),
        (b"GET /quick HTTP/1.1\r\nHos", Cut.LATE),
        (b"GET /" + b"a" * MAX_HEAD, Cut.TOO_LARGE),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Cut.MALFORMED),
        (ENDLESS, Cut.NOT_TAKEN),
        (ENDLESS + b"x" * (2 * MAX_HEAD), Cut.MALFORMED),
        (QUICK.replace(b"quick", b"rest") + b"GET /quick HTTP/1.1\r\nHos", Cut.LATE),
    ],
    ids=lambda each: str(each) if isinstance(each, Cut) else "",
)
def test_a_connection_that_is_cut_is_counted_once_by_its_reason(tmp_path: Path, said: bytes, cut: Cut) -> None:
    count = Count()
    with toy(tmp_path, count, header_wait=SHORT, answer_wait=SHORT) as (url, _), Caller(url, receives=4096) as caller:
        caller.send(said)
        assert eventually(lambda: count.over == [cut])


def test_who_finds_no_room_and_who_makes_it_are_told_apart(tmp_path: Path) -> None:
    count = Count()
    with toy(tmp_path, count, connections=FEW) as (url, app), ExitStack() as callers:
        for _ in range(FEW):
            callers.enter_context(Caller(url))
        assert eventually(lambda: count.open == FEW)
        for _ in range(FEW):
            callers.enter_context(Caller(url)).send(SLOW)
        assert eventually(lambda: app.begun == FEW)
        assert count.over == [Cut.MADE_ROOM] * FEW
        assert asked(url, QUICK) == [503]
        assert eventually(lambda: count.over == [Cut.MADE_ROOM] * FEW + [Cut.NO_ROOM])
        app.finish()


def raised(soft: int, hard: int, connections: int) -> str:
    """The soft limit on open files that a process with these limits has afterwards, or why it may not."""
    said = (
        "import resource; from rpcserver.connections import open_files_for; from rpcserver.settings import SettingsError\n"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, ({soft}, {hard}))\n"
        f"try: open_files_for({connections})\n"
        "except SettingsError as error: print(error)\n"
        "else: print(resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    return subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True).stdout.strip()


def test_the_limit_of_open_files_is_raised_to_what_the_connections_need() -> None:
    assert raised(256, 4096, 1000) == str(1000 + OTHER_FILES)
    assert raised(2000, 4096, 1000) == "2000"


def test_more_connections_than_files_may_be_open_are_refused_by_name() -> None:
    assert raised(256, 1024, 1000) == "CONNECTIONS: 1000 need 1512 open files, and this process may have 1024 (ulimit -Hn)"

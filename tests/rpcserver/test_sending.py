"""An answer that leaves in one piece: the same bytes that uvicorn writes in two."""

import asyncio
import logging
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message, Receive, Scope, Send
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from rpcserver.sending import Sending

pytestmark = pytest.mark.one_engine

BODY = b'{"status": "OK"}'
LENGTH = (b"content-length", b"%d" % len(BODY))
SAID = ((b"content-type", b"application/json"), (b"x-request-id", b"7"))


class Wire(asyncio.Transport):
    """Keeps what is written, piece by piece."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> None:
        self.pieces.append(bytes(data))

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def resume_reading(self) -> None:
        """Nothing is read here."""

    @property
    def said(self) -> bytes:
        return b"".join(self.pieces)


class Request:
    """One request at a server that answers with these messages."""

    def __init__(self, *, verb: str = "POST", keep_alive: bool = True, paused: bool = False) -> None:
        self.wire = Wire()
        self.answered = 0
        self.flow = FlowControl(self.wire)
        if paused:
            self.flow.pause_writing()
        scope: Any = {"type": "http", "method": verb, "path": "/", "http_version": "1.1", "headers": []}
        quiet = logging.getLogger("tests.sending")
        self.cycle = RequestResponseCycle(
            scope=scope,
            transport=self.wire,
            flow=self.flow,
            logger=quiet,
            access_logger=quiet,
            access_log=False,
            default_headers=[(b"date", b"Thu, 01 Jan 1970 00:00:00 GMT")],
            message_event=asyncio.Event(),
            expect_100_continue=False,
            keep_alive=keep_alive,
            on_response=self._is_answered,
        )

    def _is_answered(self) -> None:
        self.answered += 1

    def answer(self, *messages: Message, whole: bool) -> bytes:
        """What is on the wire when the application has sent these, through `Sending` or without it."""

        async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
            for message in messages:
                await send(dict(message))

        async def run() -> None:
            sending: Any = Sending(app, self.cycle) if whole else app
            call = asyncio.ensure_future(self.cycle.run_asgi(sending))
            await asyncio.sleep(0)
            self.flow.resume_writing()
            await call

        asyncio.run(run())
        return self.wire.said

    @property
    def state(self) -> tuple[object, ...]:
        """What the connection goes by afterwards."""
        cycle = self.cycle
        return cycle.response_started, cycle.response_complete, cycle.keep_alive, self.wire.closed, self.answered


def start(*headers: tuple[bytes, bytes], status: int = 200) -> Message:
    return {"type": "http.response.start", "status": status, "headers": list(headers)}


def body(content: bytes = BODY, **more: object) -> Message:
    return {"type": "http.response.body", "body": content, **more}


HEADERS = st.sampled_from(
    [
        *SAID,
        LENGTH,
        (b"Content-Length", LENGTH[1]),
        (b"content-length", b"0"),
        (b"connection", b"close"),
        (b"Connection", b"close"),
        (b"transfer-encoding", b"chunked"),
        (b"location", b"/a\r\nset-cookie: b=c"),
        (b"two words", b"x"),
        (b"X-Tag", b"x"),
    ]
)
BODIES = st.sampled_from([body(), body(b""), body(more_body=True), body(more_body=False), {"type": "http.response.body"}])
ANSWERS = st.tuples(
    st.lists(HEADERS, max_size=4), st.sampled_from([200, 204, 299, 304, 404, 503]), st.lists(BODIES, max_size=3)
).map(lambda drawn: [start(*drawn[0], status=drawn[1]), *drawn[2]])


@given(st.one_of(ANSWERS, st.lists(BODIES, max_size=2)), st.sampled_from(["POST", "GET", "HEAD"]), st.booleans(), st.booleans())
def test_whatever_is_answered_the_same_bytes_leave(messages: list[Message], verb: str, keep_alive: bool, paused: bool) -> None:
    """But for an answer that ends before its body begins: that is a fault, answered with 500, where uvicorn would only hang up."""
    one, other = (Request(verb=verb, keep_alive=keep_alive, paused=paused) for _ in range(2))
    said, expected = one.answer(*messages, whole=True), other.answer(*messages, whole=False)
    if other.cycle.response_complete or not said.startswith(b"HTTP/1.1 500 "):
        assert (said, one.state) == (expected, other.state)


def test_a_whole_answer_is_one_piece() -> None:
    request = Request()
    said = request.answer(start(*SAID, LENGTH), body(), whole=True)
    assert len(request.wire.pieces) == 1
    assert said.endswith(b"\r\n\r\n" + BODY)
    assert request.answered == 1


@pytest.mark.parametrize(
    "messages",
    [
        [start(*SAID), body()],
        [start(*SAID, LENGTH), body(more_body=True), body(b"")],
        [start(*SAID, (b"location", b"/a\r\nset-cookie: b=c"), LENGTH), body()],
        [start(*SAID, (b"content-length", b"1")), body()],
    ],
    ids=["of no length", "in pieces", "with a header that would be two", "of another length"],
)
def test_what_is_no_plain_answer_is_left_to_uvicorn(messages: list[Message]) -> None:
    one, other = Request(), Request()
    one.answer(*messages, whole=True)
    other.answer(*messages, whole=False)
    assert one.wire.pieces == other.wire.pieces


def test_an_answer_waits_until_the_connection_takes_it() -> None:
    request = Request(paused=True)
    assert request.answer(start(LENGTH), body(), whole=True).endswith(BODY)
    assert len(request.wire.pieces) == 2


def test_what_ends_before_its_body_is_answered_with_500() -> None:
    request = Request()
    assert request.answer(start(*SAID, LENGTH), whole=True).startswith(b"HTTP/1.1 500 ")
    assert request.wire.closed

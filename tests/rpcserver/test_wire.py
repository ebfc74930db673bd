"""What only a real connection shows: bodies that are too large, too slow, or break off."""

import gc
import logging
import socket
import time
from types import FrameType
from urllib.parse import urlsplit

import pytest
import requests
from starlette.types import Scope

from ledger.book import Book
from rpcserver.app import create_app
from rpcserver.arguments import QUERY_LIMIT
from rpcserver.bodies import LIGHT, Held
from tests.hostile.wire import eventually
from tests.rpcserver import world
from tests.rpcserver.live import serving
from tests.rpcserver.world import World

MIB = 1 << 20
HEAD = "POST /payments/create HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"


def connected(address: str) -> socket.socket:
    parts = urlsplit(address)
    return socket.create_connection((parts.hostname, parts.port), timeout=10)


def test_who_sends_too_much_gets_the_answer_and_not_a_broken_pipe(here: World, book: Book) -> None:
    with serving(create_app(world.settings_for(here.path), book)) as address:
        for _ in range(3):
            with connected(address) as caller:
                caller.sendall(HEAD.format(15 * MIB).encode() + b"x" * (15 * MIB))
                said = caller.recv(1000).lower()
            assert said.startswith(b"http/1.1 413 ") and b"connection: close" in said


def test_who_announces_far_too_much_is_refused_before_anything_is_read(here: World, book: Book) -> None:
    with serving(create_app(world.settings_for(here.path), book)) as address, connected(address) as caller:
        caller.sendall(HEAD.format(1 << 40).encode())
        assert caller.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_body_of_no_announced_length_is_read_no_further_than_the_largest(here: World, book: Book) -> None:
    settings = world.settings_for(here.path, max_batch_body=MIB, body_wait=60)
    with serving(create_app(settings, book)) as address, connected(address) as caller:
        head = HEAD.replace("Content-Length: {}", "Transfer-Encoding: chunked")
        caller.sendall(head.encode() + b"%x\r\n" % (2 * MIB) + b" " * (MIB + 1))
        assert caller.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_body_that_does_not_arrive_in_time_is_malformed(here: World, book: Book) -> None:
    with serving(create_app(world.settings_for(here.path, body_wait=0.3), book)) as address, connected(address) as caller:
        caller.sendall(HEAD.format(100).encode() + b'{"token"')
        assert caller.recv(100).startswith(b"HTTP/1.1 400 ")


def test_a_client_that_breaks_off_leaves_a_line_and_no_fault(here: World, book: Book, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO), serving(create_app(world.settings_for(here.path), book)) as address:
        with connected(address) as caller:
            caller.sendall(HEAD.format(100).encode() + b'{"token"')
            time.sleep(0.2)
        deadline = time.monotonic() + 10
        while not any(record.name == "rpcserver.call" for record in caplog.records) and time.monotonic() < deadline:
            time.sleep(0.02)
    assert [record.__dict__["call"]["code"] for record in caplog.records if record.name == "rpcserver.call"] == ["DISCONNECTED"]
    assert [record for record in caplog.records if record.exc_info] == []
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


@pytest.mark.parametrize(
    "path", ["/payments/list", "/crmapi/rest/v2/payments/list", "/api/payments/", "/qbench/api/v1/payment", "/api/v2/payments"]
)
def test_a_query_that_is_too_long_is_refused_at_every_door(here: World, book: Book, path: str) -> None:
    with serving(create_app(world.settings_for(here.path), book)) as address:
        assert requests.get(f"{address}{path}?a={'x' * QUERY_LIMIT}", timeout=10).status_code == 413


def test_large_bodies_that_do_not_end_leave_room_for_small_ones(here: World, book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    """And when they are gone, for large ones again."""
    settings, taken, take = world.settings_for(here.path, max_bodies=MIB, body_wait=60), [0], Held.take

    def watched(held: Held, scope: Scope, size: int) -> None:
        take(held, scope, size)
        taken.append(size)

    monkeypatch.setattr(Held, "take", watched)
    with serving(create_app(settings, book)) as address:
        with connected(address) as first:
            first.sendall(HEAD.format(MIB).encode() + b" " * (MIB - LIGHT))
            assert eventually(lambda: taken[-1] == MIB - LIGHT, 30)
            assert posted(address, b" " * (2 * LIGHT)) == 503
            assert posted(address, b"{}") == 401
        assert eventually(lambda: posted(address, b'{"notes": "' + b" " * (2 * LIGHT) + b'"}') == 401, 30)


def posted(address: str, body: bytes) -> int:
    return requests.post(f"{address}/payments/create", data=body, timeout=10).status_code


def test_a_refused_body_is_not_kept_until_the_garbage_is_collected(here: World, book: Book) -> None:
    """A refusal out of a thread is known to that which brought it, and knows where it comes from: a ring."""
    with serving(create_app(world.settings_for(here.path), book)) as address:
        gc.collect()
        gc.disable()
        try:
            size = 15 * MIB + 1
            assert requests.post(f"{address}/batch", data=b" " * size, timeout=10).status_code == 400
            assert [type(each) for each in gc.get_objects() if isinstance(each, FrameType) and holds(each, size)] == []
        finally:
            gc.enable()


def holds(frame: FrameType, size: int) -> bool:
    return any(isinstance(each, bytes) and len(each) == size for each in gc.get_referents(frame))

"""What only a real connection shows: bodies that are too large, too slow, or break off."""

import logging
import socket
import time
from urllib.parse import urlsplit

import pytest
import requests

from ledger.book import Book
from rpcserver.app import create_app
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
            answer = requests.post(f"{address}/payments/create", data=b"x" * (15 * MIB), timeout=10)
            assert answer.status_code == 413
            assert answer.headers["Connection"] == "close"


def test_who_announces_far_too_much_is_refused_before_anything_is_read(here: World, book: Book) -> None:
    with serving(create_app(world.settings_for(here.path), book)) as address, connected(address) as caller:
        caller.sendall(HEAD.format(1 << 40).encode())
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

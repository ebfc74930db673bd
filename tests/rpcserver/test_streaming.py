"""Lists without paging: page by page, flat, and never closed after a failure."""

import logging
import socket
import time
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
import requests
from starlette.testclient import TestClient

from ledger.book import Book
from ledger.entry import Reading
from ledger.errors import ServiceUnavailable
from methods.answers import Stream
from methods.params import Params
from rpcserver.app import create_app
from rpcserver.settings import Settings
from tests.rpcserver import probes
from tests.rpcserver.live import serving

TokenOf = Callable[[str], str]
STREAM = "probe/stream"


def codes_of(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The codes of the calls logged so far."""
    return [record.__dict__["call"]["code"] for record in caplog.records if record.name == "rpcserver.call"]


@pytest.mark.parametrize("sizes", [(0,), (1,), (3,), (2, 2), (2, 0, 2), (0, 2), (0, 0, 0)])
def test_pages_are_joined_to_one_list(
    client: TestClient, token: TokenOf, monkeypatch: pytest.MonkeyPatch, sizes: tuple[int, ...]
) -> None:
    probes.put(monkeypatch, STREAM, probes.method(probes.pages_of(*sizes), many=True))
    answer = client.post(f"/{STREAM}", json={"token": token("clerk")})
    assert answer.json()["status"] == {"code": "OK", "message": None, "description": None}
    assert [row["id"] for row in answer.json()["data"]] == [f"{page}-{row}" for page, n in enumerate(sizes) for row in range(n)]


def test_every_page_is_cut_to_the_fields_set(client: TestClient, token: TokenOf, monkeypatch: pytest.MonkeyPatch) -> None:
    probes.put(monkeypatch, STREAM, probes.method(probes.pages_of(1, 1), many=True))
    answer = client.post(f"/{STREAM}", json={"token": token("clerk"), "fields_set": "id"})
    assert answer.json()["data"] == [{"id": "0-0"}, {"id": "1-0"}]


def test_a_failure_of_the_first_page_is_an_ordinary_refusal(
    client: TestClient, token: TokenOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = ServiceUnavailable("busy", retry_after=1)
    probes.put(monkeypatch, STREAM, probes.method(probes.pages_of(failing=busy), many=True))
    assert client.post(f"/{STREAM}", json={"token": token("clerk")}).status_code == 503


@pytest.mark.parametrize(
    ("failure", "code"), [(LookupError("gone"), "SYSTEM_ERROR"), (ServiceUnavailable("busy"), "SERVICE_UNAVAILABLE")]
)
def test_a_failure_midway_cuts_the_connection_and_never_closes_the_json(
    settings: Settings,
    book: Book,
    token: TokenOf,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    failure: Exception,
    code: str,
) -> None:
    probes.put(monkeypatch, STREAM, probes.method(probes.pages_of(2, 2, failing=failure), many=True))
    with caplog.at_level(logging.INFO), serving(create_app(settings, book)) as address:
        answer = requests.post(f"{address}/{STREAM}", json={"token": token("clerk")}, stream=True, timeout=10)
        assert answer.status_code == 200
        parts: list[bytes] = []
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            parts.extend(answer.iter_content(None))
    assert b"1-1" in b"".join(parts)
    assert b"]" not in b"".join(parts)
    assert codes_of(caplog) == [code]
    assert any(record.exc_info for record in caplog.records if record.name == "rpcserver.fault")


def test_a_client_that_goes_away_ends_the_reading(
    settings: Settings, book: Book, token: TokenOf, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    pages = 0

    def page(reading: Reading, cursor: object) -> tuple[list[dict[str, str]], int]:
        nonlocal pages
        pages += 1
        return [{"id": str(pages), "name": "x" * 1_000}] * 1_000, pages

    def endless(reading: Reading, params: Params) -> Stream:
        return Stream(page)

    probes.put(monkeypatch, STREAM, probes.method(endless, many=True))
    with caplog.at_level(logging.INFO), serving(create_app(settings, book)) as address:
        with requests.get(f"{address}/{STREAM}", params={"token": token("clerk")}, stream=True, timeout=10) as answer:
            answer.raw.read(100_000)
        deadline = time.monotonic() + 10
        while not codes_of(caplog) and time.monotonic() < deadline:
            time.sleep(0.05)
        stopped = pages
        time.sleep(0.3)
        assert pages == stopped
    assert codes_of(caplog) == ["DISCONNECTED"]


def test_a_slow_reader_makes_the_server_wait(
    settings: Settings, book: Book, token: TokenOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = 0

    def page(reading: Reading, cursor: object) -> tuple[list[dict[str, str]], int | None]:
        nonlocal read
        read += 1
        return [{"id": str(read), "name": "x" * 1_000}] * 1_000, read if read < 100 else None

    probes.put(monkeypatch, STREAM, probes.method(lambda reading, params: Stream(page), many=True))
    with serving(create_app(settings, book)) as address, socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect((urlsplit(address).hostname, urlsplit(address).port))
        slow.sendall(f"GET /{STREAM}?token={token('clerk')} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        slow.recv(1000)
        time.sleep(1)
        assert read < 20

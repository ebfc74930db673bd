"""The line of each call, as the server writes it: everything it should hold, and no secret."""

import json
import logging
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from ledger.book import Book
from rpcserver import log
from rpcserver.app import create_app
from tests.rpcserver import probes, world
from tests.rpcserver.asking import payment
from tests.rpcserver.test_serving import started
from tests.rpcserver.world import KEY, PASSWORD, World

TokenOf = Callable[[str], str]
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def lines(caplog: pytest.LogCaptureFixture) -> Lines:
    """Everything logged so far, as it is written."""
    caplog.set_level(logging.DEBUG)
    return lambda: [json.loads(log.JsonLines().format(record)) for record in caplog.records if record.name.startswith("rpcserver")]


def test_a_call_has_one_line_with_who_what_and_how(client: TestClient, token: TokenOf, here: World, lines: Lines) -> None:
    answer = client.post("/payments/create", json={"token": token("clerk"), **payment(here)}, headers={"X-Request-Id": "r-1"})
    (line,) = lines()
    assert {name: line[name] for name in ("request_id", "door", "method", "actor", "address", "status", "code", "bytes")} == {
        "request_id": "r-1",
        "door": "native",
        "method": "payments/create",
        "actor": "clerk",
        "address": "192.0.2.1",
        "status": 200,
        "code": "OK",
        "bytes": len(answer.content),
    }
    assert line["ms"] > 0
    assert line["time"].endswith("Z")


def test_a_refusal_has_its_code_also_where_its_status_is_200(client: TestClient, token: TokenOf, here: World, lines: Lines) -> None:
    client.post("/crmapi/rest/v2/payments/create", json={"token": token("clerk"), **payment(here, 0)})
    batch = {"token": token("clerk"), "calls": [{"method": "nowhere", "params": {}}], "atomic": True}
    client.post("/batch", json=batch)
    assert [(line["status"], line["code"]) for line in lines()] == [(200, "INVALID_PARAMETER"), (404, "UNKNOWN_METHOD")]


def test_an_unknown_path_is_shown_and_its_query_is_not(client: TestClient, lines: Lines) -> None:
    client.get("/payments/craete?token=very-secret")
    (line,) = lines()
    assert line["path"] == "/payments/craete"
    assert "secret" not in json.dumps(line)


def test_no_secret_is_ever_logged(client: TestClient, token: TokenOf, lines: Lines) -> None:
    clerk = token("clerk")
    secrets = [clerk, KEY, PASSWORD, "hunter2hunter2", world.SECRET]
    client.get(f"/whoami?token={clerk}")
    client.post("/whoami", json={}, headers={"Authorization": f"Bearer {KEY}"})
    client.post("/whoami", json={"token": clerk}, headers={"X-Auth-Token": KEY})
    client.post("/login", json={"username": "clerk", "password": PASSWORD})
    client.post("/login", json={"username": "clerk", "password": "hunter2hunter2"})
    client.post("/login", content=f'{{"username": "clerk", "password": "{PASSWORD}"', headers={"Content-Type": "application/json"})
    client.post("/users/create", json={"token": token("admin"), "username": "x", "password": "hunter2hunter2", "role": "none"})
    said = json.dumps(lines())
    assert len(lines()) == 7
    assert [secret for secret in secrets if secret in said] == []


def test_a_fault_of_ours_is_logged_whole_and_the_caller_gets_its_id(
    client: TestClient, token: TokenOf, monkeypatch: pytest.MonkeyPatch, lines: Lines
) -> None:
    def broken(reading: object, params: object) -> None:
        raise LookupError("the shelf is empty")

    probes.put(monkeypatch, "probe/broken", probes.method(broken))
    for path in ("/probe/broken", "/crmapi/rest/v2/probe/broken"):
        answer = client.post(path, json={"token": token("clerk")})
        assert (answer.status_code, answer.json()["status"]["code"]) == (500, "SYSTEM_ERROR")
        assert answer.headers["X-Request-Id"] in answer.json()["status"]["message"]
        assert "shelf" not in answer.text
        fault, call = lines()[-2:]
        assert fault["request_id"] == call["request_id"] == answer.headers["X-Request-Id"]
        assert "LookupError: the shelf is empty" in fault["exception"]
        assert "Traceback" in fault["exception"]


def test_a_fault_outside_every_door_is_answered_and_logged_too(
    here: World, book: Book, monkeypatch: pytest.MonkeyPatch, lines: Lines
) -> None:
    def broken() -> list[str]:
        raise LookupError("the shelf is empty")

    monkeypatch.setattr(book, "health", broken)
    with TestClient(create_app(world.settings_for(here.path), book)) as client:
        answer = client.get("/health")
    assert (answer.status_code, answer.json()["status"]["code"]) == (500, "SYSTEM_ERROR")
    assert "LookupError" in lines()[0]["exception"]


def test_a_healthy_answer_is_logged_only_for_who_wants_to_know(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        client.get("/health")
    assert [record for record in caplog.records if record.name == "rpcserver.call"] == []


# --- whatever a caller sends ---

BODY = b'{"username": "\\u0000\\u001b[31m\\n{}", "password": "x"}'
HOSTILE = (
    b"GET /%0a%0d%00%1b%7f%22%7b%7d HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /%ff%fe%ed%a0%80 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /%e2%80%a8%c2%85%c2%9b%f0%9f%92%b8 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET /x HTTP/1.1\r\nHost: x\r\nX-Request-Id: a\\n{}\r\nX-Forwarded-For: \x01\x02\r\n\r\n",
    b"GET /x\ny HTTP/1.1\r\n\r\n",
    b'B"{}W /api/payments/ HTTP/1.1\r\nHost: x\r\n\r\n',
    b"GET /api/\\u0000/ HTTP/1.1\r\nHost: x\r\nAuthorization: Token \xff\r\n\r\n",
    b"POST /login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(BODY), BODY),
    b"\x00\x01\x02\r\n\r\n",
    b"PUT / HTTP/9.9\r\n\r\n",
)


@pytest.mark.one_engine
def test_every_line_is_one_json_object_whatever_is_sent(tmp_path: Path) -> None:
    with started(tmp_path) as (_, address):
        for sent in HOSTILE:
            with socket.create_connection(("127.0.0.1", int(address.rpartition(":")[2])), 5) as line:
                line.sendall(sent)
                line.shutdown(socket.SHUT_WR)
                while line.recv(65536):
                    pass
    text = (tmp_path / "log").read_text()
    # Some who read lines end them also at characters that JSON lets stand.
    written = [json.loads(line) for line in text.splitlines()]
    assert [line for line in written if not {"time", "level", "logger", "message"} <= set(line)] == []
    of_calls = [line for line in written if line["logger"] == "rpcserver.call"]
    assert len(of_calls) >= 6
    assert [line for line in of_calls if not {"request_id", "door", "status", "code", "ms", "bytes", "address"} <= set(line)] == []
    assert max(map(len, text.splitlines())) < 1_000
    assert text.replace("\n", "").isprintable()

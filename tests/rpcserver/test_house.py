"""Threads and the database: hashing waits in a line of its own, and a book that cannot take a call says so."""

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from starlette.testclient import TestClient

from ledger.book import Book
from rpcserver.app import create_app
from tests.rpcserver import probes, world
from tests.rpcserver.asking import made, payment
from tests.rpcserver.world import World

TokenOf = Callable[[str], str]
WAITING = 8


def test_logins_under_way_leave_the_threads_to_the_other_calls(
    here: World, book: Book, token: TokenOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, hashing = Event(), []

    def hash_slowly(book: object, call: object, params: object) -> None:
        hashing.append(call)
        go_on.wait(20)

    slow = probes.method(lambda entry, params, prepared: {"id": "1", "name": "x"}, writes=True, prepare=hash_slowly)
    probes.put(monkeypatch, "probe/hashing", slow)
    settings, clerk = world.settings_for(here.path, hashing_at_once=2, threads=4), token("clerk")
    with TestClient(create_app(settings, book)) as client, ThreadPoolExecutor(WAITING) as pool:
        waiting = [pool.submit(client.post, "/probe/hashing", json={"token": clerk}) for _ in range(WAITING)]
        for _ in range(5):
            assert client.post("/whoami", json={"token": clerk}).status_code == 200
        assert len(hashing) == 2
        go_on.set()
        assert [call.result().status_code for call in waiting] == [200] * WAITING


def test_a_batch_takes_its_turn_at_hashing(here: World, book: Book, token: TokenOf, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once, most = [0], [0]

    def hashed(book: object, call: object, params: object) -> None:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        Event().wait(0.02)
        at_once[0] -= 1

    probes.put(monkeypatch, "probe/hashing", probes.method(lambda entry, params, done: {"id": "1"}, writes=True, prepare=hashed))
    settings, clerk = world.settings_for(here.path, hashing_at_once=1), token("clerk")
    body = {"token": clerk, "calls": [{"method": "probe/hashing", "params": {}}] * 5}
    with TestClient(create_app(settings, book)) as client, ThreadPoolExecutor(4) as pool:
        assert {answer.status_code for answer in pool.map(lambda _: client.post("/batch", json=body), range(4))} == {200}
    assert most == [1]


def test_a_locked_database_is_503_with_the_seconds_to_wait(here: World, token: TokenOf) -> None:
    settings = world.settings_for(here.path, write_wait=0.2)
    with TestClient(create_app(settings, Book(settings.database_url, wait_seconds=0.2))) as client:
        clerk = token("clerk")
        other = sqlite3.connect(here.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        for prefix in ("", "/crmapi/rest/v2"):
            answer = client.post(f"{prefix}/payments/create", json={"token": clerk, **payment(here)})
            assert (answer.status_code, answer.json()["status"]["code"]) == (503, "SERVICE_UNAVAILABLE")
            assert answer.headers["Retry-After"] == "1"
        assert made(client, clerk) == 0
        other.close()
        assert client.post("/payments/create", json={"token": clerk, **payment(here)}).status_code == 200


def test_a_right_is_refused_even_when_the_refusal_cannot_be_audited(here: World, token: TokenOf) -> None:
    settings = world.settings_for(here.path)
    with TestClient(create_app(settings, Book(settings.database_url, wait_seconds=0.2))) as client:
        auditor = token("auditor")
        other = sqlite3.connect(here.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert client.post("/payments/create", json={"token": auditor}).status_code == 403
        other.close()

"""`/health/live` and `/health/ready`; `/health` is the latter."""

import signal
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest
import requests
from starlette.testclient import TestClient

from ledger.book import Book
from ledger.storage.models import JournalEntry
from rpcserver import health
from rpcserver.app import create_app
from tests.books import PATIENCE_SECONDS, held
from tests.rpcserver import world
from tests.rpcserver.test_serving import started
from tests.rpcserver.world import World

WELL = {"status": "OK", "problems": []}
READY = ("/health", "/health/ready")
LIVE = "/health/live"


def test_a_healthy_server_says_so_without_a_token(client: TestClient) -> None:
    for path in (*READY, LIVE):
        answer = client.get(path)
        assert (answer.status_code, answer.json()) == (200, WELL)
        assert client.head(path).status_code == 200
    assert client.get("/health/other").status_code == 404


def test_a_database_that_waits_for_a_migration_is_not_healthy(tmp_path: Path) -> None:
    settings = world.settings_for(tmp_path / "empty.db")
    with TestClient(create_app(settings, Book(settings.database_url))) as client:
        answer = client.get("/health/ready")
        assert client.get(LIVE).json() == WELL
    assert answer.status_code == 503
    assert "migration" in answer.json()["problems"][0]


def test_a_database_out_of_reach_is_not_healthy(tmp_path: Path) -> None:
    settings = world.settings_for(tmp_path / "nowhere" / "book.db")
    with TestClient(create_app(settings, Book(settings.database_url))) as client:
        assert [client.get(path).status_code for path in (*READY, LIVE)] == [503, 503, 200]


@pytest.mark.sqlite
def test_a_missing_trigger_is_reported(here: World, client: TestClient) -> None:
    with closing(sqlite3.connect(here.path, isolation_level=None)) as db:
        db.execute(f"DROP TRIGGER {JournalEntry._meta.table_name}_refuses_delete")
    answer = client.get("/health")
    assert answer.status_code == 503
    assert "refuses_delete is missing" in answer.json()["problems"][0]


@pytest.mark.one_engine
def test_a_database_that_hangs_holds_up_no_probe_and_is_looked_at_once(
    client: TestClient, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[None] = []
    go_on = Event()

    def hanging() -> list[str]:
        looks.append(None)
        assert go_on.wait(PATIENCE_SECONDS)
        return []

    monkeypatch.setattr(book, "health", hanging)
    monkeypatch.setattr(health, "PATIENCE_SECONDS", 0.2)
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(client.get, READY * 5))
        assert {(answer.status_code, answer.json()["problems"][0]) for answer in answers} == {
            (503, "the database has not answered for 0.2 seconds")
        }
        assert max(answer.elapsed.total_seconds() for answer in answers) < PATIENCE_SECONDS / 4
        assert client.get(LIVE).json() == WELL
        assert len(looks) == 1
    go_on.set()
    until = time.monotonic() + PATIENCE_SECONDS
    while client.get("/health/ready").json() != WELL:
        assert time.monotonic() < until, "it does not become ready again"
    assert client.get("/health/ready").json() == WELL


@pytest.mark.one_engine
def test_liveness_asks_no_database(client: TestClient, book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    def unasked() -> list[str]:
        raise AssertionError("the database was asked")

    monkeypatch.setattr(book, "health", unasked)
    assert client.get(LIVE).json() == WELL


@pytest.mark.sqlite
def test_a_server_that_takes_no_further_writes_is_not_ready(here: World) -> None:
    settings = world.settings_for(here.path)
    book = Book(settings.database_url, most_waiting=1)
    with TestClient(create_app(settings, book)) as client:
        with held(book):
            book.submit(world.SETUP, lambda entry: None, lambda outcome: None)
            answer = client.get("/health/ready")
            assert (answer.status_code, answer.json()["problems"]) == (503, ["1 calls wait to write, and no more may"])
            assert client.get(LIVE).json() == WELL
        book.enter(world.SETUP, lambda entry: None)
        assert client.get("/health/ready").json() == WELL


@pytest.mark.one_engine
@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_that_is_told_to_stop_is_taken_out_first_and_serves_until_then(tmp_path: Path, workers: str) -> None:
    with started(tmp_path, "--workers", workers, DRAIN_WAIT="3") as (process, address):
        begun = time.monotonic()
        process.send_signal(signal.SIGTERM)
        # Each time a connection of its own, which comes to one worker or the other.
        while any(requests.get(f"{address}/health/ready", timeout=5).status_code == 200 for _ in range(8)):
            assert time.monotonic() < begun + 2, "it does not say that it stops"
        answer = requests.get(f"{address}/health", timeout=5)
        assert (answer.status_code, answer.json()["problems"]) == (503, ["the server is stopping"])
        assert requests.get(f"{address}{LIVE}", timeout=5).json() == WELL
        assert requests.post(f"{address}/whoami", json={}, timeout=5).status_code == 401
        assert process.wait(PATIENCE_SECONDS) in (0, -signal.SIGTERM)
        assert time.monotonic() - begun > 3
    assert "Traceback" not in (tmp_path / "log").read_text()


@pytest.mark.one_engine
def test_who_is_told_to_stop_twice_waits_no_longer(tmp_path: Path) -> None:
    with started(tmp_path, DRAIN_WAIT="60") as (process, address):
        process.send_signal(signal.SIGTERM)
        while requests.get(f"{address}/health/ready", timeout=5).status_code == 200:
            time.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE_SECONDS) in (0, -signal.SIGTERM)


@pytest.mark.parametrize("verb", ["POST", "DELETE"])
def test_health_answers_get_alone(client: TestClient, verb: str) -> None:
    answer = client.request(verb, "/health")
    assert answer.status_code == 405
    assert answer.json()["status"]["code"] == "METHOD_NOT_ALLOWED"

"""`/health`."""

import sqlite3
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ledger.book import Book
from ledger.storage.models import JournalEntry
from rpcserver.app import create_app
from tests.rpcserver import world
from tests.rpcserver.world import World


def test_a_healthy_server_says_so_without_a_token(client: TestClient) -> None:
    answer = client.get("/health")
    assert (answer.status_code, answer.json()) == (200, {"status": "OK", "problems": []})
    assert client.head("/health").status_code == 200


def test_a_database_that_waits_for_a_migration_is_not_healthy(tmp_path: Path) -> None:
    settings = world.settings_for(tmp_path / "empty.db")
    with TestClient(create_app(settings, Book(settings.database_url))) as client:
        answer = client.get("/health")
    assert answer.status_code == 503
    assert "migration" in answer.json()["problems"][0]


def test_a_database_out_of_reach_is_not_healthy(tmp_path: Path) -> None:
    settings = world.settings_for(tmp_path / "nowhere" / "book.db")
    with TestClient(create_app(settings, Book(settings.database_url))) as client:
        assert client.get("/health").status_code == 503


@pytest.mark.sqlite
def test_a_missing_trigger_is_reported(here: World, client: TestClient) -> None:
    with sqlite3.connect(here.path) as db:
        db.execute(f"DROP TRIGGER {JournalEntry._meta.table_name}_refuses_delete")
    db.close()
    answer = client.get("/health")
    assert answer.status_code == 503
    assert "refuses_delete is missing" in answer.json()["problems"][0]


@pytest.mark.parametrize("verb", ["POST", "DELETE"])
def test_health_answers_get_alone(client: TestClient, verb: str) -> None:
    answer = client.request(verb, "/health")
    assert answer.status_code == 405
    assert answer.json()["status"]["code"] == "METHOD_NOT_ALLOWED"

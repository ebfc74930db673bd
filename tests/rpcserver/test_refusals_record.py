"""Slowing down who guesses, and the audit of failed logins and refused rights."""

from collections.abc import Callable

from starlette.testclient import TestClient

from ledger.book import Book
from ledger.storage.models import AuditEntry
from rpcserver.app import create_app
from rpcserver.settings import Settings
from tests.rpcserver import world
from tests.rpcserver.asking import payment
from tests.rpcserver.world import PASSWORD, SETUP, World

TokenOf = Callable[[str], str]


def login(client: TestClient, username: str = "clerk", password: str = "wrong password") -> int:
    return int(client.post("/login", json={"username": username, "password": password}).status_code)


def audited(book: Book, outcome: str) -> list[AuditEntry]:
    return book.read(SETUP, lambda reading: reading.rows.find(AuditEntry, order=("pk",), outcome=outcome))


def test_five_failures_close_the_door_to_that_pair_alone(client: TestClient, settings: Settings, book: Book) -> None:
    assert [login(client) for _ in range(6)] == [401] * 5 + [429]
    answer = client.post("/login", json={"username": "clerk", "password": PASSWORD})
    assert answer.json()["status"]["code"] == "TOO_MANY_REQUESTS"
    assert int(answer.headers["Retry-After"]) > 0
    assert login(client, "auditor", PASSWORD) == 200
    with TestClient(create_app(settings, book), client=("192.0.2.77", 1)) as elsewhere:
        assert login(elsewhere, "clerk", PASSWORD) == 200


def test_the_drop_in_prefix_says_429_too(client: TestClient) -> None:
    for _ in range(5):
        login(client)
    body = {"username": "clerk", "password": PASSWORD, "organisation": "Ours"}
    answer = client.post("/crmapi/rest/v2/authentication/token", json=body)
    assert answer.status_code == 429


def test_unknown_users_are_counted_like_any_other(client: TestClient) -> None:
    assert [login(client, "nobody") for _ in range(6)] == [401] * 5 + [429]


def test_the_window_moves_on(client: TestClient, book: Book) -> None:
    for _ in range(5):
        login(client)
    began = book.clock()
    book.clock = lambda: began + 601
    assert login(client, "clerk", PASSWORD) == 200


def test_a_forwarded_address_counts_only_from_a_trusted_proxy(here: World, book: Book) -> None:
    trusting = world.settings_for(here.path, trusted_proxies="192.0.2.1")
    for settings, expected in ((world.settings_for(here.path), 429), (trusting, 200)):
        with TestClient(create_app(settings, book), client=("192.0.2.1", 1)) as client:
            for _ in range(5):
                login(client)
            body = {"username": "clerk", "password": PASSWORD}
            assert client.post("/login", json=body, headers={"X-Forwarded-For": "198.51.100.9"}).status_code == expected


def test_a_failed_login_is_audited_under_the_name_that_was_tried(client: TestClient, book: Book) -> None:
    login(client)
    (entry,) = audited(book, "INVALID_CREDENTIALS")
    assert (entry.actor, entry.door, entry.method, entry.record_id) == ("clerk", "native", "login", None)


def test_a_refused_right_is_audited_and_nothing_else_is_written(
    client: TestClient, book: Book, token: TokenOf, here: World
) -> None:
    answer = client.post("/payments/create", json={"token": token("auditor"), **payment(here)})
    assert answer.status_code == 403
    (entry,) = audited(book, "NOT_PERMITTED")
    assert (entry.actor, entry.door, entry.method) == ("auditor", "native", "payments/create")
    assert entry.request_id == answer.headers["X-Request-Id"]


def test_refusals_are_audited_only_so_often_for_each_address_and_minute(here: World, book: Book, token: TokenOf) -> None:
    settings, now = world.settings_for(here.path, audited_refusals=3), book.clock()
    book.clock = lambda: now
    auditor = token("auditor")
    with TestClient(create_app(settings, book), client=("192.0.2.1", 1)) as client:
        for _ in range(5):
            client.post("/payments/create", json={"token": auditor})
        assert len(audited(book, "NOT_PERMITTED")) == 3
        book.clock = lambda: now + 60
        client.post("/payments/create", json={"token": auditor})
    assert len(audited(book, "NOT_PERMITTED")) == 4


def test_a_right_refused_inside_a_batch_is_audited_even_when_the_batch_is_undone(
    client: TestClient, book: Book, token: TokenOf
) -> None:
    body = {"token": token("auditor"), "calls": [{"method": "payments/create", "params": {}}], "atomic": True}
    assert client.post("/batch", json=body).status_code == 403
    assert len(audited(book, "NOT_PERMITTED")) == 1

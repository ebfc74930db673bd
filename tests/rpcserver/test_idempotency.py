"""Idempotency keys, seen from outside."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Event
from typing import Any

import pytest
from starlette.testclient import TestClient

from ledger.book import Book
from methods import METHODS
from rpcserver.app import create_app
from tests.rpcserver import probes, world
from tests.rpcserver.asking import made, payment
from tests.rpcserver.world import PASSWORD, World

TokenOf = Callable[[str], str]


def pay(client: TestClient, token: str, body: dict[str, Any], key: str = "k", prefix: str = "") -> Any:
    return client.post(f"{prefix}/payments/create", json={"token": token, **body}, headers={"Idempotency-Key": key})


def test_the_same_request_gets_the_same_answer_again(client: TestClient, token: TokenOf, here: World) -> None:
    clerk = token("clerk")
    first, again = (pay(client, clerk, payment(here)) for _ in range(2))
    assert first.content == again.content
    assert "Idempotency-Replayed" not in first.headers
    assert again.headers["Idempotency-Replayed"] == "true"
    assert again.headers["Content-Type"] == "application/json"
    assert made(client, clerk) == 1


def test_spelling_token_order_and_prefix_do_not_count(client: TestClient, token: TokenOf, here: World) -> None:
    first = pay(client, token("clerk"), payment(here, 12.5))
    spelled = dict(reversed(payment(here, "12.50").items()))
    assert pay(client, token("clerk"), spelled).content == first.content
    assert pay(client, token("clerk"), payment(here, 12.5, ignored=1), prefix="/crmapi/rest/v2").content == first.content


def test_another_request_under_the_same_key_is_refused(client: TestClient, token: TokenOf, here: World) -> None:
    clerk = token("clerk")
    pay(client, clerk, payment(here, 10))
    answer = pay(client, clerk, payment(here, 11))
    assert (answer.status_code, answer.json()["status"]["code"]) == (422, "IDEMPOTENCY_KEY_REUSED")
    unknown = pay(client, clerk, payment(here, 11, invoices_to_pay_set=[{"number": "none"}]))
    assert unknown.json()["status"]["code"] == "IDEMPOTENCY_KEY_REUSED"
    other = client.post("/customers/create", json={"token": clerk, "name": "C"}, headers={"Idempotency-Key": "k"})
    assert other.json()["status"]["code"] == "IDEMPOTENCY_KEY_REUSED"


def test_another_user_has_keys_of_their_own(client: TestClient, token: TokenOf, here: World) -> None:
    pay(client, token("clerk"), payment(here, 10))
    assert pay(client, token("admin"), payment(here, 11)).status_code == 200


def test_a_refused_request_does_not_burn_its_key(client: TestClient, token: TokenOf, here: World) -> None:
    clerk = token("clerk")
    assert pay(client, clerk, payment(here, 0)).status_code == 422
    assert pay(client, clerk, payment(here, 10, type_identifier={"name": "Invoice"})).status_code == 409
    assert pay(client, clerk, payment(here, 10)).status_code == 200


def test_a_try_ignores_the_key(client: TestClient, token: TokenOf, here: World) -> None:
    clerk = token("clerk")
    assert pay(client, clerk, payment(here, 10, validate_only=True)).json()["data"]["id"] is None
    assert pay(client, clerk, payment(here, 10)).json()["data"]["id"]
    assert pay(client, clerk, payment(here, 99, validate_only=True)).json()["data"]["id"] is None


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_of_a_wrong_length_is_a_fault_of_a_parameter(client: TestClient, token: TokenOf, here: World, key: str) -> None:
    answer = pay(client, token("clerk"), payment(here, 0), key)
    assert answer.status_code == 422
    assert [error["parameter"] for error in answer.json()["status"]["errors"]] == ["payment_amount", "Idempotency-Key"]


def test_two_different_keys_are_malformed(client: TestClient, token: TokenOf, here: World) -> None:
    headers = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    answer = client.post("/payments/create", json={"token": token("clerk"), **payment(here)}, headers=headers)
    assert answer.status_code == 400


def test_a_key_on_a_read_or_a_login_counts_for_nothing(client: TestClient, token: TokenOf) -> None:
    clerk, headers = token("clerk"), [("Idempotency-Key", "k"), ("Idempotency-Key", "x" * 256)]
    for body in ({}, {"fields_set": "username"}):
        assert client.post("/whoami", json={"token": clerk, **body}, headers=headers).status_code == 200
    logins = [
        client.post("/login", json={"username": "clerk", "password": PASSWORD}, headers=headers).json()["data"]["token"]
        for _ in range(2)
    ]
    assert logins[0] != logins[1]


def test_no_answer_that_holds_a_secret_is_kept() -> None:
    assert [path for path, method in METHODS.items() if method.public and not method.secret] == []


def test_no_key_stands_for_a_change_of_password(client: TestClient) -> None:
    passwords, headers = [PASSWORD, "another good password", "a third good password"], {"Idempotency-Key": "k"}
    for old, new in pairwise(passwords):
        key = client.post("/login", json={"username": "clerk", "password": old}).json()["data"]["token"]
        body = {"token": key, "old_password": old, "new_password": new}
        assert client.post("/users/change_password", json=body, headers=headers).status_code == 200
    statuses = [client.post("/login", json={"username": "clerk", "password": word}).status_code for word in passwords]
    assert statuses == [401, 401, 200]


def test_sixteen_callers_with_one_key_make_one_payment(client: TestClient, token: TokenOf, here: World) -> None:
    clerk = token("clerk")
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: pay(client, clerk, payment(here)), range(16)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert sum("Idempotency-Replayed" in answer.headers for answer in answers) == 15
    assert made(client, clerk) == 1


def test_who_waits_too_long_for_the_first_is_told_that_it_is_in_progress(
    here: World, token: TokenOf, book: Book, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = Event(), Event()

    def dawdle(entry: object, params: object) -> dict[str, str]:
        begun.set()
        go_on.wait(10)
        return {"id": "1", "name": "done"}

    probes.put(monkeypatch, "probe/dawdle", probes.method(dawdle, writes=True))
    impatient = world.settings_for(here.path, write_wait=0.2)
    hasty = Book(impatient.database_url, wait_seconds=0.2)
    clerk, headers = token("clerk"), {"Idempotency-Key": "k"}
    with TestClient(create_app(impatient, hasty)) as client, ThreadPoolExecutor(1) as pool:
        first = pool.submit(client.post, "/probe/dawdle", json={"token": clerk}, headers=headers)
        assert begun.wait(10)
        second = client.post("/probe/dawdle", json={"token": clerk}, headers=headers)
        other = client.post("/customers/create", json={"token": clerk, "name": "C"})
        go_on.set()
        assert first.result().status_code == 200
    assert (second.status_code, second.json()["status"]["code"]) == (409, "IDEMPOTENCY_IN_PROGRESS")
    assert (other.status_code, other.json()["status"]["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert other.headers["Retry-After"] == "1"

"""Batches: one commit, a savepoint and an envelope for each call."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.rpcserver import probes
from tests.rpcserver.asking import codes, made, payment
from tests.rpcserver.world import World

TokenOf = Callable[[str], str]


def call(method: str, params: dict[str, Any] | None = None, **more: object) -> dict[str, Any]:
    return {"method": method, "params": params or {}, **more}


def batch(client: TestClient, token: str, *calls: dict[str, Any], prefix: str = "", **more: object) -> Any:
    return client.post(f"{prefix}/batch", json={"token": token, "calls": list(calls), **more})


def test_each_call_has_its_envelope_in_order_and_a_refused_one_does_not_stop_the_rest(
    client: TestClient, token: TokenOf, here: World
) -> None:
    key = token("clerk")
    answer = batch(
        client,
        key,
        call("payments/create", payment(here, 10, back_office_code="A")),
        call("payments/create", payment(here, 11, back_office_code="A")),
        call("payments/create", payment(here, 0)),
        call("payments/show", {"payment_identifier": {"back_office_code": "A"}, "fields_set": "payment_amount"}),
        call("payments/create", payment(here, 12)),
    )
    assert answer.status_code == 200
    assert answer.json()["status"]["code"] == "OK"
    envelopes = answer.json()["data"]
    assert codes(envelopes) == ["OK", "DUPLICATE_BACK_OFFICE_CODE", "INVALID_PARAMETER", "OK", "OK"]
    assert envelopes[2]["status"]["errors"][0]["parameter"] == "payment_amount"
    assert envelopes[3]["data"] == {"payment_amount": 10}
    assert made(client, key) == 2


def test_an_atomic_batch_is_all_or_nothing_and_says_which_call_failed(client: TestClient, token: TokenOf, here: World) -> None:
    key = token("clerk")
    calls = [call("payments/create", payment(here)), call("payments/create", payment(here, 0)), call("whoami")]
    answer = batch(client, key, *calls, atomic=True)
    assert answer.status_code == 422
    assert answer.json()["status"]["code"] == "INVALID_PARAMETER"
    assert codes(answer.json()["data"]) == ["ROLLED_BACK", "INVALID_PARAMETER", "ROLLED_BACK"]
    assert "call 2" in answer.json()["data"][0]["status"]["message"]
    assert made(client, key) == 0
    lenient = batch(client, key, *calls, atomic=True, prefix="/crmapi/rest/v2")
    assert (lenient.status_code, lenient.json()["status"]["code"]) == (200, "INVALID_PARAMETER")
    kept = batch(client, key, calls[0], calls[2], atomic=True)
    assert codes(kept.json()["data"]) == ["OK", "OK"]
    assert made(client, key) == 1


@pytest.mark.parametrize("path", ["login", "logout", "authentication/token", "authentication/token/release", "batch"])
def test_login_logout_and_batch_are_not_for_batches(client: TestClient, token: TokenOf, path: str) -> None:
    key = token("clerk")
    envelopes = batch(client, key, call(path), call("whoami")).json()["data"]
    assert codes(envelopes) == ["NOT_ALLOWED_IN_BATCH", "OK"]
    assert client.post("/whoami", json={"token": key}).status_code == 200


def test_an_unknown_method_is_refused_in_its_own_envelope(client: TestClient, token: TokenOf) -> None:
    envelopes = batch(client, token("clerk"), call("payments/craete"), call("whoami")).json()["data"]
    assert codes(envelopes) == ["UNKNOWN_METHOD", "OK"]
    assert "did you mean payments/create?" in envelopes[0]["status"]["message"]


def test_rights_are_judged_call_by_call(client: TestClient, token: TokenOf, here: World) -> None:
    calls = call("payments/create", payment(here)), call("users/list", {"number_of_results": 1}), call("whoami")
    assert codes(batch(client, token("auditor"), *calls).json()["data"]) == ["NOT_PERMITTED", "OK", "OK"]
    assert codes(batch(client, token("clerk"), *calls).json()["data"]) == ["OK", "NOT_PERMITTED", "OK"]


def test_a_list_without_paging_has_no_place_in_a_batch(client: TestClient, token: TokenOf) -> None:
    envelopes = batch(
        client,
        token("clerk"),
        call("payments/list"),
        call("payments/list", {"number_of_results": 1001}),
        call("payments/list", {"number_of_results": 5}),
    ).json()["data"]
    assert codes(envelopes) == ["MANDATORY_PARAMETER_MISSING", "INVALID_PARAMETER", "OK"]
    assert [envelope["status"]["errors"][0]["parameter"] for envelope in envelopes[:2]] == ["number_of_results"] * 2


def test_another_token_inside_is_refused_and_the_same_one_is_let_pass(client: TestClient, token: TokenOf) -> None:
    key = token("clerk")
    calls = call("whoami", {"token": token("admin")}), call("whoami", {"token": key}), call("whoami", {"token": ""})
    assert codes(batch(client, key, *calls).json()["data"]) == ["MALFORMED_REQUEST", "OK", "OK"]


def test_unknown_members_inside_are_judged_by_the_prefix(client: TestClient, token: TokenOf) -> None:
    calls = call("whoami", {"nonsense": 1})
    assert codes(batch(client, token("clerk"), calls).json()["data"]) == ["UNKNOWN_PARAMETER"]
    assert codes(batch(client, token("clerk"), calls, prefix="/crmapi/rest/v2").json()["data"]) == ["OK"]


def test_a_call_may_be_tried_only_and_so_may_the_whole_batch(client: TestClient, token: TokenOf, here: World) -> None:
    key = token("clerk")
    tried = batch(client, key, call("payments/create", payment(here, validate_only=True)), call("payments/create", payment(here)))
    assert [envelope["data"]["id"] is None for envelope in tried.json()["data"]] == [True, False]
    assert made(client, key) == 1


def test_a_whole_batch_may_be_tried_only_and_its_calls_see_each_other(client: TestClient, token: TokenOf, here: World) -> None:
    key = token("clerk")
    named = {"payment_identifier": {"back_office_code": "A"}, "fields_set": "id,number,life_cycle_state"}
    calls = [
        call("payments/create", payment(here, back_office_code="A", life_cycle_state="DRAFT")),
        call("payments/post", named),
        call("payments/show", named),
    ]
    envelopes = batch(client, key, *calls, validate_only=True).json()["data"]
    assert codes(envelopes) == ["OK"] * 3
    assert envelopes[0]["data"]["id"] is None
    assert [envelope["data"] for envelope in envelopes[1:]] == [{"id": None, "number": None, "life_cycle_state": "POSTED"}] * 2
    assert made(client, key) == 0


def test_a_batch_that_is_tried_only_uses_up_no_key(client: TestClient, token: TokenOf, here: World) -> None:
    key = token("clerk")
    paid = call("payments/create", payment(here), idempotency_key="k")
    assert batch(client, key, paid, validate_only=True).json()["data"][0]["data"]["id"] is None
    assert batch(client, key, paid).json()["data"][0]["data"]["id"]
    assert batch(client, key, paid, validate_only=True).json()["data"][0]["data"]["id"] is None


@pytest.mark.parametrize(
    "calls",
    [
        None,
        "x",
        [5],
        [{}],
        [{"method": 5}],
        [{"method": "whoami", "params": []}],
        [{"method": "whoami", "nonsense": 1}],
        [{"method": "whoami"}] * 1001,
        [{"method": "whoami", "idempotency_key": "x" * 256}],
    ],
)
def test_a_batch_of_a_wrong_form_is_refused_as_a_whole(client: TestClient, token: TokenOf, calls: object) -> None:
    assert client.post("/batch", json={"token": token("clerk"), "calls": calls}).status_code == 422


def test_a_batch_of_no_calls_has_no_envelopes(client: TestClient, token: TokenOf) -> None:
    answer = client.post("/batch", json={"token": token("clerk"), "calls": []})
    assert (answer.status_code, answer.json()["data"]) == (200, [])


def test_each_call_may_have_its_own_idempotency_key(client: TestClient, token: TokenOf, here: World) -> None:
    key = token("clerk")
    calls = [call("payments/create", payment(here, amount), idempotency_key=f"k{amount}") for amount in (1, 2)]
    first, again = (batch(client, key, *calls).json()["data"] for _ in range(2))
    assert first == again
    other = batch(client, key, call("payments/create", payment(here, 3), idempotency_key="k1"), calls[1]).json()["data"]
    assert codes(other) == ["IDEMPOTENCY_KEY_REUSED", "OK"]
    assert made(client, key) == 2


def test_a_key_of_a_call_is_the_same_key_inside_and_outside_a_batch(client: TestClient, token: TokenOf, here: World) -> None:
    key = token("clerk")
    alone = client.post("/payments/create", json={"token": key, **payment(here)}, headers={"Idempotency-Key": "k"}).json()
    assert batch(client, key, call("payments/create", payment(here), idempotency_key="k")).json()["data"] == [alone]
    assert made(client, key) == 1


def test_a_key_in_the_header_covers_the_whole_batch(client: TestClient, token: TokenOf, here: World) -> None:
    key = token("clerk")
    body = {"token": key, "calls": [call("payments/create", payment(here)), call("payments/create", payment(here, 0))]}
    first, again = (client.post("/batch", json=body, headers={"Idempotency-Key": "b"}) for _ in range(2))
    assert first.content == again.content
    assert again.headers["Idempotency-Replayed"] == "true"
    assert made(client, key) == 1


def test_a_fault_of_ours_in_one_call_undoes_the_whole_batch(
    client: TestClient, token: TokenOf, here: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(entry: object, params: object) -> None:
        raise LookupError("gone")

    probes.put(monkeypatch, "probe/broken", probes.method(broken, writes=True))
    key = token("clerk")
    answer = batch(client, key, call("payments/create", payment(here)), call("probe/broken"))
    assert (answer.status_code, answer.json()["status"]["code"]) == (500, "SYSTEM_ERROR")
    assert made(client, key) == 0

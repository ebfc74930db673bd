"""The native door: paths, verbs, and refusals in the order of their phases, at both prefixes."""

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from starlette.testclient import TestClient

from methods import METHODS
from rpcserver import paths
from tests.engines import is_sqlite
from tests.rpcserver.world import World

BOTH = pytest.mark.parametrize("prefix", ["", "/crmapi/rest/v2"])
READS = [path for path, method in METHODS.items() if not method.writes and not method.public]
WRITES = [path for path, method in METHODS.items() if method.writes]

TokenOf = Callable[[str], str]


def status_of(answer: Any) -> dict[str, Any]:
    said = answer.json()
    assert list(said) == ["status", "data"]
    return dict(said["status"])


@BOTH
@pytest.mark.parametrize("verb", ["GET", "POST", "DELETE", "OPTIONS"])
def test_an_unknown_path_is_404_whatever_else_is_wrong(client: TestClient, prefix: str, verb: str) -> None:
    answer = client.request(verb, f"{prefix}/payments/craete", content=b"nonsense")
    assert answer.status_code == 404
    assert status_of(answer)["code"] == "UNKNOWN_METHOD"
    assert "did you mean payments/create?" in status_of(answer)["message"]


@BOTH
def test_the_root_is_no_method(client: TestClient, prefix: str) -> None:
    assert client.get(f"{prefix}/").status_code == 404


@pytest.mark.one_engine
@BOTH
@pytest.mark.parametrize("path", WRITES)
def test_a_write_does_not_answer_get(client: TestClient, prefix: str, path: str) -> None:
    answer = client.get(f"{prefix}/{path}")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "OPTIONS, POST")
    assert status_of(answer)["code"] == "METHOD_NOT_ALLOWED"


@BOTH
@pytest.mark.parametrize("verb", ["PUT", "PATCH", "DELETE", "TRACE", "PROPFIND"])
def test_no_method_answers_other_verbs(client: TestClient, prefix: str, verb: str) -> None:
    answer = client.request(verb, f"{prefix}/payments/list", content=b"{}")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS, POST")


def test_options_says_which_verbs_there_are(client: TestClient) -> None:
    answer = client.options("/payments/list")
    assert (answer.status_code, answer.headers["Allow"], answer.content) == (204, "GET, HEAD, OPTIONS, POST", b"")


@BOTH
def test_a_read_answers_get_post_and_a_trailing_slash_alike(client: TestClient, token: TokenOf, prefix: str) -> None:
    key = token("clerk")
    answers = [
        client.get(f"{prefix}/whoami", params={"token": key}),
        client.get(f"{prefix}/whoami/", headers={"Authorization": f"Bearer {key}"}),
        client.post(f"{prefix}/whoami", json={"token": key}),
        client.post(f"{prefix}/whoami/", json={}, headers={"X-Auth-Token": key}),
    ]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].headers["Content-Type"] == "application/json"
    assert status_of(answers[0]) == {"code": "OK", "message": None, "description": None}


def test_head_answers_like_get_without_the_body(client: TestClient, token: TokenOf) -> None:
    key = token("clerk")
    answer = client.head("/whoami", params={"token": key})
    assert (answer.status_code, answer.content) == (200, b"")
    assert client.head("/payments/list", params={"token": key}).status_code == 200
    assert client.head("/payments/list").status_code == 401


def chunks(body: bytes) -> Iterator[bytes]:
    """A body whose length is not announced."""
    yield body


@BOTH
@pytest.mark.parametrize("wrap", [bytes, chunks])
def test_a_body_beyond_the_limit_is_413_before_its_type_is_looked_at(
    client: TestClient, prefix: str, wrap: Callable[[bytes], Any]
) -> None:
    headers = {"Content-Type": "text/plain"}
    answer = client.post(f"{prefix}/payments/create", content=wrap(b"x" * ((1 << 20) + 1)), headers=headers)
    assert answer.status_code == 413
    assert status_of(answer)["code"] == "REQUEST_TOO_LARGE"
    assert client.post(f"{prefix}/payments/create", content=wrap(b"x" * (1 << 20)), headers=headers).status_code == 415


def test_a_batch_may_be_larger(client: TestClient) -> None:
    body = json.dumps({"calls": [], "x": "x" * (2 << 20)})
    headers = {"Content-Type": "application/json"}
    assert client.post("/batch", content=body, headers=headers).status_code == 401
    assert client.post("/batch", content=b" " * ((16 << 20) + 1), headers=headers).status_code == 413


@BOTH
def test_the_type_is_judged_before_the_json(client: TestClient, prefix: str) -> None:
    answer = client.post(f"{prefix}/payments/create", content=b"{", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code == 415
    assert status_of(answer)["code"] == "UNSUPPORTED_MEDIA_TYPE"


@BOTH
@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"a":1,"a":2}', b'{"token":"x","token":"x"}', b"\xff\xfe{\x00}\x00"])
def test_no_json_object_is_400_before_the_token_is_looked_at(client: TestClient, prefix: str, body: bytes) -> None:
    answer = client.post(f"{prefix}/payments/create", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 400
    assert status_of(answer)["code"] == "MALFORMED_REQUEST"


@BOTH
def test_two_tokens_that_differ_are_400(client: TestClient, token: TokenOf, prefix: str) -> None:
    answer = client.post(f"{prefix}/whoami", json={"token": token("clerk")}, headers={"X-Auth-Token": token("clerk")})
    assert answer.status_code == 400


@BOTH
def test_the_token_is_judged_before_right_and_parameters(client: TestClient, prefix: str) -> None:
    for arguments in ({}, {"token": "nonsense"}, {"token": 5}):
        answer = client.post(f"{prefix}/users/create", json={"nonsense": 1, **arguments})
        assert answer.status_code == (200 if prefix else 401)
        assert status_of(answer)["code"] == "INVALID_TOKEN"
        assert ("WWW-Authenticate" in answer.headers) == (not prefix)


@BOTH
def test_the_right_is_judged_before_the_parameters(client: TestClient, token: TokenOf, prefix: str) -> None:
    answer = client.post(f"{prefix}/users/create", json={"token": token("clerk"), "nonsense": 1})
    assert answer.status_code == (200 if prefix else 403)
    assert status_of(answer)["code"] == "NOT_PERMITTED"


def test_all_faults_of_the_parameters_come_at_once_in_the_order_of_the_table(client: TestClient, token: TokenOf) -> None:
    answer = client.post(
        "/payments/get_latest?limit=5",
        json={
            "token": token("clerk"),
            "nmber": 1,
            "number": 0,
            "accounts_receivable_identifier": {"number": "9", "id": "A"},
        },
    )
    assert answer.status_code == 422
    errors = status_of(answer)["errors"]
    assert [(error["parameter"], error["code"]) for error in errors] == [
        ("accounts_receivable_identifier", "MULTIPLE_IDENTIFIERS"),
        ("number", "INVALID_PARAMETER"),
        ("nmber", "UNKNOWN_PARAMETER"),
        ("limit", "UNKNOWN_PARAMETER"),
    ]
    assert (status_of(answer)["code"], status_of(answer)["message"]) == (errors[0]["code"], errors[0]["message"])


def test_the_drop_in_prefix_ignores_what_it_does_not_know(client: TestClient, token: TokenOf, here: World) -> None:
    body = {"token": token("clerk"), "nmber": 1, "number": 1, "accounts_receivable_identifier": {"number": here.account}}
    answer = client.post("/crmapi/rest/v2/payments/get_latest?limit=5", json=body)
    assert (answer.status_code, answer.json()["data"]) == (200, [])
    assert client.post("/payments/get_latest", json=body).status_code == 422


@BOTH
def test_an_unresolved_identifier_is_404_under_its_parameter_name(client: TestClient, token: TokenOf, prefix: str) -> None:
    answer = client.get(f"{prefix}/payments/show", params={"token": token("clerk"), "payment_identifier": "number=31"})
    assert answer.status_code == (200 if prefix else 404)
    assert status_of(answer)["code"] == "ENTITY_NOT_FOUND"
    assert status_of(answer)["errors"][0]["parameter"] == "payment_identifier"


@pytest.mark.parametrize("spelling", ["=number={}", "[number]={}", '={{"number":"{}"}}', "=number%3D{}", "%5Bnumber%5D={}"])
def test_every_spelling_of_an_identifier_in_a_query_works(client: TestClient, token: TokenOf, here: World, spelling: str) -> None:
    query = f"accounts_receivable_identifier{spelling.format(here.account)}&token={token('clerk')}&fields_set=number"
    answer = client.get(f"/accounts_receivable/show?{query}")
    assert answer.json()["data"] == {"number": here.account}


@pytest.mark.one_engine
@pytest.mark.parametrize("path", READS)
def test_every_read_answers_get(client: TestClient, token: TokenOf, path: str) -> None:
    answer = client.get(f"/{path}", params={"token": token("admin")})
    assert answer.status_code in (200, 422)


def test_a_lone_surrogate_is_refused_under_the_name_of_its_parameter(client: TestClient, token: TokenOf) -> None:
    body = f'{{"token": "{token("clerk")}", "name": "a\\ud800"}}'
    answer = client.post("/customers/create", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code == 422
    assert [error["parameter"] for error in status_of(answer)["errors"]] == ["name"]


def test_a_name_with_a_lone_surrogate_is_an_unknown_parameter(client: TestClient, token: TokenOf) -> None:
    body = f'{{"token": "{token("clerk")}", "\\udc00": 1}}'
    answer = client.post("/whoami", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, status_of(answer)["code"]) == (422, "UNKNOWN_PARAMETER")


def test_the_callers_request_id_comes_back_on_every_kind_of_answer(client: TestClient, token: TokenOf) -> None:
    headers = {"X-Request-Id": "mine-1"}
    for answer in (
        client.get("/nowhere", headers=headers),
        client.get("/health", headers=headers),
        client.post("/whoami", json={}, headers=headers),
        client.get("/payments/list", params={"token": token("clerk")}, headers=headers),
        client.options("/whoami", headers=headers),
    ):
        assert answer.headers["X-Request-Id"] == "mine-1"
    assert len(client.get("/nowhere", headers={"X-Request-Id": "not mine!"}).headers["X-Request-Id"]) == 32


LIGHT = {"whoami", "payments/show", "payment_cancellations/show", "invoices/show"}
"""What reads one record and no more than belongs to it; everything else may grow with the book."""


@pytest.mark.parametrize("path", ["whoami", "accounts_receivable/statement", "accounts_receivable/show", "payments/get_latest"])
def test_only_what_is_light_holds_up_the_event_loop(
    client: TestClient, token: TokenOf, here: World, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    on_the_loop: list[bool] = []
    method = METHODS[path]

    def run(*given: Any) -> Any:
        on_the_loop.append(asyncio._get_running_loop() is not None)
        return method.run(*given)

    monkeypatch.setattr(paths, "method_at", lambda _path: replace(method, run=run))
    named: dict[str, Any] = {} if path == "whoami" else {"accounts_receivable_identifier": {"number": here.account}}
    named |= {"number": 1} if path.endswith("get_latest") else {}
    assert client.post(f"/{path}", json={"token": token("clerk"), **named}).status_code == 200
    # A server may keep us waiting, so that on PostgreSQL nothing does.
    assert on_the_loop == [path in LIGHT and is_sqlite()]


def test_the_light_methods_are_these() -> None:
    assert {path for path, method in METHODS.items() if method.light} == LIGHT
    assert not any(METHODS[path].writes or METHODS[path].many for path in LIGHT)

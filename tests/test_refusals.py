"""Every refusal is provoked on every method that documents it. That nothing else is refused, `documented` sees in every test."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.errors import REFUSALS
from methods import METHODS
from tests import call_stories, documented, rule_stories, scenes
from tests.native import BOTH, DROP_IN, Answer, Native, Template, copied, opened
from tests.wrong_values import ANY_ID

pytestmark = pytest.mark.one_engine

CODES = tuple(refusal.code for refusal in REFUSALS)
DOCUMENTED = [(path, refusal.code) for path, method in METHODS.items() for refusal in method.all_refusals]
IMPATIENT = frozenset({"IDEMPOTENCY_IN_PROGRESS", "SERVICE_UNAVAILABLE"})
PATIENCE_SECONDS = 0.2

STATUSES = {
    "UNKNOWN_METHOD": 404,
    "METHOD_NOT_ALLOWED": 405,
    "REQUEST_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "MALFORMED_REQUEST": 400,
    "TOO_MANY_REQUESTS": 429,
    "INVALID_CREDENTIALS": 401,
    "INVALID_TOKEN": 401,
    "EXPIRED_TOKEN": 401,
    "NOT_PERMITTED": 403,
    "NOT_ALLOWED_IN_BATCH": 422,
    "MANDATORY_PARAMETER_MISSING": 422,
    "INVALID_PARAMETER": 422,
    "UNKNOWN_PARAMETER": 422,
    "IDENTIFIER_MISSING": 422,
    "MULTIPLE_IDENTIFIERS": 422,
    "IDEMPOTENCY_KEY_REUSED": 422,
    "ENTITY_NOT_FOUND": 404,
    "SERVICE_UNAVAILABLE": 503,
    "OUTCOME_UNKNOWN": 500,
    "SYSTEM_ERROR": 500,
}
RULE = 409
TRUE_EVERYWHERE = frozenset(
    {
        "UNKNOWN_METHOD",
        "METHOD_NOT_ALLOWED",
        "REQUEST_TOO_LARGE",
        "UNSUPPORTED_MEDIA_TYPE",
        "MALFORMED_REQUEST",
        "TOO_MANY_REQUESTS",
        "SERVICE_UNAVAILABLE",
        "OUTCOME_UNKNOWN",
        "SYSTEM_ERROR",
    }
)
"""What the drop-in prefix says with its own status; every other refusal of a method is HTTP 200 there."""
IGNORED_THERE = frozenset({"UNKNOWN_PARAMETER", "AMOUNT_MISMATCH"})
"""What the drop-in prefix lets pass."""
ELSEWHERE = frozenset({"ALREADY_LINKED", "NOT_LINKED"})
"""What no native method refuses: payments are linked to invoices, and links are undone, at other doors only."""
Call = dict[str, Any]


def _twins(server: Native) -> Call:
    for _ in range(2):
        scenes.account(server, name="Twin")
    return {"method": "accounts_receivable/show", "params": {"accounts_receivable_identifier": {"name": "Twin"}}}


def _showing(identifier: object) -> Call:
    return {"method": "payments/show", "params": {"payment_identifier": identifier}}


INSIDE: dict[str, Call] = {
    "UNKNOWN_METHOD": {"method": "payments/craete"},
    "NOT_ALLOWED_IN_BATCH": {"method": "login"},
    "NOT_PERMITTED": {"method": "users/create"},
    "MALFORMED_REQUEST": {"method": "whoami", "params": {"token": "another"}},
    "MANDATORY_PARAMETER_MISSING": {"method": "units/list"},
    "INVALID_PARAMETER": {"method": "units/list", "params": {"number_of_results": 1001}},
    "UNKNOWN_PARAMETER": {"method": "whoami", "params": {"nonsense": 1}},
    "IDENTIFIER_MISSING": _showing({}),
    "MULTIPLE_IDENTIFIERS": _showing({"id": ANY_ID, "number": "1"}),
    "ENTITY_NOT_FOUND": _showing({"id": ANY_ID}),
}
TOLD_OF_METHODS = frozenset(
    {
        "NOT_PERMITTED",
        "IDENTIFIER_MISSING",
        "MULTIPLE_IDENTIFIERS",
        "ENTITY_NOT_FOUND",
        "AMBIGUOUS_IDENTIFIER",
    }
)
"""Of these a batch has a story only through its calls."""
ALONE = [(path, code) for path, code in DOCUMENTED if path != "batch" or code in frozenset(call_stories.STORIES) - TOLD_OF_METHODS]
OF_A_CALL = tuple(
    code for path, code in DOCUMENTED if path == "batch" and code != "ROLLED_BACK" and ((path, code) not in ALONE or code in INSIDE)
)
FIRST = [next(pair for pair in ALONE if pair[1] == code) for code in CODES if code in {told for _, told in ALONE}]


@pytest.fixture
def fresh(demo: Template, tmp_path: Path, code: str) -> Iterator[Native]:
    """A server over a copy of its own, on which payments go where the story needs them, and which is impatient, or keeps no events,
    where that is what the story is about."""
    folder = tmp_path / "folder"
    folder.mkdir()
    allocation = "intended" if code == "BALANCE_TOO_LARGE" else "fifo"
    patience: dict[str, Any] = {"write_wait": PATIENCE_SECONDS} if code in IMPATIENT else {}
    keeps = code != "EVENTS_NOT_KEPT"
    with opened(demo, copied(demo, folder), allocation=allocation, events=keeps, **patience) as server:
        yield server


@pytest.fixture
def asked(request: pytest.FixtureRequest, code: str) -> Native:
    """The shared server for what leaves no trace, else one of the test's own."""
    server: Native = request.getfixturevalue("unwritten" if code in call_stories.HARMLESS else "fresh")
    return server


def provoked(server: Native, path: str, code: str) -> Answer:
    if (path, code) in rule_stories.STORIES:
        return server.ask(path, rule_stories.STORIES[path, code](server))
    return call_stories.STORIES[code](server, path)


def status_of(code: str, prefix: str) -> int:
    return 200 if prefix and code not in TRUE_EVERYWHERE else STATUSES.get(code, RULE)


def batched(server: Native, code: str) -> Answer:
    """A batch of two calls, the second of which is refused."""
    if code == "AMBIGUOUS_IDENTIFIER":
        call = _twins(server)
    elif code in INSIDE:
        call = INSIDE[code]
    else:
        path, tell = next((path, tell) for (path, other), tell in rule_stories.STORIES.items() if other == code)
        call = {"method": path, "params": tell(server)}
    by = "clerk" if code == "NOT_PERMITTED" else "admin"
    return server.ask("batch", {"calls": [{"method": "whoami"}, call, {"method": "whoami"}], "atomic": True}, by=by)


@pytest.mark.parametrize(("path", "code"), ALONE)
def test_what_a_method_documents_it_refuses(asked: Native, path: str, code: str) -> None:
    answer = provoked(asked, path, code)
    assert answer.verdict == (status_of(code, ""), code), answer.text
    assert answer.data is None


@pytest.mark.parametrize(("path", "code"), FIRST)
def test_the_drop_in_prefix_has_the_same_codes(asked: Native, path: str, code: str) -> None:
    answer = provoked(asked.at(DROP_IN), path, code)
    assert answer.verdict == (status_of(code, DROP_IN), "OK" if code in IGNORED_THERE else code)


@BOTH
@pytest.mark.parametrize("code", OF_A_CALL)
def test_an_atomic_batch_is_refused_as_its_first_refused_call_is(fresh: Native, code: str, prefix: str) -> None:
    answer = batched(fresh.at(prefix), code)
    if prefix and code in IGNORED_THERE:
        assert answer.verdict == (200, "OK")
        return
    assert answer.verdict == (status_of(code, prefix), code), answer.text
    assert [envelope["status"]["code"] for envelope in answer.data] == ["ROLLED_BACK", code, "ROLLED_BACK"]


@BOTH
@pytest.mark.parametrize("code", ["UNKNOWN_METHOD"])
def test_a_path_that_is_no_method_is_unknown(fresh: Native, code: str, prefix: str) -> None:
    assert fresh.at(prefix).other("POST", "payments/craete").verdict == (404, code)


def test_every_refusal_there_is_has_been_provoked_above() -> None:
    of_batches = {code for path, code in ALONE if path == "batch"} | {*OF_A_CALL, "ROLLED_BACK"}
    assert of_batches == {refusal.code for refusal in METHODS["batch"].all_refusals}
    assert {code for _, code in ALONE} | of_batches == set(CODES) - ELSEWHERE
    assert [pair for pair in rule_stories.STORIES if pair not in DOCUMENTED] == []
    assert set(STATUSES) < set(CODES)


def test_the_door_is_watched_for_what_is_not_documented(server: Native, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        strangers = documented.watched(patch, lambda method: ())
        server.ask("whoami", {"nonsense": 1})
        server.ask("batch", {"calls": [{"method": "whoami", "params": {"nonsense": 1}}]})
    assert [stranger.split()[0] for stranger in strangers] == ["UNKNOWN_PARAMETER"] * 2

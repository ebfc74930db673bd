"""Who may call what: each role and each method, asked with tokens and with keys, alone and in batches. A right is judged before any
parameter is looked at."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from ledger.rights import ROLES
from methods import METHODS
from tests.native import BOTH, Native, Template, copied, opened

pytestmark = pytest.mark.one_engine

OPEN = {"login", "authentication/token", "authentication/web_api_key/token"}
SESSION = {"logout", "authentication/token/release", "whoami", "batch", "users/change_password"}
RECORDS = {
    "payments/show",
    "payments/list",
    "payments/get_latest",
    "payment_profiles/list",
    "payment_cancellations/show",
    "payment_cancellations/list",
    "customers/show",
    "customers/list",
    "accounts_receivable/show",
    "accounts_receivable/list",
    "accounts_receivable/statement",
    "invoices/show",
    "invoices/list",
    "bills/show",
    "bills/list",
}
CONFIGURATION = {
    "payments/configuration/types/list",
    "payments/configuration/categories/list",
    "payments/configuration/payment_methods/list",
    "payments/configuration/rejection_reasons/list",
    "payment_cancellations/configuration/types/list",
    "configuration/types/list",
    "configuration/categories/list",
    "configuration/payment_methods/list",
    "configuration/rejection_reasons/list",
    "configuration/projects/list",
    "configuration/subsidiaries/list",
    "configuration/exchange_rates/list",
    "configuration/number_formats/list",
    "configuration/door_defaults/list",
}
UNITS = {"units/list"}
SUPERVISION = {"users/show", "users/list", "audit/list"}
BUSINESS = {
    "payments/create",
    "payments/update",
    "payments/pay_invoice",
    "payments/pay_bill",
    "payments/post",
    "payments/reject",
    "payments/apply",
    "payments/release",
    "payments/cancel",
    "payment_profiles/create",
    "payment_profiles/enable",
    "invoices/create",
    "invoices/post",
    "invoices/reject",
    "invoices/cancel",
    "bills/create",
    "customers/create",
    "accounts_receivable/create",
    "accounts_receivable/update",
}
SETTING_UP = {
    "configuration/types/create",
    "configuration/categories/create",
    "configuration/payment_methods/create",
    "configuration/rejection_reasons/create",
    "configuration/projects/create",
    "configuration/subsidiaries/create",
    "configuration/exchange_rates/create",
    "configuration/number_formats/update",
    "configuration/door_defaults/update",
    "users/create",
    "users/disable",
    "units/create",
}
READING = RECORDS | CONFIGURATION
MAY = {
    "admin": SESSION | READING | UNITS | SUPERVISION | BUSINESS | SETTING_UP,
    "clerk": SESSION | READING | UNITS | BUSINESS,
    "auditor": SESSION | READING | UNITS | SUPERVISION,
    "owner": SESSION | READING,
}
CLOSED = tuple(path for path in METHODS if path not in OPEN)
GARBAGE: dict[str, Any] = {"fields_set": 5, "validate_only": 5, "payment_identifier": [], "nonsense": {}}
JUDGED = {"INVALID_PARAMETER", "MANDATORY_PARAMETER_MISSING"}
"""How garbage is refused once the right was granted."""


@pytest.fixture(scope="module")
def asked(demo: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Native]:
    """A server for this module, in whose audit log the refusals go."""
    with opened(demo, copied(demo, tmp_path_factory.mktemp("rights"))) as server:
        yield server


@BOTH
@pytest.mark.parametrize("path", CLOSED)
@pytest.mark.parametrize("credential", ["token", "key"])
def test_a_role_may_call_what_the_table_says(asked: Native, path: str, credential: str, prefix: str) -> None:
    for role in ROLES:
        secret = asked.tokens[role] if credential == "token" else asked.made["keys"][role]
        answer = asked.at(prefix).send(path, json.dumps({**GARBAGE, "token": secret}).encode())
        if path in MAY[role]:
            assert answer.code in JUDGED, f"{role}: {answer.text}"
        else:
            assert answer.verdict == (200 if prefix else 403, "NOT_PERMITTED"), f"{role}: {answer.text}"
            assert (answer.errors, answer.data) == ([], None)
            assert role in answer.message


@BOTH
@pytest.mark.parametrize("path", CLOSED)
def test_nobody_may_call_anything_without_a_token(asked: Native, path: str, prefix: str) -> None:
    answer = asked.at(prefix).ask(path, GARBAGE, by=None)
    assert answer.verdict == (200 if prefix else 401, "INVALID_TOKEN")
    assert (answer.errors, answer.data) == ([], None)


@BOTH
@pytest.mark.parametrize("path", sorted(OPEN))
def test_who_logs_in_needs_no_right(asked: Native, path: str, prefix: str) -> None:
    assert asked.at(prefix).ask(path, GARBAGE).code in JUDGED


@BOTH
@pytest.mark.parametrize("path", [path for path in CLOSED if not METHODS[path].writes])
def test_a_read_by_query_needs_the_same_right(asked: Native, path: str, prefix: str) -> None:
    for role in ROLES:
        answer = asked.at(prefix).get(path, {"fields_set": "nonsense"}, by=role)
        assert (answer.code == "NOT_PERMITTED") == (path not in MAY[role]), f"{role}: {answer.text}"


@BOTH
@pytest.mark.parametrize("role", ROLES)
def test_rights_are_judged_call_by_call_in_a_batch(asked: Native, role: str, prefix: str) -> None:
    calls = [{"method": path, "params": GARBAGE} for path in METHODS]
    envelopes = asked.at(prefix).done("batch", {"calls": calls}, by=role)
    for path, envelope in zip(METHODS, envelopes, strict=True):
        alone = path in OPEN or METHODS[path].secret or path == "batch"
        expected = {"NOT_ALLOWED_IN_BATCH"} if alone else JUDGED if path in MAY[role] else {"NOT_PERMITTED"}
        assert envelope["status"]["code"] in expected, path
        assert envelope["data"] is None


def test_a_refused_right_is_written_down_and_nothing_else(server: Native) -> None:
    before = {path: server.done(path) for path in ("customers/list", "units/list", "configuration/types/list")}
    server.ask("customers/create", {"name": "Mine"}, by="owner")
    (row,) = server.done("audit/list", {"username": "owner", "number_of_results": 1})
    assert (row["method"], row["outcome"], row["record_id"]) == ("customers/create", "NOT_PERMITTED", None)
    assert before == {path: server.done(path) for path in before}


def test_every_method_is_in_the_table_once() -> None:
    groups = (OPEN, SESSION, RECORDS, CONFIGURATION, UNITS, SUPERVISION, BUSINESS, SETTING_UP)
    assert sorted(path for group in groups for path in group) == sorted(METHODS)
    assert set(MAY) == set(ROLES)

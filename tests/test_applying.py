"""Applying and releasing money at the native door: once per idempotency key, all lines or none, and what a batch sees of it."""

from typing import Any

import pytest

from tests import scenes
from tests.native import BOTH, Native
from tests.right_calls import apply
from tests.scenes import Body, Ref


@pytest.fixture
def account(server: Native) -> Ref:
    return scenes.account(server)


def unpaid(server: Native, body: Body) -> list[Any]:
    """What is unpaid on the invoices that a call names."""
    named = [{"invoice_identifier": line["invoice_identifier"]} for line in body["invoices_set"]]
    return [server.done("invoices/show", each)["unsettled_amount"] for each in named]


@BOTH
def test_the_same_key_applies_once(server: Native, account: Ref, prefix: str) -> None:
    body = apply(server, account)
    body["invoices_set"][0]["amount"] = 40
    first, again = (server.at(prefix).ask("payments/apply", body, Idempotency_Key="once") for _ in range(2))
    assert first.body == again.body
    assert unpaid(server, body) == [60]
    spelled = {**body, "invoices_set": [{**body["invoices_set"][0]["invoice_identifier"], "amount": "40"}]}
    assert server.at(prefix).ask("payments/apply", spelled, Idempotency_Key="once").body == first.body
    server.done("payments/apply", body)
    assert unpaid(server, body) == [20]


@BOTH
@pytest.mark.parametrize("amount", ["60.01", "0.001", 1_000])
def test_one_wrong_line_applies_nothing(server: Native, account: Ref, amount: object, prefix: str) -> None:
    body = apply(server, account)
    body["invoices_set"][0]["amount"] = 40
    body["invoices_set"].append({"invoice_identifier": scenes.invoice(server, account), "amount": amount})
    scenes.released(server, body["payment_identifier"])
    answer = server.at(prefix).ask("payments/apply", body)
    assert answer.code == ("INVALID_PARAMETER" if amount == "0.001" else "AMOUNT_MISMATCH")
    assert unpaid(server, body) == [100, 100]


def test_a_batch_makes_a_payment_and_moves_it_from_invoice_to_invoice(server: Native, account: Ref) -> None:
    first, second = (scenes.invoice(server, account) for _ in range(2))
    named = {"payment_identifier": {"back_office_code": "B"}}
    calls = [
        {"method": "payments/create", "params": scenes.payment_body(account, 100, back_office_code="B")},
        {"method": "payments/release", "params": {**named, "invoice_identifier": first}},
        {"method": "payments/apply", "params": {**named, "invoices_set": [{**second, "amount": 70}]}},
    ]
    *_, applied = server.done("batch", {"calls": calls, "atomic": True})
    (line,) = applied["data"]["allocations"]
    assert (line["invoice"]["id"], line["amount"], applied["data"]["unallocated_amount"]) == (second["id"], 70, 30)
    assert unpaid(server, {"invoices_set": [{"invoice_identifier": first}, {"invoice_identifier": second}]}) == [100, 30]


def test_an_atomic_batch_undoes_what_it_applied(server: Native, account: Ref) -> None:
    body = apply(server, account)
    calls = [{"method": "payments/apply", "params": body}, {"method": "payments/apply", "params": body}]
    answer = server.ask("batch", {"calls": calls, "atomic": True})
    assert answer.code == "ALREADY_SETTLED"
    assert unpaid(server, body) == [100]


def test_applying_is_written_down_with_what_was_before(server: Native, account: Ref) -> None:
    body = apply(server, account)
    server.done("payments/apply", body)
    (row,) = server.done("audit/list", {"record_id": body["payment_identifier"]["id"], "number_of_results": 1})
    assert (row["method"], row["kind"]) == ("payments/apply", "payment")
    assert (row["before"]["allocation_mode"], row["after"]["allocation_mode"]) == ("automatic", "explicit")

"""Applying payments at QBench's door: exactly what was said, all of it or nothing."""

import pytest

from ledger import invoices as verbs
from tests.books import BOBS, EUROS
from tests.rpcserver.dialects.qbench.asking import OK, Body, Lab


def test_a_payment_is_applied_to_three_invoices_and_shows_them_newest_first(lab: Lab) -> None:
    pk, invoices = lab.pay(120), [lab.invoice(50), lab.invoice(40), lab.invoice(30)]
    lab.premises.company.clock.advance(3600)
    assert lab.apply(pk, *zip(invoices, (50, 40, 20.5), strict=True)).body == OK
    shown = lab.shown(pk)
    rows = shown["invoice_payments"]
    assert [list(row) for row in rows] == [["applied_amount", "date_created", "id", "invoice_id"]] * 3
    assert [(row["invoice_id"], row["applied_amount"]) for row in rows] == list(
        zip(invoices[::-1], (20.5, 40.0, 50.0), strict=True)
    )
    assert [row["id"] for row in rows] == sorted((row["id"] for row in rows), reverse=True)
    assert {row["date_created"] for row in rows} == {"05/01/2024 01:00 PM"}
    assert (shown["unapplied_amount"], shown["last_updated"]) == (9.5, str(1_714_564_800 + 3600))
    assert [lab.done("GET", f"/invoice/{invoice}")["paid"] for invoice in invoices] == [True, True, False]


def test_several_payments_may_pay_one_invoice(lab: Lab) -> None:
    invoice = lab.invoice(100)
    for amount in (60, 30, 10):
        assert lab.apply(lab.pay(amount), (invoice, amount)).body == OK
    assert lab.done("GET", f"/invoice/{invoice}")["paid"] is True


def test_applying_to_one_invoice_says_the_amount_alone(lab: Lab) -> None:
    pk, invoice = lab.pay(100), lab.invoice(100)
    assert lab.done("POST", f"/payment/{pk}/invoice/{invoice}", {"applied_amount": 50}) == OK
    assert (lab.on(pk), lab.shown(pk)["unapplied_amount"]) == ({invoice: 50.0}, 50.0)


def test_applying_to_the_same_invoice_again_adds_to_it(lab: Lab) -> None:
    pk, invoice, other = lab.pay(100), lab.invoice(100), lab.invoice(100)
    lab.apply(pk, (invoice, 30))
    (first,) = lab.shown(pk)["invoice_payments"]
    lab.premises.company.clock.advance(3600)
    lab.apply(pk, (other, 5), (invoice, 20), (invoice, 1))
    rows = lab.shown(pk)["invoice_payments"]
    assert [row["invoice_id"] for row in rows] == [other, invoice]
    assert rows[1] == first | {"applied_amount": 51.0}


def test_what_is_released_and_applied_anew_is_a_new_row(lab: Lab) -> None:
    pk, invoice = lab.pay(100), lab.invoice(100)
    lab.apply(pk, (invoice, 30))
    (first,) = lab.shown(pk)["invoice_payments"]
    lab.premises.company.clock.advance(3600)
    assert lab.done("DELETE", f"/payment/{pk}/invoice/{invoice}") == OK
    shown = lab.shown(pk)
    assert (shown["invoice_payments"], shown["unapplied_amount"], shown["last_updated"]) == ([], 100.0, str(1_714_564_800 + 3600))
    lab.apply(pk, (invoice, 30))
    (second,) = lab.shown(pk)["invoice_payments"]
    assert second["id"] > first["id"]
    assert (first["date_created"], second["date_created"]) == ("05/01/2024 12:00 PM", "05/01/2024 01:00 PM")


def test_an_invoice_is_paid_when_nothing_is_owed_and_owed_again_after_a_release(lab: Lab) -> None:
    pk, invoice = lab.pay(100), lab.invoice(100)

    def is_paid() -> bool:
        return bool(lab.done("GET", f"/invoice/{invoice}")["paid"])

    told = [is_paid()]
    lab.apply(pk, (invoice, 100))
    told.append(is_paid())
    lab.done("DELETE", f"/payment/{pk}/invoice/{invoice}")
    told.append(is_paid())
    assert told == [False, True, False]


def test_one_bad_line_and_nothing_is_applied(lab: Lab) -> None:
    pk, good, bad = lab.pay(100), lab.invoice(50), lab.invoice(20)
    refused = [
        lab.apply(pk, (good, 50), (bad, 20.01)),
        lab.apply(pk, (good, 50), (lab.invoice(20, BOBS), 20)),
        lab.apply(pk, (good, 50), (987_654, 20)),
        lab.apply(pk, (good, 50), (bad, 0)),
        lab.apply(pk, (good, 50), (bad, 0.001)),
        lab.apply(pk, (good, 50), (good, 0.01)),
        lab.apply(pk, (good, 50), (lab.premises.company.invoice(20, state="DRAFT").pk, 20)),
    ]
    assert [reply.status for reply in refused] == [400, 400, 404, 400, 400, 400, 400]
    assert [reply.error.split(":")[0] for reply in refused] == [
        "invoice_payments[1].applied_amount",
        "invoice_payments[1].invoice_id",
        "invoice_payments[1].invoice_id",
        "invoice_payments[1].applied_amount",
        "invoice_payments[1].applied_amount",
        "invoice_payments[1].invoice_id",
        "invoice_payments[1].invoice_id",
    ]
    assert lab.on(pk) == {}


def test_no_more_is_applied_than_the_payment_has(lab: Lab) -> None:
    pk, invoice = lab.pay(100), lab.invoice(500)
    reply = lab.apply(pk, (invoice, 60), (invoice, 40.01))
    said = "40.01 was sent, but 40 EUR is unallocated on the payment"
    assert reply.refused == (400, f"invoice_payments[1].applied_amount: {said}")
    one = lab.send("POST", f"/payment/{pk}/invoice/{invoice}", {"applied_amount": 100.01})
    assert one.refused == (400, "applied_amount: 100.01 was sent, but 100 EUR is unallocated on the payment")
    beyond = lab.send("POST", f"/payment/{pk}/invoice/{lab.invoice(30)}", {"applied_amount": 31})
    assert beyond.refused == (400, "applied_amount: 31 was sent, but 30 EUR is unpaid on invoice I00000002")
    assert lab.on(pk) == {}


def test_a_paid_invoice_takes_no_more(lab: Lab) -> None:
    invoice = lab.invoice(100)
    lab.apply(lab.pay(100), (invoice, 100))
    late = lab.pay(100)
    reply = lab.send("POST", f"/payment/{late}/invoice/{invoice}", {"applied_amount": 1})
    assert (reply.status, reply.error.split(":")[0]) == (400, "invoice_id")


def test_another_customers_invoice_is_refused(lab: Lab) -> None:
    pk, invoice = lab.pay(100), lab.invoice(100, BOBS)
    reply = lab.send("POST", f"/payment/{pk}/invoice/{invoice}", {"applied_amount": 1})
    assert reply.status == 400
    assert reply.error.startswith("invoice_id: the invoice belongs to another account")


@pytest.mark.parametrize("state", ["DRAFT", "REJECTED", "CANCELLED"])
def test_an_invoice_that_is_not_posted_takes_nothing(lab: Lab, state: str) -> None:
    pk, company = lab.pay(100), lab.premises.company
    invoice = company.invoice(100, state="POSTED" if state == "CANCELLED" else "DRAFT")
    if state == "CANCELLED":
        company.cancel_invoice(invoice)
    elif state == "REJECTED":
        company.do(verbs.reject, invoice)
    reply = lab.send("POST", f"/payment/{pk}/invoice/{invoice.pk}", {"applied_amount": 1})
    assert (reply.status, state in reply.error) == (400, True)


def test_releasing_what_is_not_applied_is_not_found(lab: Lab) -> None:
    pk, invoice = lab.pay(100), lab.invoice(100)
    reply = lab.send("DELETE", f"/payment/{pk}/invoice/{invoice}")
    assert reply.status == 404
    assert reply.error.startswith("invoice_id: nothing of the payment is applied to invoice")
    lab.apply(pk, (invoice, 1))
    assert [lab.send("DELETE", f"/payment/{pk}/invoice/{invoice}").status for _ in range(2)] == [200, 404]


def test_a_terminated_customers_payment_is_applied_to_nothing_more(lab: Lab) -> None:
    pk, invoice = lab.pay(100), lab.invoice(100)
    lab.premises.company.change_account(EUROS, life_cycle_state="TERMINATED")
    reply = lab.apply(pk, (invoice, 100))
    assert (reply.status, reply.error.split(":")[0]) == (400, "customer_id")


EXAMPLE = 'a list of 1 to 1000 objects, as in {"invoice_id": 123, "applied_amount": 50}'
BOTH = "expected are invoice_id, applied_amount"
LINES: list[tuple[Body, str]] = [
    ({}, "invoice_payments: is missing; expected are invoice_payments"),
    ({"invoice_payments": []}, f"invoice_payments: a list of 0 was sent; expected is {EXAMPLE}"),
    ({"invoice_payments": [{}] * 1001}, f"invoice_payments: a list of 1001 was sent; expected is {EXAMPLE}"),
    ({"invoice_payments": {"invoice_id": 1}}, f"invoice_payments: an object was sent; expected is {EXAMPLE}"),
    ({"invoice_payments": None}, f"invoice_payments: null was sent; expected is {EXAMPLE}"),
    ({"invoice_payments": [7]}, "invoice_payments[0]: 7 was sent; expected is an object of invoice_id, applied_amount"),
    (
        {"invoice_payments": [{"invoice_id": "1"}, {"applied_amount": -1, "note": 1}]},
        (
            'invoice_payments[0].invoice_id: "1" was sent; expected is an id, a whole number above 0, as in 2; '
            f"invoice_payments[0].applied_amount: is missing; {BOTH}; "
            f"invoice_payments[1].note: cannot be sent here; {BOTH}; "
            f"invoice_payments[1].invoice_id: is missing; {BOTH}; "
            "invoice_payments[1].applied_amount: -1 was sent; expected is a number above 0, as in 721.0"
        ),
    ),
    (
        {"invoices": [], "invoice_payments": [{"invoice_id": 1, "applied_amount": 1}]},
        "invoices: cannot be sent here; did you mean invoice_payments?",
    ),
]


@pytest.mark.parametrize(("body", "said"), LINES)
def test_lines_that_cannot_be_read_are_refused_with_a_sentence(lab: Lab, body: Body, said: str) -> None:
    assert lab.send("POST", f"/payment/{lab.pay()}/apply", body).refused == (400, said)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "applied_amount: is missing; expected are applied_amount"),
        ({"applied_amount": "50"}, 'applied_amount: "50" was sent; expected is a number above 0, as in 721.0'),
        ({"applied_amount": 0}, "applied_amount: 0 was sent; expected is a number above 0, as in 721.0"),
        ({"applied_amount": 1.005}, "applied_amount: 1.005 has too many decimals; the currency has at most 2 decimals. (EUR)"),
    ],
)
def test_an_amount_that_cannot_be_read_is_refused_with_a_sentence(lab: Lab, body: Body, said: str) -> None:
    reply = lab.send("POST", f"/payment/{lab.pay()}/invoice/{lab.invoice()}", body)
    assert reply.refused == (400, said)


def test_what_the_path_names_is_looked_for_first(lab: Lab) -> None:
    pk, invoice, body = lab.pay(), lab.invoice(), {"applied_amount": 1}
    asked = [
        lab.send("POST", f"/payment/987654/invoice/{invoice}", body),
        lab.send("POST", f"/payment/{pk}/invoice/987654", body),
        lab.send("POST", f"/payment/x/invoice/{invoice}", body),
        lab.send("DELETE", f"/payment/{pk}/invoice/0"),
        lab.send("POST", "/payment/987654/apply", {"invoice_payments": [{"invoice_id": invoice, "applied_amount": 1}]}),
    ]
    assert [reply.status for reply in asked] == [404] * 5
    assert [reply.error.split(":")[0] for reply in asked] == ["payment_id", "invoice_id", "payment_id", "invoice_id", "payment_id"]


def test_the_same_key_applies_once(lab: Lab) -> None:
    pk, invoice, keyed = lab.pay(100), lab.invoice(100), {"Idempotency-Key": "apply-1"}
    for _ in range(2):
        assert lab.send("POST", f"/payment/{pk}/invoice/{invoice}", {"applied_amount": 30}, headers=keyed).body == OK
    assert lab.on(pk) == {invoice: 30.0}
    other = lab.invoice(100)
    assert lab.send("POST", f"/payment/{pk}/invoice/{other}", {"applied_amount": 30}, headers=keyed).status == 422

"""Creating payments: what is taken, what happens in the ledger, and the bodies of 422 as they are published."""

from typing import Any

import pytest

from ledger.lifecycle import DRAFT, POSTED
from tests.books import BOBS, DINARS, YEN
from tests.rpcserver.dialects.productive.asking import DAY, PATH, Caller, payment

pytestmark = pytest.mark.one_engine


def invalid(name: str, detail: str, code: str = "invalid_attribute", title: str = "Invalid Attribute") -> dict[str, Any]:
    return {"status": "422", "code": code, "title": title, "detail": detail, "source": {"pointer": f"data/attributes/{name}"}}


BLANK, NO_DATE = "can't be blank", "is not a date"


def test_a_payment_is_posted_at_once_and_pays_its_invoice(caller: Caller) -> None:
    invoice = caller.invoice(100)
    made = caller.pay(invoice, 10_000, "2024-04-02", note="Thanks")
    kept = caller.row(made.data["id"])
    assert (made.status, made.headers["location"]) == (201, f"http://testserver{PATH}/{kept.pk}")
    assert (kept.life_cycle_state, kept.allocation_mode, kept.amount, kept.unallocated) == (POSTED, "explicit", 10_000, 0)
    assert (kept.received_on, kept.issued_on) == ("2024-04-02T00:00:00", "2024-05-01T12:00:00")
    assert (kept.notes, kept.principal_invoice_pk, kept.principal_linked) == ("Thanks", invoice.pk, True)
    assert caller.owed(invoice) == 0
    assert made.invoice["paid_on"] == "2024-04-02"
    assert caller.get(pk=kept.pk).body == made.body


def test_overpaying_is_legal_and_shown_as_negative_but_the_ledger_allocates_what_is_owed(caller: Caller) -> None:
    invoice = caller.invoice(100)
    first, second = caller.pay(invoice, 7_000), caller.pay(invoice, 13_000)
    assert (first.invoice["amount_paid"], first.invoice["amount_unpaid"], first.invoice["paid_on"]) == (7_000, 3_000, None)
    assert (second.invoice["amount_paid"], second.invoice["amount_unpaid"]) == (20_000, -10_000)
    assert second.invoice["paid_on"] == DAY
    assert [caller.row(made.data["id"]).unallocated for made in (first, second)] == [0, 10_000]


def test_what_is_left_of_a_payment_stays_off_other_invoices(caller: Caller) -> None:
    other, invoice = caller.invoice(50), caller.invoice(10)
    caller.pay(invoice, 6_000)
    assert caller.owed(other) == 50
    assert caller.owed(caller.invoice(20)) == 20


@pytest.mark.parametrize("amount", [10_000, "10000", "10000.0", 10_000.0, " 10000 "])
def test_an_amount_is_an_integer_however_it_is_spelled(caller: Caller, amount: object) -> None:
    assert caller.pay(caller.invoice(), amount).attributes["amount"] == 10_000


@pytest.mark.parametrize(("account", "paid"), [(YEN, 10_000), (DINARS, 10)])
def test_minor_units_are_those_of_the_currency(caller: Caller, account: str, paid: int) -> None:
    invoice = caller.invoice(paid, account)
    caller.pay(invoice, 10_000)
    assert caller.owed(invoice) == 0


def test_the_invoice_may_come_as_an_attribute(caller: Caller) -> None:
    invoice = caller.invoice()
    for named in (invoice.pk, str(invoice.pk)):
        made = caller.post({"data": {"type": "payments", "attributes": {"invoice_id": named, "amount": 1, "paid_on": DAY}}})
        assert made.data["relationships"]["invoice"]["data"]["id"] == str(invoice.pk)
    assert caller.pay(invoice, 1, invoice_id=invoice.pk).status == 201
    twice = caller.pay(invoice, 1, invoice_id=invoice.pk + 1)
    assert twice.said == [("data/attributes/invoice", "is named twice, as a relationship and as invoice_id, and not the same")]


def test_what_is_read_only_or_unknown_is_passed_over(caller: Caller) -> None:
    made = caller.pay(caller.invoice(), external_id="X", number="PAY-9", currency="USD", amount_default=5, colour="red")
    assert (made.attributes["external_id"], made.attributes["currency"]) == (None, "EUR")
    assert caller.row(made.data["id"]).back_office_code is None


def test_the_published_body_of_a_blank_payment(caller: Caller) -> None:
    refused = caller.post({"data": {"type": "payments", "attributes": {"amount": ""}}})
    assert refused.status == 422
    assert refused.body == {
        "errors": [invalid("invoice", BLANK), invalid("amount", BLANK), invalid("paid_on", BLANK), invalid("paid_on", NO_DATE)]
    }
    assert caller.post({"data": {"type": "payments"}}).body == refused.body
    assert caller.premises.payments() == []


@pytest.mark.parametrize("blank", ["", None, "  "])
def test_blank_is_blank_however_it_is_said(caller: Caller, blank: str | None) -> None:
    invoice = caller.invoice()
    refused = caller.pay(invoice, blank, DAY)
    assert refused.body == {"errors": [invalid("amount", BLANK)]}
    refused = caller.pay(invoice, 1, blank)
    assert refused.body == {"errors": [invalid("paid_on", BLANK), invalid("paid_on", NO_DATE)]}
    refused = caller.post({"data": {"type": "payments", "attributes": {"amount": 1, "paid_on": DAY, "invoice_id": blank}}})
    assert refused.body == {"errors": [invalid("invoice", BLANK)]}


@pytest.mark.parametrize(
    ("amount", "detail"),
    [
        ("abc", "is not a number"),
        ("1,5", "is not a number"),
        ("1e3", "is not a number"),
        ("١٢", "is not a number"),
        ("NaN", "is not a number"),
        (True, "is not a number"),
        ([1], "is not a number"),
        ({}, "is not a number"),
        (0, "must be greater than 0"),
        ("-5", "must be greater than 0"),
        (-0.5, "must be greater than 0"),
        (10.5, "must be an integer"),
        ("10.50", "must be an integer"),
        (10**15, "must be less than 1000000000000000"),
        ("9" * 30, "must be less than 1000000000000000"),
    ],
)
def test_amounts_that_are_none(caller: Caller, amount: object, detail: str) -> None:
    refused = caller.pay(caller.invoice(), amount)
    assert refused.body == {"errors": [invalid("amount", detail)]}
    assert caller.premises.payments() == []


@pytest.mark.parametrize(
    ("number", "detail"),
    [
        (b"1e999999999", "must be less than 1000000000000000"),
        (b"1e-999999999", "must be an integer"),
        (b"1e9999999999999999999", "is not a number"),
        (b"1" * 5000, "is not a number"),
    ],
)
def test_numbers_beyond_all_numbers_are_none(caller: Caller, number: bytes, detail: str) -> None:
    body = b'{"data":{"type":"payments","attributes":{"amount":%b,"paid_on":"2024-04-30","invoice_id":1}}}' % number
    assert caller.send("POST", PATH, body).said == [("data/attributes/amount", detail)]


def test_the_largest_amount_has_15_digits(caller: Caller) -> None:
    largest = 10**15 - 1
    assert caller.pay(caller.invoice(), largest).attributes["amount"] == largest
    refused = caller.pay(caller.invoice(1), 1_000_000)
    assert refused.said == [("data/attributes/amount", "the balance of account 1 would have more than 15 digits")]


@pytest.mark.parametrize(
    "date", ["2021-02-30", "2021-13-01", "24.01.2021", "20210124", "2021-1-4", "0000-01-01", 20210124, {}, "now"]
)
def test_dates_that_are_none(caller: Caller, date: object) -> None:
    refused = caller.pay(caller.invoice(), 1, date)
    assert refused.body == {"errors": [invalid("paid_on", NO_DATE)]}
    refused = caller.pay(caller.invoice(), 1, None, written_off_on=date)
    assert refused.body == {"errors": [invalid("written_off_on", NO_DATE)]}


@pytest.mark.parametrize(
    ("note", "detail"),
    [
        (5, "is not a text"),
        (["x"], "is not a text"),
        ("x" * 4001, "is too long (maximum is 4000 characters)"),
        ("bell\a", "holds a control character, or half a character"),
        ("\ud83d", "holds a control character, or half a character"),
    ],
)
def test_notes_that_are_none(caller: Caller, note: object, detail: str) -> None:
    refused = caller.pay(caller.invoice(), 1, note=note)
    assert refused.body == {"errors": [invalid("note", detail, "invalid_attribute_value", "Invalid Attribute Value")]}


def test_everything_that_is_wrong_is_said_together_in_the_published_order(caller: Caller) -> None:
    attributes = {"note": 1, "written_off_on": "x", "paid_on": "y", "amount": "z"}
    refused = caller.post({"data": {"type": "payments", "attributes": attributes}})
    assert [place.rpartition("/")[2] for place, _ in refused.said] == ["invoice", "amount", "paid_on", "written_off_on", "note"]


@pytest.mark.parametrize("pk", ["987654321", "0", "-1", "abc", "٣", "9" * 40, ""])
def test_an_invoice_that_is_not_there_is_not_found(caller: Caller, pk: str) -> None:
    refused = caller.post(payment(pk, amount=1, paid_on=DAY))
    assert refused.status == 404
    assert refused.errors == [
        {
            "status": "404",
            "code": "record_not_found",
            "title": "Record Not Found",
            "detail": "The requested record was not found",
            "source": {"pointer": "data/attributes/invoice"},
        }
    ]


def test_a_draft_a_rejected_and_a_cancelled_invoice_cannot_be_paid(caller: Caller) -> None:
    company = caller.premises.company
    draft, cancelled = caller.invoice(state=DRAFT), caller.invoice()
    company.cancel_invoice(cancelled)
    for invoice in (draft, cancelled):
        refused = caller.pay(invoice)
        assert refused.codes == (422, ["invalid_attribute_value"])
        assert refused.errors[0]["source"] == {"pointer": "data/attributes/invoice"}
    assert caller.premises.payments() == []


def test_an_invoice_of_a_terminated_account_cannot_be_paid(caller: Caller) -> None:
    invoice = caller.invoice(10, BOBS)
    caller.paid(invoice, 1_000)
    caller.premises.company.change_account(BOBS, life_cycle_state="TERMINATED")
    refused = caller.pay(invoice, 1)
    assert (refused.codes, refused.errors[0]["source"]["pointer"]) == (
        (422, ["invalid_attribute_value"]),
        "data/attributes/invoice",
    )


def test_the_same_idempotency_key_makes_one_payment(caller: Caller) -> None:
    invoice = caller.invoice()
    first, again = (caller.post(payment(invoice.pk, amount=1, paid_on=DAY), Idempotency_Key="k1") for _ in range(2))
    assert (again.body, again.headers["idempotency-replayed"]) == (first.body, "true")
    assert again.headers["location"] == first.headers["location"]
    assert len(caller.premises.payments()) == 1
    other = caller.post(payment(invoice.pk, amount=2, paid_on=DAY), Idempotency_Key="k1")
    assert other.codes == (422, ["idempotency_key_reused"])
    narrower = caller.post(payment(invoice.pk, amount=1, paid_on=DAY), "?include=", Idempotency_Key="k1")
    assert narrower.codes == (422, ["idempotency_key_reused"])
    empty = caller.post(payment(invoice.pk, amount=1, paid_on=DAY), Idempotency_Key="")
    assert empty.errors[0]["source"] == {"header": "Idempotency-Key"}


def test_a_door_without_defaults_says_how_to_set_them(caller: Caller) -> None:
    pk = caller.paid(caller.invoice())
    caller.unset("payment_type", "payment_method", "cancellation_type")
    refused = caller.pay(caller.invoice())
    assert refused.codes == (422, ["type_not_allowed"])
    assert "configuration/door_defaults/update" in refused.errors[0]["detail"]
    assert caller.delete(pk).codes == (422, ["type_not_allowed"])

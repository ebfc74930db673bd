"""Payments at QBench's door: made, shown, changed and deleted."""

from decimal import Decimal

import pytest

from identifiers.forms import dashed
from ledger.lifecycle import CANCELLED, DRAFT, POSTED
from ledger.storage.models import AuditEntry, PaymentCancellation, User
from tests.books import BOBS, DINARS, EUROS, YEN
from tests.rpcserver.dialects.qbench.asking import OK, Body, Lab

NOW = "1714564800"
"""2024-05-01T12:00:00, where every test's clock begins."""

MEMBERS = [
    "amount",
    "created_by_api_client_id",
    "created_by_user_id",
    "customer_id",
    "date_created",
    "external_id",
    "id",
    "invoice_payments",
    "last_updated",
    "payment_date",
    "payment_type",
    "unapplied_amount",
]


def test_a_payment_of_a_person_is_shown_with_exactly_the_published_members(lab: Lab) -> None:
    pk = lab.pay(721)
    shown = lab.shown(pk)
    assert list(shown) == MEMBERS
    assert shown == {
        "amount": 721.0,
        "created_by_api_client_id": None,
        "created_by_user_id": lab.premises.company.one(User, username="clerk").pk,
        "customer_id": lab.customer(),
        "date_created": "05/01/2024",
        "external_id": None,
        "id": pk,
        "invoice_payments": [],
        "last_updated": NOW,
        "payment_date": "01/31/2020",
        "payment_type": "Cash",
        "unapplied_amount": 721.0,
    }


def test_a_payment_of_a_machine_names_its_client_id(lab: Lab) -> None:
    shown = lab.shown(lab.pay(10, by=lab.machine_token()))
    assert (shown["created_by_api_client_id"], shown["created_by_user_id"]) == (dashed(lab.machine().id), None)


def test_a_payment_that_nobody_in_particular_made_names_nobody(lab: Lab) -> None:
    pk = lab.premises.company.calling(actor=None).pay(10).pk
    shown = lab.shown(pk)
    assert (shown["created_by_api_client_id"], shown["created_by_user_id"]) == (None, None)


def test_the_external_id_is_the_back_office_code(lab: Lab) -> None:
    pk = lab.premises.company.pay(10, back_office_code="ERP-7").pk
    assert lab.shown(pk)["external_id"] == "ERP-7"


def test_amounts_are_written_as_floats(lab: Lab) -> None:
    assert '"amount":721.0,' in lab.send("GET", f"/payment/{lab.pay(721)}").text
    yen, dinars = lab.customer(YEN), lab.customer(DINARS)
    assert '"amount":300.0,' in lab.send("GET", f"/payment/{lab.pay(300, customer_id=yen)}").text
    assert '"amount":1.005,' in lab.send("GET", f"/payment/{lab.pay(1.005, customer_id=dinars)}").text


def test_a_payment_is_posted_at_once_and_applied_to_nothing(lab: Lab) -> None:
    lab.invoice(100)
    reply = lab.send("POST", "/payment", lab.said(200))
    assert (reply.status, list(reply.body)) == (200, ["id"])
    made = lab.kept(reply.body["id"])
    assert (made.life_cycle_state, made.amount, made.unallocated, made.allocation_mode) == (POSTED, 200_00, 200_00, "explicit")
    assert (made.received_on, made.account_pk, made.method_pk) == ("2020-01-31T00:00:00", lab.customer(), lab.type())


@pytest.mark.parametrize("content", [b"0.1", b"6.65", b"200", b"2e2", b"9999999999999.99", b"12.500", b"1E-2"])
def test_amounts_are_exact_from_the_wire_to_the_book(lab: Lab, content: bytes) -> None:
    head = b'{"customer_id": %d, "payment_date": "01/31/2020", "payment_type_id": %d, "amount": %s}'
    pk = lab.done("POST", "/payment", content=head % (lab.customer(), lab.type(), content))["id"]
    assert Decimal(lab.kept(pk).amount).scaleb(-2) == Decimal(content.decode())


def test_a_payment_is_changed_in_all_it_says(lab: Lab) -> None:
    pk = lab.pay(100)
    lab.premises.company.clock.advance(61)
    changed = {"customer_id": lab.customer(BOBS), "payment_date": "02/29/2024", "payment_type_id": lab.type("Transfer")}
    assert lab.done("PUT", f"/payment/{pk}", lab.said(60.5, **changed)) == OK
    shown = lab.shown(pk)
    assert (shown["amount"], shown["unapplied_amount"], shown["payment_type"]) == (60.5, 60.5, "Transfer")
    assert (shown["customer_id"], shown["payment_date"]) == (lab.customer(BOBS), "02/29/2024")
    assert (shown["id"], shown["date_created"], shown["last_updated"]) == (pk, "05/01/2024", str(int(NOW) + 61))


def test_the_same_date_written_again_keeps_the_time(lab: Lab) -> None:
    pk = lab.premises.company.pay(100, received_on="2020-01-31T16:12:29").pk
    lab.done("PUT", f"/payment/{pk}", lab.said(100))
    assert lab.kept(pk).received_on == "2020-01-31T16:12:29"
    lab.done("PUT", f"/payment/{pk}", lab.said(100, payment_date="02/01/2020"))
    assert lab.kept(pk).received_on == "2020-02-01T00:00:00"


def test_a_payment_that_was_read_can_be_sent_back(lab: Lab) -> None:
    pk = lab.pay(100)
    sent = lab.shown(pk) | {"payment_type_id": lab.type("Transfer"), "amount": 90}
    assert lab.done("PUT", f"/payment/{pk}", sent) == OK
    shown = lab.shown(pk)
    assert (shown["payment_type"], shown["amount"]) == ("Transfer", 90.0)


def test_an_applied_payment_may_become_smaller_down_to_what_is_applied(lab: Lab) -> None:
    pk, invoice = lab.pay(100), lab.invoice(100)
    assert lab.apply(pk, (invoice, 60)).body == OK
    reply = lab.send("PUT", f"/payment/{pk}", lab.said(59.99))
    assert reply.refused == (400, "amount: 60 EUR of the payment is applied, it cannot be less")
    assert lab.shown(pk)["amount"] == 100.0
    assert lab.done("PUT", f"/payment/{pk}", lab.said(60)) == OK
    assert (lab.shown(pk)["unapplied_amount"], lab.on(pk)) == (0.0, {invoice: 60.0})


def test_an_applied_payment_stays_with_its_customer(lab: Lab) -> None:
    pk = lab.pay(100)
    lab.apply(pk, (lab.invoice(100), 60))
    reply = lab.send("PUT", f"/payment/{pk}", lab.said(100, customer_id=lab.customer(BOBS)))
    assert (reply.status, reply.error.split(":")[0]) == (400, "customer_id")
    assert lab.shown(pk)["customer_id"] == lab.customer()


def test_a_payment_cannot_move_into_another_currency(lab: Lab) -> None:
    pk = lab.pay(100)
    reply = lab.send("PUT", f"/payment/{pk}", lab.said(100, customer_id=lab.customer(YEN)))
    assert (reply.status, reply.error.split(":")[0]) == (400, "customer_id")


def test_a_deleted_payment_frees_its_invoices_and_is_gone(lab: Lab) -> None:
    pk, invoice = lab.pay(100), lab.invoice(100)
    lab.apply(pk, (invoice, 100))
    assert lab.done("GET", f"/invoice/{invoice}")["paid"] is True
    assert lab.done("DELETE", f"/payment/{pk}") == OK
    assert lab.done("GET", f"/invoice/{invoice}")["paid"] is False
    gone = (404, f"payment_id: There is no payment with the key {pk}")
    for verb, body in (("GET", None), ("PUT", lab.said()), ("DELETE", None)):
        assert lab.send(verb, f"/payment/{pk}", body).refused == gone
    assert lab.kept(pk).life_cycle_state == CANCELLED
    assert lab.premises.company.one(PaymentCancellation, payment_pk=pk).amount == 100_00


def test_drafts_and_write_offs_do_not_exist_here(lab: Lab) -> None:
    company = lab.premises.company
    for hidden in (company.pay(10, state=DRAFT), company.write_off(10)):
        for path in (f"/payment/{hidden.pk}", f"/payment/{hidden.pk}/apply"):
            verb = "POST" if path.endswith("apply") else "GET"
            body = {"invoice_payments": [{"invoice_id": lab.invoice(), "applied_amount": 1}]} if verb == "POST" else None
            assert lab.send(verb, path, body).status == 404
    assert lab.done("GET", "/payment")["data"] == []


def test_an_owner_sees_what_is_on_the_accounts_of_their_customers(lab: Lab) -> None:
    own, other = lab.pay(10), lab.pay(20, customer_id=lab.customer(BOBS))
    assert lab.shown(own, by="owner")["id"] == own
    assert lab.send("GET", f"/payment/{other}", by="owner").status == 404
    assert [row["id"] for row in lab.done("GET", "/payment", by="owner")["data"]] == [own]


def test_what_is_done_here_is_in_the_audit_log_under_this_door(lab: Lab) -> None:
    company, pk = lab.premises.company, lab.pay(100)
    lab.done("PUT", f"/payment/{pk}", lab.said(90), headers={"X-Request-Id": "put-1"})
    lab.done("DELETE", f"/payment/{pk}")
    rows = company.all(AuditEntry, record_id=lab.kept(pk).id)
    assert [(row.door, row.method) for row in rows] == [
        ("qbench", "payments.create"),
        ("qbench", "payments.update"),
        ("qbench", "payments.delete"),
    ]
    assert (rows[1].request_id, rows[1].actor) == ("put-1", "clerk")


WRONG: list[tuple[Body, str]] = [
    ({"amount": 0}, "amount: 0 was sent; expected is a number above 0, as in 721.0"),
    ({"amount": -5}, "amount: -5 was sent; expected is a number above 0, as in 721.0"),
    ({"amount": "200"}, 'amount: "200" was sent; expected is a number above 0, as in 721.0'),
    ({"amount": None}, "amount: null was sent; expected is a number above 0, as in 721.0"),
    ({"amount": True}, "amount: true was sent; expected is a number above 0, as in 721.0"),
    ({"amount": [1]}, "amount: a list was sent; expected is a number above 0, as in 721.0"),
    ({"amount": 1.005}, "amount: 1.005 has too many decimals; the currency has at most 2 decimals. (EUR)"),
    ({"amount": 10**15}, "amount: 1000000000000000 is too large; expected is a number of at most 15 digits"),
    ({"payment_date": "2020-01-31"}, 'payment_date: "2020-01-31" was sent; expected is a date MM/DD/YYYY, as in 01/31/2020'),
    (
        {"payment_date": "02/30/2020"},
        'payment_date: "02/30/2020" was sent, which is in no calendar; expected is a date MM/DD/YYYY, as in 01/31/2020',
    ),
    ({"payment_date": "1/1/2020"}, 'payment_date: "1/1/2020" was sent; expected is a date MM/DD/YYYY, as in 01/31/2020'),
    ({"payment_date": "01/01/0000"}, "payment_date: "),
    ({"payment_date": "٠١/٠١/٢٠٢٠"}, "payment_date: "),
    ({"payment_date": 20200131}, "payment_date: 20200131 was sent; expected is a date MM/DD/YYYY, as in 01/31/2020"),
    ({"customer_id": "2"}, 'customer_id: "2" was sent; expected is an id, a whole number above 0, as in 2'),
    ({"customer_id": 0}, "customer_id: 0 was sent; expected is an id, a whole number above 0, as in 2"),
    ({"customer_id": 2.5}, "customer_id: 2.5 was sent; expected is an id, a whole number above 0, as in 2"),
    ({"payment_type_id": None}, "payment_type_id: null was sent; expected is an id, a whole number above 0, as in 2"),
    ({"payment_type_id": True}, "payment_type_id: true was sent; expected is an id, a whole number above 0, as in 2"),
    ({"amonut": 5}, "amonut: cannot be sent here; did you mean amount?"),
    (
        {"external_id": "x"},
        "external_id: cannot be sent here; expected are customer_id, payment_date, payment_type_id, amount",
    ),
]


@pytest.mark.parametrize(("wrong", "said"), WRONG)
def test_what_cannot_be_read_is_refused_with_a_sentence(lab: Lab, wrong: Body, said: str) -> None:
    reply = lab.send("POST", "/payment", lab.said(**wrong))
    assert reply.status == 400
    assert reply.error.startswith(said) and (reply.error == said or said.endswith(": "))
    assert lab.done("GET", "/payment")["total_count"] == 0


def test_everything_that_is_wrong_is_said_at_once(lab: Lab) -> None:
    reply = lab.send("POST", "/payment", {"customer_id": "x", "payment_date": "today", "note": "hello"})
    assert reply.refused == (
        400,
        (
            "note: cannot be sent here; expected are customer_id, payment_date, payment_type_id, amount; "
            'customer_id: "x" was sent; expected is an id, a whole number above 0, as in 2; '
            'payment_date: "today" was sent; expected is a date MM/DD/YYYY, as in 01/31/2020; '
            "payment_type_id: is missing; expected are customer_id, payment_date, payment_type_id, amount; "
            "amount: is missing; expected are customer_id, payment_date, payment_type_id, amount"
        ),
    )


def test_all_records_that_are_not_there_are_named_together(lab: Lab) -> None:
    reply = lab.send("POST", "/payment", lab.said(customer_id=999, payment_type_id=998))
    assert reply.refused == (
        404,
        "customer_id: There is no account with the key 999; payment_type_id: There is no payment method with the key 998",
    )


def test_a_method_that_the_types_of_payment_do_not_allow_is_refused(lab: Lab) -> None:
    reply = lab.send("POST", "/payment", lab.said(payment_type_id=lab.type("Card")))
    assert reply.refused == (400, "payment_type_id: payment method 'Card' is not allowed on type 'Payment'")


def test_a_terminated_customer_takes_no_payments(lab: Lab) -> None:
    lab.premises.company.change_account(EUROS, life_cycle_state="TERMINATED")
    reply = lab.send("POST", "/payment", lab.said())
    assert (reply.status, reply.error.split(":")[0]) == (400, "customer_id")


def test_the_same_key_brings_the_same_payment_once(lab: Lab) -> None:
    keyed = {"Idempotency-Key": "statement-7"}
    first, second = (lab.send("POST", "/payment", lab.said(10), headers=keyed) for _ in range(2))
    assert (first.body, second.headers["Idempotency-Replayed"]) == (second.body, "true")
    assert lab.done("GET", "/payment")["total_count"] == 1
    other = lab.send("POST", "/payment", lab.said(11), headers=keyed)
    assert (other.status, "statement-7" in other.error) == (422, True)

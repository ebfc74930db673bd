"""What only the server says, no caller writes: states, numbers, ids, who did it and when, at no door and by no verb."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import orjson
import pytest

from ledger.storage.models import TABLES, Customer
from methods import METHODS
from methods.method import parameter_table
from tests.books import EUROS
from tests.doors import Native as NativeDoor
from tests.doors import Productive, Qbench, Waldur
from tests.native import CANONICAL, DROP_IN, Native
from tests.premises import Premises

pytestmark = pytest.mark.one_engine

MARK = "F0FED"
ID, TEXT, NUMBER, MOMENT = f"{MARK}BAD{MARK}BAD{MARK}BAD{MARK}BAD", f"{MARK}-1", 987_654_321, "1999-12-31T23:59:58"
"""Values that are in no book, so that whoever finds one knows where it comes from."""
THE_SERVERS: dict[str, object] = {
    **dict.fromkeys(("id", "uuid", "url", "record_id"), ID),
    **dict.fromkeys(("number", "reference_number", "invoice_number", "username_sha256", "password_hash", "hash"), TEXT),
    **dict.fromkeys(("state", "status", "machine", "active", "principal_linked", "journal_head", "allocation_mode"), TEXT),
    **dict.fromkeys(("pk", "account_pk", "user_pk", "customer_pk", "balance", "unpaid", "unallocated", "paid"), NUMBER),
    **dict.fromkeys(("net_amount", "tax_amount", "total_amount", "unallocated_amount", "unsettled_amount"), NUMBER),
    **dict.fromkeys(("issued_on", "posted_on", "created_on", "updated_on", "created", "created_at", "date_created"), MOMENT),
    **dict.fromkeys(("created_by", "created_by_user", "created_by_unit", "updated_by_user", "creator", "actor"), TEXT),
    **{name: {"username": TEXT} for name in ("created_by_user_identifier", "received_by", "principal_invoice")},
    **dict.fromkeys(("__class__", "_meta", "__data__"), TEXT),
}
WRITES = [path for path, method in METHODS.items() if method.writes and not method.public]


def forged(path: str) -> dict[str, object]:
    """The members that a method does not take, with values for them."""
    own = {row.name for row in parameter_table(METHODS[path])}
    return {name: value for name, value in THE_SERVERS.items() if name not in own}


@pytest.mark.usefixtures("nothing_written")
@pytest.mark.parametrize("path", WRITES)
def test_a_method_refuses_every_member_that_is_the_servers(unwritten: Native, path: str) -> None:
    members = forged(path)
    answer = unwritten.at(CANONICAL).ask(path, {**unwritten.example(path), **members})
    assert answer.status == 422
    assert set(answer.errors) >= {(name, "UNKNOWN_PARAMETER") for name in members}
    assert len(members) >= len(THE_SERVERS) - 5


def test_no_item_of_a_set_takes_a_member_that_is_the_servers(unwritten: Native) -> None:
    asked = [(path, row) for path in WRITES for row in parameter_table(METHODS[path]) if row.parts and row.name != "calls"]
    assert len(asked) >= 10
    for path, row in asked:
        # A bare identifier stands for an item, so its members are none of the server's.
        own = {"id", "number", "reference_number", *(part.name for part in row.parts)}
        members = {name: value for name, value in THE_SERVERS.items() if name not in own}
        answer = unwritten.ask(path, {**unwritten.example(path), row.name: [{**members, row.parts[0].name: {"id": ID}}]})
        wanted = {(f"{row.name}[0].{name}", "UNKNOWN_PARAMETER") for name in members}
        assert set(answer.errors) >= wanted, path


@pytest.mark.parametrize("state", ["REJECTED", "CANCELLED", "SETTLED", "posted", "", None])
def test_a_new_record_is_a_draft_or_posted_and_nothing_else(unwritten: Native, state: object) -> None:
    for path in ("payments/create", "invoices/create"):
        answer = unwritten.ask(path, {**unwritten.example(path), "life_cycle_state": state})
        assert [name for name, _ in answer.errors] == ["life_cycle_state"]


def kept(premises: Premises) -> Iterator[str]:
    """Every row of the book, written out."""
    for table in TABLES:
        for row in premises.company.all(table):
            yield repr(row.__data__)


def assert_unmarked(premises: Premises) -> None:
    """No forged value is anywhere in the book."""
    marks = (MARK, ID, str(NUMBER), MOMENT[:10])
    assert [row for row in kept(premises) if any(mark in row for mark in marks)] == []


def test_the_drop_in_prefix_ignores_them_without_effect(open_doors: Premises) -> None:
    door, invoice = NativeDoor(open_doors).by("admin"), open_doors.invoice(100)
    terms = {
        "accounts_receivable_identifier": {"name": EUROS},
        "type_identifier": {"name": "Payment"},
        "payment_method_identifier": {"name": "Cash"},
        "payment_amount": 10,
        "life_cycle_state": "DRAFT",
    }
    one = {"description": "a", "quantity": 1, "cost": 5, **forged("invoices/create")}

    def call(path: str, **said: object) -> Any:
        reply = door.send("POST", f"{DROP_IN}/{path}", {**forged(path), **said})
        assert reply.body["status"]["code"] == "OK", reply.text
        return reply.body["data"]

    payment = {"id": call("payments/create", **terms)["id"]}
    call("payments/update", payment_identifier=payment, notes="changed")
    call("payments/post", payment_identifier=payment)
    spare = Qbench(open_doors).create(EUROS, Decimal(5)).made
    line = {**forged("payments/apply"), "invoice_identifier": {"id": invoice.id}, "amount": 1}
    call("payments/apply", payment_identifier={"id": spare.id}, invoices_set=[line])
    kinds = {
        "accounts_receivable_identifier": {"name": EUROS},
        "type_identifier": {"name": "Invoice"},
        "life_cycle_state": "POSTED",
    }
    call("invoices/create", **kinds, items=[one])
    customer = call("customers/create", name="New")
    account = call(
        "accounts_receivable/create", customer_identifier={"id": customer["id"]}, name="New", currency_identifier={"code": "EUR"}
    )
    call("accounts_receivable/update", accounts_receivable_identifier={"id": account["id"]}, name="Newer")
    call("users/create", username="new", password="correct horse", role="clerk")
    call("payment_profiles/create", accounts_receivable_identifier={"id": account["id"]}, name="New")
    assert_unmarked(open_doors)


def test_waldurs_door_ignores_them_without_effect(open_doors: Premises) -> None:
    door, invoice = Waldur(open_doors), open_doors.invoice(100)
    more: dict[str, object] = {**THE_SERVERS, "invoice_uuid": ID, "customer_uuid": ID, "invoice_period": TEXT, "sum_left": NUMBER}
    profile = f"/api/payment-profiles/{open_doors.profile(open_doors.company.account(EUROS)).id}/"
    terms = {"profile": profile, "date_of_payment": "2024-04-30", "sum": "5.00"}
    first = door.send("POST", "/api/payments/", {**more, **terms})
    path = f"/api/payments/{first.body['uuid']}/"
    link = {"invoice": f"/api/invoices/{invoice.id.lower()}/"}
    bob = open_doors.company.one(Customer, name="Bob")
    another = {"organization": f"/api/customers/{bob.id}/", "payment_type": "invoices", "is_active": False}
    answers = [
        first,
        door.send("PUT", path, {**more, **terms}),
        door.send("PATCH", path, {**more, "sum": "6.00"}),
        door.send("POST", f"{path}link_to_invoice/", {**more, **link}),
        door.send("POST", f"{path}unlink_from_invoice/", more),
        door.send("POST", f"/api/invoices/{invoice.id.lower()}/paid/", {**more, "date": "2024-04-30"}),
        door.send("POST", "/api/payment-profiles/", {**more, **another, "name": "Other"}),
        door.send("DELETE", path, more),
    ]
    assert [answer.status for answer in answers] == [201, 200, 200, 200, 200, 200, 201, 204]
    assert_unmarked(open_doors)


def test_qbenchs_door_refuses_them_or_ignores_what_it_showed(open_doors: Premises) -> None:
    door = Qbench(open_doors)
    terms = door._body(EUROS, Decimal(5), "2024-04-30")
    for name, value in THE_SERVERS.items():
        new = door.send("POST", "/qbench/api/v1/payment", {**terms, name: value})
        assert (new.status, f"{name}: cannot be sent here" in new.text) == (400, True), new.text
    payment = door.create(EUROS, Decimal(5)).made
    was = door.see(payment).body
    shown = {
        "id": NUMBER,
        "date_created": MOMENT,
        "created_by_user_id": NUMBER,
        "created_by_api_client_id": TEXT,
        "external_id": TEXT,
    }
    shown |= {"unapplied_amount": NUMBER, "last_updated": TEXT, "payment_type": TEXT, "invoice_payments": [{"id": NUMBER}]}
    assert door.send("PUT", f"/qbench/api/v1/payment/{payment.pk}", {**terms, **shown}).ok
    assert {**door.see(payment).body, "last_updated": 0} == {**was, "last_updated": 0}
    customer = door.send("PUT", f"/qbench/api/v1/customer/{payment.account_pk}", {"id": NUMBER, "customer_name": EUROS})
    assert customer.ok
    assert_unmarked(open_doors)


def test_productives_door_ignores_them_without_effect_and_gives_ids_itself(open_doors: Premises) -> None:
    door, invoice = Productive(open_doors), open_doors.invoice(100)
    named = {"invoice": {"data": {"type": "invoices", "id": str(invoice.pk)}}}
    more = {**THE_SERVERS, "external_id": TEXT, "amount_default": NUMBER, "currency": TEXT, "exchange_rate": NUMBER}
    related = {
        **named,
        "creator": {"data": {"type": "people", "id": str(NUMBER)}},
        "organization": {"data": {"type": "x", "id": TEXT}},
    }
    data = {
        "type": "payments",
        "attributes": {**more, "amount": 500, "paid_on": "2024-04-30"},
        "relationships": related,
        "meta": more,
    }
    own = door.send("POST", "/api/v2/payments", {"data": {**data, "id": "77"}})
    assert (own.status, own.body["errors"][0]["code"]) == (403, "client_generated_id")
    first = door.send("POST", "/api/v2/payments", {"data": data, "meta": more})
    assert first.status == 201, first.text
    path = f"/api/v2/payments/{first.body['data']['id']}"
    moved = door.send("PATCH", path, {"data": {**data, "id": str(NUMBER)}})
    assert (moved.status, moved.body["errors"][0]["code"]) == (409, "conflict")
    changed = door.send(
        "PATCH", path, {"data": {**data, "attributes": {**more, "note": "changed"}, "id": first.body["data"]["id"]}}
    )
    assert changed.status == 200, changed.text
    assert orjson.dumps(changed.body).count(MARK.encode()) == 0
    assert_unmarked(open_doors)

"""The audit log: every verb leaves what a record was before and what it is after, and no secret is ever in it."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from hashlib import sha256
from typing import Any

import orjson
import pytest

from ledger import accounts, amending, applying, audit, configuration, invoices, payments, sessions, users
from ledger.applying import EXPLICIT, Line
from ledger.intentions import IntendedChange, Intentions
from ledger.lifecycle import CANCELLED, DRAFT, POSTED, REJECTED
from ledger.storage.columns import Record
from ledger.storage.models import ApiKey, AuditEntry, Customer, Invoice, PaymentCancellation, Unit, User
from tests.books import MACHINE, PASSWORD, Company, password_hash

SECRET_HASH = "$argon2id$another"
KEY = sha256(b"rpk_secret").hexdigest()


def images(row: AuditEntry) -> list[Any]:
    """What was before and what is after."""
    return [None if text is None else orjson.loads(text) for text in (row.before, row.after)]


CREATES: Mapping[str, Callable[[Company], Record]] = {
    "payment": lambda company: company.draft(),
    "invoice": lambda company: company.invoice(),
    "bill": lambda company: company.bill(company.invoice()),
    "customer": lambda company: company.do(accounts.create_customer, name="Carl"),
    "account": lambda company: company.open_account("New"),
    "user": lambda company: company.do(users.create, username="new", password_hash=SECRET_HASH, role="clerk"),
    "unit": lambda company: company.do(users.create_unit, name="New"),
    "api_key": lambda company: company.do(users.create_key, "new", company.one(User, username=MACHINE), KEY),
    "type": lambda company: company.do(configuration.create_type, name="New", classification="INVOICE"),
    "category": lambda company: company.do(configuration.create_category, name="New"),
    "payment_method": lambda company: company.do(configuration.create_method, name="New"),
    "rejection_reason": lambda company: company.do(configuration.create_reason, name="New"),
    "payment_cancellation": lambda company: company.cancel_payment(company.pay()),
    "invoice_cancellation": lambda company: company.cancel_invoice(company.invoice()),
}

Change = tuple[str, Callable[[Company], Record], Callable[[Company, Any], object], Mapping[str, tuple[object, object]]]
STATE = "life_cycle_state"
CHANGES: Mapping[str, Change] = {
    "update a payment": (
        "payment",
        lambda company: company.draft(notes="a"),
        lambda company, row: company.update(row, notes="b"),
        {"notes": ("a", "b")},
    ),
    "post a payment": (
        "payment",
        lambda company: company.draft(),
        lambda company, row: company.do(payments.post, row),
        {STATE: (DRAFT, POSTED), "number": (None, "1")},
    ),
    "reject a payment": (
        "payment",
        lambda company: company.draft(),
        lambda company, row: company.do(payments.reject, row),
        {STATE: (DRAFT, REJECTED)},
    ),
    "cancel a payment": (
        "payment",
        lambda company: company.pay(),
        lambda company, row: company.cancel_payment(row),
        {STATE: (POSTED, CANCELLED)},
    ),
    "apply a payment": (
        "payment",
        lambda company: company.pay(mode=EXPLICIT),
        lambda company, row: company.do(applying.apply, row, [Line(company.invoice(10), Decimal(5))]),
        {"principal_invoice_pk": (None, 1)},
    ),
    "release a payment": (
        "payment",
        lambda company: (company.invoice(10), company.pay(10))[1],
        lambda company, row: company.do(applying.release, row),
        {"principal_invoice_pk": (1, None)},
    ),
    "amend a payment": (
        "payment",
        lambda company: company.pay(10),
        lambda company, row: company.do(amending.amend, row, {"amount": Decimal(5)}),
        {"amount": (1000, 500)},
    ),
    "post an invoice": (
        "invoice",
        lambda company: company.invoice(state=DRAFT),
        lambda company, row: company.do(invoices.post, row),
        {STATE: (DRAFT, POSTED), "number": (None, "I00000001")},
    ),
    "reject an invoice": (
        "invoice",
        lambda company: company.invoice(state=DRAFT),
        lambda company, row: company.do(invoices.reject, row),
        {STATE: (DRAFT, REJECTED)},
    ),
    "cancel an invoice": (
        "invoice",
        lambda company: company.invoice(),
        lambda company, row: company.cancel_invoice(row),
        {STATE: (POSTED, CANCELLED)},
    ),
    "update an account": (
        "account",
        lambda company: company.account(),
        lambda company, row: company.change_account(life_cycle_state="SUSPENDED"),
        {STATE: ("ACTIVE", "SUSPENDED")},
    ),
    "disable a user": (
        "user",
        lambda company: company.one(User, username="owner"),
        lambda company, row: company.do(users.disable, row),
        {"active": (True, False)},
    ),
    "change a password": (
        "user",
        lambda company: company.one(User, username="owner"),
        lambda company, row: company.do(users.change_password, row.pk, SECRET_HASH),
        {"username": ("owner", "owner")},
    ),
    "revoke a key": (
        "api_key",
        lambda company: company.do(users.create_key, "new", company.one(User, username=MACHINE), KEY),
        lambda company, row: company.do(users.revoke_key, row),
        {"revoked_on": (None, "2024-05-01T12:00:00")},
    ),
}


@pytest.mark.parametrize("kind", CREATES)
def test_what_is_made_is_noted_as_it_is_with_nothing_before(company: Company, kind: str) -> None:
    made = CREATES[kind](company)
    (noted,) = company.audited(made)
    before, after = images(noted)
    assert (noted.kind, noted.outcome, before) == (kind, "OK", None)
    assert after["name" if kind == "api_key" else "id"] == ("new" if kind == "api_key" else made.id)


@pytest.mark.parametrize("verb", CHANGES)
def test_what_is_changed_is_noted_as_it_was_and_as_it_is(company: Company, verb: str) -> None:
    kind, make, change, expected = CHANGES[verb]
    made = make(company)
    earlier = len(company.audited(made))
    change(company, made)
    (noted,) = company.audited(made)[earlier:]
    before, after = images(noted)
    assert (noted.kind, noted.outcome) == (kind, "OK")
    assert {name: (before.get(name), after.get(name)) for name in expected} == expected


def test_a_log_entry_says_who_did_it_when_through_which_door_and_method(company: Company) -> None:
    company.clock.advance(seconds=1)
    asked = company.by("admin").calling(door="waldur", method="payments", request_id="r-1")
    (noted,) = company.audited(asked.pay())
    assert (noted.actor, noted.at, noted.door, noted.method, noted.request_id) == (
        "admin",
        "2024-05-01T12:00:01",
        "waldur",
        "payments",
        "r-1",
    )


def test_what_a_payment_is_intended_for_is_part_of_its_image(company: Company) -> None:
    one, other = company.invoice(), company.invoice()
    bill = company.bill(one)
    draft = company.draft(invoices=[one], bills=[bill])
    company.update(draft, Intentions(invoices=IntendedChange(add=[other])))
    first, second = (images(row)[1]["intended"] for row in company.audited(draft))
    assert first == [["invoice", one.pk], ["bill", bill.pk]]
    assert second == [["invoice", one.pk], ["invoice", other.pk], ["bill", bill.pk]]


def test_items_and_billed_invoices_are_part_of_the_image(company: Company) -> None:
    invoice = company.invoice("12.5")
    (after,) = (images(row)[1] for row in company.audited(invoice))
    assert [item[1] for item in after["items"]] == ["Work"]
    (after,) = (images(row)[1] for row in company.audited(company.bill(invoice)))
    assert after["invoices"] == [invoice.pk]


def test_a_payment_whose_principal_invoice_moved_with_an_invoice_is_noted(company: Company) -> None:
    payment = company.pay(20)
    invoice = company.invoice(10)
    assert images(company.audited(payment)[-1])[1]["principal_invoice_pk"] == invoice.pk
    company.cancel_invoice(invoice)
    before, after = images(company.audited(payment)[-1])
    assert (before["principal_invoice_pk"], after.get("principal_invoice_pk")) == (invoice.pk, None)


def test_caches_are_not_part_of_an_image(company: Company) -> None:
    invoice, payment = company.invoice(10), company.pay(30)
    company.change_account(notes="n")
    noted = [images(company.audited(each)[-1])[1] for each in (invoice, payment, company.account())]
    assert [name for image in noted for name in image if name in ("unpaid", "unallocated", "balance", "journal_head")] == []


def test_number_formats_and_door_defaults_are_noted(company: Company) -> None:
    company.do(configuration.set_number_format, "bill.number", "B", None)
    payment = company.type("PAYMENT")
    company.book.enter(company.call, lambda entry: configuration.set_door_default(entry, "qbench", payment_type=payment))
    company.book.enter(company.call, lambda entry: configuration.set_door_default(entry, "qbench", payment_type=None))
    format_, first, second = company.all(AuditEntry)[-3:]
    assert (format_.kind, format_.record_id) == ("number_format", "bill.number")
    assert [image["prefix"] for image in images(format_)] == ["", "B"]
    assert (first.kind, first.record_id, first.before) == ("door_default", "qbench", None)
    assert images(second)[0] == images(first)[1]
    assert "payment_type_pk" not in images(second)[1]


def test_no_secret_is_ever_in_the_log(company: Company) -> None:
    for make in CREATES.values():
        make(company)
    owner = company.one(User, username="owner")
    company.do(users.change_password, owner.pk, SECRET_HASH)
    session = company.do(sessions.open_session, owner.pk, None)
    company.do(users.revoke_key, company.one(ApiKey))
    company.do(users.disable, owner)
    company.do(audit.refused, "login", "INVALID_CREDENTIALS", "somebody")
    whole = "\n".join(str(value) for row in company.all(AuditEntry) for value in row.__data__.values())
    for secret in (password_hash(), PASSWORD, SECRET_HASH, KEY, session.id, "argon2"):
        assert secret not in whole


def test_a_refusal_is_noted_with_the_name_that_was_tried(company: Company) -> None:
    company.do(audit.refused, "login", "INVALID_CREDENTIALS", "somebody")
    company.do(audit.refused, "rights", "NOT_PERMITTED")
    first, second = company.all(AuditEntry)[-2:]
    assert (first.kind, first.outcome, first.actor, first.record_id) == ("login", "INVALID_CREDENTIALS", "somebody", None)
    assert (second.kind, second.outcome, second.actor, second.before, second.after) == (
        "rights",
        "NOT_PERMITTED",
        "clerk",
        None,
        None,
    )


def test_the_company_itself_is_in_the_log(company: Company) -> None:
    for row in (*company.all(User), *company.all(Unit), *company.all(Customer), company.account()):
        assert [noted.before for noted in company.audited(row)] == [None]
    assert (company.all(Invoice), company.all(PaymentCancellation)) == ([], [])

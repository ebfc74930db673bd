"""What QBench's published page prints of payments holds here: its requests and its answers.

Substitutions, and no others: the host and the token; ids, one of ours for each of theirs; the quotes and None, which on the page
are Python's; the id that its line of DELETE forgets; no members that are salt. Theirs without a type: see `NO_TYPE`.
"""

import ast
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from ledger import accounts
from ledger.storage.models import Account, Currency, Invoice, Payment, PaymentMethod
from tests import office
from tests.office import CLERK, CLIENT, Office
from tests.printed import Form, Id, Ours, Substitutions, assert_as_printed

pytestmark = pytest.mark.one_engine

HOST, TOKEN, SALT = "<qbench-url>", "63ff42c5-49e6-42e2-bc3f-04fbfc22bbcb", "qb"
UUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
MORNING = 1_592_985_600
"""2020-06-24T08:00:00 in UTC."""
NO_TYPE = Ours(None, "Cash")
"""A person made theirs without a type of payment; here every payment has one (a payment method), and shows it."""

GET_ONE = """\
GET /qbench/api/v1/payment/27 HTTP/1.1
Authorization: Bearer 63ff42c5-49e6-42e2-bc3f-04fbfc22bbcb
Host: <qbench-url>
"""
ONE = """\
{
'amount': 721.0,
'created_by_api_client_id': '060f4a7d-237d-448c-812f-101199d0c757',
'created_by_user_id': None,
'customer_id': 2,
'date_created': '06/24/2020',
'external_id': None,
'id': 27,
'invoice_payments': [],
'last_updated': '1593028033',
'payment_date': '06/24/2020',
'payment_type': 'Credit Card',
'qb4f8': '7cd98c8',
'unapplied_amount': 721.0
}
"""
POST = """\
POST /qbench/api/v1/payment HTTP/1.1
Authorization: Bearer 63ff42c5-49e6-42e2-bc3f-04fbfc22bbcb
Host: <qbench-url>
Content-Type: application/json
{
"customer_id": 2,
"payment_date": '01/01/2020',
"payment_type_id": 4,
"amount": 200
}
"""
POSTED = '{"id": 73}'
GET_ALL = """\
GET /qbench/api/v1/payment HTTP/1.1
Authorization: Bearer 63ff42c5-49e6-42e2-bc3f-04fbfc22bbcb
Host: <qbench-url>
"""
DELETE = """\
DELETE /qbench/api/v1/payment HTTP/1.1
Authorization: Bearer 63ff42c5-49e6-42e2-bc3f-04fbfc22bbcb
Host: <qbench-url>
"""
PUT = """\
PUT /qbench/api/v1/payment/74 HTTP/1.1
Authorization: Bearer 63ff42c5-49e6-42e2-bc3f-04fbfc22bbcb
Host: <qbench-url>
Content-Type: application/json
{
"customer_id": 2,
"payment_date": '01/01/2020',
"payment_type_id": 4,
"amount": 200
}
"""
APPLY = """\
[POST] /payment/<payment_id>/apply
{
"invoice_payments": [
{"invoice_id": 123, "applied_amount": 50},
{"invoice_id": 223, "applied_amount": 40},
{"invoice_id": 323, "applied_amount": 30}
]
}
"""
APPLY_ONE = """\
[POST] /payment/<payment_id>/invoice/<invoice_id>
{
"applied_amount": 50
}
"""
RELEASE = "[DELETE] /payment/<payment_id>/invoice/<invoice_id>"
DONE = {"message": "OK"}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Office]:
    """An office on the day of the page; its second customer and its fourth payment method are those of the page."""
    with office.opened(tmp_path, MORNING, "The lab", "USD", person_name="Some Body") as opened:
        company = opened.company
        dollars = company.one(Currency, code="USD")
        for name in ("First", "Second"):
            customer = company.do(accounts.create_customer, name=name)
            company.do(accounts.create, customer=customer, name=name, currency=dollars)
        assert company.one(Account, name="Second").pk == 2
        assert company.one(PaymentMethod, name="Credit Card").pk == 4
        yield opened


def sent(lab: Office, printed: str, ids: Mapping[str, object] | None = None, *, by: str = CLIENT) -> Any:
    """What a printed request is answered; `ids` are the texts in its path that name things, with what names ours."""
    head, brace, body = printed.partition("{")
    first, *headers = head.strip().splitlines()
    verb, target, *_ = first.split()
    for text, ours in (ids or {}).items():
        assert text in target
        target = target.replace(text, str(ours))
    named = dict(header.split(": ", 1) for header in headers) or {"Authorization": f"Bearer {TOKEN}", "Host": HOST}
    named = {name: value.replace(TOKEN, lab.tokens[by]).replace(HOST, "testserver") for name, value in named.items()}
    content = json.dumps(ast.literal_eval(brace + body)) if body else None
    if content is not None:
        named.setdefault("Content-Type", "application/json")
    path = target if target.startswith("/qbench") else f"/qbench/api/v1{target}"
    answered = lab.client.request(verb.strip("[]"), path, content=content, headers=named)
    assert answered.status_code == 200, answered.text
    return answered.json()


def asked(lab: Office, verb: str, path: str, said: object = None, *, by: str = CLIENT) -> Any:
    """What a request of our own is answered, which has to succeed."""
    headers = {"Authorization": f"Bearer {lab.tokens[by]}"}
    answered = lab.client.request(verb, f"/qbench/api/v1{path}", json=said, headers=headers)
    assert answered.status_code == 200, answered.text
    return answered.json()


def paid(lab: Office, amount: float, *, by: str = CLIENT, day: str = "06/24/2020") -> int:
    """A payment of the page's customer: by credit card where a client makes it, in cash where a person does."""
    said = {"customer_id": 2, "payment_date": day, "payment_type_id": 4 if by == CLIENT else 1, "amount": amount}
    return int(asked(lab, "POST", "/payment", said, by=by)["id"])


def applied(lab: Office, payment: int, *lines: tuple[int, float], by: str = CLIENT) -> None:
    said = {"invoice_payments": [{"invoice_id": invoice, "applied_amount": amount} for invoice, amount in lines]}
    asked(lab, "POST", f"/payment/{payment}/apply", said, by=by)


def invoice(lab: Office, total: str | int) -> int:
    """An invoice of the page's customer."""
    return lab.company.invoice(total, "Second").pk


def without_salt(printed: str) -> Any:
    """What a printed answer says, but for the members that are only there to change its length."""
    said = ast.literal_eval(printed)
    return {name: value for name, value in said.items() if not name.startswith(SALT)}


def payment(lab: Office, pk: int) -> Payment:
    return lab.company.one(Payment, pk=pk)


def in_full(lab: Office, pk: int) -> dict[int, float]:
    """What a payment is applied to, by invoice."""
    return {row["invoice_id"]: row["applied_amount"] for row in asked(lab, "GET", f"/payment/{pk}")["invoice_payments"]}


def test_a_payment_is_asked_for_and_shown_as_printed(lab: Office) -> None:
    made = paid(lab.at(1_593_028_033), 721)
    ids: Substitutions = {"id": Id(), "created_by_api_client_id": Form(UUID)}
    answered = sent(lab.at(1_593_030_000), GET_ONE, {"27": made})
    assert_as_printed(answered, without_salt(ONE), ids)


def test_a_payment_is_made_as_printed(lab: Office) -> None:
    answered = sent(lab, POST)
    assert_as_printed(answered, ast.literal_eval(POSTED), {"id": Id()})
    made = payment(lab, answered["id"])
    assert (made.account_pk, made.received_on[:10], made.method_pk, made.amount) == (2, "2020-01-01", 4, 200_00)
    assert made.life_cycle_state == "POSTED"


def test_a_payment_is_changed_as_printed(lab: Office) -> None:
    made = paid(lab, 150)
    assert sent(lab, PUT, {"74": made}) == DONE
    changed = payment(lab, made)
    assert (changed.account_pk, changed.received_on[:10], changed.method_pk, changed.amount) == (2, "2020-01-01", 4, 200_00)


def test_a_payment_is_deleted_as_printed(lab: Office) -> None:
    made = paid(lab, 150)
    assert sent(lab, DELETE, {"/payment": f"/payment/{made}"}) == DONE
    assert payment(lab, made).life_cycle_state == "CANCELLED"


def test_a_payment_is_applied_to_several_invoices_as_printed(lab: Office) -> None:
    made, invoices = paid(lab, 120), {"123": invoice(lab, 50), "223": invoice(lab, 40), "323": invoice(lab, 30)}
    printed = APPLY
    for theirs, ours in invoices.items():
        printed = printed.replace(f'"invoice_id": {theirs}', f'"invoice_id": {ours}')
    assert sent(lab, printed, {"<payment_id>": made}) == DONE
    assert in_full(lab, made) == dict(zip(invoices.values(), (50.0, 40.0, 30.0), strict=True))
    assert {lab.company.one(Invoice, pk=pk).unpaid for pk in invoices.values()} == {0}


def test_a_payment_is_applied_to_one_invoice_and_released_as_printed(lab: Office) -> None:
    made, to = paid(lab, 200), invoice(lab, 70)
    both = {"<payment_id>": made, "<invoice_id>": to}
    assert sent(lab, APPLY_ONE, both) == DONE
    assert in_full(lab, made) == {to: 50.0}
    assert sent(lab, RELEASE, both) == DONE
    assert in_full(lab, made) == {}


def five_payments(lab: Office) -> None:
    """The payments of the page's list, and the 42 before them, each made and applied when the page says so."""
    large, seventh, ninth = invoice(lab, "522.96"), invoice(lab, 5), invoice(lab, 5)
    for _ in range(42):
        paid(lab, 1)
    for at, amount in ((1_593_035_199, 0.02), (1_593_035_250, 516.29), (1_593_036_547, 9.0), (1_593_036_556, 6.65)):
        made = paid(lab.at(at), amount, by=CLERK)
        if amount != 9.0:
            applied(lab, made, (large, amount), by=CLERK)
    made = paid(lab.at(1_593_037_000), 10)
    applied(lab.at(1_593_037_565), made, (seventh, 5), (ninth, 5))


def test_payments_are_listed_as_printed(lab: Office) -> None:
    five_payments(lab)
    answered = sent(lab, GET_ALL)
    printed = without_salt((Path(__file__).parent / "published" / "qbench" / "list.txt").read_text())
    substitutions: Substitutions = {
        "data.*.id": Id(),
        "data.*.created_by_api_client_id": Form(UUID),
        "data.*.created_by_user_id": Id(),
        "data.*.invoice_payments.*.id": Id(),
        "data.*.invoice_payments.*.invoice_id": Id(),
        "data.*.payment_type": NO_TYPE,
    }
    assert_as_printed(answered, printed, substitutions)
    rows = [row["id"] for shown in answered["data"] for row in shown["invoice_payments"]]
    for newest_first in ([shown["id"] for shown in answered["data"]], rows):
        assert newest_first == sorted(newest_first, reverse=True)

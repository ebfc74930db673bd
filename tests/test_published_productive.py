"""What Productive's published page prints of payments holds here: its requests, with its headers, and its answers, whole.

Substitutions, and no others: the token and the organisation's id, which the page's requests leave out; ids, one of ours for each of
theirs, the organisation's as a text; moments and the keys that a server makes up; and those of `NAMES`.
"""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest
from httpx2 import Response

from ledger import accounts, configuration, invoices
from ledger.invoices import InvoiceTerms
from ledger.items import ItemTerms
from ledger.lifecycle import POSTED
from ledger.storage.models import Currency, Invoice, Organisation, Payment
from tests import office
from tests.office import CLERK, Office
from tests.printed import Form, Id, Ours, Substitutions, assert_as_printed, document

pytestmark = pytest.mark.one_engine

HOST = "www.example.com"
MIDNIGHT = 1_611_446_683
"""2021-01-24T00:04:43 in UTC, where the page has it in its own time."""
HEADERS = {
    "Accept": "text/xml,application/xml,application/xhtml+xml,text/html;q=0.9,text/plain;q=0.8,image/png,*/*;q=0.5",
    "Content-Type": "application/vnd.api+json",
}
ANSWERED_AS = "application/vnd.api+json; charset=utf-8"

CREATE: dict[str, Any] = {
    "data": {
        "type": "payments",
        "attributes": {"amount": 10000, "paid_on": "2021-01-24"},
        "relationships": {"invoice": {"data": {"type": "invoices", "id": "54"}}},
    }
}
CREATE_NOTHING = {"data": {"type": "payments", "attributes": {"amount": ""}}}
CHANGE = {"data": {"type": "payments", "attributes": {"amount": 2000}}}
CHANGE_NOTHING = {"data": {"type": "payments", "attributes": {"amount": ""}}}


def fault(attribute: str, detail: str) -> dict[str, Any]:
    """An error as it is printed."""
    return {
        "status": "422",
        "code": "invalid_attribute",
        "title": "Invalid Attribute",
        "detail": detail,
        "source": {"pointer": f"data/attributes/{attribute}"},
    }


NOTHING_CREATED = {
    "errors": [
        fault("invoice", "can't be blank"),
        fault("amount", "can't be blank"),
        fault("paid_on", "can't be blank"),
        fault("paid_on", "is not a date"),
    ]
}
NOTHING_CHANGED = {"errors": [fault("amount", "can't be blank")]}

MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d"
"""Milliseconds and an offset; theirs are an hour ahead, ours are UTC."""


def substitutions(payment: str) -> Substitutions:
    """What may differ in a document whose payment is at this place."""
    organisation, invoice, company, person = Id(as_text=True), Id(), Id(), Id()
    return {
        f"{payment}.id": Id(),
        f"{payment}.relationships.organization.data.id": organisation,
        f"{payment}.relationships.invoice.data.id": invoice,
        "included.0.id": invoice,
        "included.1.id": company,
        "included.2.id": person,
        "included.3.id": company,
        "included.*.relationships.organization.data.id": organisation,
        "included.*.relationships.company.data.id": company,
        "included.*.relationships.creator.data.id": person,
        "included.*.attributes.created_at": Form(MOMENT),
        "included.2.attributes.joined_at": Form(MOMENT),
        "included.2.attributes.last_seen_at": Form(MOMENT),
        "included.0.attributes.email_key": Form("[0-9a-f]{32}"),
        **NAMES,
    }


NAMES: Substitutions = {
    "included.2.attributes.first_name": Ours("test first name", "test"),
    "included.2.attributes.last_name": Ours("test last name", "first name test last name"),
}
"""A person's name is one text here; its first word is shown as the first name."""


@pytest.fixture
def firm(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Office]:
    """An office as that of a printed answer: whose it is, who made the invoice, how invoices are numbered."""
    printed = document(f"productive/{request.param}")["included"]
    person, own = printed[2]["attributes"], printed[3]["attributes"]
    clerk = {"role": "admin", "person_name": f"{person['first_name']} {person['last_name']}", "email": person["email"]}
    with office.opened(tmp_path, MIDNIGHT, own["name"], own["default_currency"], HOST, **clerk) as opened:
        opened.company.do(configuration.set_number_format, "invoice.number", "2016/", 2)
        yield opened


def like(name: str) -> pytest.MarkDecorator:
    """The office is that of this printed answer."""
    return pytest.mark.parametrize("firm", [name], indirect=True)


def invoice(firm: Office, client: str) -> Invoice:
    """An invoice over nothing, as the page's ones are: in euros at 1.25 dollars, due in ten days."""
    company = firm.company
    customer = company.do(accounts.create_customer, name=client)
    euros = company.one(Currency, code="EUR")
    account = company.do(accounts.create, customer=customer, name=client, currency=euros, credit_period=10)
    items = [ItemTerms("Nothing yet", Decimal(1), sub_total=Decimal(0))]
    terms = InvoiceTerms(account=account, type=company.type("INVOICE"), items=items, exchange_rate=Decimal("1.25"))
    return company.do(invoices.create, terms, POSTED)


def sent(firm: Office, verb: str, path: str, body: object = None) -> Response:
    """A request with the printed headers, and those that the page leaves out."""
    own = firm.company.one(Organisation)
    named = {**HEADERS, "X-Auth-Token": firm.tokens[CLERK], "X-Organization-Id": str(own.pk)}
    return firm.client.request(verb, path, headers=named, content=None if body is None else orjson.dumps(body))


def paying(related: Invoice) -> dict[str, Any]:
    """The printed request for a payment, of our invoice."""
    relationships = {"invoice": {"data": {"type": "invoices", "id": str(related.pk)}}}
    return {"data": {**CREATE["data"], "relationships": relationships}}


def paid(firm: Office, name: str) -> tuple[Invoice, str]:
    """The invoice of a printed answer with a payment of 10000, and where that payment is found."""
    related = invoice(firm, document(f"productive/{name}")["included"][1]["attributes"]["name"])
    answered = sent(firm, "POST", "/api/v2/payments", paying(related))
    assert answered.status_code == 201, answered.text
    return related, f"/api/v2/payments/{answered.json()['data']['id']}"


def assert_answered(answered: Response, status: int, printed: object, allowed: Substitutions) -> None:
    """Status, content type and document are the printed ones."""
    assert (answered.status_code, answered.headers["Content-Type"]) == (status, ANSWERED_AS), answered.text
    assert_as_printed(answered.json(), printed, allowed)


@like("list")
def test_payments_are_listed_as_printed(firm: Office) -> None:
    paid(firm, "list")
    answered = sent(firm, "GET", "/api/v2/payments")
    assert_answered(answered, 200, document("productive/list"), substitutions("data.0"))


@like("shown")
def test_a_payment_is_shown_as_printed(firm: Office) -> None:
    _, path = paid(firm, "shown")
    assert_answered(sent(firm, "GET", path), 200, document("productive/shown"), substitutions("data"))


@like("created")
def test_a_payment_is_created_as_printed(firm: Office) -> None:
    """The page's invoice has been overpaid by as much before."""
    related, _ = paid(firm, "created")
    answered = sent(firm, "POST", "/api/v2/payments", paying(related))
    assert_answered(answered, 201, document("productive/created"), substitutions("data"))


@like("changed")
def test_a_payment_is_changed_as_printed(firm: Office) -> None:
    _, path = paid(firm, "changed")
    assert_answered(sent(firm, "PATCH", path, CHANGE), 200, document("productive/changed"), substitutions("data"))


@like("created")
def test_a_payment_of_nothing_is_refused_as_printed(firm: Office) -> None:
    assert_answered(sent(firm, "POST", "/api/v2/payments", CREATE_NOTHING), 422, NOTHING_CREATED, {})


@like("changed")
def test_a_change_to_nothing_is_refused_as_printed(firm: Office) -> None:
    _, path = paid(firm, "changed")
    assert_answered(sent(firm, "PATCH", path, CHANGE_NOTHING), 422, NOTHING_CHANGED, {})


@like("shown")
def test_a_payment_is_deleted_as_printed(firm: Office) -> None:
    _, path = paid(firm, "shown")
    answered = sent(firm, "DELETE", path)
    assert (answered.status_code, answered.content, answered.headers.get("Content-Type")) == (204, b"", None)
    assert sent(firm, "GET", path).status_code == 404
    assert firm.company.one(Payment).life_cycle_state == "CANCELLED"


@like("shown")
def test_the_printed_parameters_make_a_payment(firm: Office) -> None:
    """The page's table of parameters has the invoice's id among the attributes; its example values are these."""
    related = invoice(firm, "Somebody")
    attributes = {"invoice_id": related.pk, "amount": 100, "paid_on": "2018-01-01"}
    answered = sent(firm, "POST", "/api/v2/payments", {"data": {"type": "payments", "attributes": attributes}})
    assert answered.status_code == 201, answered.text
    made = firm.company.one(Payment)
    assert (made.principal_invoice_pk, made.amount, made.received_on[:10]) == (related.pk, 100, "2018-01-01")


FILTERS = ("invoice_id", "company_id", "project_id", "subsidiary_id", "paid_after", "paid_before")
SORTS = ("amount", "paid_on", "written_off_on", "note", "invoice.number", "date")
AGGREGATES = ("total_amount",)
"""What the page says is supported."""


@like("shown")
@pytest.mark.parametrize(
    "query",
    [
        *(f"filter[{name}][]=1" if name.endswith("_id") else f"filter[{name}]=2021-01-24" for name in FILTERS),
        *(f"filter[{name}][not_eq]=1" for name in FILTERS if name.endswith("_id")),
        *(f"sort={direction}{name}" for name in SORTS for direction in ("", "-")),
        *(f"aggregates={name}" for name in AGGREGATES),
    ],
)
def test_the_printed_filters_sorts_and_aggregates_are_supported(firm: Office, query: str) -> None:
    answered = sent(firm, "GET", f"/api/v2/payments?{query}")
    assert answered.status_code == 200, answered.text


@like("shown")
def test_the_printed_aggregate_is_the_sum_of_what_is_found(firm: Office) -> None:
    paid(firm, "shown")
    paid(firm, "shown")
    answered = sent(firm, "GET", "/api/v2/payments?aggregates=total_amount&page[size]=1")
    assert answered.json()["meta"]["aggregates"] == {"total_amount": 20_000}

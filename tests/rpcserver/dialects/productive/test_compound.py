"""What comes along (`include`) and what is left of it (`fields`)."""

import pytest

from tests.books import BOBS
from tests.rpcserver.dialects.productive.asking import Caller, payment

pytestmark = pytest.mark.one_engine

ALL = ["invoices", "companies", "people", "companies"]


@pytest.mark.parametrize(
    ("query", "types"),
    [
        ("", ALL),
        ("include=", []),
        ("include=invoice", ["invoices"]),
        ("include=invoice.company", ["invoices", "companies"]),
        ("include=invoice.creator", ["invoices", "people"]),
        ("include=invoice.creator.company", ["invoices", "people", "companies"]),
        ("include=invoice.company,invoice.creator.company,invoice", ALL),
    ],
)
def test_include_narrows_what_comes_along(caller: Caller, query: str, types: list[str]) -> None:
    invoice = caller.invoice()
    pk = caller.paid(invoice)
    document = payment(invoice.pk, amount=1, paid_on="2024-05-01")
    answers = [caller.get(query), caller.get(query, pk), caller.patch(pk, {"data": {"type": "payments"}}, f"?{query}")]
    answers.append(caller.post(document, f"?{query}"))
    for answer in answers:
        assert [resource["type"] for resource in answer.body["included"]] == types
        related = answer.data[0] if isinstance(answer.data, list) else answer.data
        assert related["relationships"]["invoice"]["data"] == {"type": "invoices", "id": str(invoice.pk)}


@pytest.mark.parametrize("path", ["organization", "company", "invoice.colour", "invoice.bill_to", "invoice,colour", "Invoice"])
def test_an_unknown_path_is_refused(caller: Caller, path: str) -> None:
    refused = caller.get({"include": path})
    assert refused.codes == (400, ["unsupported_include"])
    assert refused.errors[0]["source"] == {"parameter": "include"}
    assert caller.get("include[]=invoice").codes == (400, ["invalid_query_parameter"])


def test_each_resource_comes_once_however_often_it_is_referred_to(caller: Caller) -> None:
    first, second, bobs = caller.invoice(), caller.invoice(), caller.invoice(100, BOBS)
    for invoice in (first, first, second, bobs):
        caller.paid(invoice, 10)
    listed = caller.get()
    assert [len(listed.included(type_)) for type_ in ("invoices", "companies", "people")] == [3, 3, 1]


def test_fieldsets_leave_what_is_named(caller: Caller) -> None:
    pk = caller.paid(caller.invoice())
    shown = caller.get("fields[payments]=amount,invoice&fields[invoices]=number&fields[people]=company,email", pk)
    assert shown.data == {
        "id": pk,
        "type": "payments",
        "attributes": {"amount": 10_000},
        "relationships": {"invoice": {"data": {"type": "invoices", "id": shown.included("invoices")[0]["id"]}}},
    }
    assert list(shown.included("invoices")[0]) == ["id", "type", "attributes"]
    assert list(shown.included("people")[0]["relationships"]) == ["company"]
    assert len(shown.included("companies")[0]["attributes"]) == 13


@pytest.mark.parametrize("query", ["fields[payments]=", "fields[payments]=colour"])
def test_names_that_there_are_not_leave_nothing(caller: Caller, query: str) -> None:
    pk = caller.paid(caller.invoice())
    assert caller.get(query, pk).data == {"id": pk, "type": "payments"}
    assert caller.get(query).data == [{"id": pk, "type": "payments"}]


def test_fieldsets_are_for_answers_to_writes_too(caller: Caller) -> None:
    invoice = caller.invoice()
    document = payment(invoice.pk, amount=1, paid_on="2024-05-01")
    made = caller.post(document, "?fields[payments]=amount&include=&fields[nonsense]=x")
    assert (made.status, made.attributes, made.body["included"]) == (201, {"amount": 1}, [])


def test_without_include_a_list_of_many_payments_reads_as_one_of_few(caller: Caller) -> None:
    invoice = caller.invoice(1)
    for _ in range(3):
        caller.paid(invoice, 10)
    assert caller.get().invoice["amount_paid"] == 30

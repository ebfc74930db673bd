"""jsonapi-client, a client for any server that speaks JSON:API, works against Productive's door. It cannot read the answer to a
deletion, which is empty."""

from collections.abc import Iterator
from typing import Any

import jsonapi_client
import pytest
from jsonapi_client import Modifier, ResourceTuple
from jsonapi_client.exceptions import DocumentError

from tests.abroad import Abroad

pytestmark = pytest.mark.one_engine

SCHEMA = {
    "payments": {
        "properties": {
            "amount": {"type": "integer"},
            "paid_on": {"type": "string"},
            "note": {"type": ["string", "null"]},
            "invoice": {"relation": "to-one", "resource": ["invoices"]},
        }
    }
}


@pytest.fixture
def session(there: Abroad) -> Iterator[Any]:
    headers = {"headers": there.productive}
    with jsonapi_client.Session(f"{there.url}/api/v2", schema=SCHEMA, request_kwargs=headers) as opened:
        yield opened


def made(session: Any, invoice: int, amount: int) -> Any:
    """A new payment of the invoice."""
    fields = {"amount": amount, "paid_on": "2021-01-24", "invoice": ResourceTuple(str(invoice), "invoices")}
    return session.create_and_commit("payments", fields)


def test_a_payment_is_made_read_and_changed(there: Abroad, session: Any) -> None:
    payment = made(session, there.pk("invoice", there.invoice(50)), 700)
    assert session.get("payments", payment.id).resource["amount"] == 700
    payment["amount"] = 800
    payment.commit()
    with jsonapi_client.Session(session.url_prefix, request_kwargs={"headers": there.productive}) as again:
        assert again.get("payments", payment.id).resource["amount"] == 800


def test_payments_are_followed_from_page_to_page_with_their_invoice(there: Abroad, session: Any) -> None:
    invoice = there.pk("invoice", there.invoice(50))
    keys = [made(session, invoice, amount).id for amount in (100, 200, 300, 400, 500)]
    found = list(session.iterate("payments", Modifier(f"filter[invoice_id]={invoice}&page[size]=2&sort=amount")))
    assert [payment.id for payment in found] == keys
    related = {payment.relationships["invoice"].resource.id for payment in found}
    assert related == {str(invoice)}
    assert found[0].relationships["invoice"].resource["amount_paid"] == 1_500


def test_a_refusal_is_an_error_of_the_client(session: Any) -> None:
    with pytest.raises(DocumentError) as refused:
        session.get("payments", 987_654_321)
    assert refused.value.response.status_code == 404

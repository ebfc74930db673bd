"""jsonapi-requests, a client for any server that speaks JSON:API, works against Productive's door."""

from typing import Any

import jsonapi_requests
import pytest
import requests
from jsonapi_requests.request_factory import ApiClientError

from tests.abroad import PATIENCE_SECONDS, Abroad

pytestmark = pytest.mark.one_engine


@pytest.fixture
def api(there: Abroad) -> Any:
    def named(request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers.update(there.productive)
        return request

    settings = {"API_ROOT": f"{there.url}/api/v2", "AUTH": named, "APPEND_SLASH": False, "TIMEOUT": PATIENCE_SECONDS}
    return jsonapi_requests.Api.config(settings)


def payment(invoice: int, amount: int = 10_000) -> Any:
    """A payment to be made."""
    return jsonapi_requests.JsonApiObject.from_data(
        {
            "type": "payments",
            "attributes": {"amount": amount, "paid_on": "2021-01-24"},
            "relationships": {"invoice": {"data": {"type": "invoices", "id": str(invoice)}}},
        }
    )


def test_a_payment_lives(there: Abroad, api: Any) -> None:
    invoice = there.pk("invoice", there.invoice(150))
    made = api.endpoint("payments").post(object=payment(invoice)).data
    one = api.endpoint(f"payments/{made.id}")
    assert one.get().data.attributes["amount"] == 10_000
    changed = one.patch(object=jsonapi_requests.JsonApiObject(id=made.id, type="payments", attributes={"amount": 2_000}))
    assert changed.data.attributes["amount"] == 2_000
    assert changed.data.relationships["invoice"].data.id == str(invoice)
    assert one.delete().status_code == 204
    with pytest.raises(ApiClientError) as refused:
        one.get()
    assert refused.value.status_code == 404


def test_payments_are_filtered_and_sorted(there: Abroad, api: Any) -> None:
    invoice = there.pk("invoice", there.invoice(100))
    for amount in (300, 100, 200):
        api.endpoint("payments").post(object=payment(invoice, amount))
    found = api.endpoint("payments").get(params={"filter[invoice_id]": str(invoice), "sort": "-amount"})
    assert [each.attributes["amount"] for each in found.data] == [300, 200, 100]
    assert found.content.meta["total_count"] == 3
    assert {(each.type, each.id) for each in found.content.included} >= {("invoices", str(invoice))}


def test_a_refusal_is_an_error_of_the_client(api: Any) -> None:
    nothing = jsonapi_requests.JsonApiObject.from_data({"type": "payments", "attributes": {"amount": ""}})
    with pytest.raises(ApiClientError) as refused:
        api.endpoint("payments").post(object=nothing)
    assert refused.value.status_code == 422

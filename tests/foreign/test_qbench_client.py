"""qbench, the published client for Python, works against the server: the exchange of its assertion for a token, and its v1 reads of
payments and what belongs to them."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import qbench

from tests.abroad import Abroad

pytestmark = pytest.mark.one_engine


@pytest.fixture
def client(there: Abroad) -> Iterator[Any]:
    """The client, which fetches a token at once."""
    login = there.live.demo["qbench_client"]
    with closing(qbench.connect(base_url=there.url, api_key=login["client_id"], api_secret=login["client_secret"])) as connected:
        yield connected


def test_a_payment_is_read(there: Abroad, client: Any) -> None:
    made = there.payment("721.00")
    shown = client.get_payment(there.pk("payment", made["uuid"]), use_v1=True)
    assert (shown["amount"], shown["unapplied_amount"], shown["payment_date"]) == (721.0, 721.0, "09/01/2024")
    assert shown["customer_id"] == there.account["pk"]


def test_all_payments_are_read_over_all_pages(there: Abroad, client: Any) -> None:
    there.elsewhere().payments(120)
    whole = client.get_payments(use_v1=True, include_metadata=True)
    assert whole["total_count"] == len(whole["data"]) > 120
    keys = [payment["id"] for payment in client.get_payments(use_v1=True)]
    assert len(set(keys)) == len(keys) == whole["total_count"]
    assert keys == sorted(keys, reverse=True)


def test_some_pages_are_read(there: Abroad, client: Any) -> None:
    there.elsewhere().payments(60)
    assert len(client.get_payments(use_v1=True, page_limit=1)) == 50


def test_invoices_and_customers_are_read(there: Abroad, client: Any) -> None:
    pk = there.pk("invoice", there.invoice(25))
    shown = client.get_invoice(pk, use_v1=True)
    assert (shown["id"], shown["total"], shown["paid"]) == (pk, 25.0, False)
    assert pk in {invoice["id"] for invoice in client.get_invoices(use_v1=True)}
    customer = client.get_customer(there.account["pk"], use_v1=True)
    assert (customer["id"], customer["customer_name"]) == (there.account["pk"], there.account["name"])
    assert customer in client.get_customers(use_v1=True)


def test_what_is_not_there_is_an_error_of_the_client(client: Any) -> None:
    with pytest.raises(qbench.QBenchAPIError):
        client.get_payment(987_654_321, use_v1=True)


@pytest.mark.parametrize("wrong", ["api_key", "api_secret"])
def test_a_client_that_is_not_ours_gets_no_token(there: Abroad, wrong: str) -> None:
    login = there.live.demo["qbench_client"]
    said = {"api_key": login["client_id"], "api_secret": login["client_secret"], wrong: "00000000-0000-0000-0000-000000000000"}
    with pytest.raises(qbench.QBenchAuthError, match="Invalid API credentials"):
        qbench.connect(base_url=there.url, **said)

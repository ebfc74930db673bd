"""waldur-api-client, the published client for Python, works here: every call of payments, and what is asked around them."""

import datetime
import io
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from waldur_api_client.api.api_auth import api_auth_logout, api_auth_password
from waldur_api_client.api.customers import customers_list, customers_retrieve
from waldur_api_client.api.invoices import invoices_list, invoices_paid, invoices_retrieve
from waldur_api_client.api.payment_profiles import (
    payment_profiles_create,
    payment_profiles_enable,
    payment_profiles_list,
    payment_profiles_retrieve,
)
from waldur_api_client.api.payments import (
    payments_count,
    payments_create,
    payments_destroy,
    payments_link_to_invoice,
    payments_list,
    payments_partial_update,
    payments_retrieve,
    payments_unlink_from_invoice,
    payments_update,
)
from waldur_api_client.api.users import users_me_retrieve
from waldur_api_client.api.version import version_retrieve
from waldur_api_client.client import AuthenticatedClient, Client
from waldur_api_client.errors import UnexpectedStatus
from waldur_api_client.models.invoice_state_enum import InvoiceStateEnum
from waldur_api_client.models.link_to_invoice_request import LinkToInvoiceRequest
from waldur_api_client.models.obtain_auth_token_request import ObtainAuthTokenRequest
from waldur_api_client.models.paid_request import PaidRequest
from waldur_api_client.models.paid_request_form import PaidRequestForm
from waldur_api_client.models.paid_request_multipart import PaidRequestMultipart
from waldur_api_client.models.patched_payment_request import PatchedPaymentRequest
from waldur_api_client.models.patched_payment_request_form import PatchedPaymentRequestForm
from waldur_api_client.models.patched_payment_request_multipart import PatchedPaymentRequestMultipart
from waldur_api_client.models.payment_profile_request import PaymentProfileRequest
from waldur_api_client.models.payment_request import PaymentRequest
from waldur_api_client.models.payment_request_form import PaymentRequestForm
from waldur_api_client.models.payment_request_multipart import PaymentRequestMultipart
from waldur_api_client.models.payment_type_enum import PaymentTypeEnum
from waldur_api_client.types import File

from tests.abroad import PATIENCE_SECONDS, Abroad

pytestmark = pytest.mark.one_engine

DAY = datetime.date(2024, 9, 1)
PDF = b"%PDF-1.4\n% a receipt\n"
UNLINKED = uuid.UUID(int=0)
EVERY_ENCODING = pytest.mark.parametrize("model", [PaymentRequest, PaymentRequestForm, PaymentRequestMultipart])
PATCHES = pytest.mark.parametrize("model", [PatchedPaymentRequest, PatchedPaymentRequestForm, PatchedPaymentRequestMultipart])
"""The same in JSON, as a form and in parts: the class of the body says which."""


@pytest.fixture
def client(there: Abroad) -> Iterator[Any]:
    with AuthenticatedClient(base_url=there.url, token=there.token) as opened:
        yield opened


def profile_url(there: Abroad) -> str:
    return f"{there.url}/api/payment-profiles/{there.profile}/"


def created(there: Abroad, client: Any, amount: str = "12.50") -> Any:
    body = PaymentRequest(profile=profile_url(there), date_of_payment=DAY, sum_=amount)
    return payments_create.sync(client=client, body=body)


def linked(there: Abroad, client: Any, payment: Any, total: float = 100) -> str:
    """The id of an invoice to which the payment is linked now."""
    invoice = there.invoice(total)
    body = LinkToInvoiceRequest(invoice=f"{there.url}/api/invoices/{invoice}/")
    assert payments_link_to_invoice.sync(payment.uuid, client=client, body=body).detail
    return invoice


@EVERY_ENCODING
def test_a_payment_is_created(there: Abroad, client: Any, model: Any) -> None:
    body = model(profile=profile_url(there), date_of_payment=DAY, sum_="12.50")
    made = payments_create.sync(client=client, body=body)
    assert (made.profile, made.date_of_payment, made.sum_, made.proof) == (profile_url(there), DAY, "12.50", None)
    assert (made.invoice, made.invoice_uuid, made.invoice_period) == (None, UNLINKED, None)
    assert made.customer_uuid == uuid.UUID(there.customer)
    assert there.shown(made.uuid.hex)["payment_amount"] == 12.5


@EVERY_ENCODING
def test_a_payment_is_updated(there: Abroad, client: Any, model: Any) -> None:
    made = created(there, client)
    day = datetime.date(2024, 8, 31)
    body = model(profile=profile_url(there), date_of_payment=day, sum_="7.25")
    changed = payments_update.sync(made.uuid, client=client, body=body)
    assert (changed.uuid, changed.date_of_payment, changed.sum_) == (made.uuid, day, "7.25")
    assert there.shown(made.uuid.hex)["payment_amount"] == 7.25


@PATCHES
def test_a_part_of_a_payment_is_updated(there: Abroad, client: Any, model: Any) -> None:
    made = created(there, client)
    changed = payments_partial_update.sync(made.uuid, client=client, body=model(sum_="3.00"))
    assert (changed.date_of_payment, changed.sum_) == (DAY, "3.00")


def test_a_proof_goes_up_in_parts_and_comes_down_with_a_token_only(there: Abroad, client: Any) -> None:
    proof = File(io.BytesIO(PDF), "the receipt.pdf", "application/pdf")
    body = PaymentRequestMultipart(profile=profile_url(there), date_of_payment=DAY, sum_="5.00", proof=proof)
    made = payments_create.sync(client=client, body=body)
    got = client.get_httpx_client().get(made.proof)
    assert (got.status_code, got.content, got.headers["content-type"]) == (200, PDF, "application/pdf")
    assert got.headers["content-disposition"] == 'attachment; filename="the_receipt.pdf"'
    assert requests.get(made.proof, timeout=PATIENCE_SECONDS).status_code == 401


def test_a_proof_is_taken_away(there: Abroad, client: Any) -> None:
    made = created(there, client)
    parts = PatchedPaymentRequestMultipart(proof=File(io.BytesIO(PDF), "receipt.pdf", "application/pdf"))
    assert payments_partial_update.sync(made.uuid, client=client, body=parts).proof
    assert payments_partial_update.sync(made.uuid, client=client, body=PatchedPaymentRequest(proof=None)).proof is None


def test_a_payment_is_linked_and_unlinked(there: Abroad, client: Any) -> None:
    made = created(there, client)
    invoice = linked(there, client, made)
    shown = payments_retrieve.sync(made.uuid, client=client)
    assert (shown.invoice, shown.invoice_uuid) == (f"{there.url}/api/invoices/{invoice}/", uuid.UUID(invoice))
    assert payments_unlink_from_invoice.sync(made.uuid, client=client).detail
    assert payments_retrieve.sync(made.uuid, client=client).invoice_uuid == UNLINKED


def test_a_payment_is_deleted(there: Abroad, client: Any) -> None:
    made = created(there, client)
    assert payments_destroy.sync_detailed(made.uuid, client=client).status_code == 204
    with pytest.raises(UnexpectedStatus) as refused:
        payments_retrieve.sync(made.uuid, client=client)
    assert refused.value.status_code == 404
    assert there.shown(made.uuid.hex)["life_cycle_state"] == "CANCELLED"


def test_payments_are_listed_page_by_page_and_counted(there: Abroad, client: Any) -> None:
    alone = there.elsewhere()
    alone.payments(130)
    profile = uuid.UUID(alone.profile)
    assert len(payments_list.sync(client=client, profile_uuid=profile)) == 10
    assert len(payments_list.sync(client=client, profile_uuid=profile, page=3, page_size=50)) == 30
    every = payments_list.sync_all(client=client, profile_uuid=profile)
    assert len(every) == len({payment.uuid for payment in every}) == 130
    assert payments_count.sync(client=client, profile_uuid=profile) == 130
    assert payments_count.sync(client=client, profile_uuid=profile, date_of_payment=datetime.date(2024, 9, 2)) == 0
    assert payments_count.sync(client=client, profile=profile_url(alone), date_of_payment=DAY) == 130


def test_customers_are_found(there: Abroad, client: Any) -> None:
    customer = customers_retrieve.sync(uuid.UUID(there.customer), client=client)
    assert customer.uuid == uuid.UUID(there.customer)
    assert customer.uuid in {each.uuid for each in customers_list.sync_all(client=client)}
    assert uuid.UUID(there.profile) in {profile.uuid for profile in customer.payment_profiles}


def test_payment_profiles_are_created_enabled_and_found(there: Abroad, client: Any) -> None:
    alone = there.elsewhere()
    customer, first = uuid.UUID(alone.customer), uuid.UUID(alone.profile)
    body = PaymentProfileRequest(
        name="By instalments",
        organization=f"{there.url}/api/customers/{alone.customer}/",
        payment_type=PaymentTypeEnum.INVOICES,
        is_active=None,
    )
    made = payment_profiles_create.sync(client=client, body=body)
    assert (made.name, made.payment_type, made.is_active) == ("By instalments", PaymentTypeEnum.INVOICES, None)
    assert made.organization_uuid == customer
    found = payment_profiles_list.sync_all(client=client, organization_uuid=customer)
    assert {profile.uuid for profile in found} == {first, made.uuid}
    assert payment_profiles_enable.sync(made.uuid, client=client)
    assert payment_profiles_retrieve.sync(made.uuid, client=client).is_active is True
    assert payment_profiles_retrieve.sync(first, client=client).is_active is None
    active = payment_profiles_list.sync(client=client, organization_uuid=customer, is_active=True)
    assert [profile.uuid for profile in active] == [made.uuid]


@pytest.mark.parametrize("model", [PaidRequest, PaidRequestForm, PaidRequestMultipart])
def test_an_invoice_is_found_and_paid(there: Abroad, client: Any, model: Any) -> None:
    alone = there.elsewhere()
    invoice = uuid.UUID(alone.invoice(70))
    open_ones = invoices_list.sync(client=client, customer_uuid=uuid.UUID(alone.customer), state=[InvoiceStateEnum.CREATED])
    assert [each.uuid for each in open_ones] == [invoice]
    body = model(date=DAY)
    if model is PaidRequestMultipart:
        body.proof = File(io.BytesIO(PDF), "receipt.pdf", "application/pdf")
    assert invoices_paid.sync_detailed(invoice, client=client, body=body).status_code == 200
    assert invoices_retrieve.sync(invoice, client=client).state is InvoiceStateEnum.PAID
    (payment,) = payments_list.sync(client=client, profile_uuid=uuid.UUID(alone.profile))
    assert (payment.sum_, payment.date_of_payment, payment.invoice_uuid) == ("70.00", DAY, invoice)
    assert (payment.proof is None) == (model is not PaidRequestMultipart)


def test_a_person_logs_in_and_out(there: Abroad) -> None:
    login = there.live.demo["users"]["clerk"]
    with Client(base_url=there.url) as nobody:
        body = ObtainAuthTokenRequest(username=login["username"], password=login["password"])
        token = api_auth_password.sync(client=nobody, body=body).token
    with AuthenticatedClient(base_url=there.url, token=token) as somebody:
        assert users_me_retrieve.sync(client=somebody).username == login["username"]
        assert version_retrieve.sync(client=somebody).version
        assert api_auth_logout.sync_detailed(client=somebody).status_code == 204
        with pytest.raises(UnexpectedStatus) as refused:
            users_me_retrieve.sync(client=somebody)
        assert refused.value.status_code == 401

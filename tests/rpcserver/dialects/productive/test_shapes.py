"""What documents look like: every name that the published examples print, in their order, and meta as they print it."""

from decimal import Decimal

import pytest

from ledger.storage.models import Currency, Organisation, User
from tests.rpcserver.dialects.productive.asking import DAY, Caller

pytestmark = pytest.mark.one_engine


def names(*lines: str) -> list[str]:
    return " ".join(lines).split()


PAYMENT = names(
    "paid_on written_off_on note external_id currency currency_default currency_normalized amount amount_default amount_normalized"
)
INVOICE = names(
    "number subject invoiced_on sent_on pay_on delivery_on paid_on discount tax1_name tax1_value tax2_name tax2_value deleted_at",
    "tag_list note exported_at export_integration_type_id note_interpolated email_key purchase_order_number export_invoice_url",
    "company_reference_id created_at exchange_rate exchange_date custom_fields currency currency_default currency_normalized",
    "amount amount_default amount_normalized amount_tax amount_tax_default amount_tax_normalized amount_with_tax",
    "amount_with_tax_default amount_with_tax_normalized amount_paid amount_paid_default amount_paid_normalized",
    "amount_written_off amount_written_off_default amount_written_off_normalized amount_unpaid amount_unpaid_default",
    "amount_unpaid_normalized",
)
INVOICE_RELATIONS = names("organization bill_to bill_from company document_type creator invoice_attributions attachment")
COMPANY = names(
    "name billing_name vat default_currency created_at archived_at avatar_url invoice_email_recipients custom_fields description",
    "due_days tag_list contact",
)
PERSON = names(
    "first_name last_name email title joined_at last_seen_at deactivated_at archived_at role_id invited_at is_user tag_list",
    "avatar_url virtual custom_fields autotracking created_at placeholder color_id private_custom_reports_used contact",
)
METERED = {
    "custom_fields": 15,
    "custom_fields_per_project": 10,
    "public_custom_reports": 100,
    "private_custom_reports": 30,
    "scheduling_placeholders": 5,
}


def test_a_payment_has_the_printed_attributes_and_relationships(caller: Caller) -> None:
    invoice = caller.invoice()
    made = caller.pay(invoice, 10_000)
    assert list(made.body) == ["data", "included", "meta"]
    assert list(made.data) == ["id", "type", "attributes", "relationships"]
    assert list(made.attributes) == PAYMENT
    assert made.attributes == {
        "paid_on": DAY,
        "written_off_on": None,
        "note": None,
        "external_id": None,
        "currency": "EUR",
        "currency_default": "EUR",
        "currency_normalized": "EUR",
        "amount": 10_000,
        "amount_default": 10_000,
        "amount_normalized": 10_000,
    }
    assert made.data["relationships"] == {
        "organization": {"data": {"type": "organizations", "id": caller.organisation}},
        "invoice": {"data": {"type": "invoices", "id": str(invoice.pk)}},
    }


def test_the_invoice_its_company_its_creator_and_their_company_come_along_in_this_order(caller: Caller) -> None:
    invoice = caller.invoice()
    included = caller.pay(invoice).body["included"]
    company, clerk = caller.account().customer_pk, caller.premises.company.one(User, username="clerk")
    kept = [("invoices", str(invoice.pk)), ("companies", str(company)), ("people", str(clerk.pk)), ("companies", "0")]
    assert [(resource["type"], resource["id"]) for resource in included] == kept
    assert [list(resource["attributes"]) for resource in included] == [INVOICE, COMPANY, PERSON, COMPANY]
    assert list(included[0]["relationships"]) == INVOICE_RELATIONS
    assert list(included[1]["relationships"]) == ["organization", "bill_to"]
    assert list(included[2]["relationships"]) == ["organization", "company", "subsidiary"]
    assert included[2]["relationships"]["company"] == {"data": {"type": "companies", "id": "0"}}
    assert [included[1]["attributes"][name] for name in ("name", "default_currency")] == ["Ada", None]
    assert [included[3]["attributes"][name] for name in ("name", "default_currency")] == ["The company", "EUR"]


def test_an_invoice_says_what_the_ledger_knows_of_it(caller: Caller) -> None:
    invoice = caller.invoice(100, notes="As agreed")
    shown = caller.pay(invoice, 2_500).invoice
    assert shown["number"] == invoice.number
    assert (shown["note"], shown["note_interpolated"]) == ("As agreed", "As agreed")
    assert (shown["invoiced_on"], shown["pay_on"]) == ("2024-05-01", "2024-05-31")
    assert (shown["created_at"], shown["deleted_at"]) == ("2024-05-01T12:00:00.000+00:00", None)
    assert shown["email_key"] == invoice.id.lower()
    assert (shown["amount_with_tax"], shown["amount_paid"], shown["amount_unpaid"]) == (10_000, 2_500, 7_500)
    assert shown["paid_on"] is None


def test_a_cancelled_invoice_says_when(caller: Caller) -> None:
    invoice = caller.invoice()
    pk = caller.paid(invoice)
    caller.premises.company.cancel_invoice(invoice)
    shown = caller.get(pk=pk)
    assert shown.data["relationships"]["invoice"]["data"]["id"] == str(invoice.pk)
    assert shown.invoice["deleted_at"] == "2024-05-01T12:00:00.000+00:00"


def test_a_person_has_two_names_and_was_seen_last_when_a_session_was_used(caller: Caller) -> None:
    invoice = caller.invoice()
    company = caller.premises.company
    clerk = company.one(User, username="clerk")
    company.book.enter(company.call, lambda entry: entry.rows.change(User, {"person_name": "Costas K. Klerides"}, pk=clerk.pk))
    shown = caller.pay(invoice).included("people")[0]["attributes"]
    assert (shown["first_name"], shown["last_name"]) == ("Costas", "K. Klerides")
    assert shown["last_seen_at"] == "2024-05-01T12:00:00.000+00:00"
    assert shown["role_id"] == 2
    assert caller.by("owner").get().included("people")[0]["attributes"]["last_seen_at"] is None


def test_meta_has_the_features_of_the_organization_and_no_settings(caller: Caller) -> None:
    caller.paid(caller.invoice())
    listed = caller.get().body["meta"]
    assert list(listed) == [
        "current_page",
        "total_pages",
        "total_count",
        "page_size",
        "max_page_size",
        "organization_features",
        "settings",
    ]
    assert [listed[name] for name in list(listed)[:5]] == [1, 1, 1, 30, 200]
    features = listed["organization_features"]
    assert {name: feature["limit"] for name, feature in features.items() if feature["type"] == "metered"} == METERED
    switches = [feature for feature in features.values() if feature["type"] == "switch"]
    assert switches == [{"type": "switch", "available": True}] * 25
    assert listed["settings"] == {}
    assert list(caller.get(pk=caller.listed()[0]).body["meta"]) == ["organization_features", "settings"]


def test_the_number_of_a_payment_comes_where_it_is_asked_for(caller: Caller) -> None:
    pk = caller.paid(caller.invoice())
    assert "number" not in caller.get(pk=pk).attributes
    assert caller.get("fields[payments]=number,amount", pk).attributes == {"amount": 10_000, "number": caller.row(pk).number}


def test_a_payment_of_the_native_door_shows_its_code_and_its_principal_invoice(caller: Caller) -> None:
    invoice = caller.invoice(40)
    payment = caller.premises.company.pay(100, back_office_code="BANK-7", notes="Two\nlines")
    shown = caller.get(pk=payment.pk)
    assert (shown.attributes["external_id"], shown.attributes["note"]) == ("BANK-7", "Two\nlines")
    assert shown.data["relationships"]["invoice"]["data"] == {"type": "invoices", "id": str(invoice.pk)}
    assert (shown.invoice["amount_paid"], shown.invoice["amount_unpaid"]) == (10_000, -6_000)


def test_a_payment_that_pays_nothing_has_no_invoice(caller: Caller) -> None:
    payment = caller.premises.company.pay(5)
    shown = caller.get(pk=payment.pk)
    assert shown.data["relationships"]["invoice"] == {"data": None}
    assert shown.body["included"] == []


def test_an_invoice_has_the_published_rate_of_five_quarters(caller: Caller) -> None:
    company = caller.premises.company
    dollar = company.one(Currency, code="USD")
    own = company.one(Organisation)
    company.book.enter(company.call, lambda entry: entry.rows.change(Organisation, {"default_currency_pk": dollar.pk}, pk=own.pk))
    shown = caller.pay(caller.invoice(1, exchange_rate=Decimal("1.25")), 10_000)
    assert [shown.attributes[f"amount{kind}"] for kind in ("", "_default", "_normalized")] == [10_000, 12_500, 10_000]
    assert [shown.attributes[f"currency{kind}"] for kind in ("", "_default", "_normalized")] == ["EUR", "USD", "EUR"]
    assert (shown.invoice["exchange_rate"], shown.invoice["exchange_date"]) == ("1.25", "2024-05-01")
    assert shown.invoice["amount_unpaid_default"] == -12_375
    assert [shown.included("companies")[1]["attributes"]["default_currency"]] == ["USD"]

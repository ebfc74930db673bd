"""How an invoice looks where it comes along with a payment. What this ledger does not know of an invoice is null."""

from collections.abc import Iterable
from typing import Any

from ledger import queries
from ledger.days import day
from ledger.queries.figures import InvoiceFigures, invoice_figures
from ledger.rates import shown_rate
from ledger.storage.models import Invoice, InvoiceCancellation
from rpcserver.dialects.productive.fieldsets import Resource
from rpcserver.dialects.productive.included import to_one
from rpcserver.dialects.productive.related import Related, invoiced_on, timestamp

TYPE = "invoices"


def resources(related: Related) -> Iterable[Resource]:
    """The principal invoices of the payments."""
    figures = invoice_figures(related.reading, related.invoices)
    cancelled = queries.invoice_cancellations_of(related.reading, related.invoices)
    for pk, invoice in related.invoices.items():
        yield _resource(invoice, related, figures[pk], cancelled.get(pk))


def _resource(invoice: Invoice, related: Related, figures: InvoiceFigures, cancelled: InvoiceCancellation | None) -> Resource:
    customer_pk = related.accounts[invoice.account_pk].customer_pk
    return {
        "id": str(invoice.pk),
        "type": TYPE,
        "attributes": {**_attributes(invoice, figures, cancelled), **_rated(invoice, related, figures)},
        "relationships": {
            "organization": to_one("organizations", related.organisation.pk),
            "bill_to": to_one("contact_entries", None),
            "bill_from": to_one("contact_entries", None),
            "company": to_one("companies", customer_pk),
            "document_type": to_one("document_types", None),
            "creator": to_one("people", invoice.created_by_user_pk),
            "invoice_attributions": {"data": []},
            "attachment": to_one("attachments", None),
        },
    }


def _attributes(invoice: Invoice, figures: InvoiceFigures, cancelled: InvoiceCancellation | None) -> dict[str, Any]:
    return {
        "number": invoice.number,
        "subject": None,
        "invoiced_on": invoiced_on(invoice),
        "sent_on": None,
        "pay_on": day(invoice.due_on) if invoice.due_on else None,
        "delivery_on": None,
        "paid_on": figures.paid_on,
        "discount": None,
        "tax1_name": None,
        "tax1_value": None,
        "tax2_name": None,
        "tax2_value": None,
        "deleted_at": timestamp(cancelled.issued_on) if cancelled else None,
        "tag_list": [],
        "note": invoice.notes,
        "exported_at": None,
        "export_integration_type_id": None,
        "note_interpolated": invoice.notes,
        "email_key": invoice.id.lower(),
        "purchase_order_number": None,
        "export_invoice_url": None,
        "company_reference_id": None,
        "created_at": timestamp(invoice.issued_on),
    }


def _rated(invoice: Invoice, related: Related, figures: InvoiceFigures) -> dict[str, Any]:
    """The rate, the currencies and the six amounts in each of them."""
    currencies, pk = related.currencies, related.currency_pk(invoice)
    rate = related.rate(invoice, invoice, invoiced_on(invoice))
    amounts = {
        "amount": invoice.net_amount,
        "amount_tax": invoice.tax_amount,
        "amount_with_tax": invoice.total_amount,
        "amount_paid": figures.paid,
        "amount_written_off": figures.written_off,
        "amount_unpaid": invoice.total_amount - figures.paid - figures.written_off,
    }
    shown = {
        "exchange_rate": None if rate is None else shown_rate(rate),
        "exchange_date": None if rate is None else invoiced_on(invoice),
        "custom_fields": None,
        **currencies.names(pk),
    }
    for name, amount in amounts.items():
        shown |= currencies.amounts(name, pk, amount, rate)
    return shown

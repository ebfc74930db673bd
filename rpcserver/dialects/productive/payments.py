"""How a payment looks at this door."""

from ledger.days import day
from ledger.storage.models import Payment
from rpcserver.dialects.productive.fieldsets import Fields, Resource, cut
from rpcserver.dialects.productive.included import to_one
from rpcserver.dialects.productive.related import Related

TYPE = "payments"
NUMBER = "number"
"""An attribute that came with a later version of the published API: shown where it is asked for by name."""


def resource(payment: Payment, related: Related, fields: Fields) -> Resource:
    """A payment or write-off; its amount in minor units."""
    invoice, currency_pk = related.invoice_of(payment), related.currency_pk(payment)
    rate = related.rate(payment, invoice, day(payment.received_on))
    attributes = {
        "paid_on": None if payment.unreceived else day(payment.received_on),
        "written_off_on": day(payment.written_off_on) if payment.written_off_on else None,
        "note": payment.notes,
        "external_id": payment.back_office_code,
        **related.currencies.names(currency_pk),
        **related.currencies.amounts("amount", currency_pk, payment.amount, rate),
    }
    if NUMBER in fields.get(TYPE, ()):
        attributes[NUMBER] = payment.number
    whole = {
        "id": str(payment.pk),
        "type": TYPE,
        "attributes": attributes,
        "relationships": {
            "organization": to_one("organizations", related.organisation.pk),
            "invoice": to_one("invoices", invoice.pk if invoice else None),
        },
    }
    return cut(whole, fields)

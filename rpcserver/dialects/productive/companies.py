"""How a customer looks where it comes along as a company, and the organisation itself, which is a company too."""

from collections.abc import Iterable

from ledger import queries
from ledger.organisation import own_customer
from ledger.storage.models import Customer
from rpcserver.dialects.productive.fieldsets import Resource
from rpcserver.dialects.productive.included import to_one
from rpcserver.dialects.productive.related import Related, timestamp

TYPE = "companies"


def resources(related: Related) -> Iterable[Resource]:
    """The customers whose invoices the payments pay."""
    pks = {related.accounts[invoice.account_pk].customer_pk for invoice in related.invoices.values()}
    for customer in queries.by_pk(related.reading, Customer, sorted(pks)).values():
        yield _resource(related, customer.pk, customer.name, customer.created_on, description=customer.notes)


def own(related: Related) -> Resource:
    """The organisation's own company, for which the people work."""
    found = own_customer(related.reading)
    return _resource(related, found.pk, found.name, found.created_on, default_currency=related.currencies.default.code)


def _resource(
    related: Related, pk: int, name: str, created_on: str, *, description: str | None = None, default_currency: str | None = None
) -> Resource:
    return {
        "id": str(pk),
        "type": TYPE,
        "attributes": {
            "name": name,
            "billing_name": None,
            "vat": None,
            "default_currency": default_currency,
            "created_at": timestamp(created_on),
            "archived_at": None,
            "avatar_url": None,
            "invoice_email_recipients": {},
            "custom_fields": None,
            "description": description,
            "due_days": None,
            "tag_list": [],
            "contact": {},
        },
        "relationships": {
            "organization": to_one("organizations", related.organisation.pk),
            "bill_to": to_one("contact_entries", None),
        },
    }

"""How payments look at this door. Ids are lower-case hexadecimals, records in other records are hyperlinks, money is text."""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request

from identifiers.forms import lower
from ledger import attachments, days, money, profiles
from ledger.entry import Reading
from ledger.queries.related import briefs, by_pk
from ledger.storage.models import Account, Currency, Customer, Invoice, Payment
from rpcserver.dialects.waldur.links import INVOICES, MEDIA, PAYMENTS, PROFILES, link, root

Body = dict[str, Any]

DECIMALS = 2
UNLINKED = "0" * 32
OMIT, NIL = "omit", "nil"


def amount(minor: int, exponent: int, decimals: int = DECIMALS) -> str:
    """An amount with at least so many decimals, and all that its currency has."""
    return f"{money.decimal(minor, exponent):.{max(decimals, exponent)}f}"


def period(invoice: Invoice) -> tuple[int, int]:
    """Year and month of an invoice."""
    day = days.day(invoice.issued_on)
    return int(day[:4]), int(day[5:7])


def payments(reading: Reading, request: Request, unlinked: str, rows: Sequence[Payment]) -> list[Body]:
    """Payments with what belongs to them; `unlinked` says what stands for the invoice of one that is linked to none."""
    base, accounts = root(request), briefs(reading, Account, (row.account_pk for row in rows))
    customers = briefs(reading, Customer, (account.customer_pk for account in accounts.values()))
    currencies = by_pk(reading, Currency, (account.currency_pk for account in accounts.values()))
    invoices = briefs(reading, Invoice, (row.principal_invoice_pk for row in rows))
    shown, proofs = profiles.shown_of(reading, rows), attachments.proof_of(reading, [row.pk for row in rows])
    made = []
    for row in rows:
        account, profile, proof = accounts[row.account_pk], shown.get(row.pk), proofs.get(row.pk)
        invoice = invoices[row.principal_invoice_pk] if row.principal_invoice_pk else None
        made.append(
            {
                "uuid": lower(row.id),
                "url": link(base, PAYMENTS, row.id),
                "profile": link(base, PROFILES, profile.id) if profile else None,
                "date_of_payment": days.day(row.received_on),
                "sum": amount(row.amount, currencies[account.currency_pk].exponent),
                "proof": link(base, MEDIA, proof.id) if proof else None,
                **_invoice(base, invoice, unlinked),
                "customer_uuid": lower(customers[account.customer_pk].id),
            }
        )
    return made


def _invoice(base: str, invoice: Invoice | None, unlinked: str) -> Body:
    if invoice is None:
        uuid = {} if unlinked == OMIT else {"invoice_uuid": None if unlinked == NIL else UNLINKED}
        return {"invoice": None, **uuid, "invoice_period": None}
    year, month = period(invoice)
    return {
        "invoice": link(base, INVOICES, invoice.id),
        "invoice_uuid": lower(invoice.id),
        "invoice_period": f"{month:02}-{year:04}",
    }

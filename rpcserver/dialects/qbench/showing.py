"""How this door shows records: amounts as floats in major units, dates as MM/DD/YYYY, moments as epoch seconds in a text."""

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction

import orjson

from identifiers.forms import dashed
from ledger import money
from ledger.accounts import tags_of
from ledger.entry import Reading
from ledger.items import QUANTITY_DECIMALS, QUANTITY_SCALE
from ledger.lifecycle import POSTED
from ledger.queries import briefs, by_pk, items
from ledger.queries.figures import Applied, applied_rows, touched_on
from ledger.storage.models import Account, Currency, Invoice, InvoiceItem, Payment, PaymentMethod, User

Shown = dict[str, object]

INVOICE_ITEM = "INVOICE_ITEM"
"""The type of every line: discounts stand in their lines, subtotals and surcharges in none."""


def amount(minor: int, exponent: int) -> orjson.Fragment:
    """An amount as a JSON float, written digit by digit: 721.0, 6.65."""
    text = money.shown(minor, exponent)
    return orjson.Fragment(text if "." in text else f"{text}.0")


def day(moment: str | None) -> str | None:
    """The date of a moment: 06/24/2020."""
    return f"{moment[5:7]}/{moment[8:10]}/{moment[:4]}" if moment else None


def minute(moment: str) -> str:
    """Date and time of a moment, UTC, by a clock of twelve hours: 06/24/2020 10:26 PM."""
    hour = int(moment[11:13])
    return f"{day(moment)} {hour % 12 or 12:02}:{moment[14:16]} {'AM' if hour < 12 else 'PM'}"


def epoch(moment: str) -> str:
    """Seconds since 1970 as a text."""
    return str(int(datetime.fromisoformat(moment).replace(tzinfo=UTC).timestamp()))


def payments(reading: Reading, rows: Sequence[Payment]) -> list[Shown]:
    """Payments with what they are applied to."""
    keys = [row.pk for row in rows]
    exponents = _exponents(reading, rows)
    methods = by_pk(reading, PaymentMethod, (row.method_pk for row in rows))
    makers = by_pk(reading, User, (row.created_by_user_pk for row in rows))
    applied, touched = applied_rows(reading, keys), touched_on(reading, rows)
    return [
        {
            "amount": amount(row.amount, exponents[row.account_pk]),
            **_made_by(makers.get(row.created_by_user_pk or 0)),
            "customer_id": row.account_pk,
            "date_created": day(row.issued_on),
            "external_id": row.back_office_code,
            "id": row.pk,
            "invoice_payments": _applied(applied.get(row.pk, []), exponents[row.account_pk]),
            "last_updated": epoch(touched[row.pk]),
            "payment_date": day(row.received_on),
            "payment_type": methods[row.method_pk].name,
            "unapplied_amount": amount(row.unallocated, exponents[row.account_pk]),
        }
        for row in rows
    ]


def _exponents(reading: Reading, rows: Sequence[Payment] | Sequence[Invoice]) -> dict[int, int]:
    """By account: how many decimals its currency has."""
    accounts = briefs(reading, Account, (row.account_pk for row in rows))
    currencies = by_pk(reading, Currency, (account.currency_pk for account in accounts.values()))
    return {pk: currencies[account.currency_pk].exponent for pk, account in accounts.items()}


def _made_by(user: User | None) -> Shown:
    """A machine is an API client, known by its client id; a person is a user, known by the row key."""
    return {
        "created_by_api_client_id": dashed(user.id) if user and user.machine else None,
        "created_by_user_id": user.pk if user and not user.machine else None,
    }


def _applied(rows: Sequence[Applied], exponent: int) -> list[Shown]:
    """What is applied, one row for each invoice, newest first."""
    newest = sorted(rows, key=lambda row: row.pk, reverse=True)
    return [
        {
            "applied_amount": amount(row.amount, exponent),
            "date_created": minute(row.at),
            "id": row.pk,
            "invoice_id": row.invoice_pk,
        }
        for row in newest
    ]


def customer(row: Account) -> Shown:
    """An account, which is what this door calls a customer."""
    return {
        "address": row.address,
        "comments": row.notes,
        "customer_name": row.name,
        "fax": row.fax,
        "id": row.pk,
        "phone": row.phone,
        "tags": tags_of(row),
    }


def invoices(reading: Reading, rows: Sequence[Invoice]) -> list[Shown]:
    """Invoices with their items; what this ledger does not know (orders, emails, assays) is null."""
    exponents = _exponents(reading, rows)
    lines = items(reading, [row.pk for row in rows])
    return [
        {
            "custom_formatted_id": row.number,
            "date_created": day(row.issued_on),
            "date_emailed": None,
            "due_date": day(row.due_on),
            "email_to": None,
            "emailed": False,
            "emailed_by_id": None,
            "external_id": row.back_office_code,
            "id": row.pk,
            "invoice_date": day(row.issued_on),
            "invoice_items": [_item(line, exponents[row.account_pk]) for line in lines.get(row.pk, [])],
            "notes": row.notes,
            "order_id": None,
            "paid": row.life_cycle_state == POSTED and row.unpaid == 0,
            "status": row.life_cycle_state,
            "total": amount(row.total_amount, exponents[row.account_pk]),
        }
        for row in rows
    ]


def _item(row: InvoiceItem, exponent: int) -> Shown:
    """A line; the amounts of all lines, discount and tax in them, come to the invoice's total."""
    return {
        "amount": amount(row.total_amount, exponent),
        "assay_id": None,
        "base_price": amount(_price(row), exponent),
        "discount": amount(row.discount_amount, exponent),
        "id": row.pk,
        "invoice_id": row.invoice_pk,
        "invoice_item_type": INVOICE_ITEM,
        "name": row.description,
        "quantity": amount(row.quantity, QUANTITY_DECIMALS),
        "sort_order": row.position,
    }


def _price(row: InvoiceItem) -> int:
    """The price of one; where only that of all was given, its share."""
    return money.rounded(Fraction(row.sub_total * QUANTITY_SCALE, row.quantity)) if row.cost is None else row.cost

"""The conditions that lists are filtered by."""

from decimal import Decimal
from functools import reduce
from operator import or_
from typing import Any

from peewee import fn

from ledger import money
from ledger.entry import Reading
from ledger.storage.columns import Table
from ledger.storage.models import Account, Allocation, Currency, Intended, Invoice, Payment


def equal(field: Any, row: Table | None) -> list[Any]:
    """A reference to this row, if one is asked for."""
    return [] if row is None else [field == row.pk]


def within(field: Any, first: str | None, last: str | None) -> list[Any]:
    """Moments from `first` to `last`, both included, as far as given."""
    return [*([field >= first] if first else []), *([field <= last] if last else [])]


def own_accounts(customers: frozenset[int]) -> Any:
    """The accounts of these customers."""
    return Account.select(Account.pk).where(Account.customer.in_(list(customers)))


def paying(invoice: Invoice) -> Any:
    """Payments that pay an invoice now, or are intended to."""
    applied = Allocation.select(Allocation.payment).where(Allocation.invoice == invoice.pk)
    applied = applied.group_by(Allocation.payment).having(fn.SUM(Allocation.amount) > 0)
    intended = Intended.select(Intended.payment).where(Intended.invoice == invoice.pk)
    return Payment.pk.in_(applied) | Payment.pk.in_(intended)


def worth(reading: Reading, amount: Decimal) -> Any:
    """Payments of this amount, whatever the currency of their account."""
    parts = []
    for exponent in sorted({row[0] for row in reading.rows.tuples(Currency.select(Currency.exponent).distinct())}):
        try:
            minor = money.minor(amount, exponent, zero=True)
        except money.AmountError:
            continue
        kept = Account.select(Account.pk).join(Currency, on=(Account.currency == Currency.pk)).where(Currency.exponent == exponent)
        parts.append((Payment.amount == minor) & Payment.account.in_(kept))
    return reduce(or_, parts, Payment.pk < 0)

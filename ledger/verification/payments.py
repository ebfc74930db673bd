"""Whether what a payment refers to and says of itself fits together: principal invoice, profile, the dates of a write-off."""

from collections.abc import Iterator

from ledger.classification import WRITE_OFF
from ledger.entry import Reading
from ledger.intentions import first_invoice, noted
from ledger.queries.related import allocations_of, by_pk, intended
from ledger.storage.models import Invoice, Payment, PaymentProfile, TransactionType
from ledger.verification.sums import between

Fault = tuple[Payment, str]


def fit(reading: Reading, above: int, up_to: int) -> list[str]:
    """What does not fit on payments, row by row."""
    rows: list[Payment] = between(reading, Payment, above, up_to)
    checks = (_principals(reading, rows), _profiles(reading, rows), _write_offs(reading, rows))
    return [f"payment {row.id}: {fault}" for check in checks for row, fault in check]


def _principals(reading: Reading, rows: list[Payment]) -> Iterator[Fault]:
    """A linked principal invoice is one of the payment's account; any other is the first intended or the earliest paid one."""
    pks = [row.pk for row in rows]
    meant, applied = intended(reading, pks), allocations_of(reading, pks)
    linked = by_pk(reading, Invoice, (row.principal_invoice_pk for row in rows if row.principal_linked))
    for row in rows:
        if row.principal_linked:
            invoice = linked.get(row.principal_invoice_pk or 0)
            if invoice is None or invoice.account_pk != row.account_pk:
                yield row, "it is linked, but to no invoice of its account"
            continue
        expected = first_invoice([noted(each) for each in meant.get(row.pk, [])]) or next(iter(applied.get(row.pk, {})), None)
        if row.principal_invoice_pk != expected:
            yield row, f"its principal invoice is {row.principal_invoice_pk}, {expected} is expected (row keys)"


def _profiles(reading: Reading, rows: list[Payment]) -> Iterator[Fault]:
    """A payment's profile is one of its account."""
    named = by_pk(reading, PaymentProfile, (row.profile_pk for row in rows))
    for row in rows:
        if row.profile_pk in named and named[row.profile_pk].account_pk != row.account_pk:
            yield row, "its profile is another account's"


def _write_offs(reading: Reading, rows: list[Payment]) -> Iterator[Fault]:
    """A write-off, and only that, has a date of writing off, which stands for the date of payment where it has none."""
    types = by_pk(reading, TransactionType, {row.type_pk for row in rows})
    for row in rows:
        type_ = types.get(row.type_pk)
        writes_off = type_ is not None and type_.classification == WRITE_OFF
        if writes_off != (row.written_off_on is not None):
            yield row, "a write-off, and only that, has a date of writing off"
        elif row.unreceived is not None and (not row.unreceived or row.received_on != row.written_off_on):
            yield row, "without a date of payment, its date of writing off has to stand there"

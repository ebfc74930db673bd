"""What a page of payments refers to, loaded with few queries whatever its size: principal invoices, accounts, currencies, rates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ledger import queries
from ledger.days import day
from ledger.entry import Reading
from ledger.rates import rates_on
from ledger.storage.models import Account, Invoice, Organisation, Payment
from rpcserver.dialects.productive.currencies import Currencies


@dataclass(frozen=True, slots=True)
class Related:
    """The rows behind some payments, by row key, and the configured rates by currency and day."""

    reading: Reading
    organisation: Organisation
    currencies: Currencies
    accounts: Mapping[int, Account]
    invoices: Mapping[int, Invoice]
    rates: Mapping[tuple[int, str], int | None]

    def currency_pk(self, record: Payment | Invoice) -> int:
        """The currency that a record is kept in: that of its account."""
        return self.accounts[record.account_pk].currency_pk

    def invoice_of(self, payment: Payment) -> Invoice | None:
        """The payment's principal invoice."""
        return None if payment.principal_invoice_pk is None else self.invoices[payment.principal_invoice_pk]

    def rate(self, record: Payment | Invoice, invoice: Invoice | None, on: str) -> int | None:
        """What leads from the record's currency to the default one: the invoice's rate, else that of the day."""
        pk = self.currency_pk(record)
        return self.currencies.rate(pk, invoice.exchange_rate if invoice else None, self.rates.get((pk, on)))


def related(reading: Reading, payments: Sequence[Payment]) -> Related:
    """What these payments refer to."""
    invoices = queries.by_pk(reading, Invoice, (payment.principal_invoice_pk for payment in payments))
    documents: list[Payment | Invoice] = [*payments, *invoices.values()]
    accounts = queries.briefs(reading, Account, (document.account_pk for document in documents))
    pairs = [(accounts[payment.account_pk].currency_pk, day(payment.received_on)) for payment in payments]
    pairs += [(accounts[invoice.account_pk].currency_pk, invoiced_on(invoice)) for invoice in invoices.values()]
    own = queries.organisation(reading)
    assert own is not None
    return Related(reading, own, Currencies(reading), accounts, invoices, rates_on(reading, set(pairs)))


def invoiced_on(invoice: Invoice) -> str:
    """The day of an invoice: that of its posting."""
    return day(invoice.posted_on or invoice.issued_on)


def timestamp(moment: str) -> str:
    """A moment as this door writes it."""
    return f"{moment}.000+00:00"

"""The demo's documents: what happened on each account, day by day, and one of many where a large book is asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from ledger import bills, cancelling, invoices, payments
from ledger.applying import AUTOMATIC, EXPLICIT
from ledger.cancelling import CancelTerms
from ledger.entry import Entry, utc_text
from ledger.invoices import InvoiceTerms
from ledger.items import ItemTerms
from ledger.lifecycle import DRAFT, POSTED
from ledger.payments import Terms
from ledger.storage.models import Account, Invoice, Payment
from rpcserver.demo.company import EXAMPLE_INVOICE, Company
from rpcserver.demo.doors import RATE

WORTH = Decimal(5000)
"""What the smallest open invoice comes to before tax."""
VAT = Decimal(20)
EXAMPLE_AMOUNT = Decimal(300)
DAY_SECONDS = 86_400
BILLED_DAYS = 28


@dataclass
class Trade:
    """The business with one account. The names of its verbs are what happens; `sold` and `mistaken` are what later days need."""

    company: Company
    account: Account
    sold: list[Invoice] = field(default_factory=list)
    mistaken: Payment | None = None
    sales: int = 0

    def sell(self, entry: Entry, amount: Decimal, state: str = POSTED, **said: Any) -> Invoice:
        """Make an invoice over this amount and tax."""
        item = ItemTerms("Deliveries of the month", Decimal(1), cost=amount, vat_rate=VAT)
        configured = self.company.configuration
        terms = InvoiceTerms(self.account, configured.types["Invoice 1"], [item], category=configured.categories["Sales"])
        terms.project, terms.subsidiary = self.company.sites.of(self.account, self.sales)
        terms.exchange_rate = RATE if terms.project else None
        self.sales += 1
        return invoices.create(entry, replace(terms, **said), state)

    def receive(self, entry: Entry, amount: Decimal, state: str, **said: Any) -> Payment:
        """Make a payment."""
        return payments.create(entry, self.terms(amount, **said), state)

    def settle(self, entry: Entry, invoice: Invoice, **said: Any) -> Payment:
        """Have an invoice paid."""
        return payments.pay_invoice(entry, self.terms(**said), invoice)

    def terms(self, amount: Decimal | None = None, **said: Any) -> Terms:
        """A payment's terms. It is applied to what it names alone, so that the open invoices stay whole."""
        configured = self.company.configuration
        terms = Terms(self.account, configured.types["Payment"], configured.methods["Bank Transfer"], amount, mode=EXPLICIT)
        return replace(terms, **said)

    def take_back(self, entry: Entry, payment: Payment) -> None:
        """Cancel a payment."""
        type_ = self.company.configuration.types["Payment Cancellation 1"]
        cancelling.cancel_payment(entry, payment, CancelTerms(type_, issue_reason="Booked by mistake"))

    def withdraw(self, entry: Entry, invoice: Invoice) -> None:
        """Cancel an invoice."""
        type_ = self.company.configuration.types["Invoice Cancellation 1"]
        cancelling.cancel_invoice(entry, invoice, CancelTerms(type_, issue_reason="Delivered twice"))


Deed = Callable[[Trade, Entry], None]


def _sells(trade: Trade, entry: Entry) -> None:
    """An open invoice, each a little larger than the one before."""
    trade.sold.append(trade.sell(entry, WORTH + 250 * len(trade.sold)))


def _sells_what_is_paid(trade: Trade, entry: Entry) -> None:
    trade.settle(entry, trade.sell(entry, Decimal(840)), notes="Paid on delivery")


def _sells_by_mistake(trade: Trade, entry: Entry) -> None:
    trade.withdraw(entry, trade.sell(entry, WORTH))


def _pays_on_account(trade: Trade, entry: Entry) -> None:
    trade.receive(entry, Decimal(125), POSTED, notes="On account")


def _pays_by_mistake(trade: Trade, entry: Entry) -> None:
    trade.mistaken = trade.receive(entry, Decimal(60), POSTED)


def _takes_the_mistake_back(trade: Trade, entry: Entry) -> None:
    assert trade.mistaken is not None
    trade.take_back(entry, trade.mistaken)


def _refuses_a_payment(trade: Trade, entry: Entry) -> None:
    draft = trade.receive(entry, Decimal(50), DRAFT, mode=AUTOMATIC)
    payments.reject(entry, draft, trade.company.configuration.reasons["Reject Due to Business Request"])


def _drafts(trade: Trade, entry: Entry) -> None:
    trade.sell(entry, WORTH, DRAFT)
    trade.receive(entry, Decimal(75), DRAFT, mode=AUTOMATIC)


def _sells_more_that_is_paid(trade: Trade, entry: Entry) -> None:
    for amount in (240, 360):
        trade.settle(entry, trade.sell(entry, Decimal(amount)))


DIARY: Mapping[int, Deed] = {
    60: _sells,
    53: _sells,
    50: _sells_what_is_paid,
    46: _sells,
    39: _sells,
    32: _sells,
    30: _sells_by_mistake,
    25: _sells,
    20: _pays_on_account,
    15: _pays_by_mistake,
    14: _takes_the_mistake_back,
    5: _refuses_a_payment,
    2: _drafts,
}
"""What happens on every account but the published examples', so many days ago."""


def _sells_what_is_billed(trade: Trade, entry: Entry) -> None:
    trade.sold = [trade.sell(entry, Decimal(amount)) for amount in (400, 600)]


def _bills(trade: Trade, entry: Entry) -> None:
    """A bill of the last four weeks; one of its two invoices is paid already."""
    began = utc_text(entry.seconds - BILLED_DAYS * DAY_SECONDS)
    bills.create(entry, account=trade.account, invoices=trade.sold, from_date=began, to_date=entry.now)
    trade.settle(entry, trade.sold[0], back_office_code="DEMO-POSTED-1", udf={"udf_string_1": "Bank statement 12"})


def _sells_what_is_open(trade: Trade, entry: Entry) -> None:
    """Two open invoices. They are due first: whatever is paid without naming an invoice goes to them."""
    trade.sell(entry, WORTH, back_office_code="DEMO-INVOICE-OPEN-1")
    trade.sell(entry, WORTH, back_office_code="DEMO-INVOICE-POSTED-1")


def _sells_what_the_examples_pay(trade: Trade, entry: Entry) -> None:
    """The invoice of 300 that the published examples pay."""
    entry.given_ids = [EXAMPLE_INVOICE]
    item = ItemTerms("Subscription", Decimal(1), sub_total=EXAMPLE_AMOUNT)
    trade.sell(entry, EXAMPLE_AMOUNT, items=[item], category=None)


def _pays_what_the_examples_cancel(trade: Trade, entry: Entry) -> None:
    trade.receive(entry, Decimal(45), POSTED, back_office_code="DEMO-POSTED-2")


def _drafts_of_the_examples(trade: Trade, entry: Entry) -> None:
    """Drafts that the examples of the methods change, post and reject."""
    for number in (1, 2):
        trade.sell(entry, WORTH, DRAFT, back_office_code=f"DEMO-INVOICE-DRAFT-{number}")
    for number, notes in enumerate(("To be confirmed", None, "Sent twice"), 1):
        said = {"notes": notes, "back_office_code": f"DEMO-DRAFT-{number}", "mode": AUTOMATIC}
        trade.receive(entry, Decimal(50 * number), DRAFT, **said)


EXAMPLES_DIARY: Mapping[int, Deed] = {
    46: _sells_what_is_open,
    40: _sells_what_is_billed,
    39: _bills,
    30: _sells_by_mistake,
    15: _pays_by_mistake,
    14: _takes_the_mistake_back,
    12: _sells_what_the_examples_pay,
    6: _pays_what_the_examples_cancel,
    2: _drafts_of_the_examples,
}
"""What happens on the account that the published examples name."""

PAID_DIARY: Mapping[int, Deed] = {1: _sells_more_that_is_paid}
"""What happens on the accounts with payment profiles, after all else: with what they sold before, three invoices are paid."""


def made_invoice(trade: Trade, entry: Entry, number: int) -> None:
    """One of many invoices, which stay open."""
    trade.sell(entry, WORTH + number % 100)


def made_payment(trade: Trade, entry: Entry, number: int) -> None:
    """One of many payments: posted, explicit, unallocated."""
    trade.receive(entry, Decimal(1 + number % 500), POSTED)

"""Long stories of whatever callers may do: money is neither made nor lost, and the book holds at their end."""

from collections.abc import Callable
from decimal import Decimal
from random import Random

import pytest

from ledger import amending, applying, invoices, payments
from ledger.applying import AUTOMATIC, EXPLICIT, Line
from ledger.errors import Refusal
from ledger.intentions import IntendedChange, Intentions
from ledger.journal import live_allocations, live_payments
from ledger.lifecycle import CANCELLED, DRAFT, POSTED
from ledger.storage.models import Account, Invoice, JournalEntry, Payment
from tests.books import BOBS, EUROS, Company

STEPS = 150


class Teller:
    """Does one thing after another, as the dice say; refusals are part of the story."""

    def __init__(self, company: Company, seed: int) -> None:
        self.company = company
        self.dice = Random(seed)
        self.refusals = 0
        self.verbs: list[Callable[[], object]] = [
            self.invoice,
            self.invoice,
            self.pay,
            self.pay,
            self.post_payment,
            self.post_invoice,
            self.pay_invoice,
            self.cancel_payment,
            self.cancel_invoice,
            self.apply,
            self.release,
            self.amend,
            self.update,
        ]

    def go_on(self) -> None:
        self.company.clock.advance(seconds=self.dice.randint(0, 2))
        try:
            self.dice.choice(self.verbs)()
        except Refusal:
            self.refusals += 1

    def amount(self) -> str:
        return str(Decimal(self.dice.randint(1, 20_000)) / 100)

    def account(self) -> str:
        return self.dice.choice((EUROS, BOBS))

    def state(self) -> str:
        return self.dice.choice((DRAFT, POSTED, POSTED))

    def a_payment(self) -> Payment:
        return self.dice.choice(self.company.all(Payment) or [self.company.pay()])

    def an_invoice(self) -> Invoice:
        return self.dice.choice(self.company.all(Invoice) or [self.company.invoice()])

    def invoice(self) -> object:
        due = f"2024-0{self.dice.randint(1, 9)}-01T00:00:00"
        return self.company.invoice(self.amount(), self.account(), state=self.state(), due_on=due)

    def pay(self) -> object:
        meant = [self.an_invoice() for _ in range(self.dice.randint(0, 2))]
        mode = self.dice.choice((AUTOMATIC, AUTOMATIC, EXPLICIT))
        return self.company.pay(self.amount(), self.account(), state=self.state(), mode=mode, invoices=meant)

    def post_payment(self) -> object:
        return self.company.do(payments.post, self.a_payment())

    def post_invoice(self) -> object:
        return self.company.do(invoices.post, self.an_invoice())

    def pay_invoice(self) -> object:
        return self.company.do(payments.pay_invoice, self.company.terms(None, self.account()), self.an_invoice())

    def cancel_payment(self) -> object:
        return self.company.cancel_payment(self.a_payment())

    def cancel_invoice(self) -> object:
        return self.company.cancel_invoice(self.an_invoice())

    def apply(self) -> object:
        lines = [Line(self.an_invoice(), Decimal(self.amount())) for _ in range(self.dice.randint(1, 2))]
        return self.company.do(applying.apply, self.a_payment(), lines)

    def release(self) -> object:
        return self.company.do(applying.release, self.a_payment(), self.dice.choice((None, self.an_invoice())))

    def amend(self) -> object:
        changes: dict[str, object] = {"amount": Decimal(self.amount())}
        if self.dice.random() < 0.3:
            changes["account"] = self.company.account(self.account())
        return self.company.do(amending.amend, self.a_payment(), changes)

    def update(self) -> object:
        intended = Intentions(invoices=IntendedChange(add=[self.an_invoice()]))
        return self.company.update(self.a_payment(), intended, amount=Decimal(self.amount()))


def holds(company: Company) -> None:
    """What is true of the book at any moment, worked out from its rows alone."""
    all_payments, all_invoices = company.all(Payment), company.all(Invoice)
    for payment in all_payments:
        applied = sum(company.read(live_allocations, payment.pk).values())
        assert payment.unallocated == (payment.amount - applied if payment.life_cycle_state == POSTED else 0)
        assert 0 <= applied <= payment.amount
        assert applied == 0 or payment.life_cycle_state == POSTED
    for invoice in all_invoices:
        paid = sum(company.read(live_payments, invoice.pk).values())
        assert invoice.unpaid == (invoice.total_amount - paid if invoice.life_cycle_state == POSTED else 0)
        assert 0 <= paid <= invoice.total_amount
    for account in company.all(Account):
        owed = sum(invoice.unpaid for invoice in all_invoices if invoice.account_pk == account.pk)
        credit = sum(payment.unallocated for payment in all_payments if payment.account_pk == account.pk)
        booked = sum(row.amount for row in company.all(JournalEntry, account_pk=account.pk))
        assert account.balance == booked == owed - credit
    for made in (all_payments, all_invoices):
        assert [bool(row.number) for row in made] == [row.life_cycle_state in (POSTED, CANCELLED) for row in made]


@pytest.mark.parametrize("seed", range(8))
def test_a_long_story_ends_with_a_book_that_holds(company: Company, seed: int) -> None:
    teller = Teller(company, seed)
    for _ in range(STEPS):
        teller.go_on()
    holds(company)
    assert 0 < teller.refusals < STEPS * 0.8

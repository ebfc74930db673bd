"""Random walks through the house: whatever is done at whatever door, all doors tell the same of it, and the book holds."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

import pytest

from ledger.journal import live_allocations
from ledger.lifecycle import POSTED
from ledger.storage.models import Invoice, Payment
from tests.books import BOBS, DINARS, EUROS, YEN
from tests.doors import DOORS, Door, Native, Productive, Qbench, Reply, Waldur
from tests.premises import Premises

STEPS = 60
SEEDS = range(6)
ACCOUNTS = (EUROS, BOBS, YEN, DINARS)
STATUSES = {200, 201, 204, 400, 404, 409, 422}
DAYS = ("2024-02-29", "2024-04-30", "2024-12-31")


@dataclass
class Walk:
    """Somebody who does one thing after the other, at any door."""

    premises: Premises
    dice: random.Random
    payments: list[Payment] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)

    def step(self) -> None:
        """One deed, a while after the last; that it is refused is fine, that a door fails is not."""
        self.premises.company.clock.advance(self.dice.randint(0, 100))
        door = self.dice.choice(DOORS)(self.premises)
        deeds = {
            self.create: 2,
            self.pay: 3,
            self.apply: 4,
            self.release: 2,
            self.edit: 4,
            self.delete: 1,
            self.cancel_invoice: 1,
        }
        (deed,) = self.dice.choices(list(deeds), list(deeds.values()))
        reply = deed(door)
        assert reply.status in STATUSES, f"{door.word}: {reply.text}"
        if reply.ok and reply.payment is not None:
            self.payments.append(reply.payment)

    def amount(self, account: str) -> Decimal:
        """An amount in the account's currency."""
        exponent = self.premises.exponent(self.premises.company.account(account))
        return Decimal(self.dice.randint(1, 200 * 10**exponent)).scaleb(-exponent)

    def invoice(self) -> Invoice:
        """An invoice: mostly one that is there."""
        if not self.invoices or self.dice.random() < 0.3:
            account = self.dice.choice(ACCOUNTS)
            self.invoices.append(self.premises.invoice(str(self.amount(account)), account))
        return self.dice.choice(self.invoices)

    def payment(self) -> Payment:
        """A payment that was made once; sometimes it is gone."""
        now = [self.premises.now(payment) for payment in self.payments]
        posted = [payment for payment in now if payment.life_cycle_state == POSTED]
        if not posted:
            posted.append(Qbench(self.premises).create(EUROS, Decimal(50)).made)
        return self.dice.choice(posted if self.dice.random() < 0.9 else now + posted)

    def invoice_for(self, payment: Payment) -> Invoice:
        """An invoice, mostly one of the payment's account on which something is owed."""
        near = [each for each in self.invoices if each.account_pk == payment.account_pk and self.premises.owed(each)]
        return self.dice.choice(near) if near and self.dice.random() < 0.8 else self.invoice()

    def create(self, door: Door) -> Reply:
        account = self.dice.choice(ACCOUNTS)
        return door.create(account, self.amount(account), self.dice.choice(DAYS))

    def pay(self, door: Door) -> Reply:
        invoice = self.invoice()
        if self.dice.random() < 0.3 and self.premises.owed(invoice):
            return door.pay_exactly(invoice)
        if isinstance(door, Productive) and self.dice.random() < 0.3:
            return door.write_off(invoice, self.amount(self.premises.account_of(invoice).name))
        return door.pay(invoice, self.amount(self.premises.account_of(invoice).name))

    def apply(self, door: Door) -> Reply:
        payment = self.payment()
        invoice = self.invoice_for(payment)
        left, owed = self.premises.left(payment), self.premises.owed(invoice)
        amount = min(left, owed) if self.dice.random() < 0.7 else self.amount(self.premises.account_of(payment).name)
        return door.apply(payment, invoice, amount or Decimal(1))

    def release(self, door: Door) -> Reply:
        payment = self.payment()
        paid = [each for each in self.invoices if each.pk in self.premises.applied(payment)]
        return door.release(payment, self.dice.choice(paid) if paid else self.invoice(), self.invoice_for(payment))

    def edit(self, door: Door) -> Reply:
        payment = self.payment()
        account = self.premises.account_of(self.premises.now(payment)).name
        changes: dict[str, Callable[[], Reply]] = {
            "amount": lambda: door.edit(payment, amount=self.amount(account)),
            "day": lambda: door.edit(payment, day=self.dice.choice(DAYS)),
            "account": lambda: door.edit(payment, account=self.dice.choice(ACCOUNTS)),
        }
        return changes[self.dice.choice(list(changes))]()

    def delete(self, door: Door) -> Reply:
        return door.delete(self.payment())

    def cancel_invoice(self, door: Door) -> Reply:
        """What the native door alone can do, and the others have to live with."""
        named = {"invoice_identifier": {"id": self.invoice().id}, "type_identifier": {"name": "Invoice cancellation"}}
        return Native(door.premises).call("invoices/cancel", **named)


def assert_agreed(premises: Premises) -> None:
    """All doors show the same payments with the same figures, which are the ledger's."""
    native, waldur, qbench, productive = (kind(premises) for kind in DOORS)
    rows = [payment for payment in premises.payments() if payment.life_cycle_state == POSTED]
    written_off = {payment.pk for payment in rows if payment.written_off_on}
    assert sorted(productive.listed()) == sorted(payment.pk for payment in rows)
    for door in (waldur, qbench):
        assert set(door.listed()) <= {payment.pk for payment in rows} - written_off, door.word
    for payment in rows:
        shown = [door.seen(payment) for door in (native, productive, *(() if payment.pk in written_off else (waldur, qbench)))]
        assert {seen.amount for seen in shown} == {premises.major(payment, payment.amount)}
        assert {seen.account_pk for seen in shown} - {None} == {payment.account_pk}
        assert {seen.left for seen in shown} - {None} == {premises.left(payment)}
        assert all(seen.applied in (None, premises.applied(payment)) for seen in shown)
        assert [seen.principal for seen in shown[1:3]] == [payment.principal_invoice_pk] * len(shown[1:3])
        days = [seen.received_on for seen in shown]
        assert days == [payment.received_on[:10]] * len(days) or payment.pk in written_off


def assert_figures(premises: Premises, invoices: list[Invoice]) -> None:
    """Who shows whether an invoice is paid says what the ledger says."""
    for invoice in (each for each in invoices if premises.company.now(each).life_cycle_state == POSTED):
        is_paid = premises.owed(invoice) == 0
        for door in (Native(premises), Waldur(premises), Qbench(premises)):
            assert door.is_paid(invoice, Payment()) is is_paid, door.word


def assert_sums(premises: Premises) -> None:
    """An invoice in JSON:API's documents has been paid what is on it, and what is left of the payments that are related to it."""
    rows = [payment for payment in premises.payments() if payment.life_cycle_state == POSTED]
    sums: dict[tuple[int | None, bool], int] = {}
    for payment in rows:
        applied = premises.company.read(live_allocations, payment.pk)
        shares = [*applied.items(), (payment.principal_invoice_pk, payment.unallocated)]
        for pk, amount in shares:
            key = pk, bool(payment.written_off_on)
            sums[key] = sums.get(key, 0) + amount
    for payment in rows:
        for shown in Productive(premises).see(payment).body["included"]:
            if shown["type"] == "invoices":
                figures, pk = shown["attributes"], int(shown["id"])
                paid, written_off = sums.get((pk, False), 0), sums.get((pk, True), 0)
                assert (figures["amount_paid"], figures["amount_written_off"]) == (paid, written_off)
                assert figures["amount_unpaid"] == figures["amount_with_tax"] - paid - written_off


@pytest.mark.parametrize("seed", SEEDS)
def test_after_any_walk_all_doors_tell_the_same(open_doors: Premises, seed: int) -> None:
    walk = Walk(open_doors, random.Random(seed))
    for _ in range(STEPS):
        walk.step()
    assert_agreed(open_doors)
    assert_figures(open_doors, walk.invoices)
    assert_sums(open_doors)

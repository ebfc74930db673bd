"""The two append-only tables: chained per account, and the account row that keeps heads, counts and balance."""

from hashlib import sha256

import pytest

from ledger import journal
from ledger.entry import Entry
from ledger.errors import BalanceTooLarge
from ledger.lifecycle import POSTED
from ledger.storage.models import Account, Allocation, Invoice, JournalEntry, Payment
from tests.books import BOBS, Company


def digest(*parts: object) -> str:
    return sha256("|".join(str(part) for part in parts).encode()).hexdigest()


def test_a_journal_entry_is_hashed_with_the_one_before_it(company: Company) -> None:
    invoice = company.invoice("12.5")
    company.clock.advance(seconds=1)
    payment = company.pay(2)
    account = company.account()
    first, second = company.all(JournalEntry)
    assert first.hash == digest("", "journal", account.id, 1, "INVOICE", invoice.id, "I00000001", 1250, "2024-05-01T12:00:00")
    assert second.hash == digest(first.hash, "journal", account.id, 2, "PAYMENT", payment.id, "1", -200, "2024-05-01T12:00:01")
    assert (account.journal_head, account.journal_count, account.balance) == (second.hash, 2, 1050)


def test_an_allocation_is_hashed_with_the_one_before_it(company: Company) -> None:
    invoice, account = company.invoice(10), company.account()
    one, other = company.pay(2), company.pay(3)
    first, second = company.all(Allocation)
    at = "2024-05-01T12:00:00"
    assert first.hash == digest("", "allocation", account.id, 1, one.id, invoice.id, 200, at)
    assert second.hash == digest(first.hash, "allocation", account.id, 2, other.id, invoice.id, 300, at)
    account = company.account()
    assert (account.allocation_head, account.allocation_count) == (second.hash, 2)


def test_every_account_has_a_chain_of_its_own(company: Company) -> None:
    for account in (company.account(), company.account(BOBS)):
        company.invoice(10, account.name)
        company.pay(10, account.name)
    for account in (company.account(), company.account(BOBS)):
        journal_rows, allocations = (company.all(model, account_pk=account.pk) for model in (JournalEntry, Allocation))
        assert [row.__data__["position"] for row in journal_rows] == [1, 2]
        assert [row.__data__["position"] for row in allocations] == [1]
        assert (account.journal_count, account.allocation_count) == (2, 1)


def test_a_booking_on_an_account_that_somebody_else_booked_on_meanwhile_is_a_fault(company: Company) -> None:
    account = company.account()

    def overtaken(entry: Entry) -> None:
        with journal.Booking(entry, account.pk) as ours:
            journal.booked(entry, ours, "PAYMENT", "D", "1", -100)
            entry.rows.change(Account, {"journal_count": 5}, pk=account.pk)

    with pytest.raises(AssertionError, match="booked on by somebody else"):
        company.do(overtaken)
    assert company.all(JournalEntry) == []


def test_money_that_was_moved_meanwhile_is_a_fault(company: Company) -> None:
    invoice, payment = company.invoice(10), company.pay(5, mode="explicit")

    def overtaken(entry: Entry) -> None:
        with journal.Booking(entry, invoice.account_pk) as ours:
            stale = entry.rows.get(Invoice, invoice.pk)
            entry.rows.change(Invoice, {"unpaid": 1}, pk=invoice.pk)
            journal.allocated(entry, ours, entry.rows.get(Payment, payment.pk), stale, 100)

    with pytest.raises(AssertionError, match="moved while its account was locked"):
        company.do(overtaken)
    assert company.now(invoice).unpaid == 1000


def test_an_account_on_which_nothing_was_booked_is_not_written(company: Company) -> None:
    account = company.account()

    def nothing(entry: Entry) -> None:
        with journal.Booking(entry, account.pk) as ours:
            ours.balance = 77

    company.do(nothing)
    assert company.account().balance == 0


@pytest.mark.parametrize("sign", [1, -1])
def test_the_balance_keeps_within_fifteen_digits_on_both_sides(company: Company, sign: int) -> None:
    account = company.account()

    def book(entry: Entry, amount: int) -> None:
        with journal.Booking(entry, account.pk) as ours:
            journal.booked(entry, ours, "PAYMENT", "D", "1", amount)
            raise LookupError("as far as this test goes")

    with pytest.raises(LookupError):
        company.do(book, sign * (10**15 - 1))
    with pytest.raises(BalanceTooLarge):
        company.do(book, sign * 10**15)


def test_what_is_applied_is_netted_per_invoice_in_the_order_of_the_first_live_allocation(company: Company) -> None:
    one, other = company.invoice(10), company.invoice(10)
    payment = company.pay(30, mode="explicit", invoices=[other])

    def allocate(entry: Entry) -> None:
        for invoice_pk, amount in ((one.pk, 300), (other.pk, 200), (one.pk, -300), (one.pk, 50), (other.pk, 100)):
            with journal.Booking(entry, payment.account_pk) as account:
                journal.allocated(entry, account, entry.rows.get(Payment, payment.pk), entry.rows.get(Invoice, invoice_pk), amount)

    company.do(allocate)
    assert list(company.read(journal.live_allocations, payment.pk).items()) == [(other.pk, 300), (one.pk, 50)]
    assert company.read(journal.live_payments, other.pk) == {payment.pk: 300}
    assert company.now(payment).unallocated == 3000 - 350
    assert company.now(payment).life_cycle_state == POSTED

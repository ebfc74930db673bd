"""The two append-only tables: journal entries and allocations, each chained per account by hashes.

The account row keeps balance, heads and counts. Who books takes the account (`Booking`), and books and allocates on it. Amounts are
minor units.
"""

from collections.abc import Iterable
from hashlib import sha256

from ledger.entry import Entry, Reading
from ledger.errors import BalanceTooLarge
from ledger.money import MAX_DIGITS
from ledger.storage.models import Account, Allocation, Invoice, JournalEntry, Payment

LARGEST = 10**MAX_DIGITS - 1

AMENDMENT = "AMENDMENT"


def journal_hash(head: str, account_id: str, position: int, kind: str, document_id: str, number: str, amount: int, at: str) -> str:
    """The hash of a journal entry over a fixed text form that knows no row key."""
    return _hash(head, "journal", account_id, position, kind, document_id, number, amount, at)


def allocation_hash(head: str, account_id: str, position: int, payment_id: str, invoice_id: str, amount: int, at: str) -> str:
    """The hash of an allocation over a fixed text form that knows no row key."""
    return _hash(head, "allocation", account_id, position, payment_id, invoice_id, amount, at)


def _hash(*parts: object) -> str:
    return sha256("|".join(map(str, parts)).encode()).hexdigest()


class Booking:
    """The account as it is now, ours until the commit; what was booked on it is written back at the end."""

    __slots__ = ("_account", "_balance", "_before", "_entry")

    def __init__(self, entry: Entry, account_pk: int) -> None:
        entry.rows.take(account_pk)
        self._entry = entry
        self._account = account = entry.rows.get(Account, account_pk)
        self._before, self._balance = (account.journal_count, account.allocation_count), account.balance

    def __enter__(self) -> Account:
        return self._account

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        account = self._account
        if kind is None and (account.journal_count, account.allocation_count) != self._before:
            _written_back(self._entry, account, self._before)
            self._entry.changes.moved(account, self._balance)


def booked(entry: Entry, account: Account, kind: str, document_id: str, number: str, amount: int) -> None:
    """Add a signed amount to the account's journal."""
    balance = account.balance + amount
    if abs(balance) > LARGEST:
        raise BalanceTooLarge(f"the balance of account {account.number} would have more than {MAX_DIGITS} digits", "amount")
    position = account.journal_count + 1
    made = journal_hash(account.journal_head, account.id, position, kind, document_id, number, amount, entry.now)
    entry.rows.insert(
        JournalEntry,
        {
            "account_pk": account.pk,
            "position": position,
            "kind": kind,
            "document_id": document_id,
            "number": number,
            "amount": amount,
            "at": entry.now,
            "hash": made,
        },
    )
    account.balance, account.journal_head, account.journal_count = balance, made, position


def allocated(entry: Entry, account: Account, payment: Payment, invoice: Invoice, amount: int) -> None:
    """Move money of a payment to an invoice (+), or release it (-); neither side ever below 0."""
    entry.changes.moved(payment, payment.unallocated)
    payment.unallocated -= amount
    applied(entry, account, payment, invoice, amount)
    left = payment.unallocated
    if entry.rows.change(Payment, {"unallocated": left}, pk=payment.pk, unallocated=left + amount) != 1:
        raise AssertionError(f"payment {payment.id} moved while its account was locked")


def applied(entry: Entry, account: Account, payment: Payment, invoice: Invoice, amount: int) -> None:
    """The same of a payment of which it is written already how much is left then."""
    position = account.allocation_count + 1
    made = allocation_hash(account.allocation_head, account.id, position, payment.id, invoice.id, amount, entry.now)
    entry.rows.insert(
        Allocation,
        {
            "account_pk": account.pk,
            "position": position,
            "payment_pk": payment.pk,
            "invoice_pk": invoice.pk,
            "amount": amount,
            "at": entry.now,
            "hash": made,
        },
    )
    account.allocation_head, account.allocation_count = made, position
    entry.changes.moved(invoice, invoice.unpaid)
    invoice.unpaid -= amount
    left = invoice.unpaid
    if entry.rows.change(Invoice, {"unpaid": left}, pk=invoice.pk, unpaid=left + amount) != 1:
        raise AssertionError(f"invoice {invoice.id} moved while its account was locked")


def _written_back(entry: Entry, account: Account, before: tuple[int, int]) -> None:
    journal_count, allocation_count = before
    changed = entry.rows.change(
        Account,
        {
            "balance": account.balance,
            "journal_head": account.journal_head,
            "journal_count": account.journal_count,
            "allocation_head": account.allocation_head,
            "allocation_count": account.allocation_count,
        },
        pk=account.pk,
        journal_count=journal_count,
        allocation_count=allocation_count,
    )
    if changed != 1:
        raise AssertionError(f"account {account.number} was booked on by somebody else while it was locked")
    entry.rows.know(account)


def live_allocations(reading: Reading, payment_pk: int) -> dict[int, int]:
    """What of a payment is applied now: net amount per invoice key, in the order of the first allocation."""
    return _net((row.invoice_pk, row.amount) for row in reading.rows.find(Allocation, order=("pk",), payment_pk=payment_pk))


def live_payments(reading: Reading, invoice_pk: int) -> dict[int, int]:
    """What pays an invoice now: net amount per payment key, in the order of the first allocation."""
    return _net((row.payment_pk, row.amount) for row in reading.rows.find(Allocation, order=("pk",), invoice_pk=invoice_pk))


def _net(moves: Iterable[tuple[int, int]]) -> dict[int, int]:
    sums: dict[int, int] = {}
    for key, amount in moves:
        sums[key] = sums.get(key, 0) + amount
        if not sums[key]:
            # What was released and applied again counts from the new allocation.
            del sums[key]
    return sums

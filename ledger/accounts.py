"""Customers, their accounts receivable, and an account's statement."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import orjson
from peewee import fn

from ledger import audit, checks
from ledger.entry import Entry, Reading
from ledger.errors import AccountNotSettled, InvalidParameter
from ledger.lifecycle import ACTIVE, SUSPENDED, TERMINATED
from ledger.series import issued
from ledger.storage.columns import NOTE_LIMIT
from ledger.storage.models import Account, Currency, Customer, JournalEntry

STATES = (ACTIVE, SUSPENDED, TERMINATED)
LONGEST_CREDIT_DAYS = 3650
MOST_ENTRIES = 10_000
"""Of a statement, which is made in one piece."""


class StatementEntry(NamedTuple):
    """One booking; amount and running balance in minor units (debits +, credits -)."""

    at: str
    kind: str
    number: str
    description: str
    amount: int
    balance: int


class Statement(NamedTuple):
    """An account's bookings of a period between its opening and its closing balance, in minor units."""

    opening: int
    entries: list[StatementEntry]
    closing: int


def create_customer(
    entry: Entry, *, name: str, email: str | None = None, notes: str | None = None, back_office_code: str | None = None
) -> Customer:
    """A new customer. Refuses: DUPLICATE_BACK_OFFICE_CODE."""
    checks.code_free(entry, Customer, "customer", back_office_code)
    customer = entry.rows.add(
        Customer,
        {
            "id": entry.new_id(),
            "number": issued(entry, "customer.number", None),
            "name": name,
            "email": email,
            "notes": notes,
            "back_office_code": back_office_code,
            "created_on": entry.now,
            "created_by_user_pk": entry.user_pk,
        },
    )
    audit.record(entry, "customer", customer, None, audit.image(customer))
    return customer


def update_customer(entry: Entry, customer: Customer, changes: Mapping[str, object]) -> Customer:
    """Change name, email or notes of a customer; only what is given."""
    if not changes:
        return customer
    before = audit.image(customer)
    entry.rows.change(Customer, changes, pk=customer.pk)
    customer = entry.rows.get(Customer, customer.pk)
    audit.record(entry, "customer", customer, before, audit.image(customer))
    return customer


def create(
    entry: Entry,
    *,
    customer: Customer,
    name: str,
    currency: Currency,
    credit_period: int = 30,
    notes: str | None = None,
    address: str | None = None,
    phone: str | None = None,
    fax: str | None = None,
    tags: Sequence[str] = (),
) -> Account:
    """A new ACTIVE account of a customer; its currency is fixed for ever. `credit_period` in days. Refuses: INVALID_PARAMETER."""
    account = entry.rows.add(
        Account,
        {
            "id": entry.new_id(),
            "number": issued(entry, "account.number", None),
            "name": name,
            "customer_pk": customer.pk,
            "currency_pk": currency.pk,
            "credit_period": _credit_days(credit_period),
            "notes": notes,
            "address": address,
            "phone": phone,
            "fax": fax,
            "tags": _written(tags),
            "life_cycle_state": ACTIVE,
            "created_on": entry.now,
            "created_by_user_pk": entry.user_pk,
            "created_by_unit_pk": entry.unit_pk,
        },
    )
    audit.record(entry, "account", account, None, audit.image(account))
    return account


def _credit_days(days: int) -> int:
    if not 0 <= days <= LONGEST_CREDIT_DAYS:
        raise InvalidParameter(f"{days} is no number of days between 0 and {LONGEST_CREDIT_DAYS}", "credit_period")
    return days


def tags_of(account: Account) -> list[str]:
    """The texts that an account is tagged with."""
    found: list[str] = orjson.loads(account.tags) if account.tags else []
    return found


def _written(tags: Sequence[str]) -> str | None:
    text = orjson.dumps(list(tags)).decode() if tags else None
    if text is not None and len(text) > NOTE_LIMIT:
        raise InvalidParameter(f"the tags have {len(text)} characters together; at most {NOTE_LIMIT} are kept", "tags")
    return text


def update(entry: Entry, account: Account, changes: Mapping[str, object]) -> Account:
    """Change name, credit_period, notes, address, phone, fax, tags (texts) or life_cycle_state of an account; only what is given.

    Refuses: INVALID_PARAMETER, ACCOUNT_NOT_SETTLED (terminating with a balance).
    """
    days = changes.get("credit_period")
    if isinstance(days, int):
        _credit_days(days)
    if changes.get("life_cycle_state") == TERMINATED and account.balance:
        raise AccountNotSettled(f"account {account.number} has a balance; only one of 0 can be terminated", "life_cycle_state")
    if not changes:
        return account
    values = dict(changes)
    tags = values.get("tags")
    if "tags" in values:
        values["tags"] = _written(tags) if isinstance(tags, Sequence) else None
    before = audit.image(account)
    entry.rows.change(Account, {**values, **entry.update_stamp}, pk=account.pk)
    account = entry.rows.get(Account, account.pk)
    audit.record(entry, "account", account, before, audit.image(account))
    return account


DESCRIPTIONS: Mapping[str, str] = {
    "INVOICE": "Invoice",
    "INVOICE_CANCEL": "Invoice cancellation",
    "PAYMENT": "Payment",
    "PAYMENT_CANCEL": "Payment cancellation",
    "WRITE_OFF": "Write-off",
    "AMENDMENT": "Amendment of payment",
}


def statement(reading: Reading, account: Account, from_date: str | None, to_date: str | None) -> Statement:
    """What was booked on the account from one moment to another, both included. Refuses: INVALID_PARAMETER (a period that ends
    before it begins, or of more than MOST_ENTRIES bookings)."""
    if from_date and to_date and from_date > to_date:
        raise InvalidParameter(f"the period would end on {to_date}, before it begins on {from_date}", "to_date")
    balance = opening = _balance_before(reading, account, from_date) if from_date else 0
    mine = JournalEntry.select().where(JournalEntry.account == account.pk).order_by(JournalEntry.position)
    if from_date:
        mine = mine.where(JournalEntry.at >= from_date)
    if to_date:
        mine = mine.where(JournalEntry.at <= to_date)
    rows = list(reading.rows.query(JournalEntry, mine.limit(MOST_ENTRIES + 1)))
    if len(rows) > MOST_ENTRIES:
        raise InvalidParameter(f"the period has more than {MOST_ENTRIES} bookings; ask for a shorter one", "from_date")
    entries = []
    for row in rows:
        balance += row.amount
        description = f"{DESCRIPTIONS[row.kind]} {row.number}"
        entries.append(StatementEntry(row.at, row.kind, row.number, description, row.amount, balance))
    return Statement(opening, entries, balance)


def _balance_before(reading: Reading, account: Account, moment: str) -> int:
    total = fn.COALESCE(fn.SUM(JournalEntry.amount), 0)
    query = JournalEntry.select(total).where((JournalEntry.account == account.pk) & (JournalEntry.at < moment))
    return int(reading.rows.tuples(query)[0][0])

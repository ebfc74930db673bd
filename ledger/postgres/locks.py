"""What a write has to hold before it decides anything, so that writes of many servers do as if they came one after the other.

PostgreSQL's own default, READ COMMITTED, lets two writes decide upon the same row at the same time. So each holds the book, shared,
and alone the accounts that it is about; what concerns no account (configuration, people, customers) is written by whoever holds the
whole book alone. These are advisory locks, let go at the commit. Rows could be locked instead; but then each rule would have to
name, in an order that all agree upon, every row that it reads: also those that are not there yet.

A write finds out by reading what it is about. When it learns that it has to hold more, everything it has read is worth nothing: it
is begun again from its first line, holding that. So whatever it reads in the run that counts it reads under its locks.
"""

from collections.abc import Mapping
from hashlib import sha256
from typing import NamedTuple

from ledger.entry import Call
from ledger.storage.columns import Table
from ledger.storage.models import (
    Account,
    Allocation,
    Attachment,
    AuditEntry,
    Bill,
    BillInvoice,
    Delivery,
    Edition,
    Event,
    IdempotencyKey,
    Intended,
    Invoice,
    InvoiceCancellation,
    InvoiceItem,
    JournalEntry,
    LoginFailure,
    Outbox,
    Payment,
    PaymentCancellation,
    PaymentProfile,
    Placing,
    Session,
    Webhook,
)

BOOK = -1
EDITION = str(Edition._meta.table_name)
FIRST_KEY = -10
"""From here down are the idempotency keys; accounts have their row keys."""
KEYS = 2**62

OF_ACCOUNTS: frozenset[type[Table]] = frozenset(
    {
        Account,
        Allocation,
        Attachment,
        Bill,
        BillInvoice,
        Intended,
        Invoice,
        InvoiceCancellation,
        InvoiceItem,
        JournalEntry,
        Payment,
        PaymentCancellation,
        PaymentProfile,
    }
)
"""Written only by who holds the account."""
OF_EVERYBODY: frozenset[type[Table]] = frozenset(
    {AuditEntry, Delivery, Event, IdempotencyKey, LoginFailure, Outbox, Placing, Session, Webhook}
)
"""Rows that nothing is decided upon but what is looked at again in the same statement, or by whoever's turn it is: to place events,
or to deliver to a webhook."""
MOST_ACCOUNTS = 2
"""A write about more accounts than this takes the whole book: finding out about each by beginning again would take too long."""


class Held(NamedTuple):
    """The whole book, or some accounts of it."""

    whole: bool = False
    accounts: frozenset[int] = frozenset()

    def statements(self, function: str) -> str:
        """The statements that take it, in the one order that all writes keep; the last one brings the edition of the
        configuration, which only who holds the whole book can change. `function`: how the functions that lock are called."""
        taken = " ".join(f"SELECT {function}_lock({pk});" for pk in sorted(self.accounts))
        book = f"SELECT {function}_lock({BOOK});" if self.whole else f"SELECT {function}_lock_shared({BOOK}); {taken}"
        return f'{book} SELECT "value" FROM "{EDITION}"'


class BegunAgain(Exception):
    """Leaves a write that has to hold this from its first line on."""

    def __init__(self, held: Held) -> None:
        super().__init__("a write is begun again")
        self.held = held


class Locks:
    """What one run of a write holds."""

    __slots__ = ("held",)

    def __init__(self, held: Held) -> None:
        self.held = held

    def take(self, account_pk: int | None) -> None:
        """Go on only if the account is held, or (None) the whole book."""
        if account_pk is None and not self.held.whole:
            raise BegunAgain(Held(whole=True))
        if account_pk is not None and not self.held.whole and account_pk not in self.held.accounts:
            accounts = self.held.accounts | {account_pk}
            raise BegunAgain(Held(accounts=accounts) if len(accounts) <= MOST_ACCOUNTS else Held(whole=True))

    def writes(self, model: type[Table], named: Mapping[str, object]) -> None:
        """Go on only if what is held is enough to write these rows of a table."""
        if self.held.whole or model in OF_EVERYBODY:
            return
        account_pk = named.get("pk" if model is Account else "account_pk")
        if model in OF_ACCOUNTS and isinstance(account_pk, int):
            self.take(account_pk)
        elif model not in OF_ACCOUNTS or not self.held.accounts:
            raise BegunAgain(Held(whole=True))


def key_lock(call: Call) -> int | None:
    """The number of the lock on a call's idempotency key, under which a second request with it waits for the first."""
    if call.actor is None or call.key is None or call.rehearsal:
        return None
    digest = sha256(f"{call.actor.user_pk} {call.key}".encode("utf-8", "surrogatepass")).digest()
    return FIRST_KEY - int.from_bytes(digest[:8], "big") % KEYS

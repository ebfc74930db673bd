"""Whatever is done in whatever order, the book agrees with a model of a few lists, and what is refused leaves no trace.

`HYPOTHESIS_PROFILE=long` looks for new sequences for some minutes; otherwise the same ones run each time.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from ledger import accounts, amending, applying, bills, drafts, invoices, payments
from ledger.applying import Line
from ledger.book import Book
from ledger.errors import REFUSALS, by_code
from ledger.intentions import IntendedChange, Intentions
from ledger.storage.models import Bill, Category, Currency, Invoice, Payment
from ledger.verify import discrepancies
from tests import books
from tests.books import BOBS, EUROS, YEN, Clock, Company

T = TypeVar("T")
Target = tuple[str, int]

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
SETTINGS = settings(
    max_examples=2_000 if LONG else 60,
    stateful_step_count=60 if LONG else 40,
    derandomize=not LONG,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
EXPONENTS = {EUROS: 2, YEN: 0, BOBS: 2}
LARGEST = 10**15 - 1
PRECEDENCE = [refusal.code for refusal in REFUSALS]


@dataclass
class Owed:
    account: str
    total: int
    state: str
    due: str | None
    posted: str = ""
    billed: bool = False


@dataclass
class Paid:
    account: str
    amount: int
    state: str
    mode: str
    intended: list[Target]
    posted: str = ""
    applied: dict[int, int] = field(default_factory=dict)

    @property
    def principal(self) -> int | None:
        """The first invoice it is intended for, else the earliest that it pays now."""
        return next((key for kind, key in self.intended if kind == "invoice"), next(iter(self.applied), None))


class Model:
    """What the book ought to hold: records are named by their place in the lists."""

    def __init__(self, fifo: bool) -> None:
        self.fifo = fifo
        self.states = dict.fromkeys(EXPONENTS, "ACTIVE")
        self.journal: dict[str, list[int]] = {account: [] for account in EXPONENTS}
        self.invoices: list[Owed] = []
        self.payments: list[Paid] = []
        self.bills: list[tuple[str, list[int]]] = []

    def unpaid(self, key: int) -> int:
        owed = self.invoices[key]
        return owed.total - sum(paid.applied.get(key, 0) for paid in self.payments) if owed.state == "POSTED" else 0

    def unallocated(self, paid: Paid) -> int:
        return paid.amount - sum(paid.applied.values()) if paid.state == "POSTED" else 0

    def balance(self, account: str) -> int:
        return sum(self.journal[account])

    def overflows(self, account: str, *amounts: int) -> bool:
        """Whether the balance is too large on the way."""
        return any(abs(self.balance(account) + sum(amounts[: end + 1])) > LARGEST for end in range(len(amounts)))

    def in_order(self, keys: Iterable[int]) -> list[int]:
        """Posted invoices by due date, posting and age."""
        counting = [(self.invoices[key].due or "", self.invoices[key].posted, key) for key in keys]
        return [key for _, _, key in sorted(counting) if self.invoices[key].state == "POSTED"]

    def meant(self, paid: Paid) -> list[int]:
        """The invoices to pay first."""
        groups = (self.in_order([key] if kind == "invoice" else self.bills[key][1]) for kind, key in paid.intended)
        return [key for group in groups for key in group]

    def apply(self, paid: Paid, key: int, amount: int) -> None:
        applied = paid.applied.get(key, 0) + amount
        paid.applied |= {key: applied}
        if not applied:
            del paid.applied[key]

    def share(self, paid: Paid, keys: Iterable[int]) -> None:
        for key in keys:
            if amount := min(self.unallocated(paid), self.unpaid(key)):
                self.apply(paid, key, amount)

    def post_payment(self, paid: Paid, now: str, settles: bool) -> None:
        paid.state, paid.posted = "POSTED", now
        self.journal[paid.account].append(-paid.amount)
        if settles or paid.mode == "automatic":
            self.share(paid, self.meant(paid))
        if self.fifo and paid.mode == "automatic":
            self.share(paid, self.in_order(key for key, owed in enumerate(self.invoices) if owed.account == paid.account))

    def post_invoice(self, key: int, now: str) -> None:
        owed = self.invoices[key]
        due = datetime.fromisoformat(now) + timedelta(days=30)
        owed.state, owed.posted, owed.due = "POSTED", now, owed.due or due.isoformat()
        self.journal[owed.account].append(owed.total)
        credits = (paid for paid in self.payments if paid.account == owed.account and paid.mode == "automatic")
        for paid in sorted(credits, key=lambda paid: paid.posted):
            self.share(paid, [key])

    def amend(self, paid: Paid, account: str, amount: int) -> None:
        if (account, amount) == (paid.account, paid.amount):
            return
        self.journal[paid.account].append(paid.amount)
        self.journal[account].append(-amount)
        missing = sum(paid.applied.values()) if account != paid.account else max(sum(paid.applied.values()) - amount, 0)
        for key, applied in reversed(list(paid.applied.items())):
            self.apply(paid, key, -min(missing, applied))
            missing -= min(missing, applied)
        paid.intended = paid.intended if account == paid.account else []
        paid.account, paid.amount = account, amount

"""Whatever is done in whatever order, the book agrees with a model of a few lists, and what is refused leaves nothing behind.

`HYPOTHESIS_PROFILE=long` looks for new sequences for many minutes; otherwise the same ones run each time.
"""

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate, count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from ledger import amending, applying, bills, invoices, linking, payments
from ledger.applying import Line
from ledger.book import Book
from ledger.entry import utc_text
from ledger.errors import REFUSALS, by_code
from ledger.intentions import IntendedChange, Intentions
from ledger.storage.models import Category, Currency
from ledger.verify import discrepancies
from tests import books
from tests.books import BOBS, DINARS, EUROS, YEN, Clock, Company

LONG = os.environ.get("HYPOTHESIS_PROFILE") == "long"
SETTINGS = settings(
    max_examples=2_000 if LONG else 120,
    stateful_step_count=75,
    derandomize=not LONG,
    database=None,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)
PRECEDENCE = [refusal.code for refusal in REFUSALS]
EXPONENTS = {EUROS: 2, BOBS: 2, YEN: 0, DINARS: 3}
LARGEST = 10**15 - 1

Target = tuple[str, int]
"""`("invoice", place)` or `("bill", place)`: the model names records by their place in its lists."""


@dataclass
class Owed:
    account: str
    amount: int
    due: str | None
    state: str = "DRAFT"
    posted: str = ""
    billed: bool = False


@dataclass
class Paid:
    account: str
    amount: int
    mode: str
    intended: list[Target]
    state: str = "DRAFT"
    posted: str = ""
    applied: dict[int, int] = field(default_factory=dict)
    linked: int | None = None
    writes_off: bool = False

    @property
    def unallocated(self) -> int:
        return self.amount - sum(self.applied.values()) if self.state == "POSTED" else 0

    @property
    def principal(self) -> int | None:
        """The linked invoice, else the first that it is intended for, else the earliest that it pays now."""
        if self.linked is not None:
            return self.linked
        return next((place for kind, place in self.intended if kind == "invoice"), next(iter(self.applied), None))

    @property
    def shown(self) -> tuple[object, ...]:
        """As the book keeps it, but for the row key of the principal invoice."""
        linked = self.linked is not None
        return (self.account, self.state, self.mode, self.amount, self.unallocated, linked, self.writes_off, self.principal)

    def apply(self, invoice: int, amount: int) -> None:
        self.applied[invoice] = self.applied.get(invoice, 0) + amount
        if not self.applied[invoice]:
            del self.applied[invoice]


class Model:
    """What the book ought to hold, in minor units."""

    def __init__(self, fifo: bool) -> None:
        self.fifo = fifo
        self.states = dict.fromkeys(EXPONENTS, "ACTIVE")
        self.journal: dict[str, list[int]] = {account: [] for account in EXPONENTS}
        self.invoices: list[Owed] = []
        self.payments: list[Paid] = []
        self.bills: list[tuple[str, list[int]]] = []

    def balance(self, account: str) -> int:
        return sum(self.journal[account])

    def unpaid(self, invoice: int) -> int:
        owed = self.invoices[invoice]
        return owed.amount - sum(paid.applied.get(invoice, 0) for paid in self.payments) if owed.state == "POSTED" else 0

    def overflows(self, account: str, *amounts: int) -> bool:
        """Whether the balance becomes too large on the way."""
        return any(abs(balance) > LARGEST for balance in accumulate(amounts, initial=self.balance(account)))

    def in_order(self, places: Iterable[int]) -> list[int]:
        """Those of the invoices that are posted, by due date, posting and age."""
        posted = [(self.invoices[place], place) for place in places if self.invoices[place].state == "POSTED"]
        return [place for _, _, place in sorted((owed.due or "", owed.posted, place) for owed, place in posted)]

    def share(self, paid: Paid, places: Iterable[int]) -> None:
        for place in places:
            if amount := min(paid.unallocated, self.unpaid(place)):
                paid.apply(place, amount)

    def post_payment(self, paid: Paid, now: str, settles: bool = False) -> None:
        paid.state, paid.posted = "POSTED", now
        self.journal[paid.account].append(-paid.amount)
        if paid.linked is not None:
            self.share(paid, [paid.linked])
        if settles or paid.mode == "automatic":
            for kind, place in paid.intended:
                self.share(paid, self.in_order([place] if kind == "invoice" else self.bills[place][1]))
        if self.fifo and paid.mode == "automatic":
            self.share(paid, self.in_order(place for place, owed in enumerate(self.invoices) if owed.account == paid.account))

    def post_invoice(self, invoice: int, now: str) -> None:
        owed = self.invoices[invoice]
        owed.state, owed.posted = "POSTED", now
        owed.due = owed.due or (datetime.fromisoformat(now) + timedelta(days=30)).isoformat()
        self.journal[owed.account].append(owed.amount)
        for paid in sorted(self.payments, key=lambda paid: paid.posted):
            if paid.account == owed.account and paid.mode == "automatic":
                self.share(paid, [invoice])

    def cancel_payment(self, paid: Paid) -> None:
        paid.state = "CANCELLED"
        paid.applied.clear()
        self.journal[paid.account].append(paid.amount)

    def cancel_invoice(self, invoice: int) -> None:
        owed = self.invoices[invoice]
        owed.state = "CANCELLED"
        self.journal[owed.account].append(-owed.amount)
        for paid in self.payments:
            paid.applied.pop(invoice, None)

    def link(self, paid: Paid, invoice: int) -> None:
        paid.linked, paid.mode = invoice, "explicit"
        self.share(paid, [invoice])

    def unlink(self, paid: Paid) -> None:
        paid.applied.clear()
        paid.intended, paid.linked = [], None

    def amend(self, paid: Paid, account: str, amount: int, linked: int | None, fills: bool) -> None:
        differs = amount != paid.amount
        if differs or account != paid.account:
            self.journal[paid.account].append(paid.amount)
            self.journal[account].append(-amount)
        if account != paid.account or linked is not None:
            self.unlink(paid)
        too_much = sum(paid.applied.values()) - amount
        for invoice, applied in reversed(list(paid.applied.items())):
            paid.apply(invoice, -max(0, min(too_much, applied)))
            too_much -= applied
        paid.account, paid.amount = account, amount
        if linked is not None:
            self.link(paid, linked)
        elif fills and differs and paid.principal is not None:
            self.share(paid, [paid.principal])

    def not_applicable(self, paid: Paid, lines: list[tuple[int, int]]) -> str | None:
        """Why these lines cannot be applied one after the other."""
        free, owed = paid.unallocated, {invoice: self.unpaid(invoice) for invoice, _ in lines}
        for invoice, amount in lines:
            if not owed[invoice]:
                return "ALREADY_SETTLED"
            if amount > min(free, owed[invoice]):
                return "AMOUNT_MISMATCH"
            free, owed[invoice] = free - amount, owed[invoice] - amount
        return None


def minor(account: str, amount: Decimal, zero: bool = False) -> int | None:
    units = amount.scaleb(EXPONENTS[account])
    return int(units) if units == int(units) and (0 if zero else 1) <= units <= LARGEST else None


ACCOUNTS = """
    SELECT name, life_cycle_state, balance,
        (SELECT COALESCE(SUM(amount), 0) FROM journal_entry WHERE account_pk = account.pk),
        (SELECT COALESCE(SUM(unpaid), 0) FROM invoice WHERE account_pk = account.pk)
        - (SELECT COALESCE(SUM(unallocated), 0) FROM payment WHERE account_pk = account.pk)
    FROM account"""
INVOICES = """
    SELECT account.name, invoice.life_cycle_state, total_amount, unpaid
    FROM invoice JOIN account ON account.pk = account_pk ORDER BY invoice.pk"""
PAYMENTS = """
    SELECT account.name, payment.life_cycle_state, allocation_mode, amount, unallocated, principal_linked,
        written_off_on IS NOT NULL, principal_invoice_pk
    FROM payment JOIN account ON account.pk = account_pk ORDER BY payment.pk"""
APPLIED = "SELECT payment_pk, invoice_pk, SUM(amount) AS amount FROM allocation GROUP BY 1, 2 HAVING SUM(amount) <> 0"
INTENDED = "SELECT payment_pk, invoice_pk, bill_pk FROM intended ORDER BY payment_pk, position"
BEYOND = f"""
    SELECT 'payment', payment_pk FROM ({APPLIED}) AS a JOIN payment ON payment.pk = payment_pk
    GROUP BY 2 HAVING SUM(a.amount) > payment.amount OR MIN(a.amount) < 0 UNION ALL
    SELECT 'invoice', invoice_pk FROM ({APPLIED}) AS a JOIN invoice ON invoice.pk = invoice_pk
    GROUP BY 2 HAVING SUM(a.amount) > total_amount"""
NUMBERED = """
    SELECT {0}.number FROM {0} JOIN journal_entry ON document_id = id AND kind IN ('{1}', 'WRITE_OFF')
    ORDER BY journal_entry.pk"""
DOCUMENTS = ("payment", "invoice", "payment_cancellation", "invoice_cancellation")
SERIES = {
    **{f"{table}.number": NUMBERED.format(table, table.upper().removesuffix("LATION")) for table in DOCUMENTS},
    **{f"{table}.reference_number": f"SELECT reference_number FROM {table} ORDER BY pk" for table in DOCUMENTS},
    "bill.number": "SELECT number FROM bill ORDER BY pk",
}

ACCOUNT = st.sampled_from([EUROS, BOBS, *EXPONENTS])
GOOD, BAD = ("7", "8", "10", "12", "25", "30", "40", "2.5"), ("0", "-3", "0.005", "9999999999999.99", "999999999999999")
AMOUNT = st.sampled_from([Decimal(text) for text in (*GOOD * 3, *BAD)])
DUES = (None, "2024-05-10T00:00:00", "2030-01-01T00:00:00")
OTHER = st.sampled_from([None, None, None, *EXPONENTS])
KIND = st.sampled_from(["invoice", "bill"])
MODE = st.sampled_from(["automatic", "automatic", "explicit"])
STRAY = 27
PICK = st.integers(0, 29)
"""Which record: 0 is the youngest that fits. From `STRAY` on any will do: another account's, one in another state."""
PICKS = st.lists(PICK, max_size=2)
POSTED = st.sampled_from([True, True, False])
VERBS = st.sampled_from(["post", "reject", "cancel"])
HOW, TYPES = st.sampled_from(["", "fills_principal", "keeps_applied"]), ("PAYMENT", "WRITE_OFF")
WRONG = st.sampled_from([*[""] * 15, "type", "category", "method", "intended_currency", "back_office_code"])

Broken = dict[str, object]
"""Code of a refusal -> whether its rule is broken."""


class Life(RuleBasedStateMachine):
    """The real book and the model, side by side."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.file = sqlite3.connect(path, isolation_level=None)
        self.path = path
        self.steps = 0

    @initialize(fifo=st.booleans())
    def open(self, fifo: bool) -> None:
        clock = Clock()
        self.book = Book(f"sqlite:///{self.path}", clock=clock, allocation="fifo" if fifo else "intended")
        self.company = books.company(self.book, clock)
        self.model = Model(fifo)
        self.rows: dict[str, list[Any]] = {"invoice": [], "payment": [], "bill": []}
        self.wrong: dict[str, tuple[object, str]] = {
            "type": (self.company.type("REFUND"), "TYPE_NOT_ALLOWED"),
            "category": (self.company.one(Category, name="Internal"), "CATEGORY_NOT_ALLOWED"),
            "method": ("Card", "PAYMENT_METHOD_NOT_ALLOWED"),
            "intended_currency": (self.company.one(Currency, code="USD"), "CURRENCY_MISMATCH"),
            "back_office_code": ("0", "DUPLICATE_BACK_OFFICE_CODE"),
        }
        self.something_of_everything()

    def something_of_everything(self) -> None:
        """Ada owes, Bob has credit, yen are settled and dinars over: much can be done from the first step on."""
        for amount, due in ((30, None), (10, DUES[1]), (25, DUES[1])):
            self.create_invoice(EUROS, Decimal(amount), True, due)
            self.receive(BOBS, Decimal(amount))
            self.create_invoice(BOBS, Decimal(8), False, None)
            self.create_invoice(YEN, Decimal(amount), True, None)
            self.receive(YEN, Decimal(amount))
            self.company.clock.advance(60)
        self.create_invoice(DINARS, Decimal(30), True, None)
        self.receive(DINARS, Decimal(30))
        self.change_account(DINARS, "TERMINATED")
        self.create_bill(EUROS, [0, 2])
        self.create_payment(EUROS, Decimal(15), True, "automatic", [1, 0], [], "")
        self.create_payment(EUROS, Decimal(35), True, "explicit", [], [], "")
        self.create_payment(EUROS, Decimal(12), False, "automatic", [0], [], "")

    def teardown(self) -> None:
        if self.steps:
            assert list(discrepancies(self.book)) == []
            self.book.close()
        self.file.close()
        for left in self.path.parent.glob(f"{self.path.name}*"):
            left.unlink()

    # --- how a verb is tried ---

    def attempt(self, broken: Broken, verb: Callable[[Company], Any]) -> Any:
        """What the verb makes; None if a rule is broken, which has to refuse it with the first code by precedence."""
        self.steps += 1
        self.company.clock.advance(self.steps % 2)
        expected = min((code for code, is_broken in broken.items() if is_broken), key=PRECEDENCE.index, default=None)
        if expected or self.steps % 3 == 0:
            before = self.file.serialize()
            with pytest.raises(by_code(expected)) if expected else nullcontext():
                verb(self.company.calling(rehearsal=not expected))
            assert self.file.serialize() == before, "a refusal or a rehearsal has left something behind"
        return None if expected else verb(self.company)

    @property
    def now(self) -> str:
        return utc_text(self.company.clock.seconds)

    def place(self, records: Sequence[Owed | Paid], pick: int, state: str) -> int:
        fit = [place for place, each in enumerate(records) if each.state == state or pick >= STRAY]
        return fit[-1 - pick % len(fit)] if fit else 0

    def payment(self, pick: int, state: str = "POSTED") -> tuple[Any, Paid]:
        place = self.place(self.model.payments, pick, state)
        return self.rows["payment"][place], self.model.payments[place]

    def owner(self, target: Target) -> str:
        kind, place = target
        return self.model.invoices[place].account if kind == "invoice" else self.model.bills[place][0]

    def choose(self, kind: str, account: str, picks: Iterable[int]) -> list[Target]:
        """Invoices or bills, each once, mostly posted ones of this account."""
        every = [(kind, place) for place in range(len(self.rows[kind]))]
        own = [target for target in every if self.owner(target) == account and (kind == "bill" or self.posted(target[1]))]
        among = ((own if pick < STRAY else every, pick) for pick in picks)
        return list(dict.fromkeys(targets[-1 - pick % len(targets)] for targets, pick in among if targets))

    def posted(self, invoice: int) -> bool:
        return self.model.invoices[invoice].state == "POSTED"

    def records(self, kind: str, targets: Iterable[Target]) -> list[Any]:
        return [self.rows[kind][place] for each, place in targets if each == kind]

    def mismatch(self, account: str, targets: Iterable[Target]) -> bool:
        return any(self.owner(target) != account for target in targets)

    def closed(self, *accounts: str) -> bool:
        return any(self.model.states[account] == "TERMINATED" for account in accounts)

    def made(self, row: Any, paid: Paid, posted: bool, settles: bool = False) -> None:
        if row:
            self.rows["payment"].append(row)
            self.model.payments.append(paid)
            if posted:
                self.model.post_payment(paid, self.now, settles)

    # --- the verbs ---

    @precondition(lambda self: self.steps % 4 == 0)
    @rule(seconds=st.sampled_from([1, 3600, 2_000_000]))
    def wait(self, seconds: int) -> None:
        self.steps += 1
        self.company.clock.advance(seconds)

    @precondition(lambda self: self.steps % 3 == 0)
    @rule(account=ACCOUNT, state=st.sampled_from(["ACTIVE", "SUSPENDED", "TERMINATED"]))
    def change_account(self, account: str, state: str) -> None:
        broken: Broken = {"ACCOUNT_NOT_SETTLED": state == "TERMINATED" and self.model.balance(account)}
        if self.attempt(broken, lambda company: company.change_account(account, life_cycle_state=state)):
            self.model.states[account] = state

    @rule(account=ACCOUNT, total=AMOUNT, posted=POSTED, due=st.sampled_from(DUES))
    def create_invoice(self, account: str, total: Decimal, posted: bool, due: str | None) -> None:
        amount = minor(account, total, zero=True)
        broken: Broken = {
            "INVALID_PARAMETER": amount is None,
            "ACCOUNT_NOT_OPEN": self.model.states[account] != "ACTIVE",
            "BALANCE_TOO_LARGE": posted and self.model.overflows(account, amount or 0),
        }
        state = "POSTED" if posted else "DRAFT"
        if row := self.attempt(broken, lambda company: company.invoice(str(total), account, state=state, due_on=due)):
            self.rows["invoice"].append(row)
            self.model.invoices.append(Owed(account, amount or 0, due))
            if posted:
                self.model.post_invoice(len(self.model.invoices) - 1, self.now)

    @precondition(lambda self: self.rows["invoice"])
    @rule(pick=PICK, verb=VERBS)
    def move_invoice(self, pick: int, verb: str) -> None:
        needed = "POSTED" if verb == "cancel" else "DRAFT"
        place = self.place(self.model.invoices, pick, needed)
        row, owed = self.rows["invoice"][place], self.model.invoices[place]
        booked = {"post": owed.amount, "cancel": -owed.amount, "reject": 0}[verb]
        broken: Broken = {
            "INVALID_LIFE_CYCLE_STATE": owed.state != needed,
            "ACCOUNT_NOT_OPEN": verb == "post" and self.model.states[owed.account] != "ACTIVE",
            "BALANCE_TOO_LARGE": self.model.overflows(owed.account, booked),
        }
        plain: Any = {"post": invoices.post, "reject": invoices.reject}.get(verb)
        if not self.attempt(broken, lambda company: company.do(plain, row) if plain else company.cancel_invoice(row)):
            return
        if verb == "post":
            self.model.post_invoice(place, self.now)
        elif verb == "cancel":
            self.model.cancel_invoice(place)
        else:
            owed.state = "REJECTED"

    @precondition(lambda self: self.rows["payment"])
    @rule(pick=PICK, verb=VERBS)
    def move_payment(self, pick: int, verb: str) -> None:
        needed = "POSTED" if verb == "cancel" else "DRAFT"
        row, paid = self.payment(pick, needed)
        booked = {"post": -paid.amount, "cancel": paid.amount, "reject": 0}[verb]
        broken: Broken = {
            "INVALID_LIFE_CYCLE_STATE": paid.state != needed,
            "ACCOUNT_NOT_OPEN": verb == "post" and self.closed(paid.account),
            "BALANCE_TOO_LARGE": self.model.overflows(paid.account, booked),
        }
        plain: Any = {"post": payments.post, "reject": payments.reject}.get(verb)
        if not self.attempt(broken, lambda company: company.do(plain, row) if plain else company.cancel_payment(row)):
            return
        if verb == "post":
            self.model.post_payment(paid, self.now)
        elif verb == "cancel":
            self.model.cancel_payment(paid)
        else:
            paid.state = "REJECTED"

    @precondition(lambda self: self.rows["invoice"])
    @rule(account=ACCOUNT, picks=st.lists(PICK, min_size=1, max_size=3))
    def create_bill(self, account: str, picks: list[int]) -> None:
        targets = self.choose("invoice", account, picks)
        owed = [self.model.invoices[place] for _, place in targets]
        broken: Broken = {
            "INVALID_PARAMETER": not owed,
            "INVALID_LIFE_CYCLE_STATE": any(each.state != "POSTED" for each in owed),
            "ACCOUNT_MISMATCH": self.mismatch(account, targets),
            "ACCOUNT_NOT_OPEN": self.closed(account),
            "ALREADY_BILLED": any(each.billed for each in owed),
        }
        gathered = self.records("invoice", targets)
        if row := self.attempt(broken, lambda at: at.do(bills.create, account=at.account(account), invoices=gathered)):
            self.rows["bill"].append(row)
            self.model.bills.append((account, [place for _, place in targets]))
            for each in owed:
                each.billed = True

    @rule(account=ACCOUNT, amount=AMOUNT, posted=POSTED, mode=MODE, first=PICKS, then=PICKS, wrong=WRONG)
    def create_payment(
        self, account: str, amount: Decimal, posted: bool, mode: str, first: list[int], then: list[int], wrong: str
    ) -> None:
        targets = self.choose("invoice", account, first) + self.choose("bill", account, then)
        units = minor(account, amount)
        broken: Broken = {
            "INVALID_PARAMETER": units is None,
            "ACCOUNT_MISMATCH": self.mismatch(account, targets),
            "ACCOUNT_NOT_OPEN": self.closed(account),
            "BALANCE_TOO_LARGE": posted and self.model.overflows(account, -(units or 0)),
        }
        said: dict[str, Any] = {"mode": mode, "back_office_code": str(len(self.rows["payment"]))}
        said |= {"invoices": self.records("invoice", targets), "bills": self.records("bill", targets)}
        if wrong:
            said[wrong], code = self.wrong[wrong]
            broken[code] = wrong != "back_office_code" or self.rows["payment"]
        state = "POSTED" if posted else "DRAFT"
        row = self.attempt(broken, lambda company: company.pay(str(amount), account, state=state, **said))
        self.made(row, Paid(account, units or 0, mode, targets), posted)

    @rule(account=ACCOUNT, amount=AMOUNT)
    def receive(self, account: str, amount: Decimal) -> None:
        self.create_payment(account, amount, True, "automatic", [], [], "")

    @rule(kind=KIND, pick=PICK, account=OTHER, amount=st.none() | AMOUNT, mode=MODE)
    def pay(self, kind: str, pick: int, account: str | None, amount: Decimal | None, mode: str) -> None:
        if not self.rows[kind]:
            return
        places = [place for place, owed in enumerate(self.model.invoices) if pick >= STRAY or self.model.unpaid(place)]
        fit = places if kind == "invoice" else range(len(self.model.bills))
        place = fit[-1 - pick % len(fit)] if fit else 0
        name = account or self.owner((kind, place))
        owed = sum(map(self.model.unpaid, [place] if kind == "invoice" else self.model.bills[place][1]))
        broken: Broken = {
            "INVALID_PARAMETER": amount is not None and minor(name, amount) is None,
            "INVALID_LIFE_CYCLE_STATE": kind == "invoice" and self.model.invoices[place].state != "POSTED",
            "ACCOUNT_MISMATCH": self.mismatch(name, [(kind, place)]),
            "ACCOUNT_NOT_OPEN": self.closed(name),
            "ALREADY_SETTLED": not owed,
            "AMOUNT_MISMATCH": amount is not None and minor(name, amount) != owed,
            "BALANCE_TOO_LARGE": self.model.overflows(name, -owed),
        }
        verb: Any = payments.pay_invoice if kind == "invoice" else payments.pay_bill
        text = None if amount is None else str(amount)
        row = self.attempt(broken, lambda at: at.do(verb, at.terms(text, name, mode=mode), self.rows[kind][place]))
        self.made(row, Paid(name, owed, mode, [(kind, place)]), posted=True, settles=True)

    @precondition(lambda self: self.rows["payment"])
    @rule(
        pick=PICK,
        account=OTHER,
        amount=st.none() | AMOUNT,
        kind=KIND,
        picks=PICKS,
        how=st.sampled_from(["replace", "add", "remove"]),
    )
    def update(self, pick: int, account: str | None, amount: Decimal | None, kind: str, picks: list[int], how: str) -> None:
        row, paid = self.payment(pick, "DRAFT")
        name = account or paid.account
        units = minor(name, Decimal(paid.amount).scaleb(-EXPONENTS[paid.account]) if amount is None else amount)
        given = self.choose(kind, name, picks)
        kept = paid.intended if name == paid.account else []
        same, rest = [each for each in kept if each[0] == kind], [each for each in kept if each[0] != kind]
        after = {"replace": given, "add": same + given, "remove": [each for each in same if each not in given]}[how]
        broken: Broken = {
            "INVALID_PARAMETER": units is None,
            "ENTITY_NOT_FOUND": how == "remove" and set(given) - set(same),
            "INVALID_LIFE_CYCLE_STATE": paid.state != "DRAFT",
            "ACCOUNT_MISMATCH": how != "remove" and self.mismatch(name, given),
            "ACCOUNT_NOT_OPEN": self.closed(name, paid.account),
        }
        change: Any = {f"{kind}s": IntendedChange(**{how: self.records(kind, given)})}
        changes = {"amount": amount} if amount is not None else {}

        def verb(company: Company) -> Any:
            moves = {"account": company.account(account)} if account else {}
            return company.update(row, Intentions(**change), **changes, **moves)

        if self.attempt(broken, verb):
            paid.account, paid.amount = name, units or 0
            paid.intended = sorted(dict.fromkeys(after + rest), key=lambda target: target[0] == "bill")

    @precondition(lambda self: self.rows["payment"] and self.rows["invoice"])
    @rule(pick=PICK, wanted=st.lists(st.tuples(PICK, AMOUNT), min_size=1, max_size=2))
    def apply(self, pick: int, wanted: list[tuple[int, Decimal]]) -> None:
        row, paid = self.payment(pick)
        lines = [(place, amount) for each, amount in wanted for _, place in self.choose("invoice", paid.account, [each])]
        units = [(place, minor(paid.account, amount)) for place, amount in lines]
        states = [paid.state, *(self.model.invoices[place].state for place, _ in lines)]
        broken: Broken = {
            "INVALID_PARAMETER": any(amount is None for _, amount in units),
            "INVALID_LIFE_CYCLE_STATE": any(state != "POSTED" for state in states),
            "ACCOUNT_MISMATCH": self.mismatch(paid.account, [("invoice", place) for place, _ in lines]),
            "ACCOUNT_NOT_OPEN": self.closed(paid.account),
        }
        exact = [(place, amount or 0) for place, amount in units]
        if not any(broken.values()) and (code := self.model.not_applicable(paid, exact)):
            broken[code] = True

        def verb(company: Company) -> Any:
            return company.do(applying.apply, row, [Line(company.now(self.rows["invoice"][place]), each) for place, each in lines])

        if self.attempt(broken, verb):
            paid.mode = "explicit"
            for place, amount in exact:
                paid.apply(place, amount)

    @precondition(lambda self: self.rows["payment"])
    @rule(pick=PICK, of=st.none() | PICK)
    def release(self, pick: int, of: int | None) -> None:
        row, paid = self.payment(pick)
        chosen = self.choose("invoice", paid.account, [] if of is None else [of])
        broken: Broken = {
            "INVALID_LIFE_CYCLE_STATE": paid.state != "POSTED",
            "ENTITY_NOT_FOUND": paid.state == "POSTED" and any(place not in paid.applied for _, place in chosen),
        }
        if self.attempt(broken, lambda company: company.do(applying.release, row, *self.records("invoice", chosen))):
            for place in [place for _, place in chosen] or list(paid.applied):
                del paid.applied[place]

    @rule(account=ACCOUNT, amount=AMOUNT, pick=PICK, mode=MODE, writes_off=st.booleans())
    def create_linked(self, account: str, amount: Decimal, pick: int, mode: str, writes_off: bool) -> None:
        chosen = self.choose("invoice", account, [pick])
        if not chosen:
            return
        invoice, units = chosen[0][1], minor(account, amount, zero=True)
        broken: Broken = {
            "INVALID_PARAMETER": units is None,
            "INVALID_LIFE_CYCLE_STATE": not self.posted(invoice),
            "ACCOUNT_MISMATCH": self.mismatch(account, chosen),
            "ACCOUNT_NOT_OPEN": self.closed(account),
            "BALANCE_TOO_LARGE": self.model.overflows(account, -(units or 0)),
        }

        def verb(company: Company) -> Any:
            make = company.write_off if writes_off else company.pay
            return make(str(amount), account, mode=mode, linked=self.rows["invoice"][invoice], zero=True)

        paid = Paid(account, units or 0, mode, [], linked=invoice, writes_off=writes_off)
        self.made(self.attempt(broken, verb), paid, posted=True)

    @precondition(lambda self: self.rows["payment"])
    @rule(pick=PICK, of=PICK)
    def link(self, pick: int, of: int) -> None:
        row, paid = self.payment(pick)
        chosen = self.choose("invoice", paid.account, [of])
        if not chosen:
            return
        broken: Broken = {
            "ALREADY_LINKED": paid.principal is not None,
            "INVALID_LIFE_CYCLE_STATE": paid.state != "POSTED" or not self.posted(chosen[0][1]),
            "ACCOUNT_MISMATCH": self.mismatch(paid.account, chosen),
            "ACCOUNT_NOT_OPEN": self.closed(paid.account),
        }
        if self.attempt(broken, lambda company: company.do(linking.link, row, *self.records("invoice", chosen))):
            self.model.link(paid, chosen[0][1])

    @precondition(lambda self: self.rows["payment"])
    @rule(pick=PICK)
    def unlink(self, pick: int) -> None:
        row, paid = self.payment(pick)
        broken: Broken = {"NOT_LINKED": paid.principal is None, "INVALID_LIFE_CYCLE_STATE": paid.state != "POSTED"}
        if self.attempt(broken, lambda company: company.do(linking.unlink, row)):
            self.model.unlink(paid)
            paid.mode = "explicit"

    @precondition(lambda self: self.rows["payment"])
    @rule(pick=PICK, account=OTHER, amount=st.none() | AMOUNT, of=st.none() | PICK, how=HOW, retyped=st.sampled_from([*TYPES, ""]))
    def amend(self, pick: int, account: str | None, amount: Decimal | None, of: int | None, how: str, retyped: str) -> None:
        row, paid = self.payment(pick)
        targets = self.choose("invoice", account or paid.account, [] if of is None else [of])
        place = next((place for _, place in targets), None)
        name = account or (paid.account if place is None else self.model.invoices[place].account)
        newly = None if place == paid.principal else place
        units = paid.amount if amount is None else minor(name, amount)
        stays, keeps = name == paid.account, how == "keeps_applied" and place is None
        back, again = [paid.amount], [-(units or 0)]
        overflows = self.model.overflows(name, *(back if stays else []), *again) or self.model.overflows(paid.account, *back)
        broken: Broken = {
            "INVALID_PARAMETER": units is None,
            "INVALID_LIFE_CYCLE_STATE": paid.state != "POSTED" or (newly is not None and not self.posted(newly)),
            "ACCOUNT_MISMATCH": self.mismatch(name, targets) or (keeps and not stays and paid.unallocated != paid.amount),
            "ACCOUNT_NOT_OPEN": self.closed(paid.account, name),
            "AMOUNT_MISMATCH": keeps and (units or 0) < paid.amount - paid.unallocated,
            "CURRENCY_MISMATCH": EXPONENTS[name] != EXPONENTS[paid.account],
            "BALANCE_TOO_LARGE": overflows and not (stays and units == paid.amount),
        }
        changes: dict[str, Any] = {"amount": amount} if amount is not None else {}
        changes |= {"linked": self.rows["invoice"][place]} if place is not None else {}
        if retyped:
            writes_off = retyped == "WRITE_OFF"
            changes |= {"type": self.company.type(retyped), "written_off_on": "2024-05-02" if writes_off else None}
        options = {how: True} if how and (keeps or how != "keeps_applied") else {}

        def verb(company: Company) -> Any:
            moves = {"account": company.account(account)} if account else {}
            return company.do(amending.amend, row, {**changes, **moves, "notes": "amended"}, **options)

        if self.attempt(broken, verb):
            self.model.amend(paid, name, units or 0, newly, fills=how == "fills_principal")
            paid.writes_off = retyped == "WRITE_OFF" if retyped else paid.writes_off

    # --- what holds after each step ---

    @invariant()
    def the_book_agrees_with_the_model(self) -> None:
        model = self.model
        for account, state, *sums in self.file.execute(ACCOUNTS):
            assert (state, sums) == (model.states[account], [model.balance(account)] * 3)
        owed = [(each.account, each.state, each.amount, model.unpaid(place)) for place, each in enumerate(model.invoices)]
        assert self.file.execute(INVOICES).fetchall() == owed
        paid = [each.shown for each in model.payments]
        known = self.places("invoice")
        assert [(*row, known.get(principal)) for *row, principal in self.file.execute(PAYMENTS)] == paid

    @invariant()
    def payments_pay_and_are_intended_for_what_the_model_says(self) -> None:
        paid, invoice, bill = self.places("payment"), self.places("invoice"), self.places("bill")
        applied = {(place, key): share for place, each in enumerate(self.model.payments) for key, share in each.applied.items()}
        assert {(paid[pk], invoice[key]): share for pk, key, share in self.file.execute(APPLIED)} == applied
        intended = [(place, *target) for place, each in enumerate(self.model.payments) for target in each.intended]
        noted = [(paid[pk], *(("invoice", invoice[i]) if i else ("bill", bill[b]))) for pk, i, b in self.file.execute(INTENDED)]
        assert noted == intended

    def places(self, kind: str) -> dict[int, int]:
        """Where the model has the record with a row key."""
        return {row.pk: place for place, row in enumerate(self.rows[kind])}

    @invariant()
    def no_money_is_applied_twice(self) -> None:
        assert self.file.execute(BEYOND).fetchall() == []

    @invariant()
    def numbers_follow_one_another(self) -> None:
        for name, query in SERIES.items():
            given = [int(number.lstrip("IC")) for (number,) in self.file.execute(query)]
            ((last,),) = self.file.execute("SELECT last FROM number_series WHERE name = ?", (name,))
            assert given == list(range(1, last + 1)), name

    @invariant()
    def the_book_can_be_verified(self) -> None:
        if self.steps % 20 == 19:
            assert list(discrepancies(self.book)) == []


def test_the_book_agrees_with_the_model_whatever_is_done(company_template: Path, tmp_path: Path) -> None:
    numbers = count()

    class OfOneCopy(Life):
        def __init__(self) -> None:
            super().__init__(Path(shutil.copy(company_template, tmp_path / f"{next(numbers)}.db")))

    run_state_machine_as_test(OfOneCopy, settings=SETTINGS)

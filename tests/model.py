"""What the book ought to hold, in a few plain lists: written anew from the rules, and knowing nothing of the ledger's code.

Records are named by their place in the lists, amounts are minor units, moments are texts as the book writes them.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import accumulate

from tests.books import BOBS, DINARS, EUROS, YEN

EXPONENTS = {EUROS: 2, BOBS: 2, YEN: 0, DINARS: 3}
LARGEST = 10**15 - 1
CREDIT_DAYS = 30

Target = tuple[str, int]
"""`("invoice", place)` or `("bill", place)`."""


def minor(account: str, amount: Decimal, zero: bool = False) -> int | None:
    """The amount in minor units of the account's currency; None if it is none there."""
    units = amount.scaleb(EXPONENTS[account])
    return int(units) if units == int(units) and (0 if zero else 1) <= units <= LARGEST else None


def major(account: str, units: int) -> Decimal:
    """Minor units as an amount of the account's currency."""
    return Decimal(units).scaleb(-EXPONENTS[account])


@dataclass
class Owed:
    """An invoice."""

    account: str
    amount: int
    due: str | None
    state: str = "DRAFT"
    posted: str = ""
    billed: bool = False
    paid: int = 0
    issued: str = ""
    reference: int = 0
    number: int | None = None

    @property
    def unpaid(self) -> int:
        return self.amount - self.paid if self.state == "POSTED" else 0


@dataclass
class Paid:
    """A payment or a write-off."""

    account: str
    amount: int
    mode: str
    intended: list[Target]
    state: str = "DRAFT"
    posted: str = ""
    applied: dict[int, int] = field(default_factory=dict)
    linked: int | None = None
    writes_off: bool = False
    code: str | None = None
    method: str = "Cash"
    issued: str = ""
    reference: int = 0
    number: int | None = None

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


def updated(paid: Paid, account: str, amount: Decimal | None) -> int | None:
    """The amount of a draft on this account after a change: the same figure where none is said, if the currency there has it."""
    if amount is None and account == paid.account:
        return paid.amount
    return minor(account, major(paid.account, paid.amount) if amount is None else amount)


class Model:
    """The records, and what each deed does to them; and by which method whoever does not say so pays at a door. Whether a deed is
    allowed, `model_rules` says."""

    def __init__(self, fifo: bool) -> None:
        self.fifo = fifo
        self.states = dict.fromkeys(EXPONENTS, "ACTIVE")
        self.balances = dict.fromkeys(EXPONENTS, 0)
        self.invoices: list[Owed] = []
        self.payments: list[Paid] = []
        self.bills: list[tuple[str, list[int]]] = []
        self.codes: set[str] = set()
        self.methods = {"waldur": "Cash", "productive": "Cash"}
        self.series: Counter[str] = Counter()

    # --- looking ---

    def unpaid(self, invoice: int) -> int:
        return self.invoices[invoice].unpaid

    def unpaid_on(self, target: Target) -> int:
        kind, place = target
        return sum(map(self.unpaid, [place] if kind == "invoice" else self.bills[place][1]))

    def owner(self, target: Target) -> str:
        kind, place = target
        return self.invoices[place].account if kind == "invoice" else self.bills[place][0]

    def closed(self, *accounts: str) -> bool:
        return any(self.states[account] == "TERMINATED" for account in accounts)

    def mismatch(self, account: str, targets: Iterable[Target]) -> bool:
        return any(self.owner(target) != account for target in targets)

    def posted(self, invoice: int) -> bool:
        return self.invoices[invoice].state == "POSTED"

    def overflows(self, account: str, *amounts: int) -> bool:
        """Whether the balance becomes too large on the way."""
        return any(abs(balance) > LARGEST for balance in accumulate(amounts, initial=self.balances[account]))

    def in_order(self, places: Iterable[int]) -> list[int]:
        """Those of the invoices that are posted, by due date, posting and age."""
        posted = [(self.invoices[place], place) for place in places if self.posted(place)]
        return [place for _, _, place in sorted((owed.due or "", owed.posted, place) for owed, place in posted)]

    # --- money and numbers ---

    def numbered(self, name: str) -> int:
        """The next number of a series."""
        self.series[name] += 1
        return self.series[name]

    def apply(self, paid: Paid, invoice: int, amount: int) -> None:
        """Move money of a payment to an invoice, or back."""
        self.invoices[invoice].paid += amount
        paid.applied[invoice] = paid.applied.get(invoice, 0) + amount
        if not paid.applied[invoice]:
            del paid.applied[invoice]

    def release(self, paid: Paid, invoices: Iterable[int]) -> None:
        for invoice in list(invoices):
            self.apply(paid, invoice, -paid.applied[invoice])

    def share(self, paid: Paid, places: Iterable[int]) -> None:
        """Pay these invoices in order, as far as the payment goes."""
        for place in places:
            if amount := min(paid.unallocated, self.unpaid(place)):
                self.apply(paid, place, amount)

    # --- deeds ---

    def add_invoice(self, owed: Owed, posted: bool, now: str) -> None:
        owed.issued, owed.reference = now, self.numbered("invoice.reference_number")
        self.invoices.append(owed)
        if posted:
            self.post_invoice(len(self.invoices) - 1, now)

    def add_payment(self, paid: Paid, posted: bool, now: str, settles: bool = False) -> None:
        """`settles`: it goes to what it is intended for, whatever its mode."""
        paid.issued, paid.reference = now, self.numbered("payment.reference_number")
        self.payments.append(paid)
        if paid.code is not None:
            self.codes.add(paid.code)
        if posted:
            self.post_payment(paid, now, settles)

    def add_bill(self, account: str, places: list[int]) -> None:
        self.numbered("bill.number")
        self.bills.append((account, places))
        for place in places:
            self.invoices[place].billed = True

    def post_payment(self, paid: Paid, now: str, settles: bool = False) -> None:
        paid.state, paid.posted, paid.number = "POSTED", now, self.numbered("payment.number")
        self.balances[paid.account] -= paid.amount
        if paid.linked is not None:
            self.share(paid, [paid.linked])
        if settles or paid.mode == "automatic":
            for kind, place in paid.intended:
                self.share(paid, self.in_order([place] if kind == "invoice" else self.bills[place][1]))
        if self.fifo and paid.mode == "automatic" and paid.unallocated:
            mine = (place for place, owed in enumerate(self.invoices) if owed.account == paid.account and owed.unpaid)
            self.share(paid, self.in_order(mine))

    def post_invoice(self, invoice: int, now: str) -> None:
        owed = self.invoices[invoice]
        owed.state, owed.posted, owed.number = "POSTED", now, self.numbered("invoice.number")
        owed.due = owed.due or (datetime.fromisoformat(now) + timedelta(days=CREDIT_DAYS)).isoformat()
        self.balances[owed.account] += owed.amount
        credits_ = [paid for paid in self.payments if paid.account == owed.account and paid.mode == "automatic"]
        for paid in sorted((paid for paid in credits_ if paid.unallocated), key=lambda paid: paid.posted):
            self.share(paid, [invoice])

    def cancel_payment(self, paid: Paid) -> None:
        self._cancelled("payment")
        self.release(paid, paid.applied)
        paid.state = "CANCELLED"
        self.balances[paid.account] += paid.amount

    def cancel_invoice(self, invoice: int) -> None:
        self._cancelled("invoice")
        owed = self.invoices[invoice]
        for paid in self.payments if owed.paid else ():
            self.release(paid, {invoice} & paid.applied.keys())
        owed.state = "CANCELLED"
        self.balances[owed.account] -= owed.amount

    def _cancelled(self, kind: str) -> None:
        for series in ("number", "reference_number"):
            self.numbered(f"{kind}_cancellation.{series}")

    def update(self, paid: Paid, account: str, amount: int, intended: list[Target]) -> None:
        paid.account, paid.amount = account, amount
        paid.intended = sorted(dict.fromkeys(intended), key=lambda target: target[0] == "bill")

    def apply_lines(self, paid: Paid, lines: Iterable[tuple[int, int]]) -> None:
        paid.mode = "explicit"
        for place, amount in lines:
            self.apply(paid, place, amount)

    def link(self, paid: Paid, invoice: int) -> None:
        paid.linked, paid.mode = invoice, "explicit"
        self.share(paid, [invoice])

    def unlink(self, paid: Paid) -> None:
        self.clear(paid)
        paid.mode = "explicit"

    def clear(self, paid: Paid) -> None:
        """It pays nothing and is intended for nothing."""
        self.release(paid, paid.applied)
        paid.intended, paid.linked = [], None

    def amend(self, paid: Paid, account: str, amount: int, linked: int | None, fills: bool) -> None:
        """`fills`: with another amount, the principal invoice is paid as far as the payment goes."""
        differs = amount != paid.amount
        if differs or account != paid.account:
            self.balances[paid.account] += paid.amount
            self.balances[account] -= amount
        if account != paid.account or linked is not None:
            self.clear(paid)
        too_much = sum(paid.applied.values()) - amount
        for invoice, applied in reversed(list(paid.applied.items())):
            if too_much > 0:
                self.apply(paid, invoice, -min(too_much, applied))
            too_much -= applied
        paid.account, paid.amount = account, amount
        if linked is not None:
            self.link(paid, linked)
        elif fills and differs and paid.principal is not None:
            self.share(paid, [paid.principal])

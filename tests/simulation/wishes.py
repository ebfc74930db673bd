"""What somebody may want of the book as it is: records that fit, mostly young ones, and amounts that make sense, mostly."""

from collections.abc import Callable, Sequence
from itertools import islice
from random import Random
from typing import Any

from tests.books import BOBS, DINARS, EUROS, YEN
from tests.doors import DAY
from tests.model import EXPONENTS, Owed, Paid, major
from tests.simulation.oracle import Oracle
from tests.simulation.shown import BILL, INVOICE, PAYMENT

ACCOUNTS = (EUROS, EUROS, BOBS, YEN, DINARS)
DUES = (None, None, "2024-05-10T00:00:00", "2030-01-01T00:00:00")
ODD = ("0", "-3", "0.005", "9999999999999.99", "7.0001")
YOUNG = 40
"""Most of what is done is done with the youngest records."""
NOBODY = 0
"""The label of no record."""
Said = dict[str, Any]


class Wishes:
    """Wishes by door and verb, each with its weight."""

    def __init__(self, dice: Random, oracle: Oracle) -> None:
        self.dice = dice
        self.oracle = oracle
        self._codes = 0
        self.of: dict[tuple[str, str], tuple[Callable[[], Said], int]] = {
            ("native", "invoice"): (self._new_invoice, 120),
            ("native", "post_invoice"): (lambda: {"invoice": self.invoice("DRAFT")}, 25),
            ("native", "reject_invoice"): (lambda: {"invoice": self.invoice("DRAFT")}, 8),
            ("native", "cancel_invoice"): (lambda: {"invoice": self.invoice()}, 15),
            ("native", "bill"): (self._new_bill, 30),
            ("native", "payment"): (self._new_payment, 110),
            ("native", "post"): (lambda: {"payment": self.payment("DRAFT")}, 40),
            ("native", "reject"): (lambda: {"payment": self.payment("DRAFT")}, 15),
            ("native", "cancel"): (lambda: {"payment": self.payment()}, 20),
            ("native", "update"): (self._update, 40),
            ("native", "pay_invoice"): (self._pay_invoice, 40),
            ("native", "pay_bill"): (self._pay_bill, 30),
            ("native", "apply"): (self._apply, 50),
            ("native", "release"): (self._release, 25),
            ("native", "account"): (self._account_state, 12),
            ("native", "defaults"): (self._defaults, 25),
            ("native", "show"): (lambda: {"payment": self.payment("")}, 30),
            ("native", "show_invoice"): (lambda: {"invoice": self.invoice("")}, 15),
            ("native", "show_bill"): (lambda: {"bill": self.bill()}, 5),
            ("native", "show_account"): (lambda: {"account": self.account()}, 10),
            ("native", "latest"): (lambda: {"account": self.account(), "number": dice.randint(1, 5)}, 5),
            ("waldur", "create"): (self._create, 25),
            ("waldur", "edit"): (self._waldur_edit, 30),
            ("waldur", "delete"): (lambda: {"payment": self.payment()}, 8),
            ("waldur", "link"): (self._link, 30),
            ("waldur", "unlink"): (lambda: {"payment": self.payment()}, 20),
            ("waldur", "paid"): (lambda: {"invoice": self.invoice(owing=True)}, 15),
            ("waldur", "show"): (lambda: {"payment": self.payment()}, 8),
            ("waldur", "show_invoice"): (lambda: {"invoice": self.invoice("")}, 8),
            ("qbench", "create"): (self._create, 25),
            ("qbench", "edit"): (self._qbench_edit, 25),
            ("qbench", "delete"): (lambda: {"payment": self.payment()}, 8),
            ("qbench", "apply"): (self._apply, 40),
            ("qbench", "release"): (self._release_one, 20),
            ("qbench", "show"): (lambda: {"payment": self.payment()}, 10),
            ("qbench", "show_invoice"): (lambda: {"invoice": self.invoice("")}, 5),
            ("productive", "create"): (self._productive_create, 35),
            ("productive", "edit"): (self._productive_edit, 40),
            ("productive", "delete"): (lambda: {"payment": self.payment()}, 8),
            ("productive", "show"): (lambda: {"payment": self.payment()}, 10),
        }

    # --- picking ---

    def _one(self, kind: str, records: Sequence[Any], fits: Callable[[Any], bool]) -> int:
        """The label of a record, mostly of one that fits."""
        labels = self.oracle.state.labels[kind]
        if not labels or self.dice.random() < 0.02:
            return NOBODY
        young = self._young(kind)
        fit = [label for label, place in young if fits(records[place])]
        return self.dice.choice(fit if fit and self.dice.random() < 0.9 else [label for label, _ in young])

    def _young(self, kind: str) -> list[tuple[int, int]]:
        """Labels and places of the youngest records."""
        return list(islice(reversed(self.oracle.state.labels[kind].items()), YOUNG))

    def payment(self, state: str = "POSTED", account: str | None = None, *, free: bool = False, unlinked: bool = False) -> int:
        """`free`: with money on no invoice."""

        def fits(paid: Paid) -> bool:
            is_meant = state in ("", paid.state) and account in (None, paid.account)
            return is_meant and (not free or paid.unallocated > 0) and (not unlinked or paid.principal is None)

        return self._one(PAYMENT, self.oracle.model.payments, fits)

    def invoice(self, state: str = "POSTED", account: str | None = None, *, owing: bool = False) -> int:
        def fits(owed: Owed) -> bool:
            return state in ("", owed.state) and account in (None, owed.account) and (not owing or owed.unpaid > 0)

        return self._one(INVOICE, self.oracle.model.invoices, fits)

    def bill(self, account: str | None = None, *, owing: bool = False) -> int:
        def fits(bill: tuple[str, list[int]]) -> bool:
            return account in (None, bill[0]) and (not owing or any(map(self.oracle.model.unpaid, bill[1])))

        return self._one(BILL, self.oracle.model.bills, fits)

    def account(self) -> str:
        return self.dice.choice(ACCOUNTS)

    def paid(self, label: int) -> Paid | None:
        """The payment behind a label."""
        place = self.oracle.state.labels[PAYMENT].get(label)
        return None if place is None else self.oracle.model.payments[place]

    def owner(self, kind: str, label: int) -> str:
        """The account of the record behind a label."""
        place = self.oracle.state.labels[kind].get(label)
        return self.account() if place is None else self.oracle.model.owner((kind, place))

    def amount(self, account: str) -> str:
        """An amount of the account's currency, mostly."""
        return self.dice.choice(ODD) if self.dice.random() < 0.04 else self.good(account)

    def good(self, account: str) -> str:
        whole = 10 ** EXPONENTS[account]
        units = self.dice.choice((self.dice.randint(1, 60) * whole, self.dice.randint(1, 60 * whole), 1))
        return str(major(account, units))

    def sometimes(self, chance: float) -> bool:
        return self.dice.random() < chance

    # --- native ---

    def _new_invoice(self) -> Said:
        account = self.account()
        return {"account": account, "amount": self.amount(account), "posted": self.sometimes(0.75), "due": self.dice.choice(DUES)}

    def _new_bill(self) -> Said:
        account = self.account()
        return {"account": account, "invoices": [self.invoice(account=account, owing=True) for _ in range(self.dice.randint(1, 3))]}

    def _new_payment(self) -> Said:
        account = self.account()
        said: Said = {"account": account, "amount": self.amount(account), "posted": self.sometimes(0.6)}
        said["invoices"] = self._each_once(self.invoice(account=account, owing=True) for _ in range(self.dice.choice((0, 0, 1, 2))))
        said["bills"] = [self.bill(account)] if self.sometimes(0.1) else []
        if self.sometimes(0.1):
            self._codes += self.sometimes(0.8)
            said["code"] = f"code {self._codes}"
        return said

    def _each_once(self, labels: Any) -> list[int]:
        return list(dict.fromkeys(labels))

    def _update(self) -> Said:
        label = self.payment("DRAFT")
        paid = self.paid(label)
        account = paid.account if paid else EUROS
        said: Said = {"payment": label, "account": self.account() if self.sometimes(0.15) else None, "amount": None}
        if self.sometimes(0.5):
            said["amount"] = self.amount(account)
        if self.sometimes(0.5):
            kind = self.dice.choice((INVOICE, INVOICE, BILL))
            picked = [
                self.invoice(account=account) if kind == INVOICE else self.bill(account) for _ in range(self.dice.randint(1, 2))
            ]
            said |= {"how": self.dice.choice(("replace", "add", "remove")), "kind": kind, "targets": self._each_once(picked)}
        return said

    def _pay_invoice(self) -> Said:
        label = self.invoice(owing=True)
        account = self.owner(INVOICE, label)
        return {"account": account, "invoice": label, "amount": self.good(account) if self.sometimes(0.1) else None}

    def _pay_bill(self) -> Said:
        label = self.bill(owing=True)
        return {"account": self.owner(BILL, label), "bill": label, "amount": None}

    def _apply(self) -> Said:
        first = self.invoice(owing=True)
        account = self.owner(INVOICE, first)
        label = self.payment(account=account, free=True)
        invoices = [first, self.invoice(account=account, owing=True)][: self.dice.choice((1, 1, 2))]
        return {"payment": label, "lines": [[each, self._fitting(self.paid(label), each, account)] for each in invoices]}

    def _fitting(self, paid: Paid | None, invoice: int, account: str) -> str:
        """As much as can be applied, or part of it, or anything."""
        place = self.oracle.state.labels[INVOICE].get(invoice)
        most = 0 if place is None or paid is None else min(paid.unallocated, self.oracle.model.unpaid(place))
        if not most or self.sometimes(0.2):
            return self.amount(account)
        return str(major(account, self.dice.choice((most, self.dice.randint(1, most)))))

    def _release(self) -> Said:
        return self._release_one() if self.sometimes(0.6) else {"payment": self.payment()}

    def _release_one(self) -> Said:
        label = self.payment()
        paid = self.paid(label)
        applied = [its for its, place in self._young(INVOICE) if paid and place in paid.applied]
        return {"payment": label, "invoice": self.dice.choice(applied) if applied and self.sometimes(0.85) else self.invoice()}

    def _account_state(self) -> Said:
        closed = [name for name, state in self.oracle.model.states.items() if state != "ACTIVE"]
        if closed and self.sometimes(0.8):
            return {"account": self.dice.choice(closed), "state": "ACTIVE"}
        return {"account": self.account(), "state": self.dice.choice(("SUSPENDED", "TERMINATED", "TERMINATED"))}

    def _defaults(self) -> Said:
        return {"of": self.dice.choice(("waldur", "productive")), "method": self.dice.choice(("Cash", "Transfer"))}

    # --- the doors that speak REST ---

    def _create(self) -> Said:
        account = self.account()
        return {"account": account, "amount": self.amount(account)}

    def _waldur_edit(self) -> Said:
        label = self.payment()
        account = self._kept_or_not(label)
        said: Said = {"payment": label, "account": account if self.sometimes(0.3) else None, "amount": None}
        return said | ({"amount": self.amount(account)} if self.sometimes(0.8) else {})

    def _kept_or_not(self, label: int) -> str:
        """The payment's account, mostly."""
        paid = self.paid(label)
        return paid.account if paid and self.sometimes(0.7) else self.account()

    def _link(self) -> Said:
        label = self.payment(unlinked=self.sometimes(0.8))
        return {"payment": label, "invoice": self.invoice(account=self._kept_or_not(label))}

    def _qbench_edit(self) -> Said:
        label = self.payment()
        account = self._kept_or_not(label)
        return {"payment": label, "account": account, "amount": self.amount(account)}

    def units(self, account: str) -> int:
        """An amount in minor units."""
        return (
            self.dice.randint(1, 60 * 10 ** EXPONENTS[account]) if self.sometimes(0.95) else self.dice.choice((0, -5, 10**15 - 1))
        )

    def _productive_create(self) -> Said:
        label = self.invoice(owing=self.sometimes(0.7))
        dates = {"written_off_on": DAY} if self.sometimes(0.25) else {"paid_on": DAY}
        return {"invoice": label, "units": self.units(self.owner(INVOICE, label)), "dates": dates}

    def _productive_edit(self) -> Said:
        label = self.payment()
        account = self._kept_or_not(label)
        dates = self.dice.choice(({"written_off_on": DAY}, {"written_off_on": None, "paid_on": DAY})) if self.sometimes(0.2) else {}
        said: Said = {"payment": label, "units": None, "invoice": None, "dates": dates}
        said |= {"units": self.units(account)} if self.sometimes(0.6) else {}
        return said | ({"invoice": self.invoice(account=account)} if self.sometimes(0.4) else {})

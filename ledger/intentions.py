"""What a payment is intended to pay: invoices and bills, in the order given."""

from collections.abc import Sequence
from dataclasses import dataclass

from ledger import checks
from ledger.entry import Entry, Reading
from ledger.errors import EntityNotFound
from ledger.lifecycle import POSTED
from ledger.storage.models import Account, Bill, BillInvoice, Intended, Invoice

INVOICE, BILL = "invoice", "bill"
Target = tuple[str, int]
"""`("invoice", row key)` or `("bill", row key)`."""


@dataclass(frozen=True)
class IntendedChange:
    """A change of one set: `replace` gives it anew ([] clears), `add` and `remove` edit it."""

    replace: Sequence[Invoice | Bill] | None = None
    add: Sequence[Invoice | Bill] = ()
    remove: Sequence[Invoice | Bill] = ()

    def named(self) -> list[Invoice | Bill]:
        """The records that the change puts into the set."""
        return [*(self.replace or ()), *self.add]


KEEP = IntendedChange()


@dataclass(frozen=True)
class Intentions:
    """A change of what a draft is intended to pay; None keeps a set."""

    invoices: IntendedChange | None = None
    bills: IntendedChange | None = None


def target(record: Invoice | Bill) -> Target:
    """How an intended record is noted."""
    return (BILL if isinstance(record, Bill) else INVOICE, record.pk)


def intended(reading: Reading, payment_pk: int) -> list[Target]:
    """What the payment is intended to pay, in order."""
    return [noted(row) for row in reading.rows.find(Intended, order=("position",), payment_pk=payment_pk)]


def noted(row: Intended) -> Target:
    """What a row of the set stands for."""
    return (INVOICE, row.invoice_pk) if row.invoice_pk is not None else (BILL, row.bill_pk or 0)


def first_invoice(targets: Sequence[Target]) -> int | None:
    """The first invoice among what is intended; bills do not count."""
    for kind, pk in targets:
        if kind == INVOICE:
            return pk
    return None


def image(targets: Sequence[Target]) -> list[list[object]]:
    """What is intended, each once, for the audit log."""
    return [list(pair) for pair in dict.fromkeys(targets)]


def invoices_of(reading: Reading, targets: Sequence[Target]) -> list[Invoice]:
    """The posted invoices to be paid first, each once: a bill stands for its own by due date. Settled ones count no more."""
    found: dict[int, Invoice] = {}
    for kind, pk in targets:
        invoices = [reading.rows.get(Invoice, pk)] if kind == INVOICE else bill_invoices(reading, pk)
        found.update((invoice.pk, invoice) for invoice in invoices if invoice.pk not in found)
    return [invoice for invoice in found.values() if invoice.life_cycle_state == POSTED]


def bill_invoices(reading: Reading, bill_pk: int) -> list[Invoice]:
    """A bill's invoices that still count (POSTED), by due date, posting and age."""
    links = reading.rows.find(BillInvoice, bill_pk=bill_pk)
    invoices = reading.rows.among(Invoice, "pk", (link.invoice_pk for link in links))
    return sorted((i for i in invoices if i.life_cycle_state == POSTED), key=lambda i: (i.due_on, i.posted_on, i.pk))


def store(entry: Entry, payment_pk: int, targets: Sequence[Target]) -> None:
    """Write what a payment is intended to pay, in place of what was there."""
    entry.rows.remove(Intended, payment_pk=payment_pk)
    add(entry, payment_pk, targets)


def add(entry: Entry, payment_pk: int, targets: Sequence[Target]) -> None:
    """Write what a new payment is intended to pay."""
    for position, (kind, pk) in enumerate(dict.fromkeys(targets)):
        column = "invoice_pk" if kind == INVOICE else "bill_pk"
        entry.rows.insert(Intended, {"payment_pk": payment_pk, "position": position, column: pk})


def of_account(account: Account, invoices: Sequence[Invoice | Bill], bills: Sequence[Invoice | Bill]) -> list[Target]:
    """What to note for these invoices and bills, which have to be the account's."""
    for number, invoice in enumerate(invoices):
        checks.same_account(account, invoice, "invoice", f"invoices[{number}]")
    for number, bill in enumerate(bills):
        checks.same_account(account, bill, "bill", f"bills[{number}]")
    return [target(record) for record in (*invoices, *bills)]


def edited(kept: Sequence[Target], change: Intentions) -> list[Target]:
    """The new order after a change: invoices before bills, what is added last."""
    invoices = _edited_set(INVOICE, kept, change.invoices or KEEP)
    bills = _edited_set(BILL, kept, change.bills or KEEP)
    return [*invoices, *bills]


def _edited_set(kind: str, kept: Sequence[Target], change: IntendedChange) -> list[Target]:
    old = [pair for pair in kept if pair[0] == kind] if change.replace is None else [target(record) for record in change.replace]
    targets = dict.fromkeys([*old, *(target(record) for record in change.add)])
    for record in change.remove:
        if target(record) not in targets:
            raise EntityNotFound(f"{kind} {record.number} is not in the set to pay", f"{kind}s")
        del targets[target(record)]
    return list(targets)

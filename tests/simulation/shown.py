"""What each door is to answer of a record, as the model has it: the members that are about money, states and numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests.model import EXPONENTS, Model, Owed, Paid, major

Members = dict[str, Any]
PAYMENT, INVOICE, BILL = "payment", "invoice", "bill"
NIL = "0" * 32
"""Waldur's invoice of a payment that has none."""


@dataclass(frozen=True)
class Ref:
    """The id of a record, by its place in the model, in one of its forms: `id`, `uuid`, `pk`, `text` (the row key as one)."""

    kind: str
    place: int
    form: str = "id"


def _written(number: int | None, prefix: str = "", padding: int = 0) -> str | None:
    return None if number is None else f"{prefix}{number:0{padding}d}"


# --- native ---


def payment(model: Model, place: int) -> Members:
    """A payment's short form."""
    paid = model.payments[place]
    return {
        "id": Ref(PAYMENT, place),
        "number": _written(paid.number),
        "reference_number": str(paid.reference),
        "life_cycle_state": paid.state,
        "issued_on": paid.issued,
        "posted_on": paid.posted or None,
        "payment_amount": major(paid.account, paid.amount),
    }


def payment_applied(model: Model, place: int) -> Members:
    """The same with where its money is."""
    paid = model.payments[place]
    return payment(model, place) | {
        "unallocated_amount": major(paid.account, paid.unallocated),
        "allocations": [
            {"invoice": {"id": Ref(INVOICE, key)}, "amount": major(paid.account, amount)} for key, amount in paid.applied.items()
        ],
    }


def payment_whole(model: Model, place: int) -> Members:
    """A payment as it is shown."""
    paid = model.payments[place]
    return payment_applied(model, place) | {
        "accounts_receivable": {"name": paid.account},
        "principal_invoice": None if paid.principal is None else {"id": Ref(INVOICE, paid.principal)},
        "invoices_to_pay_set": [{"id": Ref(INVOICE, key)} for kind, key in paid.intended if kind == INVOICE],
        "bills_to_pay_set": [{"id": Ref(BILL, key)} for kind, key in paid.intended if kind == BILL],
        "back_office_code": paid.code,
        "payment_method": {"name": paid.method},
    }


def invoice(model: Model, place: int, now: str) -> Members:
    """An invoice's short form."""
    owed = model.invoices[place]
    return {
        "id": Ref(INVOICE, place),
        "number": _written(owed.number, "I", 8),
        "reference_number": str(owed.reference),
        "life_cycle_state": owed.state,
        "issued_on": owed.issued,
        "posted_on": owed.posted or None,
        "due_on": owed.due,
        "total_amount": major(owed.account, owed.amount),
        "outstanding_amount": major(owed.account, _overdue([owed], now)),
        "unsettled_amount": major(owed.account, owed.unpaid),
    }


def _overdue(owed: Sequence[Owed], now: str) -> int:
    return sum(each.unpaid for each in owed if each.due is not None and each.due < now)


def bill(model: Model, place: int) -> Members:
    """A bill's short form."""
    account, places = model.bills[place]
    counting = [model.invoices[each] for each in places if model.posted(each)]
    total, unpaid = sum(each.amount for each in counting), sum(each.unpaid for each in counting)
    return {
        "id": Ref(BILL, place),
        "number": str(place + 1),
        "total_billed_amount": major(account, total),
        "total_amount_to_be_paid": major(account, unpaid),
        "bill_status": "SETTLED" if not unpaid else "PARTIALLY_SETTLED" if unpaid < total else "UNSETTLED",
    }


def bill_whole(model: Model, place: int, now: str) -> Members:
    """A bill as it is shown."""
    short, (account, places) = bill(model, place), model.bills[place]
    counting = [model.invoices[each] for each in places if model.posted(each)]
    return {
        **{name: value for name, value in short.items() if name != "bill_status"},
        "status": short["bill_status"],
        "unsettled_amount": short["total_amount_to_be_paid"],
        "outstanding_amount": major(account, _overdue(counting, now)),
        "number_of_invoices": len(counting),
    }


def account(model: Model, name: str, now: str) -> Members:
    """What is owed on an account."""
    owed = [each for each in model.invoices if each.account == name]
    unpaid, free = sum(each.unpaid for each in owed), sum(each.unallocated for each in model.payments if each.account == name)
    return {
        "name": name,
        "life_cycle_state": model.states[name],
        "balance": major(name, model.balances[name]),
        "outstanding_amount": major(name, _overdue(owed, now)),
        "unsettled_amount": major(name, unpaid),
        "unallocated_amount": major(name, free),
    }


def latest(model: Model, name: str, number: int) -> list[Members]:
    """The newest payments of an account."""
    own = [(each.issued, place) for place, each in enumerate(model.payments) if each.account == name]
    return [{"id": Ref(PAYMENT, place)} for _, place in sorted(own, reverse=True)[:number]]


def cancelled(model: Model, kind: str, place: int, now: str) -> Members:
    """A new cancellation with what it cancelled."""
    last, prefix = model.series, {PAYMENT: ("", 0), INVOICE: ("IC", 8)}[kind]
    whole = payment(model, place) if kind == PAYMENT else invoice(model, place, now)
    amount = "payment_amount" if kind == PAYMENT else "total_amount"
    return {
        "number": _written(last[f"{kind}_cancellation.number"], *prefix),
        "reference_number": str(last[f"{kind}_cancellation.reference_number"]),
        "life_cycle_state": "POSTED",
        amount: whole[amount],
        kind: whole,
    }


# --- the doors that speak REST ---


def waldur_payment(model: Model, place: int) -> Members:
    paid = model.payments[place]
    return {
        "uuid": Ref(PAYMENT, place, "uuid"),
        "sum": f"{major(paid.account, paid.amount):.{max(2, EXPONENTS[paid.account])}f}",
        "invoice_uuid": NIL if paid.principal is None else Ref(INVOICE, paid.principal, "uuid"),
    }


def waldur_invoice(model: Model, place: int) -> Members:
    owed = model.invoices[place]
    states = {"DRAFT": "pending", "REJECTED": "canceled", "CANCELLED": "canceled", "POSTED": "created" if owed.unpaid else "paid"}
    return {
        "uuid": Ref(INVOICE, place, "uuid"),
        "number": _written(owed.number, "I", 8) or str(owed.reference),
        "total": f"{major(owed.account, owed.amount):.10f}",
        "state": states[owed.state],
    }


def qbench_payment(model: Model, place: int) -> Members:
    paid = model.payments[place]
    return {
        "id": Ref(PAYMENT, place, "pk"),
        "amount": major(paid.account, paid.amount),
        "unapplied_amount": major(paid.account, paid.unallocated),
        "payment_type": paid.method,
        "invoice_payments": [
            {"invoice_id": Ref(INVOICE, key, "pk"), "applied_amount": major(paid.account, amount)}
            for key, amount in reversed(paid.applied.items())
        ],
    }


def qbench_invoice(model: Model, place: int) -> Members:
    owed = model.invoices[place]
    return {
        "id": Ref(INVOICE, place, "pk"),
        "status": owed.state,
        "paid": owed.state == "POSTED" and not owed.unpaid,
        "total": major(owed.account, owed.amount),
    }


def productive_payment(model: Model, place: int) -> Members:
    paid = model.payments[place]
    related = None if paid.principal is None else {"id": Ref(INVOICE, paid.principal, "text")}
    return {
        "data": {
            "id": Ref(PAYMENT, place, "text"),
            "attributes": {"amount": Decimal(paid.amount)},
            "relationships": {"invoice": {"data": related}},
        }
    }


def is_seen(door: str, paid: Paid) -> bool:
    """Whether the payment exists at a door."""
    if door == "native":
        return True
    return paid.state == "POSTED" and (door == "productive" or not paid.writes_off)

"""Conditions on posted payments in the ledger's words, and what they mean in SQL."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import and_, or_
from typing import Any

from peewee import SQL, Case, fn

from ledger.days import DAY
from ledger.storage.models import Account, Invoice, Payment, PaymentProfile


@dataclass(frozen=True, slots=True)
class Match:
    """A field compared with values: one of them has to fit (`eq`, `contains`, `gt`, `gt_eq`, `lt`, `lt_eq`), or none may (`not_eq`,
    `not_contain`; what has no value fits neither). Keys contain only themselves; texts are searched in any case."""

    field: str
    op: str
    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Parts of which any has to hold, or all."""

    any: bool
    parts: "tuple[Match | Group, ...]"


Part = Match | Group

Values = tuple[Any, ...]
Meaning = Callable[[str, Values], Any]
"""From one of the `POSITIVE` operations and its values to a condition that is true or false, never null."""

POSITIVE = frozenset({"eq", "contains", "gt", "gt_eq", "lt", "lt_eq"})
NEGATIVE: Mapping[str, str] = {"not_eq": "eq", "not_contain": "contains"}

ALWAYS, NEVER = Payment.pk.is_null(False), Payment.pk.is_null()

received_on = Case(None, [(Payment.unreceived.is_null(), Payment.received_on)], None)
"""When a payment was received; null where a write-off has no date of payment."""


def day_of(moment: Any) -> Any:
    """The day of a moment."""
    # Written out: a server sees no parameter twice as the same expression, in what is selected and what it is grouped by.
    return fn.SUBSTR(moment, SQL("1"), SQL(str(DAY)))


def condition(part: Part) -> Any:
    """The condition that a part of a filter stands for; a KeyError for words that are not known."""
    if isinstance(part, Group):
        made = [condition(each) for each in part.parts]
        return _joined(or_, made, NEVER) if part.any else _joined(and_, made, ALWAYS)
    meaning = FIELDS[part.field]
    if part.op in POSITIVE:
        return meaning(part.op, part.values)
    return ~meaning(NEGATIVE[part.op], part.values)


def _there(column: Any, found: Any) -> Any:
    """A condition on a column that is false, not null, where there is no value."""
    return column.is_null(False) & found


def _compared(column: Any, op: str, value: Any) -> Any:
    return {"gt": column > value, "gt_eq": column >= value, "lt": column < value, "lt_eq": column <= value}[op]


def _any(conditions: Sequence[Any]) -> Any:
    return _joined(or_, conditions, NEVER)


def _joined(join: Callable[[Any, Any], Any], conditions: Sequence[Any], empty: Any) -> Any:
    """Conditions joined in pairs, and pairs of these: an engine reads only so many brackets within one another."""
    joined = list(conditions) or [empty]
    while len(joined) > 1:
        left = joined[-1:] if len(joined) % 2 else []
        joined = [join(one, other) for one, other in zip(joined[::2], joined[1::2], strict=False)] + left
    return joined[0]


def _key(column: Any) -> Meaning:
    """Row keys and amounts: numbers."""

    def meaning(op: str, values: Values) -> Any:
        if op in ("eq", "contains"):
            return _there(column, column.in_(list(values)))
        return _there(column, _any([_compared(column, op, value) for value in values]))

    return meaning


def _text(column: Any) -> Meaning:
    def meaning(op: str, values: Values) -> Any:
        if op == "eq":
            return _there(column, column.in_(list(values)))
        if op == "contains":
            return _there(column, _any([_holds(column, value) for value in values]))
        return _there(column, _any([_compared(column, op, value) for value in values]))

    return meaning


def _holds(column: Any, text: str) -> Any:
    return column.contains(text)


def _day(column: Any, there: Any) -> Meaning:
    """Moments compared by their days; `there` says where the column counts."""

    def meaning(op: str, values: Values) -> Any:
        return there & _any([_on_day(column, op, day) for day in values])

    return meaning


def _on_day(column: Any, op: str, day: str) -> Any:
    first, last = f"{day}T00:00:00", f"{day}T23:59:59"
    if op in ("eq", "contains"):
        return (column >= first) & (column <= last)
    return _compared(column, op, last if op in ("gt", "lt_eq") else first)


def _accounts(column: Any) -> Meaning:
    """A field of the payment's account."""

    def meaning(op: str, values: Values) -> Any:
        return Payment.account.in_(Account.select(Account.pk).where(_key(column)(op, values)))

    return meaning


def _principals(column: Any) -> Meaning:
    """A field of the payment's principal invoice."""

    def meaning(op: str, values: Values) -> Any:
        found = Payment.principal_invoice.in_(Invoice.select(Invoice.pk).where(_key(column)(op, values)))
        return _there(Payment.principal_invoice, found)

    return meaning


def _profile(op: str, values: Values) -> Any:
    """The payment's own profile, else the active one of its account."""
    own = _key(Payment.profile)(op, values)
    shown = PaymentProfile.select(PaymentProfile.account).where(PaymentProfile.active & _key(PaymentProfile.pk)(op, values))
    return own | (Payment.profile.is_null() & Payment.account.in_(shown))


def _anywhere(op: str, values: Values) -> Any:
    """Text in what a payment says or in the number of its principal invoice."""
    columns = (Payment.number, Payment.notes, Payment.back_office_code)
    numbered = Invoice.select(Invoice.pk).where(_text(Invoice.number)(op, values))
    in_invoice = _there(Payment.principal_invoice, Payment.principal_invoice.in_(numbered))
    return _any([*(_text(column)(op, values) for column in columns), in_invoice])


FIELDS: Mapping[str, Meaning] = {
    "pk": _key(Payment.pk),
    "account": _key(Payment.account),
    "profile": _profile,
    "invoice": _key(Payment.principal_invoice),
    "customer": _accounts(Account.customer),
    "project": _principals(Invoice.project),
    "subsidiary": _principals(Invoice.subsidiary),
    "received_on": _day(Payment.received_on, Payment.unreceived.is_null()),
    "written_off_on": _day(Payment.written_off_on, Payment.written_off_on.is_null(False)),
    "number": _text(Payment.number),
    "back_office_code": _text(Payment.back_office_code),
    "notes": _text(Payment.notes),
    "amount": _key(Payment.amount),
    "text": _anywhere,
}
"""What payments can be filtered by."""

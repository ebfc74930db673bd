"""The posted payments and write-offs as the doors that show nothing else list them: filtered, ordered, counted, summed up.

Days are `YYYY-MM-DD`, amounts minor units. Owners see what is on their customers' accounts. A field, an operation or a word of
order that is not known here is a KeyError: doors have tables of their own.
"""

from collections.abc import Mapping
from functools import reduce
from operator import and_
from typing import Any, NamedTuple

from peewee import JOIN, SQL, fn

from ledger.entry import Reading
from ledger.lifecycle import POSTED
from ledger.queries.conditions import Group, Match, Part, condition, day_of, received_on
from ledger.queries.matching import own_accounts
from ledger.queries.ordering import OLDEST_FIRST, Counted, Order, counted, ordering
from ledger.storage.models import Account, Customer, Invoice, Payment, Project

__all__ = ["Amounts", "Counted", "Group", "Match", "Order", "Part", "posted", "posted_amounts", "posted_total"]


class Amounts(NamedTuple):
    """How many payments of one amount there are, in one currency, on one day (of payment, else of writing off), with one rate of
    their principal invoice (ten-billionths, None without one)."""

    rate: int | None
    currency_pk: int
    day: str
    amount: int
    number: int


def posted(
    reading: Reading,
    where: Part | None = None,
    order: Order = OLDEST_FIRST,
    *,
    limit: int,
    offset: int = 0,
    write_offs: bool,
) -> Counted[Payment]:
    """A page of the payments, with the write-offs or without them."""
    wanted = _wanted(reading, where, write_offs=write_offs)
    keys = _joined(Payment.select(Payment.pk), {word for word, _ in order}).where(wanted).order_by(*ordering(_WORDS, order))
    return counted(reading, Payment, wanted, keys, limit, offset)


def posted_total(reading: Reading, where: Part | None = None, *, write_offs: bool) -> list[tuple[int, int]]:
    """The sum of the payments of each currency: its row key and the sum in its minor units."""
    query = Payment.select(Account.currency, fn.SUM(Payment.amount)).join(Account, on=(Payment.account == Account.pk))
    query = query.where(_wanted(reading, where, write_offs=write_offs)).group_by(Account.currency).order_by(Account.currency)
    return [(currency, int(total)) for currency, total in reading.rows.tuples(query)]


def posted_amounts(reading: Reading, where: Part | None = None, *, write_offs: bool) -> list[Amounts]:
    """The payments by all that their worth in another currency depends on; each amount is to be converted by itself."""
    parts = (Invoice.exchange_rate, Account.currency, day_of(Payment.received_on), Payment.amount)
    query = Payment.select(*parts, fn.COUNT(Payment.pk)).join(Account, on=(Payment.account == Account.pk))
    query = query.switch(Payment).join(Invoice, JOIN.LEFT_OUTER, on=(Payment.principal_invoice == Invoice.pk))
    query = query.where(_wanted(reading, where, write_offs=write_offs)).group_by(*parts)
    return [Amounts(*row) for row in reading.rows.tuples(query)]


def _wanted(reading: Reading, where: Part | None, *, write_offs: bool) -> Any:
    # Written out, as the index of the posted payments is only used where the state is no parameter.
    parts = [Payment.life_cycle_state == SQL(f"'{POSTED}'")]
    if not write_offs:
        parts.append(Payment.written_off_on.is_null())
    own = reading.owner_customers
    if own is not None:
        parts.append(Payment.account.in_(own_accounts(own)))
    if where is not None:
        parts.append(condition(where))
    return reduce(and_, parts)


_WORDS: Mapping[str, Any] = {
    "pk": Payment.pk,
    "amount": Payment.amount,
    "received_on": received_on,
    "written_off_on": Payment.written_off_on,
    "notes": Payment.notes,
    "issued_on": Payment.issued_on,
    "invoice_number": Invoice.number,
    "customer_name": Customer.name,
    "project_name": Project.name,
}
_OF_THE_INVOICE = frozenset({"invoice_number", "project_name"})


def _joined(query: Any, words: set[str]) -> Any:
    if _OF_THE_INVOICE & words:
        query = query.join(Invoice, JOIN.LEFT_OUTER, on=(Payment.principal_invoice == Invoice.pk))
    if "project_name" in words:
        query = query.join(Project, JOIN.LEFT_OUTER, on=(Invoice.project == Project.pk))
    if "customer_name" in words:
        query = query.switch(Payment).join(Account, on=(Payment.account == Account.pk))
        query = query.join(Customer, on=(Account.customer == Customer.pk))
    return query

"""Pages of what belongs to payments, each with the number of all rows: invoices, accounts, customers, payment profiles.

A filter that is None filters nothing; a row key that no row has leaves nothing. Owners see what belongs to their customers.
"""

from collections.abc import Collection, Mapping
from functools import reduce
from operator import and_
from typing import Any, TypeVar

from ledger.entry import Reading
from ledger.lifecycle import POSTED
from ledger.queries.matching import own_accounts
from ledger.queries.ordering import OLDEST_FIRST, Counted, Order, counted, ordering
from ledger.storage.columns import Table
from ledger.storage.models import Account, Customer, Invoice, PaymentProfile

T = TypeVar("T", bound=Table)

_INVOICE_WORDS: Mapping[str, Any] = {
    "pk": Invoice.pk,
    "number": Invoice.number,
    "created": Invoice.issued_on,
    "due_on": Invoice.due_on,
    "total": Invoice.total_amount,
}
_ACCOUNT_WORDS: Mapping[str, Any] = {
    "pk": Account.pk,
    "number": Account.number,
    "name": Account.name,
    "created": Account.created_on,
}
_CUSTOMER_WORDS: Mapping[str, Any] = {
    "pk": Customer.pk,
    "number": Customer.number,
    "name": Customer.name,
    "created": Customer.created_on,
}
_PROFILE_WORDS: Mapping[str, Any] = {
    "pk": PaymentProfile.pk,
    "name": PaymentProfile.name,
    "created": PaymentProfile.created_on,
    "payment_type": PaymentProfile.payment_type,
    "active": PaymentProfile.active,
}


def counted_invoices(
    reading: Reading,
    *,
    customer: int | None = None,
    account: int | None = None,
    states: Collection[str] | None = None,
    paid: bool | None = None,
    project: int | None = None,
    subsidiary: int | None = None,
    order: Order = OLDEST_FIRST,
    limit: int,
    offset: int = 0,
) -> Counted[Invoice]:
    """Invoices in one of these states; `paid`: whether the posted ones among them have nothing unpaid."""
    posted = Invoice.life_cycle_state == POSTED
    wanted = [
        *_equal(Invoice.account, account),
        *_equal(Invoice.project, project),
        *_equal(Invoice.subsidiary, subsidiary),
        *_of_customers(reading, Invoice.account, customer),
        *([] if states is None else [Invoice.life_cycle_state.in_(sorted(states))]),
        *([] if paid is None else [~posted | (Invoice.unpaid == 0 if paid else Invoice.unpaid > 0)]),
    ]
    return _counted(reading, Invoice, wanted, _INVOICE_WORDS, order, limit, offset)


def counted_accounts(
    reading: Reading, *, customer: int | None = None, order: Order = OLDEST_FIRST, limit: int, offset: int = 0
) -> Counted[Account]:
    """Accounts receivable."""
    own = reading.owner_customers
    wanted = [*_equal(Account.customer, customer), *([] if own is None else [Account.customer.in_(list(own))])]
    return _counted(reading, Account, wanted, _ACCOUNT_WORDS, order, limit, offset)


def counted_customers(
    reading: Reading,
    *,
    name: str | None = None,
    query: str | None = None,
    order: Order = OLDEST_FIRST,
    limit: int,
    offset: int = 0,
) -> Counted[Customer]:
    """Customers whose name holds a text, in any case; `query` may also be in their number, email or back office code."""
    own = reading.owner_customers
    searched = (Customer.name, Customer.number, Customer.email, Customer.back_office_code)
    wanted = [
        *([] if own is None else [Customer.pk.in_(list(own))]),
        *([] if name is None else [Customer.name.contains(name)]),
        *([] if query is None else [_in_any(searched, query)]),
    ]
    return _counted(reading, Customer, wanted, _CUSTOMER_WORDS, order, limit, offset)


def counted_profiles(
    reading: Reading,
    *,
    customer: int | None = None,
    account: int | None = None,
    payment_type: str | None = None,
    active: bool | None = None,
    order: Order = OLDEST_FIRST,
    limit: int,
    offset: int = 0,
) -> Counted[PaymentProfile]:
    """Payment profiles."""
    wanted = [
        *_equal(PaymentProfile.account, account),
        *_of_customers(reading, PaymentProfile.account, customer),
        *([] if payment_type is None else [PaymentProfile.payment_type == payment_type]),
        *([] if active is None else [PaymentProfile.active.is_null(not active)]),
    ]
    return _counted(reading, PaymentProfile, wanted, _PROFILE_WORDS, order, limit, offset)


def _equal(column: Any, pk: int | None) -> list[Any]:
    return [] if pk is None else [column == pk]


def _of_customers(reading: Reading, account: Any, customer: int | None) -> list[Any]:
    """Conditions on the account of a row: of this customer, and of those whom the caller may see."""
    own = reading.owner_customers
    return [
        *([] if own is None else [account.in_(own_accounts(own))]),
        *([] if customer is None else [account.in_(own_accounts(frozenset({customer})))]),
    ]


def _in_any(columns: tuple[Any, ...], text: str) -> Any:
    found = columns[0].contains(text)
    for column in columns[1:]:
        found |= column.is_null(False) & column.contains(text)
    return found


def _counted(
    reading: Reading, model: type[T], wanted: list[Any], words: Mapping[str, Any], order: Order, limit: int, offset: int
) -> Counted[T]:
    condition = reduce(and_, wanted, model.pk.is_null(False))
    keys = model.select(model.pk).where(condition).order_by(*ordering(words, order))
    return counted(reading, model, condition, keys, limit, offset)

"""The lists of records, with their filters; owners see their customers' alone. Bounds are inclusive UTC texts, newest first."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from ledger.entry import Reading
from ledger.lifecycle import POSTED
from ledger.queries.matching import equal, own_accounts, paying, within, worth
from ledger.queries.paging import Cursor, Page, Paging, page
from ledger.storage.columns import Table
from ledger.storage.models import (
    Account,
    AuditEntry,
    Bill,
    Category,
    Currency,
    Customer,
    Invoice,
    Payment,
    PaymentCancellation,
    PaymentMethod,
    PaymentProfile,
    TransactionType,
    Unit,
    User,
)

T = TypeVar("T", bound=Table)

BY_ISSUE = ("issued_on", "pk")
BY_AGE = ("pk",)


@dataclass(frozen=True, slots=True)
class PaymentFilters:
    """`amount` counts in each account's own currency; `invoice`: payments intended for it or paying it."""

    account: Account | None = None
    type: TransactionType | None = None
    category: Category | None = None
    method: PaymentMethod | None = None
    state: str | None = None
    received_from: str | None = None
    received_to: str | None = None
    issued_from: str | None = None
    issued_to: str | None = None
    amount: Decimal | None = None
    invoice: Invoice | None = None


@dataclass(frozen=True, slots=True)
class InvoiceFilters:
    """`unpaid`: whether something is owed on the invoice."""

    account: Account | None = None
    type: TransactionType | None = None
    category: Category | None = None
    state: str | None = None
    issued_from: str | None = None
    issued_to: str | None = None
    due_from: str | None = None
    due_to: str | None = None
    unpaid: bool | None = None


@dataclass(frozen=True, slots=True)
class BillFilters:
    account: Account | None = None
    issued_from: str | None = None
    issued_to: str | None = None


@dataclass(frozen=True, slots=True)
class CancellationFilters:
    account: Account | None = None
    type: TransactionType | None = None
    category: Category | None = None
    issued_from: str | None = None
    issued_to: str | None = None
    payment: Payment | None = None


@dataclass(frozen=True, slots=True)
class AccountFilters:
    customer: Customer | None = None
    state: str | None = None
    currency: Currency | None = None


@dataclass(frozen=True, slots=True)
class ProfileFilters:
    account: Account | None = None
    active: bool | None = None


@dataclass(frozen=True, slots=True)
class CustomerFilters:
    """Customers are not filtered yet."""


@dataclass(frozen=True, slots=True)
class UserFilters:
    role: str | None = None
    active: bool | None = None


@dataclass(frozen=True, slots=True)
class UnitFilters:
    """Units are not filtered yet."""


@dataclass(frozen=True, slots=True)
class AuditFilters:
    record_id: str | None = None
    username: str | None = None
    at_from: str | None = None
    at_to: str | None = None


def payments(reading: Reading, filters: PaymentFilters, paging: Paging, cursor: Cursor | None = None) -> Page[Payment]:
    """Payments, newest first."""
    conditions = [
        *_documents(Payment, filters.account, filters.issued_from, filters.issued_to),
        *equal(Payment.type, filters.type),
        *equal(Payment.category, filters.category),
        *equal(Payment.method, filters.method),
        *within(Payment.received_on, filters.received_from, filters.received_to),
        *([Payment.life_cycle_state == filters.state] if filters.state else []),
        *([worth(reading, filters.amount)] if filters.amount is not None else []),
        *([paying(filters.invoice)] if filters.invoice else []),
    ]
    return _page(reading, Payment, conditions, paging, cursor)


def invoices(reading: Reading, filters: InvoiceFilters, paging: Paging, cursor: Cursor | None = None) -> Page[Invoice]:
    """Invoices, newest first."""
    owed = (Invoice.life_cycle_state == POSTED) & (Invoice.unpaid > 0)
    conditions = [
        *_documents(Invoice, filters.account, filters.issued_from, filters.issued_to),
        *equal(Invoice.type, filters.type),
        *equal(Invoice.category, filters.category),
        *within(Invoice.due_on, filters.due_from, filters.due_to),
        *([Invoice.life_cycle_state == filters.state] if filters.state else []),
        *([] if filters.unpaid is None else [owed if filters.unpaid else ~owed]),
    ]
    return _page(reading, Invoice, conditions, paging, cursor)


def bills(reading: Reading, filters: BillFilters, paging: Paging, cursor: Cursor | None = None) -> Page[Bill]:
    """Bills, newest first."""
    conditions = _documents(Bill, filters.account, filters.issued_from, filters.issued_to)
    return _page(reading, Bill, conditions, paging, cursor)


def cancellations(
    reading: Reading, filters: CancellationFilters, paging: Paging, cursor: Cursor | None = None
) -> Page[PaymentCancellation]:
    """Payment cancellations, newest first."""
    conditions = [
        *_documents(PaymentCancellation, filters.account, filters.issued_from, filters.issued_to),
        *equal(PaymentCancellation.type, filters.type),
        *equal(PaymentCancellation.category, filters.category),
        *equal(PaymentCancellation.payment, filters.payment),
    ]
    return _page(reading, PaymentCancellation, conditions, paging, cursor)


def accounts(reading: Reading, filters: AccountFilters, paging: Paging, cursor: Cursor | None = None) -> Page[Account]:
    """Accounts receivable, newest first."""
    own = reading.owner_customers
    conditions = [
        *equal(Account.customer, filters.customer),
        *equal(Account.currency, filters.currency),
        *([Account.life_cycle_state == filters.state] if filters.state else []),
    ]
    scope = [] if own is None else [Account.customer.in_(list(own))]
    return page(reading, Account, conditions, BY_AGE, paging, cursor, scope)


def profiles(reading: Reading, filters: ProfileFilters, paging: Paging, cursor: Cursor | None = None) -> Page[PaymentProfile]:
    """Payment profiles, newest first."""
    own = reading.owner_customers
    conditions = [
        *equal(PaymentProfile.account, filters.account),
        *([] if filters.active is None else [PaymentProfile.active.is_null(not filters.active)]),
    ]
    scope = [] if own is None else [PaymentProfile.account.in_(own_accounts(own))]
    return page(reading, PaymentProfile, conditions, BY_AGE, paging, cursor, scope)


def customers(reading: Reading, filters: CustomerFilters, paging: Paging, cursor: Cursor | None = None) -> Page[Customer]:
    """Customers, newest first."""
    own = reading.owner_customers
    scope = [] if own is None else [Customer.pk.in_(list(own))]
    return page(reading, Customer, [], BY_AGE, paging, cursor, scope)


def users(reading: Reading, filters: UserFilters, paging: Paging, cursor: Cursor | None = None) -> Page[User]:
    """Users, newest first."""
    role = [User.role == filters.role] if filters.role else []
    active = [] if filters.active is None else [User.active == filters.active]
    return page(reading, User, [*role, *active], BY_AGE, paging, cursor)


def units(reading: Reading, filters: UnitFilters, paging: Paging, cursor: Cursor | None = None) -> Page[Unit]:
    """Organisational units, newest first."""
    return page(reading, Unit, [], BY_AGE, paging, cursor)


def audit(reading: Reading, filters: AuditFilters, paging: Paging, cursor: Cursor | None = None) -> Page[AuditEntry]:
    """The audit log, newest first; `after` is a row key."""
    conditions = [
        *([AuditEntry.record_id == filters.record_id] if filters.record_id else []),
        *([AuditEntry.actor == filters.username] if filters.username else []),
        *within(AuditEntry.at, filters.at_from, filters.at_to),
    ]
    return page(reading, AuditEntry, conditions, BY_AGE, paging, cursor)


def _documents(model: Any, account: Account | None, issued_from: str | None, issued_to: str | None) -> list[Any]:
    return [*equal(model.account, account), *within(model.issued_on, issued_from, issued_to)]


def _page(reading: Reading, model: type[T], conditions: list[Any], paging: Paging, cursor: Cursor | None) -> Page[T]:
    own = reading.owner_customers
    account = model._meta.columns["account_pk"]
    scope = [] if own is None else [account.in_(own_accounts(own))]
    return page(reading, model, conditions, BY_ISSUE, paging, cursor, scope)

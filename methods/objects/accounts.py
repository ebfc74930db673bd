"""Customers, their accounts receivable, and how these pay, as they are answered."""

from typing import Any

from methods.objects.configuration import CurrencyShape
from methods.objects.people import CustomerShort, LogInformation
from methods.shape import Date, Id, Number, Shape


class AccountShort(Shape):
    """An account where another object refers to it."""

    id: Id
    number: str
    name: str
    life_cycle_state: str
    account_owner: CustomerShort


class AccountOfCustomer(Shape):
    id: Id
    number: str
    name: str
    life_cycle_state: str
    currency: CurrencyShape


class CustomerComplete(Shape):
    id: Id
    number: str
    name: str
    email: str | None
    notes: str | None
    back_office_code: str | None
    accounts_receivable_set: list[AccountOfCustomer]
    log_information: LogInformation


class AccountComplete(Shape):
    """An account. `balance` is what was booked: unsettled_amount less unallocated_amount; outstanding_amount is what is overdue."""

    id: Id
    number: str
    name: str
    life_cycle_state: str
    balance: Number
    outstanding_amount: Number
    unsettled_amount: Number
    unallocated_amount: Number
    credit_period: int
    notes: str | None
    address: str | None
    phone: str | None
    fax: str | None
    tags: list[str]
    currency: CurrencyShape
    account_owner: CustomerShort
    log_information: LogInformation


class ProfileShort(Shape):
    """A payment profile where another object refers to it."""

    id: Id
    name: str
    payment_type: str
    active: bool


class ProfileComplete(ProfileShort):
    """How an account pays; one of its profiles at most is active."""

    attributes: dict[str, Any]
    accounts_receivable: AccountShort
    log_information: LogInformation


class StatementLine(Shape):
    """One booking: debits positive, credits negative; `balance` is the account's after it."""

    date: Date
    kind: str
    number: str | None
    description: str | None
    amount: Number
    balance: Number


class StatementShape(Shape):
    accounts_receivable: AccountShort
    currency: CurrencyShape
    from_date: Date | None
    to_date: Date | None
    opening_balance: Number
    entries: list[StatementLine]
    closing_balance: Number

"""Customers and their accounts receivable, as they are answered."""

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
    currency: CurrencyShape
    account_owner: CustomerShort
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

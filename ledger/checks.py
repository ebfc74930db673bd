"""The rules that several verbs share, each refusing with its own name."""

from decimal import Decimal

from ledger import money
from ledger.entry import Reading
from ledger.errors import (
    AccountMismatch,
    AccountNotOpen,
    CategoryNotAllowed,
    CurrencyMismatch,
    DuplicateBackOfficeCode,
    DuplicateName,
    InvalidParameter,
    PaymentMethodNotAllowed,
    RejectionReasonNotAllowed,
    TypeNotAllowed,
)
from ledger.lifecycle import ACTIVE, TERMINATED
from ledger.storage.columns import Table
from ledger.storage.models import (
    Account,
    Bill,
    Category,
    Currency,
    Invoice,
    Payment,
    PaymentMethod,
    PaymentProfile,
    RejectionReason,
    TransactionType,
    TypeCategory,
    TypeMethod,
    TypeReason,
)


def currency_of(reading: Reading, account: Account) -> Currency:
    """The account's currency."""
    return reading.rows.get(Currency, account.currency_pk)


def minor(value: Decimal, currency: Currency, word: str, *, zero: bool = False) -> int:
    """An amount in minor units of the currency, or the refusal that says why it is none."""
    try:
        return money.minor(value, currency.exponent, zero=zero)
    except money.AmountError as error:
        raise InvalidParameter(f"{error} ({currency.code})", word) from error


def same_account(account: Account, record: Invoice | Bill | Payment | PaymentProfile, kind: str, word: str) -> None:
    """An invoice, bill, payment or payment profile has to be the account's own."""
    if record.account_pk != account.pk:
        raise AccountMismatch(f"the {kind} belongs to another account than {account.number}", word)


def not_terminated(account: Account) -> None:
    """Payments go on while an account is suspended, and end when it is terminated."""
    if account.life_cycle_state == TERMINATED:
        raise AccountNotOpen(f"account {account.number} is TERMINATED", "account", state=TERMINATED)


def active(account: Account) -> None:
    """Invoices need an active account."""
    if account.life_cycle_state != ACTIVE:
        state = account.life_cycle_state
        raise AccountNotOpen(f"account {account.number} is {state}; invoices need an ACTIVE account", "account", state=state)


def currency_intended(currency: Currency, intended: Currency | None) -> None:
    """A currency that was named has to be the account's."""
    if intended is not None and intended.pk != currency.pk:
        raise CurrencyMismatch(f"{intended.code} was intended, but the account is kept in {currency.code}", "currency")


def code_free(reading: Reading, model: type[Table], kind: str, code: str | None, own_pk: int | None = None) -> None:
    """A back office code is unique per kind of record, also after reject and cancel."""
    if code is None:
        return
    other = reading.rows.one(model, back_office_code=code)
    if other is not None and other.pk != own_pk:
        raise DuplicateBackOfficeCode(f"another {kind} has the back office code {code!r}", "back_office_code")


def name_free(reading: Reading, model: type[Table], kind: str, column: str, value: str | None) -> None:
    """Names and codes of configuration, units and users are unique per kind."""
    if value is not None and reading.rows.one(model, **{column: value}) is not None:
        raise DuplicateName(f"another {kind} has the {column} {value!r}", column)


def classified(type_: TransactionType, *wanted: str, word: str = "type") -> None:
    """The type's classification has to be one of these."""
    if type_.classification not in wanted:
        raise TypeNotAllowed(
            f"type {type_.name!r} has the classification {type_.classification}, {' or '.join(wanted)} is needed", word
        )


def category_allowed(reading: Reading, type_: TransactionType, category: Category | None) -> None:
    """A category has to be allowed on the type."""
    if category is not None and not reading.rows.one(TypeCategory, type_pk=type_.pk, category_pk=category.pk):
        raise CategoryNotAllowed(f"category {category.name!r} is not allowed on type {type_.name!r}", "category")


def method_allowed(reading: Reading, type_: TransactionType, method: PaymentMethod) -> None:
    """A payment method has to be allowed on the type."""
    if not reading.rows.one(TypeMethod, type_pk=type_.pk, method_pk=method.pk):
        raise PaymentMethodNotAllowed(f"payment method {method.name!r} is not allowed on type {type_.name!r}", "method")


def reason_allowed(reading: Reading, type_: TransactionType, reason: RejectionReason | None) -> None:
    """A rejection reason has to be allowed on the type."""
    if reason is not None and not reading.rows.one(TypeReason, type_pk=type_.pk, reason_pk=reason.pk):
        raise RejectionReasonNotAllowed(f"rejection reason {reason.name!r} is not allowed on type {type_.name!r}", "reason")

"""What pay_invoice and pay_bill have in common: who owes, and a payment over all of it."""

from typing import Any

from pydantic import Field

from ledger import errors
from ledger.resolving import Names
from methods.parameters import (
    AccountIdentifier,
    Amount,
    Anything,
    CategoryIdentifier,
    CurrencyIdentifier,
    FieldsSet,
    Flag,
    MethodIdentifier,
    TypeIdentifier,
)
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.payments import terms

REFUSALS: tuple[type[errors.Refusal], ...] = (
    *terms.MAKING,
    errors.AlreadySettled,
    errors.AmountMismatch,
    errors.BalanceTooLarge,
)


class Kind(Params):
    """The members that come before the one that says what is paid."""

    accounts_receivable_identifier: AccountIdentifier = terms.ACCOUNT
    type_identifier: TypeIdentifier = terms.TYPE
    category_identifier: CategoryIdentifier | None = terms.CATEGORY
    payment_method_identifier: MethodIdentifier = terms.METHOD


class Settling(Params):
    """The members that come last. The published example sends a state, which means nothing here, and an amount."""

    ignored = frozenset({"life_cycle_state"})
    ignored_when_lenient = frozenset({"payment_amount"})

    payment_amount: Amount | None = Field(None, description="What the caller takes to be unpaid; refused if it is another amount.")
    intended_currency_identifier: CurrencyIdentifier | None = terms.INTENDED_CURRENCY
    life_cycle_state: Anything | None = Field(None, description="Read by nobody: the payment is always posted.")
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def kind(names: Names, params: Kind) -> dict[str, Any]:
    """On which account, of which type, in the words of the ledger's terms."""
    return {
        "account": names.account(params.accounts_receivable_identifier),
        "type": names.type(params.type_identifier),
        "category": names.category(params.category_identifier),
        "method": names.method(params.payment_method_identifier),
    }


def settling(names: Names, params: Settling) -> dict[str, Any]:
    """What is said of the amount, likewise."""
    return {
        "amount": params.payment_amount,
        "intended_currency": names.currency(params.intended_currency_identifier, "intended_currency"),
    }

"""What the methods that make payments have in common."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any

from pydantic import Field

from ledger import errors
from ledger.resolving import Names
from ledger.storage.models import Bill, Invoice
from methods.params import Received, Udfs
from methods.sets import BillItem, InvoiceItem

ACCOUNT: Any = Field(description="The account that the payment is made on.")
TYPE: Any = Field(description="The type of the payment; its classification has to be PAYMENT.")
METHOD: Any = Field(description="How the money comes; one of the methods that the type allows.")
CATEGORY: Any = Field(None, description="The category of the payment; one that the type allows.")
INTENDED_CURRENCY: Any = Field(None, description="The currency that is meant; refused if the account's is another. Not stored.")

MAKING: tuple[type[errors.Refusal], ...] = (
    errors.AccountMismatch,
    errors.AccountNotOpen,
    errors.CurrencyMismatch,
    errors.DuplicateBackOfficeCode,
    errors.TypeNotAllowed,
    errors.CategoryNotAllowed,
    errors.PaymentMethodNotAllowed,
)
"""What every method refuses that makes or changes the terms of a payment."""
OTHER_SPELLINGS: Mapping[str, str] = MappingProxyType({"invoices_set": "invoices_to_pay_set", "bills_set": "bills_to_pay_set"})
"""The published page does not print the names of these two; lenient callers use either."""
WORDS = {"currency": "intended_currency_identifier"}
"""The only currency that these methods name is the intended one."""


class Payable(Udfs, Received):
    """The members that follow what is particular to a method."""


def received(names: Names, params: Payable) -> dict[str, Any]:
    """How the payment came in, as the ledger's terms call it."""
    return {
        "received_on": params.received_on,
        "received_by_user": names.user(params.received_by_user_identifier, "received_by_user"),
        "received_by_unit": names.unit(params.received_by_unit_identifier, "received_by_unit"),
        "notes": params.notes,
        "back_office_code": params.back_office_code,
        "udf": params.udfs,
    }


def invoices(names: Names, items: Sequence[InvoiceItem] | None) -> list[Invoice]:
    """The invoices of a set, in order."""
    return [names.invoice(item.invoice_identifier, f"invoices[{place}]") for place, item in enumerate(items or ())]


def bills(names: Names, items: Sequence[BillItem] | None) -> list[Bill]:
    """The bills of a set, in order."""
    return [names.bill(item.bill_identifier, f"bills[{place}]") for place, item in enumerate(items or ())]

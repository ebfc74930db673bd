"""payments/apply: put money of a posted payment on invoices, exactly as said."""

from typing import Annotated

from pydantic import AfterValidator, Field

from ledger import applying, errors
from ledger.entry import Entry
from ledger.resolving import Names
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.documents import PaymentApplied
from methods.parameters import FieldsSet, Flag, PaymentIdentifier
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.sets import InvoiceLine, Items
from methods.showing.payments import payment_applied
from methods.values import refused


def _not_empty(lines: list[InvoiceLine]) -> list[InvoiceLine]:
    if not lines:
        raise refused("an empty list was sent; expected is at least one invoice.")
    return lines


class ApplyParams(Params):
    payment_identifier: PaymentIdentifier = Field(description="The posted payment whose money it is.")
    invoices_set: Annotated[Items[InvoiceLine], AfterValidator(_not_empty)] = Field(
        description="Posted invoices of its account, each with an amount that is added to what is on it already.",
        json_schema_extra={"minItems": 1},
    )
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def run(entry: Entry, params: ApplyParams) -> Data:
    names = Names(entry)
    payment = names.payment(params.payment_identifier)
    lines = [
        applying.Line(names.invoice(item.invoice_identifier, f"lines[{place}]"), item.amount)
        for place, item in enumerate(params.invoices_set)
    ]
    names.settle()
    return payment_applied(entry, applying.apply(entry, payment, lines))


METHOD = Method(
    summary="Put unallocated money of a posted payment on invoices, all of them or none; nothing but what is said goes anywhere.",
    params=ApplyParams,
    shape=PaymentApplied,
    run=run,
    writes=True,
    right=Right.RECORDS_WRITE,
    refusals=(
        errors.InvalidLifeCycleState,
        errors.AccountMismatch,
        errors.AccountNotOpen,
        errors.AlreadySettled,
        errors.AmountMismatch,
    ),
    words={"lines": "invoices_set"},
    example={
        "payment_identifier": {"back_office_code": "DEMO-POSTED-2"},
        "invoices_set": [{"invoice_identifier": {"back_office_code": "DEMO-INVOICE-OPEN-1"}, "amount": 30.5}],
    },
)

"""payments/release: take a posted payment's money back from what it pays."""

from pydantic import Field

from ledger import applying
from ledger.entry import Entry
from ledger.errors import InvalidLifeCycleState
from ledger.resolving import Names
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.documents import PaymentApplied
from methods.parameters import FieldsSet, Flag, InvoiceIdentifier, PaymentIdentifier
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.showing.payments import payment_applied


class ReleaseParams(Params):
    payment_identifier: PaymentIdentifier = Field(description="The posted payment whose money it is.")
    invoice_identifier: InvoiceIdentifier | None = Field(None, description="The invoice to take it from; all of them if left out.")
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def run(entry: Entry, params: ReleaseParams) -> Data:
    names = Names(entry)
    payment, invoice = names.payment(params.payment_identifier), names.invoice(params.invoice_identifier)
    names.settle()
    return payment_applied(entry, applying.release(entry, payment, invoice))


METHOD = Method(
    summary="Take a posted payment's money back from an invoice, or from all that it pays; it stays the account's credit.",
    params=ReleaseParams,
    shape=PaymentApplied,
    run=run,
    writes=True,
    right=Right.RECORDS_WRITE,
    refusals=(InvalidLifeCycleState,),
    example={"payment_identifier": {"back_office_code": "DEMO-POSTED-1"}},
)

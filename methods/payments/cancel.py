"""payments/cancel: cancel a posted payment."""

from pydantic import Field

from ledger import cancelling as ledger_cancelling
from ledger.entry import Entry
from ledger.resolving import Names
from ledger.rights import Right
from methods import cancelling
from methods.answers import Data
from methods.method import Method
from methods.objects.documents import PaymentCancelled
from methods.parameters import FieldsSet, Flag, PaymentIdentifier
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.showing.shorts import cancelled_payment


class Said(Params):
    payment_identifier: PaymentIdentifier = Field(description="The posted payment to cancel.")


class CancelParams(cancelling.Cancellation, Said):
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def run(entry: Entry, params: CancelParams) -> Data:
    names = Names(entry)
    payment = names.payment(params.payment_identifier)
    terms = cancelling.terms(names, params)
    names.settle()
    return cancelled_payment(entry, ledger_cancelling.cancel_payment(entry, payment, terms))


METHOD = Method(
    summary="Cancel a posted payment: a cancellation is made and posted, the account is debited, and what was paid is owed again.",
    params=CancelParams,
    shape=PaymentCancelled,
    run=run,
    writes=True,
    right=Right.RECORDS_WRITE,
    refusals=cancelling.REFUSALS,
    example={
        "payment_identifier": {"back_office_code": "DEMO-POSTED-2"},
        "type_identifier": {"name": "Payment Cancellation 1"},
        "issue_reason": "The bank returned the direct debit",
    },
)

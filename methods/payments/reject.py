"""payments/reject: reject a draft."""

from pydantic import Field

from ledger import payments
from ledger.entry import Entry
from ledger.rights import Right
from methods import transition
from methods.answers import Data
from methods.method import Method
from methods.objects.documents import PaymentShort
from methods.parameters import FieldsSet, Flag, PaymentIdentifier, ReasonIdentifier
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.showing.shorts import one_payment


class RejectParams(Params):
    payment_identifier: PaymentIdentifier = Field(description="The draft to reject.")
    rejection_reason_identifier: ReasonIdentifier | None = Field(None, description="Why; one of the reasons that the type allows.")
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def run(entry: Entry, params: RejectParams) -> Data:
    references = (params.payment_identifier, params.rejection_reason_identifier)
    return transition.rejected(entry, lambda names: names.payment, references, payments.reject, one_payment)


METHOD = Method(
    summary="Reject a draft: it stays on record, and nothing is ever booked for it.",
    params=RejectParams,
    shape=PaymentShort,
    run=run,
    writes=True,
    right=Right.RECORDS_WRITE,
    refusals=transition.REJECTING,
    example={
        "payment_identifier": {"back_office_code": "DEMO-DRAFT-3"},
        "rejection_reason_identifier": {"name": "Reject Due to Business Request"},
    },
)

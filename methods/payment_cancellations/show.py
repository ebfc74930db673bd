"""payment_cancellations/show: one payment cancellation with everything about it."""

from pydantic import Field

from ledger.entry import Reading
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.naming import found
from methods.objects.documents import PaymentCancellationComplete
from methods.parameters import CancellationIdentifier, FieldsSet
from methods.params import FIELDS_SET, Params
from methods.showing.payments import cancellations_complete


class ShowParams(Params):
    payment_cancellation_identifier: CancellationIdentifier = Field(description="The payment cancellation to show.")
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ShowParams) -> Data:
    cancellation = found(reading, lambda names: names.cancellation, params.payment_cancellation_identifier)
    return cancellations_complete(reading, [cancellation])[0]


METHOD = Method(
    summary="Show a payment cancellation and the payment that it cancelled.",
    params=ShowParams,
    shape=PaymentCancellationComplete,
    run=run,
    light=True,
    right=Right.RECORDS_READ,
    example={"payment_cancellation_identifier": {"number": "1"}},
)

"""payments/show: one payment with everything about it."""

from pydantic import Field

from ledger.entry import Reading
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.naming import found
from methods.objects.documents import PaymentComplete
from methods.parameters import FieldsSet, PaymentIdentifier
from methods.params import FIELDS_SET, Params
from methods.showing.payments import payments_complete


class ShowParams(Params):
    payment_identifier: PaymentIdentifier = Field(description="The payment to show.")
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ShowParams) -> Data:
    payment = found(reading, lambda names: names.payment, params.payment_identifier)
    return payments_complete(reading, [payment])[0]


METHOD = Method(
    summary="Show a payment with everything about it: its account, who received it, what it is to pay and what it has paid.",
    params=ShowParams,
    shape=PaymentComplete,
    run=run,
    light=True,
    right=Right.RECORDS_READ,
    example={"payment_identifier": {"back_office_code": "DEMO-POSTED-1"}},
)

"""payments/configuration/rejection_reasons/list: the reasons for which payments can be rejected."""

from pydantic import Field

from ledger.entry import Reading
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.configuration import AllowedReason
from methods.parameters import FieldsSet, TypeIdentifier
from methods.params import FIELDS_SET, Params
from methods.payments.configuration import allowed
from methods.showing.configuration import allowed_reason


class ListParams(Params):
    payment_type_identifier: TypeIdentifier | None = Field(None, description="Only reasons that this type allows.")
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ListParams) -> list[Data]:
    options = allowed.options(reading, params.payment_type_identifier)
    return [allowed_reason(option) for option in allowed.together([of_type.reasons for of_type in options])]


METHOD = Method(
    summary="The reasons for which a payment of one type, or of any, can be rejected.",
    params=ListParams,
    shape=AllowedReason,
    many=True,
    run=run,
    right=Right.CONFIGURATION_READ,
    refusals=allowed.REFUSALS,
    words=allowed.WORDS,
    example={"payment_type_identifier": {"name": "Payment 2"}},
)

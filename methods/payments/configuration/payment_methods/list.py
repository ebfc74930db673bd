"""payments/configuration/payment_methods/list: the payment methods that a payment type allows."""

from pydantic import Field

from ledger.entry import Reading
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.configuration import AllowedMethod
from methods.parameters import FieldsSet, TypeIdentifier
from methods.params import FIELDS_SET, Params
from methods.payments.configuration import allowed
from methods.showing.configuration import allowed_method


class ListParams(Params):
    payment_type_identifier: TypeIdentifier = Field(description="The payment type whose methods are wanted.")
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ListParams) -> list[Data]:
    (of_type,) = allowed.options(reading, params.payment_type_identifier)
    return [allowed_method(option) for option in of_type.methods]


METHOD = Method(
    summary="The payment methods that a payment type allows, the default first.",
    params=ListParams,
    shape=AllowedMethod,
    many=True,
    run=run,
    right=Right.CONFIGURATION_READ,
    refusals=allowed.REFUSALS,
    words=allowed.WORDS,
    example={"payment_type_identifier": {"name": "Payment 2"}},
)

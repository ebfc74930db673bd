"""payments/configuration/types/list: the types that payments can have."""

from pydantic import Field

from ledger.entry import Reading
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.configuration import TypeComplete
from methods.parameters import FieldsSet, TypeIdentifier
from methods.params import FIELDS_SET, Params
from methods.payments.configuration import allowed
from methods.showing.configuration import types_complete


class ListParams(Params):
    payment_type_identifier: TypeIdentifier | None = Field(None, description="Only this type.")
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ListParams) -> list[Data]:
    return types_complete(reading, allowed.payment_types(reading, params.payment_type_identifier))


METHOD = Method(
    summary="The transaction types that payments can have.",
    params=ListParams,
    shape=TypeComplete,
    many=True,
    run=run,
    right=Right.CONFIGURATION_READ,
    refusals=allowed.REFUSALS,
    words=allowed.WORDS,
    example={},
)

"""payments/configuration/categories/list: the categories that payment types allow."""

from pydantic import Field

from ledger.entry import Reading
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.configuration import AllowedCategory
from methods.parameters import FieldsSet, TypeIdentifier
from methods.params import FIELDS_SET, Params
from methods.payments.configuration import allowed
from methods.showing.configuration import allowed_category


class ListParams(Params):
    payment_type_identifier: TypeIdentifier | None = Field(None, description="Only categories that this type allows.")
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ListParams) -> list[Data]:
    options = allowed.options(reading, params.payment_type_identifier)
    return [allowed_category(option) for option in allowed.together([of_type.categories for of_type in options])]


METHOD = Method(
    summary="The categories that a payment type, or any of them, allows.",
    params=ListParams,
    shape=AllowedCategory,
    many=True,
    run=run,
    right=Right.CONFIGURATION_READ,
    refusals=allowed.REFUSALS,
    words=allowed.WORDS,
    example={"payment_type_identifier": {"name": "Payment 2"}},
)

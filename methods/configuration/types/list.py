"""configuration/types/list: transaction types with what they allow."""

from pydantic import Field

from ledger import queries
from ledger.entry import Reading
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.configuration import TypeDefinition
from methods.parameters import Classification, FieldsSet
from methods.params import FIELDS_SET, Params
from methods.showing.configuration import type_definitions


class ListParams(Params):
    classification: Classification | None = Field(None, description="Only types of this classification.")
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ListParams) -> list[Data]:
    return type_definitions(reading, queries.types(reading, params.classification))


METHOD = Method(
    summary="List all transaction types with what they allow, by name.",
    params=ListParams,
    shape=TypeDefinition,
    many=True,
    run=run,
    right=Right.CONFIGURATION_READ,
    example={},
)

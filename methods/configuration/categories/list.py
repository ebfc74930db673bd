"""configuration/categories/list: all transaction categories."""

from ledger import queries
from ledger.entry import Reading
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.configuration import CategoryComplete
from methods.parameters import FieldsSet
from methods.params import FIELDS_SET, Params
from methods.showing.configuration import categories_complete


class ListParams(Params):
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ListParams) -> list[Data]:
    return categories_complete(reading, queries.categories(reading))


METHOD = Method(
    summary="List all transaction categories, by name.",
    params=ListParams,
    shape=CategoryComplete,
    many=True,
    run=run,
    right=Right.CONFIGURATION_READ,
    example={},
)

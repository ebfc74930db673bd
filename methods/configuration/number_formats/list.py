"""configuration/number_formats/list: how the numbers of each kind of record look."""

from ledger import queries
from ledger.entry import Reading
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.configuration import NumberFormat
from methods.parameters import FieldsSet
from methods.params import FIELDS_SET, Params
from methods.showing.configuration import number_format


class ListParams(Params):
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ListParams) -> list[Data]:
    return [number_format(reading, row) for row in queries.number_series(reading)]


METHOD = Method(
    summary="List the number series: prefix, padding, and the last number given.",
    params=ListParams,
    shape=NumberFormat,
    many=True,
    run=run,
    right=Right.CONFIGURATION_READ,
    example={},
)

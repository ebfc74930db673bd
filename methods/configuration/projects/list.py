"""configuration/projects/list: all projects."""

from ledger import queries
from ledger.entry import Reading
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.configuration import ProjectShape
from methods.parameters import FieldsSet
from methods.params import FIELDS_SET, Params
from methods.showing.configuration import named


class ListParams(Params):
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ListParams) -> list[Data]:
    return [named(row) for row in queries.projects(reading)]


METHOD = Method(
    summary="List all projects, by name.",
    params=ListParams,
    shape=ProjectShape,
    many=True,
    run=run,
    right=Right.CONFIGURATION_READ,
    example={},
)

"""units/list: organisational units."""

from functools import partial

from ledger import queries
from ledger.entry import Reading
from ledger.errors import EntityNotFound
from ledger.queries import UnitFilters
from ledger.rights import Right
from methods.answers import Data, Stream
from methods.listing import listed
from methods.method import Method
from methods.objects.people import UnitShape
from methods.parameters import FieldsSet
from methods.params import FIELDS_SET, Paged
from methods.showing.people import unit


class ListParams(Paged):
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ListParams) -> list[Data] | Stream:
    look = partial(queries.units, filters=UnitFilters())
    return listed(reading, params, look, lambda _, rows: [unit(row) for row in rows])


METHOD = Method(
    summary="List organisational units, newest first.",
    params=ListParams,
    shape=UnitShape,
    many=True,
    run=run,
    right=Right.UNITS_READ,
    refusals=(EntityNotFound,),
    example={},
)

"""customers/list: customers, newest first."""

from functools import partial

from ledger import queries
from ledger.entry import Reading
from ledger.errors import EntityNotFound
from ledger.queries import CustomerFilters
from ledger.rights import Right
from methods.answers import Data, Stream
from methods.listing import listed
from methods.method import Method
from methods.objects.accounts import CustomerComplete
from methods.parameters import FieldsSet
from methods.params import FIELDS_SET, Paged
from methods.showing.accounts import customers_complete


class ListParams(Paged):
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ListParams) -> list[Data] | Stream:
    return listed(reading, params, partial(queries.customers, filters=CustomerFilters()), customers_complete)


METHOD = Method(
    summary="List customers with their accounts, newest first.",
    params=ListParams,
    shape=CustomerComplete,
    many=True,
    run=run,
    right=Right.RECORDS_READ,
    refusals=(EntityNotFound,),
    example={"number_of_results": 10},
)

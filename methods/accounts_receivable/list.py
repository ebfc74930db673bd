"""accounts_receivable/list: accounts, newest first."""

from functools import partial

from pydantic import Field

from ledger import queries
from ledger.entry import Reading
from ledger.errors import EntityNotFound
from ledger.queries import AccountFilters
from ledger.resolving import Names
from ledger.rights import Right
from methods.answers import Data, Stream
from methods.listing import listed
from methods.method import Method
from methods.objects.accounts import AccountComplete
from methods.parameters import AccountState, CurrencyIdentifier, CustomerIdentifier, FieldsSet
from methods.params import FIELDS_SET, Paged, Params
from methods.showing.accounts import accounts_complete


class Filters(Params):
    customer_identifier: CustomerIdentifier | None = Field(None, description="Only accounts of this customer.")
    life_cycle_state: AccountState | None = Field(None, description="Only accounts in this state.")
    currency_identifier: CurrencyIdentifier | None = Field(None, description="Only accounts kept in this currency.")


class ListParams(Paged, Filters):
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ListParams) -> list[Data] | Stream:
    names = Names(reading)
    filters = AccountFilters(
        customer=names.customer(params.customer_identifier),
        state=params.life_cycle_state,
        currency=names.currency(params.currency_identifier),
    )
    names.settle()
    return listed(reading, params, partial(queries.accounts, filters=filters), accounts_complete)


METHOD = Method(
    summary="List accounts receivable with what is owed on them, newest first.",
    params=ListParams,
    shape=AccountComplete,
    many=True,
    run=run,
    right=Right.RECORDS_READ,
    refusals=(EntityNotFound,),
    example={"life_cycle_state": "ACTIVE", "number_of_results": 10},
)

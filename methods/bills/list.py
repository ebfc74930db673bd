"""bills/list: bills, newest first, of one account or of all."""

from functools import partial

from pydantic import Field

from ledger import queries
from ledger.entry import Reading
from ledger.errors import EntityNotFound, MandatoryParameterMissing
from ledger.queries import BillFilters
from ledger.resolving import Names
from ledger.rights import Right
from methods.answers import Data, Stream
from methods.listing import account_is_named, listed
from methods.method import Method
from methods.objects.documents import BillComplete
from methods.parameters import AccountIdentifier, FieldsSet, LastMoment, Moment
from methods.params import FIELDS_SET, Paged, Params
from methods.showing.invoices import bills_complete


class Filters(Params):
    accounts_receivable_identifier: AccountIdentifier | None = Field(
        None, description="Only bills of this account. Owners have to say it; others may leave it out."
    )
    issued_from: Moment | None = Field(None, description="Only bills issued then or later.")
    issued_to: LastMoment | None = Field(None, description="Only bills issued until then; of a plain date its end counts.")


class ListParams(Paged, Filters):
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ListParams) -> list[Data] | Stream:
    account_is_named(reading, params.accounts_receivable_identifier)
    names = Names(reading)
    account = names.account(params.accounts_receivable_identifier)
    filters = BillFilters(account=account, issued_from=params.issued_from, issued_to=params.issued_to)
    names.settle()
    return listed(reading, params, partial(queries.bills, filters=filters), bills_complete)


METHOD = Method(
    summary="List bills with their invoices, newest first.",
    params=ListParams,
    shape=BillComplete,
    many=True,
    run=run,
    right=Right.RECORDS_READ,
    refusals=(MandatoryParameterMissing, EntityNotFound),
    example={"accounts_receivable_identifier": {"number": "9"}, "number_of_results": 10},
)

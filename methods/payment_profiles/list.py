"""payment_profiles/list: payment profiles, newest first."""

from functools import partial

from pydantic import Field

from ledger import queries
from ledger.entry import Reading
from ledger.errors import EntityNotFound, MandatoryParameterMissing
from ledger.queries import ProfileFilters
from ledger.resolving import Names
from ledger.rights import Right
from methods.answers import Data, Stream
from methods.listing import account_is_named, listed
from methods.method import Method
from methods.objects.accounts import ProfileComplete
from methods.parameters import AccountIdentifier, Boolean, FieldsSet
from methods.params import FIELDS_SET, Paged, Params
from methods.showing.profiles import profiles_complete


class Filters(Params):
    accounts_receivable_identifier: AccountIdentifier | None = Field(
        None, description="Only profiles of this account. Owners have to say it; others may leave it out."
    )
    active: Boolean | None = Field(None, description="true: only those in use; false: only the others.")


class ListParams(Paged, Filters):
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ListParams) -> list[Data] | Stream:
    account_is_named(reading, params.accounts_receivable_identifier)
    names = Names(reading)
    filters = ProfileFilters(account=names.account(params.accounts_receivable_identifier), active=params.active)
    names.settle()
    return listed(reading, params, partial(queries.profiles, filters=filters), profiles_complete)


METHOD = Method(
    summary="List payment profiles, newest first: of one account, or of all.",
    params=ListParams,
    shape=ProfileComplete,
    many=True,
    run=run,
    right=Right.RECORDS_READ,
    refusals=(MandatoryParameterMissing, EntityNotFound),
    example={"accounts_receivable_identifier": {"number": "9"}, "number_of_results": 10},
)

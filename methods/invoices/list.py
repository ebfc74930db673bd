"""invoices/list: invoices, newest first, of one account or of all."""

from functools import partial

from pydantic import Field

from ledger import queries
from ledger.entry import Reading
from ledger.errors import EntityNotFound, MandatoryParameterMissing
from ledger.queries import InvoiceFilters
from ledger.resolving import Names
from ledger.rights import Right
from methods.answers import Data, Stream
from methods.listing import account_is_named, listed
from methods.method import Method
from methods.objects.documents import InvoiceComplete
from methods.parameters import AccountIdentifier, Boolean, CategoryIdentifier, FieldsSet, LastMoment, Moment, State, TypeIdentifier
from methods.params import FIELDS_SET, Paged, Params
from methods.showing.invoices import invoices_complete


class Filters(Params):
    accounts_receivable_identifier: AccountIdentifier | None = Field(
        None, description="Only invoices on this account. Owners have to say it; others may leave it out."
    )
    type_identifier: TypeIdentifier | None = Field(None, description="Only invoices of this type.")
    category_identifier: CategoryIdentifier | None = Field(None, description="Only invoices of this category.")
    life_cycle_state: State | None = Field(None, description="Only invoices in this state.")
    issued_from: Moment | None = Field(None, description="Only invoices issued then or later.")
    issued_to: LastMoment | None = Field(None, description="Only invoices issued until then; of a plain date its end counts.")
    due_from: Moment | None = Field(None, description="Only invoices due then or later.")
    due_to: LastMoment | None = Field(None, description="Only invoices due until then; of a plain date its end counts.")
    unpaid: Boolean | None = Field(None, description="true: only invoices on which something is owed; false: only the others.")


class ListParams(Paged, Filters):
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ListParams) -> list[Data] | Stream:
    account_is_named(reading, params.accounts_receivable_identifier)
    names = Names(reading)
    filters = InvoiceFilters(
        account=names.account(params.accounts_receivable_identifier),
        type=names.type(params.type_identifier),
        category=names.category(params.category_identifier),
        state=params.life_cycle_state,
        issued_from=params.issued_from,
        issued_to=params.issued_to,
        due_from=params.due_from,
        due_to=params.due_to,
        unpaid=params.unpaid,
    )
    names.settle()
    return listed(reading, params, partial(queries.invoices, filters=filters), invoices_complete)


METHOD = Method(
    summary="List invoices, newest first: of one account or of all, by state, by dates, or those that are unpaid.",
    params=ListParams,
    shape=InvoiceComplete,
    many=True,
    run=run,
    right=Right.RECORDS_READ,
    refusals=(MandatoryParameterMissing, EntityNotFound),
    example={"accounts_receivable_identifier": {"number": "9"}, "unpaid": True, "number_of_results": 10},
)

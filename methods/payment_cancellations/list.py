"""payment_cancellations/list: payment cancellations, newest first."""

from functools import partial

from pydantic import Field

from ledger import queries
from ledger.entry import Reading
from ledger.errors import EntityNotFound, MandatoryParameterMissing
from ledger.queries import CancellationFilters
from ledger.resolving import Names
from ledger.rights import Right
from methods.answers import Data, Stream
from methods.listing import account_is_named, listed
from methods.method import Method
from methods.objects.documents import PaymentCancellationComplete
from methods.parameters import (
    AccountIdentifier,
    CategoryIdentifier,
    FieldsSet,
    LastMoment,
    Moment,
    PaymentIdentifier,
    TypeIdentifier,
)
from methods.params import FIELDS_SET, Paged, Params
from methods.showing.payments import cancellations_complete


class Filters(Params):
    accounts_receivable_identifier: AccountIdentifier | None = Field(
        None, description="Only cancellations on this account. Owners have to say it; others may leave it out."
    )
    type_identifier: TypeIdentifier | None = Field(None, description="Only cancellations of this type.")
    category_identifier: CategoryIdentifier | None = Field(None, description="Only cancellations of this category.")
    payment_identifier: PaymentIdentifier | None = Field(None, description="Only the cancellation of this payment.")
    issued_from: Moment | None = Field(None, description="Only cancellations issued then or later.")
    issued_to: LastMoment | None = Field(None, description="Only cancellations issued until then; of a plain date its end counts.")


class ListParams(Paged, Filters):
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ListParams) -> list[Data] | Stream:
    account_is_named(reading, params.accounts_receivable_identifier)
    names = Names(reading)
    filters = CancellationFilters(
        account=names.account(params.accounts_receivable_identifier),
        type=names.type(params.type_identifier),
        category=names.category(params.category_identifier),
        payment=names.payment(params.payment_identifier),
        issued_from=params.issued_from,
        issued_to=params.issued_to,
    )
    names.settle()
    return listed(reading, params, partial(queries.cancellations, filters=filters), cancellations_complete)


METHOD = Method(
    summary="List payment cancellations, newest first.",
    params=ListParams,
    shape=PaymentCancellationComplete,
    many=True,
    run=run,
    right=Right.RECORDS_READ,
    refusals=(MandatoryParameterMissing, EntityNotFound),
    example={"number_of_results": 10},
)

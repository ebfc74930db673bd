"""payments/list: payments, newest first, of one account or of all."""

from functools import partial

from pydantic import Field

from ledger import queries
from ledger.entry import Reading
from ledger.errors import EntityNotFound, MandatoryParameterMissing
from ledger.queries import PaymentFilters
from ledger.resolving import Names
from ledger.rights import Right
from methods.answers import Data, Stream
from methods.listing import account_is_named, listed
from methods.method import Method
from methods.objects.documents import PaymentComplete
from methods.parameters import (
    AccountIdentifier,
    AmountOrZero,
    CategoryIdentifier,
    FieldsSet,
    InvoiceIdentifier,
    LastMoment,
    MethodIdentifier,
    Moment,
    State,
    TypeIdentifier,
)
from methods.params import FIELDS_SET, Paged, Params
from methods.showing.payments import payments_complete


class Filters(Params):
    accounts_receivable_identifier: AccountIdentifier | None = Field(
        None, description="Only payments on this account. Owners have to say it; others may leave it out."
    )
    type_identifier: TypeIdentifier | None = Field(None, description="Only payments of this type.")
    category_identifier: CategoryIdentifier | None = Field(None, description="Only payments of this category.")
    payment_method_identifier: MethodIdentifier | None = Field(None, description="Only payments by this method.")
    life_cycle_state: State | None = Field(None, description="Only payments in this state.")
    received_from: Moment | None = Field(None, description="Only payments received then or later.")
    received_to: LastMoment | None = Field(None, description="Only payments received until then; of a plain date its end counts.")
    issued_from: Moment | None = Field(None, description="Only payments issued then or later.")
    issued_to: LastMoment | None = Field(None, description="Only payments issued until then; of a plain date its end counts.")
    payment_amount: AmountOrZero | None = Field(None, description="Only payments of exactly this amount.")
    invoice_identifier: InvoiceIdentifier | None = Field(None, description="Only payments that pay this invoice or are meant to.")


class ListParams(Paged, Filters):
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ListParams) -> list[Data] | Stream:
    account_is_named(reading, params.accounts_receivable_identifier)
    names = Names(reading)
    filters = PaymentFilters(
        account=names.account(params.accounts_receivable_identifier),
        type=names.type(params.type_identifier),
        category=names.category(params.category_identifier),
        method=names.method(params.payment_method_identifier),
        state=params.life_cycle_state,
        received_from=params.received_from,
        received_to=params.received_to,
        issued_from=params.issued_from,
        issued_to=params.issued_to,
        amount=params.payment_amount,
        invoice=names.invoice(params.invoice_identifier),
    )
    names.settle()
    return listed(reading, params, partial(queries.payments, filters=filters), payments_complete)


METHOD = Method(
    summary="List payments, newest first: of one account, or across accounts to reconcile a day or a payment method.",
    params=ListParams,
    shape=PaymentComplete,
    many=True,
    run=run,
    right=Right.RECORDS_READ,
    refusals=(MandatoryParameterMissing, EntityNotFound),
    example={"accounts_receivable_identifier": {"number": "9"}, "number_of_results": 10},
)

"""payments/get_latest: the newest payments on one account."""

from functools import partial

from pydantic import Field

from ledger import queries
from ledger.entry import Reading
from ledger.queries import PaymentFilters
from ledger.resolving import Names
from ledger.rights import Right
from methods.answers import Data, Stream
from methods.listing import Latest, listed
from methods.method import Method
from methods.objects.documents import PaymentComplete
from methods.parameters import AccountIdentifier, CategoryIdentifier, Count, FieldsSet, MethodIdentifier, TypeIdentifier
from methods.params import FIELDS_SET, Params
from methods.showing.payments import payments_complete


class GetLatestParams(Params):
    accounts_receivable_identifier: AccountIdentifier = Field(description="The account whose payments are wanted.")
    type_identifier: TypeIdentifier | None = Field(None, description="Only payments of this type.")
    category_identifier: CategoryIdentifier | None = Field(None, description="Only payments of this category.")
    payment_method_identifier: MethodIdentifier | None = Field(None, description="Only payments by this method.")
    number: Count = Field(description="How many payments to answer, from the newest on; fewer if there are not so many.")
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: GetLatestParams) -> list[Data] | Stream:
    names = Names(reading)
    filters = PaymentFilters(
        account=names.account(params.accounts_receivable_identifier),
        type=names.type(params.type_identifier),
        category=names.category(params.category_identifier),
        method=names.method(params.payment_method_identifier),
    )
    names.settle()
    latest = Latest(params.number)
    return listed(reading, latest, partial(queries.payments, filters=filters), payments_complete)


METHOD = Method(
    summary="The newest payments on one account, as many as asked for.",
    params=GetLatestParams,
    shape=PaymentComplete,
    many=True,
    run=run,
    right=Right.RECORDS_READ,
    example={"accounts_receivable_identifier": {"number": "9"}, "number": 2, "fields_set": "id,number,reference_number"},
)

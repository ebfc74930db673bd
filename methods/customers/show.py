"""customers/show: one customer with its accounts."""

from pydantic import Field

from ledger.entry import Reading
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.naming import found
from methods.objects.accounts import CustomerComplete
from methods.parameters import CustomerIdentifier, FieldsSet
from methods.params import FIELDS_SET, Params
from methods.showing.accounts import customers_complete


class ShowParams(Params):
    customer_identifier: CustomerIdentifier = Field(description="The customer to show.")
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ShowParams) -> Data:
    customer = found(reading, lambda names: names.customer, params.customer_identifier)
    return customers_complete(reading, [customer])[0]


METHOD = Method(
    summary="Show a customer with its accounts receivable.",
    params=ShowParams,
    shape=CustomerComplete,
    run=run,
    right=Right.RECORDS_READ,
    example={"customer_identifier": {"number": "C000001"}},
)

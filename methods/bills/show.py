"""bills/show: one bill with its invoices."""

from pydantic import Field

from ledger.entry import Reading
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.naming import found
from methods.objects.documents import BillComplete
from methods.parameters import BillIdentifier, FieldsSet
from methods.params import FIELDS_SET, Params
from methods.showing.invoices import bills_complete


class ShowParams(Params):
    bill_identifier: BillIdentifier = Field(description="The bill to show.")
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ShowParams) -> Data:
    bill = found(reading, lambda names: names.bill, params.bill_identifier)
    return bills_complete(reading, [bill])[0]


METHOD = Method(
    summary="Show a bill with its invoices and what is unpaid on them.",
    params=ShowParams,
    shape=BillComplete,
    run=run,
    right=Right.RECORDS_READ,
    example={"bill_identifier": {"number": "1"}},
)

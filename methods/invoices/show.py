"""invoices/show: one invoice with everything about it."""

from pydantic import Field

from ledger.entry import Reading
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.naming import found
from methods.objects.documents import InvoiceComplete
from methods.parameters import FieldsSet, InvoiceIdentifier
from methods.params import FIELDS_SET, Params
from methods.showing.invoices import invoices_complete


class ShowParams(Params):
    invoice_identifier: InvoiceIdentifier = Field(description="The invoice to show.")
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ShowParams) -> Data:
    invoice = found(reading, lambda names: names.invoice, params.invoice_identifier)
    return invoices_complete(reading, [invoice])[0]


METHOD = Method(
    summary="Show an invoice with its items, its bill, what is unpaid, and which payments have paid it.",
    params=ShowParams,
    shape=InvoiceComplete,
    run=run,
    light=True,
    right=Right.RECORDS_READ,
    example={"invoice_identifier": {"id": "85748C51BB97C48E47050CDC811FB42B"}},
)

"""invoices/cancel: cancel a posted invoice."""

from pydantic import Field

from ledger import cancelling as ledger_cancelling
from ledger.entry import Entry
from ledger.resolving import Names
from ledger.rights import Right
from methods import cancelling
from methods.answers import Data
from methods.method import Method
from methods.objects.documents import InvoiceCancelled
from methods.parameters import FieldsSet, Flag, InvoiceIdentifier
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.showing.shorts import cancelled_invoice


class Said(Params):
    invoice_identifier: InvoiceIdentifier = Field(description="The posted invoice to cancel.")


class CancelParams(cancelling.Cancellation, Said):
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def run(entry: Entry, params: CancelParams) -> Data:
    names = Names(entry)
    invoice = names.invoice(params.invoice_identifier)
    terms = cancelling.terms(names, params)
    names.settle()
    return cancelled_invoice(entry, ledger_cancelling.cancel_invoice(entry, invoice, terms))


METHOD = Method(
    summary="Cancel a posted invoice: a cancellation credits its total, and what paid it becomes credit of the account.",
    params=CancelParams,
    shape=InvoiceCancelled,
    run=run,
    writes=True,
    right=Right.RECORDS_WRITE,
    refusals=cancelling.REFUSALS,
    example={
        "invoice_identifier": {"back_office_code": "DEMO-INVOICE-POSTED-1"},
        "type_identifier": {"name": "Invoice Cancellation 1"},
        "issue_reason": "Invoiced twice",
    },
)

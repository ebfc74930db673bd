"""invoices/post: post a draft."""

from pydantic import Field

from ledger import invoices
from ledger.entry import Entry
from ledger.rights import Right
from methods import transition
from methods.answers import Data
from methods.method import Method
from methods.objects.documents import InvoiceShort
from methods.parameters import FieldsSet, Flag, InvoiceIdentifier
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.showing.shorts import one_invoice


class PostParams(Params):
    invoice_identifier: InvoiceIdentifier = Field(description="The draft to post.")
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def run(entry: Entry, params: PostParams) -> Data:
    return transition.posted(entry, lambda names: names.invoice, params.invoice_identifier, invoices.post, one_invoice)


METHOD = Method(
    summary="Post a draft: it gets its number and due date, is booked, and draws on credit of its account.",
    params=PostParams,
    shape=InvoiceShort,
    run=run,
    writes=True,
    right=Right.RECORDS_WRITE,
    refusals=transition.POSTING,
    example={"invoice_identifier": {"back_office_code": "DEMO-INVOICE-DRAFT-1"}},
)

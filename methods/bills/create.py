"""bills/create: gather posted invoices of one account in a bill."""

from typing import Annotated

from pydantic import AfterValidator, Field

from ledger import bills, errors
from ledger.entry import Entry
from ledger.resolving import Names
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.documents import BillShort
from methods.parameters import AccountIdentifier, FieldsSet, Flag, LastMoment, Moment
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.sets import InvoiceItem, Items
from methods.showing.shorts import one_bill
from methods.values import refused


def _not_empty(items: list[InvoiceItem]) -> list[InvoiceItem]:
    if not items:
        raise refused("an empty list was sent; expected is at least one invoice.")
    return items


class CreateParams(Params):
    accounts_receivable_identifier: AccountIdentifier = Field(description="The account that is billed.")
    invoices_set: Annotated[Items[InvoiceItem], AfterValidator(_not_empty)] = Field(
        description="Its posted invoices to gather, at least one; none may be in another bill.", json_schema_extra={"minItems": 1}
    )
    from_date: Moment | None = Field(None, description="The beginning of the period that is billed.")
    to_date: LastMoment | None = Field(None, description="The end of the period; of a plain date its last second.")
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def run(entry: Entry, params: CreateParams) -> Data:
    names = Names(entry)
    account = names.account(params.accounts_receivable_identifier)
    invoices = [names.invoice(item.invoice_identifier, f"invoices[{place}]") for place, item in enumerate(params.invoices_set)]
    names.settle()
    bill = bills.create(entry, account=account, invoices=invoices, from_date=params.from_date, to_date=params.to_date)
    return one_bill(entry, bill)


METHOD = Method(
    summary="Gather posted invoices of an account in a bill.",
    params=CreateParams,
    shape=BillShort,
    run=run,
    writes=True,
    right=Right.RECORDS_WRITE,
    refusals=(errors.InvalidLifeCycleState, errors.AccountMismatch, errors.AccountNotOpen, errors.AlreadyBilled),
    words={"invoices": "invoices_set", "invoice": "invoices_set"},
    example={
        "accounts_receivable_identifier": {"number": "9"},
        "invoices_set": [{"invoice_identifier": {"back_office_code": "DEMO-INVOICE-OPEN-1"}}],
    },
)

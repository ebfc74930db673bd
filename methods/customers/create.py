"""customers/create: a new customer."""

from pydantic import Field

from ledger import accounts
from ledger.entry import Entry
from ledger.errors import DuplicateBackOfficeCode
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.accounts import CustomerComplete
from methods.parameters import FieldsSet, Flag, Name, Notes, Text
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.showing.accounts import customers_complete


class CreateParams(Params):
    name: Name = Field(description="The customer's name; two customers may have the same.")
    email: Text | None = Field(None, description="Where to write to.")
    notes: Notes | None = Field(None, description="Notes on the customer.")
    back_office_code: Name | None = Field(None, description="The caller's own number for the customer, unique among customers.")
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def run(entry: Entry, params: CreateParams) -> Data:
    customer = accounts.create_customer(
        entry, name=params.name, email=params.email, notes=params.notes, back_office_code=params.back_office_code
    )
    return customers_complete(entry, [customer])[0]


METHOD = Method(
    summary="Create a customer; its accounts receivable come after it.",
    params=CreateParams,
    shape=CustomerComplete,
    run=run,
    writes=True,
    right=Right.RECORDS_WRITE,
    refusals=(DuplicateBackOfficeCode,),
    example={"name": "Harbour Bakery Ltd", "email": "accounts@harbour-bakery.example"},
)

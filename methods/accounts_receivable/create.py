"""accounts_receivable/create: a new account of a customer."""

from pydantic import Field

from ledger import accounts
from ledger.entry import Entry
from ledger.resolving import Names
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.accounts import AccountComplete
from methods.parameters import CurrencyIdentifier, CustomerIdentifier, Days, FieldsSet, Flag, Name, Notes, Tags, Text
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.showing.accounts import accounts_complete

CREDIT_PERIOD = 30


class CreateParams(Params):
    customer_identifier: CustomerIdentifier = Field(description="The customer whose account it is.")
    name: Name = Field(description="The account's name; two accounts may have the same.")
    currency_identifier: CurrencyIdentifier = Field(description="The currency that it is kept in, for ever.")
    credit_period: Days | None = Field(None, description="Days until its invoices are due, if they do not say it; 30 if left out.")
    notes: Notes | None = Field(None, description="Notes on the account.")
    address: Notes | None = Field(None, description="Where its bills go, in as many lines as need be.")
    phone: Text | None = Field(None, description="The number to call about it.")
    fax: Text | None = Field(None, description="The number to send a fax to.")
    tags: Tags | None = Field(None, description="Words by which accounts are told apart.")
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def run(entry: Entry, params: CreateParams) -> Data:
    names = Names(entry)
    customer, currency = names.customer(params.customer_identifier), names.currency(params.currency_identifier)
    names.settle()
    days = CREDIT_PERIOD if params.credit_period is None else params.credit_period
    account = accounts.create(
        entry,
        customer=customer,
        name=params.name,
        currency=currency,
        credit_period=days,
        notes=params.notes,
        address=params.address,
        phone=params.phone,
        fax=params.fax,
        tags=params.tags or (),
    )
    return accounts_complete(entry, [account])[0]


METHOD = Method(
    summary="Create an account receivable for a customer, in one currency.",
    params=CreateParams,
    shape=AccountComplete,
    run=run,
    writes=True,
    right=Right.RECORDS_WRITE,
    example={
        "customer_identifier": {"number": "C000001"},
        "name": "Deliveries",
        "currency_identifier": {"code": "EUR"},
        "credit_period": 14,
        "address": "12 Harbour Street\nLimassol",
        "phone": "+357 25 000000",
        "tags": ["deliveries", "weekly"],
    },
)

"""payment_profiles/create: another way in which an account pays."""

from pydantic import Field

from ledger import profiles
from ledger.entry import Entry
from ledger.errors import ActiveProfileExists
from ledger.profiles import PAYMENT_TYPES
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.naming import found
from methods.objects.accounts import ProfileComplete
from methods.parameters import AccountIdentifier, Attributes, FieldsSet, Flag, FlagOn, Name, PaymentType
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.showing.profiles import profiles_complete


class CreateParams(Params):
    accounts_receivable_identifier: AccountIdentifier = Field(description="The account that pays so.")
    name: Name = Field(description="The profile's name; two profiles may have the same.")
    payment_type: PaymentType | None = Field(None, description=f"What is paid, and when; {PAYMENT_TYPES[0]} if left out.")
    attributes: Attributes | None = Field(None, description="Whatever else is to be known of it: an object of any members.")
    active: FlagOn = Field(True, description="Whether it is the one in use; refused if the account has an active one already.")
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def run(entry: Entry, params: CreateParams) -> Data:
    account = found(entry, lambda names: names.account, params.accounts_receivable_identifier)
    made = profiles.create(
        entry,
        account=account,
        name=params.name,
        payment_type=params.payment_type or PAYMENT_TYPES[0],
        attributes=params.attributes,
        active=params.active,
    )
    return profiles_complete(entry, [made])[0]


METHOD = Method(
    summary="Create a payment profile of an account; one of its profiles at most is active.",
    params=CreateParams,
    shape=ProfileComplete,
    run=run,
    writes=True,
    right=Right.RECORDS_WRITE,
    refusals=(ActiveProfileExists,),
    words={"payment_type": "payment_type"},
    example={
        "accounts_receivable_identifier": {"number": "9"},
        "name": "Quarterly instalments",
        "payment_type": "fixed_price",
        "attributes": {"agreement_number": "2014/117", "contract_sum": 1200},
        "active": False,
    },
)

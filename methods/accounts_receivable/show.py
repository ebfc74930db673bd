"""accounts_receivable/show: one account with what is owed on it."""

from pydantic import Field

from ledger.entry import Reading
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.naming import found
from methods.objects.accounts import AccountComplete
from methods.parameters import AccountIdentifier, FieldsSet
from methods.params import FIELDS_SET, Params
from methods.showing.accounts import accounts_complete


class ShowParams(Params):
    accounts_receivable_identifier: AccountIdentifier = Field(description="The account to show.")
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ShowParams) -> Data:
    account = found(reading, lambda names: names.account, params.accounts_receivable_identifier)
    return accounts_complete(reading, [account])[0]


METHOD = Method(
    summary="Show an account: its balance, what is unpaid on it, what of that is overdue, and its credit not yet allocated.",
    params=ShowParams,
    shape=AccountComplete,
    run=run,
    right=Right.RECORDS_READ,
    example={"accounts_receivable_identifier": {"number": "9"}},
)

"""accounts_receivable/update: change an account, or move it from state to state."""

from typing import Annotated

from pydantic import Field

from ledger import accounts
from ledger.entry import Entry
from ledger.errors import AccountNotSettled
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.naming import found
from methods.objects.accounts import AccountComplete
from methods.parameters import KEPT, AccountIdentifier, AccountState, Days, FieldsSet, Flag, Name, Notes, Tags, Text
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.showing.accounts import accounts_complete


class UpdateParams(Params):
    accounts_receivable_identifier: AccountIdentifier = Field(description="The account to change.")
    name: Annotated[Name | None, KEPT] = Field(None, description="Another name.")
    credit_period: Annotated[Days | None, KEPT] = Field(None, description="Another credit period, in days, for invoices to come.")
    notes: Notes | None = Field(None, description="Other notes; null for none.")
    address: Notes | None = Field(None, description="Another address; null for none.")
    phone: Text | None = Field(None, description="Another number to call; null for none.")
    fax: Text | None = Field(None, description="Another number to send a fax to; null for none.")
    tags: Tags | None = Field(None, description="Other tags in place of all that there are; null for none.")
    life_cycle_state: Annotated[AccountState | None, KEPT] = Field(
        None, description="SUSPENDED: no new invoices. TERMINATED, with balance 0 only: no new business at all. ACTIVE: open again."
    )
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def run(entry: Entry, params: UpdateParams) -> Data:
    account = found(entry, lambda names: names.account, params.accounts_receivable_identifier)
    changes = params.given("name", "credit_period", "notes", "address", "phone", "fax", "tags", "life_cycle_state")
    return accounts_complete(entry, [accounts.update(entry, account, changes)])[0]


METHOD = Method(
    summary="Change an account's name, credit period, notes or contact, or suspend, terminate or reactivate it.",
    params=UpdateParams,
    shape=AccountComplete,
    run=run,
    writes=True,
    right=Right.RECORDS_WRITE,
    refusals=(AccountNotSettled,),
    example={"accounts_receivable_identifier": {"number": "9"}, "notes": "Pays by direct debit"},
)

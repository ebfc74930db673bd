"""accounts_receivable/statement: every booking of a period, between an opening and a closing balance."""

from pydantic import Field

from ledger import accounts
from ledger.entry import Reading
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.naming import found
from methods.objects.accounts import StatementShape
from methods.parameters import AccountIdentifier, FieldsSet, LastMoment, Moment
from methods.params import FIELDS_SET, Params
from methods.showing.accounts import statement as shown


class StatementParams(Params):
    accounts_receivable_identifier: AccountIdentifier = Field(description="The account whose statement is wanted.")
    from_date: Moment | None = Field(None, description="The beginning of the period; the account's first booking if left out.")
    to_date: LastMoment | None = Field(None, description="The end of the period, of a plain date its last second; now if left out.")
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: StatementParams) -> Data:
    account = found(reading, lambda names: names.account, params.accounts_receivable_identifier)
    booked = accounts.statement(reading, account, params.from_date, params.to_date)
    return shown(reading, account, params.from_date, params.to_date, booked)


METHOD = Method(
    summary="An account's statement: opening balance, every booking with the balance after it, closing balance.",
    params=StatementParams,
    shape=StatementShape,
    run=run,
    right=Right.RECORDS_READ,
    example={"accounts_receivable_identifier": {"number": "9"}, "from_date": "2014-01-01"},
)

"""users/disable: end a user's access."""

from pydantic import Field

from ledger import users
from ledger.entry import Entry
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.naming import found
from methods.objects.people import UserComplete
from methods.parameters import FieldsSet, Flag, UserIdentifier
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.showing.people import users_complete


class DisableParams(Params):
    user_identifier: UserIdentifier = Field(description="The user to disable.")
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def run(entry: Entry, params: DisableParams) -> Data:
    user = found(entry, lambda names: names.user, params.user_identifier)
    return users_complete(entry, [users.disable(entry, user)])[0]


METHOD = Method(
    summary="Disable a user: tokens and keys end at once, on every worker; what the user did stays on record.",
    params=DisableParams,
    shape=UserComplete,
    run=run,
    writes=True,
    right=Right.PEOPLE_WRITE,
    example={"user_identifier": {"username": "former.clerk"}},
)

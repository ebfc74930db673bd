"""users/show: one user."""

from pydantic import Field

from ledger.entry import Reading
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.naming import found
from methods.objects.people import UserComplete
from methods.parameters import FieldsSet, UserIdentifier
from methods.params import FIELDS_SET, Params
from methods.showing.people import users_complete


class ShowParams(Params):
    user_identifier: UserIdentifier = Field(description="The user to show.")
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ShowParams) -> Data:
    user = found(reading, lambda names: names.user, params.user_identifier)
    return users_complete(reading, [user])[0]


METHOD = Method(
    summary="Show a user with role, units and customers.",
    params=ShowParams,
    shape=UserComplete,
    run=run,
    right=Right.PEOPLE_READ,
    example={"user_identifier": {"id": "40928D9B96FE6CB963D2DD8955814774"}},
)

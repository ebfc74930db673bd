"""users/list: users, newest first."""

from functools import partial

from pydantic import Field

from ledger import queries
from ledger.entry import Reading
from ledger.errors import EntityNotFound
from ledger.queries import UserFilters
from ledger.rights import Right
from methods.answers import Data, Stream
from methods.listing import listed
from methods.method import Method
from methods.objects.people import UserComplete
from methods.parameters import Boolean, FieldsSet, Role
from methods.params import FIELDS_SET, Paged, Params
from methods.showing.people import users_complete


class Filters(Params):
    role: Role | None = Field(None, description="Only users of this role.")
    active: Boolean | None = Field(None, description="true: only users who can log in; false: only disabled ones.")


class ListParams(Paged, Filters):
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ListParams) -> list[Data] | Stream:
    filters = UserFilters(role=params.role, active=params.active)
    return listed(reading, params, partial(queries.users, filters=filters), users_complete)


METHOD = Method(
    summary="List users, newest first; machine users with keys too.",
    params=ListParams,
    shape=UserComplete,
    many=True,
    run=run,
    right=Right.PEOPLE_READ,
    refusals=(EntityNotFound,),
    example={"active": True},
)

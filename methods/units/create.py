"""units/create: a new organisational unit."""

from pydantic import Field

from ledger import users
from ledger.entry import Entry
from ledger.errors import DuplicateName
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.people import UnitShape
from methods.parameters import FieldsSet, Flag, Name, Notes, Text
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.showing.people import unit


class CreateParams(Params):
    name: Name = Field(description="The unit's name, unique among units.")
    alternative_code: Name | None = Field(None, description="A code, unique among units.")
    description: Notes | None = Field(None, description="What the unit does.")
    group_name: Text | None = Field(None, description="The group that it belongs to.")
    community_name: Text | None = Field(None, description="The community that the group belongs to.")
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def run(entry: Entry, params: CreateParams) -> Data:
    made = users.create_unit(
        entry,
        name=params.name,
        alternative_code=params.alternative_code,
        description=params.description,
        group_name=params.group_name,
        community_name=params.community_name,
    )
    return unit(made)


METHOD = Method(
    summary="Create an organisational unit; users log in with one, payments are received by one.",
    params=CreateParams,
    shape=UnitShape,
    run=run,
    writes=True,
    right=Right.PEOPLE_WRITE,
    refusals=(DuplicateName,),
    example={"name": "Back Office", "alternative_code": "BO", "group_name": "Main Group", "community_name": "Main Community"},
)

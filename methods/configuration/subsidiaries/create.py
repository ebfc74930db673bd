"""configuration/subsidiaries/create: a new subsidiary."""

from pydantic import Field

from ledger import configuration
from ledger.entry import Entry
from ledger.errors import DuplicateName
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.configuration import SubsidiaryShape
from methods.parameters import FieldsSet, Flag, Name, Notes
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.showing.configuration import named


class CreateParams(Params):
    name: Name = Field(description="Its name, unique among subsidiaries.")
    alternative_code: Name | None = Field(None, description="A code, unique among subsidiaries.")
    description: Notes | None = Field(None, description="What it is about.")
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def run(entry: Entry, params: CreateParams) -> Data:
    made = configuration.create_subsidiary(
        entry, name=params.name, alternative_code=params.alternative_code, description=params.description
    )
    return named(made)


METHOD = Method(
    summary="Create a subsidiary: a part of the organisation that sends invoices.",
    params=CreateParams,
    shape=SubsidiaryShape,
    run=run,
    writes=True,
    right=Right.CONFIGURATION_WRITE,
    refusals=(DuplicateName,),
    example={"name": "Island Stores", "alternative_code": "IS"},
)

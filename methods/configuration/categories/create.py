"""configuration/categories/create: a new transaction category."""

from pydantic import Field

from ledger import configuration
from ledger.entry import Entry
from ledger.errors import DuplicateName
from ledger.resolving import Names
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.configuration import CategoryComplete
from methods.parameters import CategoryIdentifier, FieldsSet, Flag, Name, Notes
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.showing.configuration import categories_complete


class CreateParams(Params):
    name: Name = Field(description="The category's name, unique among categories.")
    code: Name | None = Field(None, description="A code, unique among categories.")
    description: Notes | None = Field(None, description="What the category is for.")
    parent_identifier: CategoryIdentifier | None = Field(None, description="The category above it.")
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def run(entry: Entry, params: CreateParams) -> Data:
    names = Names(entry)
    parent = names.category(params.parent_identifier, "parent")
    names.settle()
    made = configuration.create_category(entry, name=params.name, code=params.code, description=params.description, parent=parent)
    return categories_complete(entry, [made])[0]


METHOD = Method(
    summary="Create a financial transaction category; types name the categories that they allow.",
    params=CreateParams,
    shape=CategoryComplete,
    run=run,
    writes=True,
    right=Right.CONFIGURATION_WRITE,
    refusals=(DuplicateName,),
    example={"name": "Deposits", "code": "DEP", "parent_identifier": {"name": "Payment Categories"}},
)

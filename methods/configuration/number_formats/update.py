"""configuration/number_formats/update: how the numbers of one kind of record look from now on."""

from typing import Annotated

from pydantic import Field

from ledger import configuration
from ledger.entry import Entry
from ledger.errors import EntityNotFound
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.configuration import NumberFormat
from methods.parameters import KEPT, FieldsSet, Flag, Name, Padding, Prefix
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.showing.configuration import number_format


class UpdateParams(Params):
    name: Name = Field(description="The series, as in invoice.number.")
    prefix: Annotated[Prefix | None, KEPT] = Field(
        None, description="What stands before the digits, at most 20 characters and not ending in a digit."
    )
    padding: Annotated[Padding | None, KEPT] = Field(None, description="With zeros up to how many digits the counter is filled.")
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def run(entry: Entry, params: UpdateParams) -> Data:
    return number_format(entry, configuration.set_number_format(entry, params.name, params.prefix, params.padding))


METHOD = Method(
    summary="Change the prefix or padding of a number series; numbers already given stay as they are.",
    params=UpdateParams,
    shape=NumberFormat,
    run=run,
    writes=True,
    right=Right.CONFIGURATION_WRITE,
    refusals=(EntityNotFound,),
    example={"name": "invoice.number", "prefix": "I", "padding": 8},
)

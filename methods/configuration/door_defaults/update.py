"""configuration/door_defaults/update: what a door takes for what its requests do not carry."""

from collections.abc import Callable
from typing import Any

from pydantic import Field

from ledger import configuration
from ledger.entry import Entry
from ledger.errors import TypeNotAllowed
from ledger.resolving import Names
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.configuration import DoorDefaults
from methods.parameters import CategoryIdentifier, Door, FieldsSet, Flag, MethodIdentifier, TypeIdentifier
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.showing.configuration import door_defaults


class UpdateParams(Params):
    door: Door = Field(description="The door.")
    payment_type_identifier: TypeIdentifier | None = Field(None, description="The type of its payments; null for none.")
    cancellation_type_identifier: TypeIdentifier | None = Field(None, description="The type of its cancellations; null for none.")
    write_off_type_identifier: TypeIdentifier | None = Field(None, description="The type of its write-offs; null for none.")
    payment_method_identifier: MethodIdentifier | None = Field(None, description="The method of its payments; null for none.")
    category_identifier: CategoryIdentifier | None = Field(None, description="The category of its payments; null for none.")
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def run(entry: Entry, params: UpdateParams) -> Data:
    names = Names(entry)
    looks: dict[str, Callable[..., Any]] = {
        "payment_type": names.type,
        "cancellation_type": names.type,
        "write_off_type": names.type,
        "payment_method": names.method,
        "category": names.category,
    }
    given = params.given(*(f"{word}_identifier" for word in looks))
    rows = {word: look(given[f"{word}_identifier"], word) for word, look in looks.items() if f"{word}_identifier" in given}
    names.settle()
    return door_defaults(entry, [configuration.set_door_default(entry, params.door, **rows)])[0]


METHOD = Method(
    summary="Set what a door takes for what its requests do not carry; what is left out stays.",
    params=UpdateParams,
    shape=DoorDefaults,
    run=run,
    writes=True,
    right=Right.CONFIGURATION_WRITE,
    refusals=(TypeNotAllowed,),
    words={"payment_method": "payment_method_identifier"},
    example={
        "door": configuration.DOORS[1],
        "payment_type_identifier": {"name": "Payment 2"},
        "payment_method_identifier": {"name": "Direct Debit"},
    },
)

"""configuration/door_defaults/list: what each door takes for what its requests do not carry."""

from ledger import queries
from ledger.entry import Reading
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.configuration import DoorDefaults
from methods.parameters import FieldsSet
from methods.params import FIELDS_SET, Params
from methods.showing.configuration import door_defaults


class ListParams(Params):
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ListParams) -> list[Data]:
    return door_defaults(reading, queries.door_defaults(reading))


METHOD = Method(
    summary="List the types, payment methods and categories that doors take for what their requests do not carry.",
    params=ListParams,
    shape=DoorDefaults,
    many=True,
    run=run,
    right=Right.CONFIGURATION_READ,
    example={},
)

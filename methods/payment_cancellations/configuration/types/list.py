"""payment_cancellations/configuration/types/list: the types that payment cancellations can have."""

from ledger import queries
from ledger.classification import PAYMENT_CANCEL
from ledger.entry import Reading
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.configuration import TypeComplete
from methods.parameters import FieldsSet
from methods.params import FIELDS_SET, Params
from methods.showing.configuration import types_complete


class ListParams(Params):
    # Every type is for all units, so that which of them asks makes no difference.
    ignored = frozenset({"group_identifier", "unit_identifier"})

    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ListParams) -> list[Data]:
    return types_complete(reading, queries.types(reading, PAYMENT_CANCEL))


METHOD = Method(
    summary="The transaction types that payment cancellations can have.",
    params=ListParams,
    shape=TypeComplete,
    many=True,
    run=run,
    right=Right.CONFIGURATION_READ,
    example={},
)

"""batch: many calls in one. The door runs them, each as if it came alone; here is what a batch looks like."""

from typing import Annotated

from pydantic import Field

from ledger.entry import Entry
from ledger.errors import REFUSALS, AlreadyLinked, InvalidCredentials, NotLinked, TooManyRequests
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.sessions import Envelope
from methods.parameters import Flag, Name, Object, Text
from methods.params import VALIDATE_ONLY, Params, Part
from methods.sets import at_most

MOST_CALLS = 1000
_OF_NO_CALL = (InvalidCredentials, TooManyRequests, AlreadyLinked, NotLinked)


class BatchCall(Part):
    """One call of the batch."""

    method: Text = Field(description="The path of the method, as in payments/create.")
    params: Object = Field(default_factory=dict, description="Its parameters, without a token.")
    idempotency_key: Name | None = Field(None, description="A key of its own, as the header of a single call; for writes.")


class BatchParams(Params):
    calls: Annotated[list[BatchCall], *at_most(MOST_CALLS, "calls")] = Field(description="The calls, at most 1,000, in order.")
    atomic: Flag = Field(False, description="true: one refused call undoes them all; false: the others go on.")
    validate_only: Flag = VALIDATE_ONLY


def run(entry: Entry, params: BatchParams) -> list[Data]:
    """Never called: a method knows nothing of the others."""
    raise AssertionError("the door runs the calls of a batch")


METHOD = Method(
    summary="Run up to 1,000 calls in one commit; each is answered by an envelope of its own, and sees what earlier ones wrote.",
    params=BatchParams,
    shape=Envelope,
    many=True,
    run=run,
    writes=True,
    right=Right.SESSION,
    # An atomic batch is refused as the first of its calls that is; passwords are no matter of batches, and no method makes links.
    refusals=tuple(refusal for refusal in REFUSALS if refusal not in _OF_NO_CALL),
    example={
        "calls": [
            {"method": "customers/create", "params": {"name": "Orchard Street Dental"}},
            {"method": "payments/get_latest", "params": {"accounts_receivable_identifier": {"number": "9"}, "number": 1}},
        ],
        "atomic": True,
    },
)

"""events/list: what happened to payments, invoices and accounts, for those who ask again and again."""

from pydantic import Field

from ledger.entry import Entry, Reading
from ledger.errors import EntityNotFound, EventsNotKept
from ledger.events import Wanted, after, place, place_what_waits, waits
from ledger.rights import Right
from methods.answers import Data
from methods.events.types import EventTypes
from methods.method import Method
from methods.objects.events import EventsShape
from methods.parameters import PAGE_LEFT_OUT, PAGE_MOST, FieldsSet, PageSize, RecordId, RowKey
from methods.params import FIELDS_SET, Params
from methods.showing.events import events


class ListParams(Params):
    after: RowKey | None = Field(None, description="What the last call answered as after; all events that are kept if left out.")
    number_of_results: PageSize = Field(
        PAGE_LEFT_OUT, description=f"The most events to answer, at most {PAGE_MOST}; {PAGE_LEFT_OUT} if left out."
    )
    types_set: EventTypes | None = Field(None, description="Only events of these types.")
    record: RecordId | None = Field(None, description="Only what happened to the payment, invoice or account with this id.")
    fields_set: FieldsSet | None = FIELDS_SET


def run(reading: Reading, params: ListParams) -> Data:
    if isinstance(reading, Entry) and waits(reading):
        place(reading)
    wanted = Wanted(params.types_set or (), params.record)
    return events(after(reading, None if params.after is None else int(params.after), params.number_of_results, wanted))


METHOD = Method(
    summary="What happened to payments, invoices and accounts, oldest first, from where the last call ended.",
    params=ListParams,
    shape=EventsShape,
    run=run,
    right=Right.RECORDS_READ,
    refusals=(EntityNotFound, EventsNotKept),
    example={"number_of_results": 10},
    beforehand=place_what_waits,
)

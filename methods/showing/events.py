"""Events."""

import orjson

from ledger.events import Found
from ledger.storage.models import Event
from methods.answers import Data


def events(found: Found) -> Data:
    """Some events and where to go on."""
    return {
        "events": [event(row) for row in found.events],
        "after": None if found.last is None else str(found.last),
        "more": found.more,
    }


def event(row: Event) -> Data:
    """One event; its data are JSON already."""
    return {"id": str(row.pk), "at": row.at, "type": row.type, "record_id": row.record_id, "data": orjson.Fragment(row.data)}

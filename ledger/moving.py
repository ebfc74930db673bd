"""Moving a record on: one conditional update decides, whoever races."""

from collections.abc import Mapping
from typing import TypeVar, cast

from ledger.entry import Entry
from ledger.errors import InvalidLifeCycleState
from ledger.storage.compiled import layout
from ledger.storage.models import Invoice, Payment

R = TypeVar("R", Payment, Invoice)


def changed(entry: Entry, record: R, state: str, values: Mapping[str, object]) -> R:
    """The record with these values, if it is still in this state. Refuses: INVALID_LIFE_CYCLE_STATE."""
    model = cast("type[R]", layout(type(record)).model)
    if not entry.rows.change(model, {**values, **entry.update_stamp}, pk=record.pk, life_cycle_state=state):
        kind = model.__name__.lower()
        raise InvalidLifeCycleState(f"the {kind} is no {state} any more", kind)
    return entry.rows.get(model, record.pk)

"""Events, as they are answered."""

from typing import Any

from methods.shape import Date, Id, Shape


class EventShape(Shape):
    """Something that happened to a payment, an invoice or an account. `id` is its place among all events; `data` is the record as
    the call that did it left it."""

    id: str
    at: Date
    type: str
    record_id: Id
    data: dict[str, Any]


class EventsShape(Shape):
    """Events in the order of their places. `after` goes into the next call, also if there were no events; `more`: there may be
    further ones already."""

    events: list[EventShape]
    after: str | None
    more: bool

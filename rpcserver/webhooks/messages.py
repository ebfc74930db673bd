"""What a receiver is sent: an event as JSON, with an id that stays the same however often it is sent."""

import orjson

from ledger.storage.models import Event


def message_id(event: Event) -> str:
    """By which a receiver knows what it has had already; a book that was restored gives no id a second time."""
    return f"evt_{event.record_id.lower()}_{event.pk}"


def body(event: Event) -> bytes:
    """The event as `events/list` shows it, under the names of the Standard Webhooks specification."""
    shown = {
        "type": event.type,
        "timestamp": f"{event.at}Z",
        "id": str(event.pk),
        "record_id": event.record_id,
        "data": orjson.Fragment(event.data),
    }
    return orjson.dumps(shown)

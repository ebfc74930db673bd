"""Webhooks and what has not reached them."""

from collections.abc import Sequence

from ledger.arrears import counts
from ledger.deliveries import PARKED, WAITING
from ledger.entry import Reading
from ledger.storage.models import Delivery, Event, Webhook
from ledger.webhooks import types_of
from methods.answers import Data
from methods.showing.people import logged


def webhooks_complete(reading: Reading, rows: Sequence[Webhook]) -> list[Data]:
    """Webhooks with how much waits for them, and how much is parked."""
    counted = counts(reading, [row.pk for row in rows])
    return [_webhook(reading, row, counted) for row in rows]


def _webhook(reading: Reading, row: Webhook, counted: dict[tuple[int, str], int]) -> Data:
    types = types_of(row)
    both = row.previous_until is not None and row.previous_until > reading.now
    return {
        "id": row.id,
        "name": row.name,
        "url": row.url,
        "types_set": None if types is None else list(types),
        "active": row.disabled_on is None,
        "disabled_on": row.disabled_on,
        "failing_since": row.failing_since,
        "waiting": counted.get((row.pk, WAITING), 0),
        "parked": counted.get((row.pk, PARKED), 0),
        "previous_secret_until": row.previous_until if both else None,
        "log_information": logged(reading, row),
    }


def deliveries(reading: Reading, rows: Sequence[Delivery]) -> list[Data]:
    """What has not reached its receiver, with the types of the events, as far as these are still kept."""
    events = reading.rows.by_pk(Event, (row.place for row in rows))
    webhooks = reading.rows.by_pk(Webhook, (row.webhook_pk for row in rows))
    return [
        {
            "id": str(row.pk),
            "webhook": {"id": webhooks[row.webhook_pk].id, "name": webhooks[row.webhook_pk].name},
            "event": str(row.place),
            "type": events[row.place].type if row.place in events else None,
            "record_id": row.record_id,
            "state": row.state,
            "attempts": row.attempts,
            "first_tried_on": row.first_tried_on,
            "next_try_on": row.next_try_on if row.state == WAITING else None,
            "last_status": row.last_status,
            "last_error": row.last_error,
        }
        for row in rows
    ]

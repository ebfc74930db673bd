"""What has not reached webhooks yet, in figures for whoever watches: looked at again and again, so at a bounded cost."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from peewee import fn

from ledger.deliveries import PARKED, WAITING, seconds_of
from ledger.entry import Reading
from ledger.events import THE_ROW
from ledger.storage.models import Delivery, Event, Outbox, Placing, Webhook

MOST = 10_000
"""So many deliveries that wait are counted, and as many that are parked, at most."""


class Arrears(NamedTuple):
    """How many deliveries wait and how many are parked, each up to MOST; and how many seconds ago that happened of which a webhook
    has still to be told, 0 if there is nothing. With more than MOST waiting, it is the oldest of those that are tried next."""

    waiting: int = 0
    parked: int = 0
    oldest: float = 0.0


def arrears(reading: Reading) -> Arrears:
    """The figures of this moment."""
    webhooks = reading.rows.find(Webhook, order=("pk",))
    waiting, first = _counted(reading, webhooks, WAITING)
    parked, _ = _counted(reading, webhooks, PARKED)
    enabled = [webhook for webhook in webhooks if webhook.disabled_on is None]
    return Arrears(waiting, parked, _oldest(reading, enabled, first) if enabled else 0.0)


def _counted(reading: Reading, webhooks: list[Webhook], state: str) -> tuple[int, int | None]:
    """How many deliveries are in a state, and the first place among them."""
    count, places = 0, []
    for webhook in webhooks:
        # In the order of an index, of which no more is read than is counted.
        some: Any = Delivery.select(Delivery.place).where(Delivery.webhook == webhook.pk, Delivery.state == state)
        some = some.order_by(Delivery.next_try_on).limit(MOST - count)
        ((found, place),) = reading.rows.tuples(some.select_from(fn.COUNT(some.c.place), fn.MIN(some.c.place)))
        count += found
        places += [place] if found else []
        if count >= MOST:
            break
    return count, min(places, default=None)


def _oldest(reading: Reading, enabled: list[Webhook], first: int | None) -> float:
    """Seconds since the first that is still to be told of: a delivery, an event that is none yet, or one without a place."""
    last = reading.rows.get(Placing, THE_ROW).last
    behind = [webhook.cursor + 1 for webhook in enabled if webhook.cursor < last]
    place = min([*behind, *([first] if first is not None else [])], default=None)
    events = reading.rows.find(Event, 1, pk=place) if place is not None else []
    moments = [event.at for event in events] + [row.at for row in reading.rows.find(Outbox, 1, order=("pk",))]
    return max(0.0, reading.seconds - min(map(seconds_of, moments))) if moments else 0.0


def counts(reading: Reading, webhook_pks: Sequence[int]) -> dict[tuple[int, str], int]:
    """How much waits for webhooks, and how much is parked, by row key and state."""
    number = fn.COUNT(Delivery.pk)
    query = Delivery.select(Delivery.webhook, Delivery.state, number).where(Delivery.webhook.in_(list(webhook_pks)))
    return {(pk, state): count for pk, state, count in reading.rows.tuples(query.group_by(Delivery.webhook, Delivery.state))}

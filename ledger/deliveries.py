"""What is sent to webhooks, when, and what becomes of it. One server process at a time delivers to a webhook: who holds its lease.

An event becomes a delivery, which waits until the receiver takes it. Of each record only the oldest waiting delivery is tried, so
that the receiver is told in order; one that fails is tried again, later and later, for three days, then it is parked and blocks its
record no longer. A receiver that is down is not tried with everything that waits, but with one delivery at a time, a probe; when it
answers again, all is due at once. One that asks for a pause (Retry-After) gets it. Moments are those of the book's clock.
"""

import calendar
import math
import time
from collections.abc import Iterable, Sequence
from random import Random
from typing import Any, NamedTuple

import orjson
from peewee import fn

from ledger.entry import Entry, Reading, utc_text
from ledger.storage.columns import Table
from ledger.storage.compiled import layout
from ledger.storage.models import Delivery, Event, Placing, Webhook

WAITING, PARKED = "WAITING", "PARKED"
LEASE_SECONDS = 30
GIVE_UP_SECONDS = 3 * 86_400
FIRST_PAUSE, LONGEST_PAUSE = 2, 3_600
"""Seconds to the second try, and between any two, at most; each is cut by chance to something above its half."""
LOT = 200
"""So many events become deliveries in one write, so that callers who write get their turn."""
GONE, SERVER_ERRORS, TOO_MANY, UNAVAILABLE = 410, 500, 429, 503

_chance = Random()


class Result(NamedTuple):
    """What became of a try: the receiver's status, or why there is none. `failures` is what the webhook had when the try began;
    `wait` is for how many seconds the receiver wants to be left alone."""

    delivery_pk: int
    failures: int
    status: int | None = None
    error: str | None = None
    wait: float | None = None

    @property
    def is_delivered(self) -> bool:
        """Whether the receiver has taken the event."""
        return self.error is None

    @property
    def is_down(self) -> bool:
        """Whether the receiver is down, rather than unwilling to take this event."""
        return self.error is not None and (self.status is None or self.status >= SERVER_ERRORS or self.status == TOO_MANY)


class Try(NamedTuple):
    """A delivery to be tried: its event and where that happened."""

    delivery_pk: int
    record_id: str
    event: Event


# --- the lease ---------------------------------------------------------------------------------------------------------------


def held(entry: Entry, webhook_pk: int, holder: str) -> bool:
    """Hold the lease of a webhook from now on, or still; False if somebody else does, or the webhook is disabled."""
    webhook = entry.rows.get(Webhook, webhook_pk)
    if not _is_free(webhook, holder, entry.now):
        return False
    as_seen = {"holder": webhook.holder, "held_until": webhook.held_until}
    until = {"holder": holder, "held_until": utc_text(entry.seconds + LEASE_SECONDS)}
    return entry.rows.change(Webhook, until, pk=webhook_pk, disabled_on=None, **as_seen) == 1


def let_go(entry: Entry, webhook_pk: int, holder: str) -> None:
    """Hold the lease no longer."""
    entry.rows.change(Webhook, {"holder": None, "held_until": None}, pk=webhook_pk, holder=holder)


def _is_free(webhook: Webhook, holder: str, now: str) -> bool:
    return webhook.holder in (None, holder) or webhook.held_until is None or webhook.held_until < now


# --- what there is to do -----------------------------------------------------------------------------------------------------


def busy(reading: Reading, holder: str) -> list[int]:
    """The webhooks for which this holder has something to do now, or could have."""
    enabled = reading.rows.find(Webhook, order=("pk",), disabled_on=None)
    free = [each for each in enabled if _is_free(each, holder, reading.now)]
    return [each.pk for each in free if is_behind(reading, each) or _is_due(reading, each)]


def is_behind(reading: Reading, webhook: Webhook) -> bool:
    """Whether there are events that are no deliveries yet."""
    (placing,) = reading.rows.find(Placing)
    return bool(webhook.cursor < placing.last)


def _is_due(reading: Reading, webhook: Webhook) -> bool:
    if webhook.probe_on is not None and webhook.probe_on > reading.now:
        return False
    first = Delivery.select(Delivery.pk).where(*_ready(reading, webhook.pk)).limit(1)
    return bool(reading.rows.tuples(first))


def _ready(reading: Reading, webhook_pk: int) -> tuple[Any, ...]:
    return Delivery.webhook == webhook_pk, Delivery.state == WAITING, Delivery.next_try_on <= reading.now


def due(reading: Reading, webhook: Webhook, most: int, trying: Iterable[int] = ()) -> list[Try]:
    """Deliveries that can be tried now, each the oldest one that waits of its record, but for those that are being tried; of a
    webhook that is down the one probe, if it is time for it."""
    under_way = list(trying)
    if webhook.failures:
        if under_way or (webhook.probe_on is not None and webhook.probe_on > reading.now):
            return []
        most = 1
    older: Any = Delivery.alias()
    before = older.select(older.pk).where(
        older.webhook == webhook.pk,
        older.record_id == Delivery.record_id,
        older.state == WAITING,
        older.place < Delivery.place,
    )
    query = Delivery.select(*layout(Delivery).fields).where(*_ready(reading, webhook.pk), ~fn.EXISTS(before))
    if under_way:
        query = query.where(Delivery.pk.not_in(under_way))
    return _tries(reading, reading.rows.query(Delivery, query.order_by(Delivery.next_try_on, Delivery.place).limit(most)))


def following(reading: Reading, webhook: Webhook, record_ids: Iterable[str]) -> list[Try]:
    """The oldest deliveries that wait of these records, as far as they can be tried now."""
    rows = [
        row
        for each in record_ids
        for row in reading.rows.find(Delivery, 1, order=("place",), webhook_pk=webhook.pk, record_id=each, state=WAITING)
        if row.next_try_on <= reading.now
    ]
    return [] if webhook.failures else _tries(reading, rows)


def _tries(reading: Reading, rows: Sequence[Delivery]) -> list[Try]:
    events = reading.rows.by_pk(Event, (row.place for row in rows))
    return [Try(row.pk, row.record_id, events[row.place]) for row in rows if row.place in events]


# --- what becomes of it ------------------------------------------------------------------------------------------------------


def settle(entry: Entry, webhook_pk: int, results: Iterable[Result]) -> bool:
    """Write down what became of tries; whether the receiver has said that it wants to be told no more (410 Gone)."""
    gone = False
    for result in results:
        webhook = entry.rows.get(Webhook, webhook_pk)
        if result.is_delivered:
            entry.rows.remove(Delivery, pk=result.delivery_pk)
        else:
            _failed(entry, result)
            gone = gone or result.status == GONE
        if result.is_down:
            _down(entry, webhook, result)
        elif webhook.failures and not _is_left_alone(entry, webhook):
            _answers_again(entry, webhook, result)
    return gone


def _failed(entry: Entry, result: Result) -> None:
    """Note a failure, and when to try again; or park what was tried for three days."""
    row = entry.rows.one(Delivery, pk=result.delivery_pk)
    if row is None:
        return
    first = row.first_tried_on or entry.now
    again = _again(entry, row.attempts + 1, result)
    values = {
        "attempts": row.attempts + 1,
        "first_tried_on": first,
        "next_try_on": utc_text(again),
        "last_status": result.status,
        "last_error": result.error,
        "state": PARKED if again > seconds_of(first) + GIVE_UP_SECONDS else WAITING,
    }
    entry.rows.change(Delivery, values, pk=row.pk, state=WAITING)


def _down(entry: Entry, webhook: Webhook, result: Result) -> None:
    """A try has shown that the receiver is down: it stands for all that wait, which have been tried by that, too. Tries that began
    together count once."""
    failures = max(webhook.failures, result.failures + 1)
    since = webhook.failing_since or entry.now
    # Of tries that began together, the one that asks for the longest wait counts.
    probe_on = max(webhook.probe_on or "", utc_text(_again(entry, failures, result)))
    entry.rows.change(Webhook, {"failures": failures, "failing_since": since, "probe_on": probe_on}, pk=webhook.pk)
    waiting = Delivery.webhook == webhook.pk, Delivery.state == WAITING
    entry.rows.change_all(Delivery, {"first_tried_on": entry.now}, *waiting, Delivery.first_tried_on.is_null())
    too_old = utc_text(entry.seconds - GIVE_UP_SECONDS)
    entry.rows.change_all(Delivery, {"state": PARKED}, *waiting, Delivery.first_tried_on <= too_old)


def _answers_again(entry: Entry, webhook: Webhook, result: Result) -> None:
    """What was tried in vain while the receiver was down is due at once. What has failed more often than that fails by itself, as
    does what was refused just now."""
    entry.rows.change(Webhook, {"failures": 0, "failing_since": None, "probe_on": None}, pk=webhook.pk)
    entry.rows.change_all(
        Delivery,
        {"next_try_on": entry.now},
        Delivery.webhook == webhook.pk,
        Delivery.state == WAITING,
        Delivery.next_try_on > entry.now,
        Delivery.attempts <= webhook.failures,
        Delivery.pk != result.delivery_pk,
    )


def _is_left_alone(entry: Entry, webhook: Webhook) -> bool:
    """Whether a receiver has said that it is told too much, and its probe is not due yet: a try that began before shows nothing."""
    said = Delivery.last_status.in_([TOO_MANY, UNAVAILABLE]), Delivery.next_try_on > entry.now
    found = Delivery.select(Delivery.pk).where(Delivery.webhook == webhook.pk, Delivery.state == WAITING, *said).limit(1)
    return (webhook.probe_on or "") > entry.now and bool(entry.rows.tuples(found))


def _again(entry: Entry, failures: int, result: Result) -> float:
    """When to try again after so many failures: not before the receiver wants it, as long as that is no longer than any pause."""
    again = entry.seconds + pause(failures)
    # A moment is kept in whole seconds.
    return again if result.wait is None else max(again, math.ceil(entry.seconds + min(result.wait, LONGEST_PAUSE)))


def pause(failures: int) -> float:
    """Seconds until the next try after so many failures: twice as long each time, cut by chance so that not all come at once."""
    # Beyond this exponent it is the longest one anyway.
    longest: float = min(FIRST_PAUSE * 2 ** min(failures - 1, 30), LONGEST_PAUSE)
    return longest * _chance.uniform(0.5, 1)


def seconds_of(moment: str) -> int:
    """A moment of the book as seconds of the epoch."""
    return calendar.timegm(time.strptime(moment, "%Y-%m-%dT%H:%M:%S"))


# --- from events to deliveries, and back -------------------------------------------------------------------------------------


def fan_out(entry: Entry, webhook_pk: int) -> None:
    """Make the next events deliveries, as far as the webhook is told of their types."""
    webhook = entry.rows.get(Webhook, webhook_pk)
    wanted = None if webhook.types is None else frozenset(orjson.loads(webhook.types))
    (placing,) = entry.rows.find(Placing)
    if webhook.cursor >= placing.last:
        return
    events = _between(entry, Event, Event.pk, webhook.cursor, placing.last)
    end = events[-1].pk if len(events) == LOT else placing.last
    there = {row.place for row in _between(entry, Delivery, Delivery.place, webhook.cursor, end, Delivery.webhook == webhook.pk)}
    for event in events:
        if event.pk not in there and (wanted is None or event.type in wanted):
            values = {"place": event.pk, "record_id": event.record_id, "state": WAITING, "next_try_on": entry.now}
            entry.rows.add(Delivery, {"webhook_pk": webhook.pk, **values})
    entry.rows.change(Webhook, {"cursor": end}, pk=webhook.pk)


def _between(reading: Reading, model: type[Table], place: Any, above: int, up_to: int, *also: Any) -> list[Any]:
    query = model.select(*layout(model).fields).where(place > above, place <= up_to, *also)
    return reading.rows.query(model, query.order_by(place).limit(LOT))


def parked(entry: Entry, webhook_pk: int) -> int:
    """Park what waits for a webhook; how many there were."""
    return entry.rows.change(Delivery, {"state": PARKED}, webhook_pk=webhook_pk, state=WAITING)


def due_at_once(entry: Entry, webhook_pk: int) -> None:
    """Have all that waits for a webhook tried without a pause."""
    entry.rows.change(Delivery, {"next_try_on": entry.now}, webhook_pk=webhook_pk, state=WAITING)


def revived(entry: Entry, webhook_pk: int, start: int = 0) -> int:
    """Make what is parked, from a place on, due as if it had never been tried; how many there were."""
    anew = {"state": WAITING, "attempts": 0, "first_tried_on": None, "next_try_on": entry.now}
    return entry.rows.change(Delivery, anew, at_least={"place": start}, webhook_pk=webhook_pk, state=PARKED)


def oldest_needed(reading: Reading) -> int | None:
    """The place from which on events are still to be delivered; None if none are."""
    deliveries = reading.rows.find(Delivery, 1, order=("place",), state=WAITING)
    cursors = [webhook.cursor + 1 for webhook in reading.rows.find(Webhook, disabled_on=None)]
    return min([row.place for row in deliveries] + cursors, default=None)


def forget_parked(entry: Entry, most: int) -> int:
    """Delete what is parked and whose event is forgotten, so that it cannot be replayed, at most so much; how much there was."""
    first = entry.rows.find(Event, 1, order=("pk",))
    parked = entry.rows.find(Delivery, most, order=("place",), state=PARKED)
    old = [row for row in parked if not first or row.place < first[0].pk]
    for row in old:
        entry.rows.remove(Delivery, pk=row.pk)
    return len(old)

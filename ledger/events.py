"""Events: each gets its place after the write that it tells of is committed, and is read by those who know the last place they saw.

On a server writes end in another order than they began, so what they put into the outbox cannot be read in the order of its keys
without missing some. Whoever wants to read gives what waits its place first, one at a time: all that a place is given to is
committed, and the next places are given when these are. What happens to one account is put into the outbox by one write after the
other, in the order of the keys, so the events of a record have their places in the order in which they happened.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from itertools import takewhile
from operator import and_
from typing import Any, NamedTuple

import orjson

from ledger import money
from ledger.book import Book
from ledger.deliveries import oldest_needed
from ledger.entry import Call, Entry, Reading
from ledger.errors import EntityNotFound, EventsNotKept, OutcomeUnknown, ServiceUnavailable
from ledger.happenings import AMOUNTS, Happening
from ledger.storage.compiled import layout
from ledger.storage.models import Account, Currency, Event, Outbox, Placing

LOT = 200
"""The outbox of so many writes is given places at a time, so that callers who write get their turn."""
LOTS = 10
LOOKED_AT = 20_000
"""So many events are looked at for those that are asked for."""
THE_ROW = 1

log = logging.getLogger("ledger.events")


class Found(NamedTuple):
    """Events in the order of their places, the place to go on after (None: there were never any), and whether there may be more."""

    events: Sequence[Event]
    last: int | None
    more: bool


class Wanted(NamedTuple):
    """Which events: of some types, or of all; of one record, or of all."""

    types: Sequence[str] = ()
    record_id: str | None = None


def place_what_waits(book: Book, call: Call) -> None:
    """Give places to the events of what is committed by now, of so many writes; nothing is written if none wait. When the book
    cannot be written, the events come later."""
    waiting = Call(call.door, call.method, request_id=call.request_id)
    try:
        for _ in range(LOTS):
            if not book.read(waiting, waits) or book.enter(waiting, place) < LOT:
                return
    except (ServiceUnavailable, OutcomeUnknown) as refusal:
        log.warning("events wait for their places: %s", refusal.message, extra={"call": {"request_id": call.request_id}})


def waits(reading: Reading) -> bool:
    """Whether there is anything in the outbox."""
    return bool(reading.rows.find(Outbox, 1, order=("pk",)))


def place(entry: Entry) -> int:
    """Give places to the events of the writes that have waited longest; how many writes there were, at most a lot."""
    # Whoever comes meanwhile waits for this row, or on a server whose transactions are serializable begins again.
    last = entry.rows.advance(Placing, "turns", pk=THE_ROW).last
    waiting = entry.rows.find(Outbox, LOT, order=("pk",))
    for event in told(entry, waiting):
        last += 1
        entry.rows.insert(Event, {"pk": last, **event})
    for row in waiting:
        entry.rows.remove(Outbox, pk=row.pk)
    entry.rows.change(Placing, {"last": last}, pk=THE_ROW)
    return len(waiting)


def told(reading: Reading, waiting: Sequence[Outbox]) -> Iterator[Mapping[str, object]]:
    """The rows of the events of these writes in their order, without places."""
    happened = [(row.at, happening) for row in waiting for happening in orjson.loads(row.events)]
    accounts = reading.rows.by_pk(Account, (happening["account"] for _, happening in happened))
    for at, happening in happened:
        yield from _events(reading, at, happening, accounts[happening["account"]])


def _events(reading: Reading, at: str, happening: Happening, account: Account) -> Iterator[Mapping[str, object]]:
    """The rows of the events of one record in one write, without their places."""
    currency, said = reading.rows.get(Currency, account.currency_pk), happening["data"]
    data: dict[str, Any] = {
        name: orjson.Fragment(money.shown(value, currency.exponent)) if name in AMOUNTS else value for name, value in said.items()
    }
    data["currency"] = currency.code
    if said["id"] != account.id:
        data["accounts_receivable"] = {"id": account.id, "number": account.number}
    shared = {
        "at": at,
        "record_id": said["id"],
        "account_pk": account.pk,
        "customer_pk": account.customer_pk,
        "data": orjson.dumps(data).decode(),
    }
    for type_ in happening["types"]:
        yield {"type": type_, **shared}


def after(reading: Reading, place: int | None, most: int, wanted: Wanted) -> Found:
    """At most so many of the events after a place, or from the first that is kept, that the caller may see.

    Refuses: EVENTS_NOT_KEPT, ENTITY_NOT_FOUND (events after the place are forgotten, or it was never given).
    """
    if not reading.keeps_events:
        raise EventsNotKept("this server is set to keep no events (EVENTS)")
    if reading.owner_customers is not None:
        return _after_own(reading, place, most, wanted, Event.customer_pk.in_(list(reading.owner_customers)))
    last = reading.rows.get(Placing, THE_ROW).last
    oldest = reading.rows.find(Event, 1, order=("pk",))
    before_oldest = oldest[0].pk - 1 if oldest else last
    start = before_oldest if place is None else place
    if start > last:
        raise EntityNotFound(f"there is no event {start} yet; begin again without it", "after")
    if start < before_oldest:
        raise EntityNotFound(f"events after {start} are forgotten by now; begin again without it", "after")
    until = min(last, start + LOOKED_AT)
    found = reading.rows.query(Event, _query(Event.pk > start, Event.pk <= until, *_fits(wanted)).limit(most))
    reached = found[-1].pk if len(found) == most else until
    return Found(found, reached or None, reached < last or waits(reading))


def _after_own(reading: Reading, place: int | None, most: int, wanted: Wanted, own: Any) -> Found:
    """The same for an owner, who goes from one of the own events to another: any other place would tell how much happens to others.

    Refuses: ENTITY_NOT_FOUND (the place is none of an own event that is kept).
    """
    if place is not None and not reading.rows.query(Event, _query(Event.pk == place, own)):
        raise EntityNotFound(f"there is no event {place} to go on after; begin again without it", "after")
    newest = reading.rows.query(Event, Event.select(*layout(Event).fields).where(own).order_by(Event.pk.desc()).limit(1))
    last = newest[0].pk if newest else None
    found = reading.rows.query(Event, _query(Event.pk > (place or 0), own, *_fits(wanted)).limit(most))
    reached = found[-1].pk if len(found) == most else last
    return Found(found, reached, reached != last)


def _fits(wanted: Wanted) -> list[Any]:
    return [
        *([Event.type.in_(list(wanted.types))] if wanted.types else []),
        *([Event.record_id == wanted.record_id] if wanted.record_id else []),
    ]


def _query(*conditions: Any) -> Any:
    return Event.select(*layout(Event).fields).where(reduce(and_, conditions)).order_by(Event.pk)


def forget(entry: Entry, before: str, most: int) -> int:
    """Delete the first events as far as they are older than this moment, at most so many; how many there were. What webhooks still
    have to be told of stays, and so does what comes after it."""
    first = entry.rows.find(Event, most, order=("pk",))
    needed = oldest_needed(entry)
    old = list(takewhile(lambda event: event.at < before and (needed is None or event.pk < needed), first))
    for event in old:
        entry.rows.remove(Event, pk=event.pk)
    return len(old)

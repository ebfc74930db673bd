"""What the events of a book say, held against its records."""

from collections.abc import Iterator, Mapping
from contextlib import closing
from decimal import Decimal
from typing import Any, NamedTuple, cast

import orjson

from ledger import money
from ledger.book import Book
from ledger.entry import Reading
from ledger.events import THE_ROW, place, told
from ledger.happenings import TYPES
from ledger.storage.columns import Table
from ledger.storage.models import Account, Currency, Event, Invoice, Outbox, Payment, Placing
from ledger.verify import found_in
from tests.books import SETUP

AMOUNTS: Mapping[type[Table], Mapping[str, str]] = {
    Payment: {"payment_amount": "amount", "unallocated_amount": "unallocated"},
    Invoice: {"total_amount": "total_amount", "unsettled_amount": "unpaid"},
    Account: {"balance": "balance"},
}
ENDLESS = 10_000
"""No test has so many events waiting."""
STATES = {"created": "DRAFT", "posted": "POSTED", "rejected": "REJECTED", "cancelled": "CANCELLED"}


class Told(NamedTuple):
    """An event, wherever it is kept."""

    at: str
    type: str
    record_id: str
    account_pk: int
    customer_pk: int
    data: str


def placed(book: Book) -> list[Event]:
    """All events of the book, in their places."""
    writes = 0
    while count := book.enter(SETUP, place):
        writes += count
        assert writes < ENDLESS, "what has its place waits for one again"
    return book.read(SETUP, lambda reading: reading.rows.find(Event, order=("pk",)))


def unsound(book: Book) -> list[str]:
    """What `verify` finds in a small book, all of it at one moment, and what the events tell otherwise than the records."""
    book.forget()
    with closing(book.moment()) as now:
        return [*found_in(now), *disagreements(book)]


def disagreements(book: Book) -> list[str]:
    """What the records say otherwise than the last events of each, as far as these are not forgotten: whether it is there, its
    state, its number, its amounts. Nothing is written."""
    return book.read(SETUP, lambda reading: list(_disagreements(reading)))


def _disagreements(reading: Reading) -> Iterator[str]:
    kept, last = reading.rows.find(Event, order=("pk",)), reading.rows.get(Placing, THE_ROW).last
    places = [event.pk for event in kept]
    if places != list(range(last - len(places) + 1, last + 1)):
        yield f"the places are {places}, the last one that was given is {last}"
    waiting = [Told(**cast("dict[str, Any]", event)) for event in told(reading, reading.rows.find(Outbox, order=("pk",)))]
    events = [*(Told(event.at, event.type, event.record_id, event.account_pk, event.customer_pk, event.data) for event in kept)]
    events += waiting
    yield from (f"there is no type {event.type}" for event in events if event.type not in TYPES)
    yield from _different(reading, events, is_whole=last == len(kept))


def _different(reading: Reading, events: list[Told], *, is_whole: bool) -> Iterator[str]:
    by_record: dict[str, list[Told]] = {}
    for event in events:
        by_record.setdefault(event.record_id, []).append(event)
    for model in AMOUNTS:
        for row in reading.rows.find(model):
            record: Any = row
            of_it = by_record.pop(record.id, [])
            if of_it or is_whole:
                faults = _faults(reading, model, record, of_it, is_whole=is_whole)
                yield from (f"{model.__name__} {record.number}: {fault}" for fault in faults)
    yield from (f"there is no record {record_id}, of which {of_it[0].type} tells" for record_id, of_it in by_record.items())


def _faults(reading: Reading, model: type[Table], row: Any, events: list[Told], *, is_whole: bool) -> Iterator[str]:
    kind = model.__name__.lower()
    types = [event.type for event in events]
    if is_whole and types[:1] != [f"{kind}.created"]:
        yield f"its events begin with {types[:1]}"
        return
    if foreign := [type_ for type_ in types if type_.partition(".")[0] != kind]:
        yield f"its events are also {foreign}"
    account = row if model is Account else reading.rows.get(Account, row.account_pk)
    currency = reading.rows.get(Currency, account.currency_pk)
    said = orjson.loads(events[-1].data)
    expected = {
        "id": row.id,
        "number": row.number,
        "life_cycle_state": row.life_cycle_state,
        "currency": currency.code,
        **{name: money.decimal(getattr(row, column), currency.exponent) for name, column in AMOUNTS[model].items()},
    }
    found = {name: Decimal(str(said[name])) if name in AMOUNTS[model] else said[name] for name in expected}
    if found != expected:
        yield f"its last event, {types[-1]}, says {found} instead of {expected}"
    if (events[-1].account_pk, events[-1].customer_pk) != (account.pk, account.customer_pk):
        yield "its last event is about another account"
    moves = [STATES[end] for end in (type_.partition(".")[2] for type_ in types) if end in STATES]
    if is_whole and model is not Account and (moves[-1] != row.life_cycle_state or len(set(moves)) != len(moves)):
        yield f"its events tell of {moves}, it is {row.life_cycle_state}"
    if is_whole and model is Invoice and row.life_cycle_state == "POSTED":
        yield from _owed(row, [type_ for type_ in types if type_.endswith(("settled", "reopened"))])


def _owed(invoice: Any, types: list[str]) -> Iterator[str]:
    last = types[-1] if types else "none"
    if (last == "invoice.settled") != (invoice.unpaid == 0):
        yield f"{invoice.unpaid} is unpaid, its last event about that is {last}"

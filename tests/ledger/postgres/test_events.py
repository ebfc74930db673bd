"""Events of writes that end in another order than they began."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import orjson
import psycopg
import pytest

from ledger import events
from ledger.events import Wanted
from ledger.numbering import SERIES
from ledger.postgres import committing
from ledger.postgres.ending import committed
from ledger.series import set_gapless
from ledger.storage.models import Event, Outbox, Payment
from tests.books import BOBS, EUROS, PATIENCE_SECONDS, Company

NEXT_KEY = "SELECT last_value FROM outbox_pk_seq"
WAITING = """SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""


class Commits:
    """The commit of one thread's write can be held up; those of all others go on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._held = threading.Event()
        self._go_on = threading.Event()
        self._next = threading.Lock()
        self.holding = False
        monkeypatch.setattr(committing, "committed", self._commit)

    def _commit(self, native: Any, seconds: float) -> None:
        with self._next:
            holds, self.holding = self.holding, False
        if holds:
            self._held.set()
            assert self._go_on.wait(PATIENCE_SECONDS)
        committed(native, seconds)

    @contextmanager
    def held_up(self, write: Callable[[], object], pool: ThreadPoolExecutor) -> Iterator[None]:
        """This write is done but for its commit while the block runs."""
        self.holding = True
        writing = pool.submit(write)
        assert self._held.wait(PATIENCE_SECONDS)
        try:
            yield
        finally:
            self._go_on.set()
            writing.result(PATIENCE_SECONDS)


@pytest.fixture
def commits(company: Company, monkeypatch: pytest.MonkeyPatch) -> Commits:
    for name in SERIES:
        # Nobody waits for somebody else's number.
        company.do(set_gapless, name, gapless=False)
    return Commits(monkeypatch)


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as made:
        yield made


def read(company: Company, place: int | None) -> tuple[list[Event], int | None]:
    """Events from there on, as the method reads them, and where to go on."""
    events.place_what_waits(company.book, company.call)
    found = company.read(events.after, place, 1_000, Wanted())
    return list(found.events), found.last


def test_a_write_that_began_earlier_and_ended_later_is_read_after_the_cursor_passed_the_other(
    company: Company, commits: Commits, pool: ThreadPoolExecutor
) -> None:
    _, start = read(company, None)
    with commits.held_up(company.pay, pool):
        quick = company.pay(account=BOBS)
        first, cursor = read(company, start)
        assert {event.record_id for event in first} == {quick.id, company.account(BOBS).id}
    second, _ = read(company, cursor)
    (slow,) = company.all(Payment, account_pk=company.account(EUROS).pk)
    assert {event.record_id for event in second} == {slow.id, company.account(EUROS).id}


def test_the_one_that_ended_later_had_the_earlier_key(company: Company, commits: Commits, pool: ThreadPoolExecutor) -> None:
    with commits.held_up(company.pay, pool):
        company.pay(account=BOBS)
        (quick,) = company.all(Outbox)[-1:]
    slow = next(row for row in company.all(Outbox) if row.pk != quick.pk and "payment.created" in row.events)
    assert slow.pk < quick.pk


def test_a_write_takes_its_key_of_the_outbox_only_when_the_account_is_its_own(
    company: Company, commits: Commits, pool: ThreadPoolExecutor, database: psycopg.Connection[Any]
) -> None:
    _, start = read(company, None)
    with commits.held_up(lambda: company.pay(1), pool):
        before = database.execute(NEXT_KEY).fetchall()
        second = pool.submit(company.pay, 2)
        until = time.monotonic() + PATIENCE_SECONDS
        while not database.execute(WAITING).fetchall()[0][0] and time.monotonic() < until:
            time.sleep(0.01)
        assert database.execute(NEXT_KEY).fetchall() == before
        assert not second.done()
    second.result(PATIENCE_SECONDS)
    found, _ = read(company, start)
    assert [orjson.loads(event.data)["balance"] for event in found if event.type == "account.balance_changed"] == [-1, -3]


def test_two_who_give_places_at_the_same_time_give_each_event_one(
    company: Company, other: Company, commits: Commits, pool: ThreadPoolExecutor
) -> None:
    _, start = read(company, None)
    payment = company.pay()
    with commits.held_up(lambda: company.do(events.place), pool):
        late = other.pay(account=BOBS)
        second = pool.submit(read, other, start)
        time.sleep(0.1)
        assert not second.done()
    found, _ = second.result(PATIENCE_SECONDS)
    assert [event.record_id for event in found if event.type == "payment.posted"] == [payment.id, late.id]
    assert [event.pk for event in found] == list(range(found[0].pk, found[0].pk + len(found)))

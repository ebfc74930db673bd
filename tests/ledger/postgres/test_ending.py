"""Commits that are not confirmed: a standby that is gone, a wait that was cancelled, a connection that was cut meanwhile."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger import payments
from ledger.book import Book
from ledger.entry import Answer, Entry
from ledger.errors import IdempotencyInProgress, OutcomeUnknown, Refusal
from ledger.idempotency import REPLAYED
from ledger.lifecycle import POSTED
from ledger.storage.models import IdempotencyKey, Payment
from ledger.verify import discrepancies
from tests import books, engines
from tests.books import PATIENCE_SECONDS, Clock, Company

KEY = "the key"
WAITING = "SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'"


class Standby:
    """A standby that every commit waits for, and that there is none of."""

    def __init__(self, database: psycopg.Connection[Any]) -> None:
        self.database = database

    def named(self, name: str) -> None:
        """Have commits wait for a standby of this name; "" for none."""
        self.database.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'")
        self.database.execute("SELECT pg_reload_conf()")
        while self.database.execute("SHOW synchronous_standby_names").fetchall() != [(name,)]:
            time.sleep(0.01)

    def waiting(self, function: str) -> None:
        """Call one of the server's functions on the backend that waits for the standby."""
        until = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < until:
            if found := self.database.execute(WAITING).fetchall():
                self.database.execute(f"SELECT {function}(%s)", found[0])
                return
            time.sleep(0.01)
        raise AssertionError("nobody waits for the standby")


@pytest.fixture
def standby(database: psycopg.Connection[Any]) -> Iterator[Standby]:
    made = Standby(database)
    yield made
    made.named("")


@pytest.fixture
def hasty(company: Company, book_file: Path, clock: Clock) -> Iterator[Company]:
    """The company, at a server that waits for no more than a second."""
    book = Book(engines.url_of(book_file), clock=clock, wait_seconds=1.0)
    yield books.company(book, clock)
    book.close()


def keyed(company: Company) -> Answer:
    terms = company.terms()
    call = company.calling(key=KEY, fingerprint="f").call

    def operation(entry: Entry) -> Payment:
        return payments.create(entry, terms, POSTED)

    return company.book.write(call, operation, lambda payment: Answer(200, {}, payment.number.encode()))


def outcome(company: Company) -> Answer | Refusal:
    try:
        return keyed(company)
    except Refusal as refusal:
        return refusal


def settled(company: Company) -> None:
    """Asked again with the same key there is one payment, and its answer."""
    answer = keyed(company)
    assert (answer.body, answer.headers) == (b"1", {REPLAYED: "true"})
    assert len(company.all(Payment)) == 1
    assert company.one(IdempotencyKey).touched == 1
    assert list(discrepancies(company.book)) == []


def test_a_commit_that_waits_for_a_lost_standby_is_not_known(hasty: Company, standby: Standby) -> None:
    standby.named("nobody")
    with pytest.raises(OutcomeUnknown, match="did not answer in time"):
        keyed(hasty)
    # It is still under way, so that nobody can be told yet; and nobody sees it.
    with pytest.raises(IdempotencyInProgress):
        keyed(hasty)
    assert hasty.all(Payment) == []
    standby.named("")
    settled(hasty)


@pytest.mark.parametrize("function", ["pg_cancel_backend", "pg_terminate_backend"])
def test_a_commit_whose_wait_was_ended_is_not_known(hasty: Company, standby: Standby, function: str) -> None:
    standby.named("nobody")
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(outcome, hasty)
        standby.waiting(function)
        refusal = asked.result(PATIENCE_SECONDS)
    assert isinstance(refusal, OutcomeUnknown)
    assert "not known" in refusal.message
    # It is in the book here. Its answer is not given before a write of its own has reached the standby.
    assert len(hasty.all(Payment)) == 1
    assert isinstance(outcome(hasty), OutcomeUnknown)
    standby.named("")
    time.sleep(0.1)
    answer = keyed(hasty)
    assert (answer.body, answer.headers) == (b"1", {REPLAYED: "true"})
    assert len(hasty.all(Payment)) == 1


def test_a_commit_that_the_database_refuses_has_done_nothing(hasty: Company) -> None:
    def deferred(entry: Entry) -> None:
        entry.rows.db.execute_sql("CREATE TABLE one (pk int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
        entry.rows.db.execute_sql("INSERT INTO one VALUES (1), (1)")

    with pytest.raises(Exception, match="one_pk_key"):
        hasty.book.enter(hasty.call, deferred)
    assert hasty.pay().number == "1"

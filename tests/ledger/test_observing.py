"""What a book tells who looks on: commits with their calls and their time, and what the database could not do."""

from concurrent.futures import Future

import pytest
from peewee import IntegrityError

from ledger import payments
from ledger.entry import Entry, Reading
from ledger.errors import EntityNotFound, InvalidLifeCycleState, OutcomeUnknown, ServiceUnavailable
from ledger.lifecycle import POSTED
from ledger.observing import BUSY, FAULT, UNAVAILABLE, UNKNOWN, trouble_of
from ledger.storage.models import Payment
from ledger.storage.transactions import unavailable
from ledger.writing import Outcome
from tests import failing_commits
from tests.batches import of_several
from tests.books import PATIENCE_SECONDS, Company, held
from tests.failing_commits import trouble
from tests.ledger.noting import Notes


@pytest.fixture
def notes(company: Company) -> Notes:
    made = Notes()
    company.book.observer = made
    return made


def nothing_known(reading: Reading) -> None:
    raise EntityNotFound("there is no such payment")


def wrong_state(entry: Entry) -> None:
    raise InvalidLifeCycleState("no")


def broken(entry: Entry) -> None:
    entry.rows.change(Payment, {"life_cycle_state": "NONE"}, life_cycle_state=POSTED)


def test_a_write_that_is_kept_is_a_commit_and_nothing_else_is(company: Company, notes: Notes) -> None:
    terms = company.terms()
    company.book.enter(company.call, lambda entry: payments.create(entry, terms, POSTED))
    ((calls, seconds),) = notes.commits
    assert calls == 1
    assert 0 < seconds < PATIENCE_SECONDS
    with pytest.raises(InvalidLifeCycleState):
        company.book.enter(company.call, wrong_state)
    company.book.enter(company.call._replace(rehearsal=True), lambda entry: payments.create(entry, terms, POSTED))
    company.book.read(company.call, lambda reading: reading.rows.count(Payment))
    assert (notes.sizes, notes.troubles) == ([1], [])


@of_several
@pytest.mark.sqlite
def test_calls_that_share_a_commit_are_told_of_together_without_those_that_were_refused(company: Company, notes: Notes) -> None:
    terms = company.terms()
    told: list[Future[Outcome]] = [Future() for _ in range(5)]
    with held(company.book):
        for future in told:
            company.book.submit(company.call, lambda entry: payments.create(entry, terms, POSTED), future.set_result)
        company.book.submit(company.call, wrong_state, lambda outcome: None)
    assert [future.result(PATIENCE_SECONDS).error for future in told] == [None] * 5
    assert sum(notes.sizes) == 1 + 5
    assert len(notes.sizes) < 6


def test_what_is_told_is_told_before_the_answer(company: Company, notes: Notes) -> None:
    for number in range(1, 20):
        company.pay()
        assert sum(notes.sizes) == number


def test_a_refusal_is_no_trouble(company: Company, notes: Notes) -> None:
    with pytest.raises(EntityNotFound):
        company.book.read(company.call, nothing_known)
    with pytest.raises(InvalidLifeCycleState):
        company.book.enter(company.call, wrong_state)
    assert notes.troubles == []


def test_what_nobody_foresaw_is_a_fault(company: Company, notes: Notes) -> None:
    company.pay()
    with pytest.raises(IntegrityError):
        company.book.enter(company.call, broken)
    assert notes.troubles == [FAULT]


@pytest.mark.sqlite
@pytest.mark.parametrize(("error", "kind"), [("SQLITE_BUSY", BUSY), ("SQLITE_FULL", UNAVAILABLE), ("SQLITE_IOERR_FSYNC", UNKNOWN)])
def test_every_call_of_a_commit_that_fails_meets_its_trouble(
    company: Company, notes: Notes, monkeypatch: pytest.MonkeyPatch, error: str, kind: str
) -> None:
    terms = company.terms()
    told: list[Future[Outcome]] = [Future() for _ in range(3)]
    with held(company.book):
        for future in told:
            company.book.submit(company.call, lambda entry: payments.create(entry, terms, POSTED), future.set_result)
        failing_commits.fail(monkeypatch, trouble(error))
    for future in told:
        assert isinstance(future.result(PATIENCE_SECONDS).error, ServiceUnavailable | OutcomeUnknown)
    monkeypatch.undo()
    assert notes.troubles == [kind] * 3
    assert notes.sizes == [1], "the one who held the book, and nobody else"


def test_who_waits_for_too_long_meets_a_busy_book(company: Company, notes: Notes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(company.book, "wait_seconds", 0.05)
    monkeypatch.setattr(company.book, "most_waiting", 1)
    job = company.book.accept(company.call, wrong_state, lambda outcome: None)
    with pytest.raises(ServiceUnavailable):
        company.pay()
    assert notes.troubles == [BUSY]
    assert isinstance(company.book.give_up(job), ServiceUnavailable)
    assert notes.troubles == [BUSY, BUSY]
    company.book.begin([job])


def test_what_was_refused_for_another_reason_tells_of_that_one() -> None:
    """A refusal that is handed to many callers is a copy, whose cause is the first one."""
    first, copy = unavailable("the database answers"), unavailable("the database answers")
    copy.__cause__ = first
    assert trouble_of(copy) == BUSY
    first.__cause__ = trouble("SQLITE_IOERR")
    assert trouble_of(copy) == UNAVAILABLE
    first.__cause__ = trouble("SQLITE_BUSY_SNAPSHOT")
    assert trouble_of(copy) == BUSY
    assert trouble_of(LookupError()) is None

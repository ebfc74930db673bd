"""Calls that share a commit: what befalls one of them befalls no other, and what befalls the commit is told to all."""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import closing
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from peewee import Database, IntegrityError, OperationalError

from ledger import payments
from ledger.book import Book
from ledger.committing import Committer
from ledger.entry import Answer, Call, Entry
from ledger.errors import (
    AccountMismatch,
    IdempotencyInProgress,
    IdempotencyKeyReused,
    OutcomeUnknown,
    Refusal,
    ServiceUnavailable,
)
from ledger.idempotency import REPLAYED, answered
from ledger.lifecycle import POSTED
from ledger.storage.models import IdempotencyKey, Payment
from ledger.writing import Job, Outcome
from tests import books, failing_commits
from tests.books import PATIENCE_SECONDS, SETUP, Clock, Company, held
from tests.failing_commits import trouble

pytestmark = pytest.mark.sqlite

Operation = Callable[[Entry], Any]


class Bug(Exception):
    """A fault of ours, not a refusal."""


@pytest.fixture(name="company")
def company_that_shares(book_file: Path, clock: Clock, company: Company) -> Iterator[Company]:
    """The company, whose waiting calls share a commit, however many there are. Its book is verified when the test is over."""
    book = Book(f"sqlite:///{book_file}", clock=clock, largest_batch=1000, linger=0.0)
    yield books.company(book, clock)
    book.close()


@pytest.fixture
def batches(company: Company, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many calls each commit had."""
    seen: list[int] = []
    commit = company.book._committer.commit

    def noted(jobs: list[Job]) -> list[tuple[Job, Outcome]]:
        seen.append(len(jobs))
        return commit(jobs)

    monkeypatch.setattr(company.book._committer, "commit", noted)
    return seen


def together(company: Company, *operations: Operation, calls: list[Call] | None = None) -> list[Outcome]:
    """What becomes of operations that share a commit."""
    told: list[Future[Outcome]] = [Future() for _ in operations]
    with held(company.book):
        for operation, call, future in zip(operations, calls or [company.call] * len(operations), told, strict=True):
            company.book.submit(call, operation, future.set_result)
    return [future.result(PATIENCE_SECONDS) for future in told]


def paying(company: Company, amount: int = 100) -> Operation:
    terms = company.terms(amount)
    return lambda entry: payments.create(entry, terms, POSTED)


def failing(company: Company, error: BaseException) -> Operation:
    """A payment, and then this error."""
    pay = paying(company)

    def operation(entry: Entry) -> None:
        pay(entry)
        raise error

    return operation


def unknown_state(entry: Entry) -> None:
    entry.rows.change(Payment, {"life_cycle_state": "NONE"}, life_cycle_state=POSTED)


def lost(entry: Entry) -> None:
    """What the database does on some errors: it undoes the whole transaction."""
    entry.rows.db.execute_sql("ROLLBACK")
    raise Bug("the transaction is gone")


def numbers(company: Company) -> list[str]:
    return [row.number for row in company.all(Payment)]


def test_calls_that_wait_share_a_commit(company: Company, batches: list[int]) -> None:
    outcomes = together(company, *[paying(company)] * 40)
    assert [outcome.result.number for outcome in outcomes] == [str(number) for number in range(1, 41)]
    assert batches == [1, 40]


@pytest.mark.parametrize(
    "error",
    [Refusal("no"), Bug("oops"), KeyboardInterrupt(), SystemExit(3), MemoryError(), ServiceUnavailable("no file", retry_after=1)],
    ids=lambda error: type(error).__name__,
)
def test_whatever_leaves_a_call_touches_no_neighbour(company: Company, batches: list[int], error: BaseException) -> None:
    pay = paying(company)
    first, failed, last = together(company, pay, failing(company, error), pay)
    assert (first.result.number, last.result.number) == ("1", "2")
    assert failed.error is error
    assert batches == [1, 3]
    assert numbers(company) == ["1", "2"]
    assert company.pay().number == "3"


def asked(company: Company, *operations: Operation) -> list[str]:
    """The statements that operations sharing a commit bring about."""
    seen: list[str] = []
    company.pay()
    committer = company.book._committer
    assert isinstance(committer, Committer)
    committer._connection.connection().set_trace_callback(seen.append)
    together(company, *operations)
    # The first commit is that of the call that held the book.
    return seen[seen.index("COMMIT") + 1 :]


def runs(company: Company, *operations: Operation) -> list[str]:
    """The commands of transactions among them."""
    return [sql for sql in asked(company, *operations) if sql.split()[0] in ("SAVEPOINT", "ROLLBACK", "RELEASE", "COMMIT", "BEGIN")]


def test_calls_of_which_none_has_anything_to_undo_need_no_savepoints(company: Company) -> None:
    def refused(_entry: Entry) -> None:
        raise Refusal("no")

    pay = paying(company)
    assert runs(company, pay, refused, pay) == ["BEGIN IMMEDIATE", "COMMIT"]
    assert numbers(company) == ["1", "2", "3"]


def test_calls_are_begun_again_apart_if_one_of_them_has_something_to_undo(company: Company) -> None:
    tried: list[str] = []

    def counted(name: str, operation: Operation) -> Operation:
        def run(entry: Entry) -> object:
            tried.append(name)
            return operation(entry)

        return run

    pay, fail = counted("pays", paying(company)), counted("fails", failing(company, Refusal("no")))
    kept, undone = ["SAVEPOINT job", "RELEASE job"], ["SAVEPOINT job", "ROLLBACK TO job", "RELEASE job"]
    again = ["BEGIN IMMEDIATE", *kept, *undone, *kept, "COMMIT"]
    assert runs(company, pay, fail, pay) == ["BEGIN IMMEDIATE", "ROLLBACK", *again]
    assert tried == ["pays", "fails", "pays", "fails", "pays"]
    assert numbers(company) == ["1", "2", "3"]


def test_a_commit_asks_once_how_far_a_series_is_and_tells_it_once(company: Company) -> None:
    statements = asked(company, *[paying(company)] * 5)
    assert len([sql for sql in statements if sql.startswith("SELECT") and "number_series" in sql]) == 2
    assert len([sql for sql in statements if sql.startswith("UPDATE") and "number_series" in sql]) == 2
    assert numbers(company) == ["1", "2", "3", "4", "5", "6"]


def test_a_number_that_was_given_back_is_given_out_again(company: Company) -> None:
    pay, rehearsal = paying(company), company.calling(rehearsal=True).call

    def partly(entry: Entry) -> str:
        first = pay(entry)
        with pytest.raises(Bug), entry.rows.savepoint():
            failing(company, Bug("this part alone"))(entry)
        return f"{first.number} {pay(entry).number}"

    outcomes = together(company, pay, pay, partly, pay, calls=[company.call, rehearsal, company.call, company.call])
    assert [str(getattr(outcome.result, "number", outcome.result)) for outcome in outcomes] == ["1", "2", "2 3", "4"]
    assert numbers(company) == ["1", "2", "3", "4"]


def test_a_call_alone_needs_no_savepoint_to_be_undone(company: Company) -> None:
    assert runs(company, failing(company, Refusal("no"))) == ["BEGIN IMMEDIATE", "ROLLBACK"]
    assert numbers(company) == ["1"]


def test_an_error_of_the_database_in_one_call_touches_no_neighbour(company: Company) -> None:
    pay = paying(company)
    first, failed, last = together(company, pay, unknown_state, pay)
    assert isinstance(failed.error, IntegrityError)
    assert (first.error, last.error) == (None, None)
    assert numbers(company) == ["1", "2"]


def test_a_rehearsal_among_others_leaves_nothing(company: Company) -> None:
    pay, rehearsal = paying(company), company.calling(rehearsal=True).call
    outcomes = together(company, pay, pay, pay, calls=[company.call, rehearsal, company.call])
    assert [outcome.result.number for outcome in outcomes] == ["1", "2", "2"]
    assert numbers(company) == ["1", "2"]


def test_a_stop_iteration_reaches_its_caller_as_what_an_event_loop_can_carry(company: Company) -> None:
    (failed,) = together(company, failing(company, StopIteration()))
    assert isinstance(failed.error, RuntimeError)
    assert isinstance(failed.error.__cause__, StopIteration)


def test_where_all_are_refused_nothing_is_written(company: Company, book_file: Path) -> None:
    with closing(sqlite3.connect(book_file, isolation_level=None)) as other:
        before = other.execute("PRAGMA data_version").fetchone()
        outcomes = together(company, failing(company, Refusal("no")), failing(company, Refusal("nor this")), calls=[SETUP] * 2)
        assert [str(outcome.error) for outcome in outcomes] == ["no", "nor this"]
        # The call that held the book was committed, and changed nothing.
        assert other.execute("PRAGMA data_version").fetchone() == before


# --- the commit itself ---


@pytest.fixture
def commit_fails(monkeypatch: pytest.MonkeyPatch) -> Callable[[BaseException], None]:
    """Have every commit fail with this error."""
    return partial(failing_commits.fail, monkeypatch)


@pytest.mark.parametrize("name", ["SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_BUSY"])
def test_a_commit_that_fails_is_told_to_all_of_its_calls_as_not_done(
    company: Company, commit_fails: Callable[[BaseException], None], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    pay = paying(company)
    commit_fails(trouble(name))
    # What was refused may have been refused for what a neighbour did.
    outcomes = together(company, pay, failing(company, Refusal("no")), pay)
    assert [type(outcome.error) for outcome in outcomes] == [ServiceUnavailable] * 3
    assert {str(outcome.error) for outcome in outcomes} == {"the database cannot take the call now; nothing was done, try again"}
    assert len({id(outcome.error) for outcome in outcomes}) == 3
    assert numbers(company) == []
    monkeypatch.undo()
    assert company.pay().number == "1"


@pytest.mark.parametrize(
    "error",
    [trouble("SQLITE_IOERR_FSYNC"), trouble("SQLITE_IOERR_SHMSIZE"), trouble("SQLITE_NOMEM"), MemoryError()],
    ids=["syncing", "the shared index", "memory", "memory of ours"],
)
def test_a_commit_that_may_be_on_disk_is_told_to_all_of_its_calls_as_unknown(
    company: Company,
    commit_fails: Callable[[BaseException], None],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: BaseException,
) -> None:
    pay = paying(company)
    commit_fails(error)
    with caplog.at_level(logging.ERROR):
        outcomes = together(company, pay, failing(company, Refusal("no")), pay)
    assert [type(outcome.error) for outcome in outcomes] == [OutcomeUnknown] * 3
    assert all("repeat the call with the same idempotency key" in str(outcome.error) for outcome in outcomes)
    assert len({id(outcome.error) for outcome in outcomes}) == 3
    assert [record.getMessage() for record in caplog.records] == ["it is not known whether a commit of 3 calls was done"]
    committer = company.book._committer
    assert isinstance(committer, Committer)
    assert committer._connection.is_closed()
    monkeypatch.undo()
    assert company.pay().number == "1"


def test_a_fault_in_committing_is_logged_and_is_no_callers_fault(
    company: Company, commit_fails: Callable[[BaseException], None], caplog: pytest.LogCaptureFixture
) -> None:
    pay = paying(company)
    commit_fails(Bug("unexpected"))
    with caplog.at_level(logging.ERROR):
        outcomes = together(company, pay, pay)
    assert {str(outcome.error) for outcome in outcomes} == {"the commit failed; nothing was done, try again"}
    assert [record.getMessage() for record in caplog.records] == ["a commit of 2 calls failed"]
    (alone,) = together(company, pay)
    assert isinstance(alone.error, Bug)
    assert numbers(company) == []


def test_when_the_database_undoes_the_transaction_none_of_its_calls_is_done(company: Company) -> None:
    pay = paying(company)
    outcomes = together(company, pay, lost, pay)
    assert [type(outcome.error) for outcome in outcomes] == [ServiceUnavailable] * 3
    assert numbers(company) == []
    assert company.pay().number == "1"


def test_what_follows_from_a_lost_transaction_is_unavailability_too(company: Company) -> None:
    def in_a_savepoint(entry: Entry) -> None:
        with entry.rows.savepoint():
            entry.rows.db.execute_sql("ROLLBACK")
            raise trouble("SQLITE_FULL")

    (outcome,) = together(company, in_a_savepoint)
    assert isinstance(outcome.error, ServiceUnavailable)
    assert company.pay().number == "1"


def test_trouble_after_the_commit_does_not_make_it_undone(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_db: Database) -> bool:
        raise OperationalError("cannot be closed")

    pay = paying(company)
    with monkeypatch.context() as patch:
        patch.setattr(Database, "close", fail)
        first, failed = together(company, pay, failing(company, Bug("oops")))
    assert first.result.number == "1"
    assert isinstance(failed.error, Bug)
    assert numbers(company) == ["1"]


def test_a_connection_that_is_gone_is_replaced(company: Company) -> None:
    company.pay()
    committer = company.book._committer
    assert isinstance(committer, Committer)
    committer._connection.connection().close()
    with pytest.raises(Exception, match="closed database"):
        company.pay()
    assert company.pay().number == "2"


# --- waiting, giving up ---


def test_a_call_that_is_given_up_is_never_done(company: Company) -> None:
    told: list[Outcome] = []
    with held(company.book):
        job = company.book.submit(company.call, paying(company), told.append)
        assert isinstance(company.book.give_up(job), ServiceUnavailable)
        assert company.book.give_up(job) is None
    company.do(lambda entry: None)
    assert (told, numbers(company)) == ([], [])


def test_a_call_that_is_being_done_cannot_be_given_up(company: Company) -> None:
    begun, go_on, told = Event(), Event(), Future[Outcome]()
    pay = paying(company)

    def operation(entry: Entry) -> Any:
        begun.set()
        assert go_on.wait(PATIENCE_SECONDS)
        return pay(entry)

    job = company.book.submit(company.call, operation, told.set_result)
    assert begun.wait(PATIENCE_SECONDS)
    assert company.book.give_up(job) is None
    go_on.set()
    assert told.result(PATIENCE_SECONDS).result.number == "1"


def test_who_has_no_patience_gets_an_answer_or_a_refusal_and_the_book_agrees(
    book_file: Path, clock: Clock, company: Company
) -> None:
    hasty = books.company(Book(f"sqlite:///{book_file}", clock=clock, wait_seconds=0.0), clock)
    pay, kept = paying(company), []
    for _ in range(300):
        try:
            kept.append(hasty.book.enter(hasty.call, pay).number)
        except ServiceUnavailable:
            continue
    hasty.book.wait_seconds = PATIENCE_SECONDS
    hasty.book.close()
    assert numbers(company) == kept


def test_more_calls_than_may_wait_are_refused_and_those_who_wait_are_done(book_file: Path, clock: Clock, company: Company) -> None:
    few = books.company(Book(f"sqlite:///{book_file}", clock=clock, most_waiting=2), clock)
    pay, told = paying(company), [Future[Outcome]() for _ in range(2)]
    with held(few.book):
        for future in told:
            few.book.submit(few.call, pay, future.set_result)
        with pytest.raises(ServiceUnavailable, match="2 calls wait to write; nothing was done") as refused:
            few.book.enter(few.calling(key="k").call, pay)
        assert refused.value.values == {"retry_after": 1}
    assert [future.result(PATIENCE_SECONDS).result.number for future in told] == ["1", "2"]
    assert few.book._keyed == {}
    few.book.close()


def no_thread(_jobs: object) -> None:
    raise RuntimeError("can't start new thread")


def test_without_a_thread_to_write_in_a_call_is_refused_and_not_done_later(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    pay = paying(company)
    with monkeypatch.context() as patch:
        patch.setattr(company.book._writer, "put", no_thread)
        with pytest.raises(ServiceUnavailable, match="no thread"):
            company.book.enter(company.calling(key="k").call, pay)
    assert company.pay().number == "1"
    assert company.book._keyed == {}


def test_without_a_thread_to_write_in_a_call_that_was_given_up_is_not_refused_again(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Outcome] = []
    job = company.book.accept(company.call, paying(company), told.append)
    assert isinstance(company.book.give_up(job), ServiceUnavailable)
    monkeypatch.setattr(company.book._writer, "put", no_thread)
    company.book.begin([job])
    assert told == []


def test_a_caller_who_is_gone_is_served_all_the_same(company: Company) -> None:
    def gone(_outcome: Outcome) -> None:
        raise RuntimeError("nobody is there")

    with held(company.book):
        company.book.submit(company.call, paying(company), gone)
    assert company.pay().number == "2"


def test_who_asked_for_several_of_one_commit_hears_once_when_all_are_told(company: Company) -> None:
    heard: list[str] = []
    over = Future[None]()

    def then() -> None:
        heard.append("then")
        over.set_result(None)

    with held(company.book):
        jobs = [company.book.accept(company.call, paying(company), lambda outcome: heard.append("told"), then) for _ in range(3)]
        company.book.begin(jobs)
    over.result(PATIENCE_SECONDS)
    assert company.pay().number == "4"
    assert heard == ["told", "told", "told", "then"]


def test_who_cannot_be_told_that_all_is_over_keeps_nobody_from_it(company: Company) -> None:
    over = Future[None]()

    def gone() -> None:
        raise RuntimeError("nobody is there")

    with held(company.book):
        jobs = [
            company.book.accept(company.call, paying(company), lambda outcome: None, then)
            for then in (gone, lambda: over.set_result(None))
        ]
        company.book.begin(jobs)
    over.result(PATIENCE_SECONDS)
    assert company.pay().number == "3"


def test_closing_waits_for_those_who_wait(company: Company) -> None:
    told = [Future[Outcome]() for _ in range(5)]
    with held(company.book):
        for future in told:
            company.book.submit(company.call, paying(company), future.set_result)
    company.book.close()
    assert [future.done() for future in told] == [True] * 5
    committer = company.book._committer
    assert isinstance(committer, Committer)
    assert committer._connection.is_closed()


def test_closing_does_not_wait_for_ever_for_who_holds_the_book(book_file: Path, clock: Clock) -> None:
    book = Book(f"sqlite:///{book_file}", clock=clock, wait_seconds=0.02)
    with held(book):
        book.close()
    book.close()


# --- idempotency keys within one commit ---


def keyed(company: Company, operation: Operation) -> Operation:
    def rendered(payment: Payment) -> Answer:
        return Answer(200, {}, payment.number.encode())

    return lambda entry: answered(entry, operation, rendered)


def with_key(company: Company, *fingerprints: str) -> list[Call]:
    return [company.calling(key="k", fingerprint=fingerprint).call for fingerprint in fingerprints]


def test_the_second_of_a_key_in_one_commit_gets_the_stored_answer(company: Company, batches: list[int]) -> None:
    pay = keyed(company, paying(company))
    outcomes = together(company, pay, pay, pay, calls=with_key(company, "f", "f", "other"))
    assert [outcome.result.headers for outcome in outcomes[:2]] == [{}, {REPLAYED: "true"}]
    assert [outcome.result.body for outcome in outcomes[:2]] == [b"1", b"1"]
    assert isinstance(outcomes[2].error, IdempotencyKeyReused)
    assert batches == [1, 3]
    assert (numbers(company), company.one(IdempotencyKey).touched) == (["1"], 1)


def test_where_the_first_of_a_key_is_refused_the_second_is_done(company: Company) -> None:
    refused = keyed(company, failing(company, AccountMismatch("no")))
    first, second = together(company, refused, keyed(company, paying(company)), calls=with_key(company, "f", "f"))
    assert isinstance(first.error, AccountMismatch)
    assert second.result == Answer(200, {}, b"1")


def test_a_key_whose_commit_failed_is_free_again(
    company: Company, commit_fails: Callable[[BaseException], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    pay = keyed(company, paying(company))
    commit_fails(trouble("SQLITE_FULL"))
    outcomes = together(company, pay, pay, calls=with_key(company, "f", "f"))
    assert [type(outcome.error) for outcome in outcomes] == [ServiceUnavailable] * 2
    assert company.book._keyed == {}
    monkeypatch.undo()
    (again,) = together(company, pay, calls=with_key(company, "f"))
    assert again.result == Answer(200, {}, b"1")


def test_only_who_waits_behind_another_of_its_key_is_told_that_it_is_in_progress(company: Company) -> None:
    pay, (call,) = keyed(company, paying(company)), with_key(company, "f")
    with held(company.book):
        jobs = [company.book.submit(call, pay, lambda outcome: None) for _ in range(3)]
        assert isinstance(company.book.give_up(jobs[1]), IdempotencyInProgress)
        rehearsal = company.calling(key="k", rehearsal=True).call
        assert isinstance(company.book.give_up(company.book.submit(rehearsal, pay, lambda outcome: None)), ServiceUnavailable)
        assert isinstance(company.book.give_up(jobs[0]), ServiceUnavailable)
        assert isinstance(company.book.give_up(jobs[2]), ServiceUnavailable)
    assert company.book._keyed == {}


def test_a_key_is_not_under_way_any_more_when_its_caller_is_told(company: Company) -> None:
    seen: list[dict[tuple[int, str], list[Job]]] = []
    told = Future[Outcome]()

    def look(outcome: Outcome) -> None:
        seen.append(dict(company.book._keyed))
        told.set_result(outcome)

    company.book.submit(company.calling(key="k").call, keyed(company, paying(company)), look)
    told.result(PATIENCE_SECONDS)
    assert seen == [{}]

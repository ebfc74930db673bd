"""What one turn of the event loop reads is of one moment, and the next turn reads another."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager

import pytest
from peewee import OperationalError

from ledger.entry import Call, Reading
from ledger.errors import EntityNotFound, ServiceUnavailable
from ledger.storage.models import Payment
from rpcserver.turns import LoopTurns
from tests.books import Company
from tests.engines import path_of
from tests.statements import watched

CALL = Call("test", "test")


def count(reading: Reading) -> int:
    return reading.rows.count(Payment)


def refused(_reading: Reading) -> None:
    raise EntityNotFound("there is none")


def broken(reading: Reading) -> None:
    reading.rows.db.execute_sql("SELECT nothing FROM nowhere")


def busy(_reading: Reading) -> None:
    raise OperationalError("database is locked") from sqlite3.OperationalError()


def turns_of(company: Company) -> LoopTurns:
    return LoopTurns(company.book, asyncio.get_running_loop())


@contextmanager
def moments(company: Company) -> Iterator[Callable[[], int]]:
    """How many moments of the book were read: each begins with the question for the edition of its configuration."""
    with watched(company.book.url) as asked:
        yield lambda: sum('"edition"' in sql and sql.startswith("SELECT") for sql, _ in asked)


def test_calls_of_one_turn_read_one_moment_and_the_next_turn_what_was_written_meanwhile(company: Company) -> None:
    async def story() -> list[int]:
        turns = turns_of(company)
        with moments(company) as made:
            found = [turns.read(CALL, count), turns.read(CALL, count)]
            assert made() == 1
        company.pay()
        found.append(turns.read(CALL, count))
        await asyncio.sleep(0)
        return [*found, turns.read(CALL, count)]

    assert asyncio.run(story()) == [0, 0, 0, 1]


def test_what_one_call_has_read_the_next_one_of_the_same_turn_knows(company: Company) -> None:
    payment = company.pay()

    async def story() -> list[int]:
        turns, counts = turns_of(company), []
        for _ in range(2):
            with watched(company.book.url) as asked:
                assert turns.read(CALL, lambda reading: reading.rows.get(Payment, payment.pk)) == payment
            counts.append(len(asked))
        return counts

    assert asyncio.run(story()) == [2, 0]


def test_a_refusal_leaves_the_moment_to_the_others(company: Company) -> None:
    async def story() -> None:
        turns = turns_of(company)
        with moments(company) as made:
            turns.read(CALL, count)
            with pytest.raises(EntityNotFound):
                turns.read(CALL, refused)
            turns.read(CALL, count)
            assert made() == 1

    asyncio.run(story())


@pytest.mark.parametrize(("operation", "told"), [(broken, Exception), (busy, Exception)], ids=["a fault", "a busy database"])
def test_what_fails_ends_the_moment_for_itself_alone(
    company: Company, operation: Callable[[Reading], None], told: type[Exception]
) -> None:
    async def story() -> list[int]:
        turns = turns_of(company)
        found = [turns.read(CALL, count)]
        with pytest.raises(told):
            turns.read(CALL, operation)
        company.pay()
        found.append(turns.read(CALL, count))
        await asyncio.sleep(0)
        return [*found, turns.read(CALL, count)]

    assert asyncio.run(story()) == [0, 1, 1]


@pytest.mark.sqlite
def test_when_a_turn_is_over_nobody_reads_its_moment_any_more(company: Company) -> None:
    def taken_over() -> bool:
        with closing(sqlite3.connect(path_of(company.book.url), timeout=0)) as db:
            busy, _, _ = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        return not busy

    async def story() -> list[bool]:
        turns_of(company).read(CALL, count)
        company.pay()
        during = taken_over()
        await asyncio.sleep(0)
        return [during, taken_over()]

    assert asyncio.run(story()) == [False, True]


@pytest.mark.sqlite
def test_a_book_that_cannot_be_opened_is_a_refusal_in_this_turn_and_no_hindrance_in_the_next(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise ServiceUnavailable("the database cannot take the call now")

    async def story() -> int:
        turns = turns_of(company)
        with monkeypatch.context() as patch:
            patch.setattr(company.book, "moment", away)
            with pytest.raises(ServiceUnavailable):
                turns.read(CALL, count)
        await asyncio.sleep(0)
        return turns.read(CALL, count)

    assert asyncio.run(story()) == 0

"""Forgetting old sessions, answers and failures; never the books."""

from collections.abc import Callable

import pytest

from ledger import events, purge, sessions, throttle
from ledger.entry import Answer, Entry
from ledger.storage.columns import Table
from ledger.storage.models import APPEND_ONLY, IdempotencyKey, LoginFailure, Payment, Session, User
from tests.books import Company
from tests.events import placed

NOTHING = {"sessions": 0, "idempotency keys": 0, "login failures": 0, "events": 0, "parked deliveries": 0}
OF_THE_TEMPLATE = 4
"""Events that were there before: the company's accounts were made."""


def leave_traces(company: Company, name: str) -> None:
    """A session, a kept answer, a failure and an event of now."""

    def nothing(entry: Entry) -> None:
        return None

    company.do(sessions.open_session, company.one(User, username="clerk").pk, None)
    company.do(throttle.failed, name, None)
    company.draft()
    company.book.write(company.calling(key=name).call, nothing, lambda _: Answer(200, {}, b""))


def left(company: Company) -> list[int]:
    return [len(company.all(model)) for model in (Session, IdempotencyKey, LoginFailure)]


def test_nothing_is_forgotten_too_early(company: Company) -> None:
    leave_traces(company, "a")
    company.clock.advance(days=2)
    assert purge.purge(company.book) == NOTHING
    assert left(company) == [1, 1, 1]


@pytest.mark.parametrize(
    ("days", "gone"),
    [(2, "login failures"), (7, "sessions"), (30, "idempotency keys"), (30, "events")],
)
def test_each_kind_is_forgotten_after_its_days(company: Company, days: int, gone: str) -> None:
    leave_traces(company, "old")
    company.clock.advance(days=days)
    assert purge.purge(company.book)[gone] == 0
    leave_traces(company, "new")
    company.clock.advance(seconds=1)
    assert purge.purge(company.book)[gone] == 1 + (OF_THE_TEMPLATE if gone == "events" else 0)
    assert purge.purge(company.book) == NOTHING


def test_how_long_answers_are_kept_is_a_setting(company: Company) -> None:
    leave_traces(company, "a")
    company.clock.advance(days=1, seconds=1)
    assert purge.purge(company.book, keys_kept_days=1)["idempotency keys"] == 1


def test_a_session_that_is_used_is_kept(company: Company) -> None:
    leave_traces(company, "a")
    company.clock.advance(days=6)
    company.do(sessions.touch, company.one(Session).pk)
    company.clock.advance(days=6)
    assert purge.purge(company.book)["sessions"] == 0


@pytest.mark.sqlite
def test_many_rows_are_forgotten_in_small_lots(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        leave_traces(company, str(number))
    company.clock.advance(days=31)
    leave_traces(company, "new")
    placed(company.book)
    monkeypatch.setattr(purge, "LOT", 3)
    sizes: list[int] = []
    carry_out = Entry.carry_out

    def counted(entry: Entry, operation: Callable[[Entry], object]) -> object:
        before = entry.rows.db.execute_sql("SELECT total_changes()").fetchone()[0]
        result = carry_out(entry, operation)
        sizes.append(entry.rows.db.execute_sql("SELECT total_changes()").fetchone()[0] - before)
        return result

    monkeypatch.setattr(Entry, "carry_out", counted)
    assert purge.purge(company.book) == dict.fromkeys(NOTHING, 7) | {"events": 7 + OF_THE_TEMPLATE, "parked deliveries": 0}
    assert max(sizes) == 3
    assert left(company) == [1, 1, 1]


def test_events_that_wait_in_more_than_one_lot_are_placed_and_forgotten(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "LOT", 2)
    for amount in (1, 2, 3):
        company.draft(amount)
    company.clock.advance(days=31)
    assert purge.purge(company.book)["events"] == 3 + OF_THE_TEMPLATE


def test_the_books_are_never_purged(company: Company) -> None:
    company.invoice(10)
    company.pay(10)
    models: list[type[Table]] = [*APPEND_ONLY, Payment]
    before = [len(company.all(model)) for model in models]
    company.clock.advance(days=10_000)
    purge.purge(company.book)
    assert [len(company.all(model)) for model in models] == before

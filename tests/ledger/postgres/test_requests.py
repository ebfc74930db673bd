"""Requests that several servers count together."""

from pathlib import Path
from typing import Any

import psycopg
import pytest

from ledger.book import Book
from ledger.errors import ServiceUnavailable
from ledger.requests import Requests
from tests.books import Company


def counting(company: Company) -> Requests:
    requests = company.book.requests
    assert requests is not None
    return requests


def test_requests_of_a_stretch_are_counted_over_all_servers(company: Company, other: Company) -> None:
    here, there = counting(company), counting(other)
    assert [each.hit("ada", 5) for each in (here, there, here)] == [1, 2, 3]
    assert there.hit("bob", 5) == 1
    assert [each.hit("ada", 6) for each in (there, here)] == [1, 2]


def test_requests_at_once_are_counted_over_all_servers(company: Company, other: Company) -> None:
    here, there = counting(company), counting(other)
    leave_here, leave_there = here.enter("ada", 2), there.enter("ada", 2)
    assert leave_here and leave_there
    assert (here.enter("ada", 2), there.enter("ada", 2)) == (None, None)
    leave_bob = here.enter("bob", 2)
    assert leave_bob
    leave_here()
    again = there.enter("ada", 2)
    assert again and here.enter("ada", 2) is None
    for leave in (leave_there, again, leave_bob):
        leave()
    assert here.enter("ada", 1)


def test_what_a_server_counted_in_ends_with_it(company: Company, other: Company) -> None:
    assert counting(company).enter("ada", 1)
    assert counting(other).enter("ada", 1) is None
    company.book.close()
    for _ in range(100):
        if leave := counting(other).enter("ada", 1):
            leave()
            return
    pytest.fail("the place is still taken")


def test_a_connection_that_is_lost_has_let_go_of_its_places(
    company: Company, other: Company, database: psycopg.Connection[Any]
) -> None:
    leave = counting(company).enter("ada", 1)
    assert leave
    database.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2")
    leave()
    with pytest.raises(ServiceUnavailable):
        counting(company).enter("ada", 1)
    assert counting(company).enter("ada", 1)


def test_a_database_that_is_away_refuses_to_count(tmp_path: Path) -> None:
    book = Book(f"postgresql:///book?host={tmp_path}", wait_seconds=0.2)
    assert book.requests is not None
    with pytest.raises(ServiceUnavailable):
        book.requests.hit("ada", 1)
    with pytest.raises(ServiceUnavailable):
        book.requests.enter("ada", 1)

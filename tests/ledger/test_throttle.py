"""Failed logins are counted per pair of user and address, and per address."""

import pytest

from ledger import throttle
from ledger.entry import Entry
from ledger.errors import TooManyRequests
from ledger.storage.models import LoginFailure
from ledger.throttle import Limits
from tests.books import Company

HERE, THERE = "192.0.2.1", "192.0.2.2"


def fail(company: Company, times: int, username: str = "clerk", address: str | None = HERE) -> None:
    for _ in range(times):
        company.do(throttle.failed, username, address)


def check(company: Company, username: str = "clerk", address: str | None = HERE, limits: Limits = throttle.DEFAULT) -> None:
    company.read(throttle.check, username, address, limits)


def test_after_five_failures_the_pair_has_to_wait(company: Company) -> None:
    fail(company, 4)
    check(company)
    fail(company, 1)
    with pytest.raises(TooManyRequests) as refused:
        check(company)
    assert refused.value.values == {"retry_after": 600}


def test_others_are_not_locked_out(company: Company) -> None:
    fail(company, 5)
    check(company, "clerk", THERE)
    check(company, "admin", HERE)


def test_after_ten_minutes_failures_count_no_more(company: Company) -> None:
    fail(company, 5)
    company.clock.advance(600)
    with pytest.raises(TooManyRequests):
        check(company)
    company.clock.advance(1)
    check(company)


def test_an_address_that_tries_many_users_has_to_wait(company: Company) -> None:
    limits = Limits(per_pair=5, per_address=7)
    for number in range(7):
        check(company, "clerk", HERE, limits)
        fail(company, 1, f"user {number}")
    with pytest.raises(TooManyRequests):
        check(company, "clerk", HERE, limits)
    check(company, "clerk", THERE, limits)


def test_an_address_may_fail_a_hundred_times_in_ten_minutes(company: Company) -> None:
    def ninety_nine(entry: Entry) -> None:
        for number in range(99):
            throttle.failed(entry, f"user {number}", HERE)

    company.do(ninety_nine)
    check(company)
    fail(company, 1, "one more")
    with pytest.raises(TooManyRequests):
        check(company)


def test_callers_without_an_address_share_one(company: Company) -> None:
    fail(company, 5, address=None)
    with pytest.raises(TooManyRequests):
        check(company, address=None)
    with pytest.raises(TooManyRequests):
        check(company, address="")


def test_names_that_were_tried_are_kept_as_hashes_whatever_is_in_them(company: Company) -> None:
    for name in ("correct horse", "\ud800", "x" * 100_000):
        fail(company, 5, name)
        with pytest.raises(TooManyRequests):
            check(company, name)
    kept = {row.username_sha256 for row in company.all(LoginFailure)}
    assert {len(each) for each in kept} == {64}
    assert len(kept) == 3

"""Events while several write and read at the same time: who follows them misses none, and those of a record stay in order."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import orjson
import pytest

from ledger import events
from ledger.book import Book
from ledger.entry import Call
from ledger.events import Wanted
from ledger.storage.models import Event
from tests import books
from tests.books import BOBS, DINARS, EUROS, YEN, Clock, Company
from tests.engines import url_of

ACCOUNTS = (EUROS, YEN, DINARS, BOBS)
EACH = 12
PAGE = 7


@pytest.fixture
def other(book_file: Path, clock: Clock) -> Iterator[Company]:
    """The same company, asked at another server."""
    with closing(Book(url_of(book_file), clock=clock)) as book:
        yield books.company(book, clock)


class Follower:
    """Somebody who asks again and again for what there is after the last event seen."""

    def __init__(self, company: Company) -> None:
        self.company = company
        self.seen: list[Event] = []
        self._place: int | None = None

    def look(self) -> bool:
        """Ask once; whether there may be more."""
        call = Call("native", "events/list", self.company.call.actor)
        events.place_what_waits(self.company.book, call)
        found = self.company.book.read(call, lambda reading: events.after(reading, self._place, PAGE, Wanted()))
        self.seen += found.events
        self._place = found.last
        return found.more

    def follow(self, until: threading.Event) -> None:
        """Ask until nothing is written any more, and then for the rest."""
        while not until.is_set():
            self.look()
        while self.look():
            pass


def test_whoever_follows_the_events_of_two_servers_sees_all_of_them_in_one_order(company: Company, other: Company) -> None:
    written = threading.Event()
    followers = [Follower(company), Follower(other)]

    def pay(at: Company, account: str) -> list[str]:
        return [at.pay(1, account).id for _ in range(EACH)]

    with ThreadPoolExecutor(16) as pool:
        following = [pool.submit(follower.follow, written) for follower in followers]
        paying = [pool.submit(pay, at, account) for account in ACCOUNTS for at in (company, other)]
        made = {payment_id for each in paying for payment_id in each.result()}
        written.set()
        for each in following:
            each.result()
    one, two = ([(event.pk, event.type, event.record_id) for event in follower.seen] for follower in followers)
    assert one == two
    assert [place for place, _, _ in one] == list(range(1, len(one) + 1))
    assert {record_id for _, type_, record_id in one if type_ == "payment.posted"} == made
    for name in ACCOUNTS:
        assert balances(followers[0].seen, company.account(name).id) == [-number for number in range(1, 2 * EACH + 1)]


def balances(seen: list[Event], account_id: str) -> list[int]:
    """The balances of an account, as its events tell of them."""
    changed = [event for event in seen if (event.type, event.record_id) == ("account.balance_changed", account_id)]
    return [orjson.loads(event.data)["balance"] for event in changed]

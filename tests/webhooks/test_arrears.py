"""What has not reached webhooks, in figures."""

import pytest

from ledger import arrears, webhooks
from ledger.arrears import Arrears
from ledger.events import place_what_waits
from ledger.storage.models import Delivery
from tests.books import SETUP, Company
from tests.webhooks.desk import desk

PAST, LATER = 60, 7


def found(company: Company) -> Arrears:
    return company.book.read(SETUP, arrears.arrears)


def test_without_webhooks_nobody_waits_for_anything(company: Company) -> None:
    company.pay(10)
    company.clock.advance(seconds=PAST)
    assert found(company) == Arrears()


def test_what_waits_and_what_is_parked_is_counted_for_all_webhooks(company: Company) -> None:
    one, other = desk(company), desk(company, "other")
    company.pay(10)
    one.advance()
    other.advance()
    assert found(company) == Arrears(waiting=4)
    company.do(webhooks.disable, other.webhook)
    assert found(company) == Arrears(waiting=2, parked=2)
    one.taken(one.due()[0])
    assert found(company) == Arrears(waiting=1, parked=2)
    one.take_all()
    assert found(company) == Arrears(parked=2)


def test_the_oldest_that_waits_has_its_age_at_every_stage(company: Company) -> None:
    """In the outbox, with a place, as a delivery, and after tries that failed; what is parked waits no more."""
    one = desk(company)
    assert found(company).oldest == 0
    company.pay(10)
    company.clock.advance(seconds=PAST)
    assert found(company) == Arrears(oldest=PAST)
    place_what_waits(company.book, SETUP)
    company.pay(20)
    company.clock.advance(seconds=LATER)
    assert found(company) == Arrears(oldest=PAST + LATER)
    one.advance()
    assert found(company) == Arrears(waiting=4, oldest=PAST + LATER)
    oldest = one.due()
    one.failed(oldest[0])
    company.clock.advance(seconds=LATER)
    assert found(company).oldest == PAST + 2 * LATER
    company.do(webhooks.disable, one.webhook)
    company.pay(30)
    place_what_waits(company.book, SETUP)
    company.clock.advance(seconds=LATER)
    assert found(company) == Arrears(parked=4)


def test_the_oldest_is_that_of_the_webhook_that_is_furthest_behind(company: Company) -> None:
    quick, slow = desk(company), desk(company, "slow")
    company.pay(10)
    slow.advance()
    company.clock.advance(seconds=PAST)
    company.pay(20)
    quick.take_all()
    assert found(company).oldest == PAST
    slow.take_all()
    assert found(company) == Arrears()


def test_so_many_are_counted_and_no_more(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrears, "MOST", 3)
    one, other = desk(company), desk(company, "other")
    for _ in range(3):
        company.pay(10)
    company.clock.advance(seconds=PAST)
    one.advance()
    other.advance()
    assert len(company.all(Delivery)) == 12
    assert found(company) == Arrears(waiting=3, oldest=PAST)
    company.do(webhooks.disable, one.webhook)
    assert found(company) == Arrears(waiting=3, parked=3, oldest=PAST)

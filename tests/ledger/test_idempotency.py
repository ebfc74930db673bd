"""Idempotency keys: one effect and one answer, however often a call is sent."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from ledger import payments
from ledger.book import Book
from ledger.entry import Answer, Entry
from ledger.errors import AccountMismatch, IdempotencyInProgress, IdempotencyKeyReused, InvalidParameter, ServiceUnavailable
from ledger.idempotency import REPLAYED
from ledger.lifecycle import POSTED
from ledger.payments import Terms
from ledger.storage.models import IdempotencyKey, Payment
from tests import books
from tests.books import Clock, Company
from tests.engines import url_of

KEY = "order 66"


def rendered(payment: Payment) -> Answer:
    return Answer(200, {"X-Number": payment.number}, f'{{"number": "{payment.number}"}}'.encode())


def pay(company: Company, terms: Terms | None = None, fingerprint: str = "f") -> Answer:
    given = terms or company.terms()
    call = company.calling(fingerprint=fingerprint).call
    return company.book.write(call, lambda entry: payments.create(entry, given, POSTED), rendered)


@pytest.fixture
def keyed(company: Company) -> Company:
    """The company, asked with a key."""
    return company.calling(key=KEY)


@pytest.fixture
def impatient(book_file: Path, clock: Clock) -> Iterator[Company]:
    book = Book(url_of(book_file), clock=clock, wait_seconds=0.05)
    yield books.company(book, clock).calling(key=KEY)
    book.close()


def test_the_same_key_brings_the_same_answer_and_no_second_payment(keyed: Company) -> None:
    first, second, third = (pay(keyed) for _ in range(3))
    assert first == Answer(200, {"X-Number": "1"}, b'{"number": "1"}')
    assert second == third == Answer(200, {"X-Number": "1", REPLAYED: "true"}, b'{"number": "1"}')
    assert len(keyed.all(Payment)) == 1


def test_the_answer_is_kept_as_the_bytes_it_was(keyed: Company) -> None:
    body = bytes(range(256))

    def nothing(entry: Entry) -> None:
        return None

    call = keyed.call
    assert keyed.book.write(call, nothing, lambda _: Answer(201, {"A": "ü"}, body)).body == body
    assert keyed.book.write(call, nothing, lambda _: Answer(500, {}, b"other")) == Answer(201, {"A": "ü", REPLAYED: "true"}, body)


def test_the_same_key_for_another_request_is_refused(keyed: Company) -> None:
    pay(keyed)
    with pytest.raises(IdempotencyKeyReused, match=KEY):
        pay(keyed, fingerprint="other")
    assert len(keyed.all(Payment)) == 1
    assert REPLAYED in pay(keyed).headers


def test_without_a_key_two_equal_payments_are_two(company: Company) -> None:
    assert [pay(company).headers for _ in range(2)] == [{"X-Number": "1"}, {"X-Number": "2"}]
    assert company.all(IdempotencyKey) == []


def test_every_user_has_keys_of_their_own_over_all_doors(keyed: Company) -> None:
    pay(keyed)
    assert REPLAYED not in pay(keyed.by("admin")).headers
    assert REPLAYED in pay(keyed.calling(door="waldur", method="other", request_id="r")).headers
    assert len(keyed.all(Payment)) == 2


def test_a_refusal_does_not_burn_the_key(keyed: Company) -> None:
    foreign = keyed.calling(key=None).invoice(account=books.BOBS)
    with pytest.raises(AccountMismatch):
        pay(keyed, keyed.terms(invoices=[foreign]), "refused")
    assert keyed.all(IdempotencyKey) == []
    assert pay(keyed).headers == {"X-Number": "1"}


def test_neither_does_a_fault_in_making_the_answer(keyed: Company) -> None:
    terms = keyed.terms()

    def broken(payment: Payment) -> Answer:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        keyed.book.write(keyed.call, lambda entry: payments.create(entry, terms, POSTED), broken)
    assert (keyed.all(Payment), keyed.all(IdempotencyKey)) == ([], [])
    assert pay(keyed).headers == {"X-Number": "1"}


def test_a_rehearsal_neither_keeps_nor_replays_an_answer(keyed: Company) -> None:
    rehearsing = keyed.calling(rehearsal=True)
    assert pay(rehearsing).headers == {"X-Number": "1"}
    assert keyed.all(IdempotencyKey) == []
    pay(keyed)
    assert pay(rehearsing, fingerprint="other").headers == {"X-Number": "2"}
    assert pay(rehearsing).headers == {"X-Number": "2"}
    assert len(keyed.all(Payment)) == 1


def test_a_rehearsal_with_a_key_is_refused_as_the_real_call_would_be(keyed: Company) -> None:
    with pytest.raises(InvalidParameter):
        pay(keyed.calling(rehearsal=True), keyed.terms(0))


def test_a_replay_writes_so_that_it_waits_for_the_disk(keyed: Company) -> None:
    pay(keyed)
    assert keyed.one(IdempotencyKey).touched == 0
    pay(keyed)
    pay(keyed)
    kept = keyed.one(IdempotencyKey)
    assert (kept.touched, kept.created_on, kept.fingerprint) == (2, "2024-05-01T12:00:00", "f")


def test_of_eight_at_once_with_one_key_one_has_an_effect_and_all_get_its_answer(keyed: Company) -> None:
    terms = keyed.terms()

    def slowly(entry: Entry) -> Payment:
        time.sleep(0.01)
        return payments.create(entry, terms, POSTED)

    with ThreadPoolExecutor(8) as pool:
        racers = [pool.submit(keyed.book.write, keyed.call, slowly, rendered) for _ in range(8)]
        answers = [racer.result(timeout=10) for racer in racers]
    assert {answer.body for answer in answers} == {b'{"number": "1"}'}
    assert sorted(REPLAYED in answer.headers for answer in answers) == [False] + [True] * 7
    assert len(keyed.all(Payment)) == 1


@pytest.mark.sqlite
def test_when_the_wait_for_the_first_runs_out_the_second_is_told_that_it_is_running(impatient: Company) -> None:
    holding, done, terms = Event(), Event(), impatient.terms()

    def slowly(entry: Entry) -> Payment:
        holding.set()
        assert done.wait(10)
        return payments.create(entry, terms, POSTED)

    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(impatient.book.write, impatient.calling(fingerprint="f").call, slowly, rendered)
        assert holding.wait(10)
        admin = impatient.by("admin")
        with pytest.raises(IdempotencyInProgress, match=KEY):
            pay(impatient, terms)
        for other in (impatient.calling(key="another"), admin, impatient.calling(key=None)):
            with pytest.raises(ServiceUnavailable):
                pay(other, terms)
        done.set()
        assert first.result(timeout=10).headers == {"X-Number": "1"}
    assert REPLAYED in pay(impatient, terms).headers
    assert len(impatient.all(Payment)) == 1


def test_a_key_is_free_again_after_its_first_caller_gave_up(impatient: Company) -> None:
    def refused(entry: Entry) -> Payment:
        raise AccountMismatch("no")

    for _ in range(2):
        with pytest.raises(AccountMismatch):
            impatient.book.write(impatient.call, refused, rendered)
    assert pay(impatient).headers == {"X-Number": "1"}

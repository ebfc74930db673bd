"""Writes of several servers over one database: what they hold, what is done again, and what nobody is told who does not know it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event
from typing import Any

import psycopg
import pytest
from peewee import IntegrityError

from ledger import accounts, configuration, payments
from ledger.amending import amend
from ledger.book import Book
from ledger.entry import Answer, Entry
from ledger.errors import AlreadySettled, DuplicateName, IdempotencyInProgress, ServiceUnavailable
from ledger.idempotency import REPLAYED
from ledger.lifecycle import POSTED
from ledger.numbering import SERIES
from ledger.series import set_gapless
from ledger.storage.models import Account, Customer, IdempotencyKey, Payment, PaymentMethod
from ledger.verify import discrepancies
from tests import books, engines
from tests.books import BOBS, EUROS, PATIENCE_SECONDS, SETUP, Clock, Company

KEY = "the key"


def pay(company: Company, amount: int = 100, account: str = EUROS) -> Callable[[], Payment]:
    terms = company.terms(amount, account)
    return lambda: company.do(payments.create, terms, POSTED)


def keyed(company: Company) -> Answer:
    terms = company.terms()
    call = company.calling(key=KEY, fingerprint="f").call
    return company.book.write(
        call, lambda entry: payments.create(entry, terms, POSTED), lambda payment: Answer(200, {}, payment.number.encode())
    )


def together(*calls: Callable[[], Any]) -> list[Any]:
    """What becomes of calls that begin at the same moment: results and exceptions."""
    ready = Barrier(len(calls))

    def run(call: Callable[[], Any]) -> Any:
        ready.wait(PATIENCE_SECONDS)
        try:
            return call()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def raising(sqlstate: str) -> str:
    return f"DO $$ BEGIN RAISE EXCEPTION 'in the way' USING ERRCODE = '{sqlstate}'; END $$"


def test_two_servers_pay_one_invoice_once(company: Company, other: Company) -> None:
    invoice = company.invoice(300)
    paying = [lambda at=at: at.do(payments.pay_invoice, at.terms(None), invoice) for at in (company, other) * 4]
    made = together(*paying)
    assert sorted(type(each).__name__ for each in made) == [*["AlreadySettled"] * 7, "Payment"]
    assert all(isinstance(each, AlreadySettled | Payment) for each in made)
    assert (company.now(invoice).unpaid, len(company.all(Payment))) == (0, 1)
    assert list(discrepancies(company.book)) == []


def test_many_payments_on_one_account_all_arrive(company: Company, other: Company) -> None:
    made = together(*[pay(at, 1) for at in (company, other) * 8])
    assert [each for each in made if isinstance(each, Exception)] == []
    assert sorted(int(each.number) for each in made) == list(range(1, 17))
    assert company.account().balance == -1600
    assert list(discrepancies(company.book)) == []


def test_payments_that_move_both_ways_between_two_accounts_do_not_block_one_another(company: Company, other: Company) -> None:
    here, there = [company.pay(1) for _ in range(4)], [company.pay(1, BOBS) for _ in range(4)]
    moves = [(each, BOBS) for each in here] + [(each, EUROS) for each in there]

    def move(at: Company, payment: Payment, account: str) -> Callable[[], Payment]:
        from_here = at.account(account)
        return lambda: at.do(amend, payment, {"account": from_here})

    made = together(*[move((company, other)[n % 2], *each) for n, each in enumerate(moves)])
    assert [each for each in made if isinstance(each, Exception)] == []
    assert (company.account().balance, company.account(BOBS).balance) == (-400, -400)
    assert list(discrepancies(company.book)) == []


def test_one_key_at_two_servers_has_one_effect_and_one_answer(company: Company, other: Company) -> None:
    answers = together(*[lambda at=at: keyed(at) for at in (company, other) * 4])
    assert {answer.body for answer in answers} == {b"1"}
    assert [REPLAYED in answer.headers for answer in answers].count(False) == 1
    assert len(company.all(Payment)) == 1
    # Each of the others has written before it answered.
    assert company.one(IdempotencyKey).touched == 7


def test_a_key_that_is_under_way_elsewhere_is_in_progress(company: Company, book_file: Path, clock: Clock) -> None:
    hasty = books.company(Book(engines.url_of(book_file), clock=clock, wait_seconds=0.2), clock)
    begun, done = Event(), Event()

    def slow(entry: Entry) -> Payment:
        begun.set()
        assert done.wait(PATIENCE_SECONDS)
        return payments.create(entry, terms, POSTED)

    terms = company.terms()
    call = company.calling(key=KEY, fingerprint="f").call
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(company.book.write, call, slow, lambda payment: Answer(200, {}, payment.number.encode()))
        assert begun.wait(PATIENCE_SECONDS)
        with pytest.raises(IdempotencyInProgress, match=KEY):
            keyed(hasty)
        done.set()
        assert first.result(PATIENCE_SECONDS).body == b"1"
    assert REPLAYED in keyed(hasty).headers
    hasty.book.close()


def test_what_waits_too_long_for_an_account_is_refused_and_nothing_was_done(
    company: Company, book_file: Path, clock: Clock
) -> None:
    hasty = books.company(Book(engines.url_of(book_file), clock=clock, wait_seconds=0.2), clock)
    paying = pay(hasty)
    with books.held(company.book), pytest.raises(ServiceUnavailable, match="nothing was done"):
        paying()
    assert company.all(Payment) == []
    assert paying().number == "1"
    hasty.book.close()


def test_whoever_writes_of_another_account_does_not_wait(company: Company, other: Company) -> None:
    begun, done = Event(), Event()

    def slow(entry: Entry) -> Payment:
        payment = payments.create(entry, terms, POSTED)
        begun.set()
        assert done.wait(PATIENCE_SECONDS)
        return payment

    company.book.enter(SETUP, with_gaps)
    terms = company.terms()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(company.book.enter, company.call, slow)
        assert begun.wait(PATIENCE_SECONDS)
        other.do(accounts_change, BOBS)
        done.set()
        first.result(PATIENCE_SECONDS)
    assert company.account(BOBS).notes == "changed"


def with_gaps(entry: Entry) -> None:
    for name in SERIES:
        set_gapless(entry, name, gapless=False)


def accounts_change(entry: Entry, name: str) -> None:
    account = entry.rows.one(Account, name=name)
    assert account is not None
    accounts.update(entry, account, {"notes": "changed"})


@pytest.mark.parametrize("sqlstate", ["40001", "40P01"])
def test_what_others_were_in_the_way_of_is_done_again(company: Company, sqlstate: str) -> None:
    tries = []

    def operation(entry: Entry) -> Payment:
        tries.append(entry)
        if len(tries) < 6:
            entry.rows.db.execute_sql(raising(sqlstate))
        return payments.create(entry, terms, POSTED)

    terms = company.terms()
    assert company.book.enter(company.call, operation).number == "1"
    assert len(company.all(Payment)) == 1


def test_what_others_are_always_in_the_way_of_is_refused(book_file: Path, clock: Clock) -> None:
    book = Book(engines.url_of(book_file), clock=clock, wait_seconds=0.3)
    with pytest.raises(ServiceUnavailable, match="nothing was done"):
        book.enter(SETUP, lambda entry: entry.rows.db.execute_sql(raising("40001")))
    book.close()


def test_what_can_never_be_written_is_a_fault(company: Company) -> None:
    company.draft()
    with pytest.raises(IntegrityError):
        company.book.enter(SETUP, lambda entry: entry.rows.change(Payment, {"amount": -1}, life_cycle_state="DRAFT"))
    assert company.pay().number == "1"


def test_two_who_create_the_same_are_told_apart(company: Company, other: Company) -> None:
    made = together(*[lambda at=at: at.do(configuration.create_method, name="Cheque") for at in (company, other) * 3])
    assert [type(each) for each in made].count(DuplicateName) == 5
    assert len(company.all(PaymentMethod, name="Cheque")) == 1


def test_what_one_server_changes_in_the_configuration_another_sees_at_once(company: Company, other: Company) -> None:
    def seen(entry: Entry) -> list[str]:
        return [row.name for row in entry.rows.find(PaymentMethod, order=("pk",))]

    before = company.do(seen)
    assert company.do(seen) == other.do(seen) == before
    other.do(configuration.create_method, name="Cheque")
    assert company.do(seen) == other.do(seen) == [*before, "Cheque"]


def test_a_batch_about_many_accounts_is_written_whole(company: Company, other: Company) -> None:
    for number in range(6):
        company.open_account(f"Account {number}")
    names = [EUROS, BOBS, *(f"Account {number}" for number in range(6))]
    every = [company.terms(1, name) for name in names]

    def each(entry: Entry) -> list[str]:
        return [payments.create(entry, terms, POSTED).number for terms in every]

    made = together(*[lambda at=at: at.do(each) for at in (company, other) * 3])
    assert sorted(int(number) for numbers in made for number in numbers) == list(range(1, 6 * len(names) + 1))
    assert list(discrepancies(company.book)) == []


def test_what_concerns_no_account_waits_for_who_has_the_whole_book(company: Company, other: Company) -> None:
    with ThreadPoolExecutor(1) as pool:
        with books.held(other.book):
            changing = pool.submit(company.do, configuration.create_method, name="Cheque")
            with pytest.raises(TimeoutError):
                changing.result(0.1)
        assert changing.result(PATIENCE_SECONDS).name == "Cheque"


def test_a_connection_that_is_lost_before_the_commit_has_done_nothing(company: Company, database: psycopg.Connection[Any]) -> None:
    def cut(entry: Entry) -> None:
        payments.create(entry, terms, POSTED)
        database.execute("SELECT pg_terminate_backend(%s)", (entry.rows.db.connection().info.backend_pid,))
        entry.rows.one(Customer, pk=1)
        entry.rows.one(Customer, pk=2)

    terms = company.terms()
    with pytest.raises(ServiceUnavailable, match="nothing was done"):
        company.book.enter(company.call, cut)
    assert company.all(Payment) == []
    assert company.pay().number == "1"


def test_kept_connections_that_are_lost_are_replaced(company: Company, database: psycopg.Connection[Any]) -> None:
    company.pay()
    database.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'rpcserver'")
    assert company.pay().number == "2"
    assert len(company.all(Payment)) == 2


def test_closing_ends_all_connections_and_the_book_can_be_used_again(company: Company, database: psycopg.Connection[Any]) -> None:
    together(*[pay(company) for _ in range(4)])
    company.book.close()
    mine = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'rpcserver' AND datname = current_database()"
    for _ in range(100):
        if database.execute(mine).fetchall() == [(0,)]:
            break
        database.execute("SELECT pg_sleep(0.05)")
    else:
        pytest.fail("a connection is left")
    assert company.pay().number == "5"

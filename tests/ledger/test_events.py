"""Events: what each write tells, in its own commit; how they get their places, are read, and are forgotten."""

from collections.abc import Callable
from contextlib import closing, suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import orjson
import pytest

from ledger import accounts, amending, applying, configuration, events, invoices, linking, payments, purge
from ledger.applying import Line
from ledger.book import Book
from ledger.entry import Answer, Entry
from ledger.errors import AlreadySettled, EntityNotFound, EventsNotKept, Refusal
from ledger.events import Found, Wanted
from ledger.lifecycle import DRAFT, POSTED
from ledger.payments import Terms
from ledger.storage.models import Event, Outbox, Placing
from tests.books import BOBS, DINARS, EUROS, SETUP, YEN, Clock, Company, held
from tests.books import company as company_of
from tests.engines import url_of
from tests.events import disagreements, placed


@pytest.fixture(name="company")
def company_with_nothing_new(company: Company) -> Company:
    """The company; what was made with its book is read."""
    placed(company.book)
    return company


OF_NOTHING = {"at": "", "type": "payment.created", "record_id": "", "account_pk": 0, "customer_pk": 0, "data": "{}"}


def told(company: Company, deed: Callable[[], object]) -> list[str]:
    """The types of the events of a deed."""
    before = last_place(company)
    deed()
    return [event.type for event in placed(company.book) if event.pk > before]


def last_place(company: Company) -> int:
    return company.one(Placing).last


def after(company: Company, place: int | None, most: int = 1_000, **wanted: Any) -> Found:
    return company.read(events.after, place, most, Wanted(**wanted))


# --- what is told ---

CREATED, POSTED_TOO, UPDATED = "payment.created", "payment.posted", "payment.updated"
BALANCE, SETTLED, PARTLY, REOPENED = (
    "account.balance_changed",
    "invoice.settled",
    "invoice.partially_settled",
    "invoice.reopened",
)


def test_a_draft_is_told_of_from_its_creation_to_its_cancellation(company: Company) -> None:
    draft = company.draft()
    assert told(company, lambda: None) == [CREATED]
    assert told(company, lambda: company.update(draft, notes="new")) == [UPDATED]
    assert told(company, lambda: company.do(payments.post, draft)) == [POSTED_TOO, BALANCE]
    assert told(company, lambda: company.cancel_payment(draft)) == ["payment.cancelled", BALANCE]


def test_a_draft_that_is_rejected_is_told_of(company: Company) -> None:
    draft, invoice = company.draft(), company.invoice(state=DRAFT)
    assert told(company, lambda: None) == [CREATED, "invoice.created"]
    assert told(company, lambda: company.do(payments.reject, draft)) == ["payment.rejected"]
    assert told(company, lambda: company.do(invoices.reject, invoice)) == ["invoice.rejected"]


def test_a_payment_that_is_made_posted_is_created_and_posted(company: Company) -> None:
    assert told(company, company.pay) == [CREATED, POSTED_TOO, BALANCE]


def test_an_invoice_is_told_of_from_its_draft_to_its_cancellation(company: Company) -> None:
    invoice = company.invoice(state=DRAFT)
    assert told(company, lambda: None) == ["invoice.created"]
    assert told(company, lambda: company.do(invoices.post, invoice)) == ["invoice.posted", BALANCE]
    assert told(company, lambda: company.cancel_invoice(invoice)) == ["invoice.cancelled", BALANCE]
    assert told(company, company.invoice) == ["invoice.created", "invoice.posted", BALANCE]


def test_an_invoice_over_nothing_is_settled_at_once(company: Company) -> None:
    assert told(company, lambda: company.invoice(0)) == ["invoice.created", "invoice.posted", SETTLED]


def test_paying_tells_how_much_of_the_invoice_is_settled(company: Company) -> None:
    company.invoice(100)
    placed(company.book)
    assert sorted(told(company, lambda: company.pay(40))) == [BALANCE, PARTLY, CREATED, POSTED_TOO]
    assert sorted(told(company, lambda: company.pay(60))) == [BALANCE, SETTLED, CREATED, POSTED_TOO]


def test_a_new_invoice_that_draws_on_credit_tells_of_the_payment_too(company: Company) -> None:
    company.pay(100)
    placed(company.book)
    assert sorted(told(company, lambda: company.invoice(30))) == [BALANCE, "invoice.created", "invoice.posted", SETTLED, UPDATED]
    assert sorted(told(company, lambda: company.invoice(80))) == [BALANCE, "invoice.created", PARTLY, "invoice.posted", UPDATED]


def test_what_is_released_reopens_its_invoice(company: Company) -> None:
    invoice = company.invoice(100)
    payment = company.pay(100)
    placed(company.book)
    assert told(company, lambda: company.do(applying.release, payment)) == [UPDATED, REOPENED]
    assert told(company, lambda: company.do(applying.apply, payment, [Line(invoice, Decimal(40))])) == [UPDATED, PARTLY]
    assert told(company, lambda: company.do(linking.unlink, payment)) == [UPDATED, REOPENED]
    assert told(company, lambda: company.do(linking.link, payment, invoice)) == [UPDATED, SETTLED]
    assert sorted(told(company, lambda: company.cancel_payment(payment))) == [BALANCE, REOPENED, "payment.cancelled"]


def test_a_cancelled_invoice_tells_of_the_payments_that_are_credit_again(company: Company) -> None:
    invoice = company.invoice(100)
    company.pay(100)
    placed(company.book)
    assert sorted(told(company, lambda: company.cancel_invoice(invoice))) == [BALANCE, "invoice.cancelled", UPDATED]


def test_an_amended_payment_is_updated_and_moves_the_balance_with_its_amount(company: Company) -> None:
    payment = company.pay(100)
    placed(company.book)
    assert told(company, lambda: company.do(amending.amend, payment, {"notes": "x"})) == [UPDATED]
    assert sorted(told(company, lambda: company.do(amending.amend, payment, {"amount": Decimal(50)}))) == [BALANCE, UPDATED]


def test_a_payment_that_moves_to_another_account_is_told_of_there(company: Company) -> None:
    payment, bobs = company.pay(100), company.account(BOBS)
    before = last_place(company)
    company.do(amending.amend, payment, {"account": bobs})
    found = {(event.type, event.account_pk, event.customer_pk) for event in placed(company.book) if event.pk > before}
    ada = company.account()
    moved = (UPDATED, bobs.pk, bobs.customer_pk)
    assert {moved, (BALANCE, bobs.pk, bobs.customer_pk), (BALANCE, ada.pk, ada.customer_pk)} <= found


def test_accounts_are_told_of(company: Company) -> None:
    assert told(company, lambda: company.open_account("New")) == ["account.created"]
    assert told(company, lambda: company.change_account("New", credit_period=7)) == ["account.updated"]
    assert told(company, lambda: company.change_account("New")) == []


def test_a_payment_of_nothing_changes_no_balance(company: Company) -> None:
    assert told(company, lambda: company.pay(0, zero=True)) == [CREATED, POSTED_TOO]


def test_customers_bills_and_configuration_have_no_events(company: Company) -> None:
    invoice = company.invoice()
    placed(company.book)
    assert told(company, lambda: company.bill(invoice)) == []
    assert told(company, lambda: company.do(accounts.create_customer, name="Eve")) == []
    assert told(company, lambda: company.do(configuration.create_project, name="P")) == []


def test_what_is_done_twice_in_one_write_is_told_of_once_as_it_is_in_the_end(company: Company) -> None:
    terms = company.terms(100)

    def twice(entry: Entry) -> None:
        draft = payments.create(entry, terms, DRAFT)
        payments.post(entry, draft)

    assert told(company, lambda: company.do(twice)) == [CREATED, POSTED_TOO, BALANCE]
    assert {orjson.loads(event.data).get("life_cycle_state") for event in placed(company.book)[-3:-1]} == {POSTED}


# --- what it says ---


@pytest.mark.parametrize(
    ("account", "amount", "shown", "currency"),
    [(EUROS, "12.5", "12.5", "EUR"), (YEN, "300", "300", "JPY"), (DINARS, "1.234", "1.234", "BHD"), (EUROS, "7.10", "7.1", "EUR")],
)
def test_amounts_are_exact_numbers_of_the_accounts_currency(
    company: Company, account: str, amount: str, shown: str, currency: str
) -> None:
    company.pay(amount, account)
    event = next(event for event in reversed(placed(company.book)) if event.type == CREATED)
    assert f'"payment_amount":{shown},"unallocated_amount":{shown},' in event.data
    assert orjson.loads(event.data)["currency"] == currency


def test_a_payment_says_what_is_needed_to_act_upon_it(company: Company) -> None:
    account = company.account()
    company.invoice(30)
    payment = company.pay(100, back_office_code="B-1")
    event = next(event for event in reversed(placed(company.book)) if event.type == POSTED_TOO)
    assert (event.at, event.record_id, event.account_pk) == ("2024-05-01T12:00:00", payment.id, account.pk)
    assert orjson.loads(event.data) == {
        "id": payment.id,
        "number": "1",
        "reference_number": "1",
        "back_office_code": "B-1",
        "life_cycle_state": "POSTED",
        "payment_amount": 100,
        "unallocated_amount": 70,
        "currency": "EUR",
        "accounts_receivable": {"id": account.id, "number": account.number},
    }


def test_an_invoice_says_what_is_unpaid_and_when_it_is_due(company: Company) -> None:
    account = company.account()
    company.pay(25)
    invoice = company.invoice(100)
    event = next(event for event in reversed(placed(company.book)) if event.type == PARTLY)
    assert orjson.loads(event.data) == {
        "id": invoice.id,
        "number": invoice.number,
        "reference_number": invoice.reference_number,
        "back_office_code": None,
        "life_cycle_state": "POSTED",
        "due_on": "2024-05-31T12:00:00",
        "total_amount": 100,
        "unsettled_amount": 75,
        "currency": "EUR",
        "accounts_receivable": {"id": account.id, "number": account.number},
    }


def test_an_account_says_its_balance(company: Company) -> None:
    account = company.account()
    company.pay("0.05")
    event = placed(company.book)[-1]
    assert (event.type, event.record_id) == (BALANCE, account.id)
    assert orjson.loads(event.data) == {
        "id": account.id,
        "number": account.number,
        "name": EUROS,
        "life_cycle_state": "ACTIVE",
        "balance": -0.05,
        "currency": "EUR",
    }


# --- in the same commit ---


def test_a_write_has_one_row_in_the_outbox_and_a_write_that_tells_nothing_has_none(company: Company) -> None:
    company.invoice(100)
    company.do(accounts.create_customer, name="Eve")
    company.pay(100)
    assert [[happening["types"] for happening in orjson.loads(row.events)] for row in company.all(Outbox)] == [
        [["invoice.created", "invoice.posted"], [BALANCE]],
        [[CREATED, POSTED_TOO], [SETTLED], [BALANCE]],
    ]


def test_what_is_refused_or_only_tried_tells_nothing(company: Company) -> None:
    terms = company.terms()

    def refused(entry: Entry) -> None:
        payments.create(entry, terms, POSTED)
        raise AlreadySettled("no")

    with pytest.raises(AlreadySettled):
        company.do(refused)
    company.calling(rehearsal=True).pay()
    assert company.all(Outbox) == []


def test_a_part_that_is_undone_tells_nothing_and_the_others_share_a_row(company: Company) -> None:
    terms = [company.terms(amount) for amount in (1, 2, 4)]

    def operation(entry: Entry) -> None:
        for number, each in enumerate(terms):

            def part(inner: Entry, number: int = number, each: Terms = each) -> None:
                payments.create(inner, each, POSTED)
                if number == 1:
                    raise AlreadySettled("no")

            with suppress(Refusal):
                entry.attempt(company.call, part)
        entry.attempt(company.call._replace(rehearsal=True), lambda inner: payments.create(inner, terms[0], POSTED))

    company.do(operation)
    assert len(company.all(Outbox)) == 1
    amounts = [orjson.loads(event.data)["payment_amount"] for event in placed(company.book) if event.type == CREATED]
    assert amounts == [1, 4]


def test_what_a_write_does_before_between_and_after_its_parts_is_told_in_that_order(company: Company) -> None:
    terms = [company.terms(amount) for amount in (1, 2, 4)]

    def operation(entry: Entry) -> None:
        payments.create(entry, terms[0], POSTED)
        entry.attempt(company.call, lambda inner: payments.create(inner, terms[1], POSTED))
        payments.create(entry, terms[2], POSTED)

    company.do(operation)
    balances = [orjson.loads(event.data)["balance"] for event in placed(company.book) if event.type == BALANCE]
    assert balances == [-1, -3, -7]


def test_an_answer_that_is_given_again_tells_nothing(company: Company) -> None:
    terms = company.terms()
    call = company.calling(key="k", fingerprint="f").call
    for _ in range(2):
        company.book.write(call, lambda entry: payments.create(entry, terms, POSTED), lambda _: Answer(200, {}, b""))
    assert len(company.all(Outbox)) == 1


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda entry, row: entry.rows.remove(Outbox, pk=row.pk), "Payment 1: its events begin with []"),
        (lambda entry, row: changed_to(entry, row, "POSTED", "DRAFT"), "Payment 1: its last event, payment.posted, says"),
        (lambda entry, row: changed_to(entry, row, '"payment.posted"', '"payment.done"'), "there is no type payment.done"),
        (
            lambda entry, row: changed_to(entry, row, ',"payment.posted"', ""),
            "Payment 1: its events tell of ['DRAFT'], it is POSTED",
        ),
        (lambda entry, row: changed_to(entry, row, '"balance":-10000', '"balance":-1'), "Account 1: its last event, account.bal"),
        (
            lambda entry, row: entry.rows.insert(Event, {**OF_NOTHING, "pk": 9}),
            "the places are [9], the last one that was given is 0",
        ),
    ],
    ids=["none", "another state", "another type", "one missing", "another amount", "out of place"],
)
def test_events_that_do_not_agree_with_the_book_are_found_out(
    victim: Company, spoil: Callable[[Entry, Outbox], object], said: str
) -> None:
    victim.pay()
    assert disagreements(victim.book) == []
    row = victim.all(Outbox)[-1]
    victim.do(spoil, row)
    assert [found for found in disagreements(victim.book) if found.startswith(said)] != []


def changed_to(entry: Entry, row: Outbox, before: str, after: str) -> None:
    assert before in row.events
    entry.rows.change(Outbox, {"events": row.events.replace(before, after)}, pk=row.pk)


# --- places ---


def test_places_follow_one_another_in_the_order_of_the_writes(company: Company) -> None:
    first = last_place(company) + 1
    made = [company.draft(amount).id for amount in (1, 2, 3)]
    found = [(event.pk, event.record_id) for event in placed(company.book)[-3:]]
    assert found == [(first + number, record_id) for number, record_id in enumerate(made)]
    assert company.all(Outbox) == []


def test_places_are_given_in_lots(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "LOT", 2)
    for amount in (1, 2, 3):
        company.draft(amount)
    assert [company.do(events.place) for _ in range(3)] == [2, 1, 0]


def test_who_asks_has_what_waits_placed_first_however_many_lots_it_is(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "LOT", 2)
    for amount in range(1, 8):
        company.draft(amount)
    events.place_what_waits(company.book, company.call)
    assert company.all(Outbox) == []
    assert len(after(company, None, types=(CREATED,)).events) == 7


def test_nothing_is_written_where_nothing_waits(company: Company) -> None:
    turns = company.one(Placing).turns
    events.place_what_waits(company.book, company.call)
    assert company.one(Placing).turns == turns


def test_what_has_its_place_gets_no_second_one(company: Company) -> None:
    company.draft()
    assert company.book.enter(SETUP, events.place) > 0
    placed = company.all(Event)
    assert company.book.enter(SETUP, events.place) == 0
    assert company.all(Event) == placed


@pytest.mark.sqlite
def test_events_come_later_when_the_book_cannot_be_written(book_file: Path, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    with closing(Book(url_of(book_file), clock=clock, most_waiting=1)) as book:
        tired = company_of(book, clock)
        tired.draft()
        with held(book, SETUP):
            job = book.submit(SETUP, lambda entry: None, lambda outcome: None)
            events.place_what_waits(book, SETUP)
            assert book.give_up(job) is not None
        assert "events wait for their places" in caplog.text
        assert tired.all(Event) == []
        events.place_what_waits(book, SETUP)
        assert tired.all(Event) != []


# --- reading ---


def test_events_are_read_from_where_the_last_call_ended(company: Company) -> None:
    start = last_place(company)
    drafts = [company.draft(amount).id for amount in range(1, 6)]
    placed(company.book)
    seen, place, more = [], start, True
    while more:
        found = after(company, place, 2)
        seen += [event.record_id for event in found.events]
        assert found.last is not None
        place, more = found.last, found.more
    assert seen == drafts
    assert after(company, place) == Found([], place, False)
    late = company.draft()
    placed(company.book)
    assert [event.record_id for event in after(company, place).events] == [late.id]


def test_without_a_place_all_that_is_kept_is_read(company: Company) -> None:
    assert [event.pk for event in after(company, None).events] == [event.pk for event in placed(company.book)]


def test_events_are_read_by_type_and_by_record(company: Company) -> None:
    one, other = company.draft(), company.pay()
    placed(company.book)
    assert {event.type for event in after(company, None, types=(POSTED_TOO, BALANCE)).events} == {POSTED_TOO, BALANCE}
    assert [event.type for event in after(company, None, record_id=other.id).events] == [CREATED, POSTED_TOO]
    assert [event.record_id for event in after(company, None, types=(CREATED,), record_id=one.id).events] == [one.id]
    assert after(company, None, types=("payment.rejected",)) == Found([], last_place(company), False)


def test_there_is_more_as_long_as_something_waits_for_its_place(company: Company) -> None:
    company.draft()
    assert after(company, last_place(company)) == Found([], last_place(company), True)


def test_few_events_among_many_are_looked_for_step_by_step(company: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "LOOKED_AT", 3)
    start = last_place(company)
    for amount in range(1, 8):
        company.draft(amount)
    pay = company.pay()
    placed(company.book)
    steps, place, more = [], start, True
    while more:
        found = after(company, place, types=(POSTED_TOO,))
        assert found.last is not None
        steps.append([event.record_id for event in found.events])
        place, more = found.last, found.more
    assert steps == [[], [], [pay.id], []]


def test_an_owner_reads_of_the_accounts_of_the_own_customers_alone(company: Company) -> None:
    own, foreign = company.pay(1), company.pay(2, BOBS)
    placed(company.book)
    owner, customers = company.by("owner"), company.actor("owner").customers
    found = after(owner, None).events
    assert own.id in {event.record_id for event in found}
    assert {event.customer_pk for event in found} == customers
    assert after(owner, None, record_id=foreign.id).events == []
    assert after(company, None, record_id=foreign.id).events != []


def test_a_place_that_was_never_given_is_refused(company: Company) -> None:
    last = last_place(company)
    assert after(company, last).events == []
    with pytest.raises(EntityNotFound, match=f"there is no event {last + 1} yet"):
        after(company, last + 1)


def test_a_server_that_keeps_no_events_tells_nothing_and_says_so(book_file: Path, clock: Clock) -> None:
    with closing(Book(url_of(book_file), clock=clock, keeps_events=False)) as book:
        silent = company_of(book, clock)
        before = silent.all(Outbox)
        silent.pay()
        silent.do(lambda entry: entry.attempt(SETUP, lambda inner: None))
        assert silent.all(Outbox) == before
        with pytest.raises(EventsNotKept, match="keep no events"):
            after(silent, None)


# --- forgetting ---


def test_old_events_are_forgotten_and_who_has_not_read_them_is_told(company: Company) -> None:
    start = last_place(company)
    company.draft(1)
    company.clock.advance(days=30)
    kept = company.draft(2)
    purge.purge(company.book)
    assert [event.pk for event in after(company, start).events] == [start + 1, start + 2]
    company.clock.advance(seconds=1)
    assert purge.purge(company.book)["events"] == start + 1
    assert [event.record_id for event in after(company, None).events] == [kept.id]
    assert [event.record_id for event in after(company, start + 1).events] == [kept.id]
    with pytest.raises(EntityNotFound, match=f"events after {start} are forgotten"):
        after(company, start)


def test_what_waits_is_forgotten_as_any_event_is(company: Company) -> None:
    company.draft()
    company.clock.advance(days=31)
    purge.purge(company.book)
    assert company.all(Outbox) == company.all(Event) == []


def test_how_long_events_are_kept_is_a_setting(company: Company) -> None:
    count = len(company.all(Event))
    company.clock.advance(days=1, seconds=1)
    assert purge.purge(company.book, events_kept_days=1)["events"] == count


def test_no_place_is_given_twice_even_when_all_events_are_forgotten(company: Company) -> None:
    company.draft()
    place = placed(company.book)[-1].pk
    company.clock.advance(days=31)
    purge.purge(company.book)
    assert after(company, place) == Found([], place, False)
    company.draft()
    assert [event.pk for event in placed(company.book)] == [place + 1]

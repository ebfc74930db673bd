"""The same stories at every door: who comes in there does the same to the same ledger. The book is verified after each of them."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import pytest

from ledger.storage.models import AuditEntry, Invoice, JournalEntry, Payment
from tests.books import BOBS, DINARS, EUROS, YEN
from tests.doors import (
    ACCOUNT,
    APPLY,
    CREATE,
    DAY,
    DOORS,
    EDIT,
    FORBIDDEN,
    INVALID,
    MISSING,
    NOWHERE,
    REFERENCE,
    RELEASE,
    REUSED,
    RULE,
    UNKNOWN_CALLER,
    Door,
    Native,
    Productive,
    Qbench,
    Reply,
    Waldur,
)
from tests.premises import Premises
from tests.scenes import MOST

REPLAYED = "Idempotency-Replayed"
REQUEST_ID = "X-Request-Id"
EACH = pytest.mark.parametrize("amount", ["0.01", "0.07", "72.10", "1234567.89", "99999999.99"])


@pytest.fixture(params=DOORS, ids=lambda door: door.word)
def door(request: pytest.FixtureRequest, open_doors: Premises) -> Door:
    """The door at which the story is told."""
    made: Door = request.param(open_doors)
    return made


@pytest.fixture
def doors(open_doors: Premises) -> list[Door]:
    """All doors of the same house."""
    return [each(open_doors) for each in DOORS]


@pytest.fixture
def rest(doors: list[Door]) -> list[Door]:
    """The doors that speak REST."""
    return doors[1:]


def money(text: str | int) -> Decimal:
    return Decimal(text)


def done(reply: Reply) -> Reply:
    """A reply that has to be a good one."""
    assert reply.ok, reply.text
    return reply


def amount_of(premises: Premises, payment: Payment) -> Decimal:
    """The payment's amount as the ledger has it now."""
    return premises.major(payment, premises.now(payment).amount)


def state(premises: Premises, payment: Payment) -> str:
    return str(premises.now(payment).life_cycle_state)


def gone(door: Door, payment: Payment) -> bool:
    """Whether a door knows nothing of the payment; the native one still shows that it was."""
    if isinstance(door, Native):
        return bool(done(door.see(payment)).body["data"]["life_cycle_state"] != "POSTED")
    return door.refused(door.see(payment), MISSING) and payment.pk not in door.listed()


# --- made at one door, seen through the others ---


@EACH
def test_a_payment_is_seen_through_every_door_to_the_cent(door: Door, doors: list[Door], amount: str) -> None:
    payment = door.create(EUROS, money(amount), "2024-02-29").made
    account = door.premises.company.account(EUROS)
    for other in doors:
        seen = other.seen(payment)
        assert (seen.amount, seen.received_on) == (money(amount), "2024-02-29"), other.word
        # A payment that was made without an invoice has nothing by which JSON:API's door could tell its account.
        assert seen.account_pk in ({account.pk, None} if isinstance(other, Productive) else {account.pk}), other.word


def test_a_payment_is_listed_at_every_door_once(door: Door, doors: list[Door]) -> None:
    payments = {door.create(EUROS, money(amount)).made.pk for amount in (10, 20, 30)}
    for other in doors:
        listed = other.listed()
        assert sorted(listed) == sorted(payments), other.word


def test_two_equal_payments_are_two_payments(door: Door) -> None:
    first, second = (door.create(EUROS, money(50)).made for _ in range(2))
    assert first.pk != second.pk
    assert {first.pk, second.pk} == set(door.listed())


def test_what_a_door_makes_is_posted_at_once_and_says_who_made_it(door: Door) -> None:
    payment = door.create(EUROS, money(50)).made
    clerk = door.premises.company.actor("clerk")
    assert (payment.life_cycle_state, payment.created_by_user_pk) == ("POSTED", clerk.user_pk)
    assert payment.number is not None


@pytest.mark.parametrize(("account", "amount"), [(YEN, "1200"), (YEN, "1"), (DINARS, "12.345"), (DINARS, "0.001"), (DINARS, "7")])
def test_yen_and_dinars_are_shown_right_at_every_door(door: Door, doors: list[Door], account: str, amount: str) -> None:
    payment = door.create(account, money(amount)).made
    assert amount_of(door.premises, payment) == money(amount)
    for other in doors:
        assert other.seen(payment).amount == money(amount), other.word


def test_the_largest_amount_is_shown_to_the_cent_at_every_door(open_doors: Premises, doors: list[Door]) -> None:
    payment = Native(open_doors).create(EUROS, money(MOST)).made
    assert [door.seen(payment).amount for door in doors] == [money(MOST)] * len(doors)


def test_notes_and_back_office_codes_are_shown_where_there_is_a_place_for_them(open_doors: Premises) -> None:
    payment = Native(open_doors).create(EUROS, money(40), notes="By hand", back_office_code="B-1").made
    document = Productive(open_doors).see(payment).body["data"]["attributes"]
    assert (document["note"], document["external_id"]) == ("By hand", "B-1")
    assert Qbench(open_doors).see(payment).body["external_id"] == "B-1"


# --- paying ---


def test_an_invoice_that_is_paid_exactly_is_paid_at_every_door(door: Door, doors: list[Door]) -> None:
    invoice = door.premises.invoice("119.99")
    payment = door.pay_exactly(invoice).made
    assert amount_of(door.premises, payment) == money("119.99") and door.premises.owed(invoice) == 0
    assert door.premises.applied(payment) == {invoice.pk: money("119.99")}
    for other in doors:
        assert other.is_paid(invoice, payment), other.word


def test_a_part_payment_leaves_the_rest_owed(door: Door, doors: list[Door]) -> None:
    invoice = door.premises.invoice(100)
    payment = door.pay(invoice, money("30.50")).made
    assert door.premises.owed(invoice) == money("69.50") and door.premises.left(payment) == 0
    for other in doors:
        assert not other.is_paid(invoice, payment), other.word


def test_two_part_payments_pay_an_invoice(door: Door, doors: list[Door]) -> None:
    invoice = door.premises.invoice(100)
    payments = [door.pay(invoice, money(amount)).made for amount in (40, 60)]
    assert door.premises.owed(invoice) == 0
    for other in doors:
        assert all(other.is_paid(invoice, payment) for payment in payments), other.word


def test_what_is_paid_too_much_stays_credit(door: Door, doors: list[Door]) -> None:
    invoice = door.premises.invoice(100)
    payment = door.pay(invoice, money(130)).made
    assert door.premises.owed(invoice) == 0 and door.premises.left(payment) == money(30)
    assert door.premises.applied(payment) == {invoice.pk: money(100)}
    for other in doors:
        seen = other.seen(payment)
        assert seen.amount == money(130), other.word
        assert seen.left in (None, money(30)), other.word
        assert seen.applied in (None, {invoice.pk: money(100)}), other.word
        assert other.is_paid(invoice, payment), other.word


def test_a_payment_of_three_invoices(door: Door) -> None:
    invoices = [door.premises.invoice(total) for total in (10, 20, 30)]
    if APPLY in door.lacks:
        payments = [door.pay_exactly(invoice).made for invoice in invoices]
    else:
        payment = door.create(EUROS, money(60)).made if not door.automatic else _credit(door, 60)
        done(door.apply_to(payment, {invoice: door.premises.owed(invoice) for invoice in invoices}))
        payments = [payment]
        assert door.premises.applied(payment) == {
            invoice.pk: money(total) for invoice, total in zip(invoices, (10, 20, 30), strict=True)
        }
    assert [door.premises.owed(invoice) for invoice in invoices] == [0, 0, 0]
    assert [door.premises.left(payment) for payment in payments] == [0] * len(payments)


def _credit(door: Door, amount: int) -> Payment:
    """A payment that has paid nothing by itself, wherever it was made."""
    return Qbench(door.premises).create(EUROS, money(amount)).made


def test_only_the_native_door_pays_the_oldest_invoice_by_itself(door: Door) -> None:
    oldest = door.premises.invoice(100)
    payment = door.create(EUROS, money(80)).made
    assert door.premises.owed(oldest) == (20 if door.automatic else 100)
    assert (oldest.pk in door.premises.applied(payment)) is door.automatic


def test_only_credit_of_the_native_door_goes_to_the_next_invoice(door: Door) -> None:
    payment = door.pay(door.premises.invoice(10), money(50)).made
    assert door.premises.left(payment) == 40
    later = door.premises.invoice(30)
    assert door.premises.owed(later) == (0 if door.automatic else 30)


# --- taking back ---


def test_what_is_released_is_owed_again_and_stays_credit(door: Door, doors: list[Door]) -> None:
    invoice, spare = door.premises.invoice(100), _paid(door.premises)
    payment = door.pay(invoice, money(100)).made
    done(door.release(payment, invoice, spare))
    assert door.premises.owed(invoice) == 100 and door.premises.left(payment) == 100
    assert door.premises.applied(payment) == {}
    for other in doors:
        assert other.seen(payment).applied in (None, {}), other.word
        if RELEASE not in other.lacks:
            assert not other.is_paid(invoice, payment), other.word


def _paid(premises: Premises) -> Invoice:
    """An invoice on which nothing is owed."""
    invoice = premises.invoice(5)
    done(Native(premises).pay_exactly(invoice))
    return invoice


def test_what_was_released_can_be_applied_again(door: Door) -> None:
    invoice, spare = door.premises.invoice(100), _paid(door.premises)
    payment = door.pay(invoice, money(70)).made
    for _ in range(2):
        done(door.release(payment, invoice, spare))
        assert door.premises.owed(invoice) == 100
        done(door.apply(payment, invoice, money(70)))
        assert door.premises.owed(invoice) == 30 and door.premises.applied(payment) == {invoice.pk: 70}


def test_what_is_not_applied_cannot_be_released(door: Door) -> None:
    invoice = door.premises.invoice(100)
    payment = _credit(door, 30)
    if RELEASE not in door.lacks:
        refused = door.release(payment, invoice, invoice)
        assert door.refused(refused, RULE) or door.refused(refused, MISSING), refused.text
    assert door.premises.left(payment) == 30 and door.premises.owed(invoice) == 100


# --- changing ---


def test_a_higher_amount(door: Door, doors: list[Door]) -> None:
    payment = door.create(EUROS, money(40)).made
    changed = done(door.edit(payment, amount=money("60.60"))).made
    assert (changed.pk == payment.pk) is (EDIT not in door.lacks)
    assert [other.seen(changed).amount for other in doors] == [money("60.60")] * len(doors)
    assert _balance_without_invoices(door.premises) == money("-60.60")


def test_a_lower_amount(door: Door, doors: list[Door]) -> None:
    payment = door.create(EUROS, money(40)).made
    changed = done(door.edit(payment, amount=money("0.40"))).made
    assert [other.seen(changed).amount for other in doors] == [money("0.40")] * len(doors)
    assert _balance_without_invoices(door.premises) == money("-0.40")


def _balance_without_invoices(premises: Premises) -> Decimal:
    """What payments alone have made of the account's balance."""
    account = premises.company.account(EUROS)
    entries = premises.company.all(JournalEntry, account_pk=account.pk)
    return Decimal(sum(entry.amount for entry in entries if entry.kind != "INVOICE")).scaleb(-2)


def test_a_lower_amount_than_what_is_applied(door: Door) -> None:
    """The newest allocations are released; where it is said invoice by invoice what is applied, that has to be done first."""
    invoice = door.premises.invoice(100)
    payment = door.pay(invoice, money(100)).made
    reply = door.edit(payment, amount=money(60))
    if isinstance(door, Qbench):
        assert door.refused(reply, RULE), reply.text
        assert amount_of(door.premises, payment) == 100 and door.premises.owed(invoice) == 0
    else:
        assert amount_of(door.premises, reply.made) == 60 and door.premises.left(reply.made) == 0
        assert door.premises.owed(invoice) == 40


def test_a_higher_amount_goes_to_the_invoice_that_is_related(door: Door) -> None:
    """Where one invoice is: elsewhere the rest is credit until it is applied."""
    invoice = door.premises.invoice(100)
    payment = door.pay(invoice, money(30)).made
    changed = done(door.edit(payment, amount=money(130))).made
    assert door.premises.owed(invoice) == (70 if isinstance(door, Qbench) else 0)
    assert door.premises.left(changed) == (100 if isinstance(door, Qbench) else 30)


def test_another_date(door: Door, doors: list[Door]) -> None:
    payment = door.create(EUROS, money(40)).made
    changed = done(door.edit(payment, day="2023-12-31")).made
    assert [other.seen(changed).received_on for other in doors] == ["2023-12-31"] * len(doors)


def test_writing_the_same_date_keeps_the_time(rest: list[Door], open_doors: Premises) -> None:
    made = Native(open_doors).create(EUROS, money(40), "2024-03-01T17:45:12").made
    for door in rest:
        done(door.edit(made, day="2024-03-01"))
        assert open_doors.now(made).received_on == "2024-03-01T17:45:12", door.word


def test_another_account(door: Door, doors: list[Door]) -> None:
    payment = door.create(EUROS, money(40)).made
    changed = done(door.edit(payment, account=BOBS)).made
    bobs = door.premises.company.account(BOBS)
    assert door.premises.now(changed).account_pk == bobs.pk
    for other in doors:
        assert other.seen(changed).account_pk in ({bobs.pk, None} if isinstance(other, Productive) else {bobs.pk}), other.word


def test_another_account_frees_the_invoices(door: Door) -> None:
    invoice = door.premises.invoice(100)
    payment = door.pay(invoice, money(100)).made
    reply = door.edit(payment, account=BOBS)
    if isinstance(door, Qbench):
        assert door.refused(reply, RULE), reply.text
        assert door.premises.applied(payment) == {invoice.pk: 100}
        assert ACCOUNT in door.lacks
    else:
        assert door.premises.owed(invoice) == 100
        assert door.premises.account_of(door.premises.now(reply.made)).name == BOBS


def test_an_account_of_another_currency_is_refused(door: Door) -> None:
    payment = door.create(EUROS, money(40)).made
    if EDIT in door.lacks:
        invoice = door.premises.invoice(1000, YEN)
        assert door.refused(door.apply(payment, invoice, money(10)), RULE)
    else:
        reply = door.edit(payment, account=YEN)
        assert door.refused(reply, RULE), reply.text
    assert door.premises.account_of(door.premises.now(payment)).name == EUROS


def test_a_change_keeps_id_and_numbers(door: Door, doors: list[Door]) -> None:
    payment = door.create(EUROS, money(40)).made
    door.premises.company.clock.advance(600)
    if EDIT in door.lacks:
        reply = done(Waldur(door.premises).edit(payment, amount=money(50), day="2024-01-01"))
    else:
        reply = done(door.edit(payment, amount=money(50), day="2024-01-01"))
    kept = ("pk", "id", "number", "reference_number", "issued_on", "posted_on", "created_by_user_pk")
    assert [getattr(reply.made, name) for name in kept] == [getattr(payment, name) for name in kept]
    assert [other.seen(payment).amount for other in doors] == [50] * len(doors)


# --- deleting ---


def test_a_deleted_payment_is_gone_at_every_door(door: Door, doors: list[Door]) -> None:
    payment = door.create(EUROS, money(40)).made
    done(door.delete(payment))
    assert state(door.premises, payment) == "CANCELLED"
    assert [gone(other, payment) for other in doors] == [True] * len(doors)
    assert _balance_without_invoices(door.premises) == 0


def test_nothing_is_deleted_twice(door: Door) -> None:
    payment = door.create(EUROS, money(40)).made
    done(door.delete(payment))
    assert door.refused(door.delete(payment), RULE if isinstance(door, Native) else MISSING)
    assert _balance_without_invoices(door.premises) == 0


def test_what_one_door_deleted_no_other_can_delete_or_change(door: Door, doors: list[Door]) -> None:
    payment = door.create(EUROS, money(40)).made
    invoice = door.premises.invoice(100)
    done(door.delete(payment))
    for other in doors:
        why = RULE if isinstance(other, Native) else MISSING
        assert other.refused(other.delete(payment), why), other.word
        assert other.refused(other.apply(payment, invoice, money(10)), why), other.word
        assert other.refused(other.edit(payment, amount=money(10)), why), other.word
    assert door.premises.owed(invoice) == 100


def test_deleting_an_applied_payment_frees_its_invoices(door: Door) -> None:
    invoice = door.premises.invoice(100)
    payment = door.pay(invoice, money(100)).made
    done(door.delete(payment))
    assert door.premises.owed(invoice) == 100
    again = door.pay_exactly(invoice).made
    assert door.premises.applied(again) == {invoice.pk: 100}


def test_what_was_made_at_another_door_can_be_changed_and_deleted_here(door: Door, doors: list[Door]) -> None:
    for other in doors:
        payment = other.create(EUROS, money(40)).made
        changed = done(door.edit(payment, amount=money(45))).made
        assert amount_of(door.premises, changed) == 45, other.word
        done(door.delete(changed))
        assert [gone(each, changed) for each in doors] == [True] * len(doors), other.word


# --- what is not possible ---


def test_another_customers_invoice_is_not_paid(door: Door) -> None:
    bobs = door.premises.invoice(100, BOBS)
    payment = door.pay(door.premises.invoice(20), money(50)).made
    if ACCOUNT in door.lacks and RELEASE in door.lacks:
        # There the account is the invoice's: the payment goes along, and frees what it paid.
        moved = done(door.apply(payment, bobs, money(10))).made
        assert door.premises.account_of(moved).name == BOBS and door.premises.applied(moved) == {bobs.pk: 50}
        return
    if isinstance(door, Waldur):
        done(door.release(payment, bobs, bobs))
    applied = door.premises.applied(payment)
    reply = door.apply(payment, bobs, money(10))
    assert door.refused(reply, RULE), reply.text
    assert door.premises.owed(bobs) == 100 and door.premises.applied(payment) == applied


def test_an_unknown_payment(door: Door) -> None:
    invoice = door.premises.invoice(100)
    assert door.refused(door.see(NOWHERE), MISSING)
    assert door.refused(door.apply(NOWHERE, invoice, money(10)), MISSING)
    assert door.refused(door.release(NOWHERE, invoice, invoice), MISSING)
    assert door.refused(door.delete(NOWHERE), MISSING)
    if EDIT not in door.lacks:
        assert door.refused(door.edit(NOWHERE, amount=money(10)), MISSING)


def test_an_unknown_invoice(door: Door) -> None:
    payment = _credit(door, 50)
    reply = door.apply(payment, Invoice(pk=NOWHERE.pk, id=NOWHERE.id), money(10))
    assert door.refused(reply, REFERENCE), reply.text
    assert door.premises.left(payment) == 50


@pytest.mark.parametrize("make", ["draft", "rejected", "cancelled"])
def test_an_invoice_that_is_not_posted_is_not_paid(door: Door, make: str) -> None:
    company, payment = door.premises.company, _credit(door, 50)
    invoice = company.invoice(100, state="POSTED" if make == "cancelled" else "DRAFT")
    if make == "cancelled":
        company.cancel_invoice(invoice)
    elif make == "rejected":
        _reject(door.premises, invoice)
    reply = door.apply(payment, invoice, money(10))
    assert door.refused(reply, RULE) or door.refused(reply, REFERENCE), reply.text
    assert door.premises.left(payment) == 50 and door.premises.applied(payment) == {}


def _reject(premises: Premises, record: Payment | Invoice) -> None:
    kind = "payment" if isinstance(record, Payment) else "invoice"
    done(Native(premises).call(f"{kind}s/reject", **{f"{kind}_identifier": {"id": record.id}}))


def test_more_than_is_owed_is_not_applied(door: Door) -> None:
    """Where it is said how much; a door that relates an invoice gives it what it takes."""
    invoice = door.premises.invoice(100)
    payment = _credit(door, 150)
    reply = door.apply(payment, invoice, money(150))
    if APPLY in door.lacks:
        assert done(reply).ok and door.premises.owed(invoice) == 0 and door.premises.left(payment) == 50
    else:
        assert door.refused(reply, RULE), reply.text
        assert door.premises.owed(invoice) == 100 and door.premises.left(payment) == 150


def test_one_bad_line_applies_nothing(door: Door) -> None:
    good, bad = door.premises.invoice(100), door.premises.invoice(100, BOBS)
    payment = _credit(door, 50)
    if APPLY in door.lacks:
        reply = door.apply(payment, Invoice(pk=NOWHERE.pk, id=NOWHERE.id), money(10))
        assert door.refused(reply, REFERENCE), reply.text
    else:
        assert door.refused(door.apply_to(payment, {good: money(10), bad: money(10)}), RULE)
        assert door.refused(door.apply_to(payment, {good: money(10), Invoice(pk=NOWHERE.pk, id=NOWHERE.id): money(10)}), REFERENCE)
        assert door.refused(door.apply_to(payment, {good: money(45), door.premises.invoice(10): money("5.01")}), RULE)
    assert door.premises.owed(good) == 100 and door.premises.owed(bad) == 100 and door.premises.left(payment) == 50


def test_a_negative_amount_is_refused(door: Door) -> None:
    before = len(door.premises.payments())
    reply = door.create(EUROS, money(-5))
    assert door.refused(reply, INVALID), reply.text
    assert len(door.premises.payments()) == before


def test_a_payment_of_nothing(door: Door) -> None:
    """Is a payment where the published API makes one of nothing when it is told no sum, and refused elsewhere."""
    reply = door.create(EUROS, money(0))
    if isinstance(door, Waldur):
        assert amount_of(door.premises, reply.made) == 0
        entries = door.premises.company.all(JournalEntry, document_id=reply.made.id)
        assert [entry.amount for entry in entries] == [0]
    else:
        assert door.refused(reply, INVALID), reply.text
        assert door.premises.payments() == []


def test_a_payment_that_became_one_of_nothing_frees_its_invoice(open_doors: Premises, doors: list[Door]) -> None:
    invoice, waldur = open_doors.invoice(100), Waldur(open_doors)
    payment = waldur.pay(invoice, money(100)).made
    done(waldur.edit(payment, amount=money(0)))
    assert open_doors.owed(invoice) == 100 and open_doors.applied(payment) == {}
    assert [door.seen(payment).amount for door in doors] == [0] * len(doors)
    done(waldur.edit(payment, amount=money(70)))
    assert open_doors.owed(invoice) == 30
    done(waldur.delete(payment))


@pytest.mark.parametrize(("account", "amount"), [(EUROS, "0.001"), (YEN, "10.5"), (DINARS, "1.2345")])
def test_more_decimals_than_the_currency_has_are_refused(door: Door, account: str, amount: str) -> None:
    if isinstance(door, Productive):
        # Its amounts are minor units: what the others call too many decimals is half a cent there.
        invoice = door.premises.invoice(100, account)
        document = door._document({"amount": "10.5", "paid_on": DAY}, invoice)
        reply = door.send("POST", "/api/v2/payments", document)
    else:
        reply = door.create(account, money(amount))
    assert door.refused(reply, INVALID), reply.text
    assert door.premises.payments() == []


# --- who sees what ---


def test_drafts_and_rejected_payments_are_seen_at_the_native_door_alone(open_doors: Premises, rest: list[Door]) -> None:
    company = open_doors.company
    draft, rejected = company.draft(10), company.draft(20)
    _reject(open_doors, rejected)
    assert sorted(Native(open_doors).listed()) == [draft.pk, rejected.pk]
    for door in rest:
        assert door.listed() == [], door.word
        for payment in (draft, rejected):
            assert door.refused(door.see(payment), MISSING), door.word
            assert door.refused(door.delete(payment), MISSING), door.word
            assert door.refused(door.edit(payment, amount=money(5)), MISSING), door.word
            assert door.refused(door.apply(payment, open_doors.invoice(10), money(5)), MISSING), door.word


def test_a_draft_that_is_posted_appears_at_every_door(open_doors: Premises, doors: list[Door]) -> None:
    draft = open_doors.company.draft(10)
    done(Native(open_doors).call("payments/post", payment_identifier={"id": draft.id}))
    assert [door.seen(draft).amount for door in doors] == [10] * len(doors)


def test_a_payment_that_is_cancelled_natively_is_gone_everywhere(open_doors: Premises, doors: list[Door]) -> None:
    payment = open_doors.company.pay(10)
    open_doors.cancel(payment)
    assert [gone(door, payment) for door in doors] == [True] * len(doors)


def test_a_write_off_is_hidden_where_there_are_none(open_doors: Premises) -> None:
    productive, native = Productive(open_doors), Native(open_doors)
    invoice = open_doors.invoice(100)
    written_off = productive.write_off(invoice, money(100)).made
    assert open_doors.owed(invoice) == 0 and open_doors.left(written_off) == 0
    for door in (productive, native):
        assert done(door.see(written_off)).ok
        assert written_off.pk in door.listed()
    for hiding in (Waldur(open_doors), Qbench(open_doors)):
        assert gone(hiding, written_off), hiding.word
        assert hiding.refused(hiding.delete(written_off), MISSING), hiding.word
        assert hiding.is_paid(invoice, written_off), hiding.word


def test_a_write_off_is_taken_back_like_a_payment(open_doors: Premises) -> None:
    productive, invoice = Productive(open_doors), open_doors.invoice(100)
    written_off = productive.write_off(invoice, money(40)).made
    assert open_doors.owed(invoice) == 60
    done(productive.edit(written_off, amount=money(10)))
    assert open_doors.owed(invoice) == 90
    done(productive.delete(written_off))
    assert open_doors.owed(invoice) == 100 and state(open_doors, written_off) == "CANCELLED"


def test_an_owner_sees_the_payments_of_their_customers_alone(door: Door) -> None:
    own, other = (door.create(account, money(40)).made for account in (EUROS, BOBS))
    owner = door.by("owner")
    assert owner.seen(own).amount == 40
    assert owner.listed() == [own.pk]
    assert owner.refused(owner.see(other), MISSING)


def test_an_owner_changes_nothing(door: Door) -> None:
    invoice = door.premises.invoice(100)
    payment = door.pay(invoice, money(30)).made
    owner = door.by("owner")
    _changes_nothing(owner, payment, invoice)
    other = _credit(door, 10)
    assert owner.refused(owner.delete(other), FORBIDDEN)


def test_an_auditor_sees_all_and_changes_nothing(door: Door) -> None:
    invoice = door.premises.invoice(100)
    payments = [door.pay(invoice, money(30)).made, door.create(BOBS, money(20)).made]
    auditor = door.by("auditor")
    assert sorted(auditor.listed()) == [payment.pk for payment in payments]
    _changes_nothing(auditor, payments[0], invoice)


def _changes_nothing(door: Door, payment: Payment, invoice: Invoice) -> None:
    """Who has no right is refused before anything is looked at, even what does not exist."""
    before = door.premises.now(payment)
    tries: list[Callable[[], Reply]] = [
        lambda: door.create(EUROS, money(10)),
        lambda: door.apply(payment, invoice, money(10)),
        lambda: door.release(payment, invoice, invoice),
        lambda: door.edit(payment, amount=money(10)),
        lambda: door.delete(payment),
        lambda: door.delete(NOWHERE),
    ]
    for attempt in tries:
        reply = attempt()
        assert door.refused(reply, FORBIDDEN), reply.text
    assert _values(door.premises.now(payment)) == _values(before)
    assert door.premises.owed(invoice) == 70


def _values(payment: Payment) -> dict[str, Any]:
    return dict(payment.__data__)


@pytest.mark.parametrize("token", [None, "nonsense", "rpk_" + "A" * 43])
def test_nobody_comes_in_without_a_token(door: Door, token: str | None) -> None:
    payment = door.create(EUROS, money(10)).made
    stranger = door.by(token)
    assert stranger.refused(stranger.see(payment), UNKNOWN_CALLER)
    assert stranger.refused(stranger.create(EUROS, money(10)), UNKNOWN_CALLER)
    assert stranger.refused(stranger.delete(NOWHERE), UNKNOWN_CALLER)


def test_who_logs_out_natively_is_out_at_every_door(open_doors: Premises, doors: list[Door]) -> None:
    done(Native(open_doors).call("logout"))
    for door in doors:
        assert door.refused(door.see(NOWHERE), UNKNOWN_CALLER), door.word


# --- accounts ---


def test_a_suspended_account_takes_payments(door: Door) -> None:
    invoice = door.premises.billed(EUROS, money(40))
    door.premises.company.change_account(EUROS, life_cycle_state="SUSPENDED")
    payment = door.create(EUROS, money(40)).made
    done(door.edit(payment, day="2024-01-02"))
    paid = door.pay(invoice, money(10)).made
    done(door.delete(paid))


def test_a_terminated_account_takes_none_and_gives_back(door: Door) -> None:
    invoice, later = door.premises.invoice(40), door.premises.billed(EUROS, money(7))
    payment = door.pay(invoice, money(40)).made
    rest = door.pay_exactly(later).made
    door.premises.company.change_account(EUROS, life_cycle_state="TERMINATED")
    before = len(door.premises.payments())
    for reply in (door.create(EUROS, money(7)), door.pay(later, money(7)), door.apply(payment, later, money(1))):
        assert door.refused(reply, RULE), reply.text
    if EDIT not in door.lacks:
        assert door.refused(door.edit(payment, amount=money(50)), RULE)
    assert len(door.premises.payments()) == before
    assert door.seen(payment).amount == 40
    if RELEASE not in door.lacks:
        done(door.release(payment, invoice, later))
        assert door.premises.owed(invoice) == 40
    done(door.delete(rest))
    assert door.premises.owed(later) == 7


# --- once and only once ---


def test_a_repeated_request_has_one_effect_and_one_answer(door: Door) -> None:
    once = door.keyed("statement 7, line 3")
    first = once.create(EUROS, money(40))
    payment = first.made
    for _ in range(2):
        again = once.create(EUROS, money(40))
        assert (again.status, again.text, again.made.pk) == (first.status, first.text, payment.pk)
        assert again.headers[REPLAYED] == "true"
    assert REPLAYED not in first.headers
    assert door.listed() == [payment.pk]


def test_a_repeated_delete_has_one_effect_and_one_answer(door: Door) -> None:
    payment = door.create(EUROS, money(40)).made
    once = door.keyed("k-1")
    first, again = once.delete(payment), once.delete(payment)
    assert (first.ok, first.status, first.text) == (True, again.status, again.text)
    assert again.headers[REPLAYED] == "true"


def test_a_key_is_not_used_again_for_another_request(door: Door) -> None:
    once = door.keyed("k-1")
    payment = once.create(EUROS, money(40)).made
    for reply in (once.create(EUROS, money(41)), once.create(BOBS, money(40)), once.create(EUROS, money(40), "2024-04-29")):
        assert door.refused(reply, REUSED), reply.text
    assert door.refused(once.delete(payment), REUSED)
    assert door.listed() == [payment.pk]


def test_a_key_is_not_used_through_two_doors(door: Door, doors: list[Door]) -> None:
    payment = door.keyed("k-1").create(EUROS, money(40)).made
    for other in doors:
        if other.word != door.word:
            reply = other.keyed("k-1").create(EUROS, money(40))
            assert other.refused(reply, REUSED), f"{other.word}: {reply.text}"
    assert door.listed() == [payment.pk]


def test_another_user_may_use_the_same_key(door: Door) -> None:
    first = door.keyed("k-1").create(EUROS, money(40)).made
    second = door.by("admin").keyed("k-1").create(EUROS, money(40)).made
    assert sorted(door.listed()) == [first.pk, second.pk]


def test_a_refused_request_does_not_burn_its_key(door: Door) -> None:
    once = door.keyed("k-1")
    assert door.refused(once.create(EUROS, money(-40)), INVALID)
    payment = once.create(EUROS, money(40)).made
    assert door.listed() == [payment.pk]


def test_a_key_that_is_too_long_is_refused(door: Door) -> None:
    reply = door.keyed("k" * 256).create(EUROS, money(40))
    assert door.refused(reply, INVALID), reply.text
    assert door.listed() == []


# --- what is written down ---


def test_the_audit_log_names_door_method_and_request(door: Door) -> None:
    noting = door.saying(X_Request_Id="r-create")
    payment = noting.create(EUROS, money(40)).made
    if EDIT not in door.lacks:
        done(door.saying(X_Request_Id="r-edit").edit(payment, amount=money(50)))
    done(door.saying(X_Request_Id="r-delete").delete(payment))
    rows = door.premises.company.audited(payment)
    assert {(row.door, row.actor) for row in rows} == {(door.word, "clerk")}
    asked = [row.request_id for row in rows if row.kind == "payment"]
    assert list(dict.fromkeys(asked)) == ["r-create", *([] if EDIT in door.lacks else ["r-edit"]), "r-delete"]
    assert all(row.method for row in rows)
    assert rows[0].before is None
    assert rows[-1].after is not None


def test_a_refused_right_is_audited_with_its_door(door: Door) -> None:
    reply = door.by("auditor").saying(X_Request_Id="r-1").delete(NOWHERE)
    assert door.refused(reply, FORBIDDEN)
    (row,) = door.premises.company.all(AuditEntry, request_id="r-1")
    assert (row.door, row.actor, row.outcome) == (door.word, "auditor", "NOT_PERMITTED")


def test_every_answer_has_a_request_id(door: Door) -> None:
    given = door.saying(X_Request_Id="my-own.id_7")
    assert given.create(EUROS, money(40)).headers[REQUEST_ID] == "my-own.id_7"
    assert given.see(NOWHERE).headers[REQUEST_ID] == "my-own.id_7"
    assert given.by(None).see(NOWHERE).headers[REQUEST_ID] == "my-own.id_7"
    bad = door.saying(X_Request_Id="not one of ours!")
    ids = [bad.see(NOWHERE).headers[REQUEST_ID], door.see(NOWHERE).headers[REQUEST_ID]]
    assert all(ids) and len(set(ids)) == 2 and "not one of ours!" not in ids


# --- two doors, one payment ---


def test_what_one_door_paid_another_releases(door: Door, doors: list[Door]) -> None:
    # All invoices first: the next one that is posted would draw on what was released.
    subjects = [(other, door.premises.invoice(100), _paid(door.premises)) for other in doors]
    for other, invoice, spare in subjects:
        payment = door.pay(invoice, money(100)).made
        done(other.release(payment, invoice, spare))
        assert door.premises.owed(invoice) == 100, other.word


def test_a_payment_of_several_invoices_is_shown_with_its_first(open_doors: Premises, doors: list[Door]) -> None:
    qbench = Qbench(open_doors)
    first, second = open_doors.invoice(10), open_doors.invoice(20)
    payment = qbench.create(EUROS, money(50)).made
    done(qbench.apply_to(payment, {second: money(20), first: money(10)}))
    for door in doors:
        seen = door.seen(payment)
        assert seen.principal in (None, second.pk), door.word
        assert seen.applied in (None, {first.pk: 10, second.pk: 20}), door.word
        assert seen.left in (None, 20), door.word


def test_what_a_door_lacks_is_said(open_doors: Premises) -> None:
    lacking: Iterator[tuple[str, str]] = ((verb, said) for door in DOORS for verb, said in door.lacks.items())
    assert all(said for _, said in lacking)
    assert {verb for door in DOORS for verb in door.lacks} >= {CREATE, APPLY, RELEASE, EDIT, ACCOUNT}

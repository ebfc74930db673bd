"""Making, posting and rejecting payments."""

from decimal import Decimal

import pytest

from ledger import payments
from ledger.errors import (
    AccountMismatch,
    AccountNotOpen,
    BalanceTooLarge,
    CategoryNotAllowed,
    CurrencyMismatch,
    DuplicateBackOfficeCode,
    InvalidParameter,
    PaymentMethodNotAllowed,
    Refusal,
    RejectionReasonNotAllowed,
    TypeNotAllowed,
)
from ledger.lifecycle import ACTIVE, DRAFT, POSTED, REJECTED, SUSPENDED, TERMINATED
from ledger.money import decimal
from ledger.storage.models import (
    Category,
    Currency,
    JournalEntry,
    Payment,
    PaymentMethod,
    RejectionReason,
    Unit,
    User,
)
from tests.books import BOBS, DINARS, EUROS, TYPES, YEN, Company

LARGEST = "9999999999999.99"


def test_a_draft_says_what_was_given_and_books_nothing(company: Company) -> None:
    draft = company.draft("12.50", notes="by post", received_on="2024-04-30T08:00:00", back_office_code="B-1")
    assert (draft.amount, draft.life_cycle_state, draft.unallocated) == (1250, DRAFT, 0)
    assert (draft.notes, draft.received_on, draft.back_office_code) == ("by post", "2024-04-30T08:00:00", "B-1")
    assert (draft.number, draft.posted_on) == (None, None)
    assert company.account().balance == 0
    assert company.all(JournalEntry) == []


def test_who_makes_a_payment_and_when_is_kept(company: Company) -> None:
    clerk, branch = company.one(User, username="clerk"), company.one(Unit, name="Branch")
    draft = company.draft()
    assert (draft.issued_on, draft.received_on) == ("2024-05-01T12:00:00", "2024-05-01T12:00:00")
    assert (draft.created_by_user_pk, draft.received_by_user_pk) == (clerk.pk, clerk.pk)
    assert draft.created_by_unit_pk == draft.received_by_unit_pk == company.one(Unit, name="Head office").pk
    admin = company.one(User, username="admin")
    received = company.draft(received_by_user=admin, received_by_unit=branch)
    assert (received.received_by_user_pk, received.received_by_unit_pk) == (admin.pk, branch.pk)
    assert received.created_by_user_pk == clerk.pk


def test_a_posted_payment_is_booked_as_a_credit(company: Company) -> None:
    payment = company.pay("12.50")
    assert (payment.life_cycle_state, payment.posted_on, payment.unallocated) == (POSTED, "2024-05-01T12:00:00", 1250)
    (booked,) = company.all(JournalEntry)
    assert (booked.kind, booked.document_id, booked.number, booked.amount) == ("PAYMENT", payment.id, payment.number, -1250)
    assert company.account().balance == -1250


def test_posting_later_keeps_when_the_payment_was_issued(company: Company) -> None:
    draft = company.draft()
    company.clock.advance(seconds=36)
    posted = company.do(payments.post, draft)
    assert (posted.issued_on, posted.posted_on) == ("2024-05-01T12:00:00", "2024-05-01T12:00:36")
    assert (posted.unallocated, posted.updated_on) == (10000, "2024-05-01T12:00:36")
    assert posted.updated_by_user_pk == company.one(User, username="clerk").pk
    assert company.account().balance == -10000


def test_rejecting_is_final_and_books_nothing(company: Company) -> None:
    reason = company.one(RejectionReason, name="Fraud")
    rejected = company.do(payments.reject, company.draft(), reason)
    assert (rejected.life_cycle_state, rejected.rejection_reason_pk) == (REJECTED, reason.pk)
    assert company.do(payments.reject, company.draft()).rejection_reason_pk is None
    assert company.account().balance == 0


def test_a_reason_has_to_be_allowed_on_the_type(company: Company) -> None:
    draft = company.draft()
    with pytest.raises(RejectionReasonNotAllowed, match="'Other' is not allowed on type 'Payment'"):
        company.do(payments.reject, draft, company.one(RejectionReason, name="Other"))
    assert company.now(draft).life_cycle_state == DRAFT


@pytest.mark.parametrize(
    ("account", "amount", "units"),
    [
        (EUROS, "9007199254740.93", 900719925474093),
        (EUROS, LARGEST, 10**15 - 1),
        (EUROS, "0.01", 1),
        (EUROS, "12.500", 1250),
        (YEN, "999999999999999", 10**15 - 1),
        (YEN, "1", 1),
        (DINARS, "0.001", 1),
        (DINARS, "900719925474.093", 900719925474093),
    ],
)
def test_an_amount_survives_to_the_last_minor_unit(company: Company, account: str, amount: str, units: int) -> None:
    payment = company.now(company.pay(amount, account))
    assert payment.amount == units
    assert company.account(account).balance == -units
    exponent = company.one(Currency, pk=company.account(account).currency_pk).exponent
    assert decimal(payment.amount, exponent) == Decimal(amount)


@pytest.mark.parametrize(
    ("account", "amount"),
    [
        (EUROS, "0"),
        (EUROS, "-1"),
        (EUROS, "0.001"),
        (EUROS, "10000000000000"),
        (EUROS, "90071992547409.931"),
        (YEN, "0.5"),
        (YEN, "1000000000000000"),
        (DINARS, "0.0001"),
        (DINARS, "1000000000000"),
        (EUROS, "NaN"),
        (EUROS, "Infinity"),
    ],
)
def test_what_is_no_amount_of_the_currency_is_refused(company: Company, account: str, amount: str) -> None:
    for state in (DRAFT, POSTED):
        with pytest.raises(InvalidParameter, match=rf"\({account[-3:]}\)") as refused:
            company.pay(amount, account, state=state)
        assert refused.value.word == "amount"
    assert company.all(Payment) == []


def test_an_amount_is_needed(company: Company) -> None:
    with pytest.raises(InvalidParameter):
        company.do(payments.create, company.terms(None), POSTED)


def test_zero_is_posted_where_a_door_allows_it(company: Company) -> None:
    payment = company.pay(0, zero=True)
    assert (payment.amount, payment.unallocated) == (0, 0)
    assert [entry.amount for entry in company.all(JournalEntry)] == [0]


def test_a_balance_of_more_than_fifteen_digits_is_refused(company: Company) -> None:
    company.pay(LARGEST)
    assert company.account().balance == -(10**15 - 1)
    draft = company.draft("0.01")
    with pytest.raises(BalanceTooLarge, match="more than 15 digits"):
        company.do(payments.post, draft)
    with pytest.raises(BalanceTooLarge):
        company.pay("0.01")
    assert company.now(draft).life_cycle_state == DRAFT
    assert company.account().balance == -(10**15 - 1)


@pytest.mark.parametrize("classification", sorted(TYPES.keys() - {"PAYMENT"}))
def test_a_payment_needs_a_type_of_its_classification(company: Company, classification: str) -> None:
    with pytest.raises(TypeNotAllowed, match="PAYMENT is needed"):
        company.draft(type=company.type(classification))


def test_a_write_off_is_booked_as_a_credit_of_its_own_kind(company: Company) -> None:
    invoice = company.invoice(30)
    made = company.write_off(30)
    assert [(entry.kind, entry.amount) for entry in company.all(JournalEntry, document_id=made.id)] == [("WRITE_OFF", -3000)]
    assert company.now(invoice).unpaid == 0


def test_category_and_method_have_to_be_allowed_on_the_type(company: Company) -> None:
    with pytest.raises(CategoryNotAllowed, match="'Internal'"):
        company.draft(category=company.one(Category, name="Internal"))
    with pytest.raises(PaymentMethodNotAllowed, match="'Card'"):
        company.draft(method="Card")
    goods, transfer = company.one(Category, name="Goods"), company.one(PaymentMethod, name="Transfer")
    draft = company.draft(category=goods, method="Transfer")
    assert (draft.category_pk, draft.method_pk) == (goods.pk, transfer.pk)


def test_a_named_currency_has_to_be_the_accounts(company: Company) -> None:
    with pytest.raises(CurrencyMismatch, match="JPY was intended, but the account is kept in EUR"):
        company.draft(intended_currency=company.one(Currency, code="JPY"))
    assert company.draft(intended_currency=company.one(Currency, code="EUR")).amount == 10000


def test_a_back_office_code_is_unique_also_after_reject_and_cancel(company: Company) -> None:
    company.do(payments.reject, company.draft(back_office_code="A"))
    company.cancel_payment(company.pay(back_office_code="B"))
    for code in ("A", "B"):
        with pytest.raises(DuplicateBackOfficeCode, match=f"another payment has the back office code '{code}'"):
            company.pay(account=BOBS, back_office_code=code)
    assert company.invoice(back_office_code="A").back_office_code == "A"


def test_what_is_to_be_paid_has_to_be_of_the_same_account(company: Company) -> None:
    own, foreign = company.invoice(), company.invoice(account=BOBS)
    with pytest.raises(AccountMismatch) as refused:
        company.draft(invoices=[own, foreign])
    assert refused.value.word == "invoices[1]"
    with pytest.raises(AccountMismatch) as refused:
        company.draft(bills=[company.bill(foreign)])
    assert refused.value.word == "bills[0]"


def test_payments_go_on_while_an_account_is_suspended(company: Company) -> None:
    invoice, draft = company.invoice(50), company.draft()
    company.change_account(life_cycle_state=SUSPENDED)
    assert company.do(payments.post, draft).life_cycle_state == POSTED
    assert company.now(invoice).unpaid == 0
    assert company.draft().life_cycle_state == DRAFT


def test_a_terminated_account_takes_no_payments_but_its_drafts_can_be_rejected(company: Company) -> None:
    draft, other = company.draft(), company.draft()
    company.change_account(life_cycle_state=TERMINATED)
    for state in (DRAFT, POSTED):
        with pytest.raises(AccountNotOpen, match="is TERMINATED"):
            company.pay(state=state)
    with pytest.raises(AccountNotOpen):
        company.do(payments.post, draft)
    assert company.do(payments.reject, draft).life_cycle_state == REJECTED
    company.change_account(life_cycle_state=ACTIVE)
    assert company.do(payments.post, other).life_cycle_state == POSTED


def test_of_several_broken_rules_the_first_in_order_is_named(company: Company) -> None:
    broken = {
        "intended_currency": company.one(Currency, code="JPY"),
        "back_office_code": company.draft(back_office_code="taken").back_office_code,
        "category": company.one(Category, name="Internal"),
        "method": "Card",
    }
    company.change_account(life_cycle_state=TERMINATED)
    order: list[tuple[type[Refusal], str]] = [
        (CurrencyMismatch, "intended_currency"),
        (DuplicateBackOfficeCode, "back_office_code"),
        (CategoryNotAllowed, "category"),
        (PaymentMethodNotAllowed, "method"),
    ]
    with pytest.raises(AccountNotOpen):
        company.draft(**broken)
    company.change_account(life_cycle_state=ACTIVE)
    for refusal, word in order:
        with pytest.raises(refusal):
            company.draft(**broken)
        del broken[word]
    assert company.draft(**broken).life_cycle_state == DRAFT


def test_user_defined_fields_are_kept(company: Company) -> None:
    udf = {"udf_string_8": "x", "udf_float_1": 1.5, "udf_date_4": "2024-05-01T00:00:00"}
    draft = company.now(company.draft(udf=udf))
    assert (draft.udf_string_8, draft.udf_float_1, draft.udf_date_4) == ("x", 1.5, "2024-05-01T00:00:00")
    assert draft.udf_string_1 is None


def test_a_payment_reaches_over_many_open_invoices_in_the_order_of_their_due_dates(company: Company) -> None:
    invoices = [company.invoice(10) for _ in range(20)]
    payment = company.pay(175)
    assert [company.now(invoice).unpaid for invoice in invoices] == [0] * 17 + [500, 1000, 1000]
    assert company.now(payment).unallocated == 0
    rest = company.pay(40)
    assert company.now(rest).unallocated == 1500

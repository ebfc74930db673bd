"""Every state and every verb, of payments and of invoices: what is allowed moves the record, the rest is refused."""

from collections.abc import Callable, Mapping
from decimal import Decimal

import pytest

from ledger import amending, applying, invoices, payments
from ledger.applying import Line
from ledger.errors import InvalidLifeCycleState
from ledger.lifecycle import CANCELLED, DRAFT, MOVES, POSTED, REJECTED, moved
from ledger.storage.models import AuditEntry, Invoice, NumberSeries, Payment
from tests.books import Company

STATES = (DRAFT, POSTED, REJECTED, CANCELLED)


def _apply(company: Company, payment: Payment) -> object:
    return company.do(applying.apply, payment, [Line(company.invoice(10), Decimal(5))])


PAYMENT_VERBS: Mapping[str, Callable[[Company, Payment], object]] = {
    "update": lambda company, payment: company.update(payment, notes="changed"),
    "post": lambda company, payment: company.do(payments.post, payment),
    "reject": lambda company, payment: company.do(payments.reject, payment),
    "cancel": lambda company, payment: company.cancel_payment(payment),
    "apply": _apply,
    "release": lambda company, payment: company.do(applying.release, payment),
    "amend": lambda company, payment: company.do(amending.amend, payment, {"notes": "changed"}),
}
INVOICE_VERBS: Mapping[str, Callable[[Company, Invoice], object]] = {
    "post": lambda company, invoice: company.do(invoices.post, invoice),
    "reject": lambda company, invoice: company.do(invoices.reject, invoice),
    "cancel": lambda company, invoice: company.cancel_invoice(invoice),
    "pay": lambda company, invoice: company.do(payments.pay_invoice, company.terms(None), invoice),
    "bill": lambda company, invoice: company.bill(invoice),
}
PAYMENT_MOVES = {
    (DRAFT, "update"): DRAFT,
    (DRAFT, "post"): POSTED,
    (DRAFT, "reject"): REJECTED,
    (POSTED, "cancel"): CANCELLED,
    (POSTED, "apply"): POSTED,
    (POSTED, "release"): POSTED,
    (POSTED, "amend"): POSTED,
}
INVOICE_MOVES = {
    (DRAFT, "post"): POSTED,
    (DRAFT, "reject"): REJECTED,
    (POSTED, "cancel"): CANCELLED,
    (POSTED, "pay"): POSTED,
    (POSTED, "bill"): POSTED,
}


def payment_in(company: Company, state: str) -> Payment:
    """A payment in this state; a posted one has its money free."""
    payment = company.pay(20, state=POSTED if state in (POSTED, CANCELLED) else DRAFT, mode=applying.EXPLICIT)
    if state == REJECTED:
        company.do(payments.reject, payment)
    if state == CANCELLED:
        company.cancel_payment(payment)
    return company.now(payment)


def invoice_in(company: Company, state: str) -> Invoice:
    """An invoice in this state."""
    invoice = company.invoice(20, state=POSTED if state in (POSTED, CANCELLED) else DRAFT)
    if state == REJECTED:
        company.do(invoices.reject, invoice)
    if state == CANCELLED:
        company.cancel_invoice(invoice)
    return company.now(invoice)


@pytest.mark.parametrize("verb", PAYMENT_VERBS)
@pytest.mark.parametrize("state", STATES)
def test_a_verb_moves_a_payment_or_is_refused_with_the_state_it_is_in(company: Company, state: str, verb: str) -> None:
    payment = payment_in(company, state)
    assert payment.life_cycle_state == state
    following = PAYMENT_MOVES.get((state, verb))
    if following is None:
        with pytest.raises(InvalidLifeCycleState, match=f"payment is {state}; only a [A-Z]+ payment can be") as refused:
            PAYMENT_VERBS[verb](company, payment)
        assert refused.value.word == "payment"
        assert refused.value.values["state"] == state
        assert vars(company.now(payment)) == vars(payment)
    else:
        PAYMENT_VERBS[verb](company, payment)
        assert company.now(payment).life_cycle_state == following


@pytest.mark.parametrize("verb", INVOICE_VERBS)
@pytest.mark.parametrize("state", STATES)
def test_a_verb_moves_an_invoice_or_is_refused_with_the_state_it_is_in(company: Company, state: str, verb: str) -> None:
    invoice = invoice_in(company, state)
    assert invoice.life_cycle_state == state
    following = INVOICE_MOVES.get((state, verb))
    if following is None:
        with pytest.raises(InvalidLifeCycleState, match=f"invoice is {state}; only a [A-Z]+ invoice can be") as refused:
            INVOICE_VERBS[verb](company, invoice)
        assert refused.value.word == "invoice"
        assert refused.value.values["state"] == state
        assert vars(company.now(invoice)) == vars(invoice)
    else:
        INVOICE_VERBS[verb](company, invoice)
        assert company.now(invoice).life_cycle_state == following


@pytest.mark.parametrize("state", [DRAFT, REJECTED, CANCELLED])
def test_money_is_applied_to_posted_invoices_only(company: Company, state: str) -> None:
    payment, invoice = payment_in(company, POSTED), invoice_in(company, state)
    with pytest.raises(InvalidLifeCycleState, match=f"invoice is {state}"):
        company.do(applying.apply, payment, [Line(invoice, Decimal(5))])
    assert company.now(payment).unallocated == 2000


def test_a_refused_move_writes_nothing(company: Company) -> None:
    payment = payment_in(company, CANCELLED)
    logged, series = company.all(AuditEntry), company.all(NumberSeries)
    for verb in PAYMENT_VERBS.keys() - {"apply"}:
        with pytest.raises(InvalidLifeCycleState):
            PAYMENT_VERBS[verb](company, payment)
    assert company.all(AuditEntry) == logged
    assert [row.last for row in company.all(NumberSeries)] == [row.last for row in series]


def test_the_table_of_moves_holds_nothing_else() -> None:
    assert dict(MOVES) == PAYMENT_MOVES | INVOICE_MOVES
    assert set(PAYMENT_VERBS) | set(INVOICE_VERBS) == {verb for _, verb in MOVES}


@pytest.mark.parametrize(
    ("kind", "verb", "needed", "said"),
    [
        ("payment", "update", DRAFT, "the payment is REJECTED; only a DRAFT payment can be updated"),
        ("payment", "post", DRAFT, "the payment is REJECTED; only a DRAFT payment can be posted"),
        ("invoice", "reject", DRAFT, "the invoice is REJECTED; only a DRAFT invoice can be rejected"),
        ("payment", "cancel", POSTED, "the payment is REJECTED; only a POSTED payment can be cancelled"),
        ("payment", "apply", POSTED, "the payment is REJECTED; only a POSTED payment can be applied"),
        ("payment", "release", POSTED, "the payment is REJECTED; only a POSTED payment can be released"),
        ("payment", "amend", POSTED, "the payment is REJECTED; only a POSTED payment can be amended"),
        ("invoice", "pay", POSTED, "the invoice is REJECTED; only a POSTED invoice can be paid"),
        ("invoice", "bill", POSTED, "the invoice is REJECTED; only a POSTED invoice can be billed"),
    ],
)
def test_a_refusal_says_which_state_is_needed(kind: str, verb: str, needed: str, said: str) -> None:
    with pytest.raises(InvalidLifeCycleState) as refused:
        moved(kind, REJECTED, verb)
    assert refused.value.message == said
    assert refused.value.values == {"state": REJECTED, "needed": needed}


def test_a_refusal_names_every_state_that_the_verb_could_start_from(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.lifecycle.MOVES", {**MOVES, (REJECTED, "post"): POSTED})
    with pytest.raises(InvalidLifeCycleState, match=r"^the payment is CANCELLED; only a DRAFT or REJECTED payment can be posted$"):
        moved("payment", CANCELLED, "post")


def test_a_draft_that_was_posted_meanwhile_is_not_posted_again(company: Company) -> None:
    draft = company.draft()
    company.do(payments.post, draft)
    with pytest.raises(InvalidLifeCycleState):
        company.book.enter(company.call, lambda entry: payments.post(entry, draft))
    assert company.now(draft).number == "1"
    assert company.one(NumberSeries, name="payment.number").last == 1

"""Write-offs: payments in all but their type, with a date of writing off and perhaps none of payment."""

from typing import Any

import pytest

from ledger import linking, payments
from ledger.applying import EXPLICIT
from ledger.errors import InvalidParameter, TypeNotAllowed
from ledger.storage.models import JournalEntry, Payment
from tests.books import Company


def dates(payment: Payment) -> tuple[str, str | None, bool | None]:
    return payment.received_on, payment.written_off_on, payment.unreceived


def test_a_write_off_without_a_date_of_payment_repeats_its_own(company: Company) -> None:
    midnight = "2024-04-03T00:00:00"
    assert dates(company.write_off(written_off_on="2024-04-03")) == (midnight, midnight, True)


def test_a_write_off_can_have_both_dates(company: Company) -> None:
    made = company.write_off(written_off_on="2024-04-03T10:00:00", received_on="2024-04-01")
    assert dates(made) == ("2024-04-01T00:00:00", "2024-04-03T10:00:00", None)
    at_once = company.write_off(written_off_on="2024-04-03", unreceived=False)
    assert dates(at_once) == (company.read(lambda reading: reading.now), "2024-04-03T00:00:00", None)


def test_a_payment_has_neither(company: Company) -> None:
    made = company.pay(received_on="2024-04-01")
    assert dates(made) == ("2024-04-01T00:00:00", None, None)


@pytest.mark.parametrize("verb", [payments.create, payments.pay_invoice, payments.pay_bill])
def test_dates_that_do_not_fit_the_kind_are_refused(company: Company, verb: Any) -> None:
    writes_off: dict[str, Any] = {"type": company.type("WRITE_OFF"), "classification": "WRITE_OFF"}
    invoice = company.invoice()
    on = {"create": "POSTED", "pay_invoice": invoice, "pay_bill": company.bill(invoice)}[verb.__name__]
    for terms, word in (
        (company.terms(**writes_off), "written_off_on"),
        (company.terms(written_off_on="2024-04-03"), "written_off_on"),
        (company.terms(unreceived=True), "received_on"),
    ):
        with pytest.raises(InvalidParameter) as refused:
            company.do(verb, terms, on)
        assert refused.value.word == word
    assert company.all(Payment) == []


def test_the_type_has_to_be_of_the_kind(company: Company) -> None:
    with pytest.raises(TypeNotAllowed):
        company.pay(classification="WRITE_OFF", written_off_on="2024-04-03")
    with pytest.raises(TypeNotAllowed):
        company.pay(type=company.type("WRITE_OFF"))


def test_a_write_off_settles_an_invoice_and_is_cancelled_like_a_payment(company: Company) -> None:
    invoice = company.invoice(30)
    made = company.write_off(30, linked=invoice, mode=EXPLICIT)
    assert (company.now(invoice).unpaid, company.account().balance, made.number) == (0, 0, "1")
    cancellation = company.cancel_payment(made)
    assert (company.now(invoice).unpaid, company.account().balance) == (3000, 3000)
    assert [entry.amount for entry in company.all(JournalEntry, document_id=cancellation.id)] == [3000]


def test_a_write_off_can_be_unlinked_and_linked(company: Company) -> None:
    invoice, other = company.invoice(30), company.invoice(20)
    made = company.write_off(30, linked=invoice, mode=EXPLICIT)
    company.do(linking.unlink, made)
    assert company.do(linking.link, made, other).unallocated == 1000

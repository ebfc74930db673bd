"""What was paid and written off of invoices, what of payments is applied, and when they were last touched."""

from collections.abc import Callable
from decimal import Decimal

from ledger import amending, applying, linking
from ledger.applying import EXPLICIT, Line
from ledger.queries.figures import Applied, InvoiceFigures, applied_rows, invoice_figures, touched_on
from ledger.storage.models import Allocation, Invoice, Payment
from tests.books import BOBS, Company


def figures(company: Company, invoice: Invoice) -> InvoiceFigures:
    return company.read(invoice_figures, [invoice.pk])[invoice.pk]


def apply(company: Company, payment: Payment, invoice: Invoice, amount: int) -> None:
    company.do(applying.apply, payment, [Line(invoice, Decimal(amount))])


# --- invoices ---


def test_an_invoice_that_nobody_paid_has_no_figures(company: Company) -> None:
    assert figures(company, company.invoice(100)) == (0, 0, None)
    assert figures(company, company.invoice(0)) == (0, 0, None)
    assert company.read(invoice_figures, []) == {}


def test_what_is_applied_counts_as_paid_until_nothing_is_unpaid(company: Company) -> None:
    invoice = company.invoice(100)
    company.pay(60, received_on="2024-03-05")
    assert figures(company, invoice) == (6000, 0, None)
    company.pay(40, received_on="2024-03-01")
    assert figures(company, invoice) == (10000, 0, "2024-03-05")


def test_the_rest_of_a_payment_whose_principal_it_is_counts_too(company: Company) -> None:
    invoice, other = company.invoice(100), company.invoice(100)
    payment = company.pay(250, linked=invoice, mode=EXPLICIT)
    assert figures(company, invoice) == (25000, 0, "2024-05-01")
    apply(company, payment, other, 40)
    assert figures(company, invoice) == (21000, 0, "2024-05-01")
    assert figures(company, other) == (4000, 0, None)
    company.do(applying.release, payment)
    assert figures(company, invoice) == (25000, 0, "2024-05-01")
    company.do(linking.unlink, payment)
    assert figures(company, invoice) == (0, 0, None)


def test_overpaying_an_invoice_of_nothing_settles_it(company: Company) -> None:
    invoice = company.invoice(0)
    company.pay(20, linked=invoice, mode=EXPLICIT, received_on="2024-02-02")
    assert figures(company, invoice) == (2000, 0, "2024-02-02")


def test_a_write_off_settles_apart_from_what_was_paid(company: Company) -> None:
    invoice = company.invoice(100)
    company.pay(70, linked=invoice, mode=EXPLICIT, received_on="2024-03-01")
    written_off = company.write_off(50, linked=invoice, mode=EXPLICIT, written_off_on="2024-03-07")
    assert figures(company, invoice) == (7000, 5000, "2024-03-07")
    company.do(amending.amend, written_off, {"amount": Decimal(10)})
    assert figures(company, invoice) == (7000, 1000, None)
    company.cancel_payment(written_off)
    assert figures(company, invoice) == (7000, 0, None)


def test_a_cancelled_invoice_is_never_settled_but_keeps_what_is_linked_to_it(company: Company) -> None:
    invoice = company.invoice(10)
    company.pay(30, linked=invoice, mode=EXPLICIT)
    company.cancel_invoice(invoice)
    assert figures(company, invoice) == (3000, 0, None)


def test_figures_of_many_invoices_are_told_apart(company: Company) -> None:
    made = [company.invoice(1) for _ in range(4)]
    company.pay("2.5")
    found = company.read(invoice_figures, [invoice.pk for invoice in made])
    assert [found[invoice.pk].paid for invoice in made] == [100, 100, 50, 0]


# --- payments ---


def test_what_is_applied_is_one_row_an_invoice_the_oldest_first(company: Company) -> None:
    payment, one, other = company.pay(100, mode=EXPLICIT), company.invoice(50), company.invoice(50)
    for invoice, amount in ((other, 10), (one, 20), (other, 5)):
        apply(company, payment, invoice, amount)
        company.clock.advance(60)
    first, second, _ = company.all(Allocation)
    assert company.read(applied_rows, [payment.pk]) == {
        payment.pk: [
            Applied(first.pk, other.pk, 1500, "2024-05-01T12:00:00"),
            Applied(second.pk, one.pk, 2000, "2024-05-01T12:01:00"),
        ]
    }


def test_what_was_released_and_applied_again_counts_from_then(company: Company) -> None:
    payment, one, other = company.pay(100, mode=EXPLICIT), company.invoice(50), company.invoice(50)
    apply(company, payment, one, 10)
    apply(company, payment, other, 10)
    company.do(applying.release, payment, one)
    company.clock.advance(60)
    apply(company, payment, one, 7)
    last = company.all(Allocation)[-1]
    found = company.read(applied_rows, [payment.pk])[payment.pk]
    assert [row.invoice_pk for row in found] == [other.pk, one.pk]
    assert found[1] == Applied(last.pk, one.pk, 700, "2024-05-01T12:01:00")


def test_a_payment_that_pays_nothing_has_no_rows(company: Company) -> None:
    payment, other = company.pay(10), company.pay(10, BOBS)
    invoice = company.invoice(5, BOBS)
    found = company.read(applied_rows, [payment.pk, other.pk])
    assert (found[payment.pk], [row.invoice_pk for row in found[other.pk]]) == ([], [invoice.pk])


def test_the_last_touch_is_the_newest_of_making_changing_and_applying(company: Company) -> None:
    payment, still = company.pay(100, mode=EXPLICIT), company.pay(10, mode=EXPLICIT)
    invoice = company.invoice(50)

    def touched() -> str:
        payments = [company.now(payment), company.now(still)]
        found = company.read(touched_on, payments)
        assert found[still.pk] == "2024-05-01T12:00:00"
        return found[payment.pk][11:]

    assert touched() == "12:00:00"
    verbs: list[Callable[[], object]] = [
        lambda: apply(company, payment, invoice, 10),
        lambda: company.do(applying.release, payment),
        lambda: company.do(amending.amend, payment, {"notes": "n"}),
        lambda: apply(company, payment, invoice, 20),
        lambda: company.cancel_invoice(invoice),
    ]
    for second, verb in enumerate(verbs, 1):
        company.clock.advance(1)
        verb()
        assert touched() == f"12:00:0{second}"

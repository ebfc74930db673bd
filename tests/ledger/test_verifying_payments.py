"""Payments whose principal invoice, profile or dates do not fit are named, whatever the audit log has seen."""

import pytest

from ledger import profiles
from ledger.applying import EXPLICIT
from ledger.entry import Entry
from ledger.storage.models import Payment
from ledger.verify import discrepancies
from tests.books import BOBS, EUROS, Company


def changed(company: Company, payment: Payment, **values: object) -> list[str]:
    """What is found once these columns are changed past the ledger, but for the audit log's own finding."""

    def change(entry: Entry) -> None:
        entry.rows.change(Payment, values, pk=payment.pk)

    company.do(change)
    found = list(discrepancies(company.book))
    assert all(payment.id in finding for finding in found)
    return [finding.partition(": ")[2] for finding in found if "the audit log saw" not in finding]


def test_a_link_needs_an_invoice_of_the_payments_account(victim: Company) -> None:
    payment = victim.pay(10, mode=EXPLICIT, linked=victim.invoice(10))
    for pk in (None, victim.invoice(10, BOBS).pk):
        assert changed(victim, payment, principal_invoice_pk=pk) == ["it is linked, but to no invoice of its account"]


def test_a_link_is_free_to_be_to_any_invoice_of_the_account(victim: Company) -> None:
    payment, other = victim.pay(10, mode=EXPLICIT, linked=victim.invoice(10)), victim.invoice(10)
    assert changed(victim, payment, principal_invoice_pk=other.pk) == []


def test_what_is_not_linked_has_the_first_intended_or_earliest_paid_invoice(victim: Company) -> None:
    one, other = victim.invoice(10), victim.invoice(10)
    meant, paying = victim.pay(5, invoices=[other, one]), victim.pay(15)
    assert changed(victim, meant, principal_invoice_pk=one.pk) == [
        f"its principal invoice is {one.pk}, {other.pk} is expected (row keys)"
    ]
    victim.do(lambda entry: entry.rows.change(Payment, {"principal_invoice_pk": other.pk}, pk=meant.pk))
    assert changed(victim, paying, principal_invoice_pk=None) == [f"its principal invoice is None, {one.pk} is expected (row keys)"]


def test_a_payment_that_is_unlinked_behind_the_ledgers_back_is_named(victim: Company) -> None:
    invoice = victim.invoice(10)
    victim.pay(10)
    payment = victim.pay(10, mode=EXPLICIT, linked=invoice)
    assert changed(victim, payment, principal_linked=False) == [
        f"its principal invoice is {invoice.pk}, None is expected (row keys)"
    ]


def test_a_profile_is_the_accounts_own(victim: Company) -> None:
    mine, bobs = (victim.do(profiles.create, account=victim.account(name), name=name) for name in (EUROS, BOBS))
    payment = victim.pay(10, profile=mine)
    assert changed(victim, payment, profile_pk=bobs.pk) == ["its profile is another account's"]


KIND = "a write-off, and only that, has a date of writing off"
PLACE = "without a date of payment, its date of writing off has to stand there"


@pytest.mark.parametrize(
    ("values", "finding"),
    [
        ({"written_off_on": None}, KIND),
        ({"written_off_on": None, "unreceived": None}, KIND),
        ({"received_on": "2024-05-02T00:00:00"}, PLACE),
        ({"written_off_on": "2024-05-02T00:00:00"}, PLACE),
        ({"unreceived": False}, PLACE),
    ],
)
def test_the_dates_of_a_write_off_fit_each_other(victim: Company, values: dict[str, object], finding: str) -> None:
    assert changed(victim, victim.write_off(10), **values) == [finding]


@pytest.mark.parametrize(("values", "finding"), [({"written_off_on": "2024-05-01T12:00:00"}, KIND), ({"unreceived": True}, PLACE)])
def test_a_payment_has_no_dates_of_a_write_off(victim: Company, values: dict[str, object], finding: str) -> None:
    assert changed(victim, victim.pay(10), **values) == [finding]

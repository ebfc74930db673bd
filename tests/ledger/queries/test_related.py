"""What belongs to a page of rows, and the configuration by name."""

from ledger import applying, configuration, queries
from ledger.queries import Option
from ledger.storage.models import Account, Customer, Payment, PaymentMethod, TransactionType, Unit, User
from tests.books import BOBS, EUROS, UNITS, Company


def test_rows_are_found_by_key_and_nothing_is_passed_over_but_none(company: Company) -> None:
    one, other = company.draft(), company.draft()
    assert company.read(queries.by_pk, Payment, [other.pk, None, one.pk, one.pk, 99]) == {one.pk: one, other.pk: other}


def test_what_payments_are_intended_for_comes_in_order(company: Company) -> None:
    first, second = company.invoice(), company.invoice()
    bill = company.bill(first)
    payment, without = company.draft(invoices=[second, first], bills=[bill]), company.draft()
    found = company.read(queries.intended, [payment.pk, without.pk])
    assert [(row.invoice_pk, row.bill_pk) for row in found[payment.pk]] == [(second.pk, None), (first.pk, None), (None, bill.pk)]
    assert without.pk not in found


def test_allocations_are_netted_from_either_side(company: Company) -> None:
    one, other = company.invoice(10), company.invoice(20)
    first, second = company.pay(15), company.pay(10)
    company.do(applying.release, first, one)
    assert company.read(queries.allocations_of, [first.pk, second.pk]) == {first.pk: {other.pk: 500}, second.pk: {other.pk: 1000}}
    found = company.read(queries.allocations_to, [one.pk, other.pk])
    assert found[other.pk] == {first.pk: 500, second.pk: 1000}
    assert not found.get(one.pk)


def test_cancellations_are_found_by_what_they_cancelled(company: Company) -> None:
    payment, invoice, kept = company.pay(), company.invoice(), company.pay()
    made, other = company.cancel_payment(payment), company.cancel_invoice(invoice)
    assert company.read(queries.cancellations_of, [payment.pk, kept.pk]) == {payment.pk: made}
    assert company.read(queries.invoice_cancellations_of, [invoice.pk]) == {invoice.pk: other}


def test_items_bills_and_their_invoices_are_found(company: Company) -> None:
    early, late = company.invoice(10, due_on="2024-01-01T00:00:00"), company.invoice(20, due_on="2024-02-01T00:00:00")
    bill = company.bill(late, early)
    assert [item.total_amount for item in company.read(queries.items, [early.pk, late.pk])[late.pk]] == [2000]
    assert company.read(queries.bill_invoices, [bill.pk]) == {bill.pk: [early, late]}
    assert company.read(queries.bill_of_invoices, [early.pk, late.pk]) == {early.pk: bill, late.pk: bill}
    company.cancel_invoice(early)
    assert company.read(queries.bill_invoices, [bill.pk])[bill.pk] == [early, late]


def test_people_and_accounts_hang_together(company: Company) -> None:
    ada, bob = company.all(Customer)
    owner, clerk = company.one(User, username="owner"), company.one(User, username="clerk")
    assert [row.name for row in company.read(queries.accounts_of, [ada.pk, bob.pk])[bob.pk]] == [BOBS]
    assert company.read(queries.customers_of, [owner.pk, clerk.pk]) == {owner.pk: [ada]}
    assert [unit.name for unit in company.read(queries.units_of, [clerk.pk])[clerk.pk]] == list(UNITS)
    head, branch = company.all(Unit)
    assert company.read(queries.units_of, [owner.pk]) == {owner.pk: [head, branch]}


def test_sums_are_those_of_posted_records_and_of_this_moment(company: Company) -> None:
    account = company.account(EUROS)
    company.invoice(10, due_on="2024-05-01T12:00:00")
    company.invoice(20, state="DRAFT")
    company.cancel_invoice(company.invoice(40))
    company.draft(80)
    assert company.read(queries.account_sums, [account.pk])[account.pk] == (1000, 0, 0)
    company.clock.advance(1)
    company.pay(15, mode="explicit")
    assert company.read(queries.account_sums, [account.pk])[account.pk] == (1000, 1000, 1500)
    keys = [*range(100, 1300), account.pk]
    assert company.read(queries.account_sums, keys)[account.pk] == (1000, 1000, 1500)
    assert len(company.all(Account)) == 4


def test_configuration_is_listed_by_name(company: Company) -> None:
    company.do(configuration.create_method, name="Barter")
    assert [row.name for row in company.read(queries.payment_methods)] == ["Barter", "Card", "Cash", "Transfer"]
    assert [row.name for row in company.read(queries.categories)] == ["Goods", "Internal", "Services"]
    assert [row.name for row in company.read(queries.rejection_reasons)] == ["Fraud", "Mistake", "Other"]
    names = [row.name for row in company.read(queries.types)]
    assert names == sorted(names) and len(names) == 7
    assert [row.name for row in company.read(queries.types, "REFUND")] == ["Refund"]
    assert [row.name for row in company.read(queries.number_series)][:2] == ["account.number", "bill.number"]
    assert company.read(queries.door_defaults) == []


def test_what_a_type_allows_comes_with_the_default_first(company: Company) -> None:
    cash, transfer = company.one(PaymentMethod, name="Cash"), company.one(PaymentMethod, name="Transfer")
    made = company.do(configuration.create_type, name="New", classification="PAYMENT", methods=[transfer, cash])
    invoice = company.one(TransactionType, name="Invoice")
    found = company.read(queries.type_options, [made.pk, invoice.pk])
    assert found[made.pk] == ([], [Option(transfer, True), Option(cash, False)], [])
    assert [option.row.id for option in found[invoice.pk].categories if option.is_default] == [
        row.id for row in company.read(queries.categories) if row.name == "Services"
    ]
    assert (len(found[invoice.pk].categories), found[invoice.pk].methods, len(found[invoice.pk].reasons)) == (2, [], 2)

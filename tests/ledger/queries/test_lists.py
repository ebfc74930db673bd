"""The lists, their filters, and what owners see of them."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from ledger import applying, payments, queries, users
from ledger.errors import EntityNotFound
from ledger.lifecycle import CANCELLED, DRAFT, POSTED, REJECTED, SUSPENDED
from ledger.queries import (
    AccountFilters,
    AuditFilters,
    BillFilters,
    CancellationFilters,
    CustomerFilters,
    InvoiceFilters,
    Paging,
    PaymentFilters,
    UnitFilters,
    UserFilters,
)
from ledger.storage.columns import Record, Table
from ledger.storage.models import Category, Currency, Customer, Payment, PaymentMethod, Unit, User
from tests.books import BOBS, DINARS, EUROS, MACHINE, PEOPLE, UNITS, YEN, Company

Lists: dict[type[Any], Callable[..., Any]] = {
    PaymentFilters: queries.payments,
    InvoiceFilters: queries.invoices,
    BillFilters: queries.bills,
    CancellationFilters: queries.cancellations,
    AccountFilters: queries.accounts,
    CustomerFilters: queries.customers,
    UserFilters: queries.users,
    UnitFilters: queries.units,
    AuditFilters: queries.audit,
}


def found(company: Company, filters: object) -> list[Any]:
    """The rows of a list, newest first."""
    rows: list[Any] = company.read(Lists[type(filters)], filters, Paging()).rows
    return rows


def paid(company: Company, **filters: Any) -> list[Payment]:
    """The payments of a list, oldest first."""
    return found(company, PaymentFilters(**filters))[::-1]


def test_payments_are_filtered_by_what_they_refer_to(company: Company) -> None:
    goods, transfer = company.one(Category, name="Goods"), company.one(PaymentMethod, name="Transfer")
    plain = company.pay()
    other = company.pay(account=BOBS, category=goods, method="Transfer")
    written_off = company.write_off()
    assert paid(company) == [plain, other, written_off]
    assert paid(company, account=company.account(BOBS)) == [other]
    assert paid(company, category=goods) == paid(company, method=transfer) == [other]
    assert paid(company, type=company.type("WRITE_OFF")) == [written_off]
    assert paid(company, account=company.account(EUROS), category=goods) == []


def test_payments_are_filtered_by_state(company: Company) -> None:
    draft, posted, rejected, cancelled = company.draft(), company.pay(), company.draft(), company.pay()
    company.do(payments.reject, rejected)
    company.cancel_payment(cancelled)
    by_state = {state: paid(company, state=state) for state in (DRAFT, POSTED, REJECTED, CANCELLED)}
    assert by_state == {DRAFT: [draft], POSTED: [posted], REJECTED: [rejected], CANCELLED: [cancelled]}


def test_bounds_of_moments_are_inclusive(company: Company) -> None:
    made = []
    for day in (1, 2, 3):
        made.append(company.draft(received_on=f"2024-03-0{day}T12:00:00"))
        company.clock.advance(days=1)
    first, last = "2024-03-01T12:00:00", "2024-03-02T12:00:00"
    assert paid(company, received_from=last) == made[1:]
    assert paid(company, received_to=last) == made[:2]
    assert paid(company, received_from=first, received_to=first) == made[:1]
    assert paid(company, received_from="2024-03-01T12:00:01", received_to="2024-03-03T11:59:59") == made[1:2]
    assert paid(company, issued_from="2024-05-02T12:00:00") == made[1:]
    assert paid(company, issued_to="2024-05-02T12:00:00") == made[:2]
    assert paid(company, issued_from="2024-05-02T12:00:01", issued_to="2024-05-03T12:00:00") == made[2:]


def test_an_amount_counts_in_each_accounts_own_currency(company: Company) -> None:
    euros, yen, dinars = (company.draft(12, account) for account in (EUROS, YEN, DINARS))
    cents = company.draft("0.12")
    thousandths = company.draft("0.012", DINARS)
    assert paid(company, amount=Decimal("12.00")) == [euros, yen, dinars]
    assert paid(company, amount=Decimal("0.12")) == [cents]
    assert paid(company, amount=Decimal("0.012")) == [thousandths]
    assert paid(company, amount=Decimal(1200)) == []
    assert paid(company, amount=Decimal("0.00001")) == []


def test_payments_of_an_invoice_pay_it_now_or_are_intended_for_it(company: Company) -> None:
    invoice = company.invoice(100)
    paying = company.pay(10)
    released, intended = company.pay(10), company.draft(10, invoices=[invoice])
    company.do(applying.release, released)
    company.draft(10, bills=[company.bill(company.invoice(5))])
    assert paid(company, invoice=invoice) == [paying, intended]


def test_invoices_are_filtered(company: Company) -> None:
    goods = company.one(Category, name="Goods")
    draft = company.invoice(10, state=DRAFT, due_on="2024-07-01T00:00:00")
    owed = company.invoice(10, category=goods)
    company.clock.advance(days=1)
    settled, foreign = company.invoice(0), company.invoice(10, BOBS)

    def invoices(**filters: Any) -> list[Table]:
        return found(company, InvoiceFilters(**filters))[::-1]

    assert invoices() == [draft, owed, settled, foreign]
    assert invoices(account=company.account()) == [draft, owed, settled]
    assert invoices(state=DRAFT) == [draft]
    assert invoices(category=goods) == [owed]
    assert invoices(type=company.type("INVOICE")) == [draft, owed, settled, foreign]
    assert invoices(unpaid=True) == [owed, foreign]
    assert invoices(unpaid=False) == [draft, settled]
    assert invoices(issued_from="2024-05-02T12:00:00") == [settled, foreign]
    assert invoices(issued_to="2024-05-02T11:59:59") == [draft, owed]
    assert invoices(due_to="2024-05-31T12:00:00") == [owed]
    assert invoices(due_from="2024-06-01T12:00:00", due_to="2024-06-30T00:00:00") == [settled, foreign]


def test_bills_and_cancellations_are_filtered(company: Company) -> None:
    goods = company.one(Category, name="Goods")
    bill = company.bill(company.invoice())
    one = company.pay(category=goods)
    first = company.cancel_payment(one, category=goods)
    company.clock.advance(days=1)
    foreign_bill = company.bill(company.invoice(account=BOBS))
    second = company.cancel_payment(company.pay(account=BOBS))
    assert found(company, BillFilters()) == [foreign_bill, bill]
    assert found(company, BillFilters(account=company.account(BOBS))) == [foreign_bill]
    assert found(company, BillFilters(issued_to="2024-05-01T12:00:00")) == [bill]
    assert found(company, CancellationFilters()) == [second, first]
    assert found(company, CancellationFilters(payment=one)) == found(company, CancellationFilters(category=goods)) == [first]
    assert found(company, CancellationFilters(account=company.account(BOBS))) == [second]
    assert found(company, CancellationFilters(type=company.type("PAYMENT_CANCEL"), issued_from="2024-05-02T00:00:00")) == [second]
    assert found(company, CancellationFilters(type=company.type("REFUND"))) == []


def test_accounts_customers_users_and_units_are_listed(company: Company) -> None:
    bob, yen = company.one(Customer, name="Bob"), company.one(Currency, code="JPY")
    company.change_account(DINARS, life_cycle_state=SUSPENDED)
    company.do(users.disable, company.one(User, username="auditor"))
    names = [row.name for row in found(company, AccountFilters())]
    assert names == [BOBS, DINARS, YEN, EUROS]
    assert [row.name for row in found(company, AccountFilters(customer=bob))] == [BOBS]
    assert [row.name for row in found(company, AccountFilters(currency=yen))] == [YEN]
    assert [row.name for row in found(company, AccountFilters(state=SUSPENDED))] == [DINARS]
    assert [row.name for row in found(company, CustomerFilters())] == ["Bob", "Ada"]
    assert [row.username for row in found(company, UserFilters())] == [MACHINE, *PEOPLE[::-1]]
    assert [row.username for row in found(company, UserFilters(role="clerk"))] == [MACHINE, "clerk"]
    assert [row.username for row in found(company, UserFilters(active=False))] == ["auditor"]
    assert len(found(company, UserFilters(active=True))) == len(PEOPLE)
    assert [row.name for row in found(company, UnitFilters())] == list(UNITS[::-1])


def test_the_audit_log_is_filtered(company: Company) -> None:
    company.clock.advance(days=1)
    payment = company.draft()
    company.by("admin").update(payment, notes="x")
    assert [row.record_id for row in found(company, AuditFilters(record_id=payment.id))] == [payment.id] * 2
    assert [row.actor for row in found(company, AuditFilters(username="admin"))] == ["admin"]
    assert len(found(company, AuditFilters(at_from="2024-05-02T12:00:00"))) == 2
    assert found(company, AuditFilters(at_from="2024-05-02T12:00:01")) == []
    assert all(row.at == "2024-05-01T12:00:00" for row in found(company, AuditFilters(at_to="2024-05-02T11:59:59")))


OWNED: dict[str, tuple[object, Callable[[Company, str], Record]]] = {
    "payments": (PaymentFilters(), lambda company, account: company.pay(account=account)),
    "invoices": (InvoiceFilters(), lambda company, account: company.invoice(account=account)),
    "bills": (BillFilters(), lambda company, account: company.bill(company.invoice(account=account))),
    "cancellations": (CancellationFilters(), lambda company, account: company.cancel_payment(company.pay(account=account))),
}


@pytest.mark.parametrize("name", OWNED)
def test_owners_see_only_the_records_of_their_customers(company: Company, name: str) -> None:
    filters, make = OWNED[name]
    own, foreign = [[make(company, account) for _ in range(2)] for account in (EUROS, BOBS)]
    own.append(make(company, YEN))
    assert found(company.by("owner"), filters) == own[::-1]
    assert {row.pk for row in found(company, filters)} == {row.pk for row in (*own, *foreign)}


def test_owners_see_only_their_customers_and_the_accounts_of_these(company: Company) -> None:
    owner = company.by("owner")
    assert [row.name for row in found(owner, AccountFilters())] == [DINARS, YEN, EUROS]
    assert [row.name for row in found(owner, CustomerFilters())] == ["Ada"]
    assert found(owner, AccountFilters(customer=company.one(Customer, name="Bob"))) == []


def test_naming_what_is_hidden_from_an_owner_finds_nothing(company: Company) -> None:
    owner = company.by("owner")
    payment, invoice = company.pay(account=BOBS), company.invoice(account=BOBS)
    company.cancel_payment(payment)
    assert found(owner, PaymentFilters(account=company.account(BOBS))) == []
    assert found(owner, PaymentFilters(invoice=invoice)) == []
    assert found(owner, CancellationFilters(payment=payment)) == []


@pytest.mark.parametrize("name", OWNED)
def test_an_owner_cannot_go_on_after_a_row_that_is_hidden(company: Company, name: str) -> None:
    filters, make = OWNED[name]
    own, foreign = make(company, EUROS), make(company, BOBS)
    for username, visible in (("clerk", True), ("owner", False)):
        asked = company.by(username)
        if visible:
            assert asked.read(Lists[type(filters)], filters, Paging(after=foreign.id)).rows == [own]
        else:
            with pytest.raises(EntityNotFound):
                asked.read(Lists[type(filters)], filters, Paging(after=foreign.id))
    assert company.by("owner").read(Lists[type(filters)], filters, Paging(after=own.id)).rows == []


def test_an_owner_cannot_go_on_after_a_hidden_account_or_customer(company: Company) -> None:
    owner = company.by("owner")
    hidden = company.account(BOBS)
    with pytest.raises(EntityNotFound):
        owner.read(queries.accounts, AccountFilters(), Paging(after=hidden.id))
    with pytest.raises(EntityNotFound):
        owner.read(queries.customers, CustomerFilters(), Paging(after=company.one(Customer, name="Bob").id))


def test_an_owner_without_customers_sees_no_record_in_any_list(company: Company) -> None:
    for _, make in OWNED.values():
        make(company, EUROS)
    company.do(users.create, username="new", password_hash="x", role="owner", units=company.all(Unit))
    nobody = company.by("new")
    for filters in (*(filters for filters, _ in OWNED.values()), AccountFilters(), CustomerFilters()):
        assert found(nobody, filters) == []

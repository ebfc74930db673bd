"""Records with what they refer to, in one statement."""

import pytest
from peewee import ForeignKeyField

from ledger import profiles, queries
from ledger.entry import Entry, Reading
from ledger.storage.briefs import BRIEFS
from ledger.storage.columns import Table
from ledger.storage.compiled import columns_of
from ledger.storage.models import Account, Customer, Invoice, Payment
from ledger.storage.wholes import BESIDE, WHOLES, tables_of
from tests.books import BOBS, Company
from tests.statements import Asked, watched


@pytest.mark.parametrize("model", WHOLES)
def test_every_reference_is_one_that_the_tables_have(model: type[Table]) -> None:
    tables = {"": model, **WHOLES[model]}
    for path, table in WHOLES[model].items():
        parent, _, column = path.rpartition(".")
        field = tables[parent]._meta.columns[column]
        assert isinstance(field, ForeignKeyField)
        assert field.rel_model is table


@pytest.mark.parametrize("model", WHOLES)
def test_each_table_has_its_share_of_a_row(model: type[Table]) -> None:
    tables = tables_of(model)
    assert [table for table, _, _ in tables] == list(WHOLES[model].values())
    assert [start for _, start, _ in tables] == [len(model._meta.sorted_fields), *(end for _, _, end in tables[:-1])]
    assert all(end - start == len(BRIEFS[table]) for table, start, end in tables)


def asked(statements: list[Asked]) -> list[str]:
    """What was asked for beside the edition."""
    return [sql for sql, _ in statements if '"edition"' not in sql]


def test_a_payment_comes_with_its_account_and_customer_in_one_statement(company: Company) -> None:
    paid = company.pay()

    def look(reading: Reading) -> tuple[Payment, Account, Customer]:
        (payment,) = reading.rows.find_whole(Payment, id=paid.id)
        account = reading.rows.briefs(Account, [payment.account_pk])[payment.account_pk]
        return payment, account, reading.rows.briefs(Customer, [account.customer_pk, None])[account.customer_pk]

    with watched(company.book.url) as statements:
        payment, account, customer = company.read(look)
    assert len(asked(statements)) == 1
    alone = company.now(payment)
    assert type(alone) is type(payment)
    assert columns_of(payment) == columns_of(alone)
    for model, brief in ((Account, account), (Customer, customer)):
        (whole,) = company.all(model, pk=brief.pk)
        assert [getattr(brief, column) for column in BRIEFS[model]] == [getattr(whole, column) for column in BRIEFS[model]]
        with pytest.raises(AttributeError):
            assert brief.notes


def test_what_is_brief_is_read_once_and_not_at_all_if_the_whole_is_known(company: Company) -> None:
    invoices = [company.invoice(amount).pk for amount in (1, 2, 3)]

    def look(reading: Reading) -> list[int]:
        reading.rows.get(Invoice, invoices[0])
        found = reading.rows.briefs(Invoice, [None, *invoices, *invoices])
        assert reading.rows.briefs(Invoice, invoices) == found
        return [row.total_amount for row in found.values()]

    with watched(company.book.url) as statements:
        assert company.read(look) == [100, 200, 300]
    assert len(asked(statements)) == 2


def test_a_write_that_changes_a_record_is_shown_it_anew(company: Company) -> None:
    account = company.pay().account_pk

    def rename(entry: Entry) -> list[str]:
        before = entry.rows.briefs(Account, [account])[account]
        entry.rows.change(Account, {"name": "Renamed"}, pk=account)
        after = entry.rows.briefs(Account, [account])[account]
        entry.rows.change(Account, {"name": before.name}, pk=account)
        return [before.name, after.name]

    assert company.do(rename) == ["Ada EUR", "Renamed"]


def test_what_is_not_beside_a_payment_is_not_asked_for(company: Company) -> None:
    """Whatever is there is asked for as before."""
    invoice, plain = company.invoice(10), company.pay()
    intends = company.draft(invoices=(invoice,))
    company.do(profiles.create, account=company.account(BOBS), name="Monthly")
    profiled = company.pay(account=BOBS)

    def look(reading: Reading, payment: Payment) -> tuple[int, int]:
        (found,) = reading.rows.find_whole(Payment, id=payment.id)
        intended = queries.intended(reading, [found.pk])
        return len(intended.get(found.pk, ())), len(profiles.shown_of(reading, [found]))

    for payment, there in ((plain, (0, 0)), (intends, (1, 0)), (profiled, (0, 1))):
        with watched(company.book.url) as statements:
            assert company.read(look, payment) == there
        assert len(asked(statements)) == 1 + sum(there)


@pytest.mark.parametrize("model", WHOLES)
def test_what_may_be_beside_a_record_is_looked_up_by_columns_that_the_tables_have(model: type[Table]) -> None:
    assert BESIDE.keys() == WHOLES.keys()
    for beside in BESIDE[model]:
        assert {beside.own} <= model._meta.columns.keys()
        assert {beside.column, *beside.values, *beside.order} <= beside.table._meta.columns.keys()


def test_what_a_payment_has_paid_comes_with_the_invoices_in_one_statement(company: Company) -> None:
    invoices = [company.invoice(amount) for amount in (30, 20, 10)]
    paid = company.pay(55)

    def look(reading: Reading) -> list[tuple[str, int]]:
        applied = queries.applied(reading, [paid])[paid.pk]
        named = queries.briefs(reading, Invoice, applied)
        return [(named[pk].id, net) for pk, net in applied.items()]

    with watched(company.book.url) as statements:
        assert company.read(look) == [(invoice.id, net) for invoice, net in zip(invoices, (3000, 2000, 500), strict=True)]
    assert len(asked(statements)) == 1


def test_several_come_with_what_is_each_ones_own(company: Company) -> None:
    first, second, third = company.pay(), company.pay(account=BOBS), company.pay()

    def look(reading: Reading) -> list[tuple[int, str]]:
        found = reading.rows.find_whole(Payment, life_cycle_state="POSTED")
        accounts = reading.rows.briefs(Account, [row.account_pk for row in found])
        return [(row.pk, accounts[row.account_pk].name) for row in found]

    with watched(company.book.url) as statements:
        found = company.read(look)
    assert len(asked(statements)) == 1
    assert sorted(found) == [(first.pk, "Ada EUR"), (second.pk, BOBS), (third.pk, "Ada EUR")]


def test_no_more_come_than_are_wanted_and_none_where_there_is_none(company: Company) -> None:
    for _ in range(3):
        company.pay()
    assert len(company.read(lambda reading: reading.rows.find_whole(Payment, 2, life_cycle_state="POSTED"))) == 2
    assert company.read(lambda reading: reading.rows.find_whole(Payment, id="0" * 32)) == []


def test_a_later_reading_knows_nothing_of_an_earlier_one(company: Company) -> None:
    paid = company.pay()
    company.read(lambda reading: reading.rows.find_whole(Payment, id=paid.id))
    company.change_account(name="Renamed")
    (name,) = company.read(lambda reading: [reading.rows.get(Account, paid.account_pk).name])
    assert name == "Renamed"

"""Records with what they refer to, in one statement."""

import pytest
from peewee import ForeignKeyField

from ledger.entry import Reading
from ledger.storage.columns import Table
from ledger.storage.compiled import columns_of
from ledger.storage.models import Account, Customer, Payment
from ledger.storage.wholes import WHOLES, tables_of
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
    assert [table for table, _, _ in tables] == [model, *WHOLES[model].values()]
    assert [start for _, start, _ in tables] == [0, *(end for _, _, end in tables[:-1])]
    assert all(end - start == len(table._meta.sorted_fields) for table, start, end in tables)


def asked(statements: list[Asked]) -> list[str]:
    """What was asked for beside the edition."""
    return [sql for sql, _ in statements if '"edition"' not in sql]


def test_a_payment_comes_with_its_account_and_customer_in_one_statement(company: Company) -> None:
    paid = company.pay()

    def look(reading: Reading) -> list[Table]:
        (payment,) = reading.rows.find_whole(Payment, id=paid.id)
        account = reading.rows.get(Account, payment.account_pk)
        return [payment, account, *reading.rows.by_pk(Customer, [account.customer_pk, None]).values()]

    with watched() as statements:
        found = company.read(look)
    assert len(asked(statements)) == 1
    assert len(found) == 3
    for record in found:
        alone = company.now(record)
        assert type(alone) is type(record)
        assert columns_of(record) == columns_of(alone)


def test_several_come_with_what_is_each_ones_own(company: Company) -> None:
    first, second, third = company.pay(), company.pay(account=BOBS), company.pay()

    def look(reading: Reading) -> list[tuple[int, str]]:
        found = reading.rows.find_whole(Payment, life_cycle_state="POSTED")
        accounts = reading.rows.by_pk(Account, [row.account_pk for row in found])
        return [(row.pk, accounts[row.account_pk].name) for row in found]

    with watched() as statements:
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

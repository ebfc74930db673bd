"""Records with what they refer to, in one statement."""

import pytest
from peewee import ForeignKeyField

from ledger.entry import Entry, Reading
from ledger.sessions import open_session
from ledger.storage.columns import Table
from ledger.storage.models import Account, Currency, Customer, Payment, RejectionReason, Session, TransactionType, Unit, User
from ledger.storage.wholes import WHOLES, tables_of
from tests.books import BOBS, Company
from tests.statements import watched


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


def test_a_payment_comes_with_all_that_it_refers_to_in_one_statement(company: Company) -> None:
    paid = company.pay()

    def look(reading: Reading) -> list[Table]:
        (payment,) = reading.rows.find_whole(Payment, id=paid.id)
        account = reading.rows.get(Account, payment.account_pk)
        return [
            payment,
            account,
            reading.rows.get(Currency, account.currency_pk),
            reading.rows.get(Customer, account.customer_pk),
            reading.rows.get(TransactionType, payment.type_pk),
            *reading.rows.by_pk(User, [payment.created_by_user_pk, None]).values(),
            *reading.rows.by_pk(Unit, [payment.created_by_unit_pk, None]).values(),
        ]

    with watched() as statements:
        found = company.read(look)
    assert len(statements) == 1
    assert len(found) == 7
    for record in found:
        alone = company.now(record)
        assert type(alone) is type(record)
        assert vars(record) == vars(alone)


def test_what_is_not_referred_to_is_not_there(company: Company) -> None:
    paid = company.pay()

    def look(reading: Reading) -> tuple[object, dict[int, RejectionReason]]:
        (payment,) = reading.rows.find_whole(Payment, id=paid.id)
        return payment.rejection_reason_pk, reading.rows.by_pk(RejectionReason, [payment.rejection_reason_pk])

    with watched() as statements:
        assert company.read(look) == (None, {})
    assert len(statements) == 1


def test_several_come_with_what_is_each_ones_own(company: Company) -> None:
    first, second, third = company.pay(), company.by("admin").pay(account=BOBS), company.pay()

    def look(reading: Reading) -> list[tuple[int, str, str]]:
        found = reading.rows.find_whole(Payment, life_cycle_state="POSTED")
        accounts = reading.rows.by_pk(Account, [row.account_pk for row in found])
        users = reading.rows.by_pk(User, [row.created_by_user_pk for row in found])
        return [(row.pk, accounts[row.account_pk].name, users[row.created_by_user_pk or 0].username) for row in found]

    with watched() as statements:
        found = company.read(look)
    assert len(statements) == 1
    assert sorted(found) == [(first.pk, "Ada EUR", "clerk"), (second.pk, BOBS, "admin"), (third.pk, "Ada EUR", "clerk")]


def test_no_more_come_than_are_wanted_and_none_where_there_is_none(company: Company) -> None:
    for _ in range(3):
        company.pay()
    assert len(company.read(lambda reading: reading.rows.find_whole(Payment, 2, life_cycle_state="POSTED"))) == 2
    assert company.read(lambda reading: reading.rows.find_whole(Payment, id="0" * 32)) == []


def test_a_session_comes_with_its_user(company: Company) -> None:
    clerk = company.one(User, username="clerk")

    def begin(entry: Entry) -> Session:
        return open_session(entry, clerk.pk, None)

    made = company.do(begin)

    def look(reading: Reading) -> str:
        (session,) = reading.rows.find_whole(Session, id=made.id)
        return str(reading.rows.get(User, session.user_pk).username)

    with watched() as statements:
        assert company.read(look) == "clerk"
    assert len(statements) == 1


def test_a_later_reading_knows_nothing_of_an_earlier_one(company: Company) -> None:
    paid = company.pay()
    company.read(lambda reading: reading.rows.find_whole(Payment, id=paid.id))
    company.change_account(name="Renamed")
    (name,) = company.read(lambda reading: [reading.rows.get(Account, paid.account_pk).name])
    assert name == "Renamed"

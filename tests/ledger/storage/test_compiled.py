"""Compiled statements: their parameters in order, and no more of them than the memory is to hold."""

import pytest
from peewee import SqliteDatabase

from ledger.storage import compiled
from ledger.storage.compiled import Statement, Statements, field_of, slot
from ledger.storage.models import Unit
from tests.books import Company
from tests.statements import watched


def test_the_values_of_slots_and_constants_stand_in_the_order_of_the_statement() -> None:
    db = SqliteDatabase(":memory:")
    name, group = field_of(Unit, "name"), field_of(Unit, "group_name")
    query = Unit.select(Unit.pk).where((name == slot("called")) & (group == slot("within")))
    values = {"within": "a", "called": "b", "beside": "c"}
    assert list(Statement(query, db).given(values)) == ["b", "a"]
    assert list(Statement(query.limit(2), db).given(values)) == ["b", "a", 2]
    assert list(Statement(Unit.select(Unit.pk).where(name == slot("called")), db).given(values)) == ["b"]
    assert list(Statement(Unit.select(Unit.pk), db).given(values)) == []


def test_no_more_statements_are_kept_than_the_memory_is_to_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiled, "MOST_KEPT", 3)
    db, statements = SqliteDatabase(":memory:"), Statements()
    for number in range(10):
        made = statements.kept((number,), db, Unit.select(Unit.pk))
        assert statements.get((number,)) is made
        assert len(statements) <= 3


def test_a_column_without_a_value_is_not_written(company: Company) -> None:
    with watched(company.book.url) as statements:
        draft = company.draft()
    (inserted,) = [sql for sql, _ in statements if sql.startswith('INSERT INTO "payment"')]
    assert '"amount"' in inserted
    assert '"back_office_code"' not in inserted
    assert company.now(draft).back_office_code is None

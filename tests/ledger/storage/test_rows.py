"""Rows: finding, changing, counting, and records that are made without peewee's work."""

from typing import Any

import pytest

from ledger.entry import Entry
from ledger.storage.compiled import layout, records
from ledger.storage.models import Invoice, NumberSeries, Payment, TransactionType, Unit, User
from ledger.storage.rows import ROWS_AT_ONCE
from tests.books import Company


def test_what_is_added_comes_back_as_it_is_read(company: Company) -> None:
    def operation(entry: Entry) -> tuple[Unit, Unit]:
        added = entry.rows.add(Unit, {"id": "A" * 32, "name": "New", "created_on": entry.now})
        return added, entry.rows.get(Unit, added.pk)

    added, read = company.do(operation)
    assert added.__data__ == read.__data__
    assert (added.group_name, added.name) == (None, "New")


def test_booleans_are_booleans_and_defaults_are_filled_in(company: Company) -> None:
    user = company.one(User, username="clerk")
    assert (user.active, user.machine) == (True, False)
    draft = company.draft()
    assert (draft.principal_linked, draft.unallocated) == (False, 0)
    assert company.now(draft).principal_linked is False


def test_a_boolean_that_is_null_stays_null_and_nonsense_stays_what_it_is(company: Company) -> None:
    values = {0: False, 1: True, None: None, 2: 2, "x": "x"}
    columns = layout(Payment).columns
    for kept, read in values.items():
        (row,) = records(Payment, [tuple(kept if column == "unreceived" else None for column in columns)])
        assert row.unreceived is read


def test_rows_are_found_by_their_values_in_the_order_asked(company: Company) -> None:
    drafts = [company.draft(amount, notes=notes) for amount, notes in ((3, "a"), (1, None), (2, "a"))]

    def found(**equals: Any) -> list[int]:
        return [row.amount for row in company.read(lambda reading: reading.rows.find(Payment, order=("amount",), **equals))]

    assert found() == [100, 200, 300]
    assert found(notes="a") == [200, 300]
    assert found(notes=None) == [100]
    assert found(notes="b") == []
    assert found(notes="a", amount=300) == [300]
    descending = company.read(lambda reading: reading.rows.find(Payment, 2, order=("-notes", "-amount")))
    assert descending == [drafts[0], drafts[2]]
    assert company.read(lambda reading: reading.rows.find(Payment, left=("unallocated",), notes="a")) == []
    assert company.read(lambda reading: reading.rows.find(Payment, left=("amount",), order=("pk",), notes="a")) == [
        drafts[0],
        drafts[2],
    ]


def test_a_change_says_how_many_rows_it_changed(company: Company) -> None:
    def change(entry: Entry) -> list[int]:
        return [
            entry.rows.change(NumberSeries, {"padding": 3}, name="nothing"),
            entry.rows.change(NumberSeries, {"padding": 3}, name="bill.number"),
            entry.rows.change(NumberSeries, {"padding": 4}, padding=3, name="bill.number"),
            entry.rows.change(NumberSeries, {"padding": 5}, {"last": 3}, padding=0),
        ]

    assert company.do(change) == [0, 1, 1, 1]
    assert [(row.name, row.padding) for row in company.all(NumberSeries, padding=5)] == [("account.number", 5)]


def test_a_counter_is_advanced_and_read_in_one(company: Company) -> None:
    assert [company.do(lambda entry: entry.rows.advance(NumberSeries, "last", name="bill.number").last) for _ in range(3)] == [
        1,
        2,
        3,
    ]


def test_a_row_that_has_to_be_there_and_is_not_is_a_fault(company: Company) -> None:
    with pytest.raises(LookupError, match="Invoice 7 is gone"):
        company.read(lambda reading: reading.rows.get(Invoice, 7))
    assert company.read(lambda reading: reading.rows.one(Invoice, pk=7)) is None


def test_many_keys_are_looked_up_in_lots(company: Company) -> None:
    wanted = [row.pk for row in company.all(TransactionType)]
    padded = [*range(10_000, 10_000 + 2 * ROWS_AT_ONCE), *wanted, *wanted]
    found = company.read(lambda reading: list(reading.rows.among(TransactionType, "pk", padded)))
    assert sorted(row.pk for row in found) == sorted(wanted)
    assert company.read(lambda reading: list(reading.rows.among(TransactionType, "pk", []))) == []


def test_a_value_is_never_read_as_sql(company: Company) -> None:
    nasty = "'; DROP TABLE payment; --"
    draft = company.draft(notes=nasty)
    assert company.all(Payment, notes=nasty) == [draft]


def test_a_text_with_a_nul_is_looked_up_and_not_found(company: Company) -> None:
    drafts = [company.draft(1, notes=notes) for notes in ("a", "ab")]
    assert len(drafts) == 2
    for notes in ("a\0", "\0", "a\0b"):
        assert company.all(Payment, notes=notes) == []

"""Numbers are counted by the transaction that gives them out: whatever is undone, looked at or changed on the way, none comes twice
and none is left out."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger import configuration, queries
from ledger.entry import Entry
from ledger.errors import Refusal
from ledger.series import issued, set_gapless
from ledger.storage.models import NumberSeries, Placing
from tests.books import Company
from tests.ledger.test_committing import together

FIRST, SECOND = SERIES = ("bill.number", "account.number")
Step = Any
"""A series to be counted; `look`; a padding; or the steps of a part, and whether it is kept."""
Last = dict[str, int]


class Undone(Refusal):
    """What is done is to be undone."""


@pytest.fixture(name="company")
def company_without_gaps(company: Company) -> Company:
    """The company, whose engine leaves the counting of these series to us."""
    for name in SERIES:
        company.do(set_gapless, name, gapless=True)
    return company


def lasts(company: Company) -> Last:
    """How far the series are, as anybody may read it."""
    return {row.name: row.last for row in company.all(NumberSeries) if row.name in SERIES}


def go(entry: Entry, steps: list[Step]) -> Iterator[object]:
    """Go these steps; what comes of them."""
    for step in steps:
        if step in SERIES:
            yield int(issued(entry, step, None))
        elif step == "look":
            yield {row.name: row.last for row in queries.number_series(entry) if row.name in SERIES}
        elif isinstance(step, int):
            yield configuration.set_number_format(entry, FIRST, "", step).last
        else:
            yield list(part(entry, *step))


def part(entry: Entry, steps: list[Step], kept: bool) -> Iterator[object]:
    """Go these steps in a part of the write, which is kept or not."""
    try:
        with entry.rows.savepoint():
            yield from go(entry, steps)
            if not kept:
                raise Undone("no")
    except Undone:
        yield "undone"


def expected(last: Last, steps: list[Step]) -> Iterator[object]:
    """What has to come of these steps; `last` is how far the series are, and will be."""
    for step in steps:
        if step in SERIES:
            last[step] += 1
            yield last[step]
        elif step == "look":
            yield dict(last)
        elif isinstance(step, int):
            yield last[FIRST]
        else:
            within, kept = step
            before = dict(last)
            found = list(expected(last, within))
            if not kept:
                last.update(before)
            yield found if kept else [*found, "undone"]


STEPS = st.recursive(
    st.lists(st.sampled_from([*SERIES, *SERIES, "look", 0, 3]), max_size=6),
    lambda within: st.lists(st.sampled_from([*SERIES, "look", 4]) | st.tuples(within, st.booleans()), max_size=6),
    max_leaves=8,
)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, kept=st.booleans())
def test_whatever_a_write_does_the_next_number_follows_the_last(company: Company, steps: list[Step], kept: bool) -> None:
    last = lasts(company)
    before = dict(last)

    def operation(entry: Entry) -> list[object]:
        found = list(go(entry, steps))
        if not kept:
            raise Undone("no")
        return found

    try:
        found = company.do(operation)
    except Undone:
        assert lasts(company) == before
    else:
        assert found == list(expected(last, steps))
        assert lasts(company) == last


@pytest.mark.sqlite
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=st.lists(st.tuples(STEPS, st.booleans()), max_size=5))
def test_so_it_does_from_call_to_call_of_one_commit(company: Company, calls: list[tuple[list[Step], bool]]) -> None:
    last = lasts(company)
    wanted: list[object] = []
    for steps, kept in calls:
        before = dict(last)
        found = list(expected(last, steps))
        if not kept:
            last = before
        wanted.append(found if kept else None)
    outcomes = together(company, *(operating(steps, kept=kept) for steps, kept in calls))
    assert [outcome.result for outcome in outcomes] == wanted
    assert lasts(company) == last


def operating(steps: list[Step], *, kept: bool) -> Callable[[Entry], list[object]]:
    def operation(entry: Entry) -> list[object]:
        found = list(go(entry, steps))
        if not kept:
            raise Undone("no")
        return found

    return operation


def test_one_row_counts_by_any_of_its_columns(company: Company) -> None:
    def turn(entry: Entry) -> list[tuple[int, int]]:
        rows = [entry.rows.advance(Placing, "turns", pk=1) for _ in range(2)]
        entry.rows.change(Placing, {"last": 7}, pk=1)
        rows.append(entry.rows.advance(Placing, "turns", pk=1))
        return [(rows[-1].turns, rows[-1].last)]

    before = company.one(Placing)
    assert company.do(turn) == [(before.turns + 3, 7)]
    assert company.one(Placing).turns == before.turns + 3
    company.do(lambda entry: entry.rows.change(Placing, {"last": before.last}, pk=1))


def test_who_reads_cannot_count(company: Company) -> None:
    with pytest.raises(TypeError, match="only a write can count"):
        company.read(lambda reading: reading.rows.advance(NumberSeries, "last", name=FIRST))

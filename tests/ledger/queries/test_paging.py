"""Pages by key: stable while rows are added, every row once."""

from collections.abc import Callable

import pytest

from ledger import payments
from ledger.entry import Entry, Reading
from ledger.errors import EntityNotFound
from ledger.lifecycle import DRAFT
from ledger.queries import AuditFilters, Cursor, Page, Paging, PaymentFilters, audit
from ledger.queries import payments as listed
from ledger.queries.paging import PAGE_ROWS
from ledger.storage.models import AuditEntry, Payment
from tests.books import Company


def drafts(company: Company, count: int, *, apart: float = 0) -> list[Payment]:
    """New drafts, oldest first."""
    made = []
    for _ in range(count):
        made.append(company.draft())
        company.clock.advance(apart)
    return made


def page(
    company: Company, limit: int | None = None, cursor: Cursor | None = None, offset: int = 0, after: str | None = None
) -> Page[Payment]:
    return company.read(listed, PaymentFilters(), Paging(limit, offset, after), cursor)


def walked(company: Company, limit: int, meanwhile: Callable[[], object] = lambda: None) -> list[Payment]:
    """All rows, page by page."""
    found = page(company, limit)
    rows = found.rows
    while found.cursor:
        assert len(found.rows) == limit
        meanwhile()
        found = page(company, limit, found.cursor)
        rows = [*rows, *found.rows]
    return rows


@pytest.mark.parametrize("apart", [0, 1, 0.4], ids=["all at once", "a second apart", "some at once"])
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
def test_page_by_page_every_row_comes_once_newest_first(company: Company, apart: float, limit: int) -> None:
    made = drafts(company, 7, apart=apart)
    assert walked(company, limit) == made[::-1]


def test_rows_that_are_added_meanwhile_neither_come_nor_shift_the_others(company: Company) -> None:
    made = drafts(company, 7)
    assert walked(company, 2, meanwhile=lambda: drafts(company, 3, apart=0.6)) == made[::-1]


def test_a_row_made_meanwhile_by_a_clock_that_was_set_back_does_not_come_either(company: Company) -> None:
    made = drafts(company, 6, apart=10)

    def earlier() -> None:
        company.clock.advance(-45)
        company.draft()
        company.clock.advance(45)

    assert walked(company, 2, meanwhile=earlier) == made[::-1]


def test_a_row_that_changes_meanwhile_comes_in_its_state_of_the_moment(company: Company) -> None:
    made = drafts(company, 4)
    rows = walked(company, 2, meanwhile=lambda: company.do(payments.reject, made[0]))
    assert [row.life_cycle_state for row in rows] == [DRAFT, DRAFT, DRAFT, "REJECTED"]


def test_the_last_page_has_no_cursor_even_if_it_is_full(company: Company) -> None:
    drafts(company, 4)
    first = page(company, 2)
    assert first.cursor is not None
    assert page(company, 2, first.cursor).cursor is None
    assert page(company, 4).cursor is None


def test_an_empty_list_is_one_empty_page(company: Company) -> None:
    assert page(company) == Page([], None)


def test_after_goes_on_behind_a_row_stably(company: Company) -> None:
    made = drafts(company, 5)[::-1]
    drafts(company, 2)
    assert page(company, 2, after=made[1].id).rows == made[2:4]
    assert page(company, after=made[1].id.lower()).rows == made[2:]
    assert page(company, after=made[-1].id) == Page([], None)


def test_after_counts_also_for_the_pages_that_follow(company: Company) -> None:
    made = drafts(company, 6)[::-1]
    first = page(company, 2, after=made[0].id)
    second = company.read(listed, PaymentFilters(), Paging(2, 0, made[0].id), first.cursor)
    assert [*first.rows, *second.rows] == made[1:5]


def test_a_row_that_is_not_there_cannot_be_gone_on_after(company: Company) -> None:
    drafts(company, 1)
    for nothing in ("0" * 32, "", "1", company.account().id):
        with pytest.raises(EntityNotFound) as refused:
            page(company, after=nothing)
        assert refused.value.word == "after"


def test_an_offset_skips_rows_once(company: Company) -> None:
    made = drafts(company, 6)[::-1]
    first = page(company, 2, offset=1)
    assert first.rows == made[1:3]
    second = company.read(listed, PaymentFilters(), Paging(2, 1), first.cursor)
    assert second.rows == made[3:5]
    assert page(company, offset=6) == Page([], None)
    assert page(company, offset=600) == Page([], None)


def test_a_page_has_at_most_a_thousand_rows(company: Company) -> None:
    draft = company.draft()
    values = {name: value for name, value in draft.__data__.items() if name not in ("pk", "id", "reference_number")}
    columns = {Payment._meta.fields[name].column_name: value for name, value in values.items()}

    def copies(reading: Entry) -> None:
        for number in range(PAGE_ROWS):
            reading.rows.insert(Payment, {**columns, "id": f"{number:032X}", "reference_number": f"copy {number}"})

    def look(reading: Reading) -> list[tuple[int, bool]]:
        found = [listed(reading, PaymentFilters(), Paging(limit)) for limit in (None, 5 * PAGE_ROWS, 999)]
        return [(len(each.rows), each.cursor is not None) for each in found]

    def copied_and_looked(entry: Entry) -> list[tuple[int, bool]]:
        copies(entry)
        return look(entry)

    assert company.calling(rehearsal=True).do(copied_and_looked) == [(PAGE_ROWS, True), (PAGE_ROWS, True), (999, True)]


def test_the_audit_log_is_paged_by_its_row_keys(company: Company) -> None:
    everything = company.all(AuditEntry)[::-1]
    first = company.read(audit, AuditFilters(), Paging(3))
    assert first.rows == everything[:3]
    second = company.read(audit, AuditFilters(), Paging(3), first.cursor)
    assert second.rows == everything[3:6]
    assert company.read(audit, AuditFilters(), Paging(2, after=str(everything[3].pk))).rows == everything[4:6]
    for nothing in ("0", "x", "-1", "99999"):
        with pytest.raises(EntityNotFound):
            company.read(audit, AuditFilters(), Paging(2, after=nothing))

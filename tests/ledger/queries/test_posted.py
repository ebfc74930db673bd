"""The list of posted payments that the REST doors share: filters, order, pages, sums."""

from decimal import Decimal
from typing import Any

import pytest

from ledger import configuration, payments, profiles
from ledger.applying import EXPLICIT
from ledger.entry import Reading
from ledger.lifecycle import DRAFT
from ledger.queries.posted import Amounts, Group, Match, Part, posted, posted_amounts, posted_total
from ledger.storage.models import Customer, Invoice, Payment, PaymentProfile, Project, Subsidiary
from tests import statements
from tests.books import BOBS, DINARS, EUROS, YEN, Company

ONES = ("account", "invoice", "amount", "number", "notes", "received_on", "pk")


def rows(company: Company, where: Part | None = None, write_offs: bool = True, **said: Any) -> list[Payment]:
    """The whole list."""
    listed = company.read(posted, where, **{"limit": 100, "write_offs": write_offs, **said})
    assert listed.total == len(listed.rows)
    return listed.rows


def names(company: Company, where: Part | None = None, **said: Any) -> list[str | None]:
    """The notes of the payments listed, by which the tests know them."""
    return [row.notes for row in rows(company, where, **said)]


def found(company: Company, field: str, op: str, *values: object, **said: Any) -> list[str | None]:
    return names(company, Match(field, op, values), **said)


# --- what is listed at all ---


def test_only_what_is_posted_is_listed_the_oldest_first(company: Company) -> None:
    first, draft, rejected, cancelled = company.pay(1), company.draft(2), company.draft(3), company.pay(4)
    company.do(payments.reject, rejected)
    company.cancel_payment(cancelled)
    last = company.pay(5, BOBS)
    assert rows(company) == [first, last]
    assert rows(company, write_offs=False) == [first, last]
    assert draft.life_cycle_state == DRAFT


def test_write_offs_are_listed_where_they_are_asked_for(company: Company) -> None:
    payment, written_off = company.pay(1), company.write_off(2)
    assert rows(company, write_offs=True) == [payment, written_off]
    assert rows(company, write_offs=False) == [payment]


def test_owners_see_what_is_on_their_customers_accounts(company: Company) -> None:
    mine, theirs, written_off = company.pay(1, YEN), company.pay(2, BOBS), company.write_off(3)
    owner = company.by("owner")
    assert rows(owner) == [mine, written_off]
    assert rows(owner, Match("account", "eq", (theirs.account_pk,))) == []
    assert rows(owner, Match("account", "not_eq", (mine.account_pk,))) == [written_off]
    assert owner.read(posted_total, write_offs=True) == [
        (company.account().currency_pk, 300),
        (company.account(YEN).currency_pk, 1),
    ]


def test_a_page_says_how_many_there_are_in_all(company: Company) -> None:
    made = [company.pay(amount) for amount in range(1, 8)]
    for offset, expected in ((0, made[:3]), (3, made[3:6]), (6, made[6:]), (7, []), (100, [])):
        page = company.read(posted, limit=3, offset=offset, write_offs=False)
        assert (page.rows, page.total) == (expected, 7)
    newest = company.read(posted, order=[("pk", True)], limit=3, offset=2, write_offs=False)
    assert newest.rows == [made[4], made[3], made[2]]


def test_an_empty_book_has_an_empty_page(company: Company) -> None:
    page = company.read(posted, limit=3, write_offs=True)
    assert (page.rows, page.total) == ([], 0)


# --- filters ---


@pytest.fixture
def varied(company: Company) -> Company:
    """Payments a to f: on three accounts, linked or not, with dates, profiles and projects of all kinds."""

    def named(verb: Any, name: str) -> Any:
        return company.do(verb, name=name, alternative_code=name, description=None)

    site, office = (named(configuration.create_project, name) for name in ("Site", "Office"))
    north, south = (named(configuration.create_subsidiary, name) for name in ("North", "South"))
    one = company.invoice(100, project=site, subsidiary=north)
    other = company.invoice(100, project=office, subsidiary=south)
    bobs, yen = company.invoice(100, BOBS), company.invoice(100, YEN, project=site)
    mine = company.do(profiles.create, account=company.account(), name="mine")
    company.do(profiles.create, account=company.account(BOBS), name="Bob's")
    company.do(profiles.create, account=company.account(YEN), name="off", active=False)

    def pay(notes: str, amount: int, account: str = EUROS, **said: Any) -> None:
        company.clock.advance(1)
        company.pay(amount, account, notes=notes, mode=EXPLICIT, **said)

    pay("a 100%", 10, linked=one, received_on="2024-03-01", back_office_code="ERP-1", profile=mine)
    pay("b", 20, linked=other, received_on="2024-03-02T08:00:00", back_office_code="erp_2")
    pay("c", 30, BOBS, linked=bobs, received_on="2024-03-02T23:59:59")
    pay("d", 40, YEN, linked=yen, received_on="2024-03-03")
    pay("e", 50, received_on="2024-03-04")
    company.write_off(60, notes="f", linked=one, mode=EXPLICIT, written_off_on="2024-03-02")
    return company


EVERYBODY = ["a 100%", "b", "c", "d", "e", "f"]


def pk(company: Company, model: Any, name: str) -> int:
    return int(company.one(model, name=name).pk)


def test_rows_are_found_by_key_account_and_customer(varied: Company) -> None:
    keys = [row.pk for row in varied.all(Payment)]
    bobs = varied.account(BOBS).pk
    assert found(varied, "pk", "eq", keys[1], keys[4], 999) == ["b", "e"]
    assert found(varied, "pk", "gt", keys[3]) == ["e", "f"]
    assert found(varied, "pk", "not_eq", *keys[:5]) == ["f"]
    assert found(varied, "account", "eq", bobs) == ["c"]
    assert found(varied, "account", "not_eq", bobs, varied.account().pk) == ["d"]
    assert found(varied, "customer", "eq", pk(varied, Customer, "Bob")) == ["c"]
    assert found(varied, "customer", "not_eq", pk(varied, Customer, "Bob")) == ["a 100%", "b", "d", "e", "f"]
    assert found(varied, "customer", "contains", pk(varied, Customer, "Ada"), pk(varied, Customer, "Bob")) == EVERYBODY


def test_rows_are_found_by_their_principal_invoice_and_what_it_is_for(varied: Company) -> None:
    one, other, bobs, _ = (row.pk for row in varied.all(Invoice))
    site, north = pk(varied, Project, "Site"), pk(varied, Subsidiary, "North")
    assert found(varied, "invoice", "eq", one, other) == ["a 100%", "b", "f"]
    assert found(varied, "invoice", "not_eq", one, other) == ["c", "d", "e"]
    assert found(varied, "invoice", "contains", bobs) == ["c"]
    assert found(varied, "invoice", "not_contain", bobs) == ["a 100%", "b", "d", "e", "f"]
    assert found(varied, "project", "eq", site) == ["a 100%", "d", "f"]
    assert found(varied, "project", "not_eq", site) == ["b", "c", "e"]
    assert found(varied, "subsidiary", "eq", north) == ["a 100%", "f"]
    assert found(varied, "subsidiary", "not_contain", north) == ["b", "c", "d", "e"]
    assert found(varied, "invoice", "eq") == []
    assert found(varied, "invoice", "not_eq") == EVERYBODY


def test_the_profile_is_the_own_one_else_the_active_one_of_the_account(varied: Company) -> None:
    mine, bobs, off = (profile.pk for profile in varied.all(PaymentProfile))
    second = varied.do(profiles.create, account=varied.account(), name="second", active=False)
    assert found(varied, "profile", "eq", mine) == ["a 100%", "b", "e", "f"]
    assert found(varied, "profile", "eq", bobs) == ["c"]
    assert found(varied, "profile", "eq", off) == []
    assert found(varied, "profile", "not_eq", mine) == ["c", "d"]
    varied.do(profiles.enable, second)
    assert found(varied, "profile", "eq", mine) == ["a 100%"]
    assert found(varied, "profile", "eq", second.pk) == ["b", "e", "f"]


DAY = "2024-03-02"


@pytest.mark.parametrize(
    ("op", "days", "expected"),
    [
        ("eq", [DAY], ["b", "c"]),
        ("eq", [DAY, "2024-03-04"], ["b", "c", "e"]),
        ("contains", [DAY], ["b", "c"]),
        ("not_eq", [DAY], ["a 100%", "d", "e", "f"]),
        ("gt", [DAY], ["d", "e"]),
        ("gt_eq", [DAY], ["b", "c", "d", "e"]),
        ("lt", [DAY], ["a 100%"]),
        ("lt_eq", [DAY], ["a 100%", "b", "c"]),
    ],
)
def test_dates_are_compared_by_the_day_and_a_write_off_without_one_has_none(
    varied: Company, op: str, days: list[str], expected: list[str]
) -> None:
    assert found(varied, "received_on", op, *days) == expected


def test_only_write_offs_have_a_date_of_writing_off(varied: Company) -> None:
    assert found(varied, "written_off_on", "eq", DAY) == ["f"]
    assert found(varied, "written_off_on", "gt", DAY) == []
    assert found(varied, "written_off_on", "gt_eq", DAY) == ["f"]
    assert found(varied, "written_off_on", "not_eq", DAY) == EVERYBODY[:-1]


def test_amounts_are_numbers_of_minor_units(varied: Company) -> None:
    assert found(varied, "amount", "eq", 2000, 40) == ["b", "d"]
    assert found(varied, "amount", "gt", 3000) == ["e", "f"]
    assert found(varied, "amount", "lt_eq", 1000) == ["a 100%", "d"]
    assert found(varied, "amount", "not_eq", 2000) == ["a 100%", "c", "d", "e", "f"]


def test_texts_are_found_whole_or_in_part_in_any_case(varied: Company) -> None:
    assert found(varied, "back_office_code", "eq", "ERP-1") == ["a 100%"]
    assert found(varied, "back_office_code", "eq", "erp-1") == []
    assert found(varied, "back_office_code", "contains", "erp") == ["a 100%", "b"]
    assert found(varied, "back_office_code", "not_contain", "ERP-") == ["b", "c", "d", "e", "f"]
    assert found(varied, "back_office_code", "not_eq", "ERP-1") == ["b", "c", "d", "e", "f"]
    assert found(varied, "notes", "contains", "A", "f") == ["a 100%", "f"]
    assert found(varied, "number", "eq", "3") == ["c"]
    assert found(varied, "number", "gt_eq", "5") == ["e", "f"]


@pytest.mark.parametrize(("text", "expected"), [("%", ["a 100%"]), ("_", ["b"]), ("\\", []), ("0%", ["a 100%"]), ("'", [])])
def test_what_is_searched_for_has_no_wildcards(varied: Company, text: str, expected: list[str]) -> None:
    assert found(varied, "text", "contains", text) == expected


def test_a_text_is_searched_for_in_number_notes_code_and_invoice(varied: Company) -> None:
    one = varied.all(Invoice)[0]
    assert found(varied, "text", "contains", str(one.number)) == ["a 100%", "f"]
    assert found(varied, "text", "contains", "erp") == ["a 100%", "b"]
    assert found(varied, "text", "contains", "d") == ["d"]
    assert found(varied, "text", "contains", "5") == ["e"]
    assert found(varied, "text", "not_contain", "i0") == ["e"]


def test_groups_can_be_nested(varied: Company) -> None:
    a, b = Match("amount", "eq", (1000,)), Match("notes", "eq", ("b",))
    late = Match("received_on", "gt", (DAY,))
    cheap = Match("amount", "lt", (5000,))
    assert names(varied, Group(any=True, parts=(a, b))) == ["a 100%", "b"]
    assert names(varied, Group(any=False, parts=(a, b))) == []
    assert names(varied, Group(any=True, parts=(a, Group(any=False, parts=(late, cheap))))) == ["a 100%", "d"]
    assert names(varied, Group(any=False, parts=())) == EVERYBODY
    assert names(varied, Group(any=True, parts=())) == []


@pytest.mark.parametrize("part", [Match("colour", "eq", ("red",)), Match("amount", "between", (1, 2)), Match("pk", "gte", (1,))])
def test_unknown_words_are_a_key_error(company: Company, part: Match) -> None:
    with pytest.raises(KeyError):
        rows(company, part)
    with pytest.raises(KeyError):
        rows(company, order=[("colour", True)])


@pytest.mark.parametrize("field", ONES)
@pytest.mark.parametrize(("op", "opposite"), [("eq", "not_eq"), ("contains", "not_contain")])
def test_what_a_filter_finds_and_what_its_opposite_finds_is_everything(varied: Company, field: str, op: str, opposite: str) -> None:
    value = {"notes": "b", "number": "3", "received_on": DAY}.get(field, 2)
    assert sorted([*found(varied, field, op, value), *found(varied, field, opposite, value)], key=str) == EVERYBODY


# --- order ---


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("pk", "abcdef"),
        ("amount", "dabcef"),
        ("received_on", "abcde f"),
        ("written_off_on", "f abcde"),
        ("notes", "abcdef"),
        ("issued_on", "abcdef"),
        ("invoice_number", "afbcd e"),
        ("customer_name", "abdefc"),
        ("project_name", "badf ce"),
    ],
)
def test_rows_are_ordered_by_a_word_and_come_last_without_a_value(varied: Company, word: str, expected: str) -> None:
    there, _, empty = expected.partition(" ")
    if word == "issued_on":
        # The write-off was made in the same second as the payment before it.
        assert {row.issued_on for row in rows(varied)[-2:]} == {rows(varied)[-1].issued_on}
    upwards = "".join(str(name)[0] for name in names(varied, order=[(word, False)]))
    downwards = "".join(str(name)[0] for name in names(varied, order=[(word, True)]))
    assert upwards == there + empty
    ties = "".join(reversed(there)), "".join(reversed(empty))
    assert downwards == "".join(ties)


def test_several_words_order_one_after_the_other_the_row_key_last(varied: Company) -> None:
    assert names(varied, order=[("customer_name", True), ("amount", False)]) == ["c", "d", "a 100%", "b", "e", "f"]
    assert names(varied, order=[("project_name", False), ("pk", True), ("amount", True)]) == ["b", "f", "d", "a 100%", "e", "c"]
    assert names(varied, order=[]) == EVERYBODY


# --- sums ---


def test_sums_are_by_currency_and_follow_the_filter(varied: Company) -> None:
    euros, yen = varied.account().currency_pk, varied.account(YEN).currency_pk
    assert dict(varied.read(posted_total, write_offs=True)) == {euros: 17000, yen: 40}
    assert varied.read(posted_total, Match("customer", "eq", (pk(varied, Customer, "Bob"),)), write_offs=True) == [(euros, 3000)]
    assert varied.read(posted_total, Match("pk", "eq", (0,)), write_offs=False) == []


def test_amounts_are_told_apart_by_what_their_worth_depends_on(company: Company) -> None:
    euros, dinars = company.account().currency_pk, company.account(DINARS).currency_pk
    rated, plain = company.invoice(100, exchange_rate=Decimal("1.25")), company.invoice(100)
    for invoice in (rated, rated, plain):
        company.pay(10, linked=invoice, mode=EXPLICIT, received_on="2024-03-01T10:00:00")
    company.pay(10, mode=EXPLICIT, received_on="2024-03-01")
    company.pay(10, mode=EXPLICIT, received_on="2024-03-02")
    company.pay(10, DINARS, mode=EXPLICIT, received_on="2024-03-01")
    company.write_off(10, mode=EXPLICIT, written_off_on="2024-03-02")
    assert sorted(company.read(posted_amounts, write_offs=True), key=str) == sorted(
        [
            Amounts(12_500_000_000, euros, "2024-03-01", 1000, 2),
            Amounts(None, euros, "2024-03-01", 1000, 2),
            Amounts(None, euros, "2024-03-02", 1000, 2),
            Amounts(None, dinars, "2024-03-01", 10000, 1),
        ],
        key=str,
    )
    late = company.read(posted_amounts, Match("received_on", "gt", ("2024-03-01",)), write_offs=False)
    assert late == [Amounts(None, euros, "2024-03-02", 1000, 1)]


# --- how it is found ---


@pytest.mark.parametrize("order", ["pk", "-pk", "issued_on", "-issued_on"])
@pytest.mark.parametrize("write_offs", [True, False])
@pytest.mark.sqlite
def test_a_page_and_its_count_are_read_from_indexes_alone(company: Company, order: str, write_offs: bool) -> None:
    company.pay(1)

    def explained(reading: Reading) -> list[list[str]]:
        with statements.watched(company.book.url) as seen:
            posted(reading, order=[(order.lstrip("-"), order[0] == "-")], limit=10, write_offs=write_offs)
        return [statements.plan(reading, each) for each in seen]

    plans = company.read(explained)
    count, keys, rows = plans
    by_key = "USING COVERING INDEX payment_posted"
    assert [by_key in step for step in count] == [True]
    assert len(keys) == 1
    assert (by_key if "pk" in order else "USING INDEX payment_issued_on_pk") in keys[0]
    assert "PRIMARY KEY" in rows[0]

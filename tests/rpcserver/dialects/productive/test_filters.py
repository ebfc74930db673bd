"""Filters: every one, every operation, arrays, groups within groups, and what is refused."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from ledger import configuration
from ledger.applying import EXPLICIT
from ledger.storage.models import Project, Subsidiary
from tests import premises
from tests.books import BOBS, EUROS
from tests.engines import copied
from tests.rpcserver.dialects.productive.asking import Caller, Query

OFF = "2024-03-05"
IDS = {"A": "1", "B": "2", "C": "3", "D": "4", "E": "5"}
"""Payments by letter: A and B on Ada's first invoice, C on her second, D on Bob's, E on nothing."""


@pytest.fixture(scope="module")
def shop(furnished_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """Five payments that nobody changes."""
    path = copied(furnished_template, tmp_path_factory.mktemp("filters") / "book.db")
    with premises.opened(path) as opened:
        caller = Caller(opened)
        _fill(caller)
        yield caller


def _fill(caller: Caller) -> None:
    company = caller.premises.company
    for name in ("Alpha", "Beta"):
        company.do(configuration.create_project, name=name, alternative_code=None, description=None)
        company.do(configuration.create_subsidiary, name=f"{name} Ltd", alternative_code=None, description=None)
    first, second = (caller.invoice(100, EUROS, **_belonging(caller, name)) for name in ("Alpha", "Beta"))
    third = caller.invoice(100, BOBS, **_belonging(caller, "Alpha"))
    caller.paid(first, 100, paid_on="2024-01-10", note="alpha one")
    caller.paid(first, 200, paid_on="2024-02-10", note="Beta_two")
    caller.paid(second, 300, paid_on=None, written_off_on=OFF)
    caller.paid(third, 400, paid_on="2024-03-10")
    company.pay("5.00", received_on="2024-04-10T11:12:13", back_office_code="BANK, 7", mode=EXPLICIT)


def _belonging(caller: Caller, name: str) -> dict[str, object]:
    company = caller.premises.company
    return {"project": company.one(Project, name=name), "subsidiary": company.one(Subsidiary, name=f"{name} Ltd")}


def found(caller: Caller, query: Query) -> str:
    """The letters of what a query finds."""
    letters = {pk: letter for letter, pk in IDS.items()}
    return "".join(letters[pk] for pk in caller.listed(query))


@pytest.mark.parametrize(
    ("query", "letters"),
    [
        ("", "ABCDE"),
        ("filter[id]=2", "B"),
        ("filter[id]=2,4", "BD"),
        ("filter[id][]=2&filter[id][]=4", "BD"),
        ("filter[id][eq]=2, 4", "BD"),
        ("filter[id][eq][]=2&filter[id][eq][]=1,4", "ABD"),
        ("filter[id][not_eq]=2,4", "ACE"),
        ("filter[id][contains]=2,4", "BD"),
        ("filter[id][not_contain]=2,4", "ACE"),
        ("filter[id]=abc", ""),
        ("filter[id]=0,99,2", "B"),
        ("filter[id][not_eq]=abc", "ABCDE"),
        ("filter[invoice_id]=1", "AB"),
        ("filter[invoice_id]=1,3", "ABD"),
        ("filter[invoice_id][]=2&filter[invoice_id][]=3", "CD"),
        ("filter[invoice_id][not_eq]=1", "CDE"),
        ("filter[company_id]=2", "D"),
        ("filter[company_id][not_eq]=2", "ABCE"),
        ("filter[project_id]=1", "ABD"),
        ("filter[project_id][not_contain]=1", "CE"),
        ("filter[budget_id]=2", "C"),
        ("filter[subsidiary_id][]=2", "C"),
        ("filter[subsidiary_id]=1,2", "ABCD"),
        ("filter[paid_on]=2024-02-10", "B"),
        ("filter[paid_on]=2024-04-10", "E"),
        ("filter[paid_on][not_eq]=2024-02-10", "ACDE"),
        ("filter[paid_on][gt]=2024-02-10", "DE"),
        ("filter[paid_on][gt_eq]=2024-02-10", "BDE"),
        ("filter[paid_on][lt]=2024-02-10", "A"),
        ("filter[paid_on][lt_eq]=2024-02-10", "AB"),
        ("filter[paid_on][lt_eq]=2024-04-10", "ABDE"),
        ("filter[paid_on][]=2024-01-10&filter[paid_on][]=2024-03-10", "AD"),
        ("filter[paid_after]=2024-02-10", "BDE"),
        ("filter[paid_before]=2024-02-10", "AB"),
        ("filter[paid_after]=2024-02-10&filter[paid_before]=2024-03-10", "BD"),
        ("filter[paid_after][eq]=2024-03-11", "E"),
        (f"filter[written_off_on]={OFF}", "C"),
        (f"filter[written_off_on][lt]={OFF}", ""),
        (f"filter[written_off_on][not_eq]={OFF}", "ABDE"),
        ("filter[written_off_on][gt]=2024-03-04", "C"),
        ("filter[amount]=200", "B"),
        ("filter[amount]=200.0", "B"),
        ("filter[amount][not_eq]=200", "ACDE"),
        ("filter[amount][gt]=200", "CDE"),
        ("filter[amount][gt_eq]=200", "BCDE"),
        ("filter[amount][lt]=200", "A"),
        ("filter[amount][lt_eq]=200", "AB"),
        ("filter[amount][gt]=100&filter[amount][lt]=400", "BC"),
        ("filter[amount][]=100&filter[amount][]=500", "AE"),
        ("filter[number][contains]=1", "A"),
        ("filter[number]=P", ""),
        ("filter[number][not_contain]=1", "BCDE"),
        ("filter[external_id]=BANK, 7", "E"),
        ("filter[external_id][contains]=bank", "E"),
        ("filter[external_id][not_eq]=BANK, 7", "ABCD"),
        ("filter[external_id][not_contain]=7", "ABCD"),
        ("filter[query]=ALPHA", "A"),
        ("filter[query]=beta_", "B"),
        ("filter[query][contains]=%25", ""),
        ("filter[query]=bank, 7", "E"),
    ],
)
def test_a_filter_finds(shop: Caller, query: str, letters: str) -> None:
    assert found(shop, query) == letters


@pytest.mark.parametrize(
    ("query", "letters"),
    [
        ("filter[invoice_id]=1&filter[amount][gt]=100", "B"),
        ("filter[$op]=and&filter[invoice_id]=1&filter[amount][gt]=100", "B"),
        ("filter[$op]=or&filter[invoice_id]=1&filter[amount][gt]=400", "ABE"),
        ("filter[$op]=or&filter[0][invoice_id][eq]=1&filter[1][invoice_id][eq]=2", "ABC"),
        ("filter[0][invoice_id]=1&filter[0][amount]=100&filter[$op]=or&filter[1][invoice_id]=3&filter[1][amount]=400", "AD"),
        ("filter[0][$op]=or&filter[0][amount]=100&filter[0][paid_on]=2024-03-10&filter[company_id]=1", "A"),
        ("filter[$op]=or&filter[0][0][amount]=100&filter[1][$op]=or&filter[1][0][id]=3&filter[1][1][id]=5", "ACE"),
        ("filter[7][id]=1,2,3&filter[3][id][not_eq]=2", "AC"),
        ("filter[$op]=or", "ABCDE"),
        ("filter[0][$op]=or", "ABCDE"),
        ("filter[$op]=or&filter[0][0][0][0][0][0][0][0][id]=4", "D"),
    ],
)
def test_groups_are_joined_by_and_or_or_and_nest(shop: Caller, query: str, letters: str) -> None:
    assert found(shop, query) == letters


def test_brackets_may_be_percent_encoded(shop: Caller) -> None:
    assert found(shop, f"{quote('filter[$op]')}=or&{quote('filter[0][id]')}=1&{quote('filter[1][id]')}=2") == "AB"


def test_an_owner_filters_what_they_may_see(shop: Caller) -> None:
    assert found(shop.by("owner"), "filter[id]=1,4") == "A"
    assert found(shop.by("owner"), "filter[id][not_eq]=1") == "BCE"


@pytest.mark.parametrize("name", ["x", "note", "currency", "deal_id", "$and", "-1", "a b", ""])
def test_an_unknown_filter_is_refused_as_published(shop: Caller, name: str) -> None:
    refused = shop.get([(f"filter[{name}]", "1")])
    assert refused.errors == [
        {
            "status": "400",
            "code": "unsupported_filter",
            "title": "Unsupported Filter",
            "detail": f"Filter '{name}' is not supported on this endpoint",
            "source": {"parameter": f"filter[{name}]"},
        }
    ]


@pytest.mark.parametrize(
    ("name", "operation"),
    [
        ("amount", "gte"),
        ("amount", "lte"),
        ("amount", "contains"),
        ("invoice_id", "in"),
        ("invoice_id", "gt"),
        ("paid_on", "contains"),
        ("paid_after", "gt"),
        ("number", "gt"),
        ("query", "not_eq"),
        ("amount", "0"),
    ],
)
def test_an_unknown_operation_is_refused(shop: Caller, name: str, operation: str) -> None:
    refused = shop.get(f"filter[{name}][{operation}]=1")
    assert refused.codes == (400, ["unsupported_filter_operation"])
    assert refused.said == [(f"filter[{name}][{operation}]", f"Operation '{operation}' is not supported for filter '{name}'")]


@pytest.mark.parametrize(
    "query",
    [
        "filter[paid_on]=2024-02-30",
        "filter[paid_on]=",
        "filter[paid_after]=yesterday",
        "filter[paid_on]=2024-01-10,2024-01-11",
        "filter[amount]=12.5",
        "filter[amount]=x",
        "filter[amount]=" + "9" * 30,
        "filter[amount][gt][]=1&filter[amount][gt][]=2",
        "filter[invoice_id]=",
        "filter[$op]=xor",
    ],
)
def test_a_value_that_cannot_be_used_is_refused(shop: Caller, query: str) -> None:
    assert shop.get(query).codes == (400, ["invalid_filter_value"])


@pytest.mark.parametrize(
    "query",
    [
        "filter=1",
        "filter[amount=1",
        "filter]=1",
        "filter[amount]1=1",
        "filter[amount]=1&filter[amount]=2",
        "filter" + "[0]" * 9 + "[id]=1",
        "&".join(f"filter[{number}][id]=1" for number in range(101)),
        "&".join("filter[id][]=1" for _ in range(501)),
        "filter[id]=" + ",".join(str(number) for number in range(1, 502)),
    ],
)
def test_a_filter_that_cannot_be_read_is_refused(shop: Caller, query: str) -> None:
    refused = shop.get(query)
    assert refused.status == 400
    assert refused.codes[1][0] in ("invalid_query_parameter", "unsupported_filter")


def test_the_largest_filters_are_answered(shop: Caller) -> None:
    assert found(shop, "filter[$op]=or&" + "&".join(f"filter[{number}][amount]={number}" for number in range(100))) == ""
    assert found(shop, "&".join("filter[external_id][contains][]=bank" for _ in range(500))) == "E"
    assert found(shop, "&".join("filter[query][]=bank" for _ in range(500))) == "E"
    assert found(shop, "filter[id]=" + ",".join(str(number) for number in range(1, 501))) == "ABCDE"

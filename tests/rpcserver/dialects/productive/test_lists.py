"""Order, pages, links and totals of the list, and the query parameters that it takes."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest

from ledger import configuration, rates
from ledger.applying import EXPLICIT
from ledger.storage.models import Currency, Project
from tests import premises
from tests.books import BOBS, EUROS, YEN
from tests.engines import copied
from tests.rpcserver.dialects.productive.asking import PATH, Caller, Query

HERE = f"http://testserver{PATH}"


@pytest.fixture(scope="module")
def shop(furnished_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """Five payments that nobody changes."""
    path = copied(furnished_template, tmp_path_factory.mktemp("lists") / "book.db")
    with premises.opened(path) as opened:
        caller = Caller(opened)
        company = caller.premises.company
        for name in ("Zeta", "Eta"):
            company.do(configuration.create_project, name=name, alternative_code=None, description=None)
        bobs = caller.invoice(100, BOBS, project=company.one(Project, name="Zeta"))
        adas = caller.invoice(100, EUROS, project=company.one(Project, name="Eta"))
        caller.paid(adas, 300, paid_on="2024-02-10", note="b")
        caller.paid(bobs, 100, paid_on="2024-03-10", note="c")
        caller.paid(adas, 200, paid_on=None, written_off_on="2024-01-10")
        caller.paid(bobs, 500, paid_on="2024-01-10", written_off_on="2024-01-05", note="a")
        company.clock.advance(60)
        company.pay("4", received_on="2024-04-10", mode=EXPLICIT)
        yield caller


def ids(caller: Caller, query: Query) -> str:
    return "".join(caller.listed(query))


@pytest.mark.parametrize(
    ("sort", "order"),
    [
        ("", "12345"),
        ("amount", "23154"),
        ("-amount", "45132"),
        ("paid_on", "41253"),
        ("-paid_on", "52143"),
        ("written_off_on", "43125"),
        ("note", "41235"),
        ("-note", "21453"),
        ("date", "12345"),
        ("-date", "54321"),
        ("invoice.number", "24135"),
        ("-invoice.number", "31425"),
        ("invoice_number,-amount", "42135"),
        ("invoice.deal.company.name,amount", "31524"),
        ("invoice.deal.project.name,amount", "31245"),
        ("-invoice.deal.name,amount", "24315"),
        ("note,-amount", "41253"),
        (" -amount , note", "45132"),
        ("amount,-amount", "23154"),
    ],
)
def test_an_order(shop: Caller, sort: str, order: str) -> None:
    assert ids(shop, {"sort": sort}) == order


@pytest.mark.parametrize("sort", ["colour", "-colour", "--amount", "id", "amount,colour", "Amount", "invoice"])
def test_an_unknown_order_is_refused_as_published(shop: Caller, sort: str) -> None:
    refused = shop.get({"sort": sort})
    name = sort.rpartition(",")[2].removeprefix("-")
    assert refused.errors == [
        {
            "status": "400",
            "code": "sort_param_unsupported",
            "title": "Sort param unsupported",
            "detail": f"Sort by '{name}' is not supported on this endpoint.",
            "source": {"parameter": "sort"},
        }
    ]


def test_pages_and_the_links_between_them(shop: Caller) -> None:
    first = shop.get("page[size]=2")
    assert first.ids == ["1", "2"]
    assert [first.body["meta"][name] for name in ("current_page", "total_pages", "total_count", "page_size")] == [1, 3, 5, 2]
    assert first.body["links"] == {
        "first": f"{HERE}?page%5Bnumber%5D=1&page%5Bsize%5D=2",
        "last": f"{HERE}?page%5Bnumber%5D=3&page%5Bsize%5D=2",
        "next": f"{HERE}?page%5Bnumber%5D=2&page%5Bsize%5D=2",
    }
    second = shop.get("page[number]=2&page[size]=2")
    assert (second.ids, list(second.body["links"])) == (["3", "4"], ["first", "last", "prev", "next"])
    third = shop.get("page[number]=3&page[size]=2")
    assert (third.ids, list(third.body["links"])) == (["5"], ["first", "last", "prev"])


def test_links_repeat_the_rest_of_the_query(shop: Caller) -> None:
    query = [("sort", "-amount"), ("filter[$op]", "or"), ("filter[id][]", "1"), ("filter[id][]", "2"), ("include", "")]
    link = shop.get([*query, ("per_page", "1")]).body["links"]["next"]
    assert parse_qsl(urlsplit(link).query, keep_blank_values=True) == [*query, ("page[number]", "2"), ("page[size]", "1")]
    assert shop.send("GET", link.removeprefix("http://testserver")).ids == ["2"]


def test_following_the_links_shows_everything_once(shop: Caller) -> None:
    seen, path = [], f"{PATH}?sort=-amount&page[size]=2"
    while path:
        page = shop.send("GET", path)
        seen += page.ids
        path = page.body["links"].get("next", "").removeprefix("http://testserver")
    assert seen == list("45132")


def test_a_page_beyond_the_last_is_empty(shop: Caller) -> None:
    beyond = shop.get("page[number]=9&page[size]=2")
    assert (beyond.ids, beyond.body["included"], beyond.body["meta"]["current_page"]) == ([], [], 9)
    assert beyond.body["links"]["prev"] == beyond.body["links"]["last"]
    assert shop.get("page[number]=1000000000&page[size]=200").ids == []


def test_an_empty_list_has_no_pages(shop: Caller) -> None:
    empty = shop.get("filter[id]=99")
    assert [empty.body["meta"][name] for name in ("total_pages", "total_count")] == [0, 0]
    assert list(empty.body["links"]) == ["first", "last"]


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ("", 30),
        ("page[size]=200", 200),
        ("page[size]=201", 200),
        ("page[size]=" + "9" * 18, 200),
        ("per_page=7", 7),
        ("per_page=7&page[size]=7", 7),
    ],
)
def test_the_size_of_a_page(shop: Caller, query: str, size: int) -> None:
    assert shop.get(query).body["meta"]["page_size"] == size


@pytest.mark.parametrize(
    "query",
    [
        "page[number]=0",
        "page[number]=-1",
        "page[number]=x",
        "page[number]=",
        "page[number]=1.5",
        "page[number]=10000000000",
        "page[size]=0",
        "page[size]=-1",
        "page[size]=x",
        "page[size]=%D9%A1",
        "per_page=0",
        "per_page=3&page[size]=4",
        "page[after]=x",
        "page[after]=1&sort=amount",
        "page[after]=1&page[number]=2",
    ],
)
def test_a_page_that_there_cannot_be_is_refused(shop: Caller, query: str) -> None:
    assert shop.get(query).codes == (400, ["invalid_page"])


def test_pages_after_a_record(shop: Caller) -> None:
    first = shop.get("page[after]=&page[size]=3")
    assert first.ids == ["1", "2", "3"]
    assert "current_page" not in first.body["meta"]
    assert first.body["meta"]["total_count"] == 5
    assert first.body["links"] == {
        "first": f"{HERE}?page%5Bafter%5D=&page%5Bsize%5D=3",
        "next": f"{HERE}?page%5Bafter%5D=3&page%5Bsize%5D=3",
    }
    last = shop.get("page[after]=3&page[size]=3")
    assert (last.ids, list(last.body["links"])) == (["4", "5"], ["first"])
    assert shop.get("page[after]=3&filter[amount][gt]=400").ids == ["4"]


@pytest.mark.parametrize("spelling", ["aggregates", "aggregates[]", "aggregate"])
def test_the_total_in_its_three_spellings(shop: Caller, spelling: str) -> None:
    listed = shop.get([(spelling, "total_amount"), ("page[size]", "1"), ("filter[amount][lt]", "400")])
    assert listed.body["meta"]["aggregates"] == {"total_amount": 600}
    assert (listed.body["meta"]["total_count"], len(listed.ids)) == (3, 1)


def test_the_total_of_nothing_is_zero(shop: Caller) -> None:
    assert shop.get("aggregates=total_amount&filter[id]=99").body["meta"]["aggregates"] == {"total_amount": 0}
    assert "aggregates" not in shop.get("aggregates=").body["meta"]


@pytest.mark.parametrize("query", ["aggregates=colour", "aggregate=total", "aggregates[]=total_amount,colour"])
def test_an_unknown_aggregate_is_refused(shop: Caller, query: str) -> None:
    assert shop.get(query).codes == (400, ["unsupported_aggregate"])


def test_the_total_of_several_currencies_is_in_the_default_one(caller: Caller) -> None:
    company = caller.premises.company
    caller.paid(caller.invoice(100), 1_000)
    caller.paid(caller.invoice(10_000, YEN, exchange_rate=Decimal("0.0061")), 333)
    with_rate = caller.get("aggregates=total_amount")
    assert [row["attributes"]["amount_default"] for row in with_rate.data] == [1_000, 203]
    assert with_rate.body["meta"]["aggregates"] == {"total_amount": 1_203}
    caller.paid(caller.invoice(10_000, YEN), 100, paid_on="2024-04-20")
    without = caller.get("aggregates=total_amount")
    assert [row["attributes"]["amount_default"] for row in without.data] == [1_000, 203, None]
    assert without.body["meta"]["aggregates"] == {"total_amount": None}
    yen = company.one(Currency, code="JPY")
    company.do(rates.create, currency=yen, from_date="2024-04-20", rate=Decimal("0.01"))
    configured = caller.get("aggregates=total_amount")
    assert configured.data[2]["attributes"]["amount_default"] == 100
    assert configured.body["meta"]["aggregates"] == {"total_amount": 1_303}
    assert caller.get("aggregates=total_amount&filter[id]=2,3").body["meta"]["aggregates"] == {"total_amount": 433}


@pytest.mark.parametrize(
    "query",
    ["colour=red", "colour[x]=1", "page[colour]=1", "page=1", "page[]=1", "sort[]=amount", "sort=amount&sort=note", "fields=a"],
)
def test_unknown_parameters_and_repeated_ones_are_refused(shop: Caller, query: str) -> None:
    refused = shop.get(query)
    assert refused.codes == (400, ["invalid_query_parameter"])
    assert list(refused.errors[0]["source"]) == ["parameter"]


@pytest.mark.parametrize("query", ["_=17", "cacheBuster=1", "x-y=1", "my_own[colour]=red", "per_page=1&my_own=2&my_own=3"])
def test_parameters_that_are_somebodys_own_are_let_pass(shop: Caller, query: str) -> None:
    assert shop.get(query).status == 200


def test_one_payment_takes_no_parameters_of_lists(shop: Caller) -> None:
    for query in ("filter[id]=1", "sort=amount", "page[size]=1", "aggregates=total_amount"):
        assert shop.get(query, pk=1).codes == (400, ["invalid_query_parameter"])


def test_head_says_what_get_says_without_the_body(shop: Caller) -> None:
    got, head = shop.get(), shop.send("HEAD", PATH)
    assert head.status == 200
    assert head.headers["content-length"] == got.headers["content-length"]
    assert head.headers["content-type"] == got.headers["content-type"]

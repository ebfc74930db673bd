"""Lists at QBench's door: pages, orders, filters, and what is refused of them."""

import pytest

from tests.books import BOBS
from tests.rpcserver.dialects.qbench.asking import Body, Lab


def listed(lab: Lab, query: str = "", path: str = "/payment") -> Body:
    return lab.done("GET", f"{path}{query}")


def ids(lab: Lab, query: str = "") -> list[int]:
    return [row["id"] for row in listed(lab, query)["data"]]


@pytest.fixture
def twelve(lab: Lab) -> list[int]:
    """Twelve payments, the oldest first."""
    return [lab.pay(amount) for amount in range(1, 13)]


def test_the_first_page_has_the_five_newest_payments(lab: Lab, twelve: list[int]) -> None:
    page = listed(lab)
    assert list(page) == ["data", "total_count", "total_pages"]
    assert [row["id"] for row in page["data"]] == twelve[:-6:-1]
    assert (page["total_count"], page["total_pages"]) == (12, 3)
    assert page["data"][0] == lab.shown(twelve[-1])


def test_an_empty_list_has_no_pages(lab: Lab) -> None:
    for path in ("/payment", "/invoice"):
        assert listed(lab, path=path) == {"data": [], "total_count": 0, "total_pages": 0}


@pytest.mark.parametrize(("size", "pages"), [(1, 12), (4, 3), (5, 3), (12, 1), (50, 1)])
def test_the_pages_together_have_every_payment_once(lab: Lab, twelve: list[int], size: int, pages: int) -> None:
    found = [listed(lab, f"?page_num={number}&page_size={size}") for number in range(1, pages + 1)]
    assert {(page["total_count"], page["total_pages"]) for page in found} == {(12, pages)}
    assert [row["id"] for page in found for row in page["data"]] == twelve[::-1]


def test_after_the_last_page_there_are_no_rows_and_the_same_sums(lab: Lab, twelve: list[int]) -> None:
    for number in (4, 1_000_000_000):
        assert listed(lab, f"?page_num={number}") == {"data": [], "total_count": 12, "total_pages": 3}


def test_payments_are_sorted_by_what_is_asked_for(lab: Lab) -> None:
    first = lab.pay(20, payment_date="03/01/2020")
    lab.premises.company.clock.advance(1)
    second = lab.pay(30, payment_date="01/01/2020")
    lab.premises.company.clock.advance(1)
    third = lab.pay(10, payment_date="02/01/2020")
    assert ids(lab, "?sort_order=asc") == [first, second, third]
    assert ids(lab, "?sort_by=id&sort_order=asc") == [first, second, third]
    assert ids(lab, "?sort_by=id") == [third, second, first]
    assert ids(lab, "?sort_by=date_created&sort_order=asc") == [first, second, third]
    assert ids(lab, "?sort_by=date_created&sort_order=desc") == [third, second, first]
    assert ids(lab, "?sort_by=payment_date&sort_order=asc") == [second, third, first]
    assert ids(lab, "?sort_by=payment_date") == [first, third, second]
    assert ids(lab, "?sort_by=amount&sort_order=asc") == [third, first, second]
    assert ids(lab, "?sort_by=amount&sort_order=desc") == [second, first, third]


def test_payments_of_one_amount_stay_in_the_order_of_their_ids(lab: Lab) -> None:
    made = [lab.pay(10) for _ in range(3)]
    assert ids(lab, "?sort_by=amount&sort_order=asc") == made
    assert ids(lab, "?sort_by=amount&sort_order=desc") == made[::-1]


def test_payments_of_one_customer_can_be_asked_for(lab: Lab) -> None:
    own, other = lab.pay(10), lab.pay(20, customer_id=lab.customer(BOBS))
    assert ids(lab, f"?customer_id={lab.customer()}") == [own]
    assert ids(lab, f"?customer_id={lab.customer(BOBS)}") == [other]
    assert listed(lab, "?customer_id=987654") == {"data": [], "total_count": 0, "total_pages": 0}


def test_a_deleted_payment_leaves_the_list_and_its_sums(lab: Lab, twelve: list[int]) -> None:
    lab.done("DELETE", f"/payment/{twelve[-1]}")
    page = listed(lab, "?page_size=11")
    assert [row["id"] for row in page["data"]] == twelve[-2::-1]
    assert (page["total_count"], page["total_pages"]) == (11, 1)


SORTS = "id, date_created, payment_date, amount"
KNOWN = "page_num, page_size, sort_by, sort_order, customer_id"
WRONG = [
    ("page_num=0", 'page_num: "0" was sent; expected is a whole number from 1 to 1000000000'),
    ("page_num=-1", 'page_num: "-1" was sent; expected is a whole number from 1 to 1000000000'),
    ("page_num=", 'page_num: "" was sent; expected is a whole number from 1 to 1000000000'),
    ("page_num=1000000001", 'page_num: "1000000001" was sent; expected is a whole number from 1 to 1000000000'),
    ("page_num=two", 'page_num: "two" was sent; expected is a whole number from 1 to 1000000000'),
    ("page_num=%D9%A3", 'page_num: "٣" was sent; expected is a whole number from 1 to 1000000000'),
    ("page_num=" + "9" * 30, f'page_num: "{"9" * 30}" was sent; expected is a whole number from 1 to 1000000000'),
    ("page_size=51", 'page_size: "51" was sent; expected is a whole number from 1 to 50'),
    ("page_size=0", 'page_size: "0" was sent; expected is a whole number from 1 to 50'),
    ("page_size=5.0", 'page_size: "5.0" was sent; expected is a whole number from 1 to 50'),
    ("sort_by=external_id", f'sort_by: "external_id" was sent; expected is one of {SORTS}'),
    ("sort_by=", f'sort_by: "" was sent; expected is one of {SORTS}'),
    ("sort_order=ASC", 'sort_order: "ASC" was sent; expected is one of asc, desc'),
    ("customer_id=x", 'customer_id: "x" was sent; expected is an id, a whole number above 0, as in 2'),
    ("customer_id=0", "customer_id: 0 was sent; expected is an id, a whole number above 0, as in 2"),
    ("search=Ada", f"search: cannot be sent here; expected are {KNOWN}"),
    ("page=2", "page: cannot be sent here; did you mean page_num?"),
    ("page_num=1&page_num=2", "page_num: was sent more than once"),
    (
        "page_size=100&sort_order=up",
        (
            'page_size: "100" was sent; expected is a whole number from 1 to 50; '
            'sort_order: "up" was sent; expected is one of asc, desc'
        ),
    ),
]


@pytest.mark.parametrize(("query", "said"), WRONG)
def test_a_query_that_cannot_be_read_is_refused_with_a_sentence(quiet: Lab, query: str, said: str) -> None:
    assert quiet.send("GET", f"/payment?{query}").refused == (400, said)


def test_customers_and_invoices_have_pages_and_orders_too(lab: Lab) -> None:
    small, large = lab.invoice(10), lab.invoice(20, BOBS)
    assert [row["id"] for row in listed(lab, path="/invoice")["data"]] == [large, small]
    assert [row["id"] for row in listed(lab, "?sort_by=total&sort_order=asc", "/invoice")["data"]] == [small, large]
    assert [row["id"] for row in listed(lab, f"?customer_id={lab.customer(BOBS)}", "/invoice")["data"]] == [large]
    assert listed(lab, "?page_num=2&page_size=1", "/invoice")["data"] == [lab.done("GET", f"/invoice/{small}")]
    page = listed(lab, "?page_size=3&sort_by=customer_name&sort_order=asc", "/customer")
    assert [row["customer_name"] for row in page["data"]] == ["Ada BHD", "Ada EUR", "Ada JPY"]
    assert (page["total_count"], page["total_pages"]) == (4, 2)
    newest = listed(lab, path="/customer")["data"]
    assert [row["id"] for row in newest] == sorted((row["id"] for row in newest), reverse=True)


@pytest.mark.parametrize(
    ("path", "known"),
    [("/customer", "id, customer_name"), ("/invoice", "id, date_created, due_date, total")],
)
def test_each_list_has_its_own_keys_to_sort_by(quiet: Lab, path: str, known: str) -> None:
    assert quiet.send("GET", f"{path}?sort_by=amount").refused == (400, f'sort_by: "amount" was sent; expected is one of {known}')


def test_an_owner_lists_what_belongs_to_their_customers(lab: Lab) -> None:
    own, _ = lab.invoice(10), lab.invoice(10, BOBS)
    assert [row["id"] for row in lab.done("GET", "/invoice", by="owner")["data"]] == [own]
    assert lab.done("GET", "/customer", by="owner")["total_count"] == 3
    assert lab.send("GET", f"/customer/{lab.customer(BOBS)}", by="owner").status == 404

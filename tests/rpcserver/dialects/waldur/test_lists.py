"""Pages, their links, and filters."""

from urllib.parse import parse_qs, urlsplit

import pytest

from ledger import accounts
from rpcserver.dialects.waldur.links import target
from tests.books import BOBS, EUROS
from tests.rpcserver.dialects.waldur.caller import ROOT, Body, Caller, profile_link

NOBODY = "0" * 32


@pytest.fixture
def eleven(caller: Caller) -> list[Body]:
    """As many payments as make two pages, oldest first."""
    return [caller.payment(sum=number) for number in range(1, 12)]


def links(link: str) -> dict[str, str]:
    """A `Link` header by its relations."""
    parts = [part.split("; rel=") for part in link.split(", ")]
    return {name.strip('"'): address.strip("<>") for address, name in parts}


def test_a_page_has_ten_payments_oldest_first(caller: Caller, eleven: list[Body]) -> None:
    answer = caller.ask("GET", "payments/")
    assert answer.json() == eleven[:10]
    assert answer.headers["X-Result-Count"] == "11"
    here = f"{ROOT}/api/payments/"
    assert answer.headers["Link"] == f'<{here}>; rel="first", <{here}?page=2>; rel="next", <{here}?page=2>; rel="last"'


def test_the_last_page_leads_back(caller: Caller, eleven: list[Body]) -> None:
    answer = caller.ask("GET", "payments/?page=2")
    assert answer.json() == eleven[10:]
    here = f"{ROOT}/api/payments/"
    assert answer.headers["Link"] == f'<{here}>; rel="first", <{here}>; rel="prev", <{here}?page=2>; rel="last"'


def test_links_keep_what_was_asked_for_in_order(caller: Caller, eleven: list[Body]) -> None:
    answer = caller.ask("GET", "payments/?x=a,b&page_size=4&page=2&blank=")
    found = links(answer.headers["Link"])
    assert {name: urlsplit(address).query for name, address in found.items()} == {
        "first": "blank=&page_size=4&x=a%2Cb",
        "prev": "blank=&page_size=4&x=a%2Cb",
        "next": "blank=&page=3&page_size=4&x=a%2Cb",
        "last": "blank=&page=3&page_size=4&x=a%2Cb",
    }


def test_following_the_links_reads_everything_once(caller: Caller, eleven: list[Body]) -> None:
    address, seen = "payments/?page_size=3", []
    while address:
        answer = caller.ask("GET", address)
        seen += answer.json()
        address = links(answer.headers["Link"]).get("next", "")
    assert seen == eleven


@pytest.mark.parametrize(("page", "first", "size"), [("last", 10, 1), ("", 0, 10), ("1", 0, 10), ("%202%20", 10, 1), ("02", 10, 1)])
def test_pages_have_these_names(caller: Caller, eleven: list[Body], page: str, first: int, size: int) -> None:
    assert caller.done("GET", f"payments/?page={page}") == eleven[first : first + size]


@pytest.mark.parametrize("page", ["0", "-1", "2", "abc", "1.5", "9" * 30, "9" * 5000, "%C2%B2", "first"])
def test_there_is_no_such_page(reader: Caller, page: str) -> None:
    assert reader.refused("GET", f"payments/?page={page}") == (404, {"detail": "Invalid page."})


@pytest.mark.parametrize(
    ("size", "rows"), [("0", 10), ("-1", 10), ("", 10), ("abc", 10), ("1", 1), ("11", 11), ("300", 11), ("301", 11), ("9" * 30, 11)]
)
def test_pages_can_be_larger_or_smaller(caller: Caller, eleven: list[Body], size: str, rows: int) -> None:
    assert len(caller.done("GET", f"payments/?page_size={size}")) == rows


def test_no_page_is_larger_than_three_hundred(caller: Caller) -> None:
    caller.enter(lambda entry: [accounts.create_customer(entry, name=f"Customer {number}") for number in range(301)])
    answer = caller.ask("GET", "customers/?page_size=1000&field=name")
    assert (len(answer.json()), answer.headers["X-Result-Count"]) == (300, "303")


def test_a_list_of_nothing_has_one_page(reader: Caller) -> None:
    answer = reader.ask("GET", "payments/")
    assert (answer.json(), answer.headers["X-Result-Count"]) == ([], "0")
    assert list(links(answer.headers["Link"])) == ["first", "last"]


@pytest.mark.parametrize(
    ("sent", "found"),
    [
        ("2024-03-09", 2),
        ("03/09/2024", 2),
        ("3/9/24", 2),
        (" 2024-03-09 ", 2),
        ("2024-03-10", 0),
        ("", 3),
    ],
)
def test_payments_of_a_day(caller: Caller, sent: str, found: int) -> None:
    for day in ("2024-03-09", "2024-03-09", "2024-09-03"):
        caller.payment(date_of_payment=day)
    assert len(caller.ask("GET", "payments/", params={"date_of_payment": sent}).json()) == found


@pytest.mark.parametrize("sent", ["nonsense", "2024-02-30", "13/40/2024", "2024", "0/0/00"])
def test_a_day_that_is_none_is_refused(reader: Caller, sent: str) -> None:
    answer = reader.refused("GET", "payments/", params={"date_of_payment": sent, "profile_uuid": "x"})
    assert answer == (400, {"date_of_payment": ["Enter a valid date."], "profile_uuid": ["Enter a valid UUID."]})


@pytest.mark.parametrize(
    "spelled",
    ["{uuid}", "{dashed}", "{upper}", "{uuid}&profile_uuid=", "bad&profile_uuid={uuid}", "{uuid}&sum=7&customer_uuid=bad"],
)
def test_payments_of_a_profile_by_its_uuid(caller: Caller, spelled: str) -> None:
    payment, other = caller.payment(EUROS), caller.payment(BOBS)
    uuid = caller.profile(EUROS).id.lower()
    dashed = f"{uuid[:8]}-{uuid[8:12]}-{uuid[12:16]}-{uuid[16:20]}-{uuid[20:]}"
    found = caller.done("GET", "payments/?profile_uuid=" + spelled.format(uuid=uuid, dashed=dashed, upper=uuid.upper()))
    assert found == ([payment, other] if spelled.endswith("=") else [payment])


def test_payments_of_a_profile_by_its_hyperlink(caller: Caller) -> None:
    payment, other = caller.payment(EUROS), caller.payment(BOBS)
    whole = profile_link(caller.profile(EUROS))
    path = urlsplit(whole).path
    for spelled in (whole, path, "https://elsewhere.example" + path, path.replace("payment-profiles", "profile")):
        assert caller.ask("GET", "payments/", params={"profile": spelled}).json() == [payment]
    assert caller.ask("GET", "payments/", params={"profile": ""}).json() == [payment, other]
    both = {"profile": whole, "profile_uuid": caller.profile(BOBS).id}
    assert caller.ask("GET", "payments/", params=both).json() == []


@pytest.mark.parametrize(
    "query",
    [
        f"profile_uuid={NOBODY}",
        f"profile={NOBODY}",
        f"profile=/api/payment-profiles/{NOBODY}/",
        "profile=/api/payment-profiles/nonsense/",
        f"profile=/api/invoices/{NOBODY}/",
        "profile=/api/payments/",
    ],
)
def test_what_names_no_profile_leaves_nothing(caller: Caller, query: str) -> None:
    caller.payment()
    answer = caller.ask("GET", f"payments/?{query}")
    assert (answer.status_code, answer.json(), answer.headers["X-Result-Count"]) == (200, [], "0")


@pytest.mark.parametrize("address", ["/nonsense/", "http://testserver/api/nonsense/", "http://[/"])
def test_an_address_that_leads_nowhere_is_not_found(reader: Caller, address: str) -> None:
    assert reader.refused("GET", "payments/", params={"profile": address}) == (404, {"detail": "Not found."})


def test_a_profile_of_others_leaves_an_owner_nothing(caller: Caller) -> None:
    caller.payment(BOBS)
    assert caller.done("GET", f"payments/?profile_uuid={caller.profile(BOBS).id}", by="owner") == []


@pytest.mark.parametrize("query", ["o=-created", "field=uuid", "invoice_uuid=x", "nonsense=1"])
def test_other_parameters_do_nothing(caller: Caller, query: str) -> None:
    payments = [caller.payment(), caller.payment()]
    assert caller.done("GET", f"payments/?{query}") == payments


@pytest.mark.parametrize("path", ["/api/", "/api/payments/", "/api-auth/password/", f"/api/payments/{NOBODY}/link_to_invoice/"])
def test_every_path_of_the_door_is_known_to_its_hyperlinks(path: str) -> None:
    found = target(path)
    assert found is not None and found.collection is None


def test_links_stand_the_way_a_client_reads_them(caller: Caller, eleven: list[Body]) -> None:
    following = links(caller.ask("GET", "payments/?page_size=5").headers["Link"])["next"]
    assert parse_qs(urlsplit(following).query)["page"] == ["2"]

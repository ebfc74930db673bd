"""What all REST doors share, seen with a door of four resources: the phases and their order, keys, HEAD, and what is left to do."""

from collections.abc import Callable, Iterator

import orjson
import pytest
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.routing import BaseRoute
from starlette.testclient import TestClient

from ledger import accounts
from ledger.book import Book
from ledger.entry import Answer, Call, Entry, Reading
from ledger.errors import InvalidParameter, InvalidToken, Refusal, TooManyRequests, UnsupportedMediaType
from ledger.rights import Right
from ledger.storage.models import AuditEntry, Customer
from rpcserver import faults
from rpcserver.app import create_app
from rpcserver.door import Door
from rpcserver.house import House
from rpcserver.rest import Action, Asking, Deed, Look, Write, header_token, resource, unknown
from rpcserver.settings import Settings

PREFIX = "/shop"


class ShopManners:
    """Refuses in plain words, and notes who left."""

    word = "shop"
    token_first = False

    def __init__(self) -> None:
        self.left: list[str] = []
        self.tired = False

    def token(self, headers: Headers) -> str | None:
        return header_token(headers)

    def admit(self, asking: Asking) -> None:
        asking.leaving.append(lambda: self.left.append(asking.call.method))
        if self.tired:
            raise TooManyRequests("come back later", retry_after=7)

    def check_media(self, asking: Asking) -> None:
        if asking.headers.get("content-type") == "text/html":
            raise UnsupportedMediaType("no pages, please")

    def refused(self, refusal: Refusal, request: Request, action: str) -> Answer:
        words = f"{action}|{refusal.code}|{refusal.message}"
        return Answer(faults.status_of(refusal), faults.headers_of(refusal), words.encode())


def _answer(value: object, status: int = 200) -> Answer:
    return Answer(status, {"Content-Type": "application/json"}, orjson.dumps(value))


def _count(asking: Asking) -> Deed:
    return Look(lambda reading: _answer({"customers": reading.rows.count(Customer)}))


def _add(asking: Asking) -> Deed:
    name = asking.body.decode()
    if not name:
        raise InvalidParameter("a name is needed", "name")

    def run(entry: Entry) -> Answer:
        return _answer(accounts.create_customer(entry, name=name).name, 201)

    # A number that no 64 bits hold is a thing to say like any other.
    return Write(run, said=[name, 2**80])


def _fail(asking: Asking) -> Deed:
    def run(reading: Reading) -> Answer:
        raise RuntimeError("a fault of ours")

    return Look(run)


def _greet(asking: Asking) -> Deed:
    return _answer({"hello": asking.path["name"], "again": asking.query.get("again"), "scheme": asking.request.url.scheme})


def shop(manners: ShopManners) -> Callable[[House], list[BaseRoute]]:
    def routes(house: House) -> list[BaseRoute]:
        door = Door(house, manners.word)
        customers = {
            "GET": Action("customers.count", Right.RECORDS_READ, _count),
            "POST": Action("customers.add", Right.RECORDS_WRITE, _add, reads_body=True, max_body=lambda _settings: 20),
        }
        return [
            resource(PREFIX + "/customers", door, manners, customers),
            resource(PREFIX + "/broken", door, manners, {"GET": Action("broken", Right.SESSION, _fail)}),
            resource(PREFIX + "/hello/{name}", door, manners, {"GET": Action("hello", None, _greet)}),
            unknown(PREFIX, door, manners),
        ]

    return routes


@pytest.fixture
def manners() -> ShopManners:
    return ShopManners()


@pytest.fixture
def client(settings: Settings, book: Book, manners: ShopManners) -> Iterator[TestClient]:
    with TestClient(create_app(settings, book, doors=(shop(manners),)), raise_server_exceptions=False) as asking:
        yield asking


@pytest.fixture
def clerk(token: Callable[[str], str]) -> dict[str, str]:
    return {"Authorization": f"Bearer {token('clerk')}"}


def customers(book: Book) -> int:
    return book.read(_call(), lambda reading: reading.rows.count(Customer))


def _call() -> Call:
    return Call("test", "look")


def test_a_read_is_answered_with_its_request_id(client: TestClient, clerk: dict[str, str]) -> None:
    answer = client.get(PREFIX + "/customers", headers=clerk | {"X-Request-Id": "abc-1"})
    assert (answer.status_code, answer.json(), answer.headers["X-Request-Id"]) == (200, {"customers": 2}, "abc-1")


def test_head_answers_the_headers_of_get_alone(client: TestClient, clerk: dict[str, str]) -> None:
    whole = client.get(PREFIX + "/customers", headers=clerk)
    bare = client.head(PREFIX + "/customers", headers=clerk)
    assert (bare.status_code, bare.content) == (200, b"")
    assert bare.headers["Content-Length"] == str(len(whole.content))
    refused = client.head(PREFIX + "/customers")
    assert (refused.status_code, refused.content) == (401, b"")


def test_who_needs_no_token_brings_none(client: TestClient) -> None:
    assert client.get(PREFIX + "/hello/Ada?again=yes").json() == {"hello": "Ada", "again": "yes", "scheme": "http"}


def test_the_phases_refuse_in_their_order(client: TestClient, token: Callable[[str], str], manners: ShopManners) -> None:
    html, large = {"Content-Type": "text/html"}, b"x" * 21
    auditor = html | {"X-Auth-Token": token("auditor")}
    clerk = html | {"X-Auth-Token": token("clerk")}
    asked = [
        client.request("BREW", PREFIX + "/tea", content=large, headers=html),
        client.request("BREW", PREFIX + "/customers", content=large, headers=html),
        client.post(PREFIX + "/customers", content=large, headers=html),
        client.post(PREFIX + "/customers", content=large, headers=auditor),
        client.post(PREFIX + "/customers", content=large, headers=clerk),
        client.post(PREFIX + "/customers", content=large, headers={"X-Auth-Token": token("clerk")}),
        client.post(PREFIX + "/customers", content=b"", headers={"X-Auth-Token": token("clerk")}),
    ]
    assert [answer.status_code for answer in asked] == [404, 405, 401, 403, 415, 413, 422]
    assert [answer.text.split("|")[:2] for answer in asked[:3]] == [
        ["", "UNKNOWN_METHOD"],
        ["", "METHOD_NOT_ALLOWED"],
        ["customers.add", "INVALID_TOKEN"],
    ]
    assert asked[1].headers["Allow"] == "GET, POST, HEAD"
    manners.tired = True
    tired = client.post(PREFIX + "/customers", content=b"", headers=auditor)
    assert (tired.status_code, tired.headers["Retry-After"]) == (429, "7")


def test_a_door_may_ask_for_the_token_before_it_looks_at_the_verb(
    client: TestClient, clerk: dict[str, str], manners: ShopManners
) -> None:
    manners.token_first = True
    assert client.request("BREW", PREFIX + "/customers").status_code == 401
    assert client.request("BREW", PREFIX + "/customers", headers=clerk).status_code == 405
    assert client.request("BREW", PREFIX + "/tea").status_code == 404


def test_two_tokens_that_differ_are_refused(client: TestClient, clerk: dict[str, str]) -> None:
    answer = client.get(PREFIX + "/customers", headers=clerk | {"X-Auth-Token": "another"})
    assert (answer.status_code, answer.text.split("|")[1]) == (401, InvalidToken.code)


def test_a_write_is_done_and_a_refused_one_leaves_nothing(client: TestClient, clerk: dict[str, str], book: Book) -> None:
    assert client.post(PREFIX + "/customers", content="Eva", headers=clerk).status_code == 201
    assert client.post(PREFIX + "/customers", content="", headers=clerk).status_code == 422
    assert customers(book) == 3


def test_a_refused_right_is_audited_under_the_door_and_its_action(
    client: TestClient, token: Callable[[str], str], book: Book
) -> None:
    client.post(PREFIX + "/customers", content="Eva", headers={"X-Auth-Token": token("auditor"), "X-Request-Id": "r1"})
    (row,) = book.read(_call(), lambda reading: reading.rows.find(AuditEntry, request_id="r1"))
    assert (row.door, row.method, row.actor, row.outcome) == ("shop", "customers.add", "auditor", "NOT_PERMITTED")


def test_the_same_key_brings_the_same_answer_once(client: TestClient, clerk: dict[str, str], book: Book) -> None:
    keyed = clerk | {"Idempotency-Key": "k1"}
    first, second = (client.post(PREFIX + "/customers", content="Eva", headers=keyed) for _ in range(2))
    assert (first.status_code, second.status_code, second.content) == (201, 201, first.content)
    assert second.headers["Idempotency-Replayed"] == "true"
    assert customers(book) == 3
    other = client.post(PREFIX + "/customers", content="Ina", headers=keyed)
    assert (other.status_code, other.text.split("|")[1]) == (422, "IDEMPOTENCY_KEY_REUSED")


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_a_key_that_is_none_is_refused(client: TestClient, clerk: dict[str, str], book: Book, key: str) -> None:
    answer = client.post(PREFIX + "/customers", content="Eva", headers=clerk | {"Idempotency-Key": key})
    assert (answer.status_code, "idempotency key has 1 to 255 characters" in answer.text) == (422, True)
    assert customers(book) == 2


def test_what_is_left_to_do_is_done_whatever_came_of_the_request(
    client: TestClient, clerk: dict[str, str], manners: ShopManners
) -> None:
    client.get(PREFIX + "/customers", headers=clerk)
    client.post(PREFIX + "/customers", content="", headers=clerk)
    client.get(PREFIX + "/broken", headers=clerk)
    assert manners.left == ["customers.count", "customers.add", "broken"]


def test_a_fault_of_ours_is_answered_in_the_doors_words_and_tells_nothing(client: TestClient, clerk: dict[str, str]) -> None:
    answer = client.get(PREFIX + "/broken", headers=clerk)
    assert (answer.status_code, answer.text.split("|")[:2]) == (500, ["broken", "SYSTEM_ERROR"])
    assert "a fault of ours" not in answer.text


def test_further_doors_leave_ours_as_they_are(client: TestClient) -> None:
    assert client.get("/health").status_code == 200
    assert client.post("/payments/show", json={}).status_code == 401


@pytest.mark.parametrize(
    ("proxies", "told", "scheme"),
    [
        ("", "https", "http"),
        ("10.0.0.0/8", "https", "https"),
        ("10.0.0.0/8", "gopher", "http"),
        ("192.168.0.0/16", "https", "http"),
    ],
)
def test_links_lead_back_through_our_own_proxy(settings: Settings, book: Book, proxies: str, told: str, scheme: str) -> None:
    trusting = settings.model_validate({**settings.model_dump(), "trusted_proxies": proxies})
    with TestClient(create_app(trusting, book, doors=(shop(ShopManners()),)), client=("10.0.0.1", 5)) as asking:
        answer = asking.get(PREFIX + "/hello/Ada", headers={"X-Forwarded-Proto": told})
    assert answer.json()["scheme"] == scheme

"""Nothing is without an end: what a caller sends, asks for or has done is capped, and the refusal says at what. The caps that
methods, bodies and pages have had from the beginning are tested where they are: see SECURITY.md."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import orjson
import pytest

from ledger import accounts
from methods import METHODS
from methods.faults import MOST_FAULTS
from methods.method import parameter_table
from methods.sets import MOST_ITEMS
from rpcserver import arguments, documents
from rpcserver.arguments import HOST_LIMIT, MOST_PARAMETERS, QUERY_LIMIT
from tests import premises
from tests.books import EUROS
from tests.doors import DOORS, Door, Productive, Qbench, Reply, Waldur
from tests.doors import Native as NativeDoor
from tests.engines import copied
from tests.native import BOTH, Native
from tests.premises import Premises

pytestmark = pytest.mark.one_engine

SETS = [(path, row) for path, method in METHODS.items() for row in parameter_table(method) if row.parts]
LISTS: dict[type[Door], str] = {
    NativeDoor: "/payments/list",
    Waldur: "/api/payments/",
    Qbench: "/qbench/api/v1/payment",
    Productive: "/api/v2/payments",
}
QUICK_SECONDS = 2.0
"""What takes less than a tenth of this on a machine that is idle."""


@pytest.fixture(scope="module")
def looked_at(furnished_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Premises]:
    """Premises for tests that write nothing."""
    with premises.opened(copied(furnished_template, tmp_path_factory.mktemp("looked") / "book.db")) as here:
        yield here
        assert here.faults.seen == []


def timed(ask: Callable[[], Reply]) -> Reply:
    """What is answered, which must not take long."""
    begun = time.monotonic()
    reply = ask()
    assert time.monotonic() - begun < QUICK_SECONDS
    return reply


# --- sets and lists ---


@BOTH
@pytest.mark.parametrize(("path", "row"), SETS, ids=lambda part: getattr(part, "name", part))
def test_a_set_has_so_many_items_and_no_more(unwritten: Native, path: str, row: Any, prefix: str) -> None:
    item = {part.name: {"id": "0" * 32} for part in row.parts[:1]}
    answer = unwritten.at(prefix).ask(path, {**unwritten.example(path), row.name: [item] * (MOST_ITEMS + 1)})
    assert answer.errors == [(row.name, "INVALID_PARAMETER")]
    assert f"{MOST_ITEMS + 1} " in answer.message and f"expected are at most {MOST_ITEMS}" in answer.message


def test_every_set_of_every_method_is_among_them() -> None:
    assert len(SETS) >= 12
    assert {row.type for _, row in SETS} == {"Set of objects"}


def test_names_that_no_answer_has_are_refused_at_once_however_many_there_are(unwritten: Native) -> None:
    begun = time.monotonic()
    answer = unwritten.ask("payments/list", {"fields_set": [f"name_{number}" for number in range(50_000)]})
    assert (answer.errors, len(answer.text) < 10_000) == ([("fields_set", "INVALID_PARAMETER")], True)
    assert time.monotonic() - begun < QUICK_SECONDS


# --- batches ---


def listing(rows: int) -> dict[str, object]:
    return {"method": "payments/list", "params": {"number_of_results": rows}}


@pytest.fixture
def small_answers(furnished_template: Path, tmp_path: Path) -> Iterator[NativeDoor]:
    """Premises with a few payments, where a batch answers little."""
    with premises.opened(copied(furnished_template, tmp_path / "small.db"), max_batch_answer=20_000) as here:
        door = NativeDoor(here)
        for _ in range(5):
            Qbench(here).create(EUROS, Decimal(5))
        yield door


def test_a_batch_answers_so_many_bytes_and_refuses_the_calls_after_them(small_answers: NativeDoor) -> None:
    reply = small_answers.call("batch", calls=[listing(1000)] * 100)
    codes = [each["status"]["code"] for each in reply.body["data"]]
    assert codes == sorted(codes) and set(codes) == {"OK", "REQUEST_TOO_LARGE"}
    assert len(reply.text) < 20_000 + 15_000 + 100 * 400
    assert "20000 bytes already" in reply.body["data"][-1]["status"]["message"]


def test_an_atomic_batch_that_answers_too_much_does_nothing(small_answers: NativeDoor) -> None:
    before = len(small_answers.premises.payments())
    made = {
        "accounts_receivable_identifier": {"name": EUROS},
        "type_identifier": {"name": "Payment"},
        "payment_method_identifier": {"name": "Cash"},
        "payment_amount": 10,
        "life_cycle_state": "POSTED",
    }
    calls = [{"method": "payments/create", "params": made}, *[listing(1000)] * 20]
    reply = small_answers.call("batch", calls=calls, atomic=True)
    assert (reply.status, reply.body["status"]["code"]) == (413, "REQUEST_TOO_LARGE")
    assert len(small_answers.premises.payments()) == before


# --- statements ---


def test_a_statement_has_so_many_bookings(open_doors: Premises, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "MOST_ENTRIES", 3)
    door = NativeDoor(open_doors)
    for _ in range(3):
        Qbench(open_doors).create(EUROS, Decimal(5))
    account: dict[str, Any] = {"accounts_receivable_identifier": {"name": EUROS}}
    assert len(door.call("accounts_receivable/statement", **account).body["data"]["entries"]) == 3
    Qbench(open_doors).create(EUROS, Decimal(5))
    reply = door.call("accounts_receivable/statement", **account)
    assert (reply.status, "more than 3 bookings" in reply.text) == (422, True)
    assert door.call("accounts_receivable/statement", **account, from_date="2030-01-01").body["data"]["opening_balance"] == -20


# --- queries and headers ---


@pytest.mark.parametrize("kind", DOORS, ids=lambda kind: kind.word)
def test_a_query_has_so_many_parameters(looked_at: Premises, kind: type[Door]) -> None:
    door, more = kind(looked_at), f"more than {MOST_PARAMETERS} parameters"
    for count, is_too_much in ((MOST_PARAMETERS, False), (MOST_PARAMETERS + 1, True)):
        query = "&".join(f"p{number}=1" for number in range(count))
        reply = timed(partial(door.send, "GET", f"{LISTS[kind]}?{query}"))
        assert (more in reply.text) == is_too_much
        assert reply.status == 400 or not is_too_much


@pytest.mark.parametrize("kind", DOORS, ids=lambda kind: kind.word)
def test_a_query_has_so_many_bytes(looked_at: Premises, kind: type[Door], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arguments, "QUERY_LIMIT", 500)
    for length, is_too_much in ((500, False), (501, True)):
        reply = kind(looked_at).send("GET", f"{LISTS[kind]}?p={'x' * (length - 2)}")
        assert (reply.status == 413 and "longer than 500 bytes" in reply.text) == is_too_much


def test_parameters_that_are_misplaced_are_named_up_to_a_limit(unwritten: Native) -> None:
    query = "&".join(f"p{number}=1" for number in range(MOST_PARAMETERS))
    answer = unwritten.client.post(f"/payments/show?{query}", json={"token": unwritten.tokens["admin"]})
    named = [error["parameter"] for error in answer.json()["status"]["errors"]]
    assert [name for name in named if name.startswith("p") and name[1:].isdigit()] == [
        f"p{number}" for number in range(MOST_FAULTS)
    ]


@pytest.mark.parametrize("path", ["/api/payments/", "/api/v2/payments", "/qbench/api/v1/payment", "/postman/environment.json"])
def test_a_host_has_so_many_characters_for_links_repeat_it(looked_at: Premises, path: str) -> None:
    token = {"X-Auth-Token": looked_at.tokens["clerk"], "X-Organization-Id": str(looked_at.organisation().pk)}
    for host, status in (("h" * HOST_LIMIT, 200), ("h" * (HOST_LIMIT + 1), 400), ("h" * 60_000, 400)):
        answer = looked_at.client.get(path, headers={**token, "Host": host})
        assert (answer.status_code, len(answer.content) < 20_000) == (status, True)


# --- QBench's door ---


def test_members_that_nobody_knows_are_looked_at_up_to_a_limit(looked_at: Premises) -> None:
    door = Qbench(looked_at)
    for count in (5_000, 60_000):
        members = {f"member_{number}": 1 for number in range(count)}
        reply = timed(partial(door.send, "POST", "/qbench/api/v1/payment", members))
        assert (reply.status, len(reply.text) < 3_000) == (400, True)


# --- texts that are looked for, and orders ---


@pytest.mark.parametrize("name", ["name", "query"])
def test_a_text_to_look_for_at_waldurs_door_has_so_many_characters(looked_at: Premises, name: str) -> None:
    door = Waldur(looked_at)
    assert door.send("GET", f"/api/customers/?{name}={'%' * 85}").ok
    reply = door.send("GET", f"/api/customers/?{name}={'x' * 6_000}")
    assert (reply.status, reply.body) == (400, {name: ["Ensure this value has at most 255 characters (it has 6000)."]})


@pytest.mark.parametrize("name", ["query", "number][contains", "external_id][not_contain", "number"])
def test_a_text_to_look_for_at_productives_door_has_so_many_characters(looked_at: Premises, name: str) -> None:
    door = Productive(looked_at)
    assert door.send("GET", f"/api/v2/payments?filter[{name}]={'x' * 255}").ok
    reply = door.send("GET", f"/api/v2/payments?filter[{name}]={'x' * 6_000}")
    assert (reply.status, reply.body["errors"][0]["code"]) == (400, "invalid_filter_value")


def test_an_order_of_thousands_of_words_is_an_order_of_few(looked_at: Premises) -> None:
    def many(words: str) -> str:
        return words * ((QUERY_LIMIT - 100) // len(words))

    for path, words in (("customers", "name,-created,"), ("invoices", "created,-due_date,"), ("payment-profiles", "name,")):
        assert timed(partial(Waldur(looked_at).send, "GET", f"/api/{path}/?o={many(words)}")).ok
    assert Productive(looked_at).send("GET", f"/api/v2/payments?sort={many('amount,')}amount").ok


# --- logins ---


@pytest.mark.parametrize("member", ["username", "password"])
def test_what_one_logs_in_with_at_waldurs_door_has_so_many_characters(looked_at: Premises, member: str) -> None:
    login = {"username": "clerk", "password": "wrong", member: "x" * 256}
    answer = looked_at.client.post("/api-auth/password/", json=login)
    assert (answer.status_code, answer.json()) == (400, {member: ["Ensure this field has no more than 255 characters."]})


# --- nesting ---


@pytest.mark.parametrize("kind", DOORS, ids=lambda kind: kind.word)
def test_a_body_is_nested_so_deep_at_every_door(looked_at: Premises, kind: type[Door]) -> None:
    door = kind(looked_at)
    path = {NativeDoor: "/payments/create", Waldur: "/api/payment-profiles/"}.get(kind, LISTS[kind])
    for levels in (1_000, 100_000):
        body = b'{"attributes": ' + b"[" * levels + b"]" * levels + b"}"
        headers = {**door.token(looked_at.tokens["clerk"]), "Content-Type": door.media}
        answer = looked_at.client.post(path, content=body, headers=headers)
        assert answer.status_code == 400, answer.text
        assert orjson.loads(answer.content)


# --- documents for everybody ---


def test_documents_are_made_once_however_often_they_are_asked_for(looked_at: Premises, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Counter[str]()
    monkeypatch.setattr("rpcserver.openapi.document", lambda: made.update(["openapi"]))
    monkeypatch.setattr("rpcserver.postman.collection", lambda: made.update(["postman"]))
    kept = (documents._openapi, documents._collection)
    for document in kept:
        document.cache_clear()
    for path in ("/openapi.json", "/postman/collection.json") * 3:
        assert looked_at.client.get(path).content == b"null"
    for document in kept:
        document.cache_clear()
    assert made == {"openapi": 1, "postman": 1}

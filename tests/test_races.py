"""Many callers at the same moment, over HTTP: a server of one process, and one of two that share the book."""

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier
from typing import Any, TypeVar

import pytest
import requests

from tests.live import Live, serving

T = TypeVar("T")

THREADS = 16
INVOICES = 50
DRAFTS = 30
REPEATS = 5
ROUNDS = 20
PATIENCE_SECONDS = 60
TERMS = {
    "accounts_receivable_identifier": {"number": "1"},
    "type_identifier": {"name": "Payment"},
    "payment_method_identifier": {"name": "Bank Transfer"},
}


@dataclass(frozen=True)
class Reply:
    """What one of many callers got, and for what."""

    subject: str
    status: int
    code: str
    data: Any
    replayed: bool
    body: bytes


@dataclass(frozen=True)
class Caller:
    """Calls over a connection of its own."""

    live: Live
    session: requests.Session

    def call(self, method: str, body: dict[str, Any], key: str | None = None, subject: str = "") -> Reply:
        headers = {"X-Auth-Token": self.live.demo["keys"]["clerk"]} | ({"Idempotency-Key": key} if key else {})
        answer = self.session.post(f"{self.live.url}/{method}", json=body, headers=headers, timeout=PATIENCE_SECONDS)
        envelope = answer.json()
        replayed = answer.headers.get("Idempotency-Replayed") == "true"
        return Reply(subject, answer.status_code, envelope["status"]["code"], envelope["data"], replayed, answer.content)


@pytest.fixture(scope="module", params=["1", "2"], ids=["one process", "two processes"])
def live(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with serving(tmp_path_factory.mktemp("races"), WORKERS=request.param) as started:
        yield started


@pytest.fixture
def caller(live: Live) -> Iterator[Caller]:
    with requests.Session() as session:
        yield Caller(live, session)


def at_once(live: Live, work: Callable[[Caller, int], Sequence[T]]) -> list[T]:
    """What 16 threads, which begin at the same moment, each make of the work."""
    ready = Barrier(THREADS)

    def one(number: int, mine: Caller) -> Sequence[T]:
        ready.wait(PATIENCE_SECONDS)
        return work(mine, number)

    with ThreadPoolExecutor(THREADS) as pool, ExitStack() as closing:
        callers = connected(live, pool, closing)
        return [made for thread in pool.map(one, range(THREADS), callers) for made in thread]


def connected(live: Live, pool: ThreadPoolExecutor, closing: ExitStack) -> list[Caller]:
    """Callers with open connections, to each process of the server: otherwise two processes would be tested in name only."""
    before = open_sockets(live.process.pid)
    for _ in range(ROUNDS):
        callers = [Caller(live, closing.enter_context(requests.Session())) for _ in range(THREADS)]
        assert {reply.code for reply in pool.map(lambda caller: caller.call("whoami", {}), callers)} == {"OK"}
        now = open_sockets(live.process.pid)
        reached = [pid for pid, count in before.items() if now[pid] >= count + 2]
        if len(reached) == int(live.settings["WORKERS"]):
            return callers
    raise AssertionError("the callers reach one process alone")


def open_sockets(pid: int) -> dict[int, int]:
    """How many sockets a process, or else each of its children, has open."""
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    links = {each: [os.path.realpath(link) for link in Path(f"/proc/{each}/fd").iterdir()] for each in children or [pid]}
    return {each: sum("socket:" in link for link in found) for each, found in links.items()}


def shuffled(subjects: Sequence[T], seed: int) -> list[T]:
    """The same things in another order for each thread."""
    return random.Random(seed).sample(subjects, len(subjects))


def many(caller: Caller, method: str, params: dict[str, Any], count: int) -> list[str]:
    """The ids of that many records, made in one batch."""
    reply = caller.call("batch", {"calls": [{"method": method, "params": params}] * count, "atomic": True})
    assert reply.code == "OK"
    return [envelope["data"]["id"] for envelope in reply.data]


def payments(caller: Caller, **filters: Any) -> list[dict[str, Any]]:
    fields = "id,number,reference_number,life_cycle_state,payment_amount,unallocated_amount"
    rows = caller.call("payments/list", {"fields_set": fields, **filters}).data
    assert isinstance(rows, list)
    return rows


def check_the_book(live: Live, caller: Caller) -> None:
    """Numbers without gap or repeat, and a book that holds."""
    rows = payments(caller)
    references = sorted(int(row["reference_number"]) for row in rows)
    numbers = sorted(int(row["number"]) for row in rows if row["number"] is not None)
    assert references == list(range(1, len(rows) + 1))
    assert numbers == list(range(1, len(numbers) + 1))
    assert live.discrepancies() == []


def test_16_threads_pay_50_invoices_once_each(live: Live, caller: Caller) -> None:
    account = {"accounts_receivable_identifier": {"number": "1"}}
    invoice = {
        **account,
        "type_identifier": {"name": "Invoice 1"},
        "life_cycle_state": "POSTED",
        "items": [{"description": "Work", "quantity": 1, "sub_total": 99.99}],
    }
    invoices = many(caller, "invoices/create", invoice, INVOICES)
    before = {row["id"] for row in payments(caller)}

    def pay(mine: Caller, number: int) -> list[Reply]:
        return [
            mine.call("payments/pay_invoice", {**TERMS, "invoice_identifier": {"id": invoice}}, subject=invoice)
            for invoice in shuffled(invoices, number)
        ]

    replies = at_once(live, pay)
    assert Counter((reply.status, reply.code) for reply in replies) == {
        (200, "OK"): INVOICES,
        (409, "ALREADY_SETTLED"): INVOICES * (THREADS - 1),
    }
    paid = [reply for reply in replies if reply.code == "OK"]
    assert sorted(reply.subject for reply in paid) == sorted(invoices)
    made = [row for row in payments(caller) if row["id"] not in before]
    assert {row["id"] for row in made} == {reply.data["id"] for reply in paid}
    assert {(row["life_cycle_state"], row["payment_amount"], row["unallocated_amount"]) for row in made} == {("POSTED", 99.99, 0)}
    check_the_book(live, caller)


def test_a_bill_and_its_invoices_paid_at_the_same_moment_are_paid_once(live: Live, caller: Caller) -> None:
    invoice = {
        "accounts_receivable_identifier": {"number": "1"},
        "type_identifier": {"name": "Invoice 1"},
        "life_cycle_state": "POSTED",
        "items": [{"description": "Work", "quantity": 1, "sub_total": 10}],
    }
    invoices = many(caller, "invoices/create", invoice, THREADS)
    named = [{"invoice_identifier": {"id": each}} for each in invoices]
    made = caller.call("bills/create", {"accounts_receivable_identifier": {"number": "1"}, "invoices_set": named})
    bill = {"bill_identifier": {"id": made.data["id"]}}

    def pay(mine: Caller, number: int) -> list[Reply]:
        if number % 2:
            return [mine.call("payments/pay_bill", {**TERMS, **bill})]
        return [
            mine.call("payments/pay_invoice", {**TERMS, "invoice_identifier": {"id": invoice}})
            for invoice in shuffled(invoices, number)
        ]

    replies = at_once(live, pay)
    assert {(reply.status, reply.code) for reply in replies} == {(200, "OK"), (409, "ALREADY_SETTLED")}
    assert sum(reply.data["payment_amount"] for reply in replies if reply.code == "OK") == 10 * THREADS
    shown = caller.call("bills/show", {**bill, "fields_set": "status,unsettled_amount"})
    assert shown.data == {"status": "SETTLED", "unsettled_amount": 0}
    check_the_book(live, caller)


def test_one_idempotency_key_from_16_threads_has_one_effect_and_one_answer(live: Live, caller: Caller) -> None:
    body = {**TERMS, "life_cycle_state": "POSTED", "payment_amount": "12.34"}
    before = len(payments(caller, payment_amount="12.34"))

    def create(mine: Caller, number: int) -> list[Reply]:
        return [mine.call("payments/create", body, key="statement-7-line-3") for _ in range(REPEATS)]

    replies = at_once(live, create)
    assert {(reply.status, reply.body) for reply in replies} == {(200, replies[0].body)}
    assert Counter(reply.replayed for reply in replies) == {False: 1, True: THREADS * REPEATS - 1}
    (made,) = payments(caller, payment_amount="12.34")
    assert (before, made["id"]) == (0, replies[0].data["id"])
    check_the_book(live, caller)


def test_a_draft_is_posted_or_rejected_by_whoever_comes_first(live: Live, caller: Caller) -> None:
    drafts = many(caller, "payments/create", {**TERMS, "life_cycle_state": "DRAFT", "payment_amount": 5}, DRAFTS)

    def move(mine: Caller, number: int) -> list[Reply]:
        method = "payments/post" if number % 2 else "payments/reject"
        return [mine.call(method, {"payment_identifier": {"id": draft}}, subject=draft) for draft in shuffled(drafts, number)]

    replies = at_once(live, move)
    assert Counter((reply.status, reply.code) for reply in replies) == {
        (200, "OK"): DRAFTS,
        (409, "INVALID_LIFE_CYCLE_STATE"): DRAFTS * (THREADS - 1),
    }
    moved = {reply.subject: reply.data["life_cycle_state"] for reply in replies if reply.code == "OK"}
    now = {row["id"]: row["life_cycle_state"] for row in payments(caller) if row["id"] in drafts}
    assert moved == now
    assert set(now.values()) == {"POSTED", "REJECTED"}
    check_the_book(live, caller)

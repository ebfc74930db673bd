"""Threads and the database: hashing waits in a line of its own, and a book that cannot take a call says so."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import NoReturn

import pytest
from starlette.testclient import TestClient

from ledger import configuration
from ledger.book import Book
from ledger.entry import Answer, Call, Entry
from ledger.errors import MalformedRequest, Refusal, ServiceUnavailable
from ledger.storage.models import PaymentMethod
from ledger.writing import Job
from rpcserver import bodies
from rpcserver.app import create_app, open_book
from rpcserver.house import HEAVY_AT_ONCE, House
from tests.batches import of_several
from tests.books import held
from tests.hostile.wire import eventually
from tests.rpcserver import probes, world
from tests.rpcserver.asking import made, payment
from tests.rpcserver.world import World

TokenOf = Callable[[str], str]
WAITING = 8
PATIENCE_SECONDS = 10


@pytest.mark.sqlite
def test_logins_under_way_leave_the_threads_to_the_other_calls(
    here: World, book: Book, token: TokenOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, hashing = Event(), []

    def hash_slowly(book: object, call: object, params: object) -> None:
        hashing.append(call)
        go_on.wait(20)

    slow = probes.method(lambda entry, params, prepared: {"id": "1", "name": "x"}, writes=True, prepare=hash_slowly)
    probes.put(monkeypatch, "probe/hashing", slow)
    settings, clerk = world.settings_for(here.path, hashing_at_once=2, threads=4), token("clerk")
    with TestClient(create_app(settings, book)) as client, ThreadPoolExecutor(WAITING + 1) as pool:
        waiting = [pool.submit(client.post, "/probe/hashing", json={"token": clerk}) for _ in range(WAITING)]
        try:
            for _ in range(5):
                in_a_thread = pool.submit(client.post, "/payments/list", json={"token": clerk})
                assert in_a_thread.result(PATIENCE_SECONDS).status_code == 200
            assert len(hashing) == 2
        finally:
            go_on.set()
        assert [call.result().status_code for call in waiting] == [200] * WAITING


def test_a_batch_takes_its_turn_at_hashing(here: World, book: Book, token: TokenOf, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once, most = [0], [0]

    def hashed(book: object, call: object, params: object) -> None:
        at_once[0] += 1
        most[0] = max(most[0], at_once[0])
        Event().wait(0.02)
        at_once[0] -= 1

    probes.put(monkeypatch, "probe/hashing", probes.method(lambda entry, params, done: {"id": "1"}, writes=True, prepare=hashed))
    settings, clerk = world.settings_for(here.path, hashing_at_once=1), token("clerk")
    body = {"token": clerk, "calls": [{"method": "probe/hashing", "params": {}}] * 5}
    with TestClient(create_app(settings, book)) as client, ThreadPoolExecutor(4) as pool:
        assert {answer.status_code for answer in pool.map(lambda _: client.post("/batch", json=body), range(4))} == {200}
    assert most == [1]


@pytest.mark.one_engine
@pytest.mark.parametrize("path", ["/payments/create", "/qbench/api/v1/payment"])
def test_few_large_bodies_are_read_at_once_however_many_have_come(
    client: TestClient, token: TokenOf, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    begun: list[bytes] = []
    go_on = Event()

    def read(body: bytes) -> NoReturn:
        begun.append(body)
        go_on.wait(PATIENCE_SECONDS)
        raise MalformedRequest("it was read")

    def post(_: int) -> int:
        return int(client.post(path, content=b" " * (bodies.LIGHT + 1), headers=headers).status_code)

    headers = {"X-Auth-Token": token("clerk"), "Content-Type": "application/json"}
    monkeypatch.setattr(bodies, "parsed", read)
    with ThreadPoolExecutor(WAITING) as pool:
        waiting = [pool.submit(post, each) for each in range(WAITING)]
        try:
            assert eventually(lambda: len(begun) == HEAVY_AT_ONCE)
            assert not eventually(lambda: len(begun) > HEAVY_AT_ONCE, 0.3)
        finally:
            go_on.set()
    assert [each.result() for each in waiting] == [400] * WAITING


@pytest.mark.sqlite
def test_a_locked_database_is_503_with_the_seconds_to_wait(here: World, token: TokenOf) -> None:
    settings = world.settings_for(here.path, write_wait=0.2)
    with TestClient(create_app(settings, Book(settings.database_url, wait_seconds=0.2))) as client:
        clerk = token("clerk")
        other = sqlite3.connect(here.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        for prefix in ("", "/crmapi/rest/v2"):
            answer = client.post(f"{prefix}/payments/create", json={"token": clerk, **payment(here)})
            assert (answer.status_code, answer.json()["status"]["code"]) == (503, "SERVICE_UNAVAILABLE")
            assert answer.headers["Retry-After"] == "1"
        assert made(client, clerk) == 0
        other.close()
        assert client.post("/payments/create", json={"token": clerk, **payment(here)}).status_code == 200


@pytest.mark.sqlite
def test_a_right_is_refused_even_when_the_refusal_cannot_be_audited(here: World, token: TokenOf) -> None:
    settings = world.settings_for(here.path)
    with TestClient(create_app(settings, Book(settings.database_url, wait_seconds=0.2))) as client:
        auditor = token("auditor")
        other = sqlite3.connect(here.path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert client.post("/payments/create", json={"token": auditor}).status_code == 403
        other.close()


@pytest.mark.sqlite
def test_more_calls_than_may_wait_are_503_and_the_others_are_done(here: World, token: TokenOf) -> None:
    settings, clerk = world.settings_for(here.path, write_queue=2), token("clerk")
    book = open_book(settings)

    def pay(_: int) -> int:
        answer = client.post("/payments/create", json={"token": clerk, **payment(here)})
        assert (answer.status_code, answer.headers.get("Retry-After")) in ((200, None), (503, "1"))
        return int(answer.status_code)

    with TestClient(create_app(settings, book)) as client, ThreadPoolExecutor(WAITING) as pool:
        with held(book):
            waiting = [pool.submit(pay, each) for each in range(WAITING)]
            while sum(each.done() for each in waiting) < WAITING - 2:
                Event().wait(0.005)
        assert sorted(each.result() for each in waiting) == [200] * 2 + [503] * (WAITING - 2)
        assert made(client, clerk) == 2


# --- a write without a thread that waits for it ---

CALL = Call("test", "test")


@pytest.fixture
def house(book: Book, here: World) -> Iterator[House]:
    yield House(book, world.settings_for(here.path))
    assert book._keyed == {}


def adding(name: str) -> Callable[[Entry], PaymentMethod]:
    return lambda entry: configuration.create_method(entry, name=name)


def named(method: PaymentMethod) -> Answer:
    return Answer(200, {}, method.name.encode())


def methods(book: Book) -> list[str]:
    return book.read(CALL, lambda reading: [row.name for row in reading.rows.find(PaymentMethod, order=("pk",))])


def settled(book: Book) -> list[str]:
    """The methods there are when all that waited is done."""
    book.enter(CALL, lambda entry: None)
    return methods(book)


def failing(error: BaseException) -> Callable[[Entry], PaymentMethod]:
    def operation(entry: Entry) -> PaymentMethod:
        configuration.create_method(entry, name="Never")
        raise error

    return operation


def test_a_write_is_answered_after_its_commit(house: House) -> None:
    async def ask() -> tuple[Answer, list[str]]:
        return await house.write(CALL, adding("Cheque"), named), methods(house.book)

    assert asyncio.run(ask()) == (Answer(200, {}, b"Cheque"), ["Cash", "Cheque"])


@pytest.mark.parametrize("error", [Refusal("no"), ZeroDivisionError(), StopIteration()], ids=lambda error: type(error).__name__)
def test_whatever_leaves_a_write_reaches_its_caller(house: House, error: Exception) -> None:
    expected = RuntimeError if isinstance(error, StopIteration) else type(error)
    with pytest.raises(expected):
        asyncio.run(house.write(CALL, failing(error), named))
    assert settled(house.book) == ["Cash"]


def test_many_writes_wait_without_threads(house: House) -> None:
    async def ask() -> list[Answer]:
        with held(house.book):
            asked = [asyncio.ensure_future(house.write(CALL, adding(f"M{number}"), named)) for number in range(100)]
            await asyncio.sleep(0)
        return await asyncio.gather(*asked)

    assert [answer.body for answer in asyncio.run(ask())] == [b"M%d" % number for number in range(100)]


def test_who_waits_too_long_is_refused_and_never_served(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(house.book, "wait_seconds", 0.02)
    with held(house.book), pytest.raises(ServiceUnavailable, match="the book is busy"):
        asyncio.run(house.write(CALL, adding("Cheque"), named))
    monkeypatch.undo()
    assert settled(house.book) == ["Cash"]


@pytest.mark.sqlite
def test_who_is_gone_is_served_all_the_same(house: House) -> None:
    async def ask() -> None:
        asking = asyncio.ensure_future(house.write(CALL, adding("Cheque"), named))
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    with held(house.book):
        asyncio.run(ask())
    # The event loop that waited for the answer is closed by now.
    assert settled(house.book) == ["Cash", "Cheque"]


@pytest.mark.sqlite
def test_who_is_gone_when_the_wait_runs_out_leaves_no_key_behind(
    house: House, token: TokenOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    clerks = token("clerk")
    actor = house.book.read(CALL, lambda reading: house.tokens.actor(reading, clerks))
    call = Call("test", "test", actor, key="k")
    monkeypatch.setattr(house.book, "wait_seconds", 0.0)

    async def ask() -> None:
        asking = asyncio.ensure_future(house.write(call, adding("Cheque"), named))
        await asyncio.sleep(0)
        # In one turn of the loop the call is cancelled and its time is over.
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    for _ in range(20):
        with held(house.book):
            asyncio.run(ask())
    monkeypatch.undo()
    house.book.enter(CALL, lambda entry: None)


@of_several
@pytest.mark.sqlite
def test_calls_of_one_turn_of_the_loop_share_a_commit(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    committed: list[int] = []
    commit = house.book._commit

    def noted(jobs: list[Job]) -> None:
        committed.append(len(jobs))
        commit(jobs)

    monkeypatch.setattr(house.book._writer, "_commit", noted)

    async def ask() -> None:
        await asyncio.gather(*(house.write(CALL, adding(f"Method {place}"), named) for place in range(7)))

    asyncio.run(ask())
    assert committed == [7]


def test_each_caller_of_a_turn_hears_what_became_of_the_own_call(house: House) -> None:
    async def ask() -> list[object]:
        return await asyncio.gather(
            *(house.write(CALL, operation, named) for operation in (adding("Cheque"), failing(Refusal("no")), adding("Coins"))),
            return_exceptions=True,
        )

    first, second, third = asyncio.run(ask())
    assert isinstance(first, Answer) and isinstance(third, Answer)
    assert isinstance(second, Refusal)

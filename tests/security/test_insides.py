"""What goes wrong inside is for the log: an answer says that it did, and under which id it is to be found, but nothing of where the
database is, of files, of code."""

import logging
import sqlite3
from collections.abc import Callable

import pytest
from peewee import OperationalError

from ledger.storage.transactions import Opened
from rpcserver.house import House
from tests.doors import DOORS, Door, Productive, Qbench, Waldur
from tests.doors import Native as NativeDoor
from tests.premises import Premises

pytestmark = pytest.mark.one_engine

WHERE = 'connection to server at "10.0.0.11", port 5432 failed: FATAL: password authentication failed for user "rpcserver"'
PATHS: dict[type[Door], str] = {
    NativeDoor: "/payments/list",
    Waldur: "/api/payments/",
    Qbench: "/qbench/api/v1/payment",
    Productive: "/api/v2/payments",
}
TOLD = (
    "10.0.0.11",
    "5432",
    "rpcserver\\",
    "FATAL",
    "Traceback",
    "LookupError",
    ".py",
    "shelf",
    "sqlite",
    "peewee",
    "SELECT",
    "/tmp/",
)


class Away(OperationalError):
    """What a database answers that cannot be reached."""

    orig = OSError()


def away(*_: object) -> None:
    raise Away(WHERE)


def turned_away(*_: object) -> None:
    raise OperationalError(WHERE)


def insides(text: str) -> list[str]:
    return [word for word in TOLD if word in text]


@pytest.mark.parametrize("kind", DOORS, ids=lambda kind: kind.word)
def test_a_database_out_of_reach_is_said_without_where_it_is(
    open_doors: Premises, kind: type[Door], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    token = kind(open_doors).token(open_doors.tokens["clerk"])
    with monkeypatch.context() as patch:
        patch.setattr(Opened, "__enter__", away)
        reply = open_doors.client.get(PATHS[kind], headers=token)
        login = open_doors.client.post("/login", json={"username": "clerk", "password": "wrong"})
    assert (reply.status_code, login.status_code) == (503, 503), reply.text
    assert (insides(reply.text), insides(login.text)) == ([], [])
    assert WHERE in caplog.text


@pytest.mark.parametrize("fails", [away, turned_away])
def test_health_says_that_the_database_is_out_of_reach_and_the_log_says_where(
    open_doors: Premises, fails: Callable[..., None], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Opened, "__enter__", fails)
        answer = open_doors.client.get("/health")
    assert (answer.status_code, insides(answer.text)) == (503, [])
    assert WHERE in caplog.text


@pytest.mark.parametrize("kind", DOORS, ids=lambda kind: kind.word)
@pytest.mark.parametrize(
    "error", [LookupError("the shelf is empty"), sqlite3.OperationalError("no such table: SELECT"), RecursionError()]
)
def test_a_fault_of_ours_is_said_without_what_it_was(
    open_doors: Premises, kind: type[Door], error: Exception, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise error

    caplog.set_level(logging.INFO)
    with monkeypatch.context() as patch:
        patch.setattr(House, "quickly", broken)
        patch.setattr(House, "glance", broken)
        patch.setattr(House, "work", broken)
        reply = kind(open_doors).send("GET", PATHS[kind])
    assert (reply.status, insides(reply.text)) == (500, [])
    assert reply.headers["X-Request-Id"] in reply.text
    faults = [record for record in caplog.records if record.name == "rpcserver.fault"]
    assert [record.exc_info[1] for record in faults if record.exc_info] == [error]
    open_doors.faults.seen.clear()

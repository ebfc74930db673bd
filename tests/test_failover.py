"""Two servers over a primary and its standby: what was acknowledged outlives the primary and is there once; nothing is
acknowledged that the standby does not have."""

import json
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import requests
import typer
from typer.testing import CliRunner

from ledger.book import Book
from ledger.errors import ServiceUnavailable
from ledger.queries import number_series
from ledger.verify import CALL
from tests import readme
from tests.crash import report as crash_report
from tests.crash.calls import Call, Told, ask
from tests.crash.jobs import CREATE
from tests.crash.killing import Kill
from tests.failover import report, trio
from tests.failover.__main__ import FAILOVERS, FAILOVERS_OF_THREE, main
from tests.failover.failing import Scene, scene
from tests.failover.pair import BOOK, Pair, removed

pytestmark = [pytest.mark.one_engine, pytest.mark.usefixtures("statements_of_each_engine")]

INVOICES = 100
PATIENCE_SECONDS = 60.0
MOMENT_SECONDS = 0.2
KILL = Kill(workers=2, acknowledged=400, lost=0, twice=0, in_doubt=8, found=3, settled=8, outage=0.4)


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene[Pair]]:
    with removed(Pair()) as made, scene(tmp_path_factory.mktemp("pair"), made, random.Random(), INVOICES) as found:
        yield found


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as made:
        yield made


def a_payment(there: Scene[Pair]) -> Call:
    """A call that makes one."""
    return next(call for call in iter(there.jobs.next, None) if call.kind is CREATE)


def code(told: Told) -> str:
    """How an answer is called."""
    return str(json.loads(told.body)["status"]["code"])


def in_the_book(there: Scene[Pair], call: Call) -> list[int]:
    """How many such payments the primary has, and the standby."""
    nodes = (there.nodes.primary, there.nodes.standby)
    return [node.ask(f"SELECT count(*) FROM payment WHERE amount = {call.subject}")[0][0] for node in nodes]


def acknowledged(there: Scene[Pair], session: requests.Session, call: Call) -> Told:
    """The answer of success, asked for until it comes."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not (told := ask(session, there.urls[0], call)).is_done:
        assert not told.is_known and time.monotonic() < until, told
        time.sleep(MOMENT_SECONDS)
    return told


@pytest.mark.parametrize("frozen", [False, True], ids=["the standby is well", "the standby hangs"])
def test_a_failover_loses_no_acknowledged_call_and_does_none_twice(there: Scene[Pair], frozen: bool) -> None:
    kill = there.failed_over(trouble=there.nodes.standby.frozen() if frozen else None)
    assert (kill.lost, kill.twice, kill.wrong) == (0, 0, ())
    assert kill.acknowledged > 0
    assert kill.settled == kill.in_doubt > 0


# --- while the standby hangs ---


def test_a_commit_waits_for_a_standby_that_hangs_no_longer_than_the_server_is_told_to(
    there: Scene[Pair], session: requests.Session
) -> None:
    call = a_payment(there)
    with there.nodes.standby.frozen():
        first = ask(session, there.urls[0], call)
        second = ask(session, there.urls[1], call)
        # Nobody sees it who could take it for done.
        assert there.nodes.primary.ask(f"SELECT * FROM payment WHERE amount = {call.subject}") == []
    assert [code(told) for told in (first, second)] == ["OUTCOME_UNKNOWN", "IDEMPOTENCY_IN_PROGRESS"]
    assert acknowledged(there, session, call).replayed
    assert in_the_book(there, call) == [1, 1]


@pytest.mark.parametrize("function", ["pg_cancel_backend", "pg_terminate_backend"])
def test_a_wait_that_an_operator_ends_is_no_answer_and_nor_is_the_same_call_before_the_standby_has_it(
    there: Scene[Pair], session: requests.Session, function: str
) -> None:
    call = a_payment(there)
    with there.nodes.standby.frozen():
        with ThreadPoolExecutor(1) as pool:
            asked = pool.submit(ask, session, there.urls[0], call)
            there.nodes.end_a_wait(function)
            told = asked.result(PATIENCE_SECONDS)
        assert code(told) == "OUTCOME_UNKNOWN"
        # It is in the primary's book now, with its answer: reading that is not enough.
        assert there.nodes.primary.ask(f"SELECT count(*) FROM payment WHERE amount = {call.subject}") == [(1,)]
        again = [ask(session, url, call) for url in there.urls]
        assert [code(told) for told in again] == ["OUTCOME_UNKNOWN", "IDEMPOTENCY_IN_PROGRESS"]
    assert acknowledged(there, session, call).replayed
    assert in_the_book(there, call) == [1, 1]


# --- who is asked ---


def test_nothing_is_read_from_a_standby(there: Scene[Pair], caplog: pytest.LogCaptureFixture) -> None:
    standby = there.nodes.standby
    alone = f"postgresql://postgres@/{BOOK}?host={standby.folder}&port={standby.port}"
    with closing(Book(alone)) as book, pytest.raises(ServiceUnavailable):
        book.read(CALL, number_series)
    assert "read-only" in caplog.text
    with pytest.raises(ValueError, match="target_session_attrs"):
        Book(f"{alone}&target_session_attrs=any")


def test_without_a_primary_no_server_decides_anything_and_with_one_again_they_do(
    there: Scene[Pair], session: requests.Session
) -> None:
    call = a_payment(there)
    there.nodes.primary.kill()
    said = [ask(session, url, call) for url in there.urls]
    assert {code(told) for told in said} == {"SERVICE_UNAVAILABLE"}
    health = [session.get(f"{url}/health", timeout=PATIENCE_SECONDS).status_code for url in there.urls]
    assert health == [503, 503]
    there.nodes.fail_over()
    assert not acknowledged(there, session, call).replayed
    there.nodes.rejoin()


# --- the pair itself ---


@pytest.fixture
def pair() -> Iterator[Pair]:
    with removed(Pair()) as made:
        made.primary.ask("CREATE TABLE done (place int)")
        yield made


def test_a_primary_that_does_not_wait_loses_what_it_has_confirmed_and_one_that_waits_confirms_nothing(pair: Pair) -> None:
    pair.primary.ask("INSERT INTO done VALUES (1)")
    pair.standby.kill()
    pair.primary.ask("SET synchronous_commit = local; INSERT INTO done VALUES (2)")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(pair.primary.ask, "INSERT INTO done VALUES (3)")
        pair.waits()
        pair.primary.kill()
        with pytest.raises(psycopg.OperationalError):
            waiting.result(PATIENCE_SECONDS)
    pair.standby.start()
    pair.fail_over()
    assert pair.primary.ask("SELECT place FROM done") == [(1,)]


def test_a_primary_that_was_replaced_and_does_not_know_it_confirms_nothing(pair: Pair) -> None:
    pair.standby.promote()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(pair.primary.ask, "INSERT INTO done VALUES (1)")
        pair.waits()
        assert pair.standby.ask("SELECT place FROM done") == []
        pair.primary.kill()
        with pytest.raises(psycopg.OperationalError):
            waiting.result(PATIENCE_SECONDS)


# --- three nodes ---


@pytest.mark.parametrize("language", ["ini", "yaml"])
def test_the_configuration_in_the_readme_is_said_of_each_node(language: str, tmp_path: Path) -> None:
    first = trio.recommended(language)
    assert trio.said_of(first, "one", f"{trio.HERE}11", tmp_path).count(f"{trio.HERE}11") == first.count(f"{trio.HERE}11")
    second = trio.said_of(first, "two", f"{trio.HERE}12", tmp_path).splitlines()
    of_all = [line for line in second if f"{trio.HERE}13" in line]
    own = [line for line in second if f"{trio.HERE}12" in line and line not in of_all]
    assert (len(of_all), len(own) >= 4) == (1, True)
    assert all(f"{trio.HERE}11" not in line for line in second if line not in of_all)
    assert "/var/" not in "\n".join(second)


def test_three_nodes_wait_for_one_another_strictly() -> None:
    said = trio.recommended("yaml")
    for wanted in ("synchronous_mode: true", "synchronous_mode_strict: true", "synchronous_commit: remote_apply"):
        assert f" {wanted}\n" in said


def test_without_its_packages_the_command_says_which_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trio, "missing", lambda: ["patroni"])
    command = typer.Typer()
    command.command()(main)
    done = CliRunner().invoke(command, ["--patroni"])
    assert done.exit_code == 1
    assert done.stderr.startswith("not installed here: patroni; on Debian: apt-get install ")


# --- the figures ---


@pytest.mark.parametrize(
    ("file", "failovers", "lines"),
    [(report.FILE, FAILOVERS, report.failover), (report.FILE_OF_THREE, FAILOVERS_OF_THREE, report.ha)],
    ids=["a pair", "three nodes"],
)
def test_the_readme_tells_of_failovers_that_lost_nothing_and_did_nothing_twice(
    file: Path, failovers: int, lines: Callable[[], Iterator[str]]
) -> None:
    run = crash_report.read(file)
    assert run is not None
    assert len(run.kills) >= failovers
    assert [kill for kill in run.kills if not kill.holds] == []
    assert sum(kill.lost + kill.twice for kill in run.kills) == 0
    assert all(line in readme.README.read_text() for line in lines())


def test_failovers_are_counted_together_by_how_the_standby_was() -> None:
    assert list(report.rows(report.OF_A_PAIR, [KILL, replace(KILL, acknowledged=7), KILL])) == [
        ("the primary", "2", "800", "0", "0", "16", "6", "16", "0.4 to 0.4"),
        ("the primary, while the standby hung", "1", "7", "0", "0", "8", "3", "8", "0.4 to 0.4"),
    ]

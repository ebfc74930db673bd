"""A server that is killed loses nothing that it has acknowledged and does nothing twice; and who looks for that finds it."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import requests

from tests import live, readme
from tests.crash import report
from tests.crash.__main__ import KILLS
from tests.crash.calls import Call, Kind, Register, Told
from tests.crash.checking import Verdict, checked
from tests.crash.jobs import CANCEL, CREATE, CREATING, KINDS, PAY, Jobs
from tests.crash.killing import Kill, Victim
from tests.crash.load import settle, tried
from tests.crash.report import Run
from tests.live import Live

pytestmark = pytest.mark.sqlite

ACCOUNTS, INVOICES = 3, 300
NEXT = 100
PATIENCE_SECONDS = 30.0
KILL = Kill(workers=1, acknowledged=400, lost=0, twice=0, in_doubt=8, found=3, settled=8, outage=1.4)


def test_a_kill_loses_no_acknowledged_call_and_does_none_twice(tmp_path: Path) -> None:
    kill = Victim(tmp_path, random.Random(), invoices=INVOICES).killed()
    assert (kill.lost, kill.twice, kill.wrong) == (0, 0, ())
    assert kill.acknowledged > 0
    assert kill.settled == kill.in_doubt > 0


def test_a_server_that_answers_before_it_commits_is_found_out(tmp_path: Path) -> None:
    kill = Victim(tmp_path, random.Random(), module="tests.crash.hasty", invoices=INVOICES).killed()
    assert kill.lost > 0
    assert not kill.holds


def test_a_server_that_writes_its_outbox_after_the_commit_is_found_out(tmp_path: Path) -> None:
    victim = Victim(tmp_path, random.Random(), module="tests.crash.late", invoices=INVOICES)
    kill = victim.killed()
    assert (kill.lost, kill.twice) == (0, 0)
    assert [each for each in kill.wrong if "events begin with []" in each] != []
    assert [each for each in kill.wrong if not each.startswith("discrepancy: ")] == []
    assert not kill.holds


# --- looking for what is wrong ---


@dataclass
class Office:
    """One caller at a server that runs, and what this caller was told."""

    server: Live
    jobs: Jobs
    session: requests.Session
    register: Register = field(default_factory=Register)

    def next(self, kind: Kind) -> Call:
        """A new call of this kind."""
        while True:
            call = self.jobs.next()
            if call.kind is kind:
                return call
            self.send(call, Register())

    def send(self, call: Call, register: Register | None = None) -> Told:
        """Have a call answered."""
        told = tried(self.session, self.server.url, call, register or self.register)
        assert told is not None and told.is_done, told
        self.jobs.follow(call, told)
        return told

    def verdict(self) -> Verdict:
        return checked(self.server.settings["DATABASE_URL"], self.register)


@pytest.fixture(scope="module")
def jobs_of_a_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Live, Jobs]]:
    counts = {"accounts": ACCOUNTS, "invoices": INVOICES}
    folder = tmp_path_factory.mktemp("office")
    settings = live.settings_in(folder)
    made = live.demo(folder, settings, *(f"--{name}={count}" for name, count in counts.items()))
    with live.served(folder, settings, made) as server:
        yield server, Jobs(made, ACCOUNTS, random.Random(1))


@pytest.fixture
def office(jobs_of_a_server: tuple[Live, Jobs]) -> Iterator[Office]:
    with requests.Session() as session:
        yield Office(*jobs_of_a_server, session)


@pytest.fixture(params=KINDS, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


def test_what_was_answered_is_in_the_book_once(office: Office, kind: Kind) -> None:
    office.send(office.next(kind))
    assert office.verdict() == Verdict()


def test_what_was_acknowledged_and_is_not_in_the_book_is_lost(office: Office, kind: Kind) -> None:
    call = office.next(kind)
    told = office.send(office.next(kind), Register())
    office.register.note(call, told)
    assert office.verdict() == Verdict(lost=[str(call)])


@pytest.mark.parametrize("kind", CREATING, ids=lambda kind: kind.name)
def test_what_was_done_under_two_keys_is_there_twice(office: Office, kind: Kind) -> None:
    call = office.next(kind)
    office.send(call)
    office.send(replace(call, key=f"not {call.key}"), Register())
    assert office.verdict() == Verdict(twice=[str(call)])


def test_what_was_answered_otherwise_than_the_book_keeps_it_is_changed(office: Office, kind: Kind) -> None:
    call = office.next(kind)
    told = office.send(call, Register())
    office.register.note(call, replace(told, body=told.body + b" "))
    assert office.verdict() == Verdict(changed=[str(call)])


def test_what_is_there_without_its_key_is_torn(office: Office, kind: Kind) -> None:
    call = office.next(kind)
    office.send(replace(call, key=f"not {call.key}"), Register())
    office.register.doubt(call)
    assert office.verdict() == Verdict(torn=[str(call)])


def test_what_no_answer_came_to_is_settled_by_its_key_whether_it_was_done_or_not(office: Office, kind: Kind) -> None:
    done, not_done = office.next(kind), office.next(kind)
    office.send(done, Register())
    for call in (done, not_done):
        office.register.doubt(call)
    assert office.verdict() == Verdict(found=1)
    assert settle(office.server.url, office.jobs, office.register, PATIENCE_SECONDS) == []
    assert (office.register.doubted, len(office.register.settled), office.register.in_doubt) == (2, 2, [])
    assert office.verdict() == Verdict()


def test_what_is_told_again_is_there_for_others_once(office: Office) -> None:
    jobs = Jobs(office.server.demo, ACCOUNTS, random.Random(2))
    paid = next(call for call in iter(jobs.next, None) if call.kind is PAY)
    for replayed in (False, True):
        jobs.follow(paid, Told(200, b'{"data": {"id": "the payment"}}', replayed))
    cancelled = [call.subject for call in (jobs.next() for _ in range(NEXT)) if call.kind is CANCEL]
    assert cancelled == ["the payment"]


def test_what_cannot_be_settled_is_an_error(office: Office) -> None:
    office.register.doubt(office.next(CREATE))
    with pytest.raises(TimeoutError, match="1 calls are in doubt"):
        settle(f"http://127.0.0.1:{live.free_port()}", office.jobs, office.register, 0.1)


def test_what_was_refused_is_told(office: Office) -> None:
    call = replace(office.next(CREATE), body=b"{}")
    tried(office.session, office.server.url, call, office.register)
    assert [refusal.partition(": ")[0] for refusal in office.register.refusals] == [str(call)]


# --- the figures ---


def test_the_readme_tells_of_fifty_kills_that_lost_nothing_and_did_nothing_twice() -> None:
    run = report.read()
    assert run is not None
    assert len(run.kills) >= KILLS
    assert {kill.workers for kill in run.kills} == {1, 2}
    assert [kill for kill in run.kills if not kill.holds] == []
    assert all(line in readme.README.read_text() for line in report.crash())


def test_figures_are_read_as_they_were_written(tmp_path: Path) -> None:
    run = Run("a machine", "2026-01-01", "3.11.0", [KILL, replace(KILL, workers=2, wrong=("torn: a payment",))])
    report.write(run, tmp_path / "figures.json")
    assert report.read(tmp_path / "figures.json") == run
    assert not run.holds


def test_without_a_run_there_is_nothing_to_tell(tmp_path: Path) -> None:
    assert list(report.crash(tmp_path / "figures.json")) == []


@pytest.mark.parametrize("fault", [{"lost": 1}, {"twice": 1}, {"settled": 7}, {"wrong": ("a discrepancy",)}], ids=str)
def test_whatever_is_wrong_with_one_kill_is_wrong_with_the_run(fault: dict[str, Any]) -> None:
    assert KILL.holds
    assert not Run("a machine", "2026-01-01", "3.11.0", [KILL, replace(KILL, **fault)]).holds


def test_kills_are_counted_together_for_each_number_of_processes() -> None:
    kills = [KILL, replace(KILL, outage=2.04, lost=1), replace(KILL, workers=2)]
    assert list(report.rows(kills)) == [
        ("one process", "2", "800", "1", "0", "16", "6", "16", "1.4 to 2.0"),
        ("two processes", "1", "400", "0", "0", "8", "3", "8", "1.4 to 1.4"),
    ]

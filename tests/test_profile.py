"""In which rooms of the house a call spends its time: samples are counted for whoever asked for the work."""

import json
import os
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.benchmarks import profile
from tests.benchmarks.jobs import PAY_INVOICE, SHOW
from tests.benchmarks.profile import CONNECTION, JOBS, ROOMS, Profile, room_of, shares_of
from tests.benchmarks.servers import Size
from tests.live import ROOT

pytestmark = pytest.mark.one_engine

OUTERMOST = f"<module> ({ROOT}/rpcserver/__main__.py:60);run (/lib/uvicorn/main.py:1)"
DISPATCH = f"reply ({ROOT}/rpcserver/dispatch.py:53)"
FIND = f"find ({ROOT}/ledger/storage/rows.py:89)"
LIBRARY = "execute (/lib/python3.11/sqlite3/dbapi2.py:5)"
NAMES = [name for name, _ in ROOMS]
DOOR, STATEMENTS = "the door: head, body, token, dispatch", "statements, and SQLite in them"
SCOPE = Path("/proc/sys/kernel/yama/ptrace_scope")


@pytest.mark.parametrize(
    ("frames", "room"),
    [
        ((), CONNECTION),
        ((DISPATCH,), DOOR),
        ((DISPATCH, FIND), STATEMENTS),
        ((DISPATCH, FIND, LIBRARY), STATEMENTS),
        ((DISPATCH, f"write ({ROOT}/rpcserver/log.py:137)"), "the log line and metrics"),
        ((f"_work ({ROOT}/ledger/writing.py:9)", f"enter ({ROOT}/ledger/payments.py:1)"), "rules, journal, audit and events"),
        ((f"_work ({ROOT}/ledger/writing.py:9)", f"run ({ROOT}/ledger/storage/transactions.py:1)"), "queue, savepoints, commit"),
    ],
)
def test_work_is_of_the_room_that_asked_for_it(frames: tuple[str, ...], room: str) -> None:
    assert room_of(";".join((OUTERMOST, *frames))) == room
    assert room in NAMES


def test_shares_are_of_all_samples() -> None:
    found = shares_of([f"{OUTERMOST};{DISPATCH} 3", f"{OUTERMOST};{DISPATCH};{FIND} 5", f"{OUTERMOST} 2"])
    assert found == {**dict.fromkeys(NAMES, 0.0), NAMES[0]: 0.2, NAMES[3]: 0.3, NAMES[6]: 0.5}


def test_every_file_that_a_room_is_made_of_is_there() -> None:
    assert [path for _, paths in ROOMS for path in paths if not (ROOT / path).exists()] == []


def test_what_is_kept_is_told_in_microseconds(tmp_path: Path) -> None:
    shares = {job: {name: 1 / len(ROOMS) for name in NAMES} for job in JOBS}
    kept = Profile(
        "a machine", "2026-01-01", "3.11.0", {SHOW: 240.0, PAY_INVOICE: 800.0}, {SHOW: 100.4, PAY_INVOICE: 200.0}, shares
    )
    (tmp_path / "profile.json").write_text(json.dumps(asdict(kept)))
    assert profile.read(tmp_path / "profile.json") == kept
    lines = list(profile.told(tmp_path / "profile.json"))
    assert f"| {CONNECTION} | 30 | 100 |" in lines
    assert lines[-2:] == ["| all of it | 240 | 800 |", "| the floor, all of it | 100 | 200 |"]
    assert list(profile.told(tmp_path / "nothing.json")) == []


def test_a_server_under_load_is_looked_into() -> None:
    if os.geteuid() != 0 and SCOPE.exists() and SCOPE.read_text() != "0\n":
        pytest.skip("here only root may look into another process")
    found = profile.profiled(Size(accounts=2, invoices=100, payments=300), 0.3, [SHOW])
    assert sum(found.shares[SHOW].values()) == pytest.approx(1)
    assert min(found.shares[SHOW][name] for name in (CONNECTION, DOOR, STATEMENTS)) > 0
    assert found.ours[SHOW] > found.floor[SHOW] > 0

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

UVICORN = "send (/env/lib/python3.11/site-packages/uvicorn/protocols/http/httptools_impl.py:524)"
OUTERMOST = f"<module> ({ROOT}/rpcserver/__main__.py:60);{UVICORN}"
DISPATCH = f"reply ({ROOT}/rpcserver/dispatch.py:53)"
FIND = f"find ({ROOT}/ledger/storage/rows.py:89)"
LIBRARY = "execute (/lib/python3.11/sqlite3/dbapi2.py:5)"
NAMES = [name for name, _ in ROOMS]
DOOR, STATEMENTS = "the door: head, body, token, dispatch", "making statements, and records of rows"
SCOPE = Path("/proc/sys/kernel/yama/ptrace_scope")


@pytest.mark.parametrize(
    ("frames", "room"),
    [
        ((), CONNECTION),
        ((DISPATCH,), DOOR),
        ((DISPATCH, FIND), STATEMENTS),
        ((DISPATCH, FIND, LIBRARY), STATEMENTS),
        ((DISPATCH, f"write ({ROOT}/rpcserver/log.py:137)"), "the log line and metrics"),
        ((DISPATCH, f"counted ({ROOT}/rpcserver/log.py:103)", UVICORN), CONNECTION),
        ((f"_work ({ROOT}/ledger/writing.py:9)", f"enter ({ROOT}/ledger/payments.py:1)"), "rules, journal, audit and events"),
        ((f"_work ({ROOT}/ledger/writing.py:9)", f"run ({ROOT}/ledger/storage/transactions.py:1)"), "queue, savepoints, commit"),
    ],
)
def test_work_is_of_the_room_that_asked_for_it(frames: tuple[str, ...], room: str) -> None:
    assert room_of(";".join((OUTERMOST, *frames))) == room
    assert room in NAMES


def test_shares_are_of_all_samples() -> None:
    found = shares_of([f"{OUTERMOST};{DISPATCH} 3", f"{OUTERMOST};{DISPATCH};{FIND} 4", f"{OUTERMOST} 2", f"{DISPATCH} 1"])
    assert found == dict.fromkeys(NAMES, 0.0) | {CONNECTION: 0.2, DOOR: 0.4, STATEMENTS: 0.4}
    with pytest.raises(RuntimeError, match="nobody"):
        shares_of([])


def test_every_file_that_a_room_is_made_of_is_there() -> None:
    assert [path for _, paths in ROOMS for path in paths if not (ROOT / path).exists()] == ["uvicorn/"]


def test_what_is_kept_is_told(tmp_path: Path) -> None:
    shares = {job: dict.fromkeys(NAMES, 0.125) | {DOOR: 0.3} for job in JOBS}
    kept = Profile(
        "a machine", "2026-01-01", "3.11.0", shares, {SHOW: 240.0, PAY_INVOICE: 800.0}, {SHOW: 100.4, PAY_INVOICE: 200.0}
    )
    (tmp_path / "profile.json").write_text(json.dumps(asdict(kept)))
    assert profile.read(tmp_path / "profile.json") == kept
    lines = list(profile.told(tmp_path / "profile.json"))
    assert lines[1].startswith("`payments/show` takes 240 µs of the processor, 100 at the floor; `payments/pay_invoice` takes 800")
    assert f"| {DOOR} | 30% | 30% |" in lines
    assert list(profile.told(tmp_path / "nothing.json")) == []


def test_a_server_under_load_is_looked_into() -> None:
    if os.geteuid() != 0 and SCOPE.exists() and SCOPE.read_text() != "0\n":
        pytest.skip("here only root may look into another process")
    found = profile.profiled(Size(accounts=2, invoices=100, payments=300), 1, [SHOW])
    assert sum(found.shares[SHOW].values()) == pytest.approx(1)
    assert min(found.shares[SHOW][name] for name in (CONNECTION, DOOR, STATEMENTS)) > 0
    assert found.ours[SHOW] > found.floor[SHOW] > 0

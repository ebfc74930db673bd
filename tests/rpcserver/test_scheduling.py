"""The threads of a server do not interrupt one another, where the system can be asked for that."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.rpcserver.test_serving import started

pytestmark = pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="Linux alone knows this policy")


def asked(*before: str) -> int:
    """The policy of a process that has done this before, after it has asked."""
    lines = ["import os", "from rpcserver.scheduling import uninterrupted", *before, "uninterrupted()"]
    said = "\n".join([*lines, "print(os.sched_getscheduler(0))"])
    return int(subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True).stdout)


def policies(pid: int) -> set[int]:
    """Those of a process's threads."""
    return {os.sched_getscheduler(int(thread.name)) for thread in Path(f"/proc/{pid}/task").iterdir()}


def test_no_thread_of_a_server_or_of_its_workers_interrupts_another(tmp_path: Path) -> None:
    with started(tmp_path, "--workers", "2") as (process, address):
        assert requests.get(f"{address}/health", timeout=5).status_code == 200
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        assert len(children) >= 2
        for pid in (process.pid, *map(int, children)):
            assert policies(pid) == {os.SCHED_BATCH}


def test_a_policy_that_was_chosen_stays() -> None:
    assert asked("os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))") == os.SCHED_IDLE


def test_a_system_that_does_not_allow_it_is_left_as_it_is() -> None:
    refusing = ("def refused(*_):", "    raise PermissionError", "os.sched_setscheduler = refused")
    assert asked(*refusing) == os.sched_getscheduler(0)


def test_a_system_that_does_not_know_it_is_left_as_it_is() -> None:
    assert asked("del os.SCHED_BATCH") == os.sched_getscheduler(0)

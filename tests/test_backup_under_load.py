"""A book is backed up while callers write in it, and restored: every call that was acknowledged before the backup began is in it,
and what came later is done once more under its key."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests import live
from tests.crash.calls import Register
from tests.crash.checking import Verdict, checked
from tests.crash.jobs import CREATING, PAY, Jobs
from tests.crash.load import loaded, settle
from tests.live import Live

pytestmark = pytest.mark.sqlite

ACCOUNTS, INVOICES = 3, 1_000
CALLS = 50
ONE_IN = 5
"""Of so many calls one is done once more."""
PATIENCE_SECONDS = 60.0


def wait_for(register: Register, calls: int) -> None:
    """Until so many more calls are acknowledged."""
    wanted = len(register.acknowledged) + calls
    until = time.monotonic() + PATIENCE_SECONDS
    while len(register.acknowledged) < wanted:
        assert time.monotonic() < until, "the callers are not answered"
        time.sleep(0.01)


def refused(server: Live, *words: str) -> str:
    """What `rpcserver` says on stderr when it cannot do these words."""
    command = [sys.executable, "-m", "rpcserver", *words]
    done = subprocess.run(command, cwd=server.folder, env=server.settings, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout
    return done.stderr


def test_a_backup_under_load_is_of_one_moment_and_can_be_gone_on_from(tmp_path: Path) -> None:
    settings = live.settings_in(tmp_path)
    made = live.demo(tmp_path, settings, f"--accounts={ACCOUNTS}", f"--invoices={INVOICES}")
    jobs, register = Jobs(made, ACCOUNTS, random.Random(1)), Register()
    with live.served(tmp_path, settings, made, "--workers", "2") as server:
        with loaded([server.url], jobs, register):
            wait_for(register, CALLS)
            before = Register(acknowledged=dict(register.acknowledged))
            server.command("backup", "monday")
            wait_for(register, CALLS)
        assert "stop the server first" in refused(server, "restore", "monday")
    assert register.refusals == []
    assert checked(f"sqlite:///{tmp_path}/monday/book.db", before) == Verdict()

    live.command(tmp_path, settings, "restore", "monday")
    again = Register()
    for call in [call for call, _ in register.answered if call.kind in (PAY, *CREATING)][::ONE_IN]:
        again.doubt(call)
    with live.served(tmp_path, settings, made) as server:
        assert checked(settings["DATABASE_URL"], before) == Verdict()
        assert settle(server.url, jobs, again, PATIENCE_SECONDS) == []
        assert (again.refusals, len(again.settled)) == ([], again.doubted)
        assert checked(settings["DATABASE_URL"], again) == Verdict()

"""A server with a fault that was planted: it answers before it commits. `python -m tests.crash.hasty serve ...`."""

import time
from typing import Any
from unittest.mock import patch

from ledger.committing import Committer
from ledger.storage.counters import Counters
from ledger.writing import Job, Outcome, tell
from rpcserver.__main__ import main

LEAD_SECONDS = 60.0
"""How long an answer is ahead of what follows it: whoever has one when the server is killed has it too early."""
OUTCOME = Committer._outcome


def _told(self: Committer, job: Job, native: Any, counters: Counters, **manner: bool) -> Outcome:
    outcome = OUTCOME(self, job, native, counters, **manner)
    tell([(job, outcome)])
    time.sleep(LEAD_SECONDS)
    return outcome


if __name__ == "__main__":
    with patch.object(Committer, "_outcome", _told):
        main()

"""A server with a fault that was planted: what happened goes into the outbox after the commit, in one of its own.
`python -m tests.crash.late serve ...`."""

import time
from collections.abc import Callable, Mapping
from threading import Thread
from typing import TypeVar
from unittest.mock import patch

from ledger.committing import Committer
from ledger.entry import Entry
from ledger.happenings import written
from ledger.storage.models import Outbox
from ledger.storage.transactions import Transaction
from ledger.writing import Job, Outcome
from rpcserver.__main__ import main

LAG_SECONDS = 0.5
"""How long the outbox is behind: whatever was committed so shortly before the server is killed is told to nobody."""
COMMIT = Committer.commit
T = TypeVar("T")

_left: list[Mapping[str, object]] = []


def _carried_out(self: Entry, operation: Callable[[Entry], T]) -> T:
    result = self._done(operation)
    if self.happened:
        _left.append({"at": self.now, "events": written(self.happened)})
    return result


def _committed(self: Committer, jobs: list[Job]) -> list[tuple[Job, Outcome]]:
    done = COMMIT(self, jobs)
    rows, _left[:] = list(_left), []
    Thread(target=_follow, args=(self, rows), daemon=True).start()
    return done


def _follow(self: Committer, rows: list[Mapping[str, object]]) -> None:
    time.sleep(LAG_SECONDS)
    with self.alone(writes=True) as database, Transaction(database.connection()):
        for row in rows:
            Outbox.insert(row).execute(database)


if __name__ == "__main__":
    with patch.object(Committer, "commit", _committed), patch.object(Entry, "carry_out", _carried_out):
        main()

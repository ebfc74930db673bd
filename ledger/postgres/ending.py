"""The end of a write: a COMMIT of which it is known what became of it, or honestly not."""

import time
from select import POLLIN, POLLOUT, poll

from psycopg import errors
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGconn, PGresult

from ledger.errors import OutcomeUnknown
from ledger.postgres.connections import Native
from ledger.storage.engine import TRANSLATED

COMMIT = b"COMMIT"


class _Doubt(Exception):
    """The server did not say whether it has committed."""


def committed(native: Native, seconds: float) -> None:
    """Commit, and wait for the answer for no longer than this: a COMMIT whose standby is gone waits for ever.

    An error of the database: nothing was done. Refuses: OUTCOME_UNKNOWN; the connection is not to be used again then.
    """
    said = native.warned = []
    try:
        result = _answered(native.pgconn, time.monotonic() + seconds)
    except (errors.Error, OSError, _Doubt) as error:
        raise _unknown(str(error)) from error
    if result.status == ExecStatus.COMMAND_OK and result.command_status == COMMIT and not said:
        return
    if result.status == ExecStatus.COMMAND_OK and said:
        # As when the wait for a standby was cancelled: it is committed here, and perhaps nowhere else.
        raise _unknown(said[0])
    if native.pgconn.status != ConnStatus.OK or native.pgconn.transaction_status != TransactionStatus.IDLE:
        raise _unknown(result.get_error_message())
    with TRANSLATED:
        if result.status == ExecStatus.COMMAND_OK:
            raise errors.InFailedSqlTransaction("the transaction was rolled back at its end")
        raise errors.error_from_result(result)


def _answered(pgconn: PGconn, until: float) -> PGresult:
    """The server's answer to COMMIT."""
    pgconn.send_query(COMMIT)
    while pgconn.flush():
        _ready(pgconn, POLLIN | POLLOUT, until)
    last: PGresult | None = None
    while True:
        while pgconn.is_busy():
            _ready(pgconn, POLLIN, until)
            pgconn.consume_input()
        result = pgconn.get_result()
        if result is None:
            break
        last = result
    if last is None:
        raise _Doubt("the connection was lost")
    return last


def _ready(pgconn: PGconn, events: int, until: float) -> None:
    waiting = poll()
    waiting.register(pgconn.socket, events)
    left = until - time.monotonic()
    if left <= 0 or not waiting.poll(left * 1000):
        raise _Doubt("the database did not answer in time")


def _unknown(why: str) -> OutcomeUnknown:
    return OutcomeUnknown(f"the commit was not confirmed ({why.strip()}); it is not known whether the call was done")

"""How the system runs the threads of a server.

Python runs one of them at a time. One that wakes because a call has come, or because a commit is done, would interrupt the one that
works, and then mostly wait for it: on one processor that costs a durable call a tenth of its time, and makes batches smaller.
"""

import os
from contextlib import suppress


def uninterrupted() -> None:
    """Have no thread of this process, or of its children, interrupt another one by waking, where the system knows such a policy
    (Linux's SCHED_BATCH) and allows it. A server that was started with a policy of its own keeps it."""
    if not hasattr(os, "SCHED_BATCH"):
        return
    with suppress(OSError):
        if os.sched_getscheduler(0) == os.SCHED_OTHER:
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))

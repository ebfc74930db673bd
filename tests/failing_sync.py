"""A server whose disk takes what is written and fails to sync it, once a file is there: `python -m tests.failing_sync serve ...`.

The kernel does it, on Linux: a seccomp filter that this process puts on itself makes every fsync fail with EIO. It cannot be taken
off again. The environment variable `FAIL` names the file.
"""

import ctypes
import errno
import os
import platform
from pathlib import Path
from typing import Any
from unittest.mock import patch

from ledger.storage import transactions
from rpcserver.__main__ import main

VARIABLE = "FAIL"
CALLS = {"x86_64": (317, 74, 75), "aarch64": (277, 82, 83)}
"""The numbers of seccomp, fsync and fdatasync, by the machine."""
SUPPORTED = platform.system() == "Linux" and platform.machine() in CALLS

_NO_NEW_PRIVILEGES, _SET_FILTER, _ALL_THREADS = 38, 1, 1
_LOAD, _IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_ALLOW, _FAIL = 0x7FFF0000, 0x00050000


class _Step(ctypes.Structure):
    """One instruction of a filter: what, how far to jump if so and if not, with which number."""

    _fields_ = (("code", ctypes.c_ushort), ("yes", ctypes.c_ubyte), ("no", ctypes.c_ubyte), ("number", ctypes.c_uint))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("steps", ctypes.POINTER(_Step)))


def fail_from_now_on() -> None:
    """Let every fsync and fdatasync of this process fail."""
    seccomp, *refused = CALLS[platform.machine()]
    checks = [(_IF_EQUAL, len(refused) - place, 0, number) for place, number in enumerate(refused)]
    steps = [(_LOAD, 0, 0, 0), *checks, (_RETURN, 0, 0, _ALLOW), (_RETURN, 0, 0, _FAIL | errno.EIO)]
    program = _Program(len(steps), (_Step * len(steps))(*(_Step(*step) for step in steps)))
    kernel = ctypes.CDLL(None, use_errno=True)
    for done in (
        kernel.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0),
        kernel.syscall(seccomp, _SET_FILTER, _ALL_THREADS, ctypes.byref(program)),
    ):
        if done:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _run(native: Any, sql: str) -> None:
    if sql == "COMMIT" and Path(os.environ[VARIABLE]).exists():
        fail_from_now_on()
    RUN(native, sql)


RUN = transactions.run

if __name__ == "__main__":
    with patch.object(transactions, "run", _run):
        main()

"""The machine that measures: its cores, and how it is named beside the figures."""

import os
import platform
from pathlib import Path

CORES = sorted(os.sched_getaffinity(0))
"""Read before anything is bound to one of them."""
SERVER_CORE, LOAD_CORE = {CORES[0]}, {CORES[-1]}
"""One for the server and one for the load; the same where there is but one."""
KILOBYTE = 1024


def described() -> str:
    """The processor, how many of its cores are here, and the memory."""
    return f"{_of('/proc/cpuinfo', 'model name', platform.machine())}, {len(CORES)} cores, {_memory()} GB, Linux {_kernel()}"


def _memory() -> int:
    return round(int(_of("/proc/meminfo", "MemTotal", "0").split()[0]) / KILOBYTE**2)


def _kernel() -> str:
    return ".".join(platform.release().split(".")[:2])


def _of(file: str, name: str, otherwise: str) -> str:
    """The value on the line of a file in /proc that begins with this name."""
    for line in Path(file).read_text().splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return otherwise

"""Several server processes that count together: each writes its numbers into files of its own in one folder, and whoever is asked
reads the files of all. The client library does so where its variable names a folder before it is imported."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from prometheus_client import CollectorRegistry
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
MEMORY = Path("/dev/shm")
"""Where files are kept in memory: writing into a mapped file ends the process when its disk is full."""


@contextmanager
def counted_together() -> Iterator[None]:
    """Processes that are started meanwhile count together, in a new folder that goes with the block."""
    room = MEMORY if os.access(MEMORY, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="rpcserver-metrics-", dir=room) as folder:
        os.environ[FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[FOLDER]


def begin() -> None:
    """Begin to count in this process. One that had its number before may have left something."""
    if FOLDER in os.environ:
        mark_process_dead(os.getpid())


def collected(own: CollectorRegistry) -> CollectorRegistry:
    """What all processes have counted; what was going on in one that is dead by now goes on no more."""
    folder = os.environ.get(FOLDER)
    if folder is None:
        return own
    for pid in {int(file.stem.rpartition("_")[2]) for file in Path(folder).glob("gauge_live*.db")}:
        if not _lives(pid):
            # Another process may be asked at the same time.
            with suppress(FileNotFoundError):
                mark_process_dead(pid, folder)
    registry = CollectorRegistry()
    MultiProcessCollector(registry, folder)
    return registry


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True

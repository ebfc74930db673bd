"""Several server processes that count together: each writes its numbers into files of its own in one folder, and whoever is asked
reads the files of all. The client library does so where its variable names a folder before it is imported.

Whoever has made the folder, or counts in it, shares a lock on it. Who is killed removes nothing: the next one that starts does.
"""

import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, LOCK_SH, flock
from pathlib import Path

from prometheus_client import CollectorRegistry, Metric
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
MEMORY = Path("/dev/shm")
"""Where files are kept in memory: writing into a mapped file ends the process when its disk is full."""

PREFIX = "rpcserver-metrics-"
"""How the names of folders begin."""
NEW_SECONDS = 60
"""For so long a folder may be about to be locked."""


@contextmanager
def counted_together() -> Iterator[None]:
    """Processes that are started meanwhile count together, in a new folder that goes with the block."""
    room = MEMORY if os.access(MEMORY, os.W_OK) else Path(tempfile.gettempdir())
    clear(room)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=room) as folder, _locked(Path(folder), LOCK_SH):
        os.environ[FOLDER] = folder
        try:
            yield
        finally:
            del os.environ[FOLDER]


def clear(room: Path) -> None:
    """Remove the folders that nobody counts in any more: ours by name and owner, and not locked."""
    for folder in room.glob(f"{PREFIX}*"):
        # It may be locked, no folder but a link, or removed by somebody else at the same time.
        with suppress(OSError):
            found = folder.lstat()
            if found.st_uid != os.geteuid() or time.time() - found.st_mtime < NEW_SECONDS:
                continue
            with _locked(folder, LOCK_EX):
                shutil.rmtree(folder)


@contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    """Hold the lock of a folder, shared or alone. An OSError: others hold it otherwise, or this is no folder."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        flock(opened, how | LOCK_NB)
        yield
    finally:
        os.close(opened)


def begin() -> None:
    """Begin to count in this process. One that had its number before may have left something."""
    folder = os.environ.get(FOLDER)
    if folder is not None:
        # Nobody closes it: it is held as long as the process lives.
        flock(os.open(folder, os.O_RDONLY | os.O_DIRECTORY), LOCK_SH)
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
    registry.register(_Begun(Path(folder)))
    return registry


class _Begun(Collector):
    """Reads the files of a folder in which something stands: for a moment after a process has made one, nothing does, not even how
    much of it is used."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        merged: Iterable[Metric] = MultiProcessCollector.merge([str(file) for file in self._folder.glob("*.db") if _size(file)])
        return merged


def _size(file: Path) -> int:
    """In bytes; none of a file that was removed meanwhile."""
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except OSError:
        return False
    return True

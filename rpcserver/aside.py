"""Books that are there are never overwritten: they get another name."""

import time
from pathlib import Path

SIBLINGS = ("", "-wal", "-shm")
"""What a SQLite database consists of, by the endings of its files."""


def put_aside(database: Path, occasion: str) -> Path:
    """Rename a SQLite database, with all its files, to `NAME.before-OCCASION-TIME`; that name."""
    aside = free_name(database, occasion)
    for ending in SIBLINGS:
        part = database.with_name(database.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    return aside


def free_name(path: Path, occasion: str) -> Path:
    """A name for what was there before that nothing has yet."""
    wanted = path.with_name(f"{path.name}.before-{occasion}-{time.strftime('%Y%m%dT%H%M%S')}")
    taken = 1
    free = wanted
    while free.exists():
        taken += 1
        free = wanted.with_name(f"{wanted.name}-{taken}")
    return free

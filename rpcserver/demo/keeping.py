"""The files beside a demo's book: its logins in `demo.json`, a secret in `.env`; and what was there before, put aside."""

import os
import secrets
import stat
import time
from pathlib import Path
from typing import Any, BinaryIO

import orjson

ENV_FILE = Path(".env")
NOTE = "demo.json"
SIBLINGS = ("", "-wal", "-shm")
"""What a SQLite database consists of, by the endings of its files."""
OWNER_ONLY = stat.S_IRUSR | stat.S_IWUSR


def remember(database: Path, logins: dict[str, Any]) -> None:
    """Write the logins down beside the book; those of another book that lie there are put aside."""
    note = database.with_name(NOTE)
    if note.exists():
        note.rename(_aside(note, _now()))
    with _private(note) as file:
        file.write(orjson.dumps(logins, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def remembered(database: Path) -> dict[str, Any] | None:
    """The logins written down beside a book that is there; None if there are none."""
    note = database.with_name(NOTE)
    if not database.exists() or not note.exists():
        return None
    try:
        found = orjson.loads(note.read_bytes())
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def put_aside(database: Path) -> None:
    """Rename a SQLite database, with all its files and the logins beside it, to `NAME.before-demo-TIME`."""
    now = _now()
    aside = _aside(database, now)
    for ending in SIBLINGS:
        part = database.with_name(database.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    note = database.with_name(NOTE)
    if note.exists():
        note.rename(_aside(note, now))


def make_secret() -> str:
    """Put a secret for the server into `.env`; what stands there stays."""
    made = secrets.token_urlsafe(48)
    before = ENV_FILE.read_bytes() if ENV_FILE.exists() else b""
    glue = b"" if not before or before.endswith(b"\n") else b"\n"
    with _private(ENV_FILE, append=True) as file:
        file.write(glue + f"SECRET_KEY={made}\n".encode())
    return made


def _now() -> str:
    return time.strftime("%Y%m%dT%H%M%S")


def _aside(path: Path, now: str) -> Path:
    """A name for what was there before that nothing has yet."""
    wanted = path.with_name(f"{path.name}.before-demo-{now}")
    taken = 1
    free = wanted
    while free.exists():
        taken += 1
        free = wanted.with_name(f"{wanted.name}-{taken}")
    return free


def _private(path: Path, *, append: bool = False) -> BinaryIO:
    """A file that only its owner can read, whatever the umask."""
    flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if append else os.O_TRUNC)
    descriptor = os.open(path, flags, OWNER_ONLY)
    os.fchmod(descriptor, OWNER_ONLY)
    return os.fdopen(descriptor, "wb")

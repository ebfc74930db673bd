"""The files beside a demo's book: its logins in `demo.json`, a secret in `.env`; and what was there before, put aside.

A book on a server has no place: its logins lie in the folder where the command runs.
"""

import os
import secrets
import stat
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from rpcserver import aside
from rpcserver.settings import ENV_FILE

NOTE = "demo.json"
OCCASION = "demo"
OWNER_ONLY = stat.S_IRUSR | stat.S_IWUSR


def remember(database: Path | None, logins: dict[str, Any]) -> None:
    """Write the logins down beside the book; those of another book that lie there are put aside."""
    note = _note(database)
    if note.exists():
        note.rename(aside.free_name(note, OCCASION))
    with _private(note) as file:
        file.write(orjson.dumps(logins, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def remembered(database: Path | None) -> dict[str, Any] | None:
    """The logins written down beside a book that is there; None if there are none."""
    note = _note(database)
    if (database is not None and not database.exists()) or not note.exists():
        return None
    try:
        found = orjson.loads(note.read_bytes())
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def put_aside(database: Path) -> None:
    """Rename a SQLite database, with all its files and the logins beside it, to `NAME.before-demo-TIME`."""
    aside.put_aside(database, OCCASION)
    note = _note(database)
    if note.exists():
        note.rename(aside.free_name(note, OCCASION))


def make_secret() -> str:
    """Put a secret for the server into `.env`; what stands there stays."""
    made = secrets.token_urlsafe(48)
    before = ENV_FILE.read_bytes() if ENV_FILE.exists() else b""
    glue = b"" if not before or before.endswith(b"\n") else b"\n"
    with _private(ENV_FILE, append=True) as file:
        file.write(glue + f"SECRET_KEY={made}\n".encode())
    return made


def _note(database: Path | None) -> Path:
    return Path(NOTE) if database is None else database.with_name(NOTE)


def _private(path: Path, *, append: bool = False) -> BinaryIO:
    """A file that only its owner can read, whatever the umask."""
    flags = os.O_WRONLY | os.O_CREAT | (os.O_APPEND if append else os.O_TRUNC)
    descriptor = os.open(path, flags, OWNER_ONLY)
    os.fchmod(descriptor, OWNER_ONLY)
    return os.fdopen(descriptor, "wb")

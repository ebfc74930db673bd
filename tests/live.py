"""A server of its own process over a fresh demo book: what a user starts, asked as a user asks it."""

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

from ledger.book import Book
from ledger.verify import discrepancies
from rpcserver.demo.keeping import NOTE
from tests.engines import copied, url_of

ROOT = Path(__file__).resolve().parents[1]
PATIENCE_SECONDS = 60
LOG = "server.log"
BOOK = "book.db"
SECRET_KEY = secrets.token_urlsafe(48)
"""What the servers of this process sign with, and encrypt what is in their demos."""
SHAPING = ("SECRET_KEY", "ALLOCATION", "EVENTS")
"""Settings that a demo is different with."""


@dataclass
class _Templates:
    """The demos that others are copies of, each with what was printed of it, by how they were made; and where they are. Without a
    folder no demo is a copy."""

    folder: Path | None = None
    made: dict[tuple[str, ...], tuple[Path, str]] = field(default_factory=dict)


templates = _Templates()


@dataclass(frozen=True)
class Live:
    """A server that answers at `url`, its process, and what `rpcserver demo --json` printed; where it runs, with which settings."""

    url: str
    demo: dict[str, Any]
    process: subprocess.Popen[bytes]
    folder: Path
    settings: dict[str, str]

    def kill(self) -> None:
        """End the server and all its children as a crash does: at once, with nothing tidied up."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        # The parent first: it would replace a child that is gone.
        for pid in (self.process.pid, *map(int, children)):
            os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def command(self, *words: str) -> str:
        """What `rpcserver` prints for these words beside the server."""
        return command(self.folder, self.settings, *words)

    def discrepancies(self) -> list[str]:
        """What `rpcserver verify` finds in the book beside the server, without the time that a command takes to start."""
        with closing(Book(self.settings["DATABASE_URL"])) as book:
            return list(discrepancies(book))


@contextmanager
def serving(folder: Path, *options: str, **environment: str) -> Iterator[Live]:
    """Make a demo book in `folder` and serve it while the block runs. `options` go to `serve`, `environment` are settings."""
    settings = settings_in(folder, **environment)
    made = demo(folder, settings)
    with served(folder, settings, made, *options) as live:
        yield live


@contextmanager
def served(
    folder: Path, settings: dict[str, str], made: dict[str, Any], *options: str, module: str = "rpcserver", port: int = 0
) -> Iterator[Live]:
    """Serve the book that is in `folder` while the block runs; `made` is what `rpcserver demo --json` printed of it. `module` is
    started instead of the server's own. 0: at any port."""
    port = port or free_port()
    with (folder / LOG).open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", module, "serve", "--port", str(port), *options],
            cwd=folder,
            env=settings,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            url = f"http://127.0.0.1:{port}"
            _wait(url, process, folder / LOG)
            yield Live(url, made, process, folder, settings)
        finally:
            _stop(process)


def settings_in(folder: Path, **environment: str) -> dict[str, str]:
    """An environment in which the commands work in `folder`: a book there, a secret, and this copy of the project."""
    return {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": url_of(folder / BOOK),
        "SECRET_KEY": SECRET_KEY,
        **environment,
    }


def demo(folder: Path, settings: Mapping[str, str], *words: str) -> dict[str, Any]:
    """Make a demo book in `folder`, larger where words say so: what `rpcserver demo --json` prints of it. In a test run it is a
    copy of one that was made in the same way."""
    if templates.folder is None:
        return dict(json.loads(command(folder, settings, "demo", "--json", *words)))
    how = (*words, *(settings.get(name, "") for name in SHAPING))
    if how not in templates.made:
        place = templates.folder / str(len(templates.made))
        place.mkdir()
        printed = command(place, {**settings, "DATABASE_URL": url_of(place / BOOK)}, "demo", "--json", *words)
        templates.made[how] = (place, printed)
    place, printed = templates.made[how]
    copied(place / BOOK, folder / BOOK)
    shutil.copy(place / NOTE, folder / NOTE)
    return dict(json.loads(printed))


def command(folder: Path, settings: Mapping[str, str], *words: str) -> str:
    """What `rpcserver` prints for these words; it has to end well."""
    done = subprocess.run(
        [sys.executable, "-m", "rpcserver", *words], cwd=folder, env=settings, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def free_port() -> int:
    """A port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the server ended:\n{log.read_text()}"
        try:
            with urlopen(f"{url}/health", timeout=PATIENCE_SECONDS):
                return
        except (URLError, ConnectionError):
            time.sleep(0.05)
    raise AssertionError(f"the server did not answer:\n{log.read_text()}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

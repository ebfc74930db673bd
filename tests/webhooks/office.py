"""A server that tells receivers of events, in this process or in processes of its own, with pauses that a test can wait for."""

import os
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from starlette.testclient import TestClient

from ledger.book import Book
from rpcserver.app import create_app, open_book
from tests.engines import url_of
from tests.live import free_port
from tests.rpcserver import world
from tests.rpcserver.asking import payment
from tests.rpcserver.world import SECRET, World
from tests.webhooks.receiver import PATIENCE_SECONDS, Receiver

ROOT = Path(__file__).parents[2]
NETWORKS = "127.0.0.0/8"
TOLD = ["payment.created", "payment.posted"]


class Asking(ABC):
    """Calls to a server, by whatever way they go."""

    def __init__(self, here: World, token: str) -> None:
        self.here = here
        self.token = token

    @abstractmethod
    def post(self, path: str, body: dict[str, Any]) -> Any:
        """What a request to this path answers."""

    def call(self, path: str, **params: Any) -> Any:
        """What a call answers that has to succeed."""
        answer = self.post(path, {"token": self.token, **params}).json()
        assert answer["status"]["code"] == "OK", answer
        return answer["data"]

    def hook(self, receiver: Receiver, name: str = "ERP", **more: Any) -> dict[str, Any]:
        """A new webhook that leads to the receiver."""
        made: dict[str, Any] = self.call("webhooks/create", name=name, url=receiver.url, **{"types_set": TOLD, **more})
        return made

    def pay(self, count: int = 1) -> list[str]:
        """So many posted payments, each with two events; their ids."""
        calls = [{"method": "payments/create", "params": payment(self.here)}] * count
        return [each["data"]["id"] for each in self.call("batch", calls=calls)]

    def waiting(self, name: str = "ERP") -> int:
        """How much waits for a webhook."""
        return int(self.call("webhooks/show", webhook_identifier={"name": name})["waiting"])


class Office(Asking):
    """A server in this process."""

    def __init__(self, here: World, token: str, client: TestClient, book: Book) -> None:
        super().__init__(here, token)
        self.client = client
        self.book = book

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return self.client.post(f"/{path}", json=body)


@contextmanager
def opened(here: World, **settings: object) -> Iterator[Office]:
    """A server over this book, in this process."""
    found = world.settings_for(here.path, **{"webhook_allowed_networks": NETWORKS, **settings})
    book = open_book(found)
    with TestClient(create_app(found, book)) as client:
        yield Office(here, world.token(book, found, "admin"), client, book)


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes a second or more takes less."""
    for module in ("line", "delivering"):
        monkeypatch.setattr(f"rpcserver.webhooks.{module}.LOOK_SECONDS", 0.05)
    monkeypatch.setattr("ledger.deliveries.FIRST_PAUSE", 0.1)
    monkeypatch.setattr("ledger.deliveries.LONGEST_PAUSE", 0.2)


@dataclass
class Process:
    """A server in a process of its own."""

    process: subprocess.Popen[bytes]
    url: str

    def kill(self) -> None:
        """End it as a crash does."""
        self.process.kill()
        self.process.wait(PATIENCE_SECONDS)


class Abroad(Asking):
    """Calls to whichever server answers."""

    def __init__(self, here: World, token: str, url: str) -> None:
        super().__init__(here, token)
        self.url = url

    def post(self, path: str, body: dict[str, Any]) -> Any:
        return requests.post(f"{self.url}/{path}", json=body, timeout=PATIENCE_SECONDS)


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Process]:
    """A server in a process of its own, over the book in this folder, while the block runs or until it is killed."""
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    of_server = {"DATABASE_URL": url_of(folder / "book.db"), "SECRET_KEY": SECRET, "WEBHOOK_ALLOWED_NETWORKS": NETWORKS}
    with ExitStack() as stack:
        log = stack.enter_context((folder / f"log-{port}").open("wb"))
        process = subprocess.Popen(
            [sys.executable, "-m", "rpcserver", "serve", "--port", str(port)],
            cwd=folder,
            env={**kept, "PYTHONPATH": str(ROOT), **of_server, **settings},
            stdout=log,
            stderr=log,
        )
        stack.callback(process.wait, PATIENCE_SECONDS)
        stack.callback(process.terminate)
        found = Process(process, f"http://127.0.0.1:{port}")
        _wait_for(found)
        yield found


def _wait_for(server: Process) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and server.process.poll() is None:
        try:
            requests.get(f"{server.url}/health", timeout=5)
        except requests.ConnectionError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError("the server did not start")

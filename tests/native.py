"""The native door over a demo book, asked in this process. The demo is made once; whoever wants to write gets a copy of it."""

import json
import logging
import re
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import orjson
import pytest
from starlette.testclient import TestClient

from ledger.book import Book
from ledger.rights import ROLES
from methods import METHODS
from rpcserver.app import Application, create_app, open_book
from tests import engines, live
from tests.books import Clock
from tests.events import placed
from tests.rpcserver.world import SECRET, settings_for

CANONICAL, DROP_IN = "", "/crmapi/rest/v2"
BOTH = pytest.mark.parametrize("prefix", [CANONICAL, DROP_IN], ids=["canonical", "drop-in"])
ADDRESS = ("192.0.2.9", 50_000)
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Template:
    """A demo book's file, what `rpcserver demo --json` says of it, when it was made, and a token for each role."""

    path: Path
    made: dict[str, Any]
    seconds: float
    tokens: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Answer:
    """What came back, its envelope looked at."""

    status: int
    body: dict[str, Any]
    text: str

    @property
    def code(self) -> str:
        return str(self.body["status"]["code"])

    @property
    def message(self) -> str:
        return str(self.body["status"]["message"])

    @property
    def data(self) -> Any:
        return self.body["data"]

    @property
    def errors(self) -> list[tuple[str, str]]:
        """The parameters that are listed, each with its code."""
        return [(error["parameter"], error["code"]) for error in self.body["status"].get("errors", [])]

    @property
    def verdict(self) -> tuple[int, str]:
        """HTTP status and code."""
        return self.status, self.code


@dataclass(frozen=True)
class Json:
    """A number as it stands in the body, which no Python number can say."""

    text: str


def encoded(body: Mapping[str, Any]) -> bytes:
    """A body as JSON, with the numbers that only JSON can say."""
    text = json.dumps(body, default=lambda value: f"@{value.text}@")
    return re.sub(r'"@([^"@]*)@"', r"\1", text).encode()


class Faults(logging.Handler):
    """What the server logs of itself when it fails."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.seen.append(f"{record.getMessage()}: {record.exc_info[1] if record.exc_info else ''!r}")


@dataclass(repr=False)
class Native:
    """A server over a copy of the demo. Its clock stands still; `ask` speaks for an admin unless said otherwise."""

    client: TestClient
    book: Book
    path: Path
    clock: Clock
    made: dict[str, Any]
    tokens: dict[str, str]
    prefix: str = CANONICAL
    faults: Faults = field(default_factory=Faults)

    @property
    def app(self) -> Application:
        """The server that is asked."""
        assert isinstance(self.client.app, Application)
        return self.client.app

    def at(self, prefix: str) -> "Native":
        """The same server, asked under a prefix."""
        return replace(self, prefix=prefix)

    def ask(self, path: str, body: Mapping[str, Any] | None = None, *, by: str | None = "admin", **headers: str) -> Answer:
        """Call a method with POST. `by` nobody: without a token. Headers are written with underscores."""
        token = {} if by is None or METHODS[path].public else {"token": self.tokens[by]}
        return self.send(path, encoded({**token, **(body or {})}), **headers)

    def send(self, path: str, content: bytes, **headers: str) -> Answer:
        """Post a body as it is."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self._seen(self.client.post(f"{self.prefix}/{path}", content=content, headers=JSON | named))

    def example(self, path: str) -> dict[str, Any]:
        """A method's example, with the login or the key that it leaves open."""
        login = self.made["users"]["admin"]
        filled = {
            "{{username}}": login["username"],
            "{{password}}": login["password"],
            "{{web_api_key}}": self.made["keys"]["admin"],
        }
        example = METHODS[path].example
        return {name: filled.get(value, value) if isinstance(value, str) else value for name, value in example.items()}

    def get(self, path: str, query: dict[str, str] | str = "", *, by: str | None = "admin") -> Answer:
        """Call a method with GET. A query that is a text is sent as it is."""
        headers = {} if by is None else {"X-Auth-Token": self.tokens[by]}
        spelled = query if isinstance(query, str) else urlencode(query)
        return self._seen(self.client.get(f"{self.prefix}/{path}?{spelled}", headers=headers))

    def other(self, verb: str, path: str) -> Answer:
        """Call a method with another verb."""
        return self._seen(self.client.request(verb, f"{self.prefix}/{path}"))

    def done(self, path: str, body: Mapping[str, Any] | None = None, **how: Any) -> Any:
        """What a call answers that has to succeed."""
        answer = self.ask(path, body, **how)
        assert answer.verdict == (200, "OK"), answer.text
        return answer.data

    def _seen(self, response: Any) -> Answer:
        body = orjson.loads(response.content)
        assert list(body) == ["status", "data"], response.text
        assert list(body["status"])[:3] == ["code", "message", "description"], response.text
        return Answer(response.status_code, body, response.text)

    def named(self, kind: str, **equals: str) -> dict[str, Any]:
        """The first thing of a kind in what the demo told, with these values: `named("accounts", currency="EUR")`."""
        return next(dict(row) for row in self.made[kind] if all(row[name] == value for name, value in equals.items()))


def assert_refused(answer: Answer, expected: Sequence[tuple[str, str]], prefix: str) -> None:
    """Refused for these faults, all of them, in this order; the first one gives the code, and no data comes with it."""
    assert answer.errors == list(expected), answer.text
    assert answer.verdict == (200 if prefix else 422, expected[0][1])
    assert answer.data is None
    said = answer.body["status"]["errors"]
    assert answer.message == said[0]["message"]
    assert [error for error in said if not error["message"].strip()] == []


class Watch:
    """Tells whether anybody has committed a change to a book since it was looked at last."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path)
        self._version = self._now()

    def _now(self) -> int:
        return int(self._connection.execute("PRAGMA data_version").fetchone()[0])

    def changed(self) -> bool:
        """Whether something was written since the last look."""
        before, self._version = self._version, self._now()
        return before != self._version

    def close(self) -> None:
        self._connection.close()


def build(folder: Path) -> Template:
    """Make the demo as its command does, and log in once for each role."""
    path = folder / "book.db"
    made = live.demo(folder, live.settings_in(folder, SECRET_KEY=SECRET))
    template = Template(path, made, time.time())
    with opened(template, path) as native:
        logins = {role: native.done("login", made["users"][role], by=None) for role in ROLES}
        # Who reads the first events of a book writes, and here nobody is to write unseen.
        placed(native.book)
    return replace(template, tokens={role: answered["token"] for role, answered in logins.items()})


def copied(template: Template, folder: Path) -> Path:
    """A copy of the demo's book in a folder."""
    return engines.copied(template.path, folder / "book.db")


@contextmanager
def opened(template: Template, path: Path, **settings: object) -> Iterator[Native]:
    """A server over a copy of the demo's book."""
    found = settings_for(path, **settings)
    book, clock = open_book(found), Clock()
    clock.seconds = template.seconds
    book.clock = clock
    # A fault of the server is an answer to be looked at here, not an exception in the test.
    with TestClient(create_app(found, book), client=ADDRESS, raise_server_exceptions=False) as client:
        native = Native(client, book, path, clock, template.made, template.tokens)
        logger = logging.getLogger("rpcserver.fault")
        logger.addHandler(native.faults)
        try:
            yield native
        finally:
            logger.removeHandler(native.faults)

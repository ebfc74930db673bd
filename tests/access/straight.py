"""Asking a server in this process without a client in between: many calls in little time."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from starlette.types import ASGIApp, Message

from tests.native import ADDRESS

UNRESERVED = "/%-._~"
HOST = "testserver"


@dataclass(frozen=True)
class Got:
    """An answer as it was sent."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Straight:
    """Callers of an application, on a loop of their own."""

    app: ASGIApp
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)

    def close(self) -> None:
        self._loop.close()

    def ask(self, verb: str, path: str, query: str = "", body: bytes | None = b"", headers: Mapping[str, str] | None = None) -> Got:
        """Send a request; `query` is percent-encoded already. A body that is None must not be asked for."""
        waiting: list[Message] = [{"type": "http.request", "body": body}]

        async def receive() -> Message:
            assert body is not None
            if not waiting:
                # The caller stays for the answer.
                await asyncio.Event().wait()
            return waiting.pop()

        return self._loop.run_until_complete(self._asked(scope(verb, path, query, headers or {}), receive))

    async def _asked(self, asked: dict[str, Any], receive: Any) -> Got:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        await self.app(asked, receive, send)
        head = {name.decode("latin-1"): value.decode("latin-1") for name, value in sent[0]["headers"]}
        return Got(sent[0]["status"], head, b"".join(message.get("body", b"") for message in sent[1:]))


def scope(verb: str, path: str, query: str, headers: Mapping[str, str]) -> dict[str, Any]:
    """A request as a server hands it on."""
    named = [(name.lower().encode(), value.encode("latin-1")) for name, value in {"Host": HOST, **headers}.items()]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": verb,
        "scheme": "http",
        "path": path,
        "raw_path": quote(path, safe=UNRESERVED).encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": named,
        "client": ADDRESS,
        "server": (HOST, 80),
    }

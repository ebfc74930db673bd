"""The headers of a request, each found by its name at once; and the request that has them."""

from typing import Any

from starlette import datastructures
from starlette.requests import Request
from starlette.types import Scope

KEPT = "rpcserver.headers"
"""Where a request keeps them."""


class Headers(datastructures.Headers):
    """Starlette's headers, which are looked through at every question, in a dictionary."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(scope=scope)
        self._lines: dict[str, list[str]] = {}
        for name, value in self.raw:
            self._lines.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))

    def __getitem__(self, key: str) -> str:
        return self._lines[key.lower()][0]

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and key.lower() in self._lines

    def get(self, key: str, default: Any = None) -> Any:
        lines = self._lines.get(key.lower())
        return lines[0] if lines else default

    def getlist(self, key: str) -> list[str]:
        return list(self._lines.get(key.lower(), ()))


def headers_of(scope: Scope) -> Headers:
    """The headers of the request that this scope belongs to, read once."""
    found = scope.get(KEPT)
    if found is None:
        found = scope[KEPT] = Headers(scope)
    assert isinstance(found, Headers)
    return found


class Incoming(Request):
    """A request with these headers."""

    @property
    def headers(self) -> Headers:
        return headers_of(self.scope)

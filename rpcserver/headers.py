"""The headers of a request, each found by its name at once; and the request that has them."""

from functools import lru_cache
from typing import Any

from starlette import datastructures
from starlette.requests import Request, empty_receive
from starlette.types import Receive, Scope

KEPT = "rpcserver.headers"
"""Where a request keeps them."""


class Headers(datastructures.Headers):
    """Starlette's headers, which are looked through at every question, in a dictionary. Servers give names in lower case."""

    def __init__(self, scope: Scope) -> None:
        lines = scope["headers"]
        super().__init__(raw=lines)
        self._first: dict[bytes, bytes] = dict(reversed(lines))
        self._is_plain = len(self._first) == len(lines)

    def __getitem__(self, key: str) -> str:
        return self._first[_name(key)].decode("latin-1")

    def __contains__(self, key: object) -> bool:
        return isinstance(key, str) and _name(key) in self._first

    def get(self, key: str, default: Any = None) -> Any:
        value = self._first.get(_name(key))
        return default if value is None else value.decode("latin-1")

    def getlist(self, key: str) -> list[str]:
        name = _name(key)
        if name not in self._first:
            return []
        return [self._first[name].decode("latin-1")] if self._is_plain else super().getlist(key)


@lru_cache(maxsize=256)
def _name(key: str) -> bytes:
    """A name as it stands in a scope; few are asked for."""
    return key.lower().encode("latin-1")


def headers_of(scope: Scope) -> Headers:
    """The headers of the request that this scope belongs to, read once."""
    found = scope.get(KEPT)
    if found is None:
        found = scope[KEPT] = Headers(scope)
    assert isinstance(found, Headers)
    return found


class Incoming(Request):
    """A request with these headers."""

    def __init__(self, scope: Scope, receive: Receive = empty_receive) -> None:
        super().__init__(scope, receive)
        self._found = headers_of(scope)

    @property
    def headers(self) -> Headers:
        return self._found

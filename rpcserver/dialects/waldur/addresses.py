"""What is answered before any resource is asked: a path without its last slash, and browsers that ask whether a page may call."""

from collections.abc import Sequence
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Receive, Scope, Send

from rpcserver.dialects.waldur.manners import ALL_ANSWERS
from rpcserver.log import line_of

ASKS_FIRST = "access-control-request-method"
CALLED_WITH = ("Authorization", "Content-Type", "Idempotency-Key", "X-Auth-Token", "X-Request-Id")
TOLD_WITH = ("Idempotency-Replayed", "Link", "Location", "Retry-After", "X-Request-Id", "X-Result-Count")
VERBS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")


class WithSlash:
    """Sends callers on to the same path with a slash at its end."""

    def __init__(self, word: str) -> None:
        self._word = word

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        line = line_of(scope)
        line.door, line.path = self._word, scope["path"]
        query = Request(scope).url.query
        where = quote(scope["path"]) + "/" + (f"?{query}" if query else "")
        await Response(status_code=301, headers=ALL_ANSWERS | {"Location": where})(scope, receive, send)


def opened(route: Route, origins: Sequence[str]) -> Route:
    """The route for pages of these origins too."""
    route.app = CORSMiddleware(
        route.app, allow_origins=origins, allow_methods=VERBS, allow_headers=CALLED_WITH, expose_headers=TOLD_WITH
    )
    return route


class Preflight(Route):
    """Answers a browser that asks first: with nothing, which means no. Where pages of some origins may call it is opened to them
    as all routes are, and tells them so."""

    def __init__(self, prefix: str, word: str) -> None:
        super().__init__(prefix + "/{path:path}", _Nothing(word))

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """Only such a question."""
        if scope["type"] == "http" and scope["method"] == "OPTIONS" and ASKS_FIRST in Headers(scope=scope):
            return super().matches(scope)
        return Match.NONE, {}


class _Nothing:
    def __init__(self, word: str) -> None:
        self._word = word

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        line = line_of(scope)
        line.door, line.path = self._word, scope["path"]
        await Response(status_code=200, headers=ALL_ANSWERS)(scope, receive, send)

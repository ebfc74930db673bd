"""A page beside the methods (`/health`, generated documents): no token, GET and HEAD alone."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ledger.errors import MethodNotAllowed, Refusal
from rpcserver import envelope
from rpcserver.arguments import check_host
from rpcserver.headers import Incoming
from rpcserver.log import line_of

WORD = "pages"
"""The door of all pages, in the log and in the metrics."""
VERBS = ("GET", "HEAD")


class Page:
    """A page as an endpoint for a `Route`; `answer` says how it replies to a request, `name` is how it is counted."""

    def __init__(self, name: str, answer: Callable[[Request], Awaitable[Response]]) -> None:
        self._name = name
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, line = Incoming(scope, receive), line_of(scope)
        line.door, line.method, line.path = WORD, self._name, scope["path"]
        try:
            _check(request)
            response = await self._answer(request)
            line.code = line.code or envelope.OK
        except Refusal as refusal:
            refused = envelope.refusal_answer(refusal)
            response = Response(refused.body, refused.status, refused.headers)
            line.code = refusal.code
        await response(scope, receive, send)


def _check(request: Request) -> None:
    check_host(request.headers)
    if request.method not in VERBS:
        verbs = ", ".join(VERBS)
        raise MethodNotAllowed(f"this page does not answer {request.method[:20]!r}; it answers {verbs}", allow=verbs)

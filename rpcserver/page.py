"""A page beside the methods (`/health`, generated documents): no token, GET and HEAD alone."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ledger.errors import MethodNotAllowed
from rpcserver import envelope
from rpcserver.headers import Incoming
from rpcserver.log import line_of

VERBS = ("GET", "HEAD")


class Page:
    """A page as an endpoint for a `Route`; `answer` says how it replies to a request."""

    def __init__(self, answer: Callable[[Request], Awaitable[Response]]) -> None:
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request, line = Incoming(scope, receive), line_of(scope)
        line.path = scope["path"]
        if request.method in VERBS:
            response = await self._answer(request)
            line.code = line.code or envelope.OK
        else:
            response = _wrong_verb(request.method)
            line.code = MethodNotAllowed.code
        await response(scope, receive, send)


def _wrong_verb(verb: str) -> Response:
    verbs = ", ".join(VERBS)
    refused = envelope.refusal_answer(MethodNotAllowed(f"this page does not answer {verb[:20]!r}; it answers {verbs}", allow=verbs))
    return Response(refused.body, refused.status, refused.headers)

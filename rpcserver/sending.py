"""An answer whose body is all there leaves in one piece: uvicorn writes its head and its body one after the other, which costs the
server and the caller a packet each, and looks at every header by itself."""

from collections.abc import Awaitable

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HEADER_RE, HEADER_VALUE_RE, STATUS_LINE, RequestResponseCycle

HOW_LONG = b"content-length"
_FRAMING = (b"connection", b"transfer-encoding")


class Sending:
    """The application of one request, whose head waits for the first piece of its body. Whatever is not as plain as most answers
    goes uvicorn's own way, with the same bytes on the wire."""

    __slots__ = ("_app", "_send", "_start", "cycle")

    def __init__(self, app: ASGIApp, cycle: RequestResponseCycle) -> None:
        self.cycle = cycle
        self._app = app
        self._start: Message | None = None

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        self._send = send
        return self._app(scope, receive, self.send)

    async def send(self, message: Message) -> None:
        """Take a message of the application."""
        start, cycle = self._start, self.cycle
        if start is None:
            if message["type"] == "http.response.start" and not cycle.response_started:
                self._start = message
            else:
                await self._send(message)
            return
        self._start = None
        if not self._is_plain(message) or not self._has_left(start, message["body"]):
            await self._send(start)
            await self._send(message)

    def _is_plain(self, message: Message) -> bool:
        """Whether this is a whole body, the connection takes it, and goes on after it."""
        cycle = self.cycle
        if message["type"] != "http.response.body" or "body" not in message or message.get("more_body"):
            return False
        is_open = cycle.keep_alive and not cycle.disconnected and not cycle.flow.write_paused
        return is_open and not cycle.access_log and cycle.scope["method"] != "HEAD"

    def _has_left(self, start: Message, body: bytes) -> bool:
        """Send the answer, if its head says how long it is and is in order."""
        cycle = self.cycle
        headers = [*cycle.default_headers, *start.get("headers", ())]
        names, values = [name.lower() for name, _ in headers], [value for _, value in headers]
        if names.count(HOW_LONG) != 1 or values[names.index(HOW_LONG)] != b"%d" % len(body):
            return False
        if any(name in names for name in _FRAMING) or HEADER_RE.search(b"".join(names)) or HEADER_VALUE_RE.search(b"".join(values)):
            return False
        cycle.response_started = True
        cycle.waiting_for_100_continue = False
        head = b"".join([b"%b: %b\r\n" % header for header in zip(names, values, strict=True)])
        cycle.transport.write(b"%b%b\r\n%b" % (STATUS_LINE[start["status"]], head, body))
        cycle.response_complete = True
        cycle.message_event.set()
        cycle.on_response()
        return True

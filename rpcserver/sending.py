"""An answer whose body is all there leaves in one piece: uvicorn writes its head and its body one after the other, which costs the
server and the caller a packet each, and looks at every header by itself."""

from collections.abc import Awaitable
from functools import lru_cache

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
        names, values = zip(*headers, strict=True) if headers else ((), ())
        head, place = _form(names)
        if place is None or values[place] != b"%d" % len(body) or HEADER_VALUE_RE.search(b"".join(values)):
            return False
        cycle.response_started = True
        cycle.waiting_for_100_continue = False
        cycle.transport.write(b"".join((STATUS_LINE[start["status"]], head % values, body)))
        cycle.response_complete = True
        cycle.message_event.set()
        cycle.on_response()
        return True


@lru_cache(maxsize=256)
def _form(names: tuple[bytes, ...]) -> tuple[bytes, int | None]:
    """The head of an answer that has these headers, without their values, and which one says how long it is; None if none does, or
    if they are not as plain as most. Few answers differ in this."""
    lower = [name.lower() for name in names]
    is_plain = lower.count(HOW_LONG) == 1 and not any(name in lower for name in _FRAMING) and not HEADER_RE.search(b"".join(lower))
    head = b"".join([b"%b: %%b\r\n" % name.replace(b"%", b"%%") for name in lower])
    return head + b"\r\n", lower.index(HOW_LONG) if is_plain else None

"""One structured line for every call, without secrets; request ids in and out.

The line never holds the query string, a body, a token or a password; of an unknown path it holds the beginning.
"""

import asyncio
import logging
import re
import sys
import time
from collections.abc import Awaitable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from math import floor
from random import Random
from typing import Any, Protocol, TextIO

import orjson
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ledger.entry import utc_text
from ledger.errors import SystemFailure
from rpcserver import envelope
from rpcserver.browsers import EVERY_ANSWER
from rpcserver.headers import headers_of

REQUEST_ID = "X-Request-Id"
_HEADER = REQUEST_ID.lower().encode()
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
PATH_LIMIT = 100
_numbers = Random()
"""Request ids have to differ, and nobody gains by guessing one."""
LINE = "rpcserver.line"
"""Where a request keeps its line."""

calls = logging.getLogger("rpcserver.call")
_BLANK = vars(logging.LogRecord(calls.name, logging.INFO, "", 0, "call", (), None))
faults = logging.getLogger("rpcserver.fault")


@dataclass(slots=True)
class Line:
    """What is known of a call so far; `code` is OK, a refusal's code, or DISCONNECTED."""

    request_id: str
    door: str | None = None
    method: str | None = None
    path: str | None = None
    trace_id: str | None = None
    actor: str | None = None
    address: str | None = None
    code: str | None = None
    status: int | None = None
    bytes: int = 0
    quiet: bool = False


def line_of(scope: Scope) -> Line:
    """The line of the call that this scope belongs to."""
    found = scope[LINE]
    if not isinstance(found, Line):
        raise TypeError("the scope has no line")
    return found


def request_id(headers: Headers) -> str:
    """The caller's request id if it has the right form, else one of ours."""
    given = headers.get(REQUEST_ID, "")
    return given if given and _REQUEST_ID.fullmatch(given) else f"{_numbers.getrandbits(128):032x}"


def fault(line: Line, error: BaseException) -> None:
    """Log a fault of ours whole, under the call's request id."""
    faults.error("%s failed", line.method or "a call", exc_info=error, extra={"call": {"request_id": line.request_id}})


class Counting(Protocol):
    """Whoever counts calls: told in the event loop when one begins, and when it is over, with all that its line holds."""

    def begun(self) -> None: ...

    def ended(self, line: Line, seconds: float) -> None: ...


class Logged:
    """The outermost layer: gives the request its id and the answer what all answers have, answers what nobody caught, writes the
    line, and has the call counted."""

    def __init__(self, app: ASGIApp, counting: Counting | None = None) -> None:
        self.app = app
        self._counting = counting
        self._over: list[tuple[Line, float, float]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        line = Line(request_id(headers_of(scope)))
        scope[LINE] = line
        if self._counting is not None:
            self._counting.begun()
        started = time.perf_counter()

        def counted(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                line.status = message["status"]
                message["headers"] = [*message.get("headers", ()), *EVERY_ANSWER, (_HEADER, line.request_id.encode())]
            elif message["type"] == "http.response.body":
                line.bytes += len(message.get("body", b""))
            return send(message)

        try:
            await self.app(scope, receive, counted)
        except Exception as error:
            fault(line, error)
            line.code = SystemFailure.code
            if line.status is None:
                await _apologise(line, counted)
        finally:
            self._end(line, time.perf_counter() - started)

    def _end(self, line: Line, seconds: float) -> None:
        """Have a call that is over counted, and its line written, at the end of this turn of the event loop. What is done for all
        calls of a turn in a row takes half the time: the processor has it at hand."""
        if not self._over:
            asyncio.get_running_loop().call_soon(self._tell)
        self._over.append((line, seconds, time.time()))

    def _tell(self) -> None:
        over, self._over = self._over, []
        for line, seconds, ended in over:
            _write(line, seconds, ended)
        if self._counting is not None:
            for line, seconds, _ in over:
                self._counting.ended(line, seconds)


async def _apologise(line: Line, send: Send) -> None:
    body = envelope.refused(system_failure(line.request_id))
    headers = [(b"content-type", envelope.JSON.encode()), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": 500, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def system_failure(request_id: str) -> SystemFailure:
    """What the caller sees of a fault of ours: the id under which it is logged."""
    return SystemFailure(f"the server failed; the fault is logged under request id {request_id}")


def _write(line: Line, seconds: float, ended: float) -> None:
    level = logging.DEBUG if line.quiet else logging.INFO
    if not calls.isEnabledFor(level):
        return
    told = {
        "request_id": line.request_id,
        "trace_id": line.trace_id,
        "door": line.door,
        "method": line.method,
        "path": _printable(line.path[:PATH_LIMIT]) if line.path else None,
        "actor": line.actor,
        "address": line.address,
        "status": line.status,
        "code": line.code,
        "ms": round(seconds * 1000, 1),
        "bytes": line.bytes,
    }
    calls.handle(CallRecord(level, told, ended))


def _printable(path: str) -> str:
    """A path without what could begin a line, or tell a terminal something, where somebody reads the log."""
    return path if path.isprintable() else path.encode("unicode_escape").decode()


class CallRecord(logging.LogRecord):
    """The record of a call's line. The library's own one would find out at each call which line of code makes it."""

    def __init__(self, level: int, told: Mapping[str, object], ended: float) -> None:
        self.__dict__ = _BLANK | {
            "levelno": level,
            "levelname": logging.getLevelName(level),
            "created": ended,
            "call": told,
        }


def _fields(record: logging.LogRecord, formatter: logging.Formatter) -> dict[str, Any]:
    milliseconds = floor(record.created * 1000)
    moment = f"{utc_text(milliseconds // 1000)}.{milliseconds % 1000:03d}Z"
    made: dict[str, Any] = {"time": moment, "level": record.levelname.lower(), "logger": record.name}
    made["message"] = record.getMessage()
    made |= {name: value for name, value in getattr(record, "call", {}).items() if value is not None}
    if record.exc_info:
        made["exception"] = formatter.formatException(record.exc_info)
    return made


class Lines(logging.StreamHandler[TextIO]):
    """Writes the lines of calls that end in the same turn of the event loop together, all others at once, in the order in which
    they come."""

    def __init__(self, stream: TextIO) -> None:
        super().__init__(stream)
        self._held: list[str] = []
        self._last: logging.LogRecord | None = None

    def handle(self, record: logging.LogRecord) -> bool:
        with self.lock or nullcontext():
            self._held.append(self._line(record))
            self._last = record
            if not isinstance(record, CallRecord) or not self._waits():
                self.flush()
        return True

    def _waits(self) -> bool:
        """Whether what is held is written at the end of this turn."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return False
        if len(self._held) == 1:
            loop.call_soon(self.flush)
        return True

    def flush(self) -> None:
        """Write what is held; so does the library when the process ends."""
        with self.lock or nullcontext():
            held, last = self._held, self._last
            self._held, self._last = [], None
            if last is not None:
                try:
                    self.stream.write("".join(held))
                    self.stream.flush()
                except Exception:
                    self.handleError(last)

    def _line(self, record: logging.LogRecord) -> str:
        try:
            return self.format(record) + self.terminator
        except Exception:
            self.handleError(record)
            return ""


class JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        found = _fields(record, self)
        try:
            return orjson.dumps(found, default=str).decode()
        except orjson.JSONEncodeError:
            return orjson.dumps({name: _clean(value) for name, value in found.items()}, default=str).decode()


class TextLines(logging.Formatter):
    """One line for reading; an exception follows on lines of its own."""

    def format(self, record: logging.LogRecord) -> str:
        made = _fields(record, self)
        head = [made.pop(name) for name in ("time", "level", "message")]
        exception = made.pop("exception", None)
        made.pop("logger")
        rest = [f"{name}={_clean(value)!r}" for name, value in made.items()]
        return " ".join([*head, *rest]) + (f"\n{exception}" if exception else "")


def _clean(value: object) -> object:
    return value.encode("utf-8", "backslashreplace").decode() if isinstance(value, str) else value


def configure(level: str, form: str) -> None:
    """Log to stderr from this level up, in this form. What uvicorn says goes the same way; its own line for each call, which would
    hold the query string, is never written."""
    # No line tells who logged it, in which thread, process or task; so the library need not find that out for each.
    for needless in ("logThreads", "logProcesses", "logMultiprocessing", "logAsyncioTasks"):
        setattr(logging, needless, False)
    handler = Lines(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else TextLines())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("uvicorn.access").disabled = True

"""Request bodies: read within a limit, announced as JSON, and one JSON object without a repeated key."""

import asyncio
import json
import re
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import NoReturn

import jiter
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.types import Scope

from ledger.errors import MalformedRequest, RequestTooLarge, ServiceUnavailable, UnsupportedMediaType

DEPTH = 32
"""Objects and lists within one another, the outermost counted."""
MOST_VALUES = 100_000
"""What one body may hold: each value takes fifty times the memory of its two bytes, and time in which no other call goes on."""
LIGHT = 8 << 10
"""The largest body, in bytes, that is read without leaving the event loop."""
BOM = b"\xef\xbb\xbf"
HELD = "rpcserver.held"
"""Where a call keeps how much of its body is held."""
ARRIVED = "rpcserver.arrived"
"""What a connection notes of a request that is there to its end, for which nobody has to wait."""
UTF_8 = frozenset({"", "utf-8", "utf8", "us-ascii"})

_BEFORE_A_VALUE = (b",", b"[", b"{")
_JSON_TYPE = re.compile(r"(application/(json|x-json|[a-z0-9.+-]+\+json)|text/(json|x-json))")
_CHARSET = re.compile(r';\s*charset\s*=\s*"?([^";\s]*)"?', re.IGNORECASE)


class Held:
    """How much of bodies that are not light one process holds, in bytes, from their first byte to the end of their call."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._now = 0

    def take(self, scope: Scope, size: int) -> None:
        """Hold so much of a call's body, which has come so far. Refuses: SERVICE_UNAVAILABLE."""
        more = size - scope.get(HELD, 0)
        if self._now + more > self._most:
            raise ServiceUnavailable("too many large bodies are under way; try again")
        scope[HELD] = size
        self._now += more

    def let_go(self, scope: Scope) -> None:
        """The call is over."""
        self._now -= scope.pop(HELD, 0)


async def read(request: Request, limit: int, drained: int, seconds: float, held: Held) -> bytes:
    """The whole body. A larger one is refused; up to `drained` bytes of it are still read and forgotten, because a client that
    is not done sending would not see the answer."""
    length = request.headers.get("content-length", "")
    declared = int(length) if length.isascii() and length.isdigit() else 0
    if declared > drained:
        raise _too_large(limit)
    if request.scope.get(ARRIVED):
        return await _collected(request, limit, drained, held)
    try:
        async with asyncio.timeout(seconds):
            return await _collected(request, limit, drained, held)
    except TimeoutError:
        raise MalformedRequest(f"the body did not arrive within {seconds:g} seconds") from None


async def _collected(request: Request, limit: int, drained: int, held: Held) -> bytes:
    body, seen, more = bytearray(), 0, True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk, more = message.get("body", b""), message.get("more_body", False)
        seen += len(chunk)
        if seen > drained:
            raise _too_large(limit)
        if seen <= limit:
            if seen > LIGHT:
                held.take(request.scope, seen)
            if not (more or body):
                return bytes(chunk)
            body += chunk
    if seen > limit:
        raise _too_large(limit)
    return bytes(body)


def _too_large(limit: int) -> RequestTooLarge:
    return RequestTooLarge(f"the body is larger than {limit} bytes")


def check_media(headers: Headers) -> None:
    """Refuse a body that is announced as something else than JSON in UTF-8; one that is not announced is tried."""
    _check_announced(headers.get("content-type", "").strip(), headers.get("content-encoding", "").strip().lower())


@lru_cache(maxsize=64)
def _check_announced(announced: str, encoding: str) -> None:
    """Most bodies are announced alike; what is refused is not remembered."""
    if announced and not _JSON_TYPE.fullmatch(announced.partition(";")[0].strip().lower()):
        raise UnsupportedMediaType(f"the body is announced as {announced[:100]!r}; send JSON with Content-Type: application/json")
    charset = _CHARSET.search(announced)
    if charset and charset[1].lower() not in UTF_8:
        raise UnsupportedMediaType(f"the body is announced in {charset[1][:100]!r}; send JSON in UTF-8")
    if encoding not in ("", "identity"):
        raise UnsupportedMediaType(f"the body is announced as compressed ({encoding[:100]!r}); send it as it is")


def parsed(body: bytes) -> dict[str, object]:
    """The JSON object that the body holds: decimals exact, no repeated key, no NaN, at most 32 levels deep."""
    text = body.removeprefix(BOM)
    if len(text) > MOST_VALUES and sum(map(text.count, _BEFORE_A_VALUE)) > MOST_VALUES:
        raise MalformedRequest(f"the body holds more than {MOST_VALUES} values")
    if not text or text.isspace():
        raise MalformedRequest("there is no body; send a JSON object, {} if there is nothing to say")
    try:
        found = jiter.from_json(text, float_mode="decimal", catch_duplicate_keys=True, allow_inf_nan=False)
    except ValueError as error:
        found = _parsed_patiently(text, str(error))
    if not isinstance(found, dict):
        raise MalformedRequest(f"the body is a JSON {_kind(found)}, where an object was expected")
    # No level without a bracket.
    if text.count(b"{") + text.count(b"[") > DEPTH:
        _check_depth(found)
    return found


def _parsed_patiently(text: bytes, why: str) -> object:
    """What the fast parser takes for bad syntax and is none: half a surrogate pair, or a number beyond any exponent or length.
    These are faults of one parameter, to be refused under its name; so the texts come as they are, the numbers as infinite."""
    try:
        return json.loads(
            text.decode(), parse_float=_decimal, parse_int=_integer, parse_constant=_no_constant, object_pairs_hook=_no_repeats
        )
    except (ValueError, RecursionError):
        raise MalformedRequest(f"the body is not JSON that can be read: {why}") from None


def _decimal(digits: str) -> Decimal:
    try:
        return Decimal(digits)
    except InvalidOperation:
        return Decimal("Infinity")


def _integer(digits: str) -> int | Decimal:
    try:
        return int(digits)
    except ValueError:
        return Decimal("Infinity")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _no_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is repeated")
    return found


def _kind(value: object) -> str:
    if isinstance(value, list):
        return "list"
    if isinstance(value, str):
        return "text"
    return "null" if value is None else "boolean" if isinstance(value, bool) else "number"


def _check_depth(found: dict[str, object]) -> None:
    level: list[object] = [found]
    for _ in range(DEPTH):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer if isinstance(outer, list) else ())
            if isinstance(inner, dict | list)
        ]
        if not level:
            return
    raise MalformedRequest(f"the body is nested more than {DEPTH} levels deep")

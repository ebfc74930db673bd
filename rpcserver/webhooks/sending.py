"""One message to one receiver: what it says, or why it says nothing, as a short code that holds no secret."""

import asyncio
import calendar
import ssl
import time
from collections.abc import Iterable, Mapping
from email.utils import parsedate_to_datetime
from typing import NamedTuple

import httpcore2

from ledger.destinations import Destination, Reach
from rpcserver.webhooks.failures import Failure
from rpcserver.webhooks.guard import AddressNotAllowed, Guarded, NameNotFound

ANSWER_LIMIT = 64 << 10
"""So much of an answer is read, in bytes: nobody looks at it, but a connection that is read to its end can be used again."""
IDLE_SECONDS = 30
SUCCESS, REDIRECTS = range(200, 300), range(300, 400)
ASKS_TO_WAIT = (429, 503)
RETRY_AFTER = b"retry-after"


class Said(NamedTuple):
    """What a receiver said: its status, if it answered in time; a code if that was no success; and for how many seconds it wants
    to be left alone, if it says so."""

    status: int | None = None
    error: Failure | None = None
    wait: float | None = None


class Sender:
    """The connections to one receiver, at most so many. Redirects are not followed, and no proxy is asked."""

    def __init__(
        self, to: Destination, reach: Reach, *, seconds: float, connections: int, trust: ssl.SSLContext | None = None
    ) -> None:
        self._url = httpcore2.URL(scheme=to.scheme, host=to.host, port=to.port, target=to.target)
        self._headers = {"Host": to.authority, "Content-Type": "application/json", "User-Agent": "rpcserver-webhooks"}
        self._seconds = seconds
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=trust,
            max_connections=connections,
            keepalive_expiry=IDLE_SECONDS,
            network_backend=Guarded(reach, plain=to.is_plain),
        )

    async def send(self, headers: Mapping[str, str], body: bytes) -> Said:
        """What the receiver says to it."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._post(headers, body)
        except AddressNotAllowed:
            return Said(error=Failure.ADDRESS_NOT_ALLOWED)
        except NameNotFound:
            return Said(error=Failure.NAME_NOT_FOUND)
        except (TimeoutError, httpcore2.TimeoutException):
            return Said(error=Failure.TIMED_OUT)
        except httpcore2.NetworkError as error:
            return Said(error=_broken(error))
        except httpcore2.ProtocolError:
            return Said(error=Failure.NOT_HTTP)

    async def _post(self, headers: Mapping[str, str], body: bytes) -> Said:
        read = 0
        async with self._pool.stream("POST", self._url, headers=[*self._headers.items(), *headers.items()], content=body) as answer:
            async for part in answer.aiter_stream():
                read += len(part)
                if read > ANSWER_LIMIT:
                    break
            return _said(answer.status, answer.headers)

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.aclose()


def _said(status: int, headers: Iterable[tuple[bytes, bytes]]) -> Said:
    if status in SUCCESS:
        return Said(status)
    asked = [value for name, value in headers if name.lower() == RETRY_AFTER] if status in ASKS_TO_WAIT else []
    wait = _seconds(asked[0].decode("latin-1").strip()) if asked else None
    return Said(status, Failure.REDIRECTED if status in REDIRECTS else Failure.REFUSED, wait)


def _seconds(asked: str) -> float | None:
    """A Retry-After: seconds, or the date of HTTP; None for anything else."""
    if asked.isascii() and asked.isdigit():
        return float(asked)
    try:
        moment = parsedate_to_datetime(asked)
        return max(0.0, calendar.timegm(moment.utctimetuple()) - time.time())
    except (ValueError, OverflowError):
        return None


def _broken(error: httpcore2.NetworkError) -> Failure:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return Failure.TLS_FAILED
        cause = cause.__cause__ or cause.__context__
    return Failure.CONNECTION_FAILED if isinstance(error, httpcore2.ConnectError) else Failure.CONNECTION_BROKEN

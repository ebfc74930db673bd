"""One message to one receiver: what it says, or why it says nothing, as a short code that holds no secret."""

import asyncio
import ssl
from collections.abc import Mapping

import httpcore2

from ledger.destinations import Destination, Reach
from rpcserver.webhooks.failures import Failure
from rpcserver.webhooks.guard import AddressNotAllowed, Guarded, NameNotFound

ANSWER_LIMIT = 64 << 10
"""So much of an answer is read, in bytes: nobody looks at it, but a connection that is read to its end can be used again."""
IDLE_SECONDS = 30
SUCCESS, REDIRECTS = range(200, 300), range(300, 400)


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

    async def send(self, headers: Mapping[str, str], body: bytes) -> tuple[int | None, Failure | None]:
        """The receiver's status, if it answered in time; and a code if that was no success."""
        try:
            async with asyncio.timeout(self._seconds):
                status = await self._post(headers, body)
        except AddressNotAllowed:
            return None, Failure.ADDRESS_NOT_ALLOWED
        except NameNotFound:
            return None, Failure.NAME_NOT_FOUND
        except (TimeoutError, httpcore2.TimeoutException):
            return None, Failure.TIMED_OUT
        except httpcore2.NetworkError as error:
            return None, _broken(error)
        except httpcore2.ProtocolError:
            return None, Failure.NOT_HTTP
        if status in SUCCESS:
            return status, None
        return status, Failure.REDIRECTED if status in REDIRECTS else Failure.REFUSED

    async def _post(self, headers: Mapping[str, str], body: bytes) -> int:
        read = 0
        async with self._pool.stream("POST", self._url, headers=[*self._headers.items(), *headers.items()], content=body) as answer:
            async for part in answer.aiter_stream():
                read += len(part)
                if read > ANSWER_LIMIT:
                    break
            return answer.status

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.aclose()


def _broken(error: httpcore2.NetworkError) -> Failure:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return Failure.TLS_FAILED
        cause = cause.__cause__ or cause.__context__
    return Failure.CONNECTION_FAILED if isinstance(error, httpcore2.ConnectError) else Failure.CONNECTION_BROKEN

"""Lists without paging: streamed page by page, each page in a short read of its own; memory stays flat."""

from collections.abc import Callable
from dataclasses import dataclass

from starlette.requests import Request
from starlette.types import Send

from rpcserver import envelope
from rpcserver.house import House

SEPARATOR = b","


@dataclass(slots=True)
class Streamed:
    """A list on its way, in pieces of encoded rows. `first` are those of its first page, read before the answer begins, so that a
    refusal still has its status; `next_page` reads a further page and gives None at the end."""

    first: list[bytes]
    next_page: Callable[[], list[bytes] | None]


async def send_list(streamed: Streamed, house: House, request: Request, send: Send) -> bool:
    """Send the list, waiting for the client's pace; False if the client went away. An exception midway leaves the JSON open: the
    caller of this function must not complete the answer, so that the connection is cut and nobody takes a part for the whole."""
    headers = [(name.lower().encode(), value.encode()) for name, value in envelope.HEADERS.items()]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    if request.method == "HEAD":
        await send({"type": "http.response.body", "body": b""})
        return True
    await send({"type": "http.response.body", "body": envelope.LIST_HEAD, "more_body": True})
    before = b""
    page: list[bytes] | None = streamed.first
    while page is not None:
        for piece in page:
            await send({"type": "http.response.body", "body": before + piece, "more_body": True})
            before = SEPARATOR
        if await request.is_disconnected():
            return False
        page = await house.work(streamed.next_page)
    await send({"type": "http.response.body", "body": envelope.LIST_TAIL})
    return True

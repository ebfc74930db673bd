"""`/health`: whether the database can be reached and is what this server needs. For load balancers, so without the envelope."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from rpcserver.house import House
from rpcserver.log import line_of
from rpcserver.page import Page

WELL, ILL = "OK", "FAILING"


def page(house: House) -> Page:
    """200 and `OK`, or 503 and what is wrong, one sentence a problem."""

    async def health(request: Request) -> Response:
        problems = await house.work(house.book.health)
        line = line_of(request.scope)
        line.code, line.quiet = ILL if problems else WELL, not problems
        body = orjson.dumps({"status": line.code, "problems": problems})
        return Response(body, 503 if problems else 200, {"Cache-Control": "no-store"}, "application/json")

    return Page(health)

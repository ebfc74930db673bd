"""The least that this stack can do: one route, one constant answer."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

BODY = b'{"status":{"code":"OK","message":null,"description":null},"data":{}}'


async def bare(request: Request) -> Response:
    await request.body()
    return Response(BODY, media_type="application/json")


app = Starlette(routes=[Route("/bare", bare, methods=["GET", "POST"])])

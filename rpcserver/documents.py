"""The documents that are made from the table of methods: where the server offers them."""

from collections.abc import Callable
from functools import cache

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rpcserver import envelope, openapi, postman
from rpcserver.house import House
from rpcserver.page import Page


def routes(house: House) -> list[Route]:
    """Their routes. What takes a moment to make is made in a thread, and once: anybody may ask for it, as often as he likes."""

    def route(path: str, make: Callable[[Request], bytes]) -> Route:
        async def answer(request: Request) -> Response:
            return Response(await house.heavily(lambda: make(request)), media_type=envelope.JSON)

        return Route(path, Page(path.strip("/"), answer))

    return [
        route("/openapi.json", lambda _: _openapi()),
        route("/postman/collection.json", lambda _: _collection()),
        route("/postman/environment.json", lambda request: orjson.dumps(postman.environment(str(request.base_url)))),
    ]


@cache
def _openapi() -> bytes:
    return orjson.dumps(openapi.document())


@cache
def _collection() -> bytes:
    return orjson.dumps(postman.collection())

"""The documents that are made from the table of methods: where the server offers them."""

from collections.abc import Callable

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from rpcserver import envelope, openapi, postman
from rpcserver.house import House
from rpcserver.page import Page


def routes(house: House) -> list[Route]:
    """Their routes. What takes a moment to make is made in a thread."""

    def route(path: str, make: Callable[[Request], object]) -> Route:
        async def answer(request: Request) -> Response:
            body = await house.work(lambda: orjson.dumps(make(request)))
            return Response(body, media_type=envelope.JSON, headers={"Cache-Control": "no-cache"})

        return Route(path, Page(answer))

    return [
        route("/openapi.json", lambda _: openapi.document()),
        route("/postman/collection.json", lambda _: postman.collection()),
        route("/postman/environment.json", lambda request: postman.environment(str(request.base_url))),
    ]

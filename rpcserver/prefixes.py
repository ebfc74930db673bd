"""Finding a route by the first part of its path, so that a call at one door is not held against the paths of the others."""

from collections.abc import Awaitable, Iterable

from starlette.routing import BaseRoute, Router
from starlette.types import ASGIApp, Receive, Scope, Send


class ByPrefix:
    """Routes by the first part of their paths (`/api/payments/` by `api`), in their order; all else goes to the rest."""

    def __init__(self, routes: Iterable[BaseRoute], rest: ASGIApp) -> None:
        self._rest = rest
        self.routes = list(routes)
        grouped: dict[str, list[BaseRoute]] = {}
        for route in self.routes:
            grouped.setdefault(_first(str(getattr(route, "path", ""))), []).append(route)
        self._routers = {first: Router(group, default=rest, redirect_slashes=False) for first, group in grouped.items()}

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        found = self._routers.get(_first(scope["path"]))
        return (found or self._rest)(scope, receive, send)


def _first(path: str) -> str:
    return path[1:].partition("/")[0]

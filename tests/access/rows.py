"""What can be called at all doors of a server: a row for each method, and for each verb of each resource. The rows are those of the
server's own routes and of METHODS, so that none can be forgotten."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from starlette.routing import Route

from identifiers.kinds import KINDS, Kind
from ledger.rights import Right
from methods import METHODS
from methods.tables import Parameter
from rpcserver import paths
from rpcserver.app import Application
from rpcserver.dialects.waldur.addresses import Preflight, WithSlash
from rpcserver.dispatch import DROP_IN, WORD, Dispatch
from rpcserver.page import Page
from rpcserver.rest import Action, Resource

NATIVE, UNDER_DROP_IN, PAGES = WORD, "drop-in", "pages"
RPC = (NATIVE, UNDER_DROP_IN)
PLACE = re.compile(r"([^/{}]+)/\{(\w+)\}")
"""A record in a path: the collection that it is in, and the name of the part."""
IDENTIFIER = " identifier"
BY_WORDS = {kind.words: kind for kind in KINDS.values()}


@dataclass(frozen=True)
class Row:
    """One verb at one path of a door. Without a right nobody is asked for a token."""

    door: str
    verb: str
    path: str
    action: str
    right: Right | None
    reads_body: bool = False

    @property
    def method(self) -> str:
        """The path of a native method, without the door's prefix."""
        return self.path.removeprefix(DROP_IN if self.door == UNDER_DROP_IN else "")[1:]

    def at(self, values: Iterable[object]) -> str:
        """The path to the records that these values name, in the order of its parts."""
        given = iter(values)
        return PLACE.sub(lambda place: f"{place[1]}/{next(given)}", self.path)

    @property
    def reads_records(self) -> bool:
        return self.right is Right.RECORDS_READ

    @property
    def is_read(self) -> bool:
        """Whether the verb shows something."""
        return self.verb in ("GET", "HEAD")


def rows(app: Application) -> list[Row]:
    """Everything that can be called. A route of a kind that is not known here is an error: somebody has to say who may call it."""
    routes = (each for each in app.routes.routes if isinstance(each, Route))
    return [*_methods(NATIVE, ""), *(row for route in routes for row in _of_route(route))]


def _of_route(route: Route) -> Iterator[Row]:
    endpoint = route.endpoint
    if isinstance(endpoint, Resource):
        yield from _of_resource(route.path, endpoint)
    elif isinstance(endpoint, Dispatch):
        yield from _methods(UNDER_DROP_IN, DROP_IN)
    elif isinstance(endpoint, Page):
        yield Row(PAGES, "GET", route.path, route.path, None)
    elif not isinstance(route, Preflight) and not isinstance(endpoint, WithSlash):
        raise LookupError(f"nobody has said who may call {route.path}")


def _of_resource(path: str, resource: Resource) -> Iterator[Row]:
    """HEAD goes with GET; where it does something of its own it has a row. Without actions there is nothing to call."""
    actions = resource.actions or {}
    for verb, action in actions.items():
        if verb != "HEAD" or action is not actions["GET"]:
            yield _row(resource.door.word, verb, path, action)


def _row(door: str, verb: str, path: str, action: Action) -> Row:
    return Row(door, verb, path, action.name, action.right, action.reads_body)


def _methods(door: str, prefix: str) -> Iterator[Row]:
    for path, method in METHODS.items():
        for verb in paths.verbs(method).split(", "):
            if verb in ("GET", "POST"):
                yield Row(door, verb, f"{prefix}/{path}", path, None if method.public else method.right, verb == "POST")


def kind_of(parameter: Parameter) -> Kind | None:
    """The kind of thing that a method's parameter names, if it is an identifier. A kind that is not known is a KeyError."""
    if not parameter.type.endswith(IDENTIFIER):
        return None
    words = parameter.type.removesuffix(IDENTIFIER).lower()
    return BY_WORDS[words.removeprefix("financial transaction ")]

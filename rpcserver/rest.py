"""Doors that speak REST: resources with verbs, the token in a header, and refusals in the words of another API.

A door of this kind says how it behaves (`Manners`) and what its resources do (`Action`); the phases and their order, the read or
the write, idempotency keys and the log are the same for all of them.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

from starlette.datastructures import Headers, QueryParams
from starlette.requests import Request
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from ledger.entry import Answer, Call, Entry, Reading
from ledger.errors import InvalidToken, MethodNotAllowed, Refusal, UnknownMethod, refusal_of
from ledger.rights import Right
from rpcserver import bodies, keys
from rpcserver.arguments import check_host, check_query, header_tokens
from rpcserver.auth import client_address, client_scheme
from rpcserver.door import Door
from rpcserver.headers import Incoming
from rpcserver.house import House
from rpcserver.log import line_of
from rpcserver.settings import Settings

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Asking:
    """One request, as an action gets it: who asks (`call`), the parts of the path, and the body where the action reads one."""

    house: House
    call: Call
    request: Request
    path: Mapping[str, str]
    body: bytes = b""
    leaving: list[Callable[[], None]] = field(default_factory=list)
    """What is done when the request is over, whatever came of it."""

    @property
    def headers(self) -> Headers:
        return self.request.headers

    @property
    def query(self) -> QueryParams:
        return self.request.query_params

    @property
    def settings(self) -> Settings:
        return self.house.settings


@dataclass(frozen=True, slots=True)
class Look:
    """Answer from a read of the book."""

    run: Callable[[Reading], Answer]


@dataclass(frozen=True, slots=True)
class Write:
    """Answer from a write. `said` is what was asked, as it was read (JSON-able, files as their sha256): under the same idempotency
    key the same has to be said."""

    run: Callable[[Entry], Answer]
    said: object = None


Deed = Look | Write | Answer


@dataclass(frozen=True, slots=True)
class Action:
    """What a verb does with a resource. `name` is the method's in the audit log; without a right nobody is asked for a token. What
    is `light` (one record, a small body) is done without leaving the event loop."""

    name: str
    right: Right | None
    handle: Callable[[Asking], Deed]
    reads_body: bool = False
    hashing: bool = False
    light: bool = False
    max_body: Callable[[Settings], int] | None = None


class Manners(Protocol):
    """How one door behaves."""

    word: str
    token_first: bool
    """Whether a missing token is refused before a wrong verb."""

    def token(self, headers: Headers) -> str | None:
        """The token that a request brings."""

    def admit(self, asking: Asking) -> None:
        """Refuse who may not come in, or comes too often; who asks is known."""

    def check_media(self, asking: Asking) -> None:
        """Refuse a body that is announced as something else, or an answer that is wanted as something else, before it is read."""

    def refused(self, refusal: Refusal, request: Request, action: str) -> Answer:
        """A refusal in the door's words."""


def header_token(headers: Headers) -> str | None:
    """The token in `Authorization` or `X-Auth-Token`; two that differ are refused."""
    different = dict.fromkeys(header_tokens(headers))
    if len(different) > 1:
        raise InvalidToken("two different tokens were sent; send one", "token")
    return next(iter(different), None)


def resource(path: str, door: Door, manners: Manners, actions: Mapping[str, Action]) -> Route:
    """A resource and what its verbs do; HEAD comes with GET."""
    if "GET" in actions:
        actions = {**actions, "HEAD": actions["GET"]}
    return Route(path, Resource(door, manners, actions))


def unknown(prefix: str, door: Door, manners: Manners) -> Route:
    """Whatever else is asked for under a prefix: there is no such path."""
    return Route(prefix + "/{path:path}", Resource(door, manners, None))


class Resource:
    """A resource as an endpoint. Without actions it stands for all that does not exist."""

    def __init__(self, door: Door, manners: Manners, actions: Mapping[str, Action] | None) -> None:
        self.door = door
        self.manners = manners
        self.actions = actions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope["scheme"] = client_scheme(scope, self.door.house.settings.trusted_proxies)
        visit = Visit(self, Incoming(scope, receive))
        try:
            await self.door.answer(visit, scope, receive, send)
        finally:
            await visit.leave()


class Visit:
    """One request at such a door: the phases in the order in which they refuse."""

    def __init__(self, resource: Resource, request: Request) -> None:
        self.request = request
        self.beforehand: Callable[[], None] | None = None
        self.afterwards: Callable[[], None] | None = None
        self._resource = resource
        self._door = resource.door
        self._house = resource.door.house
        self._manners = resource.manners
        self._line = line_of(request.scope)
        self._action = ""
        self._leaving: list[Callable[[], None]] = []

    async def reply(self) -> Answer:
        """The answer of this resource to this verb."""
        self._line.address = client_address(self.request.scope, self._house.settings.trusted_proxies)
        self._line.path = self.request.scope["path"]
        actions = self._existing()
        if self._manners.token_first and self.request.method not in actions:
            await self._house.quickly(partial(self._authenticated, self._call("")))
        action = self._chosen(actions)
        self._action = self._line.method = action.name
        self._line.path = None
        check_query(self.request.scope["query_string"])
        check_host(self.request.headers)
        answer = await self._answered(action)
        return self._bare(answer) if self.request.method == "HEAD" else answer

    def refused(self, refusal: Refusal) -> Answer:
        """A refusal in the door's words."""
        answer = self._manners.refused(refusal, self.request, self._action)
        return self._bare(answer) if self.request.method == "HEAD" else answer

    async def leave(self) -> None:
        """Do what is left to do when the request is over."""
        for leave in self._leaving:
            await self._house.quickly(leave)

    def _existing(self) -> Mapping[str, Action]:
        if self._resource.actions is None:
            raise UnknownMethod(f"there is nothing at {self.request.scope['path'][:SHOWN]!r}")
        return self._resource.actions

    def _chosen(self, actions: Mapping[str, Action]) -> Action:
        action = actions.get(self.request.method)
        if action is None:
            allow = ", ".join(actions)
            raise MethodNotAllowed(f"{self.request.method[:20]!r} is not answered here; {allow} are", allow=allow)
        return action

    def _call(self, name: str) -> Call:
        return Call(self._door.word, name, request_id=self._line.request_id, address=self._line.address)

    def _begun(self, action: Action, call: Call, reading: Reading | None = None) -> Asking:
        """Who asks (as this reading says, if there is one), and whether they may."""
        if action.right is not None:
            call = self._authenticated(call, reading)
        asking = Asking(self._house, call, self.request, self.request.path_params, leaving=self._leaving)
        if action.right is not None:
            self._manners.admit(asking)
            self._door.permit(call, action.right, self._before_the_refusal)
        self._manners.check_media(asking)
        return asking

    def _before_the_refusal(self, write_down: Callable[[], None]) -> None:
        self.beforehand = write_down

    def _authenticated(self, call: Call, reading: Reading | None = None) -> Call:
        call = self._door.authenticated(self, call, self._manners.token(self.request.headers), reading)
        self._line.actor = call.actor.username if call.actor else None
        return call

    async def _body(self, action: Action) -> bytes:
        settings = self._house.settings
        limit = action.max_body(settings) if action.max_body else settings.max_body
        drained = max(limit, settings.max_batch_body)
        return await bodies.read(self.request, limit, drained, settings.body_wait, self._house.bodies)

    async def _answered(self, action: Action) -> Answer:
        """Find out who asks, read the request, then do what it asks for in a read or a write of the book. What is short and has no
        body is done in one read."""
        call = self._call(action.name)
        if action.light and not action.reads_body:
            asking, deed = await self._house.glance(call, partial(self._at_once, action, call))
        else:
            begun = partial(self._begun, action, call)
            asking = await (self._house.quickly(begun) if action.right is None else self._house.glance(call, begun))
            if action.reads_body:
                asking = replace(asking, body=await self._body(action))
            if len(asking.body) > bodies.LIGHT and not action.hashing:
                deed = await self._house.heavily(partial(self._handled, action, asking))
            elif action.light:
                deed = await self._house.quickly(partial(self._handled, action, asking))
            else:
                deed = await self._house.work(partial(self._handled, action, asking), hashing=action.hashing)
        if not isinstance(deed, Write):
            return deed
        return await self._house.write(self._keyed(asking, deed), deed.run, lambda answer: answer)

    def _at_once(self, action: Action, call: Call, reading: Reading) -> tuple[Asking, Answer | Write]:
        asking = self._begun(action, call, reading)
        deed = action.handle(asking)
        return asking, deed.run(reading) if isinstance(deed, Look) else deed

    def _handled(self, action: Action, asking: Asking) -> Answer | Write:
        """The answer of what writes nothing, or else what is to be written."""
        if action.hashing:
            with self._house.hashing_slots:
                deed = action.handle(asking)
        else:
            deed = action.handle(asking)
        return self._house.book.read(asking.call, deed.run) if isinstance(deed, Look) else deed

    def _keyed(self, asking: Asking, deed: Write) -> Call:
        """The call with its idempotency key, which counts where somebody is asking."""
        key = keys.sent(asking.headers)
        faults = keys.key_faults(key)
        if faults:
            raise refusal_of(faults)
        if key is None:
            return asking.call
        said = json.dumps([dict(asking.path), deed.said], sort_keys=True, default=str)
        return asking.call._replace(key=key, fingerprint=keys.digest(asking.call.door, asking.call.method, said))

    def _bare(self, answer: Answer) -> Answer:
        """What HEAD answers: the same, without the body."""
        return Answer(answer.status, answer.headers | {"Content-Length": str(len(answer.body))}, b"")

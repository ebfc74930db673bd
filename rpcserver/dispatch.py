"""The native door: path -> METHODS -> parameters -> run, at the canonical paths and under the drop-in prefix."""

from collections.abc import Awaitable, Callable
from functools import partial

from starlette.types import Receive, Scope, Send

from ledger.entry import Answer, Call, Reading
from ledger.errors import InvalidCredentials, Refusal
from methods.batch import BatchParams
from methods.faults import MOST_FAULTS
from methods.method import Method, translated
from rpcserver import arguments, bodies, envelope, keys, paths
from rpcserver.arguments import Arguments
from rpcserver.auth import client_address
from rpcserver.batch import PATH as BATCH
from rpcserver.batch import Batch, Undone
from rpcserver.calling import Asked, Ready, ready, takes_key
from rpcserver.door import Door, Reply
from rpcserver.headers import Incoming
from rpcserver.house import FAILED_LOGIN
from rpcserver.log import line_of

WORD = "native"
DROP_IN = "/crmapi/rest/v2"


class Dispatch:
    """The native door as an endpoint. Under the drop-in prefix unknown members are ignored and refusals of a call are HTTP 200."""

    def __init__(self, door: Door, *, drop_in: bool) -> None:
        self.door = door
        self.drop_in = drop_in

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        return self.door.answer(Visit(self, Incoming(scope, receive)), scope, receive, send)


class Visit:
    """One request: the phases in the order in which they refuse."""

    def __init__(self, dispatch: Dispatch, request: Incoming) -> None:
        self.request = request
        self.beforehand: Callable[[], None] | None = None
        self.afterwards: Callable[[], None] | None = None
        self._token: str | None = None
        self._tried: object = None
        self._door = dispatch.door
        self._drop_in = dispatch.drop_in
        self._line = line_of(request.scope)
        self._method: Method | None = None

    async def reply(self) -> Reply:
        """The answer of the method at this path."""
        scope, line = self.request.scope, self._line
        path = scope["path"].removeprefix(DROP_IN if self._drop_in else "").removeprefix("/").removesuffix("/")
        line.path = scope["path"]
        line.address = client_address(scope, self._door.house.settings.trusted_proxies)
        method = self._method = paths.method_at(path)
        line.method, line.path = path, None
        paths.check_verb(path, method, scope["method"])
        if scope["method"] == "OPTIONS":
            return Answer(204, {"Allow": paths.verbs(method)}, b"")
        body = await self._body(path)
        call = Call(WORD, path, request_id=line.request_id, address=line.address)
        try:
            return await self._answered(call, method, body)
        except InvalidCredentials as refusal:
            self.beforehand = partial(self._door.house.refusals.write, call, FAILED_LOGIN, refusal.code, self._tried)
            raise

    def refused(self, refusal: Refusal) -> Answer:
        """A refusal in the envelope, in the words of the method that was called."""
        listed = translated(self._method, refusal) if self._method else refusal.faults
        return envelope.refusal_answer(refusal, listed, drop_in=self._drop_in and self._method is not None)

    async def _body(self, path: str) -> bytes | None:
        """The body of a POST request; a GET request has none that counts."""
        if self.request.scope["method"] != "POST":
            return None
        settings = self._door.house.settings
        limit = settings.max_batch_body if path == BATCH else settings.max_body
        drained = max(limit, settings.max_batch_body)
        return await bodies.read(self.request, limit, drained, settings.body_wait, self._door.house.bodies)

    async def _answered(self, call: Call, method: Method, body: bytes | None) -> Reply:
        """Short work is done at once; what hashes, is large, or finds many rows is done in a thread, so that others go on."""
        house = self._door.house
        if method.prepare is None and len(body or b"") <= bodies.LIGHT:
            if method.light:
                return await house.glance(call, lambda reading: self._made(call, method, body, reading).found(reading))
            if method.public:
                made = await house.quickly(partial(self._made, call, method, body))
            else:
                made = await house.glance(call, partial(self._made, call, method, body))
        elif method.prepare is None:
            made = await house.heavily(partial(self._made, call, method, body))
        else:
            made = await house.work(partial(self._made, call, method, body), hashing=True)
        if isinstance(made.params, BatchParams):
            return await house.work(partial(self._batch, Batch(self._door, made, made.params, self._token, self._drop_in)))
        if method.writes:
            return await made.write()
        return await house.work(made.read)

    def _before_the_refusal(self, write_down: Callable[[], None]) -> None:
        self.beforehand = write_down

    def _made(self, call: Call, method: Method, body: bytes | None, reading: Reading | None = None) -> Ready:
        """Read the arguments, find out who asks (in this reading, if there is one), judge the right, read the parameters."""
        brought, key = self._arguments(method, body), keys.sent(self.request.headers) if takes_key(method) else None
        self._tried = brought.given.get("username")
        if not method.public:
            self._token = brought.token
            call = self._door.authenticated(self, call, self._token, reading)
            self._line.actor = call.actor.username if call.actor else None
            self._door.permit(call, method.right, self._before_the_refusal)
        also = () if self._drop_in else brought.faults[:MOST_FAULTS]
        return ready(self._door.house, call, method, Asked(brought.given, self._drop_in, brought.from_query, key, also))

    def _arguments(self, method: Method, body: bytes | None) -> Arguments:
        query, headers = self.request.scope["query_string"], self.request.headers
        if body is None:
            return arguments.of_get(query, headers)
        brought = arguments.of_post(body, query, headers)
        # Who brings a token needs no key.
        if method.public and arguments.KEY in method.params.model_fields:
            arguments.take_basic_key(brought.given, headers)
        return brought

    def _batch(self, batch: Batch) -> Answer:
        try:
            return batch.answer()
        except Undone as undone:
            self._line.code = undone.first.code
            data = envelope.joined(undone.envelopes)
            return envelope.refusal_answer(undone.first, undone.listed, drop_in=self._drop_in, data=data)

"""One call of a method, from arguments to what is answered: the same alone and inside a batch. It knows no HTTP."""

from typing import Any, NamedTuple

from ledger.entry import Answer, Call, Entry, Reading
from ledger.errors import Fault, Refusal, refusal_of
from methods.answers import Stream
from methods.method import Method, parse
from methods.method import fingerprint as spelled
from methods.params import Params
from methods.projection import projected, rehearsed
from rpcserver import envelope
from rpcserver.arguments import TOKEN
from rpcserver.house import House
from rpcserver.keys import digest, key_faults
from rpcserver.streaming import Streamed


class Asked(NamedTuple):
    """What is asked of a method, not yet read. `lenient` lets unknown members pass; `also` are faults found before those of its
    parameters."""

    given: dict[str, object]
    lenient: bool = False
    from_query: bool = False
    key: str | None = None
    also: tuple[Fault, ...] = ()


class Ready(NamedTuple):
    """A call whose parameters are read: all that is left is to run it. `blank`: what it makes will not be kept, even though the
    call itself does not say so."""

    house: House
    call: Call
    method: Method
    params: Params
    prepared: object = None
    blank: bool = False

    @property
    def spelled(self) -> str:
        """What is asked, as it was read: the same for all spellings of it, and no secret among it."""
        return spelled(self.params, self.house.seal)

    def run(self, reading: Reading) -> object:
        """What the method finds or does; a `Stream` where a list comes without paging."""
        if self.method.prepare is None:
            return self.method.run(reading, self.params)
        return self.method.run(reading, self.params, self.prepared)

    def shown(self, reading: Reading, result: object) -> object:
        """What the method answers: cut to the caller's fields_set, a session signed, what a rehearsal did not keep left blank."""
        if self.method.public and isinstance(result, dict):
            result = result | {TOKEN: self.house.tokens.sign(result[TOKEN])}
        if isinstance(reading, Entry) and (self.blank or self.call.rehearsal):
            result = rehearsed(reading, result)
        return self.projected(result)

    def projected(self, data: Any) -> Any:
        """An answer, or a page of a list, cut to the caller's fields_set."""
        return projected(getattr(self.params, "fields_set", None), data)

    async def write(self) -> Answer:
        """Run in a write; the answer is kept under the call's idempotency key, if it has one."""
        return await self.house.write(self.call, lambda entry: self.shown(entry, self.run(entry)), envelope.answer)

    def read(self) -> Answer | Streamed:
        """Run in a read; of a list of any length the first page."""
        if self.method.beforehand is not None:
            self.method.beforehand(self.house.book, self.call)
        return self.house.book.read(self.call, self.found)

    def found(self, reading: Reading) -> Answer | Streamed:
        """Run in this reading."""
        result = self.run(reading)
        if not isinstance(result, Stream):
            return envelope.answer(self.shown(reading, result))
        rows, cursor = result.page(reading, None)
        return Streamed(envelope.rows(self.projected(rows)), Pages(self, result, cursor))


class Pages:
    """The pages of a list after the first, each read when it is asked for, in a read of its own."""

    def __init__(self, made: Ready, stream: Stream, cursor: object) -> None:
        self._made = made
        self._stream = stream
        self._cursor = cursor

    def __call__(self) -> list[bytes] | None:
        """The rows of the next page, encoded in pieces; None at the end."""
        if self._cursor is None:
            return None
        rows, self._cursor = self._made.house.book.read(self._made.call, lambda reading: self._stream.page(reading, self._cursor))
        return envelope.rows(self._made.projected(rows))


def ready(house: House, call: Call, method: Method, asked: Asked) -> Ready:
    """Read the parameters and do what has to be done before the book is opened (hashing); all faults of them at once."""
    params = _parsed(method, asked)
    rehearsal = method.writes and bool(getattr(params, "validate_only", False))
    if rehearsal != call.rehearsal:
        call = call._replace(rehearsal=rehearsal)
    if takes_key(method) and asked.key is not None:
        call = call._replace(key=asked.key, fingerprint=fingerprint(house, call, method, params))
    if method.prepare is None:
        return Ready(house, call, method, params)
    with house.hashing_slots:
        return Ready(house, call, method, params, method.prepare(house.book, call, params))


def _parsed(method: Method, asked: Asked) -> Params:
    before = asked.also + key_faults(asked.key if takes_key(method) else None)
    try:
        params = parse(method, asked.given, lenient=asked.lenient, from_query=asked.from_query)
    except Refusal as refusal:
        raise refusal_of(refusal.faults + before) if before else refusal from None
    if before:
        raise refusal_of(before)
    return params


def takes_key(method: Method) -> bool:
    """Whether an idempotency key counts: on every write, unless its answer is a secret, which must not be kept."""
    return method.writes and not method.secret and not method.public


def fingerprint(house: House, call: Call, method: Method, params: Params) -> str:
    """What tells one request from another under the same idempotency key: the door, the method and its parameters as they were
    read, without the token, so that spelling, order and ignored members do not count."""
    return digest(call.door, call.method, spelled(params, house.seal))

"""A batch: many calls in one commit, each in a savepoint of its own, each answered by an envelope of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from ledger.entry import Answer, Call, Entry
from ledger.errors import (
    InvalidCredentials,
    InvalidParameter,
    MalformedRequest,
    MandatoryParameterMissing,
    NotAllowedInBatch,
    Refusal,
    RequestTooLarge,
    RolledBack,
)
from ledger.idempotency import answered
from methods.answers import Stream
from methods.batch import BatchCall, BatchParams
from methods.listing import PAGE
from methods.method import Method, translated
from rpcserver import envelope, paths
from rpcserver.arguments import TOKEN
from rpcserver.calling import Asked, Ready, ready
from rpcserver.door import Door
from rpcserver.house import FAILED_LOGIN
from rpcserver.keys import digest

PATH = "batch"
_COUNT = "number_of_results"


class Undone(Refusal):
    """An atomic batch of which one call was refused: nothing of it is kept. `first` is that refusal, `listed` its faults."""

    def __init__(self, first: "Refused", envelopes: list[bytes]) -> None:
        super().__init__(first.refusal.message)
        self.first = first.refusal
        self.listed = first.listed
        self.envelopes = envelopes


@dataclass(frozen=True, slots=True)
class Refused:
    """A call of the batch that is refused, with its faults in the words of its method."""

    refusal: Refusal
    method: Method | None = None
    asked: str = ""

    @property
    def listed(self) -> Sequence[Any]:
        return translated(self.method, self.refusal) if self.method else self.refusal.faults

    @property
    def envelope(self) -> bytes:
        return envelope.refused(self.refusal, self.listed)


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch: the call it came by, what it holds, its token, and whether unknown members are let pass."""

    door: Door
    own: Ready
    params: BatchParams
    token: str | None
    lenient: bool

    def answer(self) -> Answer:
        """One envelope for each call, in order; an atomic batch with a refused call is `Undone`."""
        house, steps = self.door.house, [self._step(asked) for asked in self.params.calls]
        call = self.own.call
        if call.key is not None:
            call = call._replace(fingerprint=_fingerprint(call, steps, self.params.atomic))
        most = house.settings.max_batch_answer
        with house.writing():
            return house.book.write(call, lambda entry: _taken(entry, steps, self.params.atomic, most), envelope.answer)

    def _step(self, asked: BatchCall) -> Ready | Refused:
        """A call of the batch made ready before the book is opened, or its refusal."""
        method: Method | None = None
        try:
            method = paths.method_at(asked.method)
            if method.public or method.secret or asked.method == PATH:
                raise NotAllowedInBatch(f"{asked.method} cannot be called in a batch; call it alone")
            call, tried = self.own.call._replace(method=asked.method, key=None, fingerprint=""), self.own.call.rehearsal
            self.door.permit(call, method.right, _at_once)
            given = dict(asked.params)
            if given.pop(TOKEN, self.token) not in (self.token, None, ""):
                raise MalformedRequest("a call of a batch is made with the batch's token; another one was sent", TOKEN)
            key = None if tried else asked.idempotency_key
            return ready(self.door.house, call, method, Asked(given, self.lenient, key=key))._replace(blank=tried)
        except Refusal as refusal:
            if isinstance(refusal, InvalidCredentials):
                self.door.house.refusals.write(self.own.call, FAILED_LOGIN, refusal.code)
            return Refused(refusal, method, asked.method)


def _at_once(write_down: Callable[[], None]) -> None:
    write_down()


@dataclass(slots=True)
class Made:
    """Ids made, and numbered, by the calls of a batch so far: in a trial a later call must not show them either."""

    created: set[str] = field(default_factory=set)
    numbered: set[str] = field(default_factory=set)

    def add(self, entry: Entry) -> None:
        """Have this entry and the batch know of each other's."""
        for mine, its in ((self.created, entry.created), (self.numbered, entry.numbered)):
            mine.update(its)
            its.update(mine)


def _fingerprint(call: Call, steps: Sequence[Ready | Refused], atomic: bool) -> str:
    """What tells one batch from another: its calls as they were read, so that spelling does not count and no secret goes in. An
    owner's holds reads alone: with other customers it is another batch, and what was shown before is not shown again."""
    customers = sorted(call.actor.customers) if call.actor is not None else ()
    read = (f"{s.call.method} {s.spelled}" if isinstance(s, Ready) else f"{s.asked} {s.refusal.message}" for s in steps)
    return digest(call.door, PATH, str(atomic), *map(str, customers), *read)


def _taken(entry: Entry, steps: list[Ready | Refused], atomic: bool, most: int) -> list[Any]:
    """The envelopes of all calls, each of which sees what the earlier ones wrote. Once they have `most` bytes no more is called."""
    envelopes: list[bytes] = []
    so_far, size = Made(), 0
    for position, step in enumerate(steps):
        done = step if isinstance(step, Refused) else _tried(entry, step, so_far) if size <= most else _no_room(step, most)
        if isinstance(done, Refused) and atomic:
            others = envelope.refused(RolledBack(f"call {position + 1} was refused, so nothing of this atomic batch was done"))
            raise Undone(done, [others] * position + [done.envelope] + [others] * (len(steps) - position - 1))
        envelopes.append(done.envelope if isinstance(done, Refused) else done)
        size += len(envelopes[-1])
    return envelope.joined(envelopes)


def _no_room(step: Ready, most: int) -> Refused:
    return Refused(RequestTooLarge(f"the answers to this batch have more than {most} bytes already; ask for less"), step.method)


def _tried(entry: Entry, step: Ready, so_far: Made) -> bytes | Refused:
    try:
        return entry.attempt(step.call, lambda part: answered(part, lambda part: _whole(step, part, so_far), envelope.answer)).body
    except Refusal as refusal:
        return Refused(refusal, step.method)


def _whole(step: Ready, entry: Entry, so_far: Made) -> object:
    """What a call answers; a list too long for one look at the book has no place in a batch."""
    result = step.run(entry)
    so_far.add(entry)
    if isinstance(result, Stream):
        if getattr(step.params, _COUNT, None) is None:
            raise MandatoryParameterMissing(f"{_COUNT} is mandatory in a batch; without it a list is streamed", _COUNT)
        raise InvalidParameter(f"{_COUNT} is at most {PAGE} in a batch; a longer list is streamed", _COUNT)
    return step.shown(entry, result)

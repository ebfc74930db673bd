"""What all doors share: a call gets its actor, its right is judged, it runs, and it is answered or refused."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Protocol

from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send

from ledger import sessions
from ledger.entry import Answer, Call, Reading
from ledger.errors import NotPermitted, OutcomeUnknown, Refusal, ServiceUnavailable, SystemFailure
from ledger.rights import Actor, Right
from ledger.storage.models import Session
from rpcserver import envelope
from rpcserver.house import REFUSED_RIGHT, House
from rpcserver.log import Line, fault, line_of, system_failure
from rpcserver.streaming import Streamed, send_list

DISCONNECTED = "DISCONNECTED"
BODILESS = (204, 304)
Reply = Answer | Streamed

log = logging.getLogger("rpcserver.sessions")


class Visit(Protocol):
    """One request at one door: what it answers, how that door says a refusal, what is done before that refusal, and what after the
    answer."""

    beforehand: Callable[[], None] | None
    afterwards: Callable[[], None] | None

    @property
    def request(self) -> Request: ...

    async def reply(self) -> Reply:
        """The answer; a refusal is raised."""

    def refused(self, refusal: Refusal) -> Answer:
        """A refusal in the door's words."""


@dataclass(frozen=True, slots=True)
class Door:
    """A way in, under the word by which the audit log knows it."""

    house: House
    word: str

    def authenticated(self, visit: Visit, call: Call, token: str | None, reading: Reading | None = None) -> Call:
        """The call with its actor; a token that is missing, ended or not ours is refused. The reading, where one is given, is this
        call's from here on."""
        if reading is None:
            actor, stale = self.house.book.read(call, lambda own: self._looked_up(own, token))
        else:
            actor, stale = self._looked_up(reading, token)
        if stale:
            visit.afterwards = partial(self._touch, call, actor)
        call = call.of(actor)
        if reading is not None:
            reading.call = call
        return call

    def _looked_up(self, reading: Reading, token: str | None) -> tuple[Actor, bool]:
        """Who asks, and whether it is time to note that the session was used; calls that read the same moment look once."""
        return reading.rows.once(Session, ("who asks", token), lambda: self._look_up(reading, token))

    def _look_up(self, reading: Reading, token: str | None) -> tuple[Actor, bool]:
        actor = self.house.tokens.actor(reading, token)
        return actor, actor.session_pk is not None and sessions.stale(reading, actor.session_pk)

    def _touch(self, call: Call, actor: Actor) -> None:
        """Note that a session was used: in a write of its own, after the answer, so that no read waits for a write."""
        session_pk = actor.session_pk
        try:
            if session_pk is not None:
                self.house.book.enter(call, lambda entry: sessions.touch(entry, session_pk))
        except (ServiceUnavailable, OutcomeUnknown) as refusal:
            log.warning("a session's use was not noted: %s", refusal.message, extra={"call": {"request_id": call.request_id}})

    def permit(self, call: Call, right: Right, unaudited: Callable[[Callable[[], None]], None]) -> None:
        """Refuse a call that its actor's role does not include. `unaudited` takes what writes the refusal down, which waits for the
        book."""
        if call.actor is None or not call.actor.may(right):
            unaudited(partial(self.house.refusals.write, call, REFUSED_RIGHT, NotPermitted.code))
            role = call.actor.role if call.actor else "nobody"
            raise NotPermitted(f"{call.method} needs the right {right.value}, which the role {role} does not include")

    async def answer(self, visit: Visit, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a visit: what it replies, or its refusal; what is neither is a fault of ours, logged whole."""
        line = line_of(scope)
        line.door = self.word
        try:
            reply = await visit.reply()
            if isinstance(reply, Answer):
                line.code = line.code or envelope.OK
        except Refusal as refusal:
            line.code = refusal.code
            if visit.beforehand is not None:
                await self.house.work(visit.beforehand)
            reply = visit.refused(refusal)
            # What brought the refusal out of a thread knows it, and it knows all frames it came through: such a ring would keep the
            # body in memory until the garbage is collected, which is seldom.
            refusal.__traceback__ = None
        except ClientDisconnect:
            line.code = DISCONNECTED
            return
        except Exception as error:
            line.code = SystemFailure.code
            fault(line, error)
            reply = visit.refused(system_failure(line.request_id))
        finally:
            self.house.bodies.let_go(scope)
        if isinstance(reply, Answer):
            await _send(reply, send)
        else:
            await self._stream(reply, visit.request, send, line)
        if visit.afterwards is not None:
            await self.house.work(visit.afterwards)

    async def _stream(self, streamed: Streamed, request: Request, send: Send, line: Line) -> None:
        """Send a list. When a page fails the answer is left incomplete, upon which the server cuts the connection."""
        try:
            is_complete = await send_list(streamed, self.house, request, send)
            line.code = envelope.OK if is_complete else DISCONNECTED
        except Exception as error:
            line.code = error.code if isinstance(error, Refusal) else SystemFailure.code
            fault(line, error)


async def _send(answer: Answer, send: Send) -> None:
    headers, has_length = _encoded(tuple(answer.headers.items()))
    if not has_length and answer.status not in BODILESS:
        headers = (*headers, (b"content-length", b"%d" % len(answer.body)))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


@lru_cache(maxsize=256)
def _encoded(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[tuple[bytes, bytes], ...], bool]:
    """Headers as they are sent, and whether they say how long the body is; most answers have the same ones."""
    found = tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers)
    return found, b"content-length" in dict(found)

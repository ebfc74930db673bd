"""What all doors share: a call gets its actor, its right is judged, it runs, and it is answered or refused."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ledger import sessions
from ledger.entry import Answer, Call, Reading
from ledger.errors import NotPermitted, Refusal, ServiceUnavailable, SystemFailure
from ledger.rights import Actor, Right
from rpcserver import envelope
from rpcserver.house import REFUSED_RIGHT, House
from rpcserver.log import Line, fault, line_of, system_failure
from rpcserver.streaming import Streamed, send_list

DISCONNECTED = "DISCONNECTED"
Reply = Answer | Streamed

log = logging.getLogger("rpcserver.sessions")


class Visit(Protocol):
    """One request at one door: what it answers, how that door says a refusal, and what is left to do after the answer."""

    request: Request
    afterwards: Callable[[], None] | None

    async def reply(self) -> Reply:
        """The answer; a refusal is raised."""

    def refused(self, refusal: Refusal) -> Answer:
        """A refusal in the door's words."""


@dataclass(frozen=True, slots=True)
class Door:
    """A way in, under the word by which the audit log knows it."""

    house: House
    word: str

    def authenticated(self, visit: Visit, call: Call, token: str | None) -> Call:
        """The call with its actor; a token that is missing, ended or not ours is refused."""
        actor, stale = self.house.book.read(call, lambda reading: self._looked_up(reading, token))
        if stale:
            visit.afterwards = partial(self._touch, call, actor)
        return replace(call, actor=actor)

    def _looked_up(self, reading: Reading, token: str | None) -> tuple[Actor, bool]:
        actor = self.house.tokens.actor(reading, token)
        return actor, actor.session_pk is not None and sessions.stale(reading, actor.session_pk)

    def _touch(self, call: Call, actor: Actor) -> None:
        """Note that a session was used: in a write of its own, after the answer, so that no read waits for a write."""
        session_pk = actor.session_pk
        try:
            if session_pk is not None:
                self.house.book.enter(call, lambda entry: sessions.touch(entry, session_pk))
        except ServiceUnavailable as refusal:
            log.warning("a session's use was not noted: %s", refusal.message, extra={"call": {"request_id": call.request_id}})

    def permit(self, call: Call, right: Right) -> None:
        """Refuse a call that its actor's role does not include; the refusal is audited."""
        if call.actor is None or not call.actor.may(right):
            self.house.refusals.write(call, REFUSED_RIGHT, NotPermitted.code)
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
            reply = visit.refused(refusal)
        except ClientDisconnect:
            line.code = DISCONNECTED
            return
        except Exception as error:
            line.code = SystemFailure.code
            fault(line, error)
            reply = visit.refused(system_failure(line.request_id))
        if isinstance(reply, Answer):
            await Response(reply.body, reply.status, reply.headers)(scope, receive, send)
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

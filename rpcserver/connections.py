"""Connections, with limits to the server's patience: uvicorn's own protocol waits for ever for whoever is slow.

Whom the server waits for may be cut, when the time is over or when others need the place: who has not said all that he wants, who
is idle, and who does not take his answer. Who waits for the server is not.
"""

import asyncio
import logging
import resource
import time
from asyncio.events import TimerHandle
from collections.abc import Mapping
from enum import StrEnum, auto
from http import HTTPStatus
from itertools import chain
from typing import Any, Protocol, cast

from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from rpcserver.bodies import ARRIVED
from rpcserver.gathering import Gathered, Turn
from rpcserver.sending import Sending
from rpcserver.settings import Settings, SettingsError

ROOM = "rpcserver.room"
"""Where the state of the lifespan keeps the room."""
MOST_HEADERS = 100
MOST_PIPELINED = 32
"""Requests that may wait on one connection until those before them are answered."""
OTHER_FILES = 512
"""Files that are open beside the connections, at most: those of the database, of every thread, and proof files."""
TOO_LARGE = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
QUIET_SECONDS = 60
"""How long nothing more is said of a lack of room."""

log = logging.getLogger("rpcserver.connections")


class Cut(StrEnum):
    """Why the server has ended a connection, if it is not that all was said and done."""

    NO_ROOM = auto()
    MADE_ROOM = auto()
    SILENT = auto()
    LATE = auto()
    TOO_LARGE = auto()
    MALFORMED = auto()
    NOT_TAKEN = auto()


_CUTS: Mapping[HTTPStatus, Cut] = {
    HTTPStatus.SERVICE_UNAVAILABLE: Cut.NO_ROOM,
    HTTPStatus.REQUEST_TIMEOUT: Cut.LATE,
    HTTPStatus.BAD_REQUEST: Cut.MALFORMED,
    TOO_LARGE: Cut.TOO_LARGE,
}


class Counting(Protocol):
    """Whoever counts connections: told of each when it is made, and when it is over."""

    def connected(self) -> None: ...

    def disconnected(self, cut: Cut | None) -> None: ...


class Room:
    """How many connections there may be in one process, and whom of them the server waits for: strangers, who have had no answer
    yet, and others; each in the order in which the waiting began."""

    def __init__(self, settings: Settings, counting: Counting | None = None) -> None:
        self.settings = settings
        self.counting = counting
        self.turn = Turn()
        self._strangers: dict[Connection, None] = {}
        self._others: dict[Connection, None] = {}
        self._said = -float(QUIET_SECONDS)

    def wait_for(self, connection: "Connection") -> None:
        """From now on the server waits for this one."""
        self.leave(connection)
        (self._others if connection.is_known else self._strangers)[connection] = None

    def leave(self, connection: "Connection") -> None:
        """The server does not wait for this one."""
        self._strangers.pop(connection, None)
        self._others.pop(connection, None)

    def is_made(self) -> bool:
        """Cut the one for whom the server has waited longest, strangers first; False if it waits for nobody."""
        longest = next(iter(self._strangers or self._others), None)
        self._say()
        if longest is None:
            return False
        self.leave(longest)
        longest.cut(Cut.MADE_ROOM)
        return True

    def _say(self) -> None:
        now = time.monotonic()
        if now - self._said >= QUIET_SECONDS:
            self._said = now
            log.warning("all %d connections are taken; those that keep the server waiting are cut", self.settings.connections)


class Connection(HttpToolsProtocol):
    """One connection, whose peer has to say what he wants, and to take what he gets, in time."""

    def __init__(self, config: Config, server_state: ServerState, app_state: dict[str, Any], _loop: Any = None) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.is_known = False
        self._room: Room = app_state[ROOM]
        self._settings = self._room.settings
        self._under_way: RequestResponseCycle | None = None
        self._is_asked = False
        self._has_begun = False
        self._goes_on = False
        self._standing_still = 0
        self._refusal = HTTPStatus.BAD_REQUEST
        self._cut: Cut | None = None
        self._head_timer: TimerHandle | None = None
        self._answer_timer: TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(Gathered(cast(asyncio.Transport, transport), self._room.turn))
        if self._room.counting is not None:
            self._room.counting.connected()
        if len(self.connections) > self._settings.connections and not self._room.is_made():
            self._refuse(HTTPStatus.SERVICE_UNAVAILABLE)
            return
        self._room.wait_for(self)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._room.leave(self)
        if self._room.counting is not None:
            self._room.counting.disconnected(self._cut)
        self._stop_expecting_head()
        self._stop_expecting_taking()
        if self._under_way is not None and not self._under_way.response_complete:
            # uvicorn tells the last request on the connection alone, and that may wait behind this one.
            self._under_way.disconnected = True
            self._under_way.message_event.set()
        super().connection_lost(exc)

    def eof_received(self) -> None:
        # Whoever has said all that he wants to say is hung up on as soon as this returns.
        cast(Gathered, self.transport).leave()

    def data_received(self, data: bytes) -> None:
        self._goes_on = False
        super().data_received(data)
        if self.transport.is_closing():
            return
        if not self._is_asked:
            self._expect_head()
        # Whatever has no end: a line, a header, trailers, the length of a chunk.
        self._standing_still = 0 if self._goes_on else self._standing_still + len(data)
        if self._standing_still > self._settings.max_head:
            self._refuse(TOO_LARGE)

    def on_message_begin(self) -> None:
        self._has_begun = True
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(self.headers) >= MOST_HEADERS:
            raise self._too_large()
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if len(self.pipeline) >= MOST_PIPELINED:
            raise ValueError("too many requests wait")
        if len(self.url) + sum(map(len, chain.from_iterable(self.headers))) > self._settings.max_head:
            raise self._too_large()
        super().on_headers_complete()
        self._goes_on = self._is_asked = True
        self._has_begun = False
        self._stop_expecting_head()

    def on_body(self, body: bytes) -> None:
        self._goes_on = True
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._goes_on = True
        cast("dict[str, Any]", self.scope)[ARRIVED] = True
        super().on_message_complete()
        if not self.cycle.response_complete:
            self._room.leave(self)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        self._under_way = cycle
        sending: Any = Sending(app, cycle)
        super()._start_asgi_task(cycle, sending)

    def on_response_complete(self) -> None:
        self.is_known = True
        super().on_response_complete()
        if self.transport.is_closing():
            self._hang_up()
        elif self.cycle.response_complete:
            self._is_asked = False
            self._room.wait_for(self)
            if self._has_begun:
                self._expect_head()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._room.wait_for(self)
        self._expect_taking()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._is_asked:
            self._room.leave(self)
        self._stop_expecting_taking()

    def timeout_keep_alive_handler(self) -> None:
        self._hang_up()

    def send_400_response(self, msg: str) -> None:
        self._refuse(self._refusal)

    def _unsupported_upgrade_warning(self) -> None:
        """Another protocol was offered: the request is answered in this one, and what follows it is not read."""
        self.cycle.keep_alive = False

    def cut(self, why: Cut) -> None:
        """End it now, whatever is under way."""
        self._note(why)
        self.transport.abort()

    def _note(self, why: Cut) -> None:
        """Remember why it ends: what comes after the first reason follows from it."""
        self._cut = self._cut or why

    def _too_large(self) -> ValueError:
        self._refusal = TOO_LARGE
        return ValueError("the head of the request is too large")

    def _expect_head(self) -> None:
        if self._head_timer is None:
            self._head_timer = self.loop.call_later(self._settings.header_wait, self._give_up)

    def _stop_expecting_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _expect_taking(self) -> None:
        if self._answer_timer is None:
            self._answer_timer = self.loop.call_later(self._settings.answer_wait, self.cut, Cut.NOT_TAKEN)

    def _stop_expecting_taking(self) -> None:
        if self._answer_timer is not None:
            self._answer_timer.cancel()
            self._answer_timer = None

    def _give_up(self) -> None:
        """There is no request in time. Who has begun one is told so."""
        if self._has_begun:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self._note(Cut.SILENT)
            self._hang_up()

    def _refuse(self, status: HTTPStatus) -> None:
        """Answer what is no request, and hang up; in the middle of another answer, hang up at once."""
        answering = self._under_way
        if answering is not None and answering.response_started and not answering.response_complete:
            self.cut(_CUTS[status])
            return
        self._note(_CUTS[status])
        said = status.phrase.encode()
        head = (b"HTTP/1.1 %d %s" % (status, said), b"content-type: text/plain; charset=utf-8", b"content-length: %d" % len(said))
        self.transport.write(b"\r\n".join((*head, b"connection: close", b"", said)))
        self._hang_up()

    def _hang_up(self) -> None:
        """Close the connection; what is still to be taken has its time."""
        self.transport.close()
        if self.transport.get_write_buffer_size():
            self._expect_taking()


def open_files_for(connections: int) -> None:
    """Have this process, and its children, open as many files as so many connections need. A SettingsError if it may not."""
    needed = connections + OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise SettingsError(f"CONNECTIONS: {connections} need {needed} open files, and this process may have {hard} (ulimit -Hn)")
    if soft != resource.RLIM_INFINITY and soft < needed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))

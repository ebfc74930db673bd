"""A receiver of webhooks on a port of this machine, in threads of its own, that behaves as a test wants it to."""

import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any

import orjson

PATIENCE_SECONDS = 20
LOCAL = "127.0.0.1"


@dataclass(frozen=True)
class Message:
    """What came: its headers, with small names, its body as it was, and when."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)

    @property
    def event(self) -> dict[str, Any]:
        found: dict[str, Any] = orjson.loads(self.body)
        return found

    @property
    def place(self) -> int:
        return int(self.event["id"])


Answer = Callable[[Message], int]
"""The status that a message is answered with."""


def well(_message: Message) -> int:
    return 200


class Receiver:
    """What came, in the order in which it came; `taken` is what was answered with success. `behave` answers the next messages."""

    def __init__(self, behave: Answer = well) -> None:
        self.behave = behave
        self.came: list[Message] = []
        self.taken: list[Message] = []
        self.headers: dict[str, str] = {}
        self.content = b""
        self.released = Event()
        self.port = 0
        self.host = LOCAL
        self.scheme = "http"
        self._noting = Lock()

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}/hooks"

    def answered(self, message: Message) -> int:
        with self._noting:
            self.came.append(message)
        status = self.behave(message)
        if 200 <= status < 300:
            with self._noting:
                self.taken.append(message)
        return status

    def hang(self, _message: Message) -> int:
        """Answer nothing until the test is over."""
        self.released.wait(PATIENCE_SECONDS)
        return 500

    def wait(self, count: int, seconds: float = PATIENCE_SECONDS) -> list[Message]:
        """What was taken, as soon as it is so much."""
        until(lambda: len(self.taken) >= count, seconds)
        return list(self.taken)

    def by_record(self) -> dict[str, list[int]]:
        """The places of what was taken, each once, by record."""
        found: dict[str, list[int]] = {}
        for message in list(self.taken):
            places = found.setdefault(message.event["record_id"], [])
            if message.place not in places:
                places.append(message.place)
        return found


def until(is_so: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until something is so; it has to be in time."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.01)


@contextmanager
def receiving(receiver: Receiver | None = None, *, address: str = LOCAL, tls: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """A receiver that listens while the block runs: at the same port again if it did before."""
    found = receiver or Receiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            body = self.rfile.read(length)
            if len(body) < length:
                # Whoever sent it was killed at it: nothing has come.
                self.close_connection = True
                return
            status = found.answered(Message(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(status)
            for name, value in found.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(found.content)))
            self.end_headers()
            self.wfile.write(found.content)

        def log_message(self, *_said: object) -> None:
            """Say nothing."""

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                self.close_connection = True

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        block_on_close = False
        allow_reuse_address = True
        request_queue_size = 64

        def handle_error(self, *_said: object) -> None:
            """Who sends may go away."""

    with Server((address, found.port), Handler) as server:
        if tls is not None:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
            found.scheme = "https"
        found.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield found
        finally:
            found.released.set()
            server.shutdown()
            thread.join(PATIENCE_SECONDS)

"""Bytes over sockets, as no HTTP library would send them."""

import re
import socket
import time
from collections.abc import Callable
from urllib.parse import urlsplit

PATIENCE_SECONDS = 10.0
_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3}) ")
CHUNK = 1 << 16


class Caller:
    """One connection. What does not work because the other side has hung up is no error here."""

    def __init__(self, url: str, receives: int | None = None) -> None:
        """`receives`: the size of the buffer for what comes, in bytes; small for those who read slowly."""
        parts = urlsplit(url)
        self.has_ended = False
        self.socket = socket.socket()
        self.socket.settimeout(PATIENCE_SECONDS)
        if receives is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
        self.socket.connect((parts.hostname, parts.port))

    def __enter__(self) -> "Caller":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> bool:
        """Whether all of it could be sent."""
        try:
            self.socket.sendall(data)
        except OSError:
            return False
        return True

    def read(self, seconds: float = PATIENCE_SECONDS) -> bytes:
        """What comes until the other side hangs up (it `has_ended` then) or the time is over."""
        found = bytearray()
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                data = self.socket.recv(CHUNK)
            except TimeoutError:
                break
            except OSError:
                data = b""
            if not data:
                self.has_ended = True
                break
            found += data
        return bytes(found)

    def ends(self, seconds: float = PATIENCE_SECONDS) -> bool:
        """Whether the other side hangs up within the time; what comes before is thrown away."""
        self.read(seconds)
        return self.has_ended


def statuses(said: bytes) -> list[int]:
    """The statuses of the answers in what was read."""
    return [int(found) for found in _STATUS.findall(said)]


def asked(url: str, data: bytes, seconds: float = PATIENCE_SECONDS) -> list[int]:
    """The statuses of what is answered to these bytes, until the server hangs up or the time is over."""
    with Caller(url) as caller:
        caller.send(data)
        return statuses(caller.read(seconds))


def eventually(holds: Callable[[], bool], seconds: float = 10) -> bool:
    """Whether something holds before the time is over."""
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        time.sleep(0.01)
    return holds()

"""What is written in one turn of the event loop leaves at its end, one connection after the other.

Each piece that leaves by itself wakes whoever waits for it at the other end, often on another core, which costs more than sending
it. Of pieces that leave in a row the first one wakes him, and most of the others find him awake.
"""

import asyncio
from collections import deque
from typing import Any

MOST_HELD = 64 << 10
"""Bytes that one connection holds back at most: a transport that does not see what is written cannot tell the writer to wait."""


class Turn:
    """The connections of one event loop that have something to send at the end of this turn."""

    def __init__(self) -> None:
        self._waiting: deque[Gathered] = deque()

    def add(self, gathered: "Gathered") -> None:
        """Have what this connection holds leave at the end of the turn."""
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._end)
        self._waiting.append(gathered)

    def _end(self) -> None:
        try:
            while self._waiting:
                self._waiting.popleft().leave()
        finally:
            # What one connection cannot send is no reason for the others to wait.
            if self._waiting:
                asyncio.get_running_loop().call_soon(self._end)


class Gathered(asyncio.Transport):
    """A transport that holds back what is written until the end of the turn; whatever else is done with it is done behind that."""

    def __init__(self, transport: asyncio.Transport, turn: Turn) -> None:
        super().__init__()
        self._transport = transport
        self._turn = turn
        self._held: list[bytes | bytearray | memoryview] = []
        self._size = 0

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send this, at the end of the turn at the latest."""
        self._size += len(data)
        if not self._held:
            self._turn.add(self)
        self._held.append(data)
        if self._size > MOST_HELD:
            self.leave()

    def leave(self) -> None:
        """Send what is held."""
        if self._held:
            held, self._held, self._size = self._held, [], 0
            if not self._transport.is_closing():
                self._transport.write(held[0] if len(held) == 1 else b"".join(held))

    def is_closing(self) -> bool:
        """Whether it is closed, or on its way there."""
        return self._transport.is_closing()

    def close(self) -> None:
        """Close it when all is sent."""
        self.leave()
        self._transport.close()

    def abort(self) -> None:
        """Close it now; what was written before has been handed over."""
        self.leave()
        self._transport.abort()

    def get_write_buffer_size(self) -> int:
        """How many bytes have not left yet."""
        return self._size + self._transport.get_write_buffer_size()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """What is known of the connection."""
        return self._transport.get_extra_info(name, default)

    def pause_reading(self) -> None:
        """Take nothing in."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Take in again what comes."""
        self._transport.resume_reading()

"""SIGTERM: a server that is told to stop says so at `/health/ready` first, so that it is sent no more calls, and stops then."""

import asyncio
import logging
import signal
import threading
from functools import partial
from types import FrameType

log = logging.getLogger("rpcserver.departure")


class Departure:
    """Whether the server has been told to stop, `wait` seconds before it does."""

    def __init__(self, wait: float) -> None:
        self._wait = wait
        self.has_begun = False

    def expect(self) -> None:
        """Hear of SIGTERM from now on, before whoever else has asked for it. Only the main thread of a process can."""
        stop = signal.getsignal(signal.SIGTERM)
        if threading.current_thread() is not threading.main_thread() or not callable(stop):
            return
        loop = asyncio.get_running_loop()

        def told(number: int, frame: FrameType | None) -> None:
            is_again, self.has_begun = self.has_begun, True
            if is_again or not self._wait:
                stop(number, frame)
            else:
                loop.call_soon_threadsafe(loop.call_later, self._wait, partial(stop, number, frame))

        signal.signal(signal.SIGTERM, told)

"""Connections to receivers: the name is resolved once, each address is judged, and what is connected to is a judged address.

A name that was judged when the webhook was made can lead elsewhere by the time of a delivery, and elsewhere again between two
look-ups; so nothing but the address of this very connection counts.
"""

import socket
from ipaddress import ip_address
from typing import Any

import httpcore2
from anyio import CapacityLimiter, to_thread

from ledger.destinations import Reach

LOOKUPS = 4
"""So many names are looked up at a time, for one receiver."""


class AddressNotAllowed(Exception):
    """None of the addresses that the name has may be sent to."""


class NameNotFound(Exception):
    """The name has no address."""


class Guarded(httpcore2.AsyncNetworkBackend):
    """Connects to allowed addresses alone; `plain` if TLS is not to follow."""

    def __init__(self, reach: Reach, *, plain: bool) -> None:
        self._reach = reach
        self._plain = plain
        self._connecting = httpcore2.AnyIOBackend()
        # A resolver that hangs must not keep others from asking theirs.
        self._looking = CapacityLimiter(LOOKUPS)

    async def connect_tcp(self, host: str, port: int, *also: Any, **how: Any) -> httpcore2.AsyncNetworkStream:
        """A connection to the first allowed address that answers. An AddressNotAllowed, a NameNotFound, or httpcore2's errors."""
        failure: Exception = AddressNotAllowed(host)
        for address in await self._addresses(host, port):
            if not self._reach.allow(ip_address(address), plain=self._plain):
                continue
            try:
                return await self._connecting.connect_tcp(address, port, *also, **how)
            except httpcore2.NetworkError as error:
                failure = error
        raise failure

    async def _addresses(self, host: str, port: int) -> list[str]:
        def look_up() -> list[str]:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            return list(dict.fromkeys(str(each[4][0]) for each in found))

        try:
            return await to_thread.run_sync(look_up, abandon_on_cancel=True, limiter=self._looking)
        except (OSError, UnicodeError) as error:
            raise NameNotFound(host) from error

"""Where webhooks may be sent: to public addresses over TLS, and into the networks that the operator names. Pure, no network.

Whoever registers a webhook chooses where the server connects to. So neither the machines beside the server, nor what a cloud tells
its machines about themselves at 169.254.169.254, may be among it.
"""

import re
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

URL_LIMIT = 2_000
PORTS = {"https": 443, "http": 80}
_PLAIN = re.compile(r"[!-~]+")
_PUBLIC_IPV6 = IPv6Network("2000::/3")
_NOT_PUBLIC = (IPv6Network("2001::/23"), IPv6Network("2002::/16"), IPv6Network("3fff::/20"))
"""Tunnels that lead to any IPv4 address, and documentation, which older Pythons take for public."""
_TRANSLATED = IPv6Network("64:ff9b::/96")
_LOCALHOST = "localhost"


class Destination(NamedTuple):
    """An address of a receiver, taken apart once, so that what was checked is what is connected to."""

    scheme: str
    host: str
    port: int
    target: str

    @property
    def is_plain(self) -> bool:
        """Whether it is reached without TLS."""
        return self.scheme == "http"

    @property
    def authority(self) -> str:
        """Host and port as they stand in the Host header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def read(url: str) -> Destination:
    """The destination that an absolute http or https URL names. A ValueError says what is wrong with it."""
    if len(url) > URL_LIMIT:
        raise ValueError(f"it has {len(url)} characters, at most {URL_LIMIT} are allowed")
    if not _PLAIN.fullmatch(url):
        raise ValueError("a URL has printable ASCII characters only, a name in other letters is written xn--...")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise ValueError(f"it cannot be read: {error}") from None
    if parts.scheme not in PORTS or not host:
        raise ValueError("a URL that begins with https:// and a host is expected")
    if "@" in parts.netloc:
        raise ValueError("user and password do not belong in it; what is sent is signed")
    if "\\" in parts.netloc or port == 0:
        raise ValueError("host and port cannot be read")
    if parts.fragment:
        raise ValueError("a fragment (#...) is never sent")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Destination(parts.scheme, host, port or PORTS[parts.scheme], target)


def literal(host: str) -> Address | None:
    """The address that a host is written as, in whatever way resolvers understand (`127.1`, `0x7f000001`); None for a name."""
    name = host.rstrip(".").lower()
    if name == _LOCALHOST or name.endswith(f".{_LOCALHOST}"):
        return IPv4Address("127.0.0.1")
    try:
        return ip_address(host)
    except ValueError:
        pass
    try:
        return IPv4Address(socket.inet_aton(name))
    except OSError:
        return None


class Reach(NamedTuple):
    """The networks that the operator allows although they are not public; there TLS is not asked for either."""

    networks: Sequence[Network] = ()

    def allow(self, address: Address, *, plain: bool) -> bool:
        """Whether a receiver may have this address, if it is reached without TLS (plain) or with it."""
        real = _real(address)
        if any(each in network for each in (address, real) for network in self.networks):
            return True
        return not plain and _is_public(real)

    def fault(self, destination: Destination) -> str | None:
        """What is wrong with a destination that can be told without asking for its address; a sentence."""
        address = literal(destination.host)
        if address is not None and not self.allow(address, plain=False):
            return f"{destination.host} is no public address, and WEBHOOK_ALLOWED_NETWORKS does not name it"
        if destination.is_plain and not (self.networks if address is None else self.allow(address, plain=True)):
            return "https is expected; http is for the networks that WEBHOOK_ALLOWED_NETWORKS names"
        return None


PUBLIC = Reach()


def _real(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, if it stands for one."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _TRANSLATED:
            return IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_public(address: Address) -> bool:
    if address.is_multicast or not address.is_global:
        return False
    if isinstance(address, IPv6Address):
        return address in _PUBLIC_IPV6 and not any(address in network for network in _NOT_PUBLIC)
    return True

"""Slowing down who guesses passwords: failures are counted per pair of user and address, and per address.

A pair, so that nobody can lock a connector out from elsewhere. User names that were tried are kept as hashes: people type passwords
into the wrong field.
"""

from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network

from peewee import fn

from ledger.entry import Entry, Reading, utc_text
from ledger.errors import TooManyRequests
from ledger.storage.models import LoginFailure

UNKNOWN_ADDRESS = "unknown"
OF_ONE_HOUSE = 64
"""The bits that one household's or one server's IPv6 addresses have in common; the others it chooses as it likes."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How many failures are allowed in the window, and how long it is."""

    per_pair: int = 5
    per_address: int = 100
    window_seconds: int = 600


DEFAULT = Limits()


def check(reading: Reading, username: str, address: str | None, limits: Limits = DEFAULT) -> None:
    """Refuses: TOO_MANY_REQUESTS, with the seconds after which another try is welcome."""
    since = utc_text(reading.seconds - limits.window_seconds)
    here = (LoginFailure.address == place(address)) & (LoginFailure.at >= since)
    pair = here & (LoginFailure.username_sha256 == _name(username))
    for condition, most in ((pair, limits.per_pair), (here, limits.per_address)):
        failures = reading.rows.tuples(LoginFailure.select(fn.COUNT(LoginFailure.pk)).where(condition))
        if failures[0][0] >= most:
            raise TooManyRequests("too many failed logins; wait and try again", retry_after=limits.window_seconds)


def failed(entry: Entry, username: str, address: str | None) -> None:
    """Count a failed login."""
    entry.rows.insert(LoginFailure, {"username_sha256": _name(username), "address": place(address), "at": entry.now})


def place(address: str | None) -> str:
    """Where an address is counted: an IPv6 address with all others that the same caller may have."""
    try:
        found = ip_address(address or "")
    except ValueError:
        return address or UNKNOWN_ADDRESS
    if not isinstance(found, IPv6Address) or found.ipv4_mapped is not None:
        return str(address)
    return str(ip_network((found, OF_ONE_HOUSE), strict=False))


def _name(username: str) -> str:
    return sha256(username.encode("utf-8", "surrogatepass")).hexdigest()

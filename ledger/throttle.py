"""Slowing down who guesses passwords: failures are counted per pair of user and address, and per address.

A pair, so that nobody can lock a connector out from elsewhere. User names that were tried are kept as hashes: people type passwords
into the wrong field.
"""

from dataclasses import dataclass
from hashlib import sha256

from peewee import fn

from ledger.entry import Entry, Reading, utc_text
from ledger.errors import TooManyRequests
from ledger.storage.models import LoginFailure

UNKNOWN_ADDRESS = "unknown"


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
    here = (LoginFailure.address == (address or UNKNOWN_ADDRESS)) & (LoginFailure.at >= since)
    pair = here & (LoginFailure.username_sha256 == _name(username))
    for condition, most in ((pair, limits.per_pair), (here, limits.per_address)):
        failures = reading.rows.tuples(LoginFailure.select(fn.COUNT(LoginFailure.pk)).where(condition))
        if failures[0][0] >= most:
            raise TooManyRequests("too many failed logins; wait and try again", retry_after=limits.window_seconds)


def failed(entry: Entry, username: str, address: str | None) -> None:
    """Count a failed login."""
    entry.rows.insert(LoginFailure, {"username_sha256": _name(username), "address": address or UNKNOWN_ADDRESS, "at": entry.now})


def _name(username: str) -> str:
    return sha256(username.encode("utf-8", "surrogatepass")).hexdigest()

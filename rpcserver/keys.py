"""Idempotency keys as requests bring them, and the fingerprint that tells one request from another."""

import hashlib
import hmac
from collections.abc import Sequence

from starlette.datastructures import Headers

from ledger.errors import Fault, InvalidParameter, MalformedRequest

KEY = "Idempotency-Key"
KEY_LIMIT = 255
PURPOSE = b"rpcserver: secrets in fingerprints"


def sent(headers: Headers) -> str | None:
    """The idempotency key of a request; two different ones are refused."""
    lines = headers.getlist(KEY)
    if not lines:
        return None
    keys = dict.fromkeys(value.strip() for value in lines)
    if len(keys) > 1:
        raise MalformedRequest("two different idempotency keys were sent; send one", KEY)
    return next(iter(keys))


def key_faults(key: str | None) -> tuple[Fault, ...]:
    """What is wrong with a key: it has 1 to 255 characters."""
    if key is None or 0 < len(key) <= KEY_LIMIT:
        return ()
    sent_ = f"{len(key)} characters were sent" if key else "an empty one was sent"
    return (Fault(KEY, InvalidParameter.code, f"an idempotency key has 1 to {KEY_LIMIT} characters; {sent_}"),)


class Seal:
    """Stands for a secret in a fingerprint: who has the book but not the server's secrets cannot try passwords against it. Of these
    the last one counts, so that a call that is repeated while they change is still known."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._key = hmac.digest(secrets[-1].encode(), PURPOSE, "sha256")

    def __call__(self, secret: str) -> str:
        return hmac.digest(self._key, secret.encode("utf-8", "surrogatepass"), "sha256").hex()


def digest(*parts: str) -> str:
    """The fingerprint of a request: its door, its method or route, and what was said, as it was read."""
    return hashlib.sha256("\n".join(parts).encode("utf-8", "backslashreplace")).hexdigest()

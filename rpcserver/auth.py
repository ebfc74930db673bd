"""Who is asking: signed tokens over session rows, API keys, and the address a call really comes from."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

from itsdangerous import BadData, Signer, URLSafeSerializer
from itsdangerous.encoding import want_bytes
from itsdangerous.signer import SigningAlgorithm
from starlette.types import Scope

from ledger import sessions
from ledger.entry import Reading
from ledger.errors import InvalidToken
from ledger.rights import Actor
from rpcserver.settings import Network

SESSION_SALT = "rpcserver.session"
"""One salt for each purpose of a signature, so that none can stand in for another."""
KEY_PREFIX = "rpk_"
KEY_BYTES = 32
TOKEN_LIMIT = 512
SIGNATURES_KEPT = 1_000
"""Of how many tokens it is remembered that they are ours."""
SCHEMES = ("http", "https")

_SESSION_ID = re.compile(r"[0-9A-F]{32}")
_NOT_OURS = "the token is not one of this server's"


class Sha256(SigningAlgorithm):
    """HMAC-SHA256 in one step."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return hmac.digest(key, value, "sha256")


class SwiftSigner(Signer):
    """A signer that derives its keys once, and not at every call."""

    default_digest_method = staticmethod(hashlib.sha256)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"algorithm": Sha256()})
        self._derived = {key: super(SwiftSigner, self).derive_key(key) for key in self.secret_keys}

    def derive_key(self, secret_key: str | bytes | None = None) -> bytes:
        return self._derived[self.secret_keys[-1] if secret_key is None else want_bytes(secret_key)]


class Tokens:
    """Signs session ids and reads them back. `secrets` are ours, the one that signs first; lifetimes are in seconds."""

    def __init__(self, secrets: Sequence[str], *, lifetime: int, idle: int) -> None:
        # itsdangerous signs with the last of its secrets.
        self._serializer = URLSafeSerializer(
            list(reversed(secrets)), salt=SESSION_SALT, signer=SwiftSigner, signer_kwargs={"key_derivation": "hmac"}
        )
        self._signer = self._serializer.make_signer(SESSION_SALT)
        self._lifetime = lifetime
        self._idle = idle
        # Whether a signature is ours never changes. Whether its session still lives is looked up at every call.
        self.session_id = lru_cache(SIGNATURES_KEPT)(self._session_id)

    def sign(self, session_id: str) -> str:
        """The token of a session."""
        return str(self._serializer.dumps(session_id))

    def _session_id(self, token: str) -> str:
        """The session that a token stands for; a text that is no token of ours is refused."""
        if len(token) > TOKEN_LIMIT or not token.isascii():
            raise InvalidToken(_NOT_OURS, "token")
        try:
            found = self._serializer.load_payload(self._signer.unsign(token))
        except BadData:
            raise InvalidToken(_NOT_OURS, "token") from None
        if not isinstance(found, str) or not _SESSION_ID.fullmatch(found):
            raise InvalidToken(_NOT_OURS, "token")
        return found

    def actor(self, reading: Reading, token: str | None) -> Actor:
        """Who asks with this login token or API key. The row behind it is read at every call, never the token's text."""
        if token is None:
            raise InvalidToken("there is no token; log in and send it in a header, the body or the query", "token")
        if is_key(token):
            return sessions.actor_of_key(reading, key_digest(token))
        return sessions.actor(reading, self.session_id(token), lifetime_seconds=self._lifetime, idle_seconds=self._idle)


def new_key() -> str:
    """A new API key: 256 random bits behind a prefix by which a person, or a scanner for leaked secrets, knows it."""
    return KEY_PREFIX + secrets.token_urlsafe(KEY_BYTES)


def is_key(text: str) -> bool:
    """Whether a text has the form of an API key."""
    return text.startswith(KEY_PREFIX)


def key_digest(key: str) -> str:
    """What is kept of an API key. A fast digest will do: 256 random bits cannot be guessed."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()


def client_address(scope: Scope, proxies: Sequence[Network]) -> str:
    """The address a call comes from. `X-Forwarded-For` is believed only as far as our own proxies wrote it: from the right, up to
    the first address that is none of them."""
    client = scope.get("client")
    address = str(client[0]) if client else ""
    if not proxies or not _is_one_of(address, proxies):
        return address
    lines = [value.decode("latin-1") for name, value in scope["headers"] if name == b"x-forwarded-for"]
    for hop in reversed(",".join(lines).split(",")):
        if not _is_address(hop.strip()):
            return address
        address = hop.strip()
        if not _is_one_of(address, proxies):
            return address
    return address


def client_scheme(scope: Scope, proxies: Sequence[Network]) -> str:
    """`http` or `https`, as the client spoke it: `X-Forwarded-Proto` is believed of our own proxies, so that links in answers lead
    back to where the client came in."""
    client, spoken = scope.get("client"), str(scope["scheme"])
    if client is None or not _is_one_of(str(client[0]), proxies):
        return spoken
    told = [value.decode("latin-1").strip().lower() for name, value in scope["headers"] if name == b"x-forwarded-proto"]
    return told[-1] if told and told[-1] in SCHEMES else spoken


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _is_one_of(address: str, proxies: Sequence[Network]) -> bool:
    return _is_address(address) and any(ip_address(address) in network for network in proxies)

"""API clients: machine users that sign their assertions with a secret. Secrets are kept encrypted, under a key outside the book."""

import base64
import secrets
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from identifiers.forms import dashed, hex32
from ledger import audit
from ledger.entry import Entry, Reading
from ledger.errors import InvalidParameter
from ledger.storage.models import ClientSecret, Session, User

SECRET_BYTES = 32
_PURPOSE = b"rpcserver: secrets of API clients"
_KEY_BYTES = 32


class Unreadable(ValueError):
    """A text that was not encrypted under any of these secrets, or was altered."""


class Cipher:
    """Encrypts what the book has to give back in clear. The first of the server's secrets encrypts, all of them decrypt."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._fernet = MultiFernet([Fernet(_derived(secret)) for secret in secrets])

    def encrypted(self, text: str) -> str:
        """The text in a form that only these secrets open; another one each time."""
        return self._fernet.encrypt(text.encode()).decode()

    def decrypted(self, text: str) -> str:
        """The text that was encrypted; anything else is Unreadable."""
        try:
            return self._fernet.decrypt(text.encode()).decode()
        except (InvalidToken, UnicodeError):
            raise Unreadable("the text was not encrypted under the secrets that the server has now") from None


def _derived(secret: str) -> bytes:
    key = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=_PURPOSE).derive(secret.encode())
    return base64.urlsafe_b64encode(key)


class Candidate(NamedTuple):
    """The machine user behind a client id, and its live secrets, encrypted, the newest first."""

    user: User
    secrets: list[ClientSecret]


def new_secret() -> str:
    """A new secret: 256 random bits."""
    return secrets.token_urlsafe(SECRET_BYTES)


def client_id(user: User) -> str:
    """The id by which a machine user introduces itself, in the form of a UUID."""
    return dashed(user.id)


def create_secret(entry: Entry, user: User, encrypted: str) -> ClientSecret:
    """One more secret of a machine user. Refuses: INVALID_PARAMETER (a person has none)."""
    if not user.machine:
        raise InvalidParameter(f"{user.username!r} is a person; client secrets belong to machine users", "user")
    made = entry.rows.add(ClientSecret, {"id": entry.new_id(), "user_pk": user.pk, "encrypted": encrypted, "created_on": entry.now})
    audit.record(entry, "client_secret", made.id, None, {"user_pk": user.pk})
    return made


def revoke_secrets(entry: Entry, user: User, but: ClientSecret | None = None) -> list[ClientSecret]:
    """End a client's secrets (but one) and the tokens that it got for its assertions; the secrets that were live."""
    revoked = [secret for secret in live_secrets(entry, user.pk) if but is None or secret.pk != but.pk]
    for secret in revoked:
        entry.rows.change(ClientSecret, {"revoked_on": entry.now}, pk=secret.pk)
        before: audit.Image = {"user_pk": user.pk}
        audit.record(entry, "client_secret", secret.id, before, before | {"revoked_on": entry.now})
    if revoked:
        entry.rows.change(Session, {"ended_on": entry.now}, user_pk=user.pk, api_key_pk=None, ended_on=None)
    return revoked


def live_secrets(reading: Reading, user_pk: int) -> list[ClientSecret]:
    """The secrets of a client that are not revoked, the newest first."""
    return reading.rows.find(ClientSecret, order=("-pk",), user_pk=user_pk, revoked_on=None)


def candidate(reading: Reading, client_id: str) -> Candidate | None:
    """The active machine user of this id, if it has a live secret. The id is read with dashes or without, in either case."""
    user_id = hex32(client_id)
    user = None if user_id is None else reading.rows.one(User, id=user_id)
    if user is None or not user.active or not user.machine:
        return None
    found = live_secrets(reading, user.pk)
    return Candidate(user, found) if found else None


def readable(cipher: Cipher, kept: Iterable[ClientSecret]) -> list[str]:
    """The secrets in clear, as far as the server's secrets of today open them."""
    texts = []
    for secret in kept:
        try:
            texts.append(cipher.decrypted(secret.encrypted))
        except Unreadable:
            continue
    return texts

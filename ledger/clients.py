"""API clients: machine users that sign their assertions with a secret. Secrets are kept encrypted, under a key outside the book."""

import secrets
from collections.abc import Iterable
from typing import NamedTuple

from identifiers.forms import dashed, hex32
from ledger import audit
from ledger.ciphers import Cipher, Unreadable
from ledger.entry import Entry, Reading
from ledger.errors import InvalidParameter
from ledger.storage.models import ClientSecret, Session, User

SECRET_BYTES = 32


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
    audit.record(entry, "client_secret", made, None, {"user_pk": user.pk})
    return made


def revoke_secrets(entry: Entry, user: User, but: ClientSecret | None = None) -> list[ClientSecret]:
    """End a client's secrets (but one) and the tokens that it got for its assertions; the secrets that were live."""
    revoked = [secret for secret in live_secrets(entry, user.pk) if but is None or secret.pk != but.pk]
    for secret in revoked:
        entry.rows.change(ClientSecret, {"revoked_on": entry.now}, pk=secret.pk)
        before: audit.Image = {"user_pk": user.pk}
        audit.record(entry, "client_secret", secret, before, before | {"revoked_on": entry.now})
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

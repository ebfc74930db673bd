"""Passwords: argon2id. Hashing takes tens of milliseconds and belongs outside every write."""

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

_HASHER = PasswordHasher()
# Verified in place of an unknown user's hash, so that the answer takes as long. It is written out: hashing would take its time
# whenever a command starts.
_NOBODY = "$argon2id$v=19$m=65536,t=3,p=4$eZ7NTMXGrtNagJlLygu6cA$vgaRKdjsCxezy0SvnV/ECVhSGnz/KKVKlT5/sCaHCaM"


def hashed(password: str) -> str:
    """The text to keep for a password."""
    return _HASHER.hash(password)


def matches(kept: str | None, password: str) -> bool:
    """Whether the password is the one that was hashed; None (no such user, no password) takes the same time."""
    try:
        _HASHER.verify(kept or _NOBODY, password)
    except (VerifyMismatchError, InvalidHashError):
        return False
    return bool(kept)

"""Encryption of what the book has to give back in clear, under a key outside the book."""

import base64
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

OF_CLIENTS, OF_WEBHOOKS = b"rpcserver: secrets of API clients", b"rpcserver: secrets of webhooks"
"""What a cipher is for: what was encrypted for one purpose cannot be passed off for another."""
_KEY_BYTES = 32


class Unreadable(ValueError):
    """A text that was not encrypted under any of these secrets, for this purpose, or was altered."""


class Cipher:
    """The first of the server's secrets encrypts, all of them decrypt."""

    def __init__(self, secrets: Sequence[str], purpose: bytes = OF_CLIENTS) -> None:
        self._fernet = MultiFernet([Fernet(_derived(secret, purpose)) for secret in secrets])

    def encrypted(self, text: str) -> str:
        """The text in a form that only these secrets open; another one each time."""
        return self._fernet.encrypt(text.encode()).decode()

    def decrypted(self, text: str) -> str:
        """The text that was encrypted; anything else is Unreadable."""
        try:
            return self._fernet.decrypt(text.encode()).decode()
        except (InvalidToken, UnicodeError):
            raise Unreadable("the text was not encrypted under the secrets that the server has now") from None


def _derived(secret: str, purpose: bytes) -> bytes:
    key = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=purpose).derive(secret.encode())
    return base64.urlsafe_b64encode(key)

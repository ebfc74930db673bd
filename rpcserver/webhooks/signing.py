"""Signatures by the Standard Webhooks specification (https://www.standardwebhooks.com), version 1: HMAC with SHA-256 over the id,
the moment and the body of what is sent. While a secret is rotated there are two signatures, of which the receiver needs one."""

import base64
import hmac
from collections.abc import Iterable

from ledger.webhooks import SECRET_PREFIX

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"


def signed(message_id: str, timestamp: int, body: bytes, secrets: Iterable[str]) -> dict[str, str]:
    """The headers of a message that is sent at this moment (seconds of the epoch), signed with each of the secrets."""
    text = f"{message_id}.{timestamp}.".encode() + body
    return {ID: message_id, TIMESTAMP: str(timestamp), SIGNATURE: " ".join(_signature(text, secret) for secret in secrets)}


def _signature(text: bytes, secret: str) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return "v1," + base64.b64encode(hmac.digest(key, text, "sha256")).decode()

"""Idempotency keys: the answer of a write is kept in the same commit as the write."""

from collections.abc import Callable
from typing import TypeVar

import orjson

from ledger.entry import Answer, Entry, utc_text
from ledger.errors import IdempotencyKeyReused
from ledger.storage.models import IdempotencyKey

T = TypeVar("T")
Render = Callable[[T], Answer]

REPLAYED = "Idempotency-Replayed"


def answered(entry: Entry, operation: Callable[[Entry], T], render: "Render[T]") -> Answer:
    """The stored answer of this call's key, or else what the operation brings, stored under the key.

    A rehearsal has no key. A refusal passes through and stores nothing.
    """
    call = entry.call
    if call.key is None or call.actor is None or call.rehearsal:
        return render(operation(entry))
    kept = entry.rows.one(IdempotencyKey, user_pk=call.actor.user_pk, key=call.key)
    if kept is not None:
        return _replayed(entry, kept)
    answer = render(operation(entry))
    entry.rows.insert(
        IdempotencyKey,
        {
            "user_pk": call.actor.user_pk,
            "key": call.key,
            "fingerprint": call.fingerprint,
            "status": answer.status,
            "headers": orjson.dumps(answer.headers).decode(),
            "body": answer.body,
            "created_on": entry.now,
            "touched": 0,
        },
    )
    return answer


def _replayed(entry: Entry, kept: IdempotencyKey) -> Answer:
    if kept.fingerprint != entry.call.fingerprint:
        raise IdempotencyKeyReused(
            f"the idempotency key {kept.key!r} was used before with another request; send a new key, or the same request again"
        )
    # A read alone can confirm a commit that no standby has: touching the row makes this answer wait for it.
    entry.rows.change(IdempotencyKey, {"touched": kept.touched + 1}, pk=kept.pk)
    return Answer(kept.status, orjson.loads(kept.headers) | {REPLAYED: "true"}, bytes(kept.body))


def expired_before(seconds: float, days: int) -> str:
    """Keys made before this moment are forgotten."""
    return utc_text(seconds - days * 86_400)

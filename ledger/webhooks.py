"""Webhooks: who is told of events, at which URL, signed with which secret. Nobody deletes them; a disabled one is told no more."""

import base64
import os
from collections.abc import Iterable, Sequence

import orjson

from ledger import audit, checks
from ledger.ciphers import Cipher
from ledger.deliveries import Result, due_at_once, fan_out, held, parked, revived, settle
from ledger.destinations import Reach, read
from ledger.entry import Entry, Reading, utc_text
from ledger.errors import EntityNotFound, EventsNotKept, InvalidParameter
from ledger.happenings import TYPES
from ledger.storage.models import Event, Placing, Webhook

SECRET_PREFIX = "whsec_"
SECRET_BYTES = 32
BOTH_SIGN_SECONDS = 86_400
"""For so long after a rotation what is sent is signed with the secret before it, too."""
KIND = "webhook"


def new_secret() -> str:
    """A new secret in the form of the Standard Webhooks specification: 256 random bits."""
    return SECRET_PREFIX + base64.b64encode(os.urandom(SECRET_BYTES)).decode()


def check_destination(reach: Reach, url: str) -> None:
    """Refuses: INVALID_PARAMETER (the URL cannot be read, or leads where nothing may be sent)."""
    try:
        fault = reach.fault(read(url))
    except ValueError as error:
        fault = str(error)
    if fault is not None:
        raise InvalidParameter(fault, "url")


def create(entry: Entry, *, name: str, url: str, encrypted: str, types: Sequence[str] | None = None) -> Webhook:
    """A new webhook, which is told of what happens from now on: of all events, or of these types.

    Refuses: INVALID_PARAMETER (a type), DUPLICATE_NAME, EVENTS_NOT_KEPT.
    """
    _are_kept(entry)
    entry.rows.take(None)
    checks.name_free(entry, Webhook, KIND, "name", name)
    webhook = entry.rows.add(
        Webhook,
        {
            "id": entry.new_id(),
            "name": name,
            "url": url,
            "types": _written(types),
            "encrypted": encrypted,
            "created_on": entry.now,
            "created_by_user_pk": entry.user_pk,
            "cursor": _end(entry),
        },
    )
    audit.record(entry, KIND, webhook, None, audit.image(webhook))
    return webhook


def update(entry: Entry, webhook: Webhook, changes: dict[str, object]) -> Webhook:
    """Change `name`, `url` or `types` (None: all). Refuses: INVALID_PARAMETER (a type), DUPLICATE_NAME."""
    entry.rows.take(None)
    values = dict(changes)
    if "name" in values and values["name"] != webhook.name:
        checks.name_free(entry, Webhook, KIND, "name", str(values["name"]))
    if "types" in values:
        given = values["types"]
        values["types"] = _written(given if isinstance(given, list | tuple) else None)
    if values.get("url", webhook.url) != webhook.url:
        # What the old one did not take, the new one may.
        due_at_once(entry, webhook.pk)
        values |= {"failures": 0, "failing_since": None, "probe_on": None}
    return _changed(entry, webhook, values)


def rotate_secret(entry: Entry, webhook: Webhook, encrypted: str) -> Webhook:
    """Give a webhook a new secret; for a day what is sent is signed with the one before it, too."""
    entry.rows.take(None)
    until = utc_text(entry.seconds + BOTH_SIGN_SECONDS)
    return _changed(entry, webhook, {"encrypted": encrypted, "previous_encrypted": webhook.encrypted, "previous_until": until})


def disable(entry: Entry, webhook: Webhook) -> Webhook:
    """Tell a webhook no more: what waits for it is parked. Doing it again changes nothing."""
    entry.rows.take(None)
    parked(entry, webhook.pk)
    rest = dict.fromkeys(("holder", "held_until", "failing_since", "probe_on"))
    return _changed(entry, webhook, {"disabled_on": webhook.disabled_on or entry.now, "failures": 0, **rest})


def enable(entry: Entry, webhook: Webhook) -> Webhook:
    """Tell a disabled webhook of what happens from now on; what it has missed can be replayed. Refuses: EVENTS_NOT_KEPT."""
    if webhook.disabled_on is None:
        return webhook
    _are_kept(entry)
    entry.rows.take(None)
    return _changed(entry, webhook, {"disabled_on": None, "cursor": _end(entry)})


def replay(entry: Entry, webhook: Webhook, start: int | None = None) -> int:
    """Have a webhook told again: of what is parked, or of all events from a place on; how many parked ones there were.

    Refuses: INVALID_PARAMETER (it is disabled), ENTITY_NOT_FOUND (the events from there on are forgotten, or there are none).
    """
    if webhook.disabled_on is not None:
        raise InvalidParameter(f"webhook {webhook.name!r} is disabled; enable it first", KIND)
    entry.rows.take(None)
    if start is not None:
        oldest = entry.rows.find(Event, 1, order=("pk",))
        last = _end(entry)
        if not oldest or not oldest[0].pk <= start <= last:
            kept = f"those from {oldest[0].pk} to {last} are there" if oldest else "there are none"
            raise EntityNotFound(f"there is no event at place {start}; {kept}", "from")
        entry.rows.change(Webhook, {"cursor": min(webhook.cursor, start - 1)}, pk=webhook.pk)
    count = revived(entry, webhook.pk, start or 0)
    audit.record(entry, KIND, entry.rows.get(Webhook, webhook.pk), audit.image(webhook), audit.image(webhook))
    return count


def advance(entry: Entry, webhook_pk: int, holder: str, results: Sequence[Result] = ()) -> bool:
    """Hold the lease of a webhook on, write down what became of tries, and make the next events deliveries; False if it is not the
    holder's to deliver to. A receiver that answers 410 Gone is disabled."""
    if not held(entry, webhook_pk, holder):
        settle(entry, webhook_pk, [result for result in results if result.is_delivered])
        return False
    if settle(entry, webhook_pk, results):
        disable(entry, entry.rows.get(Webhook, webhook_pk))
        return False
    fan_out(entry, webhook_pk)
    return True


def signing_secrets(cipher: Cipher, webhook: Webhook, seconds: float) -> list[str]:
    """The secrets that sign at this moment, the newest first. An Unreadable: the server's secrets of today do not open them."""
    kept: list[str] = [webhook.encrypted]
    if webhook.previous_encrypted is not None and (webhook.previous_until or "") > utc_text(seconds):
        kept.append(webhook.previous_encrypted)
    return [cipher.decrypted(each) for each in kept]


def named(reading: Reading, name: str) -> Webhook:
    """The webhook of this name. Refuses: ENTITY_NOT_FOUND."""
    found = reading.rows.one(Webhook, name=name)
    if found is None:
        raise EntityNotFound(f"there is no webhook {name!r}", KIND)
    return found


def types_of(webhook: Webhook) -> tuple[str, ...] | None:
    """The types that a webhook is told of; None for all."""
    return None if webhook.types is None else tuple(orjson.loads(webhook.types))


def _written(types: Iterable[str] | None) -> str | None:
    """Types as the row keeps them, in the order of the table of types."""
    if types is None:
        return None
    wanted = set(types)
    if unknown := sorted(wanted.difference(TYPES)):
        raise InvalidParameter(f"{', '.join(unknown)}: no such type of event; expected are {', '.join(TYPES)}", "types")
    return orjson.dumps([each for each in TYPES if each in wanted]).decode()


def _changed(entry: Entry, webhook: Webhook, values: dict[str, object]) -> Webhook:
    before = audit.image(webhook)
    if values:
        entry.rows.change(Webhook, values, pk=webhook.pk)
    changed = entry.rows.get(Webhook, webhook.pk)
    audit.record(entry, KIND, changed, before, audit.image(changed))
    return changed


def _are_kept(reading: Reading) -> None:
    if not reading.keeps_events:
        raise EventsNotKept("this server is set to keep no events (EVENTS), so there is nothing to tell of")


def _end(reading: Reading) -> int:
    """The last place that was given to an event."""
    (placing,) = reading.rows.find(Placing)
    return int(placing.last)

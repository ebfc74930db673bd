"""Payment profiles: how an account pays. An account has at most one active profile."""

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

from ledger import audit
from ledger.entry import Entry, Reading
from ledger.errors import ActiveProfileExists, InvalidParameter
from ledger.storage.columns import NOTE_LIMIT
from ledger.storage.models import Account, Payment, PaymentProfile

PAYMENT_TYPES = ("fixed_price", "invoices", "payment_gw_monthly")

Attributes = Mapping[str, object]


def create(
    entry: Entry,
    *,
    account: Account,
    name: str,
    payment_type: str = "fixed_price",
    attributes: Attributes | None = None,
    active: bool = True,
) -> PaymentProfile:
    """A new profile of an account. Refuses: INVALID_PARAMETER, ACTIVE_PROFILE_EXISTS (word `active`)."""
    values = {"name": name, **_values({"payment_type": payment_type, "attributes": attributes, "active": active})}
    if active:
        _none_active(entry, account.pk)
    profile = entry.rows.add(
        PaymentProfile,
        {
            "id": entry.new_id(),
            "account_pk": account.pk,
            **values,
            "created_on": entry.now,
            "created_by_user_pk": entry.user_pk,
        },
    )
    audit.record(entry, "payment_profile", profile, None, audit.image(profile))
    return profile


def enable(entry: Entry, profile: PaymentProfile) -> PaymentProfile:
    """Make a profile its account's active one; the account's others go inactive. Doing it again changes nothing."""
    for other in entry.rows.find(PaymentProfile, account_pk=profile.account_pk, active=True):
        if other.pk != profile.pk:
            _changed(entry, other, {"active": None})
    return _changed(entry, profile, {"active": True})


def update(entry: Entry, profile: PaymentProfile, changes: Mapping[str, object]) -> PaymentProfile:
    """Change name, payment_type, attributes (an object or None) or active; only what is given.

    Refuses: INVALID_PARAMETER, ACTIVE_PROFILE_EXISTS (word `active`).
    """
    values = _values(changes)
    if values.get("active"):
        _none_active(entry, profile.account_pk, profile.pk)
    return _changed(entry, profile, values)


def active_of(reading: Reading, account_pk: int) -> PaymentProfile | None:
    """The active profile of an account."""
    return reading.rows.one(PaymentProfile, account_pk=account_pk, active=True)


def active_of_accounts(reading: Reading, account_pks: Iterable[int]) -> dict[int, PaymentProfile]:
    """The active profiles of accounts, by the accounts' row keys."""
    wanted = list(account_pks)
    if len(wanted) == 1:
        found = reading.rows.find(PaymentProfile, account_pk=wanted[0], active=True)
    else:
        found = reading.rows.among(PaymentProfile, "account_pk", wanted)
    return {row.account_pk: row for row in found if row.active}


def shown_of(reading: Reading, payments: Iterable[Payment]) -> dict[int, PaymentProfile]:
    """The profile of each payment, by the payment's row key: its own, else the active one of its account, if there is one."""
    wanted = list(payments)
    named = [payment.profile_pk for payment in wanted if payment.profile_pk]
    own = reading.rows.by_pk(PaymentProfile, named) if named else {}
    active = active_of_accounts(reading, [payment.account_pk for payment in wanted if not payment.profile_pk])
    found = {p.pk: own.get(p.profile_pk) if p.profile_pk else active.get(p.account_pk) for p in wanted} if own or active else {}
    return {pk: profile for pk, profile in found.items() if profile is not None}


def attributes_of(profile: PaymentProfile) -> dict[str, Any]:
    """What was said about a profile beside its columns."""
    found: dict[str, Any] = orjson.loads(profile.attributes) if profile.attributes else {}
    return found


def _values(changes: Mapping[str, object]) -> dict[str, object]:
    """The columns of what was said."""
    values = dict(changes)
    kept = values.get("payment_type", PAYMENT_TYPES[0])
    if kept not in PAYMENT_TYPES:
        raise InvalidParameter(f"{kept!r} is none of {', '.join(PAYMENT_TYPES)}", "payment_type")
    if "attributes" in values:
        values["attributes"] = written(values["attributes"])
    if "active" in values:
        values["active"] = True if values["active"] else None
    return values


def written(attributes: object) -> str | None:
    """Attributes as a profile keeps them; None for none. Refuses: INVALID_PARAMETER (too long, or nothing that JSON holds)."""
    if not attributes:
        return None
    try:
        text = orjson.dumps(attributes, default=lambda number: orjson.Fragment(str(number)), option=orjson.OPT_SORT_KEYS).decode()
        # What cannot be read again, a number beyond any double for one, is not kept.
        orjson.loads(text)
    except (orjson.JSONEncodeError, orjson.JSONDecodeError) as error:
        raise InvalidParameter(f"the attributes cannot be kept: {error}", "attributes") from error
    if len(text) > NOTE_LIMIT:
        raise InvalidParameter(f"the attributes have {len(text)} characters; at most {NOTE_LIMIT} are kept", "attributes")
    return text


def _none_active(reading: Reading, account_pk: int, own_pk: int | None = None) -> None:
    found = active_of(reading, account_pk)
    if found is not None and found.pk != own_pk:
        raise ActiveProfileExists(f"the account's profile {found.name!r} is active; an account has one at most", "active")


def _changed(entry: Entry, profile: PaymentProfile, values: Mapping[str, object]) -> PaymentProfile:
    before = entry.rows.get(PaymentProfile, profile.pk)
    if values:
        entry.rows.change(PaymentProfile, values, pk=profile.pk)
    after = entry.rows.get(PaymentProfile, profile.pk)
    if audit.image(after) != audit.image(before):
        audit.record(entry, "payment_profile", profile, audit.image(before), audit.image(after))
    return after

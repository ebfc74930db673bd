"""Users with their roles, units and customers; organisational units; API keys."""

from collections.abc import Sequence

from ledger import audit, checks
from ledger.entry import Entry
from ledger.errors import InvalidParameter
from ledger.rights import OWNER, ROLES
from ledger.storage.models import ApiKey, Customer, Session, Unit, User, UserCustomer, UserUnit


def create(
    entry: Entry,
    *,
    username: str,
    password_hash: str | None,
    role: str,
    units: Sequence[Unit] = (),
    customers: Sequence[Customer] = (),
    person_name: str | None = None,
    email: str | None = None,
    machine: bool = False,
) -> User:
    """A new user; the first unit is the default one, customers are an owner's alone. Refuses: INVALID_PARAMETER, DUPLICATE_NAME."""
    _fits(role, customers)
    checks.name_free(entry, User, "user", "username", username)
    user = entry.rows.add(
        User,
        {
            "id": entry.new_id(),
            "username": username,
            "person_name": person_name,
            "email": email,
            "role": role,
            "machine": machine,
            "password_hash": password_hash,
            "active": True,
            "created_on": entry.now,
        },
    )
    for place, pk in enumerate(dict.fromkeys(unit.pk for unit in units)):
        entry.rows.insert(UserUnit, {"user_pk": user.pk, "unit_pk": pk, "is_default": place == 0})
    _tie(entry, user, customers)
    audit.record(entry, "user", user, None, audit.image(user))
    return user


def _fits(role: str, customers: Sequence[Customer]) -> None:
    if role not in ROLES:
        raise InvalidParameter(f"{role!r} is none of {', '.join(ROLES)}", "role")
    if customers and role != OWNER:
        raise InvalidParameter(f"only users of the role {OWNER} are tied to customers", "customers")


def _tie(entry: Entry, user: User, customers: Sequence[Customer]) -> None:
    for pk in dict.fromkeys(customer.pk for customer in customers):
        entry.rows.insert(UserCustomer, {"user_pk": user.pk, "customer_pk": pk})


def assign(entry: Entry, user: User, role: str, customers: Sequence[Customer] = ()) -> User:
    """Give a user this role, and an owner these customers in place of those before; the user's tokens and keys go on, and count for
    that much from the next call on. Refuses: INVALID_PARAMETER."""
    _fits(role, customers)
    before = _tied_image(entry, user)
    entry.rows.change(User, {"role": role}, pk=user.pk)
    entry.rows.remove(UserCustomer, user_pk=user.pk)
    _tie(entry, user, customers)
    user = entry.rows.get(User, user.pk)
    audit.record(entry, "user", user, before, _tied_image(entry, user))
    return user


def _tied_image(entry: Entry, user: User) -> audit.Image:
    tied = [entry.rows.get(Customer, link.customer_pk) for link in entry.rows.find(UserCustomer, user_pk=user.pk)]
    return {**audit.image(user), "customers": [customer.number for customer in tied]}


def disable(entry: Entry, user: User) -> User:
    """Disable a user: tokens and keys end at once. Doing it again changes nothing."""
    before = audit.image(user)
    entry.rows.change(User, {"active": False}, pk=user.pk)
    end_sessions(entry, user.pk)
    user = entry.rows.get(User, user.pk)
    audit.record(entry, "user", user, before, audit.image(user))
    return user


def change_password(entry: Entry, user_pk: int, password_hash: str) -> User:
    """Set a person's password; all tokens of the user end. Refuses: INVALID_PARAMETER (a machine has none)."""
    user = entry.rows.get(User, user_pk)
    if user.machine:
        raise InvalidParameter("a machine user has keys, no password", "username")
    entry.rows.change(User, {"password_hash": password_hash}, pk=user_pk)
    end_sessions(entry, user_pk)
    audit.record(entry, "user", user, audit.image(user), audit.image(user))
    return user


def end_sessions(entry: Entry, user_pk: int) -> None:
    """End all tokens of a user."""
    entry.rows.change(Session, {"ended_on": entry.now}, user_pk=user_pk, ended_on=None)


def create_unit(
    entry: Entry,
    *,
    name: str,
    alternative_code: str | None = None,
    description: str | None = None,
    group_name: str | None = None,
    community_name: str | None = None,
) -> Unit:
    """A new organisational unit. Refuses: DUPLICATE_NAME."""
    checks.name_free(entry, Unit, "unit", "name", name)
    checks.name_free(entry, Unit, "unit", "alternative_code", alternative_code)
    unit = entry.rows.add(
        Unit,
        {
            "id": entry.new_id(),
            "name": name,
            "alternative_code": alternative_code,
            "description": description,
            "group_name": group_name,
            "community_name": community_name,
            "created_on": entry.now,
        },
    )
    audit.record(entry, "unit", unit, None, audit.image(unit))
    return unit


def create_key(entry: Entry, name: str, user: User, sha256: str) -> ApiKey:
    """A new API key of a machine user, kept as the sha256 of its text. Refuses: DUPLICATE_NAME."""
    checks.name_free(entry, ApiKey, "key", "name", name)
    key = entry.rows.add(
        ApiKey, {"id": entry.new_id(), "name": name, "user_pk": user.pk, "sha256": sha256, "created_on": entry.now}
    )
    audit.record(entry, "api_key", key, None, {"name": name, "user_pk": user.pk})
    return key


def revoke_key(entry: Entry, key: ApiKey) -> ApiKey:
    """End a key and the tokens it was exchanged for. Doing it again changes nothing."""
    entry.rows.change(ApiKey, {"revoked_on": entry.now}, pk=key.pk, revoked_on=None)
    entry.rows.change(Session, {"ended_on": entry.now}, api_key_pk=key.pk, ended_on=None)
    revoked = entry.rows.get(ApiKey, key.pk)
    audit.record(entry, "api_key", key, {"name": key.name}, {"name": key.name, "revoked_on": revoked.revoked_on})
    return revoked

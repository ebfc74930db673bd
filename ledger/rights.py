"""Roles and what they include: one table, the same at every door. Each method and each action of a door names the one right that it
asks for; the README shows what follows from both."""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple


class Right(StrEnum):
    """What a method asks of its caller."""

    SESSION = "session"
    RECORDS_READ = "records:read"
    RECORDS_WRITE = "records:write"
    CONFIGURATION_READ = "configuration:read"
    CONFIGURATION_WRITE = "configuration:write"
    PEOPLE_READ = "people:read"
    PEOPLE_WRITE = "people:write"
    AUDIT_READ = "audit:read"
    UNITS_READ = "units:read"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_WRITE = "webhooks:write"


OWNER = "owner"

ROLES: Mapping[str, frozenset[Right]] = {
    "admin": frozenset(Right),
    "clerk": frozenset({Right.SESSION, Right.RECORDS_READ, Right.RECORDS_WRITE, Right.CONFIGURATION_READ, Right.UNITS_READ}),
    "auditor": frozenset(
        {
            Right.SESSION,
            Right.RECORDS_READ,
            Right.CONFIGURATION_READ,
            Right.PEOPLE_READ,
            Right.AUDIT_READ,
            Right.UNITS_READ,
            Right.WEBHOOKS_READ,
        }
    ),
    OWNER: frozenset({Right.SESSION, Right.RECORDS_READ, Right.CONFIGURATION_READ}),
}


class Actor(NamedTuple):
    """Who asks: a user with a role, the unit of the login, and (owners only) the customers whose records exist for them."""

    user_pk: int
    username: str
    role: str
    unit_pk: int | None = None
    customers: frozenset[int] = frozenset()
    session_pk: int | None = None

    def may(self, right: Right) -> bool:
        """Whether the actor's role includes a right."""
        return right in ROLES[self.role]

    @property
    def is_owner(self) -> bool:
        return self.role == OWNER

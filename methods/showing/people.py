"""Units, users, the audit log, and who made and changed a record."""

from collections.abc import Iterable, Sequence
from typing import Any

import orjson

from ledger import queries
from ledger.entry import Reading
from ledger.storage.models import AuditEntry, Unit, User
from methods.answers import Data, Found

_CREATED = ("created_by_user_pk", "created_by_unit_pk")
_UPDATED = ("updated_by_user_pk", "updated_by_unit_pk")


def unit(row: Unit) -> Data:
    return {
        "id": row.id,
        "name": row.name,
        "alternative_code": row.alternative_code,
        "description": row.description,
        "group_name": row.group_name,
        "community_name": row.community_name,
    }


def user_short(row: User) -> Data:
    return {"id": row.id, "username": row.username, "person_name": row.person_name, "email": row.email}


def units(reading: Reading, pks: Iterable[int | None]) -> Found:
    """Units by row key."""
    return {pk: unit(row) for pk, row in queries.by_pk(reading, Unit, pks).items()}


def users_short(reading: Reading, pks: Iterable[int | None]) -> Found:
    """Users by row key."""
    return {pk: user_short(row) for pk, row in queries.by_pk(reading, User, pks).items()}


def users_complete(reading: Reading, rows: Sequence[User]) -> list[Data]:
    """Users with their units, the default first, and their customers."""
    units_of = queries.units_of(reading, [row.pk for row in rows])
    customers_of = queries.customers_of(reading, [row.pk for row in rows])
    logs = logged(reading, rows)
    return [
        {
            "id": row.id,
            "username": row.username,
            "active": bool(row.active),
            "machine": bool(row.machine),
            "role": row.role,
            "person_name": row.person_name,
            "email": row.email,
            "units_set": [unit(found) for found in units_of.get(row.pk, ())],
            "customers_set": [customer_short(found) for found in customers_of.get(row.pk, ())],
            "log_information": logs[row.pk],
        }
        for row in rows
    ]


def customer_short(row: Any) -> Data:
    return {"id": row.id, "number": row.number, "name": row.name}


def logged(reading: Reading, rows: Sequence[Any]) -> dict[int, Data]:
    """Who made and who changed these records, and when, by their row keys. What a table does not keep is null."""
    users_pks, units_pks = ([getattr(row, pair[place], None) for row in rows for pair in (_CREATED, _UPDATED)] for place in (0, 1))
    found_users, found_units = users_short(reading, users_pks), units(reading, units_pks)

    def who(row: Any, name: str, found: Found) -> Data | None:
        pk = getattr(row, name, None)
        return None if pk is None else found[pk]

    return {
        row.pk: {
            "created_date": getattr(row, "issued_on", None) or row.created_on,
            "updated_date": getattr(row, "updated_on", None),
            "created_by_unit": who(row, _CREATED[1], found_units),
            "updated_by_unit": who(row, _UPDATED[1], found_units),
            "created_by_user": who(row, _CREATED[0], found_users),
            "updated_by_user": who(row, _UPDATED[0], found_users),
        }
        for row in rows
    }


def audit_row(row: AuditEntry) -> Data:
    """One line of the audit log; the images are JSON already."""
    return {
        "id": str(row.pk),
        "at": row.at,
        "actor": row.actor,
        "door": row.door,
        "method": row.method,
        "request_id": row.request_id,
        "kind": row.kind,
        "record_id": row.record_id,
        "before": None if row.before is None else orjson.Fragment(row.before),
        "after": None if row.after is None else orjson.Fragment(row.after),
        "outcome": row.outcome,
    }

"""Units, users, the audit log, and who made and changed a record."""

from collections.abc import Sequence
from typing import Any

import orjson

from ledger import queries
from ledger.entry import Reading
from ledger.storage.models import AuditEntry, Unit, User
from methods.answers import Data


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


def users_complete(reading: Reading, rows: Sequence[User]) -> list[Data]:
    """Users with their units, the default first, and their customers."""
    units_of = queries.units_of(reading, [row.pk for row in rows])
    customers_of = queries.customers_of(reading, [row.pk for row in rows])
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
            "log_information": logged(reading, row),
        }
        for row in rows
    ]


def customer_short(row: Any) -> Data:
    return {"id": row.id, "number": row.number, "name": row.name}


def logged(reading: Reading, row: Any) -> Data:
    """Who made and who changed a record, and when. What its table does not keep is null."""
    shown = reading.rows.shown
    return {
        "created_date": getattr(row, "issued_on", None) or row.created_on,
        "updated_date": getattr(row, "updated_on", None),
        "created_by_unit": shown(Unit, getattr(row, "created_by_unit_pk", None), unit),
        "updated_by_unit": shown(Unit, getattr(row, "updated_by_unit_pk", None), unit),
        "created_by_user": shown(User, getattr(row, "created_by_user_pk", None), user_short),
        "updated_by_user": shown(User, getattr(row, "updated_by_user_pk", None), user_short),
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

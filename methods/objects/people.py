"""Units, users, customers by name, and the audit log, as they are answered."""

from typing import Any

from methods.shape import Date, Id, Shape


class UnitShape(Shape):
    id: Id
    name: str
    alternative_code: str | None
    description: str | None
    group_name: str | None
    community_name: str | None


class UserShort(Shape):
    id: Id
    username: str
    person_name: str | None
    email: str | None


class LogInformation(Shape):
    """Who made a record, who changed it last, and when."""

    created_date: Date
    updated_date: Date | None
    created_by_unit: UnitShape | None
    updated_by_unit: UnitShape | None
    created_by_user: UserShort | None
    updated_by_user: UserShort | None


class CustomerShort(Shape):
    id: Id
    number: str
    name: str


class UserComplete(Shape):
    id: Id
    username: str
    active: bool
    machine: bool
    role: str
    person_name: str | None
    email: str | None
    units_set: list[UnitShape]
    customers_set: list[CustomerShort]
    log_information: LogInformation


class AuditRow(Shape):
    """One line of the audit log; `before` and `after` are the record as it was and as it became.

    `record_id` is the record's id, or of what has none (a number format, a door's defaults) its name.
    """

    id: str
    at: Date
    actor: str | None
    door: str
    method: str
    request_id: str | None
    kind: str
    record_id: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    outcome: str

"""Who is told of events, and what has not reached them yet."""

from typing import Any

from peewee import (
    BigAutoField,
    BigIntegerField,
    CharField,
    Check,
    ForeignKeyField,
    IntegerField,
    Model,
    SmallIntegerField,
    TextField,
)


def text(column: str, limit: int = 255, *, null: bool = False, unique: bool = False) -> Any:
    return CharField(max_length=limit, null=null, unique=unique, constraints=[Check(f"length({column}) <= {limit}")])


def moment(*, null: bool = False) -> Any:
    return CharField(max_length=19, null=null)


def refers(model: type[Model], name: str, *, null: bool = False) -> Any:
    return ForeignKeyField(
        model, column_name=f"{name}_pk", null=null, index=False, lazy_load=False, on_delete="RESTRICT", backref="+"
    )


class Table(Model):
    pk = BigAutoField()

    class Meta:
        legacy_table_names = False


class User(Table):
    """The table that was there, as far as the new ones refer to it."""


class Webhook(Table):
    id = CharField(max_length=32, unique=True)
    name = text("name", unique=True)
    url = text("url", 2000)
    types = TextField(null=True)
    encrypted = TextField()
    previous_encrypted = TextField(null=True)
    previous_until = moment(null=True)
    created_on = moment()
    created_by_user = refers(User, "created_by_user", null=True)
    disabled_on = moment(null=True)
    cursor = BigIntegerField(constraints=[Check("cursor >= 0")])
    holder = text("holder", 64, null=True)
    held_until = moment(null=True)
    failures = IntegerField()
    failing_since = moment(null=True)
    probe_on = moment(null=True)


class Delivery(Table):
    webhook = refers(Webhook, "webhook")
    place = BigIntegerField(index=True)
    record_id = CharField(max_length=32)
    state = CharField(max_length=32, constraints=[Check("state = 'WAITING' OR state = 'PARKED'")])
    attempts = IntegerField()
    first_tried_on = moment(null=True)
    next_try_on = moment()
    last_status = SmallIntegerField(null=True)
    last_error = text("last_error", 64, null=True)

    class Meta:
        indexes = (
            (("webhook", "place"), True),
            (("webhook", "state", "next_try_on"), False),
            (("webhook", "record_id", "state", "place"), False),
        )


NEW = (Webhook, Delivery)


def up(_migrator: Any, db: Any) -> None:
    with db.bind_ctx(NEW):
        db.create_tables(NEW)

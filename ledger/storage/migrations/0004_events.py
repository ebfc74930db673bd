"""What tells others of changes: the outbox of the writes, and the events that are read in the order of their places."""

from typing import Any

from peewee import BigAutoField, BigIntegerField, CharField, Check, Model, TextField


class Table(Model):
    pk = BigAutoField()

    class Meta:
        legacy_table_names = False


class Outbox(Table):
    at = CharField(max_length=19)
    events = TextField()


class Placing(Table):
    turns = BigIntegerField()
    last = BigIntegerField()


class Event(Table):
    at = CharField(max_length=19)
    type = CharField(max_length=40, constraints=[Check("length(type) <= 40")])
    record_id = CharField(max_length=32, index=True)
    account_pk = BigIntegerField()
    customer_pk = BigIntegerField()
    data = TextField()

    class Meta:
        indexes = ((("customer_pk", "pk"), False),)


NEW = (Outbox, Placing, Event)


def up(_migrator: Any, db: Any) -> None:
    with db.bind_ctx(NEW):
        db.create_tables(NEW)
        Placing.create(turns=0, last=0)

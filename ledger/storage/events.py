"""What tells others of changes: the outbox, into which each write puts what it did, and the events in the order of their places."""

from peewee import BigIntegerField, CharField, TextField

from ledger.storage.columns import Table, moment, text


class Outbox(Table):
    """What one write did to payments, invoices and accounts, as JSON, until its events get their places."""

    at = moment()
    events = TextField()


class Placing(Table):
    """Who gives events their places does it in turns, and holds the one row of this table meanwhile. `last` is the last place that
    was given."""

    turns = BigIntegerField()
    last = BigIntegerField()


class Event(Table):
    """Something that happened to a record. The row key is the event's place: who has read up to one place misses none below it.
    `data` is the record as that write left it, as JSON."""

    at = moment()
    type = text("type", 40)
    record_id = CharField(max_length=32, index=True)
    account_pk = BigIntegerField()
    customer_pk = BigIntegerField()
    data = TextField()

    class Meta:
        indexes = ((("customer_pk", "pk"), False),)

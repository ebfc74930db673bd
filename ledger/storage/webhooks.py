"""Who is told of events, and what has not reached them yet."""

from peewee import BigIntegerField, CharField, Check, IntegerField, SmallIntegerField, TextField

from ledger.storage.columns import Record, Table, moment, one_of, refers, text
from ledger.storage.people import User


class Webhook(Record):
    """A receiver of events. Its secrets are encrypted under a key that is not in the book; the one before the last signs too until
    `previous_until`. `types` is a JSON list of the types that it is told of, or null for all. Events up to the place `cursor` have
    become deliveries. `holder` is the server process that delivers until `held_until`. `failures` counts the rounds of tries
    since which the receiver has not answered, `probe_on` is when it is tried next."""

    name = text("name", unique=True)
    url = text("url", 2000)
    types = TextField(null=True)
    encrypted = TextField()
    previous_encrypted = TextField(null=True)
    previous_until = moment(null=True)
    created_on = moment()
    created_by_user = refers(User, "created_by_user", null=True)
    created_by_user_pk: int | None
    disabled_on = moment(null=True)
    cursor = BigIntegerField(constraints=[Check("cursor >= 0")])
    holder = text("holder", 64, null=True)
    held_until = moment(null=True)
    failures = IntegerField(default=0)
    failing_since = moment(null=True)
    probe_on = moment(null=True)


class Delivery(Table):
    """An event that a receiver has not taken yet: it waits for its next try, or is parked, and tried no more unless it is replayed.
    What is delivered is removed."""

    webhook = refers(Webhook, "webhook")
    webhook_pk: int
    place = BigIntegerField(index=True)
    record_id = CharField(max_length=32)
    state = one_of("state", "WAITING", "PARKED")
    attempts = IntegerField(default=0)
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

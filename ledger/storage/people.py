"""Who asks: units, users, sessions, keys."""

from peewee import BlobField, BooleanField, CharField, IntegerField, SmallIntegerField, TextField

from ledger.storage.columns import Record, Table, moment, note, one_of, refers, text


class Unit(Record):
    name = text("name", unique=True)
    alternative_code = text("alternative_code", null=True, unique=True)
    description = note("description")
    group_name = text("group_name", null=True)
    community_name = text("community_name", null=True)
    created_on = moment()


class User(Record):
    """A person (with a password) or a machine (with keys)."""

    username = text("username", unique=True)
    person_name = text("person_name", null=True)
    email = text("email", null=True)
    role = one_of("role", "admin", "clerk", "auditor", "owner")
    machine = BooleanField(default=False)
    password_hash = TextField(null=True)
    active = BooleanField(default=True)
    created_on = moment()


class UserUnit(Table):
    user = refers(User, "user")
    user_pk: int
    unit = refers(Unit, "unit")
    unit_pk: int
    is_default = BooleanField(default=False)

    class Meta:
        indexes = ((("user", "unit"), True),)


class ApiKey(Record):
    name = text("name", unique=True)
    user = refers(User, "user", index=True)
    user_pk: int
    sha256 = CharField(max_length=64, unique=True)
    created_on = moment()
    revoked_on = moment(null=True)


class ClientSecret(Record):
    """A secret with which an API client signs its assertions, encrypted under a key that is not in the book. The client's id is
    that of its machine user."""

    user = refers(User, "user", index=True)
    user_pk: int
    encrypted = TextField()
    created_on = moment()
    revoked_on = moment(null=True)


class Session(Record):
    """What a token stands for; ended by logout, a password change or a disabled user. `expires_on` where it lives shorter than
    others."""

    user = refers(User, "user", index=True)
    user_pk: int
    unit = refers(Unit, "unit", null=True)
    unit_pk: int | None
    api_key = refers(ApiKey, "api_key", null=True, index=True)
    api_key_pk: int | None
    created_on = moment()
    last_used_on = moment()
    ended_on = moment(null=True)
    expires_on = moment(null=True)


class LoginFailure(Table):
    username_sha256 = CharField(max_length=64)
    address = text("address")
    at = moment(index=True)

    class Meta:
        indexes = ((("username_sha256", "address", "at"), False), (("address", "at"), False))


class IdempotencyKey(Table):
    """A stored answer: the bytes are opaque to the ledger."""

    user = refers(User, "user")
    user_pk: int
    key = text("key")
    fingerprint = CharField(max_length=64)
    status = SmallIntegerField()
    headers = TextField()
    body = BlobField()
    created_on = moment(index=True)
    touched = IntegerField(default=0)

    class Meta:
        indexes = ((("user", "key"), True),)

"""What three more doors need: payment profiles, projects, subsidiaries, exchange rates, attachments, client secrets."""

from typing import Any

from peewee import (
    BigAutoField,
    BigIntegerField,
    BooleanField,
    CharField,
    Check,
    ForeignKeyField,
    Model,
    TextField,
)

TEXT_LIMIT = 255
NOTE_LIMIT = 4000


def text(column: str, *, null: bool = False, unique: bool = False) -> Any:
    return CharField(max_length=TEXT_LIMIT, null=null, unique=unique, constraints=[Check(f"length({column}) <= {TEXT_LIMIT}")])


def note(column: str) -> Any:
    return TextField(null=True, constraints=[Check(f"length({column}) <= {NOTE_LIMIT}")])


def moment(*, null: bool = False) -> Any:
    return CharField(max_length=19, null=null)


def refers(model: type[Model], name: str, *, null: bool = False, index: bool = False) -> Any:
    return ForeignKeyField(
        model, column_name=f"{name}_pk", null=null, index=index, lazy_load=False, on_delete="RESTRICT", backref="+"
    )


class Table(Model):
    pk = BigAutoField()

    class Meta:
        legacy_table_names = False


class User(Table):
    """The tables that were there, as far as the new ones refer to them."""


class Currency(Table): ...


class Account(Table): ...


class Payment(Table): ...


class Record(Table):
    id = CharField(max_length=32, unique=True)


class ClientSecret(Record):
    user = refers(User, "user", index=True)
    encrypted = TextField()
    created_on = moment()
    revoked_on = moment(null=True)


class ExchangeRate(Record):
    currency = refers(Currency, "currency")
    from_date = CharField(max_length=10)
    rate = BigIntegerField(constraints=[Check("rate > 0")])
    created_on = moment()

    class Meta:
        indexes = ((("currency", "from_date"), True),)


class Project(Record):
    name = text("name", unique=True)
    alternative_code = text("alternative_code", null=True, unique=True)
    description = note("description")
    created_on = moment()


class Subsidiary(Record):
    name = text("name", unique=True)
    alternative_code = text("alternative_code", null=True, unique=True)
    description = note("description")
    created_on = moment()


class PaymentProfile(Record):
    account = refers(Account, "account")
    name = text("name")
    payment_type = CharField(
        max_length=32,
        constraints=[
            Check("payment_type = 'fixed_price' OR payment_type = 'invoices' OR payment_type = 'payment_gw_monthly'"),
        ],
    )
    attributes = TextField(null=True)
    active = BooleanField(null=True)
    created_on = moment()
    created_by_user = refers(User, "created_by_user", null=True)

    class Meta:
        indexes = ((("account", "active"), True),)


class Attachment(Record):
    payment = refers(Payment, "payment", index=True)
    file_name = text("file_name")
    media_type = text("media_type")
    size = BigIntegerField(constraints=[Check("size > 0")])
    sha256 = CharField(max_length=64)
    created_on = moment()
    created_by_user = refers(User, "created_by_user", null=True)
    withdrawn_on = moment(null=True)


NEW = (ClientSecret, ExchangeRate, Project, Subsidiary, PaymentProfile, Attachment)


def added_columns() -> tuple[tuple[str, str, Any], ...]:
    """Table, column, field: all of them optional, for there are rows."""
    rate = BigIntegerField(null=True, constraints=[Check("exchange_rate > 0")])
    return (
        ("session", "expires_on", moment(null=True)),
        ("account", "address", note("address")),
        ("account", "phone", text("phone", null=True)),
        ("account", "fax", text("fax", null=True)),
        ("account", "tags", note("tags")),
        ("invoice", "project_pk", _reference(Project, "project")),
        ("invoice", "subsidiary_pk", _reference(Subsidiary, "subsidiary")),
        ("invoice", "exchange_rate", rate),
        ("payment", "profile_pk", _reference(PaymentProfile, "profile")),
        ("payment", "written_off_on", moment(null=True)),
        ("payment", "unreceived", BooleanField(null=True)),
    )


def _reference(model: type[Model], name: str) -> Any:
    return ForeignKeyField(
        model, field=model.pk, column_name=f"{name}_pk", null=True, index=True, on_delete="RESTRICT", backref="+"
    )


POSTED_PAYMENTS = """CREATE INDEX "payment_posted" ON "payment" ("pk", "written_off_on", "life_cycle_state")
    WHERE ("life_cycle_state" = 'POSTED')"""


def up(migrator: Any, db: Any) -> None:
    with db.bind_ctx(NEW):
        db.create_tables(NEW)
    for table, column, field in added_columns():
        migrator.add_column(table, column, field).run()
    db.execute_sql(" ".join(POSTED_PAYMENTS.split()))

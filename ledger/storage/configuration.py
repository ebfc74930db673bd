"""What there is to choose from: currencies and their rates, transaction types, categories, methods, reasons, projects,
subsidiaries, number formats, door defaults."""

from peewee import BigIntegerField, BooleanField, CharField, Check, ForeignKeyField, SmallIntegerField

from ledger.storage.columns import Record, Table, moment, note, one_of, refers, text


class Currency(Record):
    code = CharField(max_length=3, unique=True)
    name = text("name")
    exponent = SmallIntegerField()


class TransactionType(Record):
    name = text("name", unique=True)
    alternative_code = text("alternative_code", null=True, unique=True)
    description = note("description")
    classification = one_of(
        "classification", "INVOICE", "INVOICE_CANCEL", "CREDIT_NOTE", "PAYMENT", "PAYMENT_CANCEL", "REFUND", "WRITE_OFF"
    )
    created_on = moment()


class Category(Record):
    name = text("name", unique=True)
    code = text("code", null=True, unique=True)
    description = note("description")
    parent = ForeignKeyField(
        "self",
        column_name="parent_pk",
        object_id_name="parent_pk",
        null=True,
        index=False,
        lazy_load=False,
        on_delete="RESTRICT",
        backref="+",
    )
    parent_pk: int | None
    created_on = moment()


class PaymentMethod(Record):
    name = text("name", unique=True)
    alternative_code = text("alternative_code", null=True, unique=True)
    description = note("description")
    created_on = moment()


class RejectionReason(Record):
    name = text("name", unique=True)
    alternative_code = text("alternative_code", null=True, unique=True)
    description = note("description")
    created_on = moment()


class TypeCategory(Table):
    type = refers(TransactionType, "type")
    type_pk: int
    category = refers(Category, "category")
    category_pk: int
    is_default = BooleanField(default=False)

    class Meta:
        indexes = ((("type", "category"), True),)


class TypeMethod(Table):
    type = refers(TransactionType, "type")
    type_pk: int
    method = refers(PaymentMethod, "method")
    method_pk: int
    is_default = BooleanField(default=False)

    class Meta:
        indexes = ((("type", "method"), True),)


class TypeReason(Table):
    type = refers(TransactionType, "type")
    type_pk: int
    reason = refers(RejectionReason, "reason")
    reason_pk: int
    is_default = BooleanField(default=False)

    class Meta:
        indexes = ((("type", "reason"), True),)


class ExchangeRate(Record):
    """What one unit of a currency is worth in the default currency from a day (`YYYY-MM-DD`) on, in ten-billionths."""

    currency = refers(Currency, "currency")
    currency_pk: int
    from_date = CharField(max_length=10)
    rate = BigIntegerField(constraints=[Check("rate > 0")])
    created_on = moment()

    class Meta:
        indexes = ((("currency", "from_date"), True),)


class Project(Record):
    """What an invoice is for."""

    name = text("name", unique=True)
    alternative_code = text("alternative_code", null=True, unique=True)
    description = note("description")
    created_on = moment()


class Subsidiary(Record):
    """The part of the organisation that sends an invoice."""

    name = text("name", unique=True)
    alternative_code = text("alternative_code", null=True, unique=True)
    description = note("description")
    created_on = moment()


class NumberSeries(Table):
    """One counter per kind of record: `payment.number`, `payment.reference_number`, ..., with its format."""

    name = text("name", unique=True)
    prefix = text("prefix", 20)
    padding = SmallIntegerField(default=0)
    last = BigIntegerField(default=0)
    gapless = BooleanField(default=True)


class DoorDefault(Table):
    """What a door uses for types, methods and categories that its requests do not carry."""

    door = text("door", 20, unique=True)
    payment_type = refers(TransactionType, "payment_type", null=True)
    payment_type_pk: int | None
    cancellation_type = refers(TransactionType, "cancellation_type", null=True)
    cancellation_type_pk: int | None
    write_off_type = refers(TransactionType, "write_off_type", null=True)
    write_off_type_pk: int | None
    payment_method = refers(PaymentMethod, "payment_method", null=True)
    payment_method_pk: int | None
    category = refers(Category, "category", null=True)
    category_pk: int | None


class Edition(Table):
    """How often the configuration was changed, in the one row of this table: what was read of it holds as long as this does."""

    value = BigIntegerField()

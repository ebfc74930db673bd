"""The first schema: a frozen copy of all tables, deliberately independent of the application's models."""

from typing import Any

from peewee import (
    BigAutoField,
    BigIntegerField,
    BlobField,
    BooleanField,
    CharField,
    Check,
    DoubleField,
    ForeignKeyField,
    IntegerField,
    Model,
    SmallIntegerField,
    TextField,
)

TEXT_LIMIT = 255
NOTE_LIMIT = 4000


def text(column: str, limit: int = TEXT_LIMIT, *, null: bool = False, unique: bool = False, index: bool = False) -> Any:
    options: dict[str, Any] = {"null": null, "unique": unique, "index": index}
    return CharField(max_length=limit, constraints=[Check(f"length({column}) <= {limit}")], **options)


def note(column: str) -> Any:
    return TextField(null=True, constraints=[Check(f"length({column}) <= {NOTE_LIMIT}")])


def moment(*, null: bool = False, index: bool = False) -> Any:
    options: dict[str, Any] = {"null": null, "index": index}
    return CharField(max_length=19, **options)


def one_of(column: str, *values: str) -> Any:
    # What IN says, too; but for that SQLite makes a table of the words each time that a row is written.
    return CharField(max_length=32, constraints=[Check(" OR ".join(f"{column} = '{value}'" for value in values))])


def refers(model: type[Model], name: str, *, null: bool = False, index: bool = False, unique: bool = False) -> Any:
    column = f"{name}_pk"
    options: dict[str, Any] = {"null": null, "index": index, "unique": unique}
    return ForeignKeyField(
        model, column_name=column, object_id_name=column, lazy_load=False, on_delete="RESTRICT", backref="+", **options
    )


class Table(Model):
    pk = BigAutoField()

    class Meta:
        legacy_table_names = False


class Record(Table):
    id = CharField(max_length=32, unique=True)


class Udf(Record):
    udf_string_1 = text("udf_string_1", null=True)
    udf_string_2 = text("udf_string_2", null=True)
    udf_string_3 = text("udf_string_3", null=True)
    udf_string_4 = text("udf_string_4", null=True)
    udf_string_5 = text("udf_string_5", null=True)
    udf_string_6 = text("udf_string_6", null=True)
    udf_string_7 = text("udf_string_7", null=True)
    udf_string_8 = text("udf_string_8", null=True)
    udf_float_1 = DoubleField(null=True)
    udf_float_2 = DoubleField(null=True)
    udf_float_3 = DoubleField(null=True)
    udf_float_4 = DoubleField(null=True)
    udf_date_1 = moment(null=True)
    udf_date_2 = moment(null=True)
    udf_date_3 = moment(null=True)
    udf_date_4 = moment(null=True)


class Unit(Record):
    name = text("name", unique=True)
    alternative_code = text("alternative_code", null=True, unique=True)
    description = note("description")
    group_name = text("group_name", null=True)
    community_name = text("community_name", null=True)
    created_on = moment()


class User(Record):
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
    unit = refers(Unit, "unit")
    is_default = BooleanField(default=False)

    class Meta:
        indexes = ((("user", "unit"), True),)


class ApiKey(Record):
    name = text("name", unique=True)
    user = refers(User, "user", index=True)
    sha256 = CharField(max_length=64, unique=True)
    created_on = moment()
    revoked_on = moment(null=True)


class Session(Record):
    user = refers(User, "user", index=True)
    unit = refers(Unit, "unit", null=True)
    api_key = refers(ApiKey, "api_key", null=True, index=True)
    created_on = moment()
    last_used_on = moment()
    ended_on = moment(null=True)


class LoginFailure(Table):
    username_sha256 = CharField(max_length=64)
    address = text("address")
    at = moment(index=True)

    class Meta:
        indexes = ((("username_sha256", "address", "at"), False), (("address", "at"), False))


class IdempotencyKey(Table):
    user = refers(User, "user")
    key = text("key")
    fingerprint = CharField(max_length=64)
    status = SmallIntegerField()
    headers = TextField()
    body = BlobField()
    created_on = moment(index=True)
    touched = IntegerField(default=0)

    class Meta:
        indexes = ((("user", "key"), True),)


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
    category = refers(Category, "category")
    is_default = BooleanField(default=False)

    class Meta:
        indexes = ((("type", "category"), True),)


class TypeMethod(Table):
    type = refers(TransactionType, "type")
    method = refers(PaymentMethod, "method")
    is_default = BooleanField(default=False)

    class Meta:
        indexes = ((("type", "method"), True),)


class TypeReason(Table):
    type = refers(TransactionType, "type")
    reason = refers(RejectionReason, "reason")
    is_default = BooleanField(default=False)

    class Meta:
        indexes = ((("type", "reason"), True),)


class NumberSeries(Table):
    name = text("name", unique=True)
    prefix = text("prefix", 20)
    padding = SmallIntegerField(default=0)
    last = BigIntegerField(default=0)
    gapless = BooleanField(default=True)


class DoorDefault(Table):
    door = text("door", 20, unique=True)
    payment_type = refers(TransactionType, "payment_type", null=True)
    cancellation_type = refers(TransactionType, "cancellation_type", null=True)
    write_off_type = refers(TransactionType, "write_off_type", null=True)
    payment_method = refers(PaymentMethod, "payment_method", null=True)
    category = refers(Category, "category", null=True)


class Customer(Record):
    number = text("number", unique=True)
    name = text("name", index=True)
    email = text("email", null=True)
    notes = note("notes")
    back_office_code = text("back_office_code", null=True, unique=True)
    created_on = moment()
    created_by_user = refers(User, "created_by_user", null=True)


class UserCustomer(Table):
    user = refers(User, "user")
    customer = refers(Customer, "customer")

    class Meta:
        indexes = ((("user", "customer"), True),)


class Organisation(Record):
    name = text("name", unique=True)
    default_currency = refers(Currency, "default_currency")
    customer = refers(Customer, "customer", null=True)
    created_on = moment()


class Account(Record):
    number = text("number", unique=True)
    name = text("name", index=True)
    customer = refers(Customer, "customer", index=True)
    currency = refers(Currency, "currency")
    credit_period = IntegerField(default=30, constraints=[Check("credit_period >= 0")])
    notes = note("notes")
    life_cycle_state = one_of("life_cycle_state", "ACTIVE", "SUSPENDED", "TERMINATED")
    balance = BigIntegerField(default=0)
    journal_head = CharField(max_length=64, default="")
    journal_count = BigIntegerField(default=0)
    allocation_head = CharField(max_length=64, default="")
    allocation_count = BigIntegerField(default=0)
    created_on = moment()
    created_by_user = refers(User, "created_by_user", null=True)
    created_by_unit = refers(Unit, "created_by_unit", null=True)
    updated_on = moment(null=True)
    updated_by_user = refers(User, "updated_by_user", null=True)
    updated_by_unit = refers(Unit, "updated_by_unit", null=True)


class Document(Udf):
    reference_number = text("reference_number", unique=True)
    number = text("number", null=True, unique=True)
    account = refers(Account, "account")
    type = refers(TransactionType, "type")
    category = refers(Category, "category", null=True)
    issued_on = moment()
    posted_on = moment(null=True)
    notes = note("notes")
    back_office_code = text("back_office_code", null=True, unique=True)
    created_by_user = refers(User, "created_by_user", null=True)
    created_by_unit = refers(Unit, "created_by_unit", null=True)
    updated_on = moment(null=True)
    updated_by_user = refers(User, "updated_by_user", null=True)
    updated_by_unit = refers(Unit, "updated_by_unit", null=True)


class Invoice(Document):
    life_cycle_state = one_of("life_cycle_state", "DRAFT", "POSTED", "REJECTED", "CANCELLED")
    due_on = moment(null=True)
    net_amount = BigIntegerField(constraints=[Check("net_amount >= 0")])
    tax_amount = BigIntegerField(constraints=[Check("tax_amount >= 0")])
    discount_amount = BigIntegerField(constraints=[Check("discount_amount >= 0")])
    total_amount = BigIntegerField(constraints=[Check("total_amount >= 0")])
    unpaid = BigIntegerField(default=0, constraints=[Check("unpaid >= 0 AND unpaid <= total_amount")])
    rejection_reason = refers(RejectionReason, "rejection_reason", null=True)

    class Meta:
        indexes = ((("account", "issued_on", "pk"), False), (("account", "unpaid"), False), (("issued_on", "pk"), False))


class InvoiceItem(Table):
    invoice = refers(Invoice, "invoice")
    position = IntegerField()
    description = text("description", NOTE_LIMIT)
    quantity = BigIntegerField(constraints=[Check("quantity > 0")])
    cost = BigIntegerField(null=True)
    sub_total = BigIntegerField()
    discount_percentage = BigIntegerField(null=True)
    discount_amount = BigIntegerField()
    vat_rate = BigIntegerField()
    net_amount = BigIntegerField()
    tax_amount = BigIntegerField()
    total_amount = BigIntegerField()

    class Meta:
        indexes = ((("invoice", "position"), True),)


class InvoiceCancellation(Document):
    invoice = refers(Invoice, "invoice", unique=True)
    amount = BigIntegerField(constraints=[Check("amount >= 0")])
    issue_reason = note("issue_reason")


class Bill(Record):
    number = text("number", unique=True)
    account = refers(Account, "account")
    from_date = moment(null=True)
    to_date = moment(null=True)
    issued_on = moment()
    created_by_user = refers(User, "created_by_user", null=True)
    created_by_unit = refers(Unit, "created_by_unit", null=True)

    class Meta:
        indexes = ((("account", "issued_on", "pk"), False), (("issued_on", "pk"), False))


class BillInvoice(Table):
    bill = refers(Bill, "bill", index=True)
    invoice = refers(Invoice, "invoice", unique=True)


class Payment(Document):
    life_cycle_state = one_of("life_cycle_state", "DRAFT", "POSTED", "REJECTED", "CANCELLED")
    amount = BigIntegerField(constraints=[Check("amount >= 0")])
    unallocated = BigIntegerField(default=0, constraints=[Check("unallocated >= 0 AND unallocated <= amount")])
    allocation_mode = one_of("allocation_mode", "automatic", "explicit")
    method = refers(PaymentMethod, "method")
    received_on = moment()
    received_by_user = refers(User, "received_by_user", null=True)
    received_by_unit = refers(Unit, "received_by_unit", null=True)
    rejection_reason = refers(RejectionReason, "rejection_reason", null=True)
    principal_invoice = refers(Invoice, "principal_invoice", null=True, index=True)
    principal_linked = BooleanField(default=False)

    class Meta:
        indexes = ((("account", "issued_on", "pk"), False), (("account", "unallocated"), False), (("issued_on", "pk"), False))


class Intended(Table):
    payment = refers(Payment, "payment")
    position = IntegerField()
    invoice = refers(Invoice, "invoice", null=True, index=True)
    bill = refers(Bill, "bill", null=True, index=True)

    class Meta:
        indexes = ((("payment", "position"), True),)


class PaymentCancellation(Document):
    payment = refers(Payment, "payment", unique=True)
    amount = BigIntegerField(constraints=[Check("amount >= 0")])
    issue_reason = note("issue_reason")

    class Meta:
        indexes = ((("account", "issued_on", "pk"), False), (("issued_on", "pk"), False))


class JournalEntry(Table):
    account = refers(Account, "account")
    position = BigIntegerField()
    kind = one_of("kind", "INVOICE", "INVOICE_CANCEL", "PAYMENT", "PAYMENT_CANCEL", "WRITE_OFF", "AMENDMENT")
    document_id = CharField(max_length=32)
    number = text("number")
    amount = BigIntegerField()
    at = moment()
    hash = CharField(max_length=64)

    class Meta:
        indexes = ((("account", "position"), True), (("document_id",), False))


class Allocation(Table):
    account = refers(Account, "account")
    position = BigIntegerField()
    payment = refers(Payment, "payment", index=True)
    invoice = refers(Invoice, "invoice", index=True)
    amount = BigIntegerField(constraints=[Check("amount <> 0")])
    at = moment()
    hash = CharField(max_length=64)

    class Meta:
        indexes = ((("account", "position"), True),)


class AuditEntry(Table):
    at = moment(index=True)
    actor = text("actor", null=True)
    door = text("door", 20)
    method = text("method")
    request_id = text("request_id", 128, null=True)
    kind = text("kind", 40)
    record_id = text("record_id", null=True, index=True)
    before = TextField(null=True)
    after = TextField(null=True)
    outcome = text("outcome", 64)

    class Meta:
        indexes = ((("actor", "pk"), False),)


TABLES = (
    Unit,
    User,
    UserUnit,
    Session,
    ApiKey,
    LoginFailure,
    IdempotencyKey,
    Currency,
    TransactionType,
    Category,
    PaymentMethod,
    RejectionReason,
    TypeCategory,
    TypeMethod,
    TypeReason,
    NumberSeries,
    DoorDefault,
    Customer,
    UserCustomer,
    Organisation,
    Account,
    Invoice,
    InvoiceItem,
    InvoiceCancellation,
    Bill,
    BillInvoice,
    Payment,
    Intended,
    PaymentCancellation,
    JournalEntry,
    Allocation,
    AuditEntry,
)


def up(migrator, db):
    with db.bind_ctx(TABLES):
        db.create_tables(TABLES)

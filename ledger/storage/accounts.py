"""Who owes: customers, their accounts receivable, and the payment profiles of these."""

from peewee import BigIntegerField, BooleanField, CharField, Check, IntegerField, TextField

from ledger.storage.columns import Record, Table, moment, note, one_of, refers, text
from ledger.storage.configuration import Currency
from ledger.storage.people import Unit, User


class Customer(Record):
    number = text("number", unique=True)
    name = text("name", index=True)
    email = text("email", null=True)
    notes = note("notes")
    back_office_code = text("back_office_code", null=True, unique=True)
    created_on = moment()
    created_by_user = refers(User, "created_by_user", null=True)
    created_by_user_pk: int | None


class UserCustomer(Table):
    user = refers(User, "user")
    user_pk: int
    customer = refers(Customer, "customer")
    customer_pk: int

    class Meta:
        indexes = ((("user", "customer"), True),)


class Organisation(Record):
    """The one organisation whose book this is."""

    name = text("name", unique=True)
    default_currency = refers(Currency, "default_currency")
    default_currency_pk: int
    customer = refers(Customer, "customer", null=True)
    customer_pk: int | None
    created_on = moment()


class Account(Record):
    """An account receivable. `balance`, heads and counts are caches that `verify` recomputes."""

    number = text("number", unique=True)
    name = text("name", index=True)
    customer = refers(Customer, "customer", index=True)
    customer_pk: int
    currency = refers(Currency, "currency")
    currency_pk: int
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
    created_by_user_pk: int | None
    created_by_unit = refers(Unit, "created_by_unit", null=True)
    created_by_unit_pk: int | None
    updated_on = moment(null=True)
    updated_by_user = refers(User, "updated_by_user", null=True)
    updated_by_user_pk: int | None
    updated_by_unit = refers(Unit, "updated_by_unit", null=True)
    updated_by_unit_pk: int | None
    address = note("address")
    phone = text("phone", null=True)
    fax = text("fax", null=True)
    tags = note("tags")
    """A JSON list of texts."""


class PaymentProfile(Record):
    """How an account pays. `active` is true or null, so that no account can have two active ones; `attributes` a JSON object."""

    account = refers(Account, "account")
    account_pk: int
    name = text("name")
    payment_type = one_of("payment_type", "fixed_price", "invoices", "payment_gw_monthly")
    attributes = TextField(null=True)
    active = BooleanField(null=True)
    created_on = moment()
    created_by_user = refers(User, "created_by_user", null=True)
    created_by_user_pk: int | None

    class Meta:
        indexes = ((("account", "active"), True),)

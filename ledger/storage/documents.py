"""What is owed and paid: invoices, bills, payments with their attachments, and cancellations."""

from peewee import SQL, BigIntegerField, BooleanField, CharField, Check, IntegerField

from ledger.storage.accounts import Account, PaymentProfile
from ledger.storage.columns import (
    NOTE_LIMIT,
    Record,
    Table,
    Udf,
    index_what_is_open,
    index_where_told,
    moment,
    note,
    one_of,
    refers,
    text,
)
from ledger.storage.configuration import Category, PaymentMethod, Project, RejectionReason, Subsidiary, TransactionType
from ledger.storage.people import Unit, User


class Document(Udf):
    """What payments, invoices and their cancellations share."""

    reference_number = text("reference_number", unique=True)
    number = text("number", null=True)
    account = refers(Account, "account")
    account_pk: int
    type = refers(TransactionType, "type")
    type_pk: int
    category = refers(Category, "category", null=True)
    category_pk: int | None
    issued_on = moment()
    posted_on = moment(null=True)
    notes = note("notes")
    back_office_code = text("back_office_code", null=True)
    created_by_user = refers(User, "created_by_user", null=True)
    created_by_user_pk: int | None
    created_by_unit = refers(Unit, "created_by_unit", null=True)
    created_by_unit_pk: int | None
    updated_on = moment(null=True)
    updated_by_user = refers(User, "updated_by_user", null=True)
    updated_by_user_pk: int | None
    updated_by_unit = refers(Unit, "updated_by_unit", null=True)
    updated_by_unit_pk: int | None


class Invoice(Document):
    """`unpaid` is a cache: total less allocations while POSTED, else 0. `exchange_rate` as in `ExchangeRate`."""

    life_cycle_state = one_of("life_cycle_state", "DRAFT", "POSTED", "REJECTED", "CANCELLED")
    due_on = moment(null=True)
    net_amount = BigIntegerField(constraints=[Check("net_amount >= 0")])
    tax_amount = BigIntegerField(constraints=[Check("tax_amount >= 0")])
    discount_amount = BigIntegerField(constraints=[Check("discount_amount >= 0")])
    total_amount = BigIntegerField(constraints=[Check("total_amount >= 0")])
    unpaid = BigIntegerField(default=0, constraints=[Check("unpaid >= 0 AND unpaid <= total_amount")])
    rejection_reason = refers(RejectionReason, "rejection_reason", null=True)
    rejection_reason_pk: int | None
    project = refers(Project, "project", null=True)
    project_pk: int | None
    subsidiary = refers(Subsidiary, "subsidiary", null=True)
    subsidiary_pk: int | None
    exchange_rate = BigIntegerField(null=True, constraints=[Check("exchange_rate > 0")])

    class Meta:
        indexes = ((("account", "issued_on", "pk"), False), (("issued_on", "pk"), False))


class InvoiceItem(Table):
    """A line of an invoice. `quantity` in millionths, percentages in ten-thousandths of a percent, amounts in minor units."""

    invoice = refers(Invoice, "invoice")
    invoice_pk: int
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
    invoice_pk: int
    amount = BigIntegerField(constraints=[Check("amount >= 0")])
    issue_reason = note("issue_reason")


class Bill(Record):
    """A gathering of posted invoices of one account."""

    number = text("number", unique=True)
    account = refers(Account, "account")
    account_pk: int
    from_date = moment(null=True)
    to_date = moment(null=True)
    issued_on = moment()
    created_by_user = refers(User, "created_by_user", null=True)
    created_by_user_pk: int | None
    created_by_unit = refers(Unit, "created_by_unit", null=True)
    created_by_unit_pk: int | None

    class Meta:
        indexes = ((("account", "issued_on", "pk"), False), (("issued_on", "pk"), False))


class BillInvoice(Table):
    bill = refers(Bill, "bill", index=True)
    bill_pk: int
    invoice = refers(Invoice, "invoice", unique=True)
    invoice_pk: int


class Payment(Document):
    """A payment or, by its type's classification, a write-off. `unallocated` is a cache: amount less allocations while POSTED.

    A write-off has `written_off_on`; where it was told no date of payment, `unreceived` is true and `received_on` repeats it."""

    life_cycle_state = one_of("life_cycle_state", "DRAFT", "POSTED", "REJECTED", "CANCELLED")
    amount = BigIntegerField(constraints=[Check("amount >= 0")])
    unallocated = BigIntegerField(default=0, constraints=[Check("unallocated >= 0 AND unallocated <= amount")])
    allocation_mode = one_of("allocation_mode", "automatic", "explicit")
    method = refers(PaymentMethod, "method")
    method_pk: int
    received_on = moment()
    received_by_user = refers(User, "received_by_user", null=True)
    received_by_user_pk: int | None
    received_by_unit = refers(Unit, "received_by_unit", null=True)
    received_by_unit_pk: int | None
    rejection_reason = refers(RejectionReason, "rejection_reason", null=True)
    rejection_reason_pk: int | None
    principal_invoice = refers(Invoice, "principal_invoice", null=True)
    principal_invoice_pk: int | None
    principal_linked = BooleanField(default=False)
    profile = refers(PaymentProfile, "profile", null=True)
    profile_pk: int | None
    written_off_on = moment(null=True)
    unreceived = BooleanField(null=True)

    class Meta:
        indexes = ((("account", "issued_on", "pk"), False), (("issued_on", "pk"), False))


class Attachment(Record):
    """A file that proves a payment; its bytes lie in a folder under their sha256. The payment's proof is the one not withdrawn."""

    payment = refers(Payment, "payment", index=True)
    payment_pk: int
    file_name = text("file_name")
    media_type = text("media_type")
    size = BigIntegerField(constraints=[Check("size > 0")])
    sha256 = CharField(max_length=64)
    created_on = moment()
    created_by_user = refers(User, "created_by_user", null=True)
    created_by_user_pk: int | None
    withdrawn_on = moment(null=True)


class Intended(Table):
    """An invoice or a bill that a payment is intended to pay, in the order given."""

    payment = refers(Payment, "payment")
    payment_pk: int
    position = IntegerField()
    invoice = refers(Invoice, "invoice", null=True)
    invoice_pk: int | None
    bill = refers(Bill, "bill", null=True)
    bill_pk: int | None

    class Meta:
        indexes = ((("payment", "position"), True),)


class PaymentCancellation(Document):
    payment = refers(Payment, "payment", unique=True)
    payment_pk: int
    amount = BigIntegerField(constraints=[Check("amount >= 0")])
    issue_reason = note("issue_reason")

    class Meta:
        indexes = ((("account", "issued_on", "pk"), False), (("issued_on", "pk"), False))


for _table in (Invoice, InvoiceCancellation, Payment, PaymentCancellation):
    index_where_told(_table, "number", "back_office_code", unique=True)
index_where_told(Invoice, "project_pk", "subsidiary_pk")
index_where_told(Payment, "principal_invoice_pk", "profile_pk")
index_where_told(Intended, "invoice_pk", "bill_pk")
index_what_is_open(Invoice, "unpaid")
index_what_is_open(Payment, "unallocated")

# What doors list that show nothing but posted payments, and count on each of their pages: the index alone answers. Queries have to
# spell the state out, as this one does, for the index to be used.
Payment.add_index(
    Payment.pk,
    Payment.written_off_on,
    Payment.life_cycle_state,
    name="payment_posted",
    where=Payment.life_cycle_state == SQL("'POSTED'"),
)

"""The append-only books: journal, allocations, audit log."""

from peewee import BigIntegerField, CharField, Check, TextField

from ledger.storage.accounts import Account
from ledger.storage.columns import Table, moment, one_of, refers, text
from ledger.storage.documents import Invoice, Payment


class JournalEntry(Table):
    """One signed amount on an account (debits +, credits -), chained to the account's entry before it."""

    account = refers(Account, "account")
    account_pk: int
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
    """Money of a payment moved to an invoice (+) or released from it (-), chained per account."""

    account = refers(Account, "account")
    account_pk: int
    position = BigIntegerField()
    payment = refers(Payment, "payment", index=True)
    payment_pk: int
    invoice = refers(Invoice, "invoice", index=True)
    invoice_pk: int
    amount = BigIntegerField(constraints=[Check("amount <> 0")])
    at = moment()
    hash = CharField(max_length=64)

    class Meta:
        indexes = ((("account", "position"), True),)


class AuditEntry(Table):
    """Who did what, when, through which door; `before` and `after` are JSON images of the record."""

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

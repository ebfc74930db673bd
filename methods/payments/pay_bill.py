"""payments/pay_bill: a posted payment over all that is unpaid on one bill."""

from pydantic import Field

from ledger import payments
from ledger.entry import Entry
from ledger.resolving import Names
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.documents import PaymentShort
from methods.parameters import BillIdentifier
from methods.params import Params
from methods.payments import paying, terms
from methods.showing.shorts import one_payment


class Paid(Params):
    bill_identifier: BillIdentifier = Field(description="The bill to pay; it has to be the account's.")


class PayBillParams(paying.Settling, terms.Payable, Paid, paying.Kind):
    """The published parameters in their order, then what was added later."""


def run(entry: Entry, params: PayBillParams) -> Data:
    names = Names(entry)
    kind = paying.kind(names, params)
    bill = names.bill(params.bill_identifier)
    said = payments.Terms(**kind, **terms.received(names, params), **paying.settling(names, params))
    names.settle()
    return one_payment(entry, payments.pay_bill(entry, said, bill))


METHOD = Method(
    summary="Pay all that is unpaid on the invoices of one bill with a new payment that is posted at once.",
    params=PayBillParams,
    shape=PaymentShort,
    run=run,
    writes=True,
    right=Right.RECORDS_WRITE,
    refusals=paying.REFUSALS,
    words=terms.WORDS,
    example={
        "accounts_receivable_identifier": {"number": "9"},
        "type_identifier": {"name": "Payment 2"},
        "payment_method_identifier": {"name": "Direct Debit"},
        "bill_identifier": {"number": "1"},
    },
)

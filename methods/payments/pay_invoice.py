"""payments/pay_invoice: a posted payment over all that is unpaid on one invoice."""

from pydantic import Field

from ledger import payments
from ledger.entry import Entry
from ledger.errors import InvalidLifeCycleState
from ledger.resolving import Names
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.documents import PaymentShort
from methods.parameters import InvoiceIdentifier
from methods.params import Params
from methods.payments import paying, terms
from methods.showing.shorts import one_payment


class Paid(Params):
    invoice_identifier: InvoiceIdentifier = Field(description="The invoice to pay; it has to be the account's.")


class PayInvoiceParams(paying.Settling, terms.Payable, Paid, paying.Kind):
    """The published parameters in their order, then what was added later."""


def run(entry: Entry, params: PayInvoiceParams) -> Data:
    names = Names(entry)
    kind = paying.kind(names, params)
    invoice = names.invoice(params.invoice_identifier)
    said = payments.Terms(**kind, **terms.received(names, params), **paying.settling(names, params))
    names.settle()
    return one_payment(entry, payments.pay_invoice(entry, said, invoice))


METHOD = Method(
    summary="Pay all that is unpaid on one invoice, due or not, with a new payment that is posted at once.",
    params=PayInvoiceParams,
    shape=PaymentShort,
    run=run,
    writes=True,
    right=Right.RECORDS_WRITE,
    refusals=(*paying.REFUSALS, InvalidLifeCycleState),
    words=terms.WORDS,
    example={
        "accounts_receivable_identifier": {"number": "9"},
        "type_identifier": {"name": "Payment 2"},
        "life_cycle_state": "DRAFT",
        "payment_method_identifier": {"name": "Direct Debit"},
        "payment_amount": 300,
        "category_identifier": {"name": "Payment Categories"},
        "received_on": "2014-04-19T09:12:54",
        "received_by_user_identifier": {"id": "40928D9B96FE6CB963D2DD8955814774"},
        "received_by_unit_identifier": {"id": "C4370788B2630BC8A99E8C7397406C09"},
        "invoice_identifier": {"id": "85748C51BB97C48E47050CDC811FB42B"},
    },
)

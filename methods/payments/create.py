"""payments/create: a new payment, as a draft or posted at once."""

from pydantic import Field

from ledger import payments
from ledger.entry import Entry
from ledger.errors import BalanceTooLarge
from ledger.resolving import Names
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.documents import PaymentShort
from methods.parameters import (
    AccountIdentifier,
    Amount,
    CategoryIdentifier,
    CurrencyIdentifier,
    FieldsSet,
    Flag,
    MethodIdentifier,
    NewState,
    TypeIdentifier,
)
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.payments import terms
from methods.sets import BillItem, InvoiceItem, Items
from methods.showing.shorts import one_payment


class Said(Params):
    accounts_receivable_identifier: AccountIdentifier = terms.ACCOUNT
    type_identifier: TypeIdentifier = terms.TYPE
    life_cycle_state: NewState = Field(description="DRAFT to be posted later, POSTED to book it at once.")
    payment_method_identifier: MethodIdentifier = terms.METHOD
    payment_amount: Amount = Field(description="The amount, in the account's currency and with no more decimals than it has.")
    intended_currency_identifier: CurrencyIdentifier | None = terms.INTENDED_CURRENCY
    category_identifier: CategoryIdentifier | None = terms.CATEGORY


class CreateParams(terms.Payable, Said):
    other_spellings = terms.OTHER_SPELLINGS

    invoices_to_pay_set: Items[InvoiceItem] | None = Field(None, description="The invoices that it is to pay first, in this order.")
    bills_to_pay_set: Items[BillItem] | None = Field(None, description="The bills that it is to pay after these.")
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def run(entry: Entry, params: CreateParams) -> Data:
    names = Names(entry)
    said = payments.Terms(
        account=names.account(params.accounts_receivable_identifier),
        type=names.type(params.type_identifier),
        method=names.method(params.payment_method_identifier),
        amount=params.payment_amount,
        intended_currency=names.currency(params.intended_currency_identifier, "intended_currency"),
        category=names.category(params.category_identifier),
        **terms.received(names, params),
        invoices=terms.invoices(names, params.invoices_to_pay_set),
        bills=terms.bills(names, params.bills_to_pay_set),
    )
    names.settle()
    return one_payment(entry, payments.create(entry, said, params.life_cycle_state))


METHOD = Method(
    summary="Create a payment on an account, as a draft or posted at once.",
    params=CreateParams,
    shape=PaymentShort,
    run=run,
    writes=True,
    right=Right.RECORDS_WRITE,
    refusals=(*terms.MAKING, BalanceTooLarge),
    words=terms.WORDS,
    example={
        "accounts_receivable_identifier": {"number": "9"},
        "type_identifier": {"name": "Payment 2"},
        "life_cycle_state": "DRAFT",
        "payment_method_identifier": {"name": "Direct Debit"},
        "payment_amount": 300,
        "category_identifier": {"name": "Payment Categories"},
        "received_on": "2014-04-19T09:12:54",
        "notes": "Second instalment",
    },
)

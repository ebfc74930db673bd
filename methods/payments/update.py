"""payments/update: change a draft."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from pydantic import Field

from ledger import drafts, udf
from ledger.entry import Entry
from ledger.errors import InvalidLifeCycleState
from ledger.intentions import IntendedChange, Intentions
from ledger.resolving import Names
from ledger.rights import Right
from ledger.storage.models import Bill, Invoice
from methods.answers import Data
from methods.method import Method
from methods.objects.documents import PaymentShort
from methods.parameters import (
    KEPT,
    AccountIdentifier,
    Amount,
    CategoryIdentifier,
    CurrencyIdentifier,
    FieldsSet,
    Flag,
    MethodIdentifier,
    PaymentIdentifier,
    TypeIdentifier,
)
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.payments import terms
from methods.sets import REMOVE, BillEdits, Editing, InvoiceEdits
from methods.showing.shorts import one_payment


class Said(Params):
    payment_identifier: PaymentIdentifier = Field(description="The draft to change.")
    accounts_receivable_identifier: Annotated[AccountIdentifier | None, KEPT] = Field(
        None, description="Another account; what the payment was to pay is dropped unless it is given again."
    )
    type_identifier: Annotated[TypeIdentifier | None, KEPT] = Field(None, description="Another type, of PAYMENT classification.")
    payment_method_identifier: Annotated[MethodIdentifier | None, KEPT] = Field(None, description="Another payment method.")
    payment_amount: Annotated[Amount | None, KEPT] = Field(None, description="Another amount, in the account's currency.")
    intended_currency_identifier: CurrencyIdentifier | None = terms.INTENDED_CURRENCY
    category_identifier: CategoryIdentifier | None = Field(None, description="Another category; null for none.")


class UpdateParams(terms.Payable, Said):
    other_spellings = terms.OTHER_SPELLINGS

    invoices_to_pay_set: InvoiceEdits | None = Field(
        None, description="The invoices to pay anew, or with actions what to add and remove; null for none."
    )
    bills_to_pay_set: BillEdits | None = Field(None, description="The bills to pay, likewise.")
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


_TAKEN = {"payment_amount": "amount", "received_on": "received_on", "notes": "notes", "back_office_code": "back_office_code"}


def run(entry: Entry, params: UpdateParams) -> Data:
    names = Names(entry)
    payment = names.payment(params.payment_identifier)
    changes = _changes(names, params)
    invoices, bills = terms.invoices(names, params.invoices_to_pay_set), terms.bills(names, params.bills_to_pay_set)
    intended = Intentions(
        invoices=_edit(params.invoices_to_pay_set, invoices) if "invoices_to_pay_set" in params.model_fields_set else None,
        bills=_edit(params.bills_to_pay_set, bills) if "bills_to_pay_set" in params.model_fields_set else None,
    )
    names.settle()
    return one_payment(entry, drafts.update(entry, payment, changes, intended))


def _changes(names: Names, params: UpdateParams) -> dict[str, Any]:
    """What the call gave, null included, in the ledger's words."""
    found: dict[str, tuple[str, Callable[..., Any]]] = {
        "accounts_receivable_identifier": ("account", names.account),
        "type_identifier": ("type", names.type),
        "payment_method_identifier": ("method", names.method),
        "intended_currency_identifier": ("intended_currency", names.currency),
        "category_identifier": ("category", names.category),
        "received_by_user_identifier": ("received_by_user", names.user),
        "received_by_unit_identifier": ("received_by_unit", names.unit),
    }
    changes: dict[str, Any] = {}
    for name, reference in params.given(*found).items():
        word, look = found[name]
        changes[word] = look(reference, word)
    changes |= {_TAKEN[name]: value for name, value in params.given(*_TAKEN).items()}
    return changes | params.given(*udf.NAMES)


def _edit(items: Sequence[Editing] | None, rows: Sequence[Invoice | Bill]) -> IntendedChange:
    """A set given anew, or what its items' actions put in and take out."""
    if not items or items[0].action is None:
        return IntendedChange(replace=rows)
    removed = [row for item, row in zip(items, rows, strict=True) if item.action == REMOVE]
    added = [row for item, row in zip(items, rows, strict=True) if item.action != REMOVE]
    return IntendedChange(add=added, remove=removed)


METHOD = Method(
    summary="Change a draft: a member that is left out stays as it is, null clears it where it is optional.",
    params=UpdateParams,
    shape=PaymentShort,
    run=run,
    writes=True,
    right=Right.RECORDS_WRITE,
    refusals=(*terms.MAKING, InvalidLifeCycleState),
    words=terms.WORDS,
    example={
        "payment_identifier": {"back_office_code": "DEMO-DRAFT-1"},
        "payment_amount": 120.5,
        "notes": "Amount corrected after a call with the customer",
    },
)

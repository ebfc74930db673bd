"""invoices/create: a new invoice with its items, as a draft or posted at once."""

from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationInfo

from ledger import errors, invoices
from ledger.entry import Entry
from ledger.errors import MandatoryParameterMissing
from ledger.items import ItemTerms
from ledger.resolving import Names
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.documents import InvoiceShort
from methods.parameters import (
    AccountIdentifier,
    AmountOrZero,
    CategoryIdentifier,
    CurrencyIdentifier,
    FieldsSet,
    Flag,
    Line,
    Moment,
    Name,
    NewState,
    Notes,
    Percentage,
    ProjectIdentifier,
    Quantity,
    Rate,
    SubsidiaryIdentifier,
    TypeIdentifier,
    VatRate,
)
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params, Part, Udfs
from methods.sets import Items
from methods.showing.shorts import one_invoice
from methods.values import refused


def _one_of_two(sub_total: Decimal | None, info: ValidationInfo) -> Decimal | None:
    cost_is_given = info.data.get("cost", ...) is not None  # a cost that was refused is given too
    if sub_total is not None and cost_is_given:
        raise refused("both cost and sub_total were sent; expected is exactly one of them.")
    if sub_total is None and not cost_is_given:
        raise refused("neither cost nor sub_total was sent; expected is exactly one of them.", MandatoryParameterMissing.code)
    return sub_total


def _at_most_one(amount: Decimal | None, info: ValidationInfo) -> Decimal | None:
    if amount is not None and info.data.get("discount_percentage") is not None:
        raise refused("both discount_percentage and discount_amount were sent; expected is at most one of them.")
    return amount


class Item(Part):
    """A line of the invoice; net and tax are rounded to the currency's smallest unit, line by line."""

    description: Line = Field(description="What is invoiced, or its product code.")
    quantity: Quantity = Field(description="How many of it, with up to six decimals.")
    cost: AmountOrZero | None = Field(None, description="What one of it costs; or else sub_total.")
    sub_total: Annotated[AmountOrZero | None, AfterValidator(_one_of_two)] = Field(
        None, validate_default=True, description="What all of it costs; or else cost."
    )
    discount_percentage: Percentage | None = Field(None, description="A discount in percent.")
    discount_amount: Annotated[AmountOrZero | None, AfterValidator(_at_most_one)] = Field(
        None, description="A discount as an amount; not together with discount_percentage."
    )
    vat_rate: VatRate | None = Field(None, description="Value added tax in percent; 0 if left out.")

    def terms(self) -> ItemTerms:
        """The item in the ledger's words."""
        return ItemTerms(
            description=self.description,
            quantity=self.quantity,
            cost=self.cost,
            sub_total=self.sub_total,
            discount_percentage=self.discount_percentage,
            discount_amount=self.discount_amount,
            vat_rate=self.vat_rate or Decimal(0),
        )


def _not_empty(items: list[Item]) -> list[Item]:
    if not items:
        raise refused("an empty list was sent; expected is at least one item.")
    return items


class Said(Params):
    accounts_receivable_identifier: AccountIdentifier = Field(description="The account that owes it.")
    type_identifier: TypeIdentifier = Field(description="The type of the invoice; its classification has to be INVOICE.")
    life_cycle_state: NewState = Field(description="DRAFT to be posted later, POSTED to book it at once.")
    category_identifier: CategoryIdentifier | None = Field(None, description="Its category; one that the type allows.")
    intended_currency_identifier: CurrencyIdentifier | None = Field(
        None, description="The currency that is meant; refused if the account's is another. Not stored."
    )
    due_on: Moment | None = Field(None, description="When it has to be paid; after the account's credit period if left out.")
    project_identifier: ProjectIdentifier | None = Field(None, description="The project that it is for.")
    subsidiary_identifier: SubsidiaryIdentifier | None = Field(None, description="The subsidiary that sends it.")
    exchange_rate: Rate | None = Field(
        None, description="What one unit of its currency is worth in the default currency; the configured rate if left out."
    )
    notes: Notes | None = Field(None, description="Notes that everybody who sees the invoice shares.")
    back_office_code: Name | None = Field(None, description="The caller's own number for the invoice, unique among invoices.")


class CreateParams(Udfs, Said):
    items: Annotated[Items[Item], AfterValidator(_not_empty)] = Field(
        description="The lines of the invoice, at least one.", json_schema_extra={"minItems": 1}
    )
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def run(entry: Entry, params: CreateParams) -> Data:
    names = Names(entry)
    terms = invoices.InvoiceTerms(
        account=names.account(params.accounts_receivable_identifier),
        type=names.type(params.type_identifier),
        category=names.category(params.category_identifier),
        intended_currency=names.currency(params.intended_currency_identifier, "intended_currency"),
        due_on=params.due_on,
        project=names.project(params.project_identifier),
        subsidiary=names.subsidiary(params.subsidiary_identifier),
        exchange_rate=params.exchange_rate,
        notes=params.notes,
        back_office_code=params.back_office_code,
        udf=params.udfs,
        items=[item.terms() for item in params.items],
    )
    names.settle()
    return one_invoice(entry, invoices.create(entry, terms, params.life_cycle_state))


METHOD = Method(
    summary="Create an invoice with its items, as a draft or posted at once.",
    params=CreateParams,
    shape=InvoiceShort,
    run=run,
    writes=True,
    right=Right.RECORDS_WRITE,
    refusals=(
        errors.AccountNotOpen,
        errors.CurrencyMismatch,
        errors.DuplicateBackOfficeCode,
        errors.TypeNotAllowed,
        errors.CategoryNotAllowed,
        errors.BalanceTooLarge,
    ),
    words={"currency": "intended_currency_identifier"},
    example={
        "accounts_receivable_identifier": {"number": "9"},
        "type_identifier": {"name": "Invoice 1"},
        "life_cycle_state": "POSTED",
        "project_identifier": {"name": "New Quay"},
        "subsidiary_identifier": {"name": "Harbour Works"},
        "items": [
            {"description": "Consulting, hours", "quantity": 12.5, "cost": 80, "vat_rate": 19},
            {"description": "Travel", "quantity": 1, "sub_total": 140.4, "discount_amount": 0.4},
        ],
    },
)

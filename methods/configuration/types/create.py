"""configuration/types/create: a new transaction type with what it allows."""

from pydantic import Field

from ledger import configuration
from ledger.entry import Entry
from ledger.errors import DuplicateName
from ledger.resolving import Names
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.configuration import TypeDefinition
from methods.parameters import Classification, FieldsSet, Flag, Name, Notes
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.sets import CategoryItem, Items, MethodItem, ReasonItem
from methods.showing.configuration import type_definitions


class CreateParams(Params):
    name: Name = Field(description="The type's name, unique among types.")
    classification: Classification = Field(description="What its documents are, and so on which side they book.")
    alternative_code: Name | None = Field(None, description="A code, unique among types.")
    description: Notes | None = Field(None, description="What the type is for.")
    categories_set: Items[CategoryItem] | None = Field(None, description="The categories that it allows, the default first.")
    payment_methods_set: Items[MethodItem] | None = Field(
        None, description="The payment methods that it allows, the default first; a PAYMENT type needs one."
    )
    rejection_reasons_set: Items[ReasonItem] | None = Field(None, description="The rejection reasons that it allows, likewise.")
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def run(entry: Entry, params: CreateParams) -> Data:
    names = Names(entry)
    categories = [
        names.category(item.category_identifier, f"categories[{place}]") for place, item in enumerate(params.categories_set or ())
    ]
    methods = [
        names.method(item.payment_method_identifier, f"methods[{place}]")
        for place, item in enumerate(params.payment_methods_set or ())
    ]
    reasons = [
        names.reason(item.rejection_reason_identifier, f"reasons[{place}]")
        for place, item in enumerate(params.rejection_reasons_set or ())
    ]
    names.settle()
    made = configuration.create_type(
        entry,
        name=params.name,
        classification=params.classification,
        alternative_code=params.alternative_code,
        description=params.description,
        categories=categories,
        methods=methods,
        reasons=reasons,
    )
    return type_definitions(entry, [made])[0]


METHOD = Method(
    summary="Create a financial transaction type with the categories, payment methods and rejection reasons that it allows.",
    params=CreateParams,
    shape=TypeDefinition,
    run=run,
    writes=True,
    right=Right.CONFIGURATION_WRITE,
    refusals=(DuplicateName,),
    example={
        "name": "Counter Payment",
        "classification": "PAYMENT",
        "categories_set": [{"category_identifier": {"name": "Payment Categories"}}],
        "payment_methods_set": [{"payment_method_identifier": {"name": "Direct Debit"}}],
    },
)

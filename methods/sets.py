"""Sets of named records: each item is `{"invoice_identifier": {...}}`, or the identifier itself."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from identifiers import kinds
from identifiers.kinds import Kind
from methods.parameters import (
    Action,
    Amount,
    BillIdentifier,
    CategoryIdentifier,
    CustomerIdentifier,
    InvoiceIdentifier,
    MethodIdentifier,
    ReasonIdentifier,
)
from methods.params import Part
from methods.values import refused

ADD, REMOVE = "ADD", "REMOVE"
MOST_ITEMS = 1000
T = TypeVar("T")


def at_most(most: int, what: str) -> tuple[BeforeValidator, Any]:
    """Refuses a list of more items, before any of them is looked at; and says so in its schema."""

    def read(value: object) -> object:
        if isinstance(value, list) and len(value) > most:
            raise refused(f"{len(value)} {what} were sent; expected are at most {most}.")
        return value

    return BeforeValidator(read), Field(json_schema_extra={"maxItems": most})


Items = Annotated[list[T], *at_most(MOST_ITEMS, "items")]
"""A list of items, of which a call has only so many."""


class Item(Part):
    """An item that names one record."""

    kind: ClassVar[Kind]

    @model_validator(mode="before")
    @classmethod
    def _from_bare(cls, value: Any) -> Any:
        """An identifier stands for the item that holds it."""
        holder = f"{cls.kind.name}_identifier"
        if not isinstance(value, dict) or holder in value or not any(member in value for member in cls.kind.members):
            return value
        beside = {name: sent for name, sent in value.items() if name in cls.model_fields}
        return {holder: {name: sent for name, sent in value.items() if name not in beside}, **beside}


class Editing(Part):
    """An item of a set that is edited: ADD puts its record in, REMOVE takes it out; without action the set is given anew."""

    action: Action | None = Field(None, description="ADD or REMOVE edits the set; left out on all items, the set is replaced.")


class InvoiceItem(Item):
    kind = kinds.INVOICE
    invoice_identifier: InvoiceIdentifier = Field(description="An invoice.")


class InvoiceLine(InvoiceItem):
    """An invoice and how much is to go to it."""

    amount: Amount = Field(description="How much of the payment goes to it, in the account's currency.")


class BillItem(Item):
    kind = kinds.BILL
    bill_identifier: BillIdentifier = Field(description="A bill.")


class CustomerItem(Item):
    kind = kinds.CUSTOMER
    customer_identifier: CustomerIdentifier = Field(description="A customer.")


class CategoryItem(Item):
    kind = kinds.CATEGORY
    category_identifier: CategoryIdentifier = Field(description="A category.")


class MethodItem(Item):
    kind = kinds.PAYMENT_METHOD
    payment_method_identifier: MethodIdentifier = Field(description="A payment method.")


class ReasonItem(Item):
    kind = kinds.REJECTION_REASON
    rejection_reason_identifier: ReasonIdentifier = Field(description="A rejection reason.")


class InvoiceEdit(Editing, InvoiceItem):
    """An invoice to put into a set or to take out of it."""


class BillEdit(Editing, BillItem):
    """A bill to put into a set or to take out of it."""


def _one_way(items: Sequence[Editing] | None) -> Sequence[Editing] | None:
    """A set is either replaced or edited."""
    given = [item.action is not None for item in items or ()]
    if any(given) and not all(given):
        raise refused("some items have an action and some have none; expected is one on every item, or on none.")
    return items


InvoiceEdits = Annotated[Items[InvoiceEdit], AfterValidator(_one_way)]
BillEdits = Annotated[Items[BillEdit], AfterValidator(_one_way)]

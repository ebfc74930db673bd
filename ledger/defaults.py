"""What a door takes for what its requests do not carry."""

from dataclasses import dataclass
from typing import Literal, overload

from ledger.entry import Reading
from ledger.errors import PaymentMethodNotAllowed, TypeNotAllowed
from ledger.storage.models import Category, DoorDefault, PaymentMethod, TransactionType

HOW = "set one with configuration/door_defaults/update"


@dataclass(frozen=True, slots=True)
class Defaults:
    """The configured rows of one door; None where none is set."""

    door: str
    payment_type: TransactionType | None = None
    cancellation_type: TransactionType | None = None
    write_off_type: TransactionType | None = None
    payment_method: PaymentMethod | None = None
    category: Category | None = None

    @overload
    def needed(self, word: Literal["payment_type", "cancellation_type", "write_off_type"]) -> TransactionType: ...
    @overload
    def needed(self, word: Literal["payment_method"]) -> PaymentMethod: ...
    def needed(
        self, word: Literal["payment_type", "cancellation_type", "write_off_type", "payment_method"]
    ) -> TransactionType | PaymentMethod:
        """What the door cannot do without. Refuses: TYPE_NOT_ALLOWED, PAYMENT_METHOD_NOT_ALLOWED (none is set)."""
        row: TransactionType | PaymentMethod | None = getattr(self, word)
        if row is not None:
            return row
        sentence = f"the door {self.door} has no default {word.replace('_', ' ')}; {HOW}"
        if word == "payment_method":
            raise PaymentMethodNotAllowed(sentence, "method")
        raise TypeNotAllowed(sentence, "type")


def door_defaults(reading: Reading, door: str) -> Defaults:
    """The defaults of a door."""
    kept = reading.rows.one(DoorDefault, door=door)
    if kept is None:
        return Defaults(door)
    rows = reading.rows

    def type_(pk: int | None) -> TransactionType | None:
        return None if pk is None else rows.get(TransactionType, pk)

    return Defaults(
        door,
        type_(kept.payment_type_pk),
        type_(kept.cancellation_type_pk),
        type_(kept.write_off_type_pk),
        None if kept.payment_method_pk is None else rows.get(PaymentMethod, kept.payment_method_pk),
        None if kept.category_pk is None else rows.get(Category, kept.category_pk),
    )

"""From references to rows: what a caller names is looked up inside the call's own reading, all faults at once.

A record that the caller may not see does not exist: owners find only what belongs to their customers.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

from identifiers import resolve
from identifiers.errors import IdentifierError
from identifiers.reference import Reference
from ledger.entry import Reading
from ledger.errors import Fault, refusal_of
from ledger.storage.columns import Table
from ledger.storage.models import (
    Account,
    Bill,
    Category,
    Currency,
    Customer,
    Invoice,
    Payment,
    PaymentCancellation,
    PaymentMethod,
    RejectionReason,
    TransactionType,
    Unit,
    User,
)

T = TypeVar("T", bound=Table)
Visible = Callable[[Reading, frozenset[int], T], bool]


def _of_account(reading: Reading, customers: frozenset[int], row: Invoice | Payment | Bill | PaymentCancellation) -> bool:
    return reading.rows.get(Account, row.account_pk).customer_pk in customers


def _account(reading: Reading, customers: frozenset[int], row: Account) -> bool:
    return row.customer_pk in customers


def _customer(reading: Reading, customers: frozenset[int], row: Customer) -> bool:
    return row.pk in customers


def _everybody(reading: Reading, customers: frozenset[int], row: Table) -> bool:
    return True


class Look(Generic[T]):
    """One kind of thing that can be named: `names.account(ref, word)`."""

    def __init__(self, names: "Names", model: type[T], word: str, visible: Visible[T]) -> None:
        self._names, self._model, self._word, self._visible = names, model, word, visible

    @overload
    def __call__(self, ref: Reference, word: str = ...) -> T: ...
    @overload
    def __call__(self, ref: None, word: str = ...) -> None: ...
    @overload
    def __call__(self, ref: Reference | None, word: str = ...) -> T | None: ...
    def __call__(self, ref: Reference | None, word: str = "") -> T | None:
        if ref is None:
            return None
        try:
            return resolve(ref, self._find)
        except IdentifierError as error:
            self._names.faults.append(Fault(word or self._word, error.code, error.message))
            return None

    def _find(self, member: str, value: str) -> list[T]:
        reading = self._names.reading
        named: dict[str, Any] = {member: value}
        customers = reading.owner_customers
        if customers is None:
            return reading.rows.find(self._model, 2, **named)
        found = reading.rows.find(self._model, **named)
        return [row for row in found if self._visible(reading, customers, row)][:2]


class Names:
    """Looks up what a call names, noting each failure under its word; `settle` refuses them together.

    A look-up that failed gives None in place of a row, which must not be used before `settle` was called.
    """

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.faults: list[Fault] = []
        self.account = Look(self, Account, "account", _account)
        self.payment = Look(self, Payment, "payment", _of_account)
        self.type = Look(self, TransactionType, "type", _everybody)
        self.category = Look(self, Category, "category", _everybody)
        self.method = Look(self, PaymentMethod, "method", _everybody)
        self.reason = Look(self, RejectionReason, "reason", _everybody)
        self.invoice = Look(self, Invoice, "invoice", _of_account)
        self.bill = Look(self, Bill, "bill", _of_account)
        self.user = Look(self, User, "user", _everybody)
        self.unit = Look(self, Unit, "unit", _everybody)
        self.currency = Look(self, Currency, "currency", _everybody)
        self.customer = Look(self, Customer, "customer", _customer)
        self.cancellation = Look(self, PaymentCancellation, "cancellation", _of_account)

    def settle(self) -> None:
        """Refuses: ENTITY_NOT_FOUND, AMBIGUOUS_IDENTIFIER, naming everything that was not found, in the order asked."""
        if self.faults:
            raise refusal_of(tuple(self.faults))

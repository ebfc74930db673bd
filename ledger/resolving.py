"""From references to rows: what a caller names is looked up inside the call's own reading, all faults at once.

A record that the caller may not see does not exist: owners find only what belongs to their customers.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

from identifiers import resolve
from identifiers.errors import EntityNotFound, IdentifierError, quoted
from identifiers.reference import Reference
from ledger.classification import WRITE_OFF
from ledger.entry import Entry, Reading
from ledger.errors import Fault, refusal_of
from ledger.lifecycle import POSTED
from ledger.storage.columns import Table
from ledger.storage.models import (
    Account,
    Attachment,
    Bill,
    Category,
    Currency,
    Customer,
    Invoice,
    Payment,
    PaymentCancellation,
    PaymentMethod,
    PaymentProfile,
    Project,
    RejectionReason,
    Subsidiary,
    TransactionType,
    Unit,
    User,
    Webhook,
)
from ledger.storage.wholes import WHOLES

T = TypeVar("T", bound=Table)
Visible = Callable[[Reading, frozenset[int], T], bool]
Meant = Callable[[Reading, T], bool]

LAST_KEY = 2**63 - 1


def _of_account(
    reading: Reading, customers: frozenset[int], row: Invoice | Payment | Bill | PaymentCancellation | PaymentProfile
) -> bool:
    return reading.rows.briefs(Account, [row.account_pk])[row.account_pk].customer_pk in customers


def _of_payment(reading: Reading, customers: frozenset[int], row: Attachment) -> bool:
    return _of_account(reading, customers, reading.rows.get(Payment, row.payment_pk))


def _account(reading: Reading, customers: frozenset[int], row: Account) -> bool:
    return row.customer_pk in customers


def _customer(reading: Reading, customers: frozenset[int], row: Customer) -> bool:
    return row.pk in customers


def everybody(reading: Reading, customers: frozenset[int], row: Table) -> bool:
    """What belongs to no customer, owners may name too."""
    return True


def _whatever(reading: Reading, row: Table) -> bool:
    return True


def _posted(reading: Reading, row: Payment) -> bool:
    return bool(row.life_cycle_state == POSTED)


def _received(reading: Reading, row: Payment) -> bool:
    return _posted(reading, row) and reading.rows.get(TransactionType, row.type_pk).classification != WRITE_OFF


class Look(Generic[T]):
    """One kind of thing that can be named: `names.account(ref, word)`, or by its row key `names.account.at(9, word)`."""

    __slots__ = ("_kind", "_names")

    def __init__(self, names: "Names", kind: "Kind[T]") -> None:
        self._names, self._kind = names, kind

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
            row = resolve(ref, self._find)
        except IdentifierError as error:
            self._missed(error, word)
            return None
        if self._names.takes:
            self._take(row)
        return row

    @overload
    def at(self, pk: int, word: str = ...) -> T: ...
    @overload
    def at(self, pk: None, word: str = ...) -> None: ...
    @overload
    def at(self, pk: int | None, word: str = ...) -> T | None: ...
    def at(self, pk: int | None, word: str = "") -> T | None:
        """The row of this key, if the caller may see it."""
        if pk is None:
            return None
        found = self._find("pk", pk) if 0 < pk <= LAST_KEY else []
        if found:
            if self._names.takes:
                self._take(found[0])
            return found[0]
        words = str(self._kind.model._meta.table_name).replace("_", " ")
        self._missed(EntityNotFound(f"There is no {words} with the key {quoted(pk)}."), word)
        return None

    def _take(self, row: T) -> None:
        """A write takes the account that a row belongs to before it decides anything upon it."""
        account_pk = row.pk if isinstance(row, Account) else getattr(row, "account_pk", None)
        if account_pk is not None:
            self._names.reading.rows.take(account_pk)

    def _missed(self, error: IdentifierError, word: str) -> None:
        self._names.faults.append(Fault(word or self._kind.word, error.code, error.message))

    def _find(self, member: str, value: str | int) -> list[T]:
        names, kind = self._names, self._kind
        reading, customers = names.reading, names.customers
        is_plain = customers is None and kind.meant is _whatever
        named: dict[str, Any] = {member: value}
        find = reading.rows.find_whole if kind.model in WHOLES and not names.writes else reading.rows.find
        rows = find(kind.model, 2 if is_plain else None, **named)
        if is_plain:
            return rows
        found = (row for row in rows if kind.meant(reading, row))
        return [row for row in found if customers is None or kind.visible(reading, customers, row)][:2]


class Kind(Generic[T]):
    """A kind of thing in `Names`: its look is made when it is asked for."""

    def __init__(self, model: type[T], word: str, visible: Visible[T], meant: Meant[T] = _whatever) -> None:
        self.model, self.word, self.visible, self.meant = model, word, visible, meant

    def __get__(self, names: "Names", _owner: type["Names"]) -> Look[T]:
        return Look(names, self)


class Names:
    """Looks up what a call names, noting each failure under its word; `settle` refuses them together.

    A look-up that failed gives None in place of a row, which must not be used before `settle` was called.
    """

    __slots__ = ("customers", "faults", "reading", "takes", "writes")

    account = Kind(Account, "account", _account)
    payment = Kind(Payment, "payment", _of_account)
    posted = Kind(Payment, "payment", _of_account, _posted)
    """POSTED payments and write-offs: what Productive's door shows."""
    received = Kind(Payment, "payment", _of_account, _received)
    """POSTED payments that are no write-offs: what Waldur's and QBench's doors show."""
    type = Kind(TransactionType, "type", everybody)
    category = Kind(Category, "category", everybody)
    method = Kind(PaymentMethod, "method", everybody)
    reason = Kind(RejectionReason, "reason", everybody)
    invoice = Kind(Invoice, "invoice", _of_account)
    bill = Kind(Bill, "bill", _of_account)
    user = Kind(User, "user", everybody)
    unit = Kind(Unit, "unit", everybody)
    currency = Kind(Currency, "currency", everybody)
    customer = Kind(Customer, "customer", _customer)
    profile = Kind(PaymentProfile, "profile", _of_account)
    attachment = Kind(Attachment, "attachment", _of_payment)
    project = Kind(Project, "project", everybody)
    subsidiary = Kind(Subsidiary, "subsidiary", everybody)
    webhook = Kind(Webhook, "webhook", everybody)
    cancellation = Kind(PaymentCancellation, "cancellation", _of_account)

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.faults: list[Fault] = []
        self.customers = reading.owner_customers
        self.writes = isinstance(reading, Entry)
        self.takes = self.writes and reading.rows.has_locks

    def settle(self) -> None:
        """Refuses: ENTITY_NOT_FOUND, AMBIGUOUS_IDENTIFIER, naming everything that was not found, in the order asked."""
        if self.faults:
            raise refusal_of(tuple(self.faults))

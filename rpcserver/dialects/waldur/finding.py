"""Looking up what a path or a hyperlink names: whatever a caller may not see is not there."""

from collections.abc import Sequence
from typing import TypeVar

from identifiers.forms import hex32
from identifiers.kinds import ATTACHMENT, CUSTOMER, INVOICE, PAYMENT, PAYMENT_PROFILE, Kind
from identifiers.reference import Reference
from ledger.entry import Reading
from ledger.resolving import Look, Names
from ledger.storage.columns import Table
from ledger.storage.models import Attachment, Customer, Invoice, Payment, PaymentProfile
from rpcserver.dialects.waldur import words
from rpcserver.rest import Asking

T = TypeVar("T", bound=Table)

ID, UUID = "id", "uuid"
"""The member of a reference, and the part of a path."""
NOBODY = 0
"""The row key of no row."""


def _found(look: Look[T], kind: Kind, record_id: str | None) -> T | None:
    return look(Reference(kind, ID, record_id)) if record_id else None


def payment(reading: Reading, asking: Asking) -> Payment:
    """The payment in the path. Refuses: ENTITY_NOT_FOUND."""
    found = _found(Names(reading).received, PAYMENT, hex32(asking.path[UUID]))
    if found is None:
        raise words.missing("Payment")
    return found


def invoice(reading: Reading, record_id: str | None) -> Invoice | None:
    return _found(Names(reading).invoice, INVOICE, record_id)


def customer(reading: Reading, record_id: str | None) -> Customer | None:
    return _found(Names(reading).customer, CUSTOMER, record_id)


def attachment(reading: Reading, record_id: str | None) -> Attachment | None:
    return _found(Names(reading).attachment, ATTACHMENT, record_id)


def profile(reading: Reading, record_id: str | None) -> PaymentProfile | None:
    """A payment profile; owners see only those that are active."""
    found = _found(Names(reading).profile, PAYMENT_PROFILE, record_id)
    return None if found is not None and reading.owner_customers is not None and not found.active else found


def active_profile(reading: Reading, record_id: str | None) -> PaymentProfile | None:
    """A profile with which payments can be made."""
    found = profile(reading, record_id)
    return found if found is not None and found.active else None


def customer_pk(reading: Reading, names: Sequence[str]) -> int | None:
    """The row key that a list is filtered by, which several filters may name: `NOBODY` if there is none, or they differ."""
    found = {row.pk if row else NOBODY for row in (customer(reading, name) for name in names)}
    if not found:
        return None
    return found.pop() if len(found) == 1 else NOBODY


def profile_pk(reading: Reading, name: str) -> int:
    """The row key that payments are filtered by; `NOBODY` if there is none."""
    found = profile(reading, name)
    return found.pk if found else NOBODY

"""The kinds of thing a caller can name, one row each: its members, and a right form of it for messages.

The names of the members are those of the published API page; the first one is always `id`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

_ID = "7C5B8E9E5A8D1733EBFE75D89C10D8FC"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of thing, the members of which exactly one names it, and one of them with a plausible value."""

    name: str
    members: tuple[str, ...]
    sample: tuple[str, str] = ("id", _ID)

    def example(self) -> dict[str, str]:
        """A right form of this identifier."""
        member, value = self.sample
        return {member: value}

    @property
    def words(self) -> str:
        """The name as it stands in a sentence: `payment method`."""
        return self.name.replace("_", " ")


_DOCUMENT = ("id", "number", "reference_number", "back_office_code")
_NAMED = ("id", "name", "alternative_code")

PAYMENT = Kind("payment", _DOCUMENT, ("number", "31"))
ACCOUNT = Kind("accounts_receivable", ("id", "number", "name"), ("number", "9"))
TYPE = Kind("type", _NAMED, ("name", "Payment 2"))
CATEGORY = Kind("category", ("id", "name", "code"), ("name", "Payment Categories"))
PAYMENT_METHOD = Kind("payment_method", _NAMED, ("name", "Direct Debit"))
REJECTION_REASON = Kind("rejection_reason", _NAMED, ("name", "Reject Due to Business Request"))
INVOICE = Kind("invoice", _DOCUMENT, ("number", "I00000294"))
INVOICE_CANCELLATION = Kind("invoice_cancellation", _DOCUMENT, ("number", "12"))
CREDIT_NOTE = Kind("credit_note", _DOCUMENT, ("number", "CT00000182"))
PAYMENT_CANCELLATION = Kind("payment_cancellation", _DOCUMENT, ("number", "12"))
BILL = Kind("bill", ("id", "number"), ("number", "123"))
WALLET = Kind("wallet", ("id", "number"), ("number", "W0000002918"))
PRODUCT = Kind("product", ("id", "code", "alternative_code"), ("code", "PR-1"))
GROUP = Kind("group", _NAMED, ("name", "Main Group"))
COMMUNITY = Kind("community", _NAMED, ("name", "Main Community"))
BUSINESS_UNIT = Kind("business_unit", ("id", "name", "code"), ("name", "Sales"))
UNIT = Kind("unit", _NAMED, ("name", "Admin Unit"))
USER = Kind("user", ("id", "username"), ("username", "mpadministrator"))
CURRENCY = Kind("currency", ("id", "code"), ("code", "EUR"))
CUSTOMER = Kind("customer", ("id", "number", "name"), ("number", "12"))
ATTACHMENT = Kind("attachment", ("id",))
PAYMENT_PROFILE = Kind("payment_profile", ("id", "name"), ("name", "Monthly invoices"))
PROJECT = Kind("project", _NAMED, ("name", "New Quay"))
SUBSIDIARY = Kind("subsidiary", _NAMED, ("name", "Harbour Works"))
WEBHOOK = Kind("webhook", ("id", "name"), ("name", "ERP"))

KINDS: Mapping[str, Kind] = MappingProxyType(
    {
        kind.name: kind
        for kind in (
            PAYMENT,
            ACCOUNT,
            TYPE,
            CATEGORY,
            PAYMENT_METHOD,
            REJECTION_REASON,
            INVOICE,
            INVOICE_CANCELLATION,
            CREDIT_NOTE,
            PAYMENT_CANCELLATION,
            BILL,
            WALLET,
            PRODUCT,
            GROUP,
            COMMUNITY,
            BUSINESS_UNIT,
            UNIT,
            USER,
            CURRENCY,
            CUSTOMER,
            ATTACHMENT,
            PAYMENT_PROFILE,
            PROJECT,
            SUBSIDIARY,
            WEBHOOK,
        )
    }
)

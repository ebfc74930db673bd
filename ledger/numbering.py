"""How numbers look: a decimal counter with a prefix and padding (`I00000294`)."""

from collections.abc import Mapping
from typing import NamedTuple


class Format(NamedTuple):
    prefix: str
    padding: int


SERIES: Mapping[str, Format] = {
    "payment.reference_number": Format("", 0),
    "payment.number": Format("", 0),
    "payment_cancellation.reference_number": Format("", 0),
    "payment_cancellation.number": Format("", 0),
    "invoice.reference_number": Format("", 0),
    "invoice.number": Format("I", 8),
    "invoice_cancellation.reference_number": Format("", 0),
    "invoice_cancellation.number": Format("IC", 8),
    "bill.number": Format("", 0),
    "account.number": Format("", 0),
    "customer.number": Format("C", 6),
}
"""The series of a new book with their first formats; the formats are configuration from then on."""

PADDING_LIMIT = 18


def written(prefix: str, padding: int, value: int) -> str:
    """The number as it is shown: `written("I", 8, 294)` is `I00000294`."""
    return f"{prefix}{value:0{padding}d}" if padding else f"{prefix}{value}"

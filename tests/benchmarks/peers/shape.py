"""What the peers' books hold: the same numbers of the same things as the demo that they are measured against."""

import os
from dataclasses import dataclass

INVOICE_TOTAL = 600_000
"""What each invoice comes to, in cents: more than all that is paid of it by the way."""
PAYMENT_AMOUNT = 10_000
"""What each payment comes to, in cents."""


@dataclass(frozen=True)
class Shape:
    """A book's file and how much is in it."""

    path: str
    accounts: int
    invoices: int
    payments: int


def from_environment() -> Shape:
    """The book that this process is told to make."""
    return Shape(
        os.environ["BENCH_DB"],
        int(os.environ["BENCH_ACCOUNTS"]),
        int(os.environ["BENCH_INVOICES"]),
        int(os.environ["BENCH_PAYMENTS"]),
    )


def invoice_number(place: int) -> str:
    """The number of an invoice, counted from 1."""
    return f"I{place:08d}"


PASSWORD = "a password for measuring"
SECRET = "a secret that only measures, 32 bytes and more"
TOKEN_SECONDS = 7200
"""How long a token lasts: a session of the product ends too."""
EVERY_MOMENT = "2026-01-01T00:00:00"

"""The seven classifications of transaction types, and on which side of an account each books."""

from collections.abc import Mapping

INVOICE, INVOICE_CANCEL, CREDIT_NOTE = "INVOICE", "INVOICE_CANCEL", "CREDIT_NOTE"
PAYMENT, PAYMENT_CANCEL, REFUND, WRITE_OFF = "PAYMENT", "PAYMENT_CANCEL", "REFUND", "WRITE_OFF"

SIGNS: Mapping[str, int] = {
    INVOICE: +1,
    INVOICE_CANCEL: -1,
    CREDIT_NOTE: -1,
    PAYMENT: -1,
    PAYMENT_CANCEL: +1,
    REFUND: +1,
    WRITE_OFF: -1,
}
"""Debits raise what an account owes (+1), credits lower it (-1)."""

TAKES_METHODS = frozenset({PAYMENT, REFUND, WRITE_OFF})
"""The classifications whose types name the payment methods they allow."""


def booked(classification: str, amount: int) -> int:
    """The signed journal amount of a document of this classification."""
    return SIGNS[classification] * amount

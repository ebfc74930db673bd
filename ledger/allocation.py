"""Dividing a payment's money among invoices: pure, in minor units, never more than either side has."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Claim(NamedTuple):
    """Something with an amount open: an invoice with what is unpaid, or a payment with what is unallocated."""

    key: int
    amount: int


def shared_out(money: int, claims: Iterable[Claim]) -> list[Claim]:
    """How much of the money each claim gets, the first ones first; claims that get nothing are left out."""
    shares: list[Claim] = []
    for key, amount in claims:
        share = min(money, amount)
        if share > 0:
            shares.append(Claim(key, share))
            money -= share
    return shares


def taken_back(amount: int, newest_first: Sequence[Claim]) -> list[Claim]:
    """How much each allocation gives back so that `amount` becomes free, the newest ones first."""
    return shared_out(amount, newest_first)

"""What a write does to payments, invoices and accounts, noted as it goes: what others are told of goes into the outbox.

Amounts are minor units. A record counts as it is when the write ends, so however often one is touched, it is told of once.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from ledger.lifecycle import CANCELLED, DRAFT, POSTED, REJECTED
from ledger.storage.columns import Record, Table
from ledger.storage.compiled import layout
from ledger.storage.models import Account, Invoice, Payment

Happening = Mapping[str, Any]
"""What happened to a record: `types` of its events, its account's row key as `account`, and as `data` what it is now."""

MOVES: Mapping[str, str] = {POSTED: "posted", REJECTED: "rejected", CANCELLED: "cancelled"}
WORDS: Mapping[type[Table], str] = {Payment: "payment", Invoice: "invoice", Account: "account"}

SETTLED, PARTIALLY_SETTLED, REOPENED = "invoice.settled", "invoice.partially_settled", "invoice.reopened"
BALANCE_CHANGED = "account.balance_changed"
TYPES: tuple[str, ...] = (
    "payment.created",
    "payment.updated",
    *(f"payment.{move}" for move in MOVES.values()),
    "invoice.created",
    *(f"invoice.{move}" for move in MOVES.values()),
    SETTLED,
    PARTIALLY_SETTLED,
    REOPENED,
    "account.created",
    "account.updated",
    BALANCE_CHANGED,
)
"""Every type of event."""


class Touched:
    """A record that a write changes, as it is now; what was unallocated of it, unpaid on it, or its balance, before that moved
    (None: it did not); and the state in which it was before (None: it was not there), if more of it changed than that."""

    __slots__ = ("is_recorded", "model", "row", "state", "sum")

    def __init__(self, model: type[Table], row: Any) -> None:
        self.model = model
        self.row = row
        self.sum: int | None = None
        self.state: object = None
        self.is_recorded = False


class Changes:
    """The records that a write changes, in the order in which it first does."""

    __slots__ = ("_touched",)

    def __init__(self) -> None:
        self._touched: dict[tuple[type[Table], int], Touched] = {}

    def recorded(self, row: Record, before: Mapping[str, object] | None) -> None:
        """A record changes, which was as its image says, or (None) was not there. Records of other kinds are passed over."""
        model = layout(type(row)).model
        if model not in WORDS:
            return
        touched = self._of(model, row)
        if not touched.is_recorded:
            touched.is_recorded = True
            touched.state = before and before["life_cycle_state"]

    def moved(self, row: Payment | Invoice | Account, before: int) -> None:
        """Money moves: what was unallocated of the payment, unpaid on the invoice, or the account's balance, before that."""
        touched = self._of(layout(type(row)).model, row)
        if touched.sum is None:
            touched.sum = before

    def _of(self, model: type[Table], row: Record) -> Touched:
        found = self._touched.get((model, row.pk))
        if found is None:
            found = self._touched[model, row.pk] = Touched(model, row)
        else:
            found.row = row
        return found

    def happenings(self) -> list[Happening]:
        """What happened, all in all; to accounts last."""
        documents: list[Happening] = []
        accounts: list[Happening] = []
        for touched in self._touched.values():
            if touched.model is Account:
                if types := _of_an_account(touched):
                    accounts.append(_happening(types, touched, touched.row.pk))
            elif types := _of_a_document(touched):
                documents.append(_happening(types, touched, touched.row.account_pk))
        return documents + accounts


def _happening(types: list[str], touched: Touched, account_pk: int) -> Happening:
    return {"types": types, "account": account_pk, "data": _DATA[touched.model](touched.row)}


def written(happenings: Sequence[Happening]) -> str:
    """What happened as it stands in the outbox."""
    return orjson.dumps(happenings).decode()


def _of_an_account(touched: Touched) -> list[str]:
    types: list[str] = []
    if touched.is_recorded:
        types.append("account.created" if touched.state is None else "account.updated")
    if touched.sum is not None and touched.sum != touched.row.balance:
        types.append(BALANCE_CHANGED)
    return types


def _of_a_document(touched: Touched) -> list[str]:
    types: list[str] = []
    word, state, before = WORDS[touched.model], touched.row.life_cycle_state, touched.state
    is_new = touched.is_recorded and before is None
    moves = touched.is_recorded and state != (before or DRAFT)
    if is_new:
        types.append(f"{word}.created")
    if moves:
        types.append(f"{word}.{MOVES[state]}")
    elif not is_new and (touched.is_recorded or (touched.model is Payment and touched.sum != touched.row.unallocated)):
        types.append(f"{word}.updated")
    if touched.model is Invoice and state == POSTED:
        types += _of_what_is_owed(touched.row.total_amount if moves else touched.sum, touched.row, is_new=moves)
    return types


def _of_what_is_owed(before: int | None, row: Any, *, is_new: bool) -> tuple[str, ...]:
    """What became of what was unpaid on a posted invoice (None: it did not move). A new one over 0 is settled at once."""
    if before is None or (before == row.unpaid and (before or not is_new)):
        return ()
    if not row.unpaid:
        return (SETTLED,)
    return (PARTIALLY_SETTLED if row.unpaid < before else REOPENED,)


def _payment(row: Any) -> Mapping[str, object]:
    return {
        "id": row.id,
        "number": row.number,
        "reference_number": row.reference_number,
        "back_office_code": row.back_office_code,
        "life_cycle_state": row.life_cycle_state,
        "payment_amount": row.amount,
        "unallocated_amount": row.unallocated,
    }


def _invoice(row: Any) -> Mapping[str, object]:
    return {
        "id": row.id,
        "number": row.number,
        "reference_number": row.reference_number,
        "back_office_code": row.back_office_code,
        "life_cycle_state": row.life_cycle_state,
        "due_on": row.due_on,
        "total_amount": row.total_amount,
        "unsettled_amount": row.unpaid,
    }


def _account(row: Any) -> Mapping[str, object]:
    return {
        "id": row.id,
        "number": row.number,
        "name": row.name,
        "life_cycle_state": row.life_cycle_state,
        "balance": row.balance,
    }


_DATA: Mapping[type[Table], Any] = {Payment: _payment, Invoice: _invoice, Account: _account}
AMOUNTS = frozenset({"payment_amount", "unallocated_amount", "total_amount", "unsettled_amount", "balance"})
"""The members of `data` that are amounts."""

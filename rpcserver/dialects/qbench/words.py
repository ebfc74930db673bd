"""What this door calls things: the ledger's words as its members, kinds of refusals as its statuses, refusals as sentences."""

import re
from collections.abc import Mapping
from types import MappingProxyType

from ledger.errors import AmountMismatch, Fault, IdempotencyInProgress, IdempotencyKeyReused, InvalidParameter, Refusal
from rpcserver.faults import STATUS as NATIVE
from rpcserver.faults import Kind, kind_of

APPLY_ONE = "payments.apply_to_invoice"
"""The action whose only line has its invoice in the path and its amount at the top of the body."""
TEXT_LIMIT = 2_000

MEMBERS: Mapping[str, str] = MappingProxyType(
    {
        "account": "customer_id",
        "method": "payment_type_id",
        "received_on": "payment_date",
        "invoice": "invoice_id",
        "payment": "payment_id",
        "name": "customer_name",
        "notes": "comments",
        "type": "",
        "token": "",
    }
)
"""What is no member here is left unsaid; the sentence says it all."""

STATUS: Mapping[Kind, int] = MappingProxyType({**NATIVE, Kind.INVALID: 400, Kind.AMBIGUOUS: 400, Kind.CONFLICT: 400})
"""What cannot be read and what breaks a rule are one to this door's clients: 400."""

_LINE = re.compile(r"lines\[([0-9]+)\]")
_OF_AMOUNTS = frozenset({AmountMismatch.code, InvalidParameter.code})


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal. Idempotency keys are the server's own, and refused as at its other doors."""
    kind = kind_of(refusal)
    if isinstance(refusal, IdempotencyKeyReused | IdempotencyInProgress):
        return NATIVE[kind]
    return STATUS[kind]


def sentence(refusal: Refusal, action: str) -> str:
    """A refusal in one text: every fault after the member that it is about."""
    said = [_about(fault, action) for fault in refusal.faults] or [refusal.message]
    text = "; ".join(part.rstrip(". ") for part in said)[:TEXT_LIMIT]
    # Half a surrogate pair, which a caller may have sent, comes as its escape.
    return text.encode("utf-8", "backslashreplace").decode()


def _about(fault: Fault, action: str) -> str:
    member = _member(fault, action)
    return f"{member}: {fault.message}" if member else fault.message


def _member(fault: Fault, action: str) -> str:
    line = _LINE.fullmatch(fault.word)
    if line is None:
        return MEMBERS.get(fault.word, fault.word)
    member = "applied_amount" if fault.code in _OF_AMOUNTS else "invoice_id"
    return member if action == APPLY_ONE else f"invoice_payments[{line[1]}].{member}"

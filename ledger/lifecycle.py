"""The life of a record as a table: (state, verb) -> state. What is not in it is refused."""

from collections.abc import Mapping

from ledger.errors import InvalidLifeCycleState

DRAFT, POSTED, REJECTED, CANCELLED = "DRAFT", "POSTED", "REJECTED", "CANCELLED"
ACTIVE, SUSPENDED, TERMINATED = "ACTIVE", "SUSPENDED", "TERMINATED"

MOVES: Mapping[tuple[str, str], str] = {
    (DRAFT, "update"): DRAFT,
    (DRAFT, "post"): POSTED,
    (DRAFT, "reject"): REJECTED,
    (POSTED, "cancel"): CANCELLED,
    (POSTED, "apply"): POSTED,
    (POSTED, "release"): POSTED,
    (POSTED, "amend"): POSTED,
    (POSTED, "pay"): POSTED,
    (POSTED, "bill"): POSTED,
}

_PARTICIPLES = {
    "update": "updated",
    "post": "posted",
    "reject": "rejected",
    "cancel": "cancelled",
    "apply": "applied",
    "release": "released",
    "amend": "amended",
    "pay": "paid",
    "bill": "billed",
}


def moved(kind: str, state: str, verb: str, word: str = "") -> str:
    """The state that follows, or the refusal that names the state the record is in, under `word` or else the kind of record."""
    following = MOVES.get((state, verb))
    if following is None:
        needed = " or ".join(origin for origin, name in MOVES if name == verb)
        raise InvalidLifeCycleState(
            f"the {kind} is {state}; only a {needed} {kind} can be {_PARTICIPLES[verb]}", word or kind, state=state, needed=needed
        )
    return following

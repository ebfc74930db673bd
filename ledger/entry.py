"""What a call works with: a reading sees the book, an entry also writes in it."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from math import floor
from typing import NamedTuple, TypeVar, cast

from identifiers.forms import new_id
from ledger.errors import InvalidToken
from ledger.happenings import Changes, Happening, written
from ledger.rights import Actor
from ledger.storage.models import Outbox
from ledger.storage.rows import Rows

T = TypeVar("T")

FIFO, INTENDED = "fifo", "intended"
ALLOCATIONS = (FIFO, INTENDED)
"""How a payment is allocated when it is posted: to all open invoices after the intended ones, or to these alone."""


def utc_text(seconds: float) -> str:
    """A moment of the epoch as `YYYY-MM-DDTHH:MM:SS`."""
    return _written(floor(seconds))


@lru_cache(maxsize=256)
def _written(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))


class Call(NamedTuple):
    """Who calls what, through which door. `key` is the idempotency key; a rehearsal is done and rolled back."""

    door: str
    method: str
    actor: Actor | None = None
    request_id: str | None = None
    address: str | None = None
    key: str | None = None
    fingerprint: str = ""
    rehearsal: bool = False

    def of(self, actor: Actor) -> "Call":
        """The same call, of this actor."""
        return Call(self.door, self.method, actor, self.request_id, self.address, self.key, self.fingerprint, self.rehearsal)


class Answer(NamedTuple):
    """What a door says, as bytes: the ledger keeps it with the idempotency key and never looks into it."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class Reading:
    """One look at the book: committed data of one moment."""

    rows: Rows
    call: Call
    seconds: float
    allocation: str = FIFO
    keeps_events: bool = True
    now: str = field(init=False)

    def __post_init__(self) -> None:
        self.now = utc_text(self.seconds)

    @property
    def actor(self) -> Actor:
        """Who asks; methods that need nobody do not look."""
        if self.call.actor is None:
            raise InvalidToken("this call needs a token", "token")
        return self.call.actor

    @property
    def owner_customers(self) -> frozenset[int] | None:
        """The customers whose records exist for this caller; None where all do."""
        actor = self.call.actor
        return actor.customers if actor is not None and actor.is_owner else None


@dataclass(slots=True)
class Entry(Reading):
    """One write. All of it is committed, or nothing."""

    created: set[str] = field(default_factory=set)
    numbered: set[str] = field(default_factory=set)
    given_ids: list[str] = field(default_factory=list)
    changes: Changes = field(default_factory=Changes)
    happened: list[Happening] = field(default_factory=list)

    @property
    def user_pk(self) -> int | None:
        return self.call.actor.user_pk if self.call.actor else None

    @property
    def unit_pk(self) -> int | None:
        return self.call.actor.unit_pk if self.call.actor else None

    @property
    def update_stamp(self) -> dict[str, object]:
        """Who changes a record, for which unit, and when, as its row keeps it."""
        return {"updated_on": self.now, "updated_by_user_pk": self.user_pk, "updated_by_unit_pk": self.unit_pk}

    def new_id(self) -> str:
        """An id for a record made in this write: a given one (a demo's, a copied book's), else a new one."""
        made = self.given_ids.pop() if self.given_ids else new_id(int(self.seconds * 1000), os.urandom(10))
        self.created.add(made)
        return made

    def attempt(self, call: Call, operation: "Callable[[Entry], T]") -> T:
        """Run part of this write in a savepoint of its own, as another call; a refusal undoes this part alone."""
        self._note()
        part = Entry(self.rows, call._replace(actor=self.call.actor), self.seconds, self.allocation, self.keeps_events)
        try:
            with self.rows.savepoint():
                result = part._done(operation)
        except Rehearsed as rehearsed:
            return cast("T", rehearsed.result)
        self.happened += part.happened
        return result

    def carry_out(self, operation: "Callable[[Entry], T]") -> T:
        """The operation's result; what it did goes into the outbox with it. A rehearsal leaves by exception, so that whoever opened
        the transaction rolls it back."""
        result = self._done(operation)
        if self.happened:
            self.rows.insert(Outbox, {"at": self.now, "events": written(self.happened)})
        return result

    def _done(self, operation: "Callable[[Entry], T]") -> T:
        result = operation(self)
        if self.call.rehearsal:
            raise Rehearsed(result)
        self._note()
        return result

    def _note(self) -> None:
        """What has changed so far has happened before whatever comes now."""
        if self.keeps_events:
            self.happened += self.changes.happenings()
            self.changes = Changes()


class Rehearsed(Exception):
    """Carries a rehearsal's result past the roll-back."""

    def __init__(self, result: object) -> None:
        super().__init__("rehearsed")
        self.result = result

"""What a request of this door means: members of its bodies and parts of its paths, read strictly, all faults at once."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from difflib import get_close_matches
from itertools import islice
from typing import TypeVar, cast

from identifiers.errors import quoted
from identifiers.forms import integer
from ledger.errors import EntityNotFound, Fault, InvalidParameter, MandatoryParameterMissing, UnknownParameter, refusal_of
from ledger.money import AmountError, exact
from ledger.storage.columns import NOTE_LIMIT, TEXT_LIMIT
from rpcserver.rest import Asking

T = TypeVar("T")

LAST_KEY = 2**63 - 1
TAGS_LIMIT = 100
MOST_STRANGE = 20
"""How many members that are not known are named; a body can hold a hundred thousand."""

_DATE = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")
# control characters but tab and newline, and the halves of surrogate pairs, which UTF-8 cannot carry
_UNSPEAKABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class Wrong(Exception):
    """What was sent cannot be read; the message says what it was and what is expected."""


def _not(value: object, expected: str) -> Wrong:
    return Wrong(f"{quoted(value)} was sent; expected is {expected}")


def key(value: object) -> int:
    """Reads an id: a whole number, not its digits in a text."""
    if isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LAST_KEY:
        return value
    raise _not(value, "an id, a whole number above 0, as in 2")


def amount(value: object) -> Decimal:
    """Reads an amount: a JSON number above 0, exact to its last digit."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise _not(value, "a number above 0, as in 721.0")
    try:
        found = exact(value)
    except AmountError as error:
        raise Wrong(str(error)) from None
    if found <= 0:
        raise _not(value, "a number above 0, as in 721.0")
    return found


def day(value: object) -> str:
    """Reads a date `MM/DD/YYYY` that is in the calendar; `YYYY-MM-DD`."""
    parts = _DATE.fullmatch(value) if isinstance(value, str) else None
    try:
        if parts:
            return date(int(parts[3]), int(parts[1]), int(parts[2])).isoformat()
    except ValueError:
        raise Wrong(f"{quoted(value)} was sent, which is in no calendar; expected is a date MM/DD/YYYY, as in 01/31/2020") from None
    raise _not(value, "a date MM/DD/YYYY, as in 01/31/2020")


def name(value: object) -> str:
    """Reads a text that is not empty."""
    return _text(value, TEXT_LIMIT, least=1)


def line(value: object) -> str | None:
    """Reads a short text, or null."""
    return None if value is None else _text(value, TEXT_LIMIT)


def note(value: object) -> str | None:
    """Reads a long text, or null."""
    return None if value is None else _text(value, NOTE_LIMIT)


def _text(value: object, limit: int, *, least: int = 0) -> str:
    size = f"{least} to {limit}" if least else f"at most {limit}"
    expected = f"a text of {size} characters without control characters"
    if not isinstance(value, str):
        raise _not(value, expected)
    if not least <= len(value.strip() if least else value) or len(value) > limit:
        raise Wrong(f"{quoted(value)} was sent, which has {len(value)} characters; expected is {expected}")
    if _UNSPEAKABLE.search(value):
        raise _not(value, expected)
    return value


def tags(value: object) -> tuple[str, ...]:
    """Reads a list of short texts; null is none."""
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > TAGS_LIMIT:
        raise _not(value, f"a list of at most {TAGS_LIMIT} texts")
    return tuple(name(each) for each in value)


class Given:
    """An object that was sent: its members are read one by one, what is wrong is noted, and `settle` refuses it together.

    A member that could not be read gives None in place of a value, which must not be used before `settle` was called.
    """

    def __init__(self, members: Mapping[str, object], known: Sequence[str], path: str = "", passed: Sequence[str] = ()) -> None:
        self.faults: list[Fault] = []
        self._members, self._known, self._path = members, known, path
        self._is_object = True
        strange = (member for member in members if member not in known and member not in passed)
        for member in islice(strange, MOST_STRANGE):
            self._note(UnknownParameter.code, quoted(member)[1:-1], self._strange(member))

    @classmethod
    def inside(cls, value: object, known: Sequence[str], path: str) -> "Given":
        """An object inside another one, at a path."""
        if isinstance(value, dict):
            return cls(value, known, f"{path}.")
        made = cls({}, known)
        made._is_object = False
        made._note(InvalidParameter.code, path, f"{quoted(value)} was sent; expected is an object of {', '.join(known)}")
        return made

    def need(self, member: str, read: Callable[[object], T]) -> T:
        """A member that has to be there."""
        if member in self._members:
            return self._read(member, read)
        if self._is_object:
            self._note(MandatoryParameterMissing.code, member, f"is missing; expected are {', '.join(self._known)}")
        return cast("T", None)

    def choice(self, member: str, read: Callable[[object], T], otherwise: T) -> T:
        """A member that may be left out."""
        return self._read(member, read) if member in self._members else otherwise

    def changes(self, reads: Mapping[str, Callable[[object], T]]) -> dict[str, T]:
        """The members of these that were sent."""
        return {member: self._read(member, read) for member, read in reads.items() if member in self._members}

    def settle(self) -> None:
        """Refuses: UNKNOWN_PARAMETER, MANDATORY_PARAMETER_MISSING, INVALID_PARAMETER, naming everything that is wrong."""
        if self.faults:
            raise refusal_of(tuple(self.faults))

    def _read(self, member: str, read: Callable[[object], T]) -> T:
        try:
            return read(self._members[member])
        except Wrong as wrong:
            self._note(InvalidParameter.code, member, str(wrong))
            return cast("T", None)

    def _note(self, code: str, member: str, message: str) -> None:
        # These are the door's own words already: no word of the ledger is left to be looked up.
        self.faults.append(Fault("", code, f"{self._path}{member}: {message}"))

    def _strange(self, member: str) -> str:
        near = get_close_matches(member[:TEXT_LIMIT], self._known, 1)
        expected = f"did you mean {near[0]}?" if near else f"expected are {', '.join(self._known)}"
        return f"cannot be sent here; {expected}"


def part(asking: Asking, member: str) -> int:
    """An id out of the path. Refuses: ENTITY_NOT_FOUND (what is no id names nothing)."""
    text = asking.path[member]
    found = integer(text)
    if found is None:
        raise EntityNotFound(f"{member}: {quoted(text)} was sent; expected is an id, a whole number above 0, as in 2")
    return found

"""How a value is read from what was sent: one function per kind of value, strict about types, refusing in one sentence.

Every function takes the raw value as JSON (or a GET query) gave it. A refusal says what was sent, shortened, and what was expected.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from math import isfinite
from typing import Any, NamedTuple, Protocol, TypeVar

from pydantic import ValidationInfo
from pydantic_core import PydanticCustomError

from identifiers import forms
from identifiers.errors import IdentifierError, quoted
from identifiers.kinds import Kind
from identifiers.reference import Reference, from_object, from_text
from ledger.errors import InvalidParameter
from ledger.money import AmountError, exact

T = TypeVar("T")

TEXT_LIMIT = 255
NOTE_LIMIT = 4000
MAX_INTEGER = 2**63 - 1
CANNOT_CLEAR = "cannot_clear"
"""The error of a null that would clear what a record always has."""

# control characters but tab and newline, and the halves of surrogate pairs, which UTF-8 cannot carry
_UNSPEAKABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_INTEGER = re.compile(r"-?[0-9]{1,19}")
_MOMENT = re.compile(
    r"(?P<day>[0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:T(?P<time>[0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.[0-9]{1,9})?(?P<zone>Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)
_DATE = "a date, as in 2014-05-21T16:12:29"
_MIDNIGHT, _LAST_SECOND = "00:00:00", "23:59:59"


class Names(Protocol):
    """What knows the names that a method's answer has."""

    @classmethod
    def names(cls) -> tuple[str, ...]: ...


class Asked(NamedTuple):
    """How a call came: what its answer looks like, whether unknown members are let pass, whether it is a GET query."""

    shape: type[Names]
    lenient: bool = False
    from_query: bool = False


def _asked(info: ValidationInfo) -> Asked:
    if isinstance(info.context, Asked):
        return info.context
    raise TypeError("parameters are read by methods.method.parse alone, which says how the call came")


def refused(sentence: str, code: str = InvalidParameter.code) -> PydanticCustomError:
    """The error by which a value is refused; its context carries the sentence, so that no braces in it are filled in."""
    return PydanticCustomError(code, "{sentence}", {"sentence": sentence})


def _not(value: object, expected: str) -> PydanticCustomError:
    return refused(f"{quoted(value)} was sent; expected is {expected}.")


def text(limit: int = TEXT_LIMIT, *, least: int = 0) -> Callable[[object], str]:
    """Reads a text of `least` to `limit` characters."""
    size = f"of {least} to {limit} characters" if least else f"of at most {limit} characters"
    expected = f"a text {size} without control characters"

    def read(value: object) -> str:
        if not isinstance(value, str):
            raise _not(value, expected)
        if not least <= len(value) <= limit:
            raise refused(f"{quoted(value)} was sent, which has {len(value)} characters; expected is {expected}.")
        found = None if value.isprintable() else _UNSPEAKABLE.search(value)
        if found is not None:
            raise refused(f"{quoted(value)} was sent, which holds the character {quoted(found.group())}; expected is {expected}.")
        return value

    return read


_TAG, _NOTE = text(least=1), text(NOTE_LIMIT)


def one_of(*words: str) -> Callable[[object], str]:
    """Reads one of a few words, in their own case."""
    expected = words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"

    def read(value: object) -> str:
        if isinstance(value, str) and value in words:
            return value
        raise _not(value, expected)

    return read


def boolean(value: object, info: ValidationInfo) -> bool:
    """Reads true or false; a query can only say them as text."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and _asked(info).from_query and value in ("true", "false"):
        return value == "true"
    raise _not(value, "true or false")


def integer(least: int, most: int = MAX_INTEGER) -> Callable[[object, ValidationInfo], int]:
    """Reads a whole number; a query can only say it in digits."""
    expected = f"a whole number of {least} or more" if most == MAX_INTEGER else f"a whole number from {least} to {most}"

    def read(value: object, info: ValidationInfo) -> int:
        number = value
        if isinstance(value, str) and _asked(info).from_query and _INTEGER.fullmatch(value):
            number = int(value)
        if isinstance(number, int) and not isinstance(number, bool) and least <= number <= most:
            return number
        raise _not(value, expected)

    return read


@dataclass(frozen=True, slots=True)
class Bounds:
    """Between what a number has to be."""

    least: int | None = None
    above: int | None = None
    most: int | None = None

    def hold(self, number: Decimal) -> bool:
        """Whether a number is within them."""
        return (
            (self.least is None or number >= self.least)
            and (self.above is None or number > self.above)
            and (self.most is None or number <= self.most)
        )

    def __str__(self) -> str:
        said = (("of at least", self.least), ("above", self.above), ("of at most", self.most))
        return " and ".join(f"{word} {limit}" for word, limit in said if limit is not None)


def decimal(bounds: Bounds, places: int) -> Callable[[object], Decimal]:
    """Reads an exact decimal of at most 15 digits and `places` decimals, within bounds."""

    def read(value: object) -> Decimal:
        try:
            number = exact(value, decimals=places)
        except AmountError as error:
            raise refused(str(error)) from None
        if not bounds.hold(number):
            raise _not(value, f"a number {bounds}")
        return number

    return read


def udf_float(value: object) -> float:
    """Reads a number that a binary double holds, for a user-defined field."""
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool) and _is_a_double(value):
        return float(value)
    raise _not(value, "a finite number, as in 12.5")


def _is_a_double(number: float | Decimal) -> bool:
    """Whether a double comes near: neither infinite nor, but for zero itself, nothing."""
    if isinstance(number, int):
        return -MAX_INTEGER - 1 <= number <= MAX_INTEGER
    if isinstance(number, Decimal) and not number.is_finite():
        return False
    as_double = float(number)
    return isfinite(as_double) and (as_double != 0 or number == 0)


def moment(value: object) -> str:
    """Reads a moment as UTC text `YYYY-MM-DDTHH:MM:SS`; a plain date is its first second."""
    return _moment(value, _MIDNIGHT)


def last_moment(value: object) -> str:
    """Reads the end of a period; a plain date is its last second."""
    return _moment(value, _LAST_SECOND)


def _moment(value: object, time: str) -> str:
    found = _MOMENT.fullmatch(value) if isinstance(value, str) else None
    if found is not None:
        try:
            said = datetime.fromisoformat(f"{found['day']}T{found['time'] or time}{found['zone'] or 'Z'}")
            return said.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
        except (ValueError, OverflowError):
            raise refused(f"{quoted(value)} was sent, which is in no calendar; expected is {_DATE}.") from None
    raise _not(value, f"{_DATE}, with a fraction and an offset if need be, or 2014-05-21")


def record_id(value: object) -> str:
    """Reads the id of a record, in any case, with a UUID's dashes or without."""
    found = forms.hex32(value) if isinstance(value, str) else None
    if found is None:
        raise _not(value, "an id of 32 hexadecimal characters")
    return found


def row_key(value: object) -> str:
    """Reads the number of a row, as of the audit log."""
    if isinstance(value, str) and forms.integer(value) is not None:
        return value
    raise _not(value, "the id of a row, as the list answers it")


def an_object(value: object) -> dict[str, Any]:
    """Takes an object as it is; what is in it is read later."""
    if isinstance(value, dict):
        return value
    raise _not(value, "an object")


def tags(value: object) -> tuple[str, ...]:
    """Reads a list of short texts, which fit together into the column that keeps them."""
    if not isinstance(value, list):
        raise _not(value, "a list of texts")
    return _that_fits(tuple(_TAG(each) for each in value))


def attributes(value: object) -> dict[str, Any]:
    """Reads an object of any members: numbers of 64 bits or doubles, names and texts without control characters."""
    return _that_fits(_plain(an_object(value)))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {_NOTE(name): _plain(member) for name, member in value.items()}
    if isinstance(value, list):
        return [_plain(member) for member in value]
    if isinstance(value, str):
        return _NOTE(value)
    if value is None or isinstance(value, bool):
        return value
    number = udf_float(value)
    return value if isinstance(value, int) else number


def _that_fits(value: T) -> T:
    length = len(json.dumps(value, ensure_ascii=False))
    if length > NOTE_LIMIT:
        raise refused(f"it has {length} characters as JSON; expected are at most {NOTE_LIMIT}.")
    return value


def identifier(kind: Kind) -> Callable[[object, ValidationInfo], Reference]:
    """Reads an identifier object; in a query also its text form `number=9`."""

    def read(value: object, info: ValidationInfo) -> Reference:
        asked = _asked(info)
        try:
            if asked.from_query and isinstance(value, str):
                return from_text(kind, value, lenient=asked.lenient)
            return from_object(kind, value, lenient=asked.lenient)
        except IdentifierError as error:
            raise refused(error.message, error.code) from None

    return read


def fields_set(value: object, info: ValidationInfo) -> tuple[str, ...]:
    """Reads the names of the members to answer: comma separated text or a list, each one that the answer has."""
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, list) or not given or not all(isinstance(name, str) for name in given):
        raise _not(value, "names separated by commas, or a list of names, as in id,number,reference_number")
    known = _asked(info).shape.names()
    names = tuple(dict.fromkeys(name.strip() for name in given))
    unknown = set(names).difference(known)
    if unknown:
        valid = ", ".join(name for name in known if "." not in name)
        some = ", ".join(quoted(name) for name in [name for name in names if name in unknown][:5])
        raise refused(f"{some}: no such member in the answer; expected are names out of {valid}.")
    return names


def unless_null(default: Callable[[], object]) -> Callable[[object], object]:
    """Takes null for what stands for it: the same as if the member had been left out."""
    return lambda value: default() if value is None else value


def not_null(value: object) -> object:
    """Refuses null for a member that can be left out but not cleared."""
    if value is None:
        raise refused("null was sent, but this cannot be cleared; leave it out to keep it.", CANNOT_CLEAR)
    return value

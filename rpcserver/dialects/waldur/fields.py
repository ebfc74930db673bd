"""Fields of bodies: each is read by itself, and all that are wrong are refused together, in their order."""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal, InvalidOperation
from typing import Any, TypeVar

from identifiers.forms import hex32
from ledger.errors import Refusal
from rpcserver.dialects.waldur import words
from rpcserver.dialects.waldur.bodies import Given, Upload, kind_of, read
from rpcserver.dialects.waldur.links import target
from rpcserver.rest import Asking

T = TypeVar("T")
Read = Callable[[object], object]

TEXT_LIMIT = 255
FILE_NAME_LIMIT = 100
MOST_CHARACTERS = 1000
LONGEST_NUMBER = 10**MOST_CHARACTERS
DECIMALS = 2
WHOLE_DIGITS = 8
NEVER = ""
"""The id of no record: what a hyperlink of the right form may end in."""

_DAY = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})")
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_TRUE, _FALSE = frozenset({"true", "1", "yes", "on", "t", "y"}), frozenset({"false", "0", "no", "off", "f", "n"})


class UnreadableError(ValueError):
    """A value that a field does not take; the message is the field's sentence."""


@dataclass(slots=True)
class Fields:
    """What was sent, read field by field. `partial`: what is left out stays as it is, required or not. `unread`: why the body could
    not be read at all, which is refused only when the fields are settled: what the path names comes first."""

    given: Given
    partial: bool = False
    unread: Refusal | None = None
    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, asking: Asking, *, partial: bool = False) -> "Fields":
        """The fields of a request's body."""
        try:
            return cls(read(asking), partial)
        except Refusal as refusal:
            return cls(Given({}), partial, refusal)

    def anew(self) -> "Fields":
        """The same, to be noted on by a write, which may have to run again."""
        return replace(self, errors=dict(self.errors))

    def readable(self) -> None:
        """Refuses what `bodies.read` does: for requests that nothing else has to come before."""
        if self.unread:
            raise self.unread

    def take(self, name: str, reads: Read, *, required: bool = False, nullable: bool = False) -> None:
        """Read a field, or note what is wrong with it. Blank in a form: null where there can be one, else not given, unless it is
        required."""
        value = self.given.values.get(name)
        is_given = name in self.given.values
        if self.unread:
            return
        if self.given.is_form and value == "" and not required:
            is_given, value = nullable, None
        if not is_given:
            if required and not self.partial:
                self.errors[name] = [words.REQUIRED]
        elif value is None:
            self._take_null(name, nullable=nullable)
        else:
            try:
                self.values[name] = reads(value)
            except UnreadableError as error:
                self.errors[name] = [str(error)]

    def _take_null(self, name: str, *, nullable: bool) -> None:
        if nullable:
            self.values[name] = None
        else:
            self.errors[name] = [words.NULL]

    def find(self, name: str, look: Callable[[str], T | None]) -> T | None:
        """The record that a hyperlink field names, or a note that there is none."""
        if name not in self.values:
            return None
        found = look(self.values[name]) if self.values[name] else None
        if found is None:
            self.errors[name] = [words.NO_OBJECT]
        return found

    def settle(self, *order: str) -> None:
        """Refuses: INVALID_PARAMETER, naming every field that is wrong, in this order; or what `bodies.read` refuses."""
        self.readable()
        if self.errors:
            raise words.wrong({name: self.errors[name] for name in sorted(self.errors, key=order.index)})


def text(value: object) -> str:
    """A text, not blank."""
    if not isinstance(value, str):
        raise UnreadableError(words.NO_TEXT)
    found = value.strip()
    if not found:
        raise UnreadableError(words.BLANK)
    if len(found) > TEXT_LIMIT:
        raise UnreadableError(f"Ensure this field has no more than {TEXT_LIMIT} characters.")
    if _CONTROL.search(found):
        raise UnreadableError(words.CONTROL)
    return found


def day(value: object) -> str:
    """A calendar day, `YYYY-MM-DD`."""
    parts = _DAY.fullmatch(value) if isinstance(value, str) else None
    try:
        return date(*map(int, parts.groups())).isoformat() if parts else _no_day()
    except ValueError:
        return _no_day()


def _no_day() -> str:
    raise UnreadableError(words.NO_DATE)


def number(value: object) -> Decimal:
    """An exact number. How long it may be depends on the currency: see `misfit`."""
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise UnreadableError(words.NO_NUMBER)
    if isinstance(value, int) and abs(value) >= LONGEST_NUMBER:
        raise UnreadableError(words.NUMBER_TOO_LONG)
    spelled = str(shortest(value) if isinstance(value, Decimal) else value).strip()
    if len(spelled) > MOST_CHARACTERS:
        raise UnreadableError(words.NUMBER_TOO_LONG)
    try:
        found = Decimal(spelled)
    except InvalidOperation:
        raise UnreadableError(words.NO_NUMBER) from None
    if not found.is_finite():
        raise UnreadableError(words.NO_NUMBER)
    return found


def shortest(value: Decimal) -> Decimal:
    """The same number without zeros at its end: as a JSON number 1.50 is 1.5, as a text it is not."""
    return Context(len(value.as_tuple().digits), Emin=MIN_EMIN, Emax=MAX_EMAX).normalize(value)


def misfit(value: Decimal, decimals: int = DECIMALS) -> str | None:
    """What is wrong with a number that may have eight digits and so many decimals, and be no less than zero."""
    _, digits, exponent = value.as_tuple()
    assert isinstance(exponent, int)
    places = max(0, -exponent)
    total = max(len(digits), places) if places else len(digits) + exponent
    if total > WHOLE_DIGITS + decimals:
        return f"Ensure that there are no more than {WHOLE_DIGITS + decimals} digits in total."
    if places > decimals:
        return f"Ensure that there are no more than {decimals} decimal places."
    if total - places > WHOLE_DIGITS:
        return f"Ensure that there are no more than {WHOLE_DIGITS} digits before the decimal point."
    return words.NEGATIVE if value < 0 else None


def hyperlink(collection: str) -> Read:
    """Reads a hyperlink to a record of a collection, of which the path alone counts; the record's id (`NEVER` for what is none)."""

    def reads(value: object) -> str:
        if not isinstance(value, str):
            raise UnreadableError(f"Incorrect type. Expected URL string, received {kind_of(value)}.")
        if not value:
            raise UnreadableError(words.NULL)
        found = target(value)
        if found is None:
            raise UnreadableError(words.NO_URL_MATCH)
        if found.collection != collection:
            raise UnreadableError(words.OTHER_URL_MATCH)
        return hex32(found.name) or NEVER

    return reads


def upload(most: int) -> Read:
    """Reads a file of at most so many bytes."""

    def reads(value: object) -> Upload:
        if not isinstance(value, Upload):
            raise UnreadableError(words.NO_FILE)
        if not value.data:
            raise UnreadableError(words.EMPTY_FILE)
        length = len(value.file_name)
        if length > FILE_NAME_LIMIT:
            raise UnreadableError(f"Ensure this filename has at most {FILE_NAME_LIMIT} characters (it has {length}).")
        if len(value.data) > most:
            raise UnreadableError(f"Ensure this file has at most {most} bytes (it has {len(value.data)}).")
        return value

    return reads


def choice(allowed: Collection[str]) -> Read:
    """Reads one of a few words."""

    def reads(value: object) -> str:
        if not isinstance(value, str) or value not in allowed:
            shown = value if isinstance(value, str) else kind_of(value)
            raise UnreadableError(f'"{shown[:100]}" is not a valid choice.')
        return value

    return reads


def truth(value: object) -> bool:
    """True or false, in one of the spellings of forms too."""
    if isinstance(value, bool) or value in (0, 1):
        return bool(value)
    spelled = value.lower() if isinstance(value, str) else ""
    if spelled not in _TRUE | _FALSE:
        raise UnreadableError(words.NO_BOOLEAN)
    return spelled in _TRUE


def mapping(value: object) -> dict[str, object]:
    """A JSON object."""
    if not isinstance(value, dict):
        raise UnreadableError(f'Expected a dictionary of items but got type "{kind_of(value)}".')
    return value


def record_id(value: object) -> str:
    """The id of a record, in any spelling."""
    found = hex32(value) if isinstance(value, str) else None
    if found is None:
        raise UnreadableError("Must be a valid UUID.")
    return found

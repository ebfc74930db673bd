"""What can be wrong with an identifier, each with its stable code, and how messages repeat what was sent."""

import json
from decimal import Decimal
from typing import ClassVar

SHOWN_LENGTH = 40
_BITS = 64


class IdentifierError(Exception):
    """An identifier that names nothing, or not one thing; `message` says what was sent and what is expected."""

    code: ClassVar[str]

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class NotAnIdentifier(IdentifierError):
    """Not an object with one member, or a member whose value no record could have."""

    code = "INVALID_PARAMETER"


class UnknownMember(IdentifierError):
    """A member that this kind of identifier does not have."""

    code = "UNKNOWN_PARAMETER"


class IdentifierMissing(IdentifierError):
    """No member is given, or only empty ones."""

    code = "IDENTIFIER_MISSING"


class MultipleIdentifiers(IdentifierError):
    """More than one member is given."""

    code = "MULTIPLE_IDENTIFIERS"


class EntityNotFound(IdentifierError):
    """No record has this value."""

    code = "ENTITY_NOT_FOUND"


class AmbiguousIdentifier(IdentifierError):
    """More than one record has this value."""

    code = "AMBIGUOUS_IDENTIFIER"


def quoted(value: object, length: int = SHOWN_LENGTH) -> str:
    """What was sent as a message repeats it: in JSON's spelling, shortened, with nothing in it that does not print."""
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        return _printable(json.dumps(_shortened(value, length), ensure_ascii=False))
    if isinstance(value, int):
        # Python refuses to spell integers of thousands of digits
        return str(value) if value.bit_length() <= _BITS else f"an integer of {value.bit_length()} bits"
    if isinstance(value, float | Decimal):
        return _shortened(str(value), length)
    if isinstance(value, list | tuple):
        return "a list"
    return "an object" if isinstance(value, dict) else f"a value of type {type(value).__name__}"


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(c if c.isprintable() else _escaped(ord(c)) for c in text)


def _escaped(point: int) -> str:
    return f"\\u{point:04x}" if point <= 0xFFFF else f"\\U{point:08x}"

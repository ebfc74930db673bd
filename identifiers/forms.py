"""The forms in which records are named: one 128-bit id in several spellings, and integer row keys."""

import re

_HEX32 = re.compile(r"[0-9A-Fa-f]{32}|[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", re.ASCII)
_ROW_KEY = re.compile(r"[1-9][0-9]{0,18}", re.ASCII)
_LAST_ROW_KEY = 2**63 - 1
_TIME_BYTES = 6
_RANDOM_BYTES = 10


def new_id(milliseconds: int, randomness: bytes) -> str:
    """A time-ordered id: 48 bits of milliseconds since 1970, then the 80 random bits given; 32 upper-case hex characters."""
    if len(randomness) != _RANDOM_BYTES:
        raise ValueError(f"an id takes {_RANDOM_BYTES} random bytes, not {len(randomness)}")
    return (milliseconds.to_bytes(_TIME_BYTES, "big") + randomness).hex().upper()


def hex32(text: str) -> str | None:
    """The id that a caller spelled in any case, with a UUID's dashes or without: 32 upper-case hex characters, or None."""
    return text.replace("-", "").upper() if _HEX32.fullmatch(text) else None


def lower(record_id: str) -> str:
    """An id as 32 lower-case hex characters."""
    return record_id.lower()


def dashed(record_id: str) -> str:
    """An id as a UUID is written: lower case, 8-4-4-4-12."""
    text = record_id.lower()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def integer(text: str) -> int | None:
    """The row key (1 to 2**63 - 1) that a text spells in plain digits, or None."""
    if _ROW_KEY.fullmatch(text) is None:
        return None
    key = int(text)
    return key if key <= _LAST_ROW_KEY else None

"""Values as texts say them: row keys, days, amounts in minor units."""

import re
from datetime import date
from decimal import Decimal

_KEY = re.compile(r"[1-9][0-9]{0,17}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_AMOUNT = re.compile(r"-?[0-9]{1,32}(\.[0-9]{1,32})?")


def is_key(text: str) -> bool:
    """Whether a text is the id of a record that may exist."""
    return _KEY.fullmatch(text) is not None


def day(text: str) -> str | None:
    """A day (`YYYY-MM-DD`) that the calendar has; None for anything else."""
    try:
        return date.fromisoformat(text).isoformat() if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def number(text: str) -> Decimal | None:
    """A plain number; None for anything else."""
    return Decimal(text) if _AMOUNT.fullmatch(text) else None


def minor(text: str) -> int | None:
    """A whole number of minor units, however many zeros it has behind the point; None for anything else."""
    found = number(text.strip())
    return int(found) if found is not None and found == found.to_integral_value() else None

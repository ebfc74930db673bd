"""Exact money: amounts are decimals outside and integer minor units of their currency inside, never binary floats."""

import re
from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Context, Decimal, Inexact, InvalidOperation
from fractions import Fraction
from types import MappingProxyType

from iso4217 import Currency

from identifiers.errors import quoted

MAX_DIGITS = 15
MAX_DECIMALS = 4
_LIMIT = 10**MAX_DIGITS
_MAX_TEXT = 64
_NUMBER = re.compile(r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,9})?")
_ONE = Decimal(1)
# Shared between threads: an operation raises for its own outcome only, whatever flags others have left.
# Digits beyond what any amount has; what does not fit raises instead of being rounded.
_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])
# An amount's own width: more digits than these raise.
_AMOUNT = Context(prec=MAX_DIGITS, traps=[Inexact, InvalidOperation])

# code -> (English name, number of decimals); codes without minor units (gold, test codes) are no currencies to pay in
CURRENCIES: Mapping[str, tuple[str, int]] = MappingProxyType(
    {
        currency.code: (currency.currency_name, currency.exponent)
        for currency in sorted(Currency, key=lambda currency: str(currency.code))
        if currency.exponent is not None
    }
)


class AmountError(ValueError):
    """What was sent is no amount, or not one that fits; the message is a sentence that says why."""


def exact(value: object, *, decimals: int = MAX_DECIMALS) -> Decimal:
    """The exact decimal in an int, a Decimal or a plain text, in its shortest spelling (12.500 is 12.5).

    Refused: binary floats, bools, NaN, infinities, more than 15 digits before the point, more than 15 significant digits,
    and more than `decimals` decimals (4 by default, as no currency has more).
    """
    if isinstance(value, int) and not isinstance(value, bool):
        if -_LIMIT < value < _LIMIT:
            return Decimal(value)
        raise AmountError(f"{quoted(value)} is too large; expected is a number of at most {MAX_DIGITS} digits.")
    number = _number(value)
    if not number:
        return Decimal(0)
    _refuse_beyond(number)
    try:
        _EXACT.quantize(number, _ONE.scaleb(-decimals))
    except Inexact:
        raise AmountError(f"{quoted(number)} has too many decimals; expected are at most {decimals}.") from None
    try:
        shortest = _AMOUNT.normalize(number)
    except Inexact:
        raise AmountError(f"{quoted(number)} has too many digits; expected are at most {MAX_DIGITS} that count.") from None
    return _EXACT.quantize(shortest, _ONE) if shortest == shortest.to_integral_value() else shortest


def minor(value: Decimal, exponent: int, *, zero: bool = False, negative: bool = False) -> int:
    """The minor units of an amount in a currency of `exponent` decimals: 12.5 EUR is 1250.

    Refused: more decimals than the currency has (zeros at the end don't count), more than 15 digits in minor units, and
    zero and negative amounts unless they are allowed.
    """
    _refuse_beyond(value)
    try:
        amount = int(_EXACT.quantize(_EXACT.scaleb(value, exponent), _ONE))
    except Inexact:
        allowed = f"at most {exponent} decimals" if exponent else "no decimals"
        raise AmountError(f"{quoted(value)} has too many decimals; the currency has {allowed}.") from None
    if not -_LIMIT < amount < _LIMIT:
        raise AmountError(f"{quoted(value)} is too large; expected are at most {MAX_DIGITS} digits in minor units.")
    if (amount < 0 and not negative) or (amount == 0 and not zero):
        expected = "an amount other than zero" if negative else "zero or more" if zero else "an amount above zero"
        raise AmountError(f"{quoted(value)} is {'negative' if amount < 0 else 'zero'}; expected is {expected}.")
    return amount


def shown(minor: int, exponent: int) -> str:
    """The shortest decimal text of an amount in minor units: 300, 12.5, -0.05."""
    if exponent == 0:
        return str(minor)
    digits = str(abs(minor)).rjust(exponent + 1, "0")
    whole, decimals = digits[:-exponent], digits[-exponent:].rstrip("0")
    sign = "-" if minor < 0 else ""
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"


def decimal(minor: int, exponent: int) -> Decimal:
    """The exact decimal of an amount in minor units, with as many decimals as the currency has."""
    return _EXACT.scaleb(Decimal(minor), -exponent)


def rounded(value: Decimal | Fraction) -> int:
    """The nearest integer of a finite number; a half goes away from zero."""
    if isinstance(value, Decimal):
        return int(value.to_integral_value(rounding=ROUND_HALF_UP))
    nearest = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
    return -nearest if value < 0 else nearest


def converted(minor: int, exponent: int, rate: Decimal, to_exponent: int) -> int:
    """Minor units of another currency, of which one unit of this one buys `rate` units; a half goes to the even neighbour."""
    return round(minor * Fraction(rate) * Fraction(10) ** (to_exponent - exponent))


def _number(value: object) -> Decimal:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, str):
        if len(value) <= _MAX_TEXT and _NUMBER.fullmatch(value):
            return Decimal(value)
        raise AmountError(f"{quoted(value)} is no number; expected are digits and at most one decimal point, as in 12.5.")
    inexact = ", a binary float, which is not exact" if isinstance(value, float) else ""
    raise AmountError(f"{quoted(value)}{inexact or ' is no number'}; expected is a decimal number, as in 12.5.")


def _refuse_beyond(value: Decimal) -> None:
    """Looks at the exponent alone, so that 1e999999999 costs nothing."""
    if not value.is_finite():
        raise AmountError(f"{quoted(value)} is no amount; expected is a finite number, as in 12.5.")
    if value and value.adjusted() >= MAX_DIGITS:
        raise AmountError(f"{quoted(value)} is too large; expected is a number of at most {MAX_DIGITS} digits.")

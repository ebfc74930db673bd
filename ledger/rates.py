"""Exchange rates: what one unit of a currency is worth in the default currency, from a day on. Rates are kept in ten-billionths."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from identifiers.errors import quoted
from ledger import audit, money
from ledger.entry import Entry, Reading
from ledger.errors import DuplicateName, InvalidParameter
from ledger.organisation import default_currency_pk
from ledger.storage.models import Currency, ExchangeRate

RATE_DECIMALS = 10
SCALE: int = 10**RATE_DECIMALS
LARGEST = 10**8
"""What no rate reaches: a 64-bit integer holds it in ten-billionths."""
DATE_LENGTH = 10


def scaled(rate: Decimal, word: str = "rate") -> int:
    """A rate in ten-billionths.

    Refuses: INVALID_PARAMETER (zero, negative, more than 10 decimals or 15 digits, 100,000,000 and more).
    """
    try:
        exact = money.exact(rate, decimals=RATE_DECIMALS)
    except money.AmountError as error:
        raise InvalidParameter(str(error), word) from error
    if not 0 < exact < LARGEST:
        raise InvalidParameter(f"{quoted(rate)} is no rate; expected is a number above 0 and below {LARGEST:,}", word)
    return int(exact.scaleb(RATE_DECIMALS))


def shown_rate(rate: int) -> str:
    """The shortest decimal text of a rate in ten-billionths: 1.25."""
    return money.shown(rate, RATE_DECIMALS)


def converted(minor: int, exponent: int, rate: int, to_exponent: int) -> int:
    """Minor units of the default currency for those of another at a rate in ten-billionths; a half goes to the even neighbour."""
    return money.converted(minor, exponent, money.decimal(rate, RATE_DECIMALS), to_exponent)


def create(entry: Entry, *, currency: Currency, from_date: str, rate: Decimal) -> ExchangeRate:
    """A new rate, from a day (`YYYY-MM-DD`) on until the next one.

    Refuses: INVALID_PARAMETER, DUPLICATE_NAME (there is one of that currency and day).
    """
    values = {"currency_pk": currency.pk, "from_date": _day(from_date), "rate": scaled(rate)}
    if currency.pk == default_currency_pk(entry):
        raise InvalidParameter(f"{currency.code} is the default currency; its rate is 1", "currency")
    if entry.rows.one(ExchangeRate, currency_pk=currency.pk, from_date=from_date) is not None:
        raise DuplicateName(f"there is a rate of {currency.code} from {from_date} on already", "from_date")
    made = entry.rows.add(ExchangeRate, {"id": entry.new_id(), **values, "created_on": entry.now})
    audit.record(entry, "exchange_rate", made, None, audit.image(made))
    return made


def _day(text: str) -> str:
    try:
        day = date.fromisoformat(text).isoformat()
    except ValueError:
        day = None
    if day == text:
        return text
    raise InvalidParameter(f"{text!r} is no date; expected is one as in 2024-05-01", "from_date")


def rate_on(reading: Reading, currency_pk: int, day: str) -> int | None:
    """The rate of a currency on a day, in ten-billionths; 1 for the default currency, None where none is known."""
    return rates_on(reading, [(currency_pk, day)])[currency_pk, day]


def rates_on(reading: Reading, pairs: Iterable[tuple[int, str]]) -> Mapping[tuple[int, str], int | None]:
    """The rates of currencies on days (`YYYY-MM-DD`, or a moment of the day)."""
    wanted = list(pairs)
    days: dict[int, list[str]] = defaultdict(list)
    rates: dict[int, list[int]] = defaultdict(list)
    for row in reading.rows.among(ExchangeRate, "currency_pk", (pk for pk, _ in wanted), ("from_date",)):
        days[row.currency_pk].append(row.from_date)
        rates[row.currency_pk].append(row.rate)
    default = default_currency_pk(reading)

    def found(currency_pk: int, day: str) -> int | None:
        if currency_pk == default:
            return SCALE
        place = bisect_right(days[currency_pk], day[:DATE_LENGTH])
        return rates[currency_pk][place - 1] if place else None

    return {(pk, day): found(pk, day) for pk, day in wanted}


def rates(reading: Reading, currency: Currency | None = None) -> list[ExchangeRate]:
    """The rates of one currency or of all, by currency and day."""
    wanted: dict[str, Any] = {"currency_pk": currency.pk} if currency else {}
    return reading.rows.find(ExchangeRate, order=("currency_pk", "from_date"), **wanted)

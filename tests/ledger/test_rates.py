"""Exchange rates: kept exactly, valid from a day on, and money at them rounded to the even neighbour."""

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import rates
from ledger.errors import DuplicateName, InvalidParameter
from ledger.rates import SCALE, converted, scaled, shown_rate
from ledger.storage.models import Currency, ExchangeRate, Organisation
from tests.books import Company

RATES = st.integers(1, 10**18 - 1).map(lambda rate: rate - rate % 10**5 or 10**5)


def currency(company: Company, code: str = "JPY") -> Currency:
    return company.one(Currency, code=code)


def create(company: Company, rate: str, from_date: str = "2024-05-01", code: str = "JPY") -> ExchangeRate:
    return company.do(rates.create, currency=currency(company, code), from_date=from_date, rate=Decimal(rate))


@pytest.mark.parametrize(
    ("rate", "kept", "shown"),
    [
        ("1.25", 12_500_000_000, "1.25"),
        ("1", SCALE, "1"),
        ("1.250", 12_500_000_000, "1.25"),
        ("1E+2", 100 * SCALE, "100"),
        ("0.0000000001", 1, "0.0000000001"),
        ("99999999", 99_999_999 * SCALE, "99999999"),
    ],
)
def test_a_rate_is_kept_in_ten_billionths(rate: str, kept: int, shown: str) -> None:
    assert scaled(Decimal(rate)) == kept
    assert shown_rate(kept) == shown


@pytest.mark.parametrize(
    "rate",
    ["0", "-1", "-0.0", "NaN", "Infinity", "0.00000000001", "100000000", "1e999999999", "1e-999999999", "1.2345678901234567"],
)
def test_what_is_no_rate_is_refused(rate: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        scaled(Decimal(rate))
    assert refused.value.word == "rate"
    with pytest.raises(InvalidParameter) as refused:
        scaled(Decimal(rate), "exchange_rate")
    assert refused.value.word == "exchange_rate"


@given(RATES)
def test_a_shown_rate_is_the_rate(rate: int) -> None:
    assert scaled(Decimal(shown_rate(rate))) == rate


@pytest.mark.parametrize(
    ("minor", "exponent", "rate", "to_exponent", "expected"),
    [
        (10_000, 2, "1.25", 2, 12_500),
        (2_000, 2, "1.25", 2, 2_500),
        (1, 2, "0.5", 2, 0),
        (3, 2, "0.5", 2, 2),
        (5, 2, "0.5", 2, 2),
        (-3, 2, "0.5", 2, -2),
        (100, 0, "0.0061", 2, 61),
        (1_000, 3, "2.65", 2, 265),
        (100, 2, "164", 0, 164),
        (0, 2, "1.25", 2, 0),
    ],
)
def test_money_is_converted_and_a_half_goes_to_the_even_neighbour(
    minor: int, exponent: int, rate: str, to_exponent: int, expected: int
) -> None:
    assert converted(minor, exponent, scaled(Decimal(rate)), to_exponent) == expected


@given(minor=st.integers(-(10**15), 10**15), exponent=st.sampled_from([0, 2, 3]), rate=RATES, to=st.sampled_from([0, 2, 3, 4]))
def test_conversion_is_exact_to_half_a_minor_unit(minor: int, exponent: int, rate: int, to: int) -> None:
    exact = Fraction(minor * rate, SCALE) * Fraction(10) ** (to - exponent)
    made = converted(minor, exponent, rate, to)
    assert abs(made - exact) <= Fraction(1, 2)
    assert abs(made - exact) < Fraction(1, 2) or made % 2 == 0
    assert converted(-minor, exponent, rate, to) == -made


# --- from which day on ---


def test_a_rate_holds_from_its_day_until_the_next_one(company: Company) -> None:
    create(company, "0.0061")
    create(company, "0.0070", "2024-06-01")
    yen = currency(company).pk
    for day, rate in (
        ("2024-04-30", None),
        ("2024-05-01", 61_000_000),
        ("2024-05-31", 61_000_000),
        ("2024-05-31T23:59:59", 61_000_000),
        ("2024-06-01", 70_000_000),
        ("2024-06-01T00:00:00", 70_000_000),
        ("9999-12-31", 70_000_000),
    ):
        assert company.read(rates.rate_on, yen, day) == rate


def test_rates_of_the_past_may_be_written_down_later(company: Company) -> None:
    create(company, "0.0070", "2024-06-01")
    create(company, "0.0061", "2024-01-01")
    assert company.read(rates.rate_on, currency(company).pk, "2024-02-01") == 61_000_000
    assert [row.from_date for row in company.read(rates.rates)] == ["2024-01-01", "2024-06-01"]


def test_the_default_currency_is_worth_one_on_any_day_and_has_no_rates(company: Company) -> None:
    euros = company.one(Organisation).default_currency_pk
    assert company.read(rates.rate_on, euros, "0001-01-01") == SCALE
    with pytest.raises(InvalidParameter, match="EUR is the default currency") as refused:
        create(company, "1.1", code="EUR")
    assert refused.value.word == "currency"


def test_a_currency_without_rates_has_none(company: Company) -> None:
    create(company, "0.0061")
    assert company.read(rates.rate_on, currency(company, "USD").pk, "2024-05-01") is None


def test_a_currency_has_one_rate_from_a_day_on(company: Company) -> None:
    create(company, "0.0061")
    with pytest.raises(DuplicateName, match="a rate of JPY from 2024-05-01 on already") as refused:
        create(company, "0.0062")
    assert refused.value.word == "from_date"
    create(company, "0.92", code="USD")


@pytest.mark.parametrize(
    "day", ["", "2024-02-30", "2024-5-1", "20240501", "01.05.2024", "2024-05-01T00:00:00", "2024-W18-3", "today"]
)
def test_a_day_that_is_none_is_refused(company: Company, day: str) -> None:
    with pytest.raises(InvalidParameter, match="is no date") as refused:
        create(company, "1", day)
    assert refused.value.word == "from_date"
    assert company.all(ExchangeRate) == []


def test_the_audit_log_knows_every_rate(company: Company) -> None:
    made = create(company, "0.0061")
    (entry,) = company.audited(made)
    assert (entry.kind, entry.before, orjson.loads(entry.after or "")["rate"]) == ("exchange_rate", None, 61_000_000)


def test_many_rates_are_found_together_as_one_by_one(company: Company) -> None:
    first = date(2024, 1, 1)
    for number in range(5):
        create(company, f"0.00{number + 1}", (first + timedelta(days=10 * number)).isoformat())
        create(company, f"0.9{number}", (first + timedelta(days=7 * number)).isoformat(), code="USD")
    pks = [currency(company, code).pk for code in ("JPY", "USD", "EUR", "GBP")]
    pairs = [(pk, (first + timedelta(days=days)).isoformat()) for pk in pks for days in range(-3, 50, 3)]
    found: Mapping[tuple[int, str], int | None] = company.read(rates.rates_on, pairs)
    assert found == {pair: company.read(rates.rate_on, *pair) for pair in pairs}
    assert company.read(rates.rates_on, []) == {}

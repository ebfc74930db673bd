"""Exact money: reading, minor units, showing, rounding, converting."""

import json
import time
from decimal import Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import CURRENCIES, AmountError, converted, decimal, exact, minor, rounded, shown

EXPONENTS = st.integers(0, 4)
AMOUNTS = st.integers(-(10**15) + 1, 10**15 - 1)
BALANCES = st.integers(-(2**63), 2**63 - 1)


@given(AMOUNTS, EXPONENTS)
def test_an_amount_comes_back_through_every_spelling(units: int, exponent: int) -> None:
    text = shown(units, exponent)
    assert minor(exact(text), exponent, zero=True, negative=True) == units
    assert minor(exact(Decimal(text)), exponent, zero=True, negative=True) == units
    assert minor(decimal(units, exponent), exponent, zero=True, negative=True) == units
    assert shown(minor(exact(text), exponent, zero=True, negative=True), exponent) == text


@given(AMOUNTS, EXPONENTS)
def test_an_amount_survives_a_client_that_keeps_it_in_a_double(units: int, exponent: int) -> None:
    assert minor(exact(repr(json.loads(shown(units, exponent)))), exponent, zero=True, negative=True) == units


@given(BALANCES, EXPONENTS)
def test_what_is_shown_is_the_shortest_decimal_of_the_same_value(units: int, exponent: int) -> None:
    text = shown(units, exponent)
    assert Decimal(text) == decimal(units, exponent) == Decimal(units) / Decimal(10**exponent)
    assert "." not in text or text[-1] not in "0."
    assert json.loads(text, parse_float=Decimal) == decimal(units, exponent)


@pytest.mark.parametrize(
    ("units", "exponent", "text"),
    [
        (30000, 2, "300"),
        (1250, 2, "12.5"),
        (-5, 2, "-0.05"),
        (0, 2, "0"),
        (0, 0, "0"),
        (300, 0, "300"),
        (1, 3, "0.001"),
        (-100, 2, "-1"),
        (900719925474093, 2, "9007199254740.93"),
    ],
)
def test_amounts_are_shown_as_short_as_can_be(units: int, exponent: int, text: str) -> None:
    assert shown(units, exponent) == text


def test_a_decimal_has_the_decimals_of_its_currency() -> None:
    assert str(decimal(30000, 2)) == "300.00"
    assert str(decimal(-5, 0)) == "-5"


@given(AMOUNTS)
def test_an_integer_is_read_as_itself(number: int) -> None:
    assert exact(number) == number
    assert exact(str(number)) == number


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("12.500", "12.5"),
        ("0012.5", "12.5"),
        ("1e2", "100"),
        ("1E+2", "100"),
        ("-125e-1", "-12.5"),
        (Decimal("1E+2"), "100"),
        (Decimal("12.5" + "0" * 5000), "12.5"),
        ("-0.00", "0"),
        (Decimal("-0"), "0"),
        (Decimal("0E+999999999"), "0"),
        (Decimal("0E-999999999"), "0"),
        ("999999999999999", "999999999999999"),
        (Decimal("999999999999999.0"), "999999999999999"),
        ("99999999999.9999", "99999999999.9999"),
        ("9007199254740.93", "9007199254740.93"),
        (300, "300"),
        ("0" * 63 + "5", "5"),
    ],
)
def test_the_value_counts_and_not_its_spelling(value: object, read: str) -> None:
    assert str(exact(value)) == read


@pytest.mark.parametrize(
    "value",
    [
        *(
            "",
            " ",
            " 5",
            "5 ",
            "12,50",
            "1_000",
            "1 000",
            "+5",
            "5.",
            ".5",
            "0x10",
            "--5",
            "1e",
            "NaN",
            "Infinity",
            "-inf",
            "٣",
            "５",
        ),
        *("5\n", "1e1000000000", "1e99999999999999999999", "½", "\x00", "\ud800", "0" * 65, None, [], {}, b"5", 1j, Fraction(1, 2)),
    ],
)
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(AmountError, match=r"is no number; expected .* as in 12\.5\.$") as caught:
        exact(value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("12,50", '"12,50" is no number; expected are digits and at most one decimal point, as in 12.5.'),
        ([], "a list is no number; expected is a decimal number, as in 12.5."),
        (12.5, "12.5, a binary float, which is not exact; expected is a decimal number, as in 12.5."),
        (Decimal("-Infinity"), "-Infinity is no amount; expected is a finite number, as in 12.5."),
        (10**15, "1000000000000000 is too large; expected is a number of at most 15 digits."),
        ("1e15", "1E+15 is too large; expected is a number of at most 15 digits."),
        ("0.00001", "0.00001 has too many decimals; expected are at most 4."),
        ("1234567890123.456", "1234567890123.456 has too many digits; expected are at most 15 that count."),
    ],
)
def test_a_refusal_repeats_what_was_sent_and_says_what_is_expected(value: object, said: str) -> None:
    with pytest.raises(AmountError) as refused:
        exact(value)
    assert str(refused.value) == said


@pytest.mark.parametrize("value", [True, False])
def test_a_bool_is_no_number(value: object) -> None:
    with pytest.raises(AmountError, match=r"^(true|false) is no number"):
        exact(value)


@pytest.mark.parametrize("value", [12.5, 0.1, float("nan"), float("inf"), 5.0])
def test_a_binary_float_is_refused_whatever_its_value(value: object) -> None:
    with pytest.raises(AmountError, match="binary float"):
        exact(value)


@pytest.mark.parametrize("value", [Decimal(text) for text in ("NaN", "sNaN", "-Infinity", "Infinity", "NaN123")])
def test_what_is_not_finite_is_no_amount(value: Decimal) -> None:
    with pytest.raises(AmountError, match="is no amount"):
        exact(value)
    with pytest.raises(AmountError, match="is no amount"):
        minor(value, 2)


@pytest.mark.parametrize(
    "value",
    [
        10**15,
        -(10**15),
        pytest.param(10**5000, id="5001 digits"),
        "1000000000000000",
        "1e15",
        "1e400",
        "1e999999999",
        Decimal("1e400"),
        Decimal("-1e999999999999"),
    ],
)
def test_what_is_too_large_is_refused_at_once(value: object) -> None:
    begun = time.perf_counter()
    with pytest.raises(AmountError, match="is too large"):
        exact(value)
    assert time.perf_counter() - begun < 1


@pytest.mark.parametrize("value", ["0.00001", "1.00001", "1e-5", "1e-400", "1e-999999999", Decimal("1e-999999999999"), "-0.12345"])
def test_more_decimals_than_any_currency_has_are_refused_at_once(value: object) -> None:
    begun = time.perf_counter()
    with pytest.raises(AmountError, match="has too many decimals; expected are at most 4"):
        exact(value)
    assert time.perf_counter() - begun < 1


def test_more_decimals_can_be_allowed_where_no_money_is_meant() -> None:
    assert exact("0.000001", decimals=6) == Decimal("0.000001")
    with pytest.raises(AmountError, match="at most 6"):
        exact("0.0000001", decimals=6)


@pytest.mark.parametrize("value", ["90071992547409.934", "1234567890123.456", Decimal("999999999999999.9"), "100000000000000.1"])
def test_more_than_fifteen_digits_that_count_are_refused(value: object) -> None:
    with pytest.raises(AmountError, match="has too many digits; expected are at most 15"):
        exact(value)


@given(st.text() | st.floats() | st.integers() | st.decimals() | st.fractions() | st.none() | st.booleans())
def test_anything_is_an_exact_decimal_or_a_refusal(value: object) -> None:
    try:
        number = exact(value)
    except AmountError as error:
        said = str(error)
    else:
        assert number == (Decimal(value) if isinstance(value, str) else value)
        assert len(number.as_tuple().digits) <= 15
        said = str(number)
    assert said.isprintable() and said.encode()


@given(st.integers(1, 15), st.integers(0, 4), st.integers(1, 10**15 - 1))
def test_reading_does_not_hang_on_the_arithmetic_of_the_thread(precision: int, exponent: int, units: int) -> None:
    text = shown(units, exponent)
    with localcontext() as context:
        context.prec = precision
        assert shown(minor(exact(text), exponent), exponent) == text


@pytest.mark.parametrize(
    ("text", "exponent", "units"),
    [("300", 2, 30000), ("12.500", 2, 1250), ("12.5", 3, 12500), ("5", 0, 5), ("5.0", 0, 5), ("0.0001", 4, 1), ("1e2", 2, 10000)],
)
def test_minor_units_are_counted_in_the_currency(text: str, exponent: int, units: int) -> None:
    assert minor(Decimal(text), exponent) == units


@pytest.mark.parametrize(
    ("text", "exponent", "expected"),
    [
        ("0.001", 2, "at most 2 decimals"),
        ("0.5", 0, "no decimals"),
        ("1e-999999999", 2, "at most 2 decimals"),
        ("-0.001", 2, "at most 2 decimals"),
    ],
)
def test_more_decimals_than_the_currency_has_are_refused(text: str, exponent: int, expected: str) -> None:
    with pytest.raises(AmountError, match=f"too many decimals; the currency has {expected}"):
        minor(Decimal(text), exponent, negative=True)


@pytest.mark.parametrize(
    ("text", "exponent"),
    [("10000000000000", 2), ("-10000000000000", 2), ("1e15", 0), ("-999999999999999", 1), ("1e999999999", 2)],
)
def test_more_than_fifteen_digits_in_minor_units_are_refused(text: str, exponent: int) -> None:
    with pytest.raises(AmountError, match="is too large"):
        minor(Decimal(text), exponent, negative=True)


def test_the_largest_amount_has_fifteen_digits_in_minor_units() -> None:
    assert minor(Decimal("9999999999999.99"), 2) == 10**15 - 1
    assert minor(Decimal("-9999999999999.99"), 2, negative=True) == 1 - 10**15


@pytest.mark.parametrize(
    ("text", "exponent", "said"),
    [
        ("0.005", 2, "0.005 has too many decimals; the currency has at most 2 decimals."),
        ("0.5", 0, "0.5 has too many decimals; the currency has no decimals."),
        ("10000000000000", 2, "10000000000000 is too large; expected are at most 15 digits in minor units."),
        ("-5", 2, "-5 is negative; expected is an amount above zero."),
    ],
)
def test_a_refusal_repeats_the_amount_and_says_what_the_currency_allows(text: str, exponent: int, said: str) -> None:
    with pytest.raises(AmountError) as refused:
        minor(Decimal(text), exponent)
    assert str(refused.value) == said


@pytest.mark.parametrize("text", ["0", "-0", "0.00", "0E+9"])
def test_zero_is_refused_unless_it_is_allowed(text: str) -> None:
    assert minor(Decimal(text), 2, zero=True) == 0
    with pytest.raises(AmountError, match="is zero; expected is an amount above zero"):
        minor(Decimal(text), 2)
    with pytest.raises(AmountError, match="is zero; expected is an amount other than zero"):
        minor(Decimal(text), 2, negative=True)


def test_a_negative_amount_is_refused_unless_it_is_allowed() -> None:
    assert minor(Decimal(-5), 2, negative=True) == -500
    with pytest.raises(AmountError, match=r"^-5 is negative; expected is an amount above zero"):
        minor(Decimal(-5), 2)
    with pytest.raises(AmountError, match=r"^-5 is negative; expected is zero or more"):
        minor(Decimal(-5), 2, zero=True)


@pytest.mark.parametrize(
    ("text", "nearest"),
    [
        ("0.5", 1),
        ("-0.5", -1),
        ("1.5", 2),
        ("2.5", 3),
        ("-2.5", -3),
        ("2.4999", 2),
        ("-2.4999", -2),
        ("0", 0),
        ("1e3", 1000),
        ("7", 7),
    ],
)
def test_a_half_is_rounded_away_from_zero(text: str, nearest: int) -> None:
    assert rounded(Decimal(text)) == nearest
    assert rounded(Fraction(text)) == nearest


@given(st.decimals(-(10**20), 10**20, places=12))
def test_rounding_is_the_same_for_decimals_and_fractions_and_never_off_by_more_than_a_half(value: Decimal) -> None:
    nearest = rounded(value)
    assert nearest == rounded(Fraction(value)) == -rounded(-value)
    assert abs(nearest - Fraction(value)) <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("units", "exponent", "rate", "to_exponent", "units_there"),
    [
        (10000, 2, "1.1", 2, 11000),
        (100, 2, "161.5", 0, 162),
        (100, 2, "160.5", 0, 160),
        (1000, 0, "0.0062", 2, 620),
        (1, 2, "0.5", 2, 0),
        (3, 2, "0.5", 2, 2),
        (-3, 2, "0.5", 2, -2),
        (1000, 3, "2.65", 2, 265),
        (1, 0, "1", 4, 10000),
    ],
)
def test_converting_respects_both_exponents_and_rounds_a_half_to_the_even_neighbour(
    units: int, exponent: int, rate: str, to_exponent: int, units_there: int
) -> None:
    assert converted(units, exponent, Decimal(rate), to_exponent) == units_there


@given(AMOUNTS, EXPONENTS)
def test_converting_at_a_rate_of_one_changes_nothing(units: int, exponent: int) -> None:
    assert converted(units, exponent, Decimal(1), exponent) == units


def test_currencies_have_their_iso_names_and_decimals() -> None:
    assert CURRENCIES["EUR"] == ("Euro", 2)
    assert [CURRENCIES[code][1] for code in ("JPY", "USD", "BHD", "CLF")] == [0, 2, 3, 4]
    assert all(len(code) == 3 and name and 0 <= exponent <= 4 for code, (name, exponent) in CURRENCIES.items())
    assert list(CURRENCIES) == sorted(CURRENCIES)


@pytest.mark.parametrize("code", ["XAU", "XXX", "XTS", "eur", ""])
def test_what_has_no_minor_unit_is_no_currency_to_pay_in(code: str) -> None:
    assert code not in CURRENCIES

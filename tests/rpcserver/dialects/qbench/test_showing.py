"""How this door spells amounts, dates and moments."""

import orjson
import pytest

from rpcserver.dialects.qbench import showing


@pytest.mark.parametrize(
    ("minor", "exponent", "text"),
    [
        (72_100, 2, "721.0"),
        (665, 2, "6.65"),
        (2, 2, "0.02"),
        (0, 2, "0.0"),
        (1_250, 3, "1.25"),
        (1_001, 3, "1.001"),
        (300, 0, "300.0"),
        (99_999_999_999_999_9, 2, "9999999999999.99"),
    ],
)
def test_amounts_are_floats_to_the_last_digit(minor: int, exponent: int, text: str) -> None:
    assert orjson.dumps(showing.amount(minor, exponent)) == text.encode()
    assert float(text) == minor / 10**exponent


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        ("2020-06-24T22:26:05", "06/24/2020 10:26 PM"),
        ("2020-06-24T21:46:39", "06/24/2020 09:46 PM"),
        ("2020-06-24T00:05:59", "06/24/2020 12:05 AM"),
        ("2020-06-24T12:00:00", "06/24/2020 12:00 PM"),
        ("2020-12-01T11:59:59", "12/01/2020 11:59 AM"),
    ],
)
def test_moments_go_by_a_clock_of_twelve_hours(moment: str, said: str) -> None:
    assert showing.minute(moment) == said


def test_dates_are_american_and_none_stays_none() -> None:
    assert (showing.day("2020-06-24T22:26:05"), showing.day(None)) == ("06/24/2020", None)


def test_moments_are_seconds_of_the_epoch_in_a_text() -> None:
    assert showing.epoch("2020-06-24T22:26:05") == "1593037565"

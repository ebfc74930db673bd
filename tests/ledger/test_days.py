"""Days and moments."""

import pytest

from ledger import days


def test_a_plain_day_is_its_first_second() -> None:
    assert days.moment("2024-05-01") == "2024-05-01T00:00:00"
    assert days.moment("2024-05-01T10:00:00") == "2024-05-01T10:00:00"
    assert days.moment(None) is None
    assert days.day("2024-05-01T10:00:00") == "2024-05-01"


@pytest.mark.parametrize(
    ("kept", "said", "expected"),
    [
        ("2024-05-01T10:00:00", "2024-05-01", "2024-05-01T10:00:00"),
        ("2024-05-01T10:00:00", "2024-05-02", "2024-05-02T00:00:00"),
        ("2024-05-01T10:00:00", "2024-05-01T00:00:00", "2024-05-01T00:00:00"),
        (None, "2024-05-01", "2024-05-01T00:00:00"),
    ],
)
def test_the_same_plain_day_again_keeps_its_time(kept: str | None, said: str, expected: str) -> None:
    assert days.rewritten(kept, said) == expected

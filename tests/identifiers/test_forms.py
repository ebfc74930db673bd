"""The spellings of ids and row keys."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identifiers.forms import dashed, hex32, integer, lower, new_id

MILLISECONDS = st.integers(0, 2**48 - 1)
RANDOMNESS = st.binary(min_size=10, max_size=10)
SAMPLE = "7C5B8E9E5A8D1733EBFE75D89C10D8FC"


@given(MILLISECONDS, RANDOMNESS)
def test_an_id_holds_its_milliseconds_and_its_randomness(milliseconds: int, randomness: bytes) -> None:
    made = new_id(milliseconds, randomness)
    assert int(made[:12], 16) == milliseconds
    assert bytes.fromhex(made[12:]) == randomness
    assert made == made.upper()
    assert len(made) == 32


@given(MILLISECONDS, MILLISECONDS, RANDOMNESS, RANDOMNESS)
def test_an_earlier_id_sorts_before_a_later_one(one: int, other: int, randomness: bytes, more: bytes) -> None:
    if one < other:
        assert new_id(one, randomness) < new_id(other, more)


@pytest.mark.parametrize("size", [0, 9, 11, 16])
def test_an_id_takes_exactly_ten_random_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="10 random bytes"):
        new_id(0, bytes(size))


@pytest.mark.parametrize("milliseconds", [-1, 2**48])
def test_an_id_takes_no_more_time_than_48_bits(milliseconds: int) -> None:
    with pytest.raises(OverflowError):
        new_id(milliseconds, bytes(10))


@given(MILLISECONDS, RANDOMNESS)
def test_every_spelling_of_an_id_leads_back_to_it(milliseconds: int, randomness: bytes) -> None:
    made = new_id(milliseconds, randomness)
    spellings = [made, lower(made), dashed(made), dashed(made).upper(), made[:16] + made[16:].lower()]
    assert [hex32(spelling) for spelling in spellings] == [made] * len(spellings)


@given(st.uuids())
def test_a_dashed_id_is_what_the_standard_library_writes(value: uuid.UUID) -> None:
    assert dashed(value.hex.upper()) == str(value)
    assert lower(value.hex.upper()) == value.hex


@pytest.mark.parametrize(
    "text",
    [
        *("", "1", SAMPLE[:-1], SAMPLE + "0", SAMPLE[:-1] + "G", f" {SAMPLE}", f"{SAMPLE}\n", f"{{{uuid.UUID(SAMPLE)}}}"),
        *(f"{SAMPLE[:4]}-{SAMPLE[4:]}", "٣" * 32, "-" * 32, str(uuid.UUID(SAMPLE)).replace("-", "_"), "F" * 31 + "Ｆ"),
    ],
)
def test_what_is_not_32_hexadecimal_characters_is_no_id(text: str) -> None:
    assert hex32(text) is None


@given(st.integers(1, 2**63 - 1))
def test_a_row_key_is_read_back(key: int) -> None:
    assert integer(str(key)) == key


@pytest.mark.parametrize(
    "text", ["", "0", "-1", "+1", "007", "1.0", "1e3", " 1", "1\n", "1_0", "٣", "²", str(2**63), "9" * 5000, "0x10"]
)
def test_what_no_row_can_have_is_no_row_key(text: str) -> None:
    assert integer(text) is None


@given(st.text())
def test_any_text_is_read_or_refused_quietly(text: str) -> None:
    assert hex32(text) is None or len(text) in (32, 36)
    assert integer(text) is None or text.isdigit()

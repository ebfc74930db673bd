"""Holding an answer against a printed one finds what is not as printed."""

from typing import Any

import pytest

from tests.printed import Form, Id, Ours, Substitutions, assert_as_printed, differences

PRINTED: dict[str, Any] = {"id": 7, "at": "2020-06-24", "rows": [{"id": 7, "amount": 10.0}, {"id": 8, "amount": 5.0}], "note": None}


def found(answered: object, substitutions: Substitutions) -> list[str]:
    return list(differences(answered, PRINTED, substitutions, set()))


@pytest.mark.parametrize(
    ("answered", "difference"),
    [
        ({**PRINTED, "note": ""}, "note: '' instead of None"),
        ({**PRINTED, "id": "7"}, "id: '7' instead of 7"),
        ({**PRINTED, "more": 1}, ": members missing [], not printed ['more']"),
        ({name: PRINTED[name] for name in ("id", "at", "rows")}, ": members missing ['note'], not printed []"),
        (dict(reversed(PRINTED.items())), ": members in the order ['note', 'rows', 'at', 'id']"),
        ({**PRINTED, "rows": PRINTED["rows"][:1]}, "rows: 1 instead of 2"),
        ({**PRINTED, "rows": [{"id": 7, "amount": 10}, PRINTED["rows"][1]]}, "rows.0.amount: 10 instead of 10.0"),
        ({**PRINTED, "rows": {}}, "rows: {} instead of [{'id': 7, 'amount': 10.0}, {'id': 8, 'amount': 5.0}]"),
    ],
)
def test_a_planted_difference_is_found(answered: object, difference: str) -> None:
    assert found(answered, {}) == [difference]


def test_one_id_of_ours_stands_for_one_of_theirs() -> None:
    one = Id()
    places: Substitutions = {"id": one, "rows.*.id": one}
    assert found({**PRINTED, "id": 1, "rows": [{"id": 1, "amount": 10.0}, {"id": 2, "amount": 5.0}]}, places) == []
    one.ours.clear()
    assert found({**PRINTED, "id": 1, "rows": [{"id": 2, "amount": 10.0}, {"id": 1, "amount": 5.0}]}, places) == [
        "rows.0.id: 2 instead of 7",
        "rows.1.id: 1 instead of 8",
    ]


def test_an_id_may_be_a_text_only_where_that_is_said() -> None:
    assert found({**PRINTED, "id": "1"}, {"id": Id(as_text=True)}) == []
    assert found({**PRINTED, "id": 1}, {"id": Id(as_text=True)}) == ["id: 1 instead of 7"]


def test_what_is_made_up_keeps_its_form() -> None:
    assert found({**PRINTED, "at": "2024-01-01"}, {"at": Form(r"\d{4}-\d\d-\d\d")}) == []
    assert found({**PRINTED, "at": "yesterday"}, {"at": Form(r"\d{4}-\d\d-\d\d")}) == ["at: 'yesterday' instead of '2020-06-24'"]


def test_what_is_ours_is_exactly_that() -> None:
    assert found({**PRINTED, "note": "Cash"}, {"note": Ours(None, "Cash")}) == []
    assert found({**PRINTED, "note": "Card"}, {"note": Ours(None, "Cash")}) == ["note: 'Card' instead of None"]


def test_a_substitution_that_is_never_made_may_not_be_listed() -> None:
    with pytest.raises(AssertionError, match="that nobody needs"):
        assert_as_printed(PRINTED, PRINTED, {"nowhere": Id()})
    with pytest.raises(AssertionError, match="that nobody needs"):
        assert_as_printed(PRINTED, PRINTED, {"note": Ours(None, "Cash")})

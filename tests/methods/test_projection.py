"""What of an answer is shown."""

from typing import cast

import pytest

from ledger.entry import Entry
from methods.projection import projected, rehearsed

ANSWER = {
    "id": "A",
    "number": None,
    "account": {"id": "B", "name": "Nine", "owner": {"id": "C", "name": "Ada"}},
    "invoices": [{"id": "D", "number": "1"}, {"id": "E", "number": "2"}],
    "reason": None,
}


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        (None, ANSWER),
        (["id"], {"id": "A"}),
        (["number", "reason"], {"number": None, "reason": None}),
        (["account.name"], {"account": {"name": "Nine"}}),
        (["account.name", "account.owner.name"], {"account": {"name": "Nine", "owner": {"name": "Ada"}}}),
        (["account", "account.name"], {"account": ANSWER["account"]}),
        (["account.name", "account"], {"account": ANSWER["account"]}),
        (["account.owner.name", "account.owner"], {"account": {"owner": {"id": "C", "name": "Ada"}}}),
        (["invoices.number"], {"invoices": [{"number": "1"}, {"number": "2"}]}),
        (["reason.name"], {"reason": None}),
    ],
)
def test_an_answer_is_cut_to_the_names_asked_for(fields: list[str] | None, shown: object) -> None:
    assert projected(fields, ANSWER) == shown
    assert projected(fields, [ANSWER, ANSWER]) == [shown, shown]


class Rehearsal:
    """As much of a write as a rehearsed answer looks at."""

    created = frozenset({"NEW"})
    numbered = frozenset({"NEW", "POSTED"})


@pytest.mark.parametrize(
    ("data", "shown"),
    [
        ({"id": "NEW", "number": "1", "reference_number": "2"}, {"id": None, "number": None, "reference_number": None}),
        ({"id": "POSTED", "number": "1", "reference_number": "2"}, {"id": "POSTED", "number": None, "reference_number": "2"}),
        ({"id": "OLD", "number": "1"}, {"id": "OLD", "number": "1"}),
        ({"id": "NEW", "name": "x"}, {"id": None, "name": "x"}),
        ({"payment": {"id": "POSTED", "number": "1"}}, {"payment": {"id": "POSTED", "number": None}}),
        ([{"id": "NEW"}], [{"id": None}]),
        ({}, {}),
    ],
)
def test_a_rehearsal_shows_no_id_and_no_number_that_was_rolled_back(data: object, shown: object) -> None:
    assert rehearsed(cast("Entry", Rehearsal()), data) == shown

"""From a reference to the one record that it means."""

import pytest

from identifiers import resolve
from identifiers.errors import AmbiguousIdentifier, EntityNotFound
from identifiers.forms import dashed, lower
from identifiers.kinds import ACCOUNT, PAYMENT
from identifiers.reference import Reference

ID = "7C5B8E9E5A8D1733EBFE75D89C10D8FC"


class Records:
    """Finds what was put in, and remembers what was asked."""

    def __init__(self, **found: list[str]) -> None:
        self.found = found
        self.asked: list[tuple[str, str]] = []

    def __call__(self, member: str, value: str) -> list[str]:
        self.asked.append((member, value))
        return self.found.get(value, [])


def test_the_one_record_found_is_answered() -> None:
    assert resolve(Reference(ACCOUNT, "name", "Ann"), Records(Ann=["record"])) == "record"


@pytest.mark.parametrize("spelling", [ID, lower(ID), dashed(ID), dashed(ID).upper()])
def test_an_id_is_found_in_every_spelling(spelling: str) -> None:
    assert resolve(Reference(PAYMENT, "id", spelling), Records(**{ID: ["record"]})) == "record"


def test_only_ids_are_spelled_anew() -> None:
    records = Records()
    with pytest.raises(EntityNotFound):
        resolve(Reference(PAYMENT, "number", lower(ID)), records)
    assert records.asked == [("number", lower(ID))]


def test_what_is_no_id_is_not_found_without_looking() -> None:
    records = Records()
    with pytest.raises(EntityNotFound) as caught:
        resolve(Reference(PAYMENT, "id", "1"), records)
    assert caught.value.message == 'There is no payment with the id "1"; expected are 32 hexadecimal characters.'
    assert records.asked == []


def test_an_unknown_record_is_not_found() -> None:
    with pytest.raises(EntityNotFound) as caught:
        resolve(Reference(ACCOUNT, "number", "9\n"), Records())
    assert caught.value.message == r'There is no accounts receivable with the number "9\n".'


def test_two_records_of_one_name_are_ambiguous_and_the_other_members_are_named() -> None:
    with pytest.raises(AmbiguousIdentifier) as caught:
        resolve(Reference(ACCOUNT, "name", "Ann"), Records(Ann=["one", "other"]))
    assert (
        caught.value.message == 'More than one accounts receivable has the name "Ann"; expected is one that is unique: id, number.'
    )

"""Reading identifiers, in JSON and in a query: what is read."""

import json
from urllib.parse import quote, unquote, unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identifiers.kinds import ACCOUNT, BILL, INVOICE, KINDS, PAYMENT, TYPE, Kind
from identifiers.reference import Reference, from_object, from_text

NAMES = [(kind, member) for kind in KINDS.values() for member in kind.members]
EVERY_NAME = pytest.mark.parametrize(("kind", "member"), NAMES, ids=[f"{kind.name}-{member}" for kind, member in NAMES])
SPEAKABLE = st.text(st.characters(exclude_categories=["Cc", "Cs"]) | st.sampled_from("\t\n"), min_size=1, max_size=255)


@EVERY_NAME
def test_each_member_of_each_kind_is_read_from_json(kind: Kind, member: str) -> None:
    assert from_object(kind, {member: "A 1"}) == Reference(kind, member, "A 1")


@EVERY_NAME
def test_each_member_of_each_kind_is_read_from_a_query(kind: Kind, member: str) -> None:
    assert from_text(kind, f"{member}=A 1") == Reference(kind, member, "A 1")


@EVERY_NAME
def test_each_member_of_each_kind_is_read_from_a_json_object_in_a_query(kind: Kind, member: str) -> None:
    assert from_text(kind, json.dumps({member: "A 1"})) == Reference(kind, member, "A 1")


@EVERY_NAME
def test_the_other_members_may_be_present_if_they_are_empty(kind: Kind, member: str) -> None:
    empty = {other: None if index % 2 else "" for index, other in enumerate(kind.members)}
    assert from_object(kind, empty | {member: "9"}) == Reference(kind, member, "9")


@given(st.sampled_from(NAMES), SPEAKABLE)
def test_a_value_comes_back_as_it_was_sent_in_every_spelling(name: tuple[Kind, str], value: str) -> None:
    kind, member = name
    expected = Reference(kind, member, value)
    assert from_object(kind, {member: value}) == expected
    assert from_text(kind, f"{member}={value}") == expected
    assert from_text(kind, json.dumps({member: value})) == expected
    assert from_text(kind, unquote(quote(f"{member}={value}"))) == expected


@given(st.integers(-(2**63), 2**63 - 1))
def test_an_integer_is_read_as_its_digits(number: int) -> None:
    assert from_object(ACCOUNT, {"number": number}) == Reference(ACCOUNT, "number", str(number))


@pytest.mark.parametrize("text", ["type=", "a=b", "=", "{", "null"])
def test_only_the_first_equals_sign_splits(text: str) -> None:
    assert from_text(ACCOUNT, f"name={text}") == Reference(ACCOUNT, "name", text)


def test_a_plus_is_a_space_once_the_query_is_decoded() -> None:
    assert from_text(TYPE, unquote_plus("name=Invoices+Balance+Payment")).value == "Invoices Balance Payment"


def test_a_json_object_in_a_query_may_be_indented() -> None:
    assert from_text(BILL, '\n { "number" : 123 }') == Reference(BILL, "number", "123")


def test_zero_is_given() -> None:
    assert from_object(ACCOUNT, {"number": 0, "name": ""}) == Reference(ACCOUNT, "number", "0")


def test_spaces_count() -> None:
    assert from_object(ACCOUNT, {"name": " A "}).value == " A "


def test_a_name_of_many_scripts_with_invisible_joints_is_read() -> None:
    name = "Ζωή\u00a0क्\u200dष 漢字 🧾"
    assert from_object(ACCOUNT, {"name": name}).value == name


def test_a_value_may_have_255_characters() -> None:
    assert from_object(ACCOUNT, {"name": "é" * 255}).value == "é" * 255


def test_the_longest_value_fits_however_it_is_escaped() -> None:
    assert from_text(ACCOUNT, json.dumps({"name": "🧾" * 255, "number": "", "id": None})).value == "🧾" * 255


@pytest.mark.parametrize("extra", [None, "", "x", 1, [], {}])
def test_members_that_a_kind_does_not_have_are_ignored_when_lenient(extra: object) -> None:
    assert from_object(INVOICE, {"wallet": extra, "number": "9"}, lenient=True) == Reference(INVOICE, "number", "9")
    assert from_text(INVOICE, json.dumps({"wallet": extra, "number": "9"}), lenient=True).value == "9"


def test_equal_references_are_one_key() -> None:
    assert len({from_object(PAYMENT, {"number": 31}), from_text(PAYMENT, "number=31")}) == 1

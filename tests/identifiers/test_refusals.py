"""Reading identifiers, in JSON and in a query: what is refused, each in its own way."""

import json
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from identifiers.errors import (
    AmbiguousIdentifier,
    EntityNotFound,
    IdentifierError,
    IdentifierMissing,
    MultipleIdentifiers,
    NotAnIdentifier,
    UnknownMember,
    quoted,
)
from identifiers.kinds import ACCOUNT, BILL, CATEGORY, KINDS, PAYMENT, PAYMENT_METHOD, TYPE, USER, Kind
from identifiers.reference import Reference, from_object, from_text

EVERY_KIND = pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=20), inner, max_size=3),
    max_leaves=5,
)


def refusal(read: Callable[..., object], *arguments: object, **options: bool) -> IdentifierError:
    """The refusal of a reading, whose message can be sent."""
    with pytest.raises(IdentifierError) as caught:
        read(*arguments, **options)
    error = caught.value
    assert str(error) == error.message
    assert error.message.isprintable()
    assert error.message.endswith(".")
    assert len(error.message) < 400
    return error


def test_each_refusal_has_a_code_of_its_own() -> None:
    kinds = [NotAnIdentifier, UnknownMember, IdentifierMissing, MultipleIdentifiers, EntityNotFound, AmbiguousIdentifier]
    assert len({kind.code for kind in kinds}) == len(kinds)


@EVERY_KIND
@pytest.mark.parametrize("empty", [{}, {"id": ""}, {"id": None}, {"id": "", "number": None, "name": ""}, None])
def test_an_identifier_without_a_member_is_missing(kind: Kind, empty: object) -> None:
    error = refusal(from_object, kind, empty, lenient=True)
    assert type(error) is IdentifierMissing
    assert json.dumps(kind.example()) in error.message


@pytest.mark.parametrize("text", ["", "number=", "{}", '{"number": ""}', '{"number": null}'])
def test_an_identifier_without_a_value_in_a_query_is_missing(text: str) -> None:
    assert type(refusal(from_text, ACCOUNT, text)) is IdentifierMissing


def test_the_empty_members_are_named() -> None:
    assert refusal(from_object, ACCOUNT, {"name": "", "number": None}).message.startswith("number and name are empty; ")
    assert refusal(from_text, ACCOUNT, "name=").message.startswith("name is empty; ")


@pytest.mark.parametrize("kind", [kind for kind in KINDS.values() if len(kind.members) > 1], ids=lambda kind: kind.name)
def test_two_members_are_refused_and_named(kind: Kind) -> None:
    one, other = kind.members[:2]
    error = refusal(from_object, kind, {other: "1", one: "2"})
    assert type(error) is MultipleIdentifiers
    assert error.message.startswith(f"{one} and {other} are given together; expected is exactly one of {one}")


def test_all_members_together_are_refused_and_named() -> None:
    error = refusal(from_text, PAYMENT, json.dumps(dict.fromkeys(PAYMENT.members, "1")))
    assert type(error) is MultipleIdentifiers
    assert error.message.startswith("id, number, reference_number and back_office_code are given together")


@EVERY_KIND
@pytest.mark.parametrize("value", ["31", "", "number=31", ["31"], [], 31, 31.5, True, Decimal(31)])
def test_what_is_no_object_is_refused_with_an_example_of_the_right_form(kind: Kind, value: object) -> None:
    error = refusal(from_object, kind, value)
    assert type(error) is NotAnIdentifier
    assert error.message.startswith(quoted(value))
    assert json.dumps(kind.example()) in error.message


@EVERY_KIND
@pytest.mark.parametrize("text", ["31", "number", '["31"]', '"31"', "{", "{31}", "{'id': '31'}", '{"id": NaN', "[" * 3000])
def test_what_is_no_identifier_in_a_query_is_refused_with_an_example_of_the_right_form(kind: Kind, text: str) -> None:
    error = refusal(from_text, kind, text)
    assert type(error) is NotAnIdentifier
    assert "=".join(kind.sample) in error.message


@pytest.mark.parametrize(
    ("kind", "sent", "meant"),
    [
        (PAYMENT, "reference_no", "reference_number"),
        (PAYMENT, "nubmer", "number"),
        (ACCOUNT, "Number", "number"),
        (TYPE, "alternativecode", "alternative_code"),
        (CATEGORY, "codes", "code"),
        (USER, "user_name", "username"),
        (BILL, "num", "number"),
    ],
)
def test_an_unknown_member_is_refused_with_the_nearest_one(kind: Kind, sent: str, meant: str) -> None:
    for error in (refusal(from_object, kind, {sent: "1"}), refusal(from_text, kind, f"{sent}=1")):
        assert type(error) is UnknownMember
        assert f'"{sent}" is no member of a {kind.words} identifier (did you mean {meant}?)' in error.message


def test_an_unknown_member_like_no_other_is_refused_with_the_right_ones() -> None:
    error = refusal(from_object, PAYMENT_METHOD, {"xyz": "1"})
    assert error.message == (
        '"xyz" is no member of a payment method identifier; expected is exactly one of id, name or alternative_code, '
        'as in {"name": "Direct Debit"}.'
    )


@pytest.mark.parametrize("value", [None, "", "1", []])
def test_an_unknown_member_is_refused_even_beside_a_right_one(value: object) -> None:
    assert type(refusal(from_object, ACCOUNT, {"number": "9", "wallet": value})) is UnknownMember


def test_an_identifier_of_unknown_members_only_is_missing_when_lenient() -> None:
    assert type(refusal(from_object, ACCOUNT, {"wallet": "9"}, lenient=True)) is IdentifierMissing
    assert type(refusal(from_text, ACCOUNT, "wallet=9", lenient=True)) is IdentifierMissing


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (True, "number is true;"),
        (False, "number is false;"),
        (9.0, "number is 9.0;"),
        (float("nan"), "number is nan;"),
        (Decimal("9.5"), "number is 9.5;"),
        (Decimal("sNaN"), "number is sNaN;"),
        (["9"], "number is a list;"),
        ({"id": "9"}, "number is an object;"),
        (b"9", "number is a value of type bytes;"),
        (2**63, "number is 9223372036854775808,"),
        (-(2**63) - 1, "number is -9223372036854775809,"),
        pytest.param(10**5000, "number is an integer of 16610 bits,", id="5001 digits"),
        ("x" * 256, "which has 256 characters;"),
        ("a\x00b", r'number is "a\u0000b", which holds the character "\u0000";'),
        ("a\rb", r'which holds the character "\r";'),
        ("a\x85", r'which holds the character "\u0085";'),
        ("\udfff", r'which holds the character "\udfff";'),
        ("\x1b[31m", r'number is "\u001b[31m"'),
    ],
)
def test_a_value_that_no_record_could_have_is_refused_and_repeated_safely(value: object, said: str) -> None:
    error = refusal(from_object, BILL, {"number": value})
    assert type(error) is NotAnIdentifier
    assert said in error.message
    assert error.message.endswith('as in {"number": "123"}.')


@pytest.mark.parametrize(
    "text", ["number=\x07", "number=" + "9" * 256, "number=\ud800", r'{"number": "\ud800"}', '{"number": 1e2}']
)
def test_a_value_that_no_record_could_have_is_refused_in_a_query_too(text: str) -> None:
    assert type(refusal(from_text, BILL, text)) is NotAnIdentifier


@pytest.mark.parametrize("text", ['{"number": "1", "number": "2"}', '{"number": "", "number": "2"}'])
def test_a_member_given_twice_is_refused(text: str) -> None:
    error = refusal(from_text, BILL, text)
    assert type(error) is NotAnIdentifier
    assert "repeats a member" in error.message


@pytest.mark.parametrize("text", ['{"number":' * 400, "{" * 100_000, '{"number":' + "9" * 3000 + "}", '{"id":' + "[" * 4000])
def test_a_json_text_too_deep_or_too_long_is_refused(text: str) -> None:
    assert type(refusal(from_text, BILL, text)) is NotAnIdentifier


def test_a_long_value_is_shortened_in_the_message() -> None:
    assert '"' + "x" * 39 + '…"' in refusal(from_text, BILL, "x" * 10_000).message


@given(JSON, st.sampled_from(list(KINDS.values())), st.booleans())
def test_any_value_is_a_reference_or_a_refusal(value: object, kind: Kind, lenient: bool) -> None:
    outcome(from_object, kind, value, lenient)


@given(st.sampled_from(list(KINDS.values())), st.booleans(), st.data())
def test_any_member_values_are_a_reference_or_a_refusal(kind: Kind, lenient: bool, data: st.DataObject) -> None:
    members = st.dictionaries(st.sampled_from([*kind.members, "wallet"]), JSON, max_size=2)
    outcome(from_object, kind, data.draw(members), lenient)


@given(
    st.text(st.characters(exclude_categories=[])) | JSON.map(repr),
    st.sampled_from(["", "number=", "{", '{"number":']),
    st.booleans(),
)
def test_any_text_is_a_reference_or_a_refusal(text: str, start: str, lenient: bool) -> None:
    outcome(from_text, BILL, start + text, lenient)


def outcome(read: Callable[..., Reference], kind: Kind, value: object, lenient: bool) -> None:
    """Reads it, and looks at what comes of it: a sound reference, or a refusal whose message can be sent."""
    try:
        reference = read(kind, value, lenient=lenient)
    except IdentifierError as error:
        said = error.message
    else:
        assert reference.member in kind.members
        assert 0 < len(reference.value) <= 255
        said = quoted(reference.value)
    assert said.isprintable() and said.encode()

"""The same questions for reads that come with GET: everything is a text there, and a fault is found all the same."""

import json
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from methods import METHODS
from tests.native import BOTH, CANONICAL, DROP_IN, Native, assert_refused
from tests.wrong_values import (
    COUNT,
    DATE,
    DECIMAL,
    FIELDS,
    FLAG,
    ID,
    IDENTIFIER,
    INVALID,
    NO_MEMBER,
    TEXT,
    TWO_MEMBERS,
    UNKNOWN,
    WORD,
    Question,
    asked,
)

pytestmark = [pytest.mark.one_engine, pytest.mark.usefixtures("nothing_written")]
READS = tuple(path for path, method in METHODS.items() if not method.writes and not method.public)


def texts(text: str, *sorts: Any, code: str = INVALID, lenient: str | None = None) -> Question:
    return Question(dict.fromkeys(sorts, text), code, lenient)


QUESTIONS = {
    "nonsense": texts("nonsense", COUNT, DECIMAL, FLAG, DATE, WORD, ID, FIELDS, IDENTIFIER),
    "an empty text": texts("", COUNT, DECIMAL, FLAG, DATE, WORD, ID, FIELDS),
    "null": texts("null", COUNT, DECIMAL, FLAG, DATE, WORD, ID, FIELDS, IDENTIFIER),
    "a fraction": texts("1.5", COUNT, FLAG, DATE),
    "below zero": texts("-1", COUNT, DECIMAL),
    "a comma": texts("12,50", COUNT, DECIMAL),
    "beyond 64 bits": texts("9223372036854775808", COUNT, DECIMAL),
    "digits of another script": texts("٩", COUNT, DECIMAL),
    "blanks around": texts(" 1 ", COUNT, DECIMAL, DATE),
    "a capital": texts("True", FLAG),
    "one": texts("1", FLAG, DATE, WORD),
    "an impossible date": texts("2014-02-30", DATE),
    "a date with a blank for its plus": texts("2014-05-21T16:12:29 02:00", DATE),
    "a control character": Question(
        {**dict.fromkeys((TEXT, DATE, WORD, ID, FIELDS), "a\x00"), IDENTIFIER: lambda path, row: f"{row.members[-1]}=a\x00"}
    ),
    "too long": Question({TEXT: "x" * 256, IDENTIFIER: lambda path, row: f"{row.members[-1]}={'x' * 256}"}),
    "no member": texts("", IDENTIFIER, code=NO_MEMBER),
    "an empty member": Question({IDENTIFIER: lambda path, row: f"{row.members[-1]}="}, NO_MEMBER),
    "an unknown member": texts("nonsense=9", IDENTIFIER, code=UNKNOWN, lenient=NO_MEMBER),
    "an object without members": texts("{}", IDENTIFIER, code=NO_MEMBER),
    "an object with two members": Question(
        {IDENTIFIER: lambda path, row: json.dumps(dict.fromkeys(row.members[:2], "9"))}, TWO_MEMBERS
    ),
    "half an object": texts('{"id":"9"', IDENTIFIER),
    "an object that repeats a member": texts('{"id":"9","id":"9"}', IDENTIFIER),
    "a list": texts('["9"]', IDENTIFIER),
}
CASES = [
    pytest.param(path, name, prefix, id=f"{path}-{name}{'-drop-in' if prefix else ''}")
    for path in READS
    for name, question in QUESTIONS.items()
    for prefix in (CANONICAL, DROP_IN)
    if asked(path, question, {})[1]
]


def query_of(body: dict[str, Any]) -> dict[str, str]:
    """The parameters as a query spells them."""
    return {name: _spelled(value) for name, value in body.items()}


def _spelled(value: object) -> str:
    if isinstance(value, dict):
        ((member, text),) = value.items()
        return f"{member}={text}"
    return value if isinstance(value, str) else json.dumps(value)


@pytest.mark.parametrize(("path", "question", "prefix"), CASES)
def test_a_wrong_text_is_refused_for_every_parameter_at_once(unwritten: Native, path: str, question: str, prefix: str) -> None:
    body, expected = asked(path, QUESTIONS[question], unwritten.example(path), lenient=bool(prefix))
    assert_refused(unwritten.at(prefix).get(path, query_of(body)), expected, prefix)


@BOTH
@pytest.mark.parametrize("path", READS)
def test_the_example_works_as_a_query_too(unwritten: Native, path: str, prefix: str) -> None:
    example = unwritten.example(path)
    answer = unwritten.at(prefix).get(path, query_of(example))
    assert answer.verdict == (200, "OK"), answer.text
    assert answer.data == unwritten.done(path, example)


@BOTH
@pytest.mark.parametrize("path", READS)
def test_a_query_that_is_none_is_malformed(unwritten: Native, path: str, prefix: str) -> None:
    example = urlencode(query_of(unwritten.example(path)))
    for query in (
        "fields_set=id&fields_set=id",
        "fields_set=id&fields_set=name",
        "x[id]=1&x[id]=1",
        "x[id]=1&x=id%3D1",
        "fields_set=%ff",
        "%c3%28=1",
    ):
        assert unwritten.at(prefix).get(path, f"{example}&{query}").verdict == (400, "MALFORMED_REQUEST"), query


@pytest.mark.parametrize("path", READS)
def test_what_a_query_asks_beyond_the_table_is_refused_and_by_the_drop_in_prefix_ignored(unwritten: Native, path: str) -> None:
    query = query_of(unwritten.example(path)) | {"fields_sets": "id", "nonsense[id]": "1"}
    answer = unwritten.get(path, query)
    assert_refused(answer, [("fields_sets", UNKNOWN), ("nonsense", UNKNOWN)], CANONICAL)
    assert "did you mean fields_set?" in answer.message
    assert unwritten.at(DROP_IN).get(path, query).verdict == (200, "OK")


@pytest.mark.parametrize("path", [path for path in READS if asked(path, QUESTIONS["no member"], {})[1]])
def test_two_members_in_brackets_are_two(unwritten: Native, path: str) -> None:
    body, expected = asked(path, QUESTIONS["an object with two members"], unwritten.example(path))
    names = {name for name, _ in expected}
    rest = urlencode(query_of({name: value for name, value in body.items() if name not in names}))
    pairs = [f"{name}[{member}]={quote('9')}" for name in names for member in json.loads(body[name])]
    assert_refused(unwritten.get(path, "&".join([rest, *pairs])), expected, CANONICAL)

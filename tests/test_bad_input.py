"""Bad input: the same questions are asked of every parameter of every method. Every fault is named at once, nothing is written."""

from collections.abc import Iterator
from typing import Any

import pytest

from methods import METHODS
from methods.method import parameter_table
from methods.tables import Parameter
from tests.native import BOTH, Answer, Native, Watch
from tests.wrong_values import (
    ANYTHING,
    IDENTIFIER,
    INVALID,
    NOT_ASKED,
    OBJECT,
    QUESTIONS,
    TEXT,
    UNKNOWN,
    asked,
    cleared,
    encoded,
    limit_of,
    sort_of,
)

EVERY_METHOD = pytest.mark.parametrize("path", METHODS)
CASES = [(path, name) for path in METHODS for name, question in QUESTIONS.items() if asked(path, question, {})[1]]
WRONG_FOR_ALL = {"nonsense": {"deeper": [1]}}


def single() -> list[tuple[str, str]]:
    """Every parameter for which an object with a member that nobody knows is wrong."""
    return [
        (path, row.name)
        for path, method in METHODS.items()
        for row in parameter_table(method)
        if row.name != "token" and sort_of(row) not in (OBJECT, ANYTHING)
    ]


@pytest.fixture(scope="module")
def watch(unwritten: Native) -> Iterator[Watch]:
    made = Watch(unwritten.path)
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _nothing_is_written_and_nothing_fails(unwritten: Native, watch: Watch) -> Iterator[None]:
    watch.changed()
    unwritten.faults.seen.clear()
    yield
    assert not watch.changed(), "a refused call has written"
    assert unwritten.faults.seen == []


def example_of(server: Native, path: str) -> dict[str, Any]:
    """The method's example, with the login and the key that it leaves open."""
    filled = {
        "{{username}}": server.made["users"]["admin"]["username"],
        "{{password}}": server.made["users"]["admin"]["password"],
        "{{web_api_key}}": server.made["keys"]["admin"],
    }
    example = METHODS[path].example
    return {name: filled.get(value, value) if isinstance(value, str) else value for name, value in example.items()}


def ask(server: Native, path: str, body: dict[str, Any]) -> Answer:
    token = {} if METHODS[path].public else {"token": server.tokens["admin"]}
    return server.send(path, encoded({**token, **body}))


def assert_refused(answer: Answer, expected: list[tuple[str, str]], prefix: str) -> None:
    """Refused for these faults, all of them, in this order; the first one gives the code, and no data comes with it."""
    assert answer.errors == expected, answer.text
    assert answer.verdict == (200 if prefix else 422, expected[0][1])
    assert answer.data is None
    said = answer.body["status"]["errors"]
    assert answer.message == said[0]["message"]
    assert [error for error in said if not error["message"].strip()] == []


def row_of(path: str, name: str) -> Parameter:
    return next(row for row in parameter_table(METHODS[path]) if row.name == name)


@BOTH
@pytest.mark.parametrize(("path", "question"), CASES)
def test_a_wrong_value_is_refused_for_every_parameter_at_once(unwritten: Native, path: str, question: str, prefix: str) -> None:
    body, expected = asked(path, QUESTIONS[question], example_of(unwritten, path), lenient=bool(prefix))
    if not expected:
        pytest.skip("nothing of it is read under this prefix")
    assert_refused(ask(unwritten.at(prefix), path, body), expected, prefix)


@BOTH
@EVERY_METHOD
def test_null_is_refused_where_something_is_needed(unwritten: Native, path: str, prefix: str) -> None:
    body, expected = cleared(path, example_of(unwritten, path))
    if expected:
        assert_refused(ask(unwritten.at(prefix), path, body), expected, prefix)
    elif not METHODS[path].writes:
        assert ask(unwritten.at(prefix), path, body).verdict == (200, "OK")


@BOTH
@EVERY_METHOD
def test_all_mandatory_parameters_that_are_missing_are_named_at_once(unwritten: Native, path: str, prefix: str) -> None:
    mandatory = [row.name for row in parameter_table(METHODS[path]) if row.mandatory]
    if mandatory:
        answer = ask(unwritten.at(prefix), path, {})
        assert_refused(answer, [(name, "MANDATORY_PARAMETER_MISSING") for name in mandatory], prefix)


@pytest.mark.parametrize(("path", "name"), single())
def test_a_parameter_that_is_wrong_alone_is_named_alone(unwritten: Native, path: str, name: str) -> None:
    answer = ask(unwritten, path, {**example_of(unwritten, path), name: WRONG_FOR_ALL})
    code = UNKNOWN if sort_of(row_of(path, name)) is IDENTIFIER else INVALID
    assert_refused(answer, [(name, code)], "")


@EVERY_METHOD
def test_unknown_members_are_refused_with_the_nearest_name(unwritten: Native, path: str) -> None:
    known = [row.name for row in parameter_table(METHODS[path])]
    if not known:
        pytest.skip("it takes no parameters")
    wrong = f"{known[-1][:-1]}x"
    answer = ask(unwritten, path, {**example_of(unwritten, path), wrong: 1})
    assert_refused(answer, [(wrong, UNKNOWN)], "")
    assert f"did you mean {known[-1]}?" in answer.message


@EVERY_METHOD
def test_unknown_members_come_after_the_faults_of_known_ones(unwritten: Native, path: str) -> None:
    body, expected = asked(path, QUESTIONS["a boolean"], example_of(unwritten, path))
    answer = ask(unwritten, path, {"nonsense": 1, "": 2, **body, "ｎotes": 3, "a\ud800": 4})
    strangers = [("nonsense", UNKNOWN), ("", UNKNOWN), ("ｎotes", UNKNOWN), ("a\\ud800", UNKNOWN)]
    assert_refused(answer, expected + strangers, "")


@EVERY_METHOD
def test_unknown_members_are_ignored_by_the_drop_in_prefix(unwritten: Native, path: str) -> None:
    body, expected = asked(path, QUESTIONS["a boolean"], example_of(unwritten, path), lenient=True)
    if not expected:
        pytest.skip("nothing of it is read under this prefix")
    answer = ask(unwritten.at("/crmapi/rest/v2"), path, {"nonsense": 1, "": 2, **body, "a\ud800": 4})
    assert_refused(answer, expected, "/crmapi/rest/v2")


@pytest.mark.parametrize(("path", "name"), [(path, name) for path, name in single() if sort_of(row_of(path, name)) is TEXT])
def test_a_text_that_is_refused_says_how_long_it_may_be(unwritten: Native, path: str, name: str) -> None:
    limit = limit_of(row_of(path, name))
    answer = ask(unwritten, path, {**example_of(unwritten, path), name: "x" * (limit + 1)})
    assert_refused(answer, [(name, INVALID)], "")
    assert str(limit) in answer.message and str(limit + 1) in answer.message


def test_every_sort_of_parameter_is_asked_something() -> None:
    sorts = {sort_of(row) for method in METHODS.values() for row in parameter_table(method)} - {ANYTHING}
    for sort in sorts:
        concerned = [name for name, question in QUESTIONS.items() if question.values.get(sort, NOT_ASKED) is not NOT_ASKED]
        assert len(concerned) >= 5, sort


def test_the_watch_sees_a_write(server: Native) -> None:
    watch = Watch(server.path)
    server.done("units/list")
    assert not watch.changed()
    server.done("units/create", {"name": "Harbour"})
    assert watch.changed()
    assert not watch.changed()
    watch.close()

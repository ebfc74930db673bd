"""Bad input: the same questions are asked of every parameter of every method. Every fault is named at once, nothing is written."""

import pytest

from methods import METHODS
from methods.method import parameter_table
from methods.tables import Parameter
from tests.native import BOTH, CANONICAL, DROP_IN, Native, Watch, assert_refused
from tests.wrong_values import (
    ANYTHING,
    IDENTIFIER,
    INVALID,
    MISSING,
    NOT_ASKED,
    OBJECT,
    QUESTIONS,
    SET,
    TEXT,
    UNKNOWN,
    Question,
    asked,
    cleared,
    limit_of,
    sort_of,
)

pytestmark = [pytest.mark.one_engine, pytest.mark.usefixtures("nothing_written")]
EVERY_METHOD = pytest.mark.parametrize("path", METHODS)
PREFIXES = (CANONICAL, DROP_IN)
CASES = [
    pytest.param(path, name, prefix, id=f"{path}-{name}{'-drop-in' if prefix else ''}")
    for path in METHODS
    for name, question in QUESTIONS.items()
    for prefix in PREFIXES
    if asked(path, question, {}, lenient=bool(prefix))[1]
]
LONGEST = Question({TEXT: lambda path, row: "\U0001f600" * limit_of(row)})
"""Every text as long as its column is, of characters that take four bytes each."""
LONG = [
    path
    for path, method in METHODS.items()
    if method.writes and not method.secret and asked(path, LONGEST, {})[1]
    if path not in ("batch", "configuration/number_formats/update")  # the texts of these name what has to be there
]
WRONG_ITEMS: tuple[object, ...] = (5, 1.5, "nonsense", "", True, None, [], [{}])
SETS = [(path, row.name) for path, method in METHODS.items() for row in parameter_table(method) if sort_of(row) is SET]
WRONG_FOR_ALL = {"nonsense": {"deeper": [1]}}


def single() -> list[tuple[str, str]]:
    """Every parameter for which an object with a member that nobody knows is wrong."""
    return [
        (path, row.name)
        for path, method in METHODS.items()
        for row in parameter_table(method)
        if row.name != "token" and sort_of(row) not in (OBJECT, ANYTHING)
    ]


def row_of(path: str, name: str) -> Parameter:
    return next(row for row in parameter_table(METHODS[path]) if row.name == name)


@pytest.mark.parametrize(("path", "question", "prefix"), CASES)
def test_a_wrong_value_is_refused_for_every_parameter_at_once(unwritten: Native, path: str, question: str, prefix: str) -> None:
    body, expected = asked(path, QUESTIONS[question], unwritten.example(path), lenient=bool(prefix))
    assert_refused(unwritten.at(prefix).ask(path, body), expected, prefix)


@BOTH
@pytest.mark.parametrize("item", WRONG_ITEMS, ids=repr)
@pytest.mark.parametrize(("path", "name"), SETS)
def test_an_item_of_a_set_that_is_no_object_is_named_by_its_place(
    unwritten: Native, path: str, name: str, item: object, prefix: str
) -> None:
    answer = unwritten.at(prefix).ask(path, {**unwritten.example(path), name: [item, item]})
    assert_refused(answer, [(f"{name}[0]", INVALID), (f"{name}[1]", INVALID)], prefix)


@BOTH
@pytest.mark.parametrize(("path", "name"), SETS)
def test_an_item_without_its_members_misses_them(unwritten: Native, path: str, name: str, prefix: str) -> None:
    answer = unwritten.at(prefix).ask(path, {**unwritten.example(path), name: [{}]})
    missed = [
        (f"{name}[0].{part.name}", MISSING) for part in row_of(path, name).parts if part.mandatory or part.name == "sub_total"
    ]
    assert_refused(answer, missed, prefix)


@BOTH
@EVERY_METHOD
def test_null_is_refused_where_something_is_needed(unwritten: Native, path: str, prefix: str) -> None:
    body, expected = cleared(path, unwritten.example(path))
    if expected:
        assert_refused(unwritten.at(prefix).ask(path, body), expected, prefix)
    elif not METHODS[path].writes:
        assert unwritten.at(prefix).ask(path, body).verdict == (200, "OK")


@BOTH
@EVERY_METHOD
def test_all_mandatory_parameters_that_are_missing_are_named_at_once(unwritten: Native, path: str, prefix: str) -> None:
    mandatory = [row.name for row in parameter_table(METHODS[path]) if row.mandatory]
    if mandatory:
        answer = unwritten.at(prefix).ask(path, {})
        assert_refused(answer, [(name, MISSING) for name in mandatory], prefix)


@pytest.mark.parametrize(("path", "name"), single())
def test_a_parameter_that_is_wrong_alone_is_named_alone(unwritten: Native, path: str, name: str) -> None:
    answer = unwritten.ask(path, {**unwritten.example(path), name: WRONG_FOR_ALL})
    code = UNKNOWN if sort_of(row_of(path, name)) is IDENTIFIER else INVALID
    assert_refused(answer, [(name, code)], "")


@EVERY_METHOD
def test_unknown_members_are_refused_with_the_nearest_name(unwritten: Native, path: str) -> None:
    known = [row.name for row in parameter_table(METHODS[path])]
    wrong = f"{known[-1][:-1]}x"
    answer = unwritten.ask(path, {**unwritten.example(path), wrong: 1})
    assert_refused(answer, [(wrong, UNKNOWN)], "")
    assert f"did you mean {known[-1]}?" in answer.message


@EVERY_METHOD
def test_unknown_members_come_after_the_faults_of_known_ones(unwritten: Native, path: str) -> None:
    body, expected = asked(path, QUESTIONS["an object"], unwritten.example(path))
    answer = unwritten.ask(path, {"nonsense": 1, "": 2, **body, "ｎotes": 3, "a\ud800": 4})
    strangers = [("nonsense", UNKNOWN), ("", UNKNOWN), ("ｎotes", UNKNOWN), ("a\\ud800", UNKNOWN)]
    assert_refused(answer, expected + strangers, "")


@EVERY_METHOD
def test_unknown_members_are_ignored_by_the_drop_in_prefix(unwritten: Native, path: str) -> None:
    body, expected = asked(path, QUESTIONS["an object"], unwritten.example(path), lenient=True)
    answer = unwritten.at(DROP_IN).ask(path, {"nonsense": 1, "": 2, **body, "a\ud800": 4})
    assert_refused(answer, expected, DROP_IN)


@pytest.mark.parametrize(("path", "name"), [(path, name) for path, name in single() if sort_of(row_of(path, name)) is TEXT])
def test_a_text_that_is_refused_says_how_long_it_may_be(unwritten: Native, path: str, name: str) -> None:
    limit = limit_of(row_of(path, name))
    answer = unwritten.ask(path, {**unwritten.example(path), name: "x" * (limit + 1)})
    assert_refused(answer, [(name, INVALID)], "")
    assert str(limit) in answer.message and str(limit + 1) in answer.message


@pytest.mark.parametrize("path", LONG)
def test_texts_of_their_columns_length_are_taken(unwritten: Native, path: str) -> None:
    body, longest = asked(path, LONGEST, unwritten.example(path))
    assert longest
    answer = unwritten.ask(path, {**body, "validate_only": True})
    assert answer.verdict == (200, "OK"), answer.text


@BOTH
@pytest.mark.parametrize("path", [path for path, method in METHODS.items() if method.writes and not method.secret])
@pytest.mark.parametrize("key", ["", "x" * 256], ids=["empty", "too long"])
def test_a_key_that_is_none_is_named_after_the_parameters(unwritten: Native, path: str, key: str, prefix: str) -> None:
    body, expected = asked(path, QUESTIONS["an object"], unwritten.example(path), lenient=bool(prefix))
    answer = unwritten.at(prefix).ask(path, body, Idempotency_Key=key)
    assert_refused(answer, [*expected, ("Idempotency-Key", INVALID)], prefix)


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

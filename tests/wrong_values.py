"""Wrong values for every sort of parameter: the questions that are asked of every method, and what each is refused as."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Any

from methods import METHODS
from methods.method import parameter_table
from methods.tables import Parameter
from tests.native import Json

INVALID, MISSING, UNKNOWN = "INVALID_PARAMETER", "MANDATORY_PARAMETER_MISSING", "UNKNOWN_PARAMETER"
NO_MEMBER, TWO_MEMBERS = "IDENTIFIER_MISSING", "MULTIPLE_IDENTIFIERS"
ANY_ID = "00000000000000000000000000000000"


class Sort(StrEnum):
    """What a parameter takes."""

    TEXT = auto()
    WORD = auto()
    COUNT = auto()
    DECIMAL = auto()
    FLOAT = auto()
    FLAG = auto()
    DATE = auto()
    ID = auto()
    IDENTIFIER = auto()
    SET = auto()
    FIELDS = auto()
    TAGS = auto()
    OBJECT = auto()
    ANYTHING = auto()


TEXT, WORD, COUNT, DECIMAL, FLOAT, FLAG, DATE = list(Sort)[:7]
ID, IDENTIFIER, SET, FIELDS, TAGS, OBJECT, ANYTHING = list(Sort)[7:]

_BY_TYPE = {
    "Float": FLOAT,
    "Boolean": FLAG,
    "Date": DATE,
    "Set of objects": SET,
    "List of Strings": TAGS,
    "Object": OBJECT,
    "Anything": ANYTHING,
}
_COUNTS = frozenset({"number", "number_of_results", "offset", "credit_period", "padding"})
_IDS = frozenset({"after", "record"})
_LONG = frozenset({"notes", "issue_reason", "description", "address"})
_RATES = frozenset({"rate", "exchange_rate"})
_MAY_BE_EMPTY = frozenset(
    {
        "notes",
        "issue_reason",
        "address",
        "phone",
        "fax",
        "email",
        "person_name",
        "group_name",
        "community_name",
        "prefix",
        "organisation",
        "unit",
        "old_password",
        "web_api_key",
        "method",
        *(f"udf_string_{number}" for number in range(1, 9)),
    }
)
_MAY_BE_ZERO = frozenset(
    {"offset", "credit_period", "padding", "cost", "sub_total", "discount_percentage", "discount_amount", "vat_rate"}
)
_CANNOT_BE_CLEARED = {
    "payments/update": {"accounts_receivable_identifier", "type_identifier", "payment_method_identifier", "payment_amount"},
    "accounts_receivable/update": {"name", "credit_period", "life_cycle_state"},
    "configuration/number_formats/update": {"prefix", "padding"},
    "webhooks/update": {"url", "name"},
}


def sort_of(row: Parameter) -> Sort:
    """The sort of a parameter, by its row in the table."""
    if row.type.endswith("identifier"):
        return IDENTIFIER
    if row.type == "Number":
        return COUNT if row.name in _COUNTS else DECIMAL
    if row.type == "String":
        return WORD if row.members else ID if row.name in _IDS else TEXT
    return _BY_TYPE.get(row.type, FIELDS)


def limit_of(row: Parameter) -> int:
    """How many characters a text may have at most: those of its column."""
    return 20 if row.name == "prefix" else 4000 if row.name in _LONG else 255


def is_text_when_empty(path: str, row: Parameter) -> bool:
    """Whether the empty text is a text like any other for this parameter."""
    of_login = path in ("login", "authentication/token") and row.name in ("username", "password")
    return row.name in _MAY_BE_EMPTY or of_login or (row.name == "description" and not row.mandatory)


Answerer = Callable[[str, Parameter], object]
NOT_ASKED = object()


@dataclass(frozen=True)
class Question:
    """A way to be wrong: a value for each sort that it concerns, and the refusal's code (`lenient`: where unknown members pass)."""

    values: Mapping[Sort, object | Answerer]
    code: str = INVALID
    lenient: str | None = None

    def value(self, path: str, row: Parameter) -> object:
        """The wrong value for a parameter, or NOT_ASKED."""
        found = self.values.get(sort_of(row), NOT_ASKED)
        return found(path, row) if callable(found) else found


def _all(value: object, *but: Sort) -> Question:
    return Question({sort: value for sort in Sort if sort not in (*but, ANYTHING)})


def _these(value: object, *sorts: Sort) -> Question:
    return Question(dict.fromkeys(sorts, value))


def _spelled(text: str) -> Question:
    """A text that is wrong wherever texts are read; in an identifier it stands in its last member."""
    return Question({**dict.fromkeys((TEXT, WORD, DATE, ID, FIELDS), text), IDENTIFIER: lambda path, row: {row.members[-1]: text}})


def _member(value: object, code: str = INVALID) -> Question:
    return Question({IDENTIFIER: lambda path, row: {row.members[-1]: value}}, code)


def _empty(path: str, row: Parameter) -> object:
    return NOT_ASKED if is_text_when_empty(path, row) else ""


def _zero(path: str, row: Parameter) -> object:
    allowed = row.name in _MAY_BE_ZERO or (path, row.name) == ("payments/list", "payment_amount")
    return NOT_ASKED if allowed else 0


def _too_fine(path: str, row: Parameter) -> object:
    return Json("0.00000000001" if row.name in _RATES else "0.0000001")


def _too_long(path: str, row: Parameter) -> object:
    return "x" * (limit_of(row) + 1)


_NUMBERS = (COUNT, DECIMAL, FLOAT)
_NO_DATES = (
    "2014-02-30",
    "2014-13-01",
    "2013-02-29",
    "0000-01-01",
    "2014-05-21T24:00:01",
    "2014-05-21T16:60:00",
    "2014-05-21T16:12:60",
    "2014-05-21 16:12:29",
    "21/05/2014",
    "2014-5-21",
    "20140521",
    "2014-05-21T16:12",
    "2014-05-21T16:12:29+25:00",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "2014-05-21T16:12:29 Z",
    "٢٠١٤-٠٥-٢١",
    "1400689949",
)
_NO_AMOUNTS = (
    "12,50",
    " 5",
    "5 ",
    "5_0",
    "٥",
    "+5",
    ".5",
    "5.",
    "0x10",
    "NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "5 EUR",
    "--5",
    "½",
)

QUESTIONS: Mapping[str, Question] = {
    "a boolean": _all(True, FLAG),
    "a whole number": _all(5, *_NUMBERS),
    "a fraction": _all(1.5, DECIMAL, FLOAT),
    "a list": _all([], SET, TAGS),
    "an object": _all({}, IDENTIFIER, OBJECT),
    "a text": _all("nonsense", TEXT),
    "an empty text": Question({**dict.fromkeys(Sort, ""), TEXT: _empty, ANYTHING: NOT_ASKED}),
    "a list in a list": _all([[]], SET),
    **{f"the amount {text!r}": _these(text, *_NUMBERS) for text in _NO_AMOUNTS},
    "a number as text": _these("5", COUNT, FLOAT),
    "below zero": _these(-5, COUNT, DECIMAL),
    "zero": _these(_zero, COUNT, DECIMAL),
    "1e400": _these(Json("1e400"), *_NUMBERS),
    "1e999999999999": _these(Json("1e999999999999"), *_NUMBERS),
    "five thousand digits": _these(Json("9" * 5000), *_NUMBERS),
    "nearly nothing": _these(Json("1e-400"), *_NUMBERS),
    "beyond 64 bits": Question({**dict.fromkeys(_NUMBERS, 2**64), IDENTIFIER: lambda path, row: {row.members[-1]: 2**64}}),
    "sixteen digits": _these(1234567890123456, DECIMAL),
    "sixteen digits as text": _these("12345678901234.56", DECIMAL),
    "sixteen digits with decimals": _these(Json("12345678901234.56"), DECIMAL),
    "too many decimals": _these(_too_fine, DECIMAL),
    "a NUL": _spelled("a\x00b"),
    "an escape character": _spelled("\x1b[31m"),
    "a delete character": _spelled("a\x7f"),
    "a C1 control character": _spelled("a\x85b"),
    "half a surrogate pair": _spelled("a\ud83d"),
    "too long": Question({TEXT: _too_long, ID: "A" * 33, IDENTIFIER: lambda path, row: {row.members[-1]: "x" * 256}}),
    **{f"the date {text!r}": _these(text, DATE) for text in _NO_DATES},
    "no member": Question({IDENTIFIER: {}}, NO_MEMBER),
    "an empty member": _member("", NO_MEMBER),
    "a null member": _member(None, NO_MEMBER),
    "two members": Question({IDENTIFIER: lambda path, row: dict.fromkeys(row.members[:2], "9")}, TWO_MEMBERS),
    "all members": Question({IDENTIFIER: lambda path, row: dict.fromkeys(row.members, "9")}, TWO_MEMBERS),
    "an unknown member": Question({IDENTIFIER: {"nonsense": "9"}}, UNKNOWN, NO_MEMBER),
    "a member with a capital": Question({IDENTIFIER: {"Id": "9"}}, UNKNOWN, NO_MEMBER),
    "a boolean member": _member(True),
    "a fraction as member": _member(1.5),
    "a list as member": _member(["9"]),
    "an object as member": _member({"id": "9"}),
    "a list of an empty text": _these([""], TAGS, FIELDS),
    "a list of a control character": _these(["a", "b\x00"], TAGS, FIELDS),
    "a list of identifiers": Question({IDENTIFIER: [{"id": ANY_ID}]}),
    "an unknown field": _these("nonsense", FIELDS),
    "an unknown field in a list": _these(["nonsense"], FIELDS),
    "an unknown dotted field": _these("id.nonsense", FIELDS),
    "no field": _these(",", FIELDS),
    "a field that is no text": _these([5], FIELDS),
}


def asked(path: str, question: Question, example: Mapping[str, Any], *, lenient: bool = False) -> tuple[dict[str, Any], list[Any]]:
    """The example with every parameter wrong that the question concerns, and the faults to expect: (parameter, code), in order."""
    body = dict(deepcopy(example))
    code = question.lenient if lenient and question.lenient else question.code
    ignored = ("payment_amount",) if lenient and path in ("payments/pay_invoice", "payments/pay_bill") else ()
    expected = [(name, code) for name in _put(path, parameter_table(METHODS[path]), body, question)]
    return body, [fault for fault in expected if fault[0] not in ignored]


def _put(path: str, rows: Sequence[Parameter], body: dict[str, Any], question: Question, prefix: str = "") -> Iterator[str]:
    """Make the members of an object wrong; the names of those that are."""
    for row in rows:
        value = NOT_ASKED if row.name == "token" else question.value(path, row)
        if value is not NOT_ASKED:
            body[row.name] = value
            yield prefix + row.name
        elif row.parts:
            item = _right_item(row, body)
            inner = list(_put(path, row.parts, item, question, f"{prefix}{row.name}[0]."))
            if inner:
                body[row.name] = [item]
                yield from inner


def _right_item(row: Parameter, body: Mapping[str, Any]) -> dict[str, Any]:
    """An item of a set to which nothing is wrong yet."""
    given = body.get(row.name) or [{part.name: {"id": ANY_ID} for part in row.parts if sort_of(part) is IDENTIFIER}]
    return dict(given[0])


def cleared(path: str, example: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The example with null for every parameter, and the faults to expect."""
    kept = _CANNOT_BE_CLEARED.get(path, set())
    rows = [row for row in parameter_table(METHODS[path]) if row.name != "token"]
    codes = [(row.name, MISSING if row.mandatory else INVALID) for row in rows if row.mandatory or row.name in kept]
    return dict.fromkeys((row.name for row in rows), None), codes

"""Bodies that are none: refused before anybody looks at token, right or parameters, by every method alike."""

import json

import pytest

from methods import METHODS
from tests.native import BOTH, Native

pytestmark = [pytest.mark.one_engine, pytest.mark.usefixtures("nothing_written")]
EVERY_METHOD = pytest.mark.parametrize("path", METHODS)
DEEPEST = 32
MEBIBYTE = 1 << 20


def nested(levels: int, inner: str = "1") -> bytes:
    """An object with so many levels, lists and objects in turn."""
    depth = levels - 1
    opening = "".join('{"a":' if level % 2 else "[" for level in range(depth))
    closing = "".join("}" if level % 2 else "]" for level in reversed(range(depth)))
    return f'{{"a":{opening}{inner}{closing}}}'.encode()


MALFORMED = {
    "no body": b"",
    "blanks": b" \r\n\t",
    "a byte order mark alone": b"\xef\xbb\xbf",
    "half an object": b"{",
    "a list": b"[]",
    "a list of objects": b"[{}]",
    "a text": b'"token"',
    "a number": b"5",
    "true": b"true",
    "null": b"null",
    "a form": b"token=abc&number=2",
    "two objects": b"{}{}",
    "a comma too many": b'{"token":"abc",}',
    "single quotes": b"{'token':'abc'}",
    "a comment": b"{} // nothing",
    "NaN": b'{"payment_amount":NaN}',
    "Infinity": b'{"payment_amount":Infinity}',
    "minus Infinity": b'{"payment_amount":-Infinity}',
    "a leading zero": b'{"payment_amount":05}',
    "hexadecimal digits": b'{"payment_amount":0x10}',
    "a repeated key": b'{"payment_amount":1,"payment_amount":2}',
    "a repeated key of equal values": b'{"number":1,"number":1}',
    "a repeated key inside": b'{"type_identifier":{"name":"Payment","name":"Payment"}}',
    "a repeated key in a list": b'{"items":[{"cost":1,"cost":2}]}',
    "a repeated key, once escaped": b'{"number":1,"n\\u0075mber":2}',
    "a repeated key beside half a surrogate pair": b'{"number":1,"number":2,"notes":"\\ud800"}',
    "one level too deep": nested(DEEPEST + 1),
    "far too deep": nested(100_000),
    "far too deep beside half a surrogate pair": b'{"notes":"\\ud800",' + nested(100_000)[1:],
    "bytes that are no UTF-8": b'{"notes":"\xff\xfe"}',
    "half a surrogate pair as bytes": b'{"notes":"\xed\xa0\x80"}',
    "UTF-16": '{"number":1}'.encode("utf-16"),
    "a NUL": b'{"number":1}\x00',
    "a bare control character": b'{"notes":"a\nb"}',
}
WRONG_MEDIA = {
    "a form": {"Content-Type": "application/x-www-form-urlencoded"},
    "an upload": {"Content-Type": "multipart/form-data; boundary=x"},
    "text": {"Content-Type": "text/plain"},
    "XML": {"Content-Type": "application/xml"},
    "nearly JSON": {"Content-Type": "application/jsonp"},
    "another charset": {"Content-Type": "application/json; charset=latin-1"},
    "UTF-16": {"Content-Type": "application/json; charset=utf-16"},
    "compressed": {"Content-Encoding": "gzip"},
}


def after_the_body(path: str) -> str:
    """How a call without a token is refused once its body was read."""
    return "MANDATORY_PARAMETER_MISSING" if METHODS[path].public else "INVALID_TOKEN"


JSON_NAMES = ("application/json", "application/json; charset=UTF-8", "application/vnd.erp+json", "text/json", "")


@BOTH
@EVERY_METHOD
def test_what_is_no_json_object_is_malformed(unwritten: Native, path: str, prefix: str) -> None:
    answers = {name: unwritten.at(prefix).send(path, body) for name, body in MALFORMED.items()}
    assert {name: answer.verdict for name, answer in answers.items()} == dict.fromkeys(MALFORMED, (400, "MALFORMED_REQUEST"))
    assert {name: (answer.data, answer.errors) for name, answer in answers.items()} == dict.fromkeys(MALFORMED, (None, []))


@BOTH
@EVERY_METHOD
def test_another_kind_of_body_is_refused_before_it_is_parsed(unwritten: Native, path: str, prefix: str) -> None:
    answers = {name: unwritten.at(prefix).send(path, b"nonsense", **headers) for name, headers in WRONG_MEDIA.items()}
    refused = (415, "UNSUPPORTED_MEDIA_TYPE")
    assert {name: answer.verdict for name, answer in answers.items()} == dict.fromkeys(WRONG_MEDIA, refused)


@BOTH
@EVERY_METHOD
def test_a_body_that_is_too_large_is_refused_whatever_it_is(unwritten: Native, path: str, prefix: str) -> None:
    limit = MEBIBYTE * (16 if path == "batch" else 1)
    answer = unwritten.at(prefix).send(path, b"x" * (limit + 1), **{"Content-Type": "text/plain"})
    assert answer.verdict == (413, "REQUEST_TOO_LARGE")


@EVERY_METHOD
def test_a_body_of_the_largest_size_is_read(unwritten: Native, path: str) -> None:
    filled = json.dumps({"notes": "x" * (MEBIBYTE - len('{"notes": ""}'))}).encode()
    assert len(filled) == MEBIBYTE
    assert unwritten.send(path, filled).code == after_the_body(path)


@EVERY_METHOD
def test_the_deepest_body_is_read(unwritten: Native, path: str) -> None:
    assert unwritten.send(path, nested(DEEPEST)).code == after_the_body(path)


@EVERY_METHOD
def test_json_by_any_of_its_names_is_read(unwritten: Native, path: str) -> None:
    body = b'\xef\xbb\xbf{"nonsense": "\xc3\xa9"}'
    codes = {unwritten.send(path, body, **{"Content-Type": media}).code for media in JSON_NAMES}
    assert codes == {after_the_body(path)}

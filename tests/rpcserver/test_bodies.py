"""Bodies: what is JSON, what is not, and what the fast parser must not decide."""

import asyncio
import tracemalloc
from decimal import Decimal

import pytest
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Message, Scope

from ledger.errors import MalformedRequest, RequestTooLarge, ServiceUnavailable, UnsupportedMediaType
from rpcserver.bodies import DEPTH, LIGHT, MOST_VALUES, Held, check_media, parsed, read


def test_numbers_are_exact() -> None:
    found = parsed(b'{"amount": 90071992547409.93, "count": 12345678901234567890123, "whole": 300.0}')
    assert found == {"amount": Decimal("90071992547409.93"), "count": 12345678901234567890123, "whole": Decimal("300.0")}


def test_a_byte_order_mark_is_passed_over() -> None:
    assert parsed(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "there is no body"),
        (b" \n\t", "there is no body"),
        (b"\xef\xbb\xbf", "there is no body"),
        (b"{", "not JSON"),
        (b'{"a": 1,}', "not JSON"),
        (b'{"a": 1} x', "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b"a=1&b=2", "not JSON"),
        (b'{"a": NaN}', "not JSON"),
        (b'{"a": Infinity}', "not JSON"),
        (b'{"a": -Infinity}', "not JSON"),
        (b'{"a": "\x01"}', "not JSON"),
        (b'{"a": "\xff"}', "not JSON"),
        (b'{"a": 1, "a": 2}', "duplicate key"),
        (b'{"x": {"a": 1, "a": 2}}', "duplicate key"),
        (b'{"x": "\\ud800", "a": 1, "a": 2}', "not JSON"),
        (b"[" * 300 + b"]" * 300, "JSON list"),
        (b'{"a":' + b"[" * 300 + b"]" * 300 + b"}", "32 levels"),
        (b"[" * 90_000, "not JSON"),
        (b"[" * 300_000, "more than 100000 values"),
        (b'{"a":[' + b"1," * 100_000 + b"1]}", "more than 100000 values"),
        (b'{"a":[' + b"{}," * 50_000 + b"1]}", "more than 100000 values"),
        (b"[1]", "JSON list"),
        (b'"text"', "JSON text"),
        (b"12", "JSON number"),
        (b"1.5", "JSON number"),
        (b"true", "JSON boolean"),
        (b"null", "JSON null"),
    ],
)
def test_what_is_no_json_object_is_malformed(body: bytes, why: str) -> None:
    with pytest.raises(MalformedRequest, match=why):
        parsed(body)


def test_a_body_may_hold_very_many_values_and_much_text() -> None:
    assert parsed(b'{"a":[' + b"1," * (MOST_VALUES - 10) + b"1]}")["a"] == [1] * (MOST_VALUES - 9)
    assert parsed(b'{"a":"' + b"x" * (10 * MOST_VALUES) + b'"}')


def test_objects_and_lists_may_be_nested_32_deep() -> None:
    assert parsed(b'{"a":' + b"[" * (DEPTH - 1) + b"]" * (DEPTH - 1) + b"}")
    with pytest.raises(MalformedRequest, match="32 levels"):
        parsed(b'{"a":' + b"[" * DEPTH + b"]" * DEPTH + b"}")


def test_half_a_surrogate_pair_is_a_fault_of_its_parameter_and_not_of_the_json() -> None:
    assert parsed(b'{"amount": 1.10, "notes": "a\\ud800b"}') == {"amount": Decimal("1.10"), "notes": "a\ud800b"}
    assert parsed(b'{"\\udc00": 1}') == {"\udc00": 1}


def test_a_number_beyond_any_exponent_or_length_is_a_fault_of_its_parameter() -> None:
    assert parsed(b'{"amount": 1e99999999999999999999}') == {"amount": Decimal("Infinity")}
    assert parsed(b'{"amount": ' + b"9" * 5000 + b"}") == {"amount": Decimal("Infinity")}
    assert parsed(b'{"amount": 1e400}') == {"amount": Decimal("1e400")}


@pytest.mark.parametrize(
    "announced",
    [
        "application/json",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "APPLICATION/JSON",
        "text/json",
        "application/vnd.api+json",
        "application/x-json",
    ],
)
def test_json_and_its_friends_are_taken(announced: str) -> None:
    check_media(Headers({"content-type": announced}))


def test_a_body_that_is_not_announced_is_tried() -> None:
    check_media(Headers({}))


@pytest.mark.parametrize(
    "announced",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/xml",
        "json",
        "application/jsonp",
        "application/json; charset=utf-16",
        "application/json; charset=latin-1",
        "text/plain; a=application/json",
    ],
)
def test_what_is_announced_as_something_else_is_refused(announced: str) -> None:
    with pytest.raises(UnsupportedMediaType):
        check_media(Headers({"content-type": announced}))


def test_a_compressed_body_is_refused() -> None:
    with pytest.raises(UnsupportedMediaType, match="gzip"):
        check_media(Headers({"content-type": "application/json", "content-encoding": "gzip"}))
    check_media(Headers({"content-type": "application/json", "content-encoding": "identity"}))


def test_what_calls_hold_together_has_a_limit_and_is_let_go_with_them() -> None:
    first: Scope = {}
    second: Scope = {}
    held = Held(3 * LIGHT)
    held.take(first, LIGHT)
    held.take(first, 2 * LIGHT)
    held.take(second, LIGHT)
    with pytest.raises(ServiceUnavailable, match="too many large bodies"):
        held.take(second, LIGHT + 1)
    held.let_go(first)
    held.take(second, 3 * LIGHT)
    held.let_go(second)
    held.let_go(second)
    held.take(first, 3 * LIGHT)


def test_what_comes_beyond_the_limit_is_read_and_forgotten() -> None:
    size, piece = 0, b" " * (1 << 16)

    async def receive() -> Message:
        nonlocal size
        size += len(piece)
        return {"type": "http.request", "body": piece, "more_body": size < 64 * len(piece)}

    request, held = Request({"type": "http", "headers": []}, receive), Held(2 * len(piece))
    tracemalloc.start()
    try:
        with pytest.raises(RequestTooLarge):
            asyncio.run(read(request, len(piece), 100 * len(piece), 10, held))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (size, most < 8 * len(piece)) == (64 * len(piece), True)

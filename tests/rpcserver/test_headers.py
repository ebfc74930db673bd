"""Headers are found at once, and as the ones that Starlette looks for at every question."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette import datastructures
from starlette.requests import Request

from rpcserver.headers import Headers, Incoming, headers_of

RAW = [(b"x-auth-token", b"a"), (b"accept", b"*/*"), (b"x-auth-token", b"b"), (b"x-name", "é".encode("latin-1"))]
NAMES = st.sampled_from(["x-auth-token", "X-Auth-Token", "accept", "x-name", "nothing", ""])
LINES = st.lists(st.tuples(st.sampled_from([b"x-auth-token", b"accept", b"x-name"]), st.binary(max_size=4)), max_size=6)


@given(LINES, NAMES)
def test_every_question_is_answered_as_starlette_answers_it(raw: list[tuple[bytes, bytes]], name: str) -> None:
    ours, theirs = Headers({"type": "http", "headers": raw}), datastructures.Headers(raw=raw)
    assert ours.get(name) == theirs.get(name)
    assert ours.get(name, "else") == theirs.get(name, "else")
    assert ours.getlist(name) == theirs.getlist(name)
    assert (name in ours) == (name in theirs)
    assert ours.items() == theirs.items()


def test_a_header_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        Headers({"type": "http", "headers": RAW})["nothing"]
    assert Headers({"type": "http", "headers": RAW})["X-Auth-Token"] == "a"


def test_they_are_read_once_for_each_request() -> None:
    scope = {"type": "http", "headers": RAW}
    request: Request = Incoming(scope)
    assert request.headers is headers_of(scope) is Incoming(scope).headers
    assert request.headers["x-name"] == "é"

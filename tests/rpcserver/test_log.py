"""The log: one line a call, in JSON or for reading, and request ids."""

import json
import logging
import sys

import pytest
from starlette.datastructures import Headers

from rpcserver import log

pytestmark = pytest.mark.one_engine


def record(**extra: object) -> logging.LogRecord:
    made = logging.LogRecord("rpcserver.call", logging.INFO, __file__, 1, "call", (), None)
    made.__dict__.update(extra)
    made.created = 0.5
    return made


def test_a_line_is_one_json_object() -> None:
    line = log.JsonLines().format(record(call={"request_id": "r1", "method": "payments/list", "status": 200, "actor": None}))
    assert json.loads(line) == {
        "time": "1970-01-01T00:00:00.500Z",
        "level": "info",
        "logger": "rpcserver.call",
        "message": "call",
        "request_id": "r1",
        "method": "payments/list",
        "status": 200,
    }


@pytest.mark.parametrize("form", [log.JsonLines(), log.TextLines()])
def test_nothing_a_caller_sends_can_begin_a_line(form: logging.Formatter) -> None:
    assert "\n" not in form.format(record(call={"path": '/x\n{"level": "info"}\ud800'}))


@pytest.mark.parametrize("form", [log.JsonLines(), log.TextLines()])
def test_an_exception_is_logged_whole(form: logging.Formatter) -> None:
    try:
        raise LookupError("gone")
    except LookupError:
        line = form.format(record(exc_info=sys.exc_info(), call={"request_id": "r1"}))
    assert "LookupError: gone" in line
    assert "test_log.py" in line


@pytest.mark.parametrize("given", ["abc", "A.b_c-9", "x" * 128])
def test_a_request_id_of_the_right_form_is_kept(given: str) -> None:
    assert log.request_id(Headers({"X-Request-Id": given})) == given


@pytest.mark.parametrize("given", ["", "x" * 129, "a b", "é", "a\nb", "a/b", "a;b"])
def test_any_other_is_replaced_by_one_of_ours(given: str) -> None:
    made = log.request_id(Headers(raw=[(b"x-request-id", given.encode("latin-1"))]))
    assert made != given
    assert len(made) == 32

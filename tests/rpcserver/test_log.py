"""The log: one line a call, in JSON or for reading, and request ids."""

import asyncio
import io
import json
import logging
import sys
from typing import Any

import pytest
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

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


class Paper(io.StringIO):
    """Notes each piece that is written."""

    def __init__(self, *, is_full: bool = False) -> None:
        super().__init__()
        self.pieces: list[str] = []
        self.is_full = is_full

    def write(self, text: str) -> int:
        if self.is_full:
            raise OSError("no space is left")
        self.pieces.append(text)
        return len(text)


def call(name: str) -> log.CallRecord:
    return log.CallRecord(logging.INFO, {"method": name}, 0.5)


def lines_on(paper: Paper) -> log.Lines:
    handler = log.Lines(paper)
    handler.setFormatter(log.JsonLines())
    return handler


def methods(piece: str) -> list[str | None]:
    return [json.loads(line).get("method") for line in piece.splitlines()]


def test_the_lines_of_calls_that_end_in_one_turn_are_written_together() -> None:
    paper = Paper()
    lines = lines_on(paper)

    async def turns() -> None:
        for turn in (["a", "b", "c"], ["d"]):
            for name in turn:
                lines.handle(call(name))
            assert len(paper.pieces) == (turn == ["d"])
            await asyncio.sleep(0)

    asyncio.run(turns())
    assert [methods(piece) for piece in paper.pieces] == [["a", "b", "c"], ["d"]]


def test_any_other_line_is_written_at_once_behind_those_before_it() -> None:
    paper = Paper()
    lines = lines_on(paper)

    async def turn() -> None:
        lines.handle(call("a"))
        lines.handle(record())
        assert [methods(piece) for piece in paper.pieces] == [["a", None]]
        lines.handle(call("b"))

    asyncio.run(turn())
    assert methods("".join(paper.pieces)) == ["a", None, "b"]


def test_without_an_event_loop_a_line_is_written_at_once() -> None:
    paper = Paper()
    lines_on(paper).handle(call("a"))
    assert len(paper.pieces) == 1


def test_what_is_held_when_the_process_ends_is_written_then() -> None:
    paper = Paper()
    lines = lines_on(paper)

    async def last() -> None:
        lines.handle(call("a"))
        lines.flush()

    asyncio.run(last())
    assert [methods(piece) for piece in paper.pieces] == [["a"]]


def test_a_line_that_cannot_be_made_keeps_no_other_from_being_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    paper = Paper()
    lines = lines_on(paper)

    async def turn() -> None:
        for each in (call("a"), record(msg="%d", args=("no number",)), call("b")):
            lines.handle(each)
        await asyncio.sleep(0)

    asyncio.run(turn())
    assert methods("".join(paper.pieces)) == ["a", "b"]


def test_a_full_disk_is_no_fault_of_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logging, "raiseExceptions", False)
    paper = Paper(is_full=True)
    lines = lines_on(paper)
    lines.handle(call("a"))
    paper.is_full = False
    lines.handle(call("b"))
    assert [methods(piece) for piece in paper.pieces] == [["b"]]


def test_calls_that_end_in_one_turn_are_told_of_in_a_row_each_with_the_moment_of_its_end(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    ends = iter([1.5, 2.5, 3.5])
    monkeypatch.setattr("rpcserver.log.time.time", lambda: next(ends))

    async def answered(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})

    async def nobody(*_: object) -> Any:
        return {}

    async def turns() -> None:
        logged = log.Logged(answered)
        for turn in (["a", "b"], ["c"]):
            before = len(caplog.records)
            for name in turn:
                await logged({"type": "http", "headers": [(b"x-request-id", name.encode())]}, nobody, nobody)
            assert len(caplog.records) == before
            await asyncio.sleep(0)

    with caplog.at_level(logging.INFO, "rpcserver.call"):
        asyncio.run(turns())
    told = [(record.__dict__["call"]["request_id"], record.created) for record in caplog.records]
    assert told == [("a", 1.5), ("b", 2.5), ("c", 3.5)]

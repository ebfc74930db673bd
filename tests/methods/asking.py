"""Asking methods as a door does: parse, prepare, run, show."""

import json
from decimal import Decimal
from typing import Any

import orjson

from ledger.entry import Entry, Reading
from ledger.errors import Fault, Refusal
from methods import METHODS
from methods.method import Method, Params, Stream, parse, translated
from methods.projection import projected, rehearsed
from tests.books import Company

ALIASES = ("authentication/token", "authentication/token/release")


def sent(body: object) -> Any:
    """A body as the door reads it: numbers exactly."""
    return json.loads(json.dumps(body), parse_float=Decimal)


def read(path: str, body: dict[str, Any], **how: bool) -> Params:
    """The parameters of a call."""
    return parse(METHODS[path], sent(body), **how)


def faults(path: str, body: dict[str, Any], **how: bool) -> list[Fault]:
    """What is wrong with the parameters of a call."""
    try:
        parse(METHODS[path], body, **how)
    except Refusal as refusal:
        return list(refusal.faults)
    return []


def said(path: str, body: dict[str, Any], **how: bool) -> dict[str, str]:
    """The same as parameter -> code."""
    return {fault.word: fault.code for fault in faults(path, body, **how)}


def ask(company: Company, path: str, body: dict[str, Any] | None = None, **how: bool) -> Any:
    """What a method answers, as a client reads it; numbers exactly. Whole answers have to be of the shape that is documented."""
    method = METHODS[path]
    params = parse(method, sent(body or {}), **how)
    call = company.call._replace(method=path, rehearsal=bool(getattr(params, "validate_only", False)))
    prepared = (method.prepare(company.book, call, params),) if method.prepare else ()

    def run(reading: Reading) -> bytes:
        data = method.run(reading, params, *prepared)
        if isinstance(data, Stream):
            data = _drained(data, reading)
        data = rehearsed(reading, data) if isinstance(reading, Entry) and call.rehearsal else data
        return orjson.dumps(projected(getattr(params, "fields_set", None), data))

    written = company.book.enter(call, run) if method.writes else company.book.read(call, run)
    answer = json.loads(written, parse_float=Decimal)
    if not getattr(params, "fields_set", None) and not call.rehearsal:
        for data in answer if method.many else [answer]:
            method.shape.model_validate(data)
    return answer


def refused(company: Company, path: str, body: dict[str, Any] | None = None, **how: bool) -> list[tuple[str, str]]:
    """Parameters and codes of a refusal, as the door answers them."""
    try:
        ask(company, path, body, **how)
    except Refusal as refusal:
        return [(fault.word, fault.code) for fault in translated(METHODS[path], refusal)] or [("", refusal.code)]
    raise AssertionError(f"{path} was not refused")


def _drained(stream: Stream, reading: Reading) -> list[dict[str, Any]]:
    rows, cursor = stream.page(reading, None)
    while cursor is not None:
        more, cursor = stream.page(reading, cursor)
        rows = [*rows, *more]
    return rows


def methods() -> dict[str, Method]:
    """Every method once, by its own path."""
    return {path: method for path, method in METHODS.items() if path not in ALIASES}

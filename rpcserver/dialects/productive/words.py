"""Refusals in the words of this door: JSON:API error objects, each with a status, a code, a title, a detail and where it lies."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from ledger.entry import Answer
from ledger.errors import (
    EntityNotFound,
    IdempotencyInProgress,
    InvalidParameter,
    MalformedRequest,
    NotPermitted,
    Refusal,
    UnsupportedMediaType,
)
from rpcserver.faults import Kind, headers_of, kind_of
from rpcserver.keys import KEY

MEDIA_TYPE = "application/vnd.api+json"
HEADERS = {"Content-Type": f"{MEDIA_TYPE}; charset=utf-8"}
DETAIL_LIMIT = 2_000
BLANK = "can't be blank"
NO_DATE = "is not a date"

_INVALID = "invalid_attribute_value"
_CLASSES: Mapping[int, type[Refusal]] = {
    400: MalformedRequest,
    403: NotPermitted,
    404: EntityNotFound,
    406: UnsupportedMediaType,
    409: InvalidParameter,
    415: UnsupportedMediaType,
    422: InvalidParameter,
}
_ATTRIBUTES: Mapping[str, str] = {
    "amount": "amount",
    "account": "invoice",
    "currency": "invoice",
    "invoice": "invoice",
    "notes": "note",
    "received_on": "paid_on",
    "written_off_on": "written_off_on",
}
"""The ledger's words and the attributes that they are here; the rest is configuration, which no request of this door names."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One error object. Without a source it has an empty one, and an empty meta."""

    status: int
    code: str
    title: str
    detail: str
    source: tuple[str, str] | None = None

    def shown(self) -> dict[str, Any]:
        """The object as it is sent."""
        head = {"status": str(self.status), "code": self.code, "title": self.title, "detail": _writable(self.detail)}
        if self.source is None:
            return {**head, "meta": {}, "source": {}}
        kind, place = self.source
        return {**head, "source": {kind: _writable(place)}}


def attribute(name: str, detail: str) -> Problem:
    """An attribute that is blank, or not of its kind."""
    return Problem(422, "invalid_attribute", "Invalid Attribute", detail, ("pointer", f"data/attributes/{name}"))


def value(name: str, detail: str) -> Problem:
    """An attribute of the right kind with a value that cannot be taken."""
    return Problem(422, _INVALID, "Invalid Attribute Value", detail, ("pointer", f"data/attributes/{name}"))


def parameter(name: str, code: str, title: str, detail: str) -> Problem:
    """Something wrong with a query parameter."""
    return Problem(400, code, title, detail, ("parameter", name))


def document(pointer: str, detail: str) -> Problem:
    """A body that is no document of this kind, and where."""
    return Problem(400, "invalid_document", "Invalid Document", detail, ("pointer", pointer))


def not_found(attribute: str | None = None) -> Problem:
    """A record that is not there, or not for the caller: the one in the path, or one that an attribute names."""
    source = ("pointer", f"data/attributes/{attribute}") if attribute else None
    return Problem(404, "record_not_found", "Record Not Found", "The requested record was not found", source)


def refusal(problems: Iterable[Problem]) -> Refusal:
    """The refusal that is answered with these error objects, which share a status."""
    found = tuple(problems)
    return _CLASSES[found[0].status](found[0].detail, problems=found)


def answer(refused: Refusal) -> Answer:
    """A refusal as an answer."""
    problems = problems_of(refused)
    body = orjson.dumps({"errors": [problem.shown() for problem in problems]})
    return Answer(problems[0].status, HEADERS | headers_of(refused), body)


def problems_of(refused: Refusal) -> tuple[Problem, ...]:
    """The error objects of a refusal, of this door's own or of the house's."""
    own = refused.values.get("problems")
    if isinstance(own, tuple):
        return own
    if isinstance(refused, IdempotencyInProgress):
        return (Problem(409, "idempotency_in_progress", "Idempotency In Progress", refused.message, ("header", KEY)),)
    kind = kind_of(refused)
    if kind is Kind.NOT_FOUND:
        return (not_found(_ATTRIBUTES.get(refused.word)),)
    if kind in _PLAIN:
        status, code, title = _PLAIN[kind]
        source = ("header", KEY) if refused.word == KEY else None
        return (Problem(status, code, title, _DETAILS.get(kind, refused.message), source),)
    return tuple(_broken_rule(refused.code, fault.word, fault.message) for fault in refused.faults) or (
        _broken_rule(refused.code, "", refused.message),
    )


def _broken_rule(code: str, word: str, message: str) -> Problem:
    name = _ATTRIBUTES.get(word)
    if name is not None:
        return value(name, message)
    title = code.replace("_", " ").title()
    return Problem(422, code.lower(), title, message, ("header", KEY) if word == KEY else None)


_PLAIN: Mapping[Kind, tuple[int, str, str]] = {
    Kind.NO_SUCH_PATH: (404, "not_found", "Not Found"),
    Kind.WRONG_VERB: (405, "method_not_allowed", "Method Not Allowed"),
    Kind.TOO_LARGE: (413, "content_too_large", "Content Too Large"),
    Kind.WRONG_MEDIA: (415, "unsupported_media_type", "Unsupported Media Type"),
    Kind.MALFORMED: (400, "bad_request", "Bad Request"),
    Kind.THROTTLED: (429, "too_many_requests", "Too Many Requests"),
    Kind.UNAUTHENTICATED: (401, "invalid_auth_token", "Unauthenticated"),
    Kind.FORBIDDEN: (403, "access_denied", "Access Denied"),
    Kind.UNAVAILABLE: (503, "service_unavailable", "Service Unavailable"),
    Kind.BROKEN: (500, "internal_server_error", "Internal Server Error"),
}
_DETAILS: Mapping[Kind, str] = {Kind.UNAUTHENTICATED: "You are not authenticated"}


def _writable(text: str) -> str:
    """A text that UTF-8 can write: half a surrogate pair, which a caller may have sent, comes as its escape."""
    return text[:DETAIL_LIMIT].encode("utf-8", "backslashreplace").decode()

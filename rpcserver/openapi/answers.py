"""What a method can be answered: its success, and every refusal under its status."""

from collections.abc import Iterable
from typing import Any

import orjson

from ledger.errors import (
    AmbiguousIdentifier,
    EntityNotFound,
    Fault,
    IdentifierMissing,
    MultipleIdentifiers,
    Refusal,
    UnsupportedMediaType,
)
from methods.method import Method
from methods.objects.sessions import Envelope
from rpcserver import envelope, faults
from rpcserver.openapi.schemas import Components, Schema, reference

OK = "Ok"
REFUSALS = "Refusal"
_OF_IDENTIFIERS = (IdentifierMissing, MultipleIdentifiers, EntityNotFound, AmbiguousIdentifier)
_HEADERS: dict[str, tuple[str, Schema]] = {
    "X-Request-Id": ("The caller's, or else one of ours: ask for it in the log.", {"type": "string"}),
    "Idempotency-Replayed": ("`true` if this is the kept answer of an earlier call.", {"const": "true"}),
    "WWW-Authenticate": ("How to authenticate.", {"type": "string"}),
    "Allow": ("The verbs that the path answers.", {"type": "string"}),
    "Retry-After": ("Seconds to wait before trying again.", {"type": "string", "pattern": "^[0-9]+$"}),
}
_HEADERS_OF_STATUS = {401: ("WWW-Authenticate",), 405: ("Allow",), 429: ("Retry-After",)}


def headers() -> dict[str, Any]:
    """The headers that answers have, as components."""
    return {name: {"description": meaning, "schema": schema} for name, (meaning, schema) in _HEADERS.items()}


def examples(refusals: Iterable[type[Refusal]]) -> dict[str, Any]:
    """An envelope of each refusal, as components."""
    return {refusal.code: {"summary": refusal.meaning, "value": _example(refusal)} for refusal in refusals}


def _example(refusal: type[Refusal]) -> Any:
    parameter = "accounts_receivable_identifier" if refusal in _OF_IDENTIFIERS else "payment_amount"
    listed = [Fault(parameter, refusal.code, refusal.meaning)] if faults.kind_of(refusal) in faults.LISTED else []
    return orjson.loads(envelope.refused(refusal(refusal.meaning), listed))


def put_envelopes(components: Components) -> None:
    """The envelopes that all answers share: a success's status, and a refusal as a whole."""
    null = {"type": "null"}
    success = {"type": "object", "required": ["code", "message", "description"], "additionalProperties": False}
    components.put(OK, success | {"properties": {"code": {"const": envelope.OK}, "message": null, "description": null}})
    components.of_shape(Envelope)
    components.put(REFUSALS, {"allOf": [reference("Envelope")], "required": ["status", "data"]})


def responses(method: Method, components: Components, *, from_query: bool) -> dict[str, Any]:
    """All answers of a method by their status."""
    by_status: dict[int, list[type[Refusal]]] = {}
    for refusal in method.all_refusals:
        if not (from_query and refusal is UnsupportedMediaType):
            by_status.setdefault(faults.status_of(refusal), []).append(refusal)
    refused = {status: _refused(method, status, by_status[status]) for status in sorted(by_status)}
    return {
        "200": _succeeded(method, components),
        **{str(status): components.put_response(status, response) for status, response in refused.items()},
    }


def _succeeded(method: Method, components: Components) -> Schema:
    data = components.of_shape(method.shape)
    schema = {
        "type": "object",
        "required": ["status", "data"],
        "properties": {"status": reference(OK), "data": {"type": "array", "items": data} if method.many else data},
        "additionalProperties": False,
    }
    kept = ("Idempotency-Replayed",) if method.writes and not method.secret else ()
    return _response("The call was done.", ("X-Request-Id", *kept), {"schema": schema})


def _refused(method: Method, status: int, refusals: list[type[Refusal]]) -> Schema:
    codes = [refusal.code for refusal in refusals]
    said = {"properties": {"code": {"enum": codes}}, "required": ["code"]}
    data = {"type": ["array", "null"] if method.shape is Envelope else "null"}
    content = {
        "schema": {"allOf": [reference(REFUSALS), {"properties": {"status": said, "data": data}}]},
        "examples": {code: {"$ref": f"#/components/examples/{code}"} for code in codes},
    }
    meaning = "\n".join(f"- `{refusal.code}`: {refusal.meaning}" for refusal in refusals)
    return _response(meaning, ("X-Request-Id", *_HEADERS_OF_STATUS.get(status, ())), content)


def _response(description: str, names: tuple[str, ...], content: Schema) -> Schema:
    return {
        "description": description,
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
        "content": {envelope.JSON: content},
    }

"""How this door behaves: its tokens, what it answers in, and refusals in its words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import orjson
from starlette.datastructures import Headers
from starlette.requests import Request

from ledger import errors
from ledger.entry import Answer
from ledger.errors import InvalidToken, Refusal
from rpcserver import faults, rest
from rpcserver.dialects.waldur import words
from rpcserver.faults import Kind
from rpcserver.rest import Asking, Resource

JSON = "application/json"
BODY, DETAIL = "body", "detail"
HTML = "text/html; charset=utf-8"
NO_SUCH_PAGE = (
    b'<!doctype html>\n<html lang="en"><head><title>Not Found</title></head>'
    b"<body><h1>Not Found</h1><p>There is nothing at this address.</p></body></html>\n"
)
ALL_ANSWERS = {"Vary": "Accept", "Content-Language": "en"}

FIELDS: Mapping[str, str] = {
    "amount": "sum",
    "received_on": "date_of_payment",
    "account": "profile",
    "profile": "profile",
    "invoice": "invoice",
    "name": "name",
    "payment_type": "payment_type",
    "attributes": "attributes",
}
"""The ledger's words as this door's fields; what is not among them is said of no field."""

STATUS: Mapping[Kind, int] = {
    **faults.STATUS,
    Kind.INVALID: 400,
    Kind.AMBIGUOUS: 400,
    Kind.CONFLICT: 400,
}

SAID: Mapping[type[Refusal], object] = {
    errors.NotPermitted: {"detail": words.NOT_PERMITTED},
    errors.InvalidCredentials: {"detail": words.WRONG_LOGIN},
    errors.InvalidToken: {"detail": words.TOKEN_UNKNOWN},
    errors.ExpiredToken: {"detail": words.TOKEN_EXPIRED},
    errors.AlreadyLinked: [words.LINKED],
    errors.NotLinked: [words.NOT_LINKED],
    errors.AccountMismatch: [words.OTHER_CUSTOMER],
    errors.ActiveProfileExists: {words.NON_FIELD: [words.SECOND_ACTIVE]},
}
"""Refusals that the foreign API has a sentence of its own for."""

OWN_STATUS: Mapping[type[Refusal], int] = {errors.IdempotencyKeyReused: 422, errors.IdempotencyInProgress: 409}
"""What the foreign API does not know is answered as at every door."""

FIELDED = frozenset({Kind.INVALID, Kind.AMBIGUOUS, Kind.CONFLICT, Kind.NOT_FOUND})
"""Kinds whose faults are said field by field."""


@dataclass(slots=True)
class Manners:
    """`token_first`: not so where nobody is asked for a token. `negotiates`: not where the answer is a file."""

    word: str = "waldur"
    token_first: bool = True
    negotiates: bool = True

    def token(self, headers: Headers) -> str | None:
        """The token of a request; one that is missing, or in no form we know, is refused in the foreign API's words."""
        found = rest.header_token(headers)
        if found is None:
            is_alone = any(line.strip().lower() == "token" for line in headers.getlist("authorization"))
            raise words.detailed(InvalidToken, words.TOKEN_ALONE if is_alone else words.NO_CREDENTIALS)
        if " " in found:
            raise words.detailed(InvalidToken, words.TOKEN_WITH_SPACES)
        return found

    def admit(self, asking: Asking) -> None:
        """Whoever has a token may come in."""

    def check_media(self, asking: Asking) -> None:
        """Refuse an answer that is wanted in another form than JSON. What form a body has is looked at when it is read."""
        if not self.negotiates:
            return
        if asking.query.get("format") not in (None, "", "json"):
            raise words.detailed(errors.EntityNotFound, words.NOT_FOUND)
        if not _takes_json(asking.headers.get("accept", "")):
            raise words.detailed(errors.UnsupportedMediaType, words.NOT_ACCEPTABLE, status=406)

    def refused(self, refusal: Refusal, request: Request, action: str) -> Answer:
        """A refusal in the foreign API's words."""
        kind = faults.kind_of(refusal)
        if kind is Kind.NO_SUCH_PATH:
            return Answer(404, ALL_ANSWERS | {"Content-Type": HTML}, NO_SUCH_PAGE)
        extra = faults.headers_of(refusal)
        extra.pop("WWW-Authenticate", None)
        if isinstance(refusal, errors.InvalidToken | errors.ExpiredToken):
            extra["WWW-Authenticate"] = "Token"
        said = refusal.values.get("status")
        status = said if isinstance(said, int) else OWN_STATUS.get(type(refusal), STATUS[kind])
        return answer(request, status, _body(refusal, kind, request), **extra)


def answer(request: Request, status: int, data: object = None, **headers: str) -> Answer:
    """An answer of this door; data None is an empty body. Which verbs there are goes with every answer."""
    made = {**ALL_ANSWERS, "Allow": allowed(request), **headers}
    if data is None:
        return Answer(status, made, b"")
    return Answer(status, made | {"Content-Type": JSON}, orjson.dumps(data))


def allowed(request: Request) -> str:
    """The verbs of the resource that was asked."""
    endpoint = request.scope.get("endpoint")
    return ", ".join(endpoint.actions or ()) if isinstance(endpoint, Resource) else ""


def _takes_json(accept: str) -> bool:
    ranges = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    return not accept.strip() or any(one in ("*/*", "application/*", JSON) for one in ranges)


def _body(refusal: Refusal, kind: Kind, request: Request) -> object:
    if BODY in refusal.values:
        return refusal.values[BODY]
    if refusal.values.get("disabled"):
        return {DETAIL: words.USER_DISABLED}
    said = SAID.get(type(refusal))
    if said is not None:
        return said
    sentence = SENTENCES.get(kind)
    if sentence is not None:
        return {DETAIL: sentence(refusal, request)}
    if kind in FIELDED and type(refusal) not in OWN_STATUS:
        return _by_field(refusal)
    return {DETAIL: _writable(refusal.message)}


def _by_field(refusal: Refusal) -> dict[str, list[str]]:
    made: dict[str, list[str]] = {}
    for fault in refusal.faults:
        made.setdefault(FIELDS.get(fault.word, words.NON_FIELD), []).append(_writable(fault.message))
    return made or {words.NON_FIELD: [_writable(refusal.message)]}


def _wrong_verb(refusal: Refusal, request: Request) -> str:
    return f'Method "{request.method[:20]}" not allowed.'


def _throttled(refusal: Refusal, request: Request) -> str:
    return f"Request was throttled. Expected available in {refusal.values.get('retry_after', 1)} seconds."


SENTENCES: Mapping[Kind, Callable[[Refusal, Request], str]] = {Kind.WRONG_VERB: _wrong_verb, Kind.THROTTLED: _throttled}
"""Kinds of refusal that are said in one sentence, whatever they are about."""


def _writable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode()

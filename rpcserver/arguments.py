"""GET query and POST JSON become one dict of arguments, and the token that came with it."""

import re
from base64 import b64decode
from typing import NamedTuple
from urllib.parse import unquote_plus

from starlette.datastructures import Headers

from ledger.errors import Fault, InvalidToken, MalformedRequest, RequestTooLarge
from rpcserver import bodies

TOKEN = "token"
KEY = "web_api_key"
QUERY_LIMIT = 20 << 10
"""The longest query, in bytes, at any door."""
MOST_PARAMETERS = 1000
HOST_LIMIT = 255
"""Characters of a host's name and port; links in answers repeat it, row by row."""

_MEMBER = re.compile(r"([^\[\]]+)\[([^\[\]]+)\]")


class Arguments(NamedTuple):
    """What a call brings: its parameters, the tokens beside them, and parameters that stand where none are read."""

    given: dict[str, object]
    tokens: tuple[object, ...] = ()
    misplaced: tuple[str, ...] = ()
    from_query: bool = False

    @property
    def token(self) -> str | None:
        """The token, which may come in several places; what is no text, and two that differ, are refused. Methods that are for
        everybody do not look at it."""
        if not self.tokens:
            return None
        first = self.tokens[0]
        if len(self.tokens) == 1 and isinstance(first, str):
            return first
        for token in self.tokens:
            if not isinstance(token, str):
                raise InvalidToken("the token is no text", TOKEN)
        if any(token != first for token in self.tokens[1:]):
            raise MalformedRequest("two different tokens were sent; send one, in a header, the body or the query", TOKEN)
        return str(first)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What is misplaced, as faults of the parameter phase."""
        if not self.misplaced:
            return ()
        why = "was sent in the query; a POST request reads its parameters from the JSON body"
        return tuple(Fault(name, "UNKNOWN_PARAMETER", f"{name} {why}") for name in self.misplaced)


def of_get(query: bytes, headers: Headers) -> Arguments:
    """The arguments of a GET request, all from its query."""
    given = query_arguments(query)
    tokens = (*header_tokens(headers), *_given_token(given))
    return Arguments(given, tokens, from_query=True)


def of_post(body: bytes, query: bytes, headers: Headers) -> Arguments:
    """The arguments of a POST request, from its JSON body; of its query only the token counts."""
    bodies.check_media(headers)
    given = bodies.parsed(body)
    beside = query_arguments(query) if query else {}
    tokens = (*header_tokens(headers), *_given_token(given), *_given_token(beside))
    return Arguments(given, tokens, tuple(beside))


def check_query(query: bytes) -> None:
    """Refuse a query that is longer, or of more parameters, than any that is meant well."""
    if len(query) > QUERY_LIMIT:
        raise RequestTooLarge(f"the query is longer than {QUERY_LIMIT} bytes")
    if query.count(b"&") >= MOST_PARAMETERS:
        raise MalformedRequest(f"the query has more than {MOST_PARAMETERS} parameters")


def check_host(headers: Headers) -> None:
    """Refuse a host of a name that none can have."""
    if len(headers.get("host", "")) > HOST_LIMIT:
        raise MalformedRequest(f"the host's name is longer than {HOST_LIMIT} characters")


def query_arguments(query: bytes) -> dict[str, object]:
    """The parameters of a query. Identifiers come as `name=member=value` (the first `=` splits) or as `name[member]=value`; the
    first stays a text for the identifiers to read, the second becomes an object. A parameter that comes twice is refused."""
    check_query(query)
    found: dict[str, object] = {}
    for pair in query.split(b"&") if query else ():
        if pair:
            name, _, value = pair.partition(b"=")
            _put(found, _decoded(name), _decoded(value))
    return found


def _put(found: dict[str, object], name: str, value: str) -> None:
    parts = _MEMBER.fullmatch(name)
    if parts is None:
        if name in found:
            raise _repeated(name)
        found[name] = value
        return
    inner = found.setdefault(parts[1], {})
    if not isinstance(inner, dict) or parts[2] in inner:
        raise _repeated(name)
    inner[parts[2]] = value


def _repeated(name: str) -> MalformedRequest:
    return MalformedRequest(f"the parameter {name[:100]!r} was sent more than once")


def _decoded(part: bytes) -> str:
    try:
        return unquote_plus(part.decode("utf-8"), errors="strict")
    except UnicodeDecodeError:
        raise MalformedRequest("the query is not UTF-8, percent-encoded") from None


def header_tokens(headers: Headers) -> list[str]:
    """The tokens in `Authorization` (`Bearer k`, `Token k`, and `Bearer Token k`, which a published client sends) and in
    `X-Auth-Token`."""
    found = []
    for line in headers.getlist("authorization"):
        words = line.split()
        if len(words) > 1 and words[0].lower() in ("bearer", "token"):
            rest = words[1:]
            found.append(" ".join(rest[1:] if len(rest) > 1 and rest[0].lower() == "token" else rest))
    return found + [text for text in map(str.strip, headers.getlist("x-auth-token")) if text]


def take_basic_key(given: dict[str, object], headers: Headers) -> None:
    """Put the user name of HTTP Basic, by which an API key may come, among the parameters; it may stand there already, but not
    differ. What is no Basic header is none."""
    scheme, _, encoded = headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return
    try:
        key = b64decode(encoded.strip(), validate=True).decode().partition(":")[0]
    except ValueError:
        return
    if key and given.setdefault(KEY, key) != key:
        raise MalformedRequest("two different keys were sent; send one, as HTTP Basic user name or in the body", KEY)


def _given_token(given: dict[str, object]) -> list[object]:
    """The token among the parameters, taken out of them; null and the empty text are none."""
    token = given.pop(TOKEN, None)
    return [] if token is None or token == "" else [token]

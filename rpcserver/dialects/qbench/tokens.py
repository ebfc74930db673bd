"""The token endpoint: an API client shows an assertion that it signed with its secret, and gets a token for a while."""

from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import parse_qsl

import jwt
from starlette.requests import Request

from identifiers.errors import quoted
from ledger import clients, logins, sessions
from ledger.ciphers import Cipher
from ledger.clients import Candidate
from ledger.entry import Answer, Entry, Reading
from ledger.errors import InvalidCredentials, InvalidParameter, MalformedRequest, Refusal
from rpcserver import faults
from rpcserver.dialects.qbench.manners import Manners, answer, headers_of
from rpcserver.dialects.qbench.words import sentence
from rpcserver.faults import Kind
from rpcserver.house import FAILED_LOGIN, House
from rpcserver.rest import Action, Asking, Deed, Write

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
FORM = "application/x-www-form-urlencoded"
ALGORITHM = "HS256"
LONGEST_SECONDS = 3600
"""From iat to exp of an assertion."""
LEEWAY_SECONDS = 60
"""How far a client's clock may be off."""
MOST_FIELDS = 20
LARGEST_BODY = 1 << 14

INVALID_REQUEST, INVALID_CLIENT, INVALID_GRANT = "invalid_request", "invalid_client", "invalid_grant"
UNSUPPORTED_GRANT = "unsupported_grant_type"
ERRORS: Mapping[Kind, str] = {
    Kind.UNAUTHENTICATED: INVALID_CLIENT,
    Kind.THROTTLED: "temporarily_unavailable",
    Kind.UNAVAILABLE: "temporarily_unavailable",
    Kind.BROKEN: "server_error",
}
_UNKNOWN = "the client is unknown, its secret is revoked, or the assertion is not signed with it"


class TokenManners(Manners):
    """The door's manners at this endpoint: forms instead of JSON, and refusals as OAuth says them."""

    def check_media(self, asking: Asking) -> None:
        """The body is a form."""
        announced = asking.headers.get("content-type", "")
        if announced.partition(";")[0].strip().lower() != FORM:
            raise MalformedRequest(f"the body is announced as {quoted(announced)}; send a form with Content-Type: {FORM}")

    def refused(self, refusal: Refusal, request: Request, action: str) -> Answer:
        """`{"error": ..., "error_description": ...}`."""
        kind = faults.kind_of(refusal)
        error = refusal.values.get("oauth") or ERRORS.get(kind, INVALID_REQUEST)
        status = 400 if kind is Kind.INVALID else faults.STATUS[kind]
        made = answer({"error": error, "error_description": sentence(refusal, action)}, status)
        return Answer(made.status, made.headers | headers_of(refusal), made.body)


class Claims(NamedTuple):
    """What an assertion says, believed or not: the client's id, and when it was made and ends."""

    sub: str
    iat: float
    exp: float


def exchange(house: House) -> Action:
    """The action that exchanges assertions."""
    cipher = Cipher(house.settings.secrets)

    def handle(asking: Asking) -> Deed:
        assertion = _assertion(_form(asking.body))
        claims = _claims(assertion)
        proven = _proven(asking, cipher, assertion, claims)
        return Write(lambda entry: _begun(entry, house, claims.sub, proven))

    return Action("token", None, handle, reads_body=True, max_body=lambda settings: min(LARGEST_BODY, settings.max_body))


def _form(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        raise MalformedRequest(f"the body is no form of at most {MOST_FIELDS} fields in UTF-8, percent-encoded") from None
    found = dict(pairs)
    if len(found) < len(pairs):
        raise MalformedRequest("a field was sent more than once")
    return found


def _assertion(form: Mapping[str, str]) -> str:
    grant = form.get("grant_type", "")
    if not grant:
        raise MalformedRequest(f"grant_type is missing; expected is {GRANT}")
    if grant != GRANT:
        raise InvalidParameter(f"grant_type: {quoted(grant)} was sent; expected is {GRANT}", oauth=UNSUPPORTED_GRANT)
    if not form.get("assertion"):
        raise MalformedRequest("assertion is missing; expected is a JSON Web Token that the client signed")
    return form["assertion"]


def _refused(why: str) -> InvalidParameter:
    return InvalidParameter(f"assertion: {why}", oauth=INVALID_GRANT)


def _claims(assertion: str) -> Claims:
    """What the assertion says, its form and lifetime looked at, its signature not yet."""
    try:
        told = jwt.decode_complete(assertion, options={"verify_signature": False})
    except (jwt.InvalidTokenError, ValueError, RecursionError):
        raise _refused("it is no JSON Web Token") from None
    header, payload = told["header"], told["payload"]
    if header.get("alg") != ALGORITHM:
        raise _refused(f"alg {quoted(header.get('alg'))} was sent; expected is {ALGORITHM}")
    sub = payload.get("sub")
    if not isinstance(sub, str) or not sub:
        raise _refused("sub is missing; expected is the client id")
    iat, exp = (_seconds(payload, name) for name in ("iat", "exp"))
    if not 0 < exp - iat <= LONGEST_SECONDS:
        raise _refused(f"it lasts {exp - iat:g} seconds from iat to exp; expected are 1 to {LONGEST_SECONDS}")
    return Claims(sub, iat, exp)


def _seconds(payload: Mapping[str, object], name: str) -> float:
    value = payload.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1 << 53:
        sent = "is missing" if value is None else f"{quoted(value)} was sent"
        raise _refused(f"{name} {sent}; expected are seconds since 1970")
    return value


def _proven(asking: Asking, cipher: Cipher, assertion: str, claims: Claims) -> int:
    """The row key of the secret that signed the assertion. Wrong signatures are counted, and who sent too many has to wait."""

    def found(reading: Reading) -> Candidate | None:
        logins.allowed(asking.house.book, asking.call, reading, claims.sub)
        return clients.candidate(reading, claims.sub)

    candidate = asking.house.book.read(asking.call, found)
    for kept in candidate.secrets if candidate else ():
        if any(_is_signed(assertion, secret) for secret in clients.readable(cipher, [kept])):
            return kept.pk
    logins.counted(asking.house.book, asking.call, claims.sub)
    username = candidate.user.username if candidate else None
    asking.house.refusals.write(asking.call, FAILED_LOGIN, InvalidCredentials.code, username)
    raise InvalidCredentials(_UNKNOWN)


def _is_signed(assertion: str, secret: str) -> bool:
    """Whether this secret signed it; one that is signed, but not for now, is refused."""
    options: jwt.types.Options = {"require": ["sub", "iat", "exp"], "verify_aud": False}
    try:
        jwt.decode(assertion, secret, algorithms=[ALGORITHM], leeway=LEEWAY_SECONDS, options=options)
    except jwt.InvalidSignatureError:
        return False
    except jwt.ExpiredSignatureError:
        raise _refused("it has ended; look at the Date of this answer if your clock may be wrong") from None
    except jwt.ImmatureSignatureError:
        raise _refused("it is of the future; look at the Date of this answer if your clock may be wrong") from None
    except jwt.InvalidTokenError:
        raise _refused("it is no JSON Web Token that can be read") from None
    return True


def _begun(entry: Entry, house: House, client: str, secret_pk: int) -> Answer:
    """A session for the client, whose secret may have been revoked while the assertion was checked."""
    candidate = clients.candidate(entry, client)
    if candidate is None or secret_pk not in {secret.pk for secret in candidate.secrets}:
        raise InvalidCredentials(_UNKNOWN)
    seconds = min(house.settings.client_token_lifetime, house.settings.token_lifetime)
    units = sessions.units_of(entry, candidate.user.pk)
    session = sessions.open_session(entry, candidate.user.pk, units[0].pk if units else None, seconds=seconds)
    return answer({"access_token": house.tokens.sign(session.id), "token_type": "Bearer", "expires_in": seconds})

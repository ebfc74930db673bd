"""The table of refusals: complete, and with the statuses that the two prefixes promise."""

import pytest

from ledger import errors
from ledger.errors import REFUSALS, Refusal
from rpcserver.faults import KINDS, STATUS, Kind, headers_of, status_of

STATUSES = {
    400: "MALFORMED_REQUEST",
    401: "INVALID_CREDENTIALS INVALID_TOKEN EXPIRED_TOKEN",
    403: "NOT_PERMITTED",
    404: "UNKNOWN_METHOD ENTITY_NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    413: "REQUEST_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    422: "MANDATORY_PARAMETER_MISSING INVALID_PARAMETER UNKNOWN_PARAMETER IDENTIFIER_MISSING MULTIPLE_IDENTIFIERS "
    "IDEMPOTENCY_KEY_REUSED NOT_ALLOWED_IN_BATCH",
    429: "TOO_MANY_REQUESTS",
    500: "OUTCOME_UNKNOWN SYSTEM_ERROR",
    503: "SERVICE_UNAVAILABLE",
}
ALWAYS_TRUE = {400, 405, 413, 415, 429, 500, 503}


def test_every_refusal_of_the_ledger_has_its_kind_and_every_kind_its_status() -> None:
    assert list(KINDS) == list(REFUSALS)
    assert set(STATUS) == set(Kind) == set(KINDS.values())


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: str(refusal.code))
def test_a_refusal_carries_its_true_status_on_the_canonical_paths(refusal: type[Refusal]) -> None:
    expected = next((status for status, codes in STATUSES.items() if refusal.code in codes.split()), 409)
    assert status_of(refusal) == expected


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: str(refusal.code))
def test_under_the_drop_in_prefix_only_refusals_of_the_request_itself_keep_their_status(refusal: type[Refusal]) -> None:
    true = status_of(refusal)
    expected = true if true in ALWAYS_TRUE or refusal is errors.UnknownMethod else 200
    assert status_of(refusal, drop_in=True) == expected


def test_headers_say_when_to_come_again_and_which_verbs_there_are() -> None:
    assert headers_of(errors.TooManyRequests("wait", retry_after=600)) == {"Retry-After": "600"}
    assert headers_of(errors.ServiceUnavailable("wait", retry_after=1)) == {"Retry-After": "1"}
    assert headers_of(errors.MethodNotAllowed("no", allow="POST")) == {"Allow": "POST"}
    assert headers_of(errors.InvalidToken("no")) == {"WWW-Authenticate": "Bearer"}
    assert headers_of(errors.RequestTooLarge("no")) == {"Connection": "close"}
    assert headers_of(errors.AlreadySettled("no")) == {}

"""Every refusal that the house knows has a status and a body here."""

import json

import pytest
from starlette.requests import Request

from ledger import errors
from ledger.errors import REFUSALS, Fault, Refusal
from rpcserver.dialects.waldur.manners import Manners

RULES = {
    errors.InvalidLifeCycleState,
    errors.AccountNotOpen,
    errors.AccountNotSettled,
    errors.AlreadySettled,
    errors.AlreadyBilled,
    errors.AmountMismatch,
    errors.CurrencyMismatch,
    errors.DuplicateBackOfficeCode,
    errors.DuplicateName,
    errors.TypeNotAllowed,
    errors.CategoryNotAllowed,
    errors.PaymentMethodNotAllowed,
    errors.RejectionReasonNotAllowed,
    errors.BalanceTooLarge,
    errors.EventsNotKept,
    errors.RolledBack,
}
PARAMETERS = {
    errors.NotAllowedInBatch,
    errors.MandatoryParameterMissing,
    errors.InvalidParameter,
    errors.UnknownParameter,
    errors.IdentifierMissing,
    errors.MultipleIdentifiers,
    errors.AmbiguousIdentifier,
}
OTHERS = {
    errors.UnknownMethod: 404,
    errors.MethodNotAllowed: 405,
    errors.RequestTooLarge: 413,
    errors.UnsupportedMediaType: 415,
    errors.MalformedRequest: 400,
    errors.TooManyRequests: 429,
    errors.InvalidCredentials: 401,
    errors.InvalidToken: 401,
    errors.ExpiredToken: 401,
    errors.NotPermitted: 403,
    errors.IdempotencyKeyReused: 422,
    errors.IdempotencyInProgress: 409,
    errors.EntityNotFound: 404,
    errors.AccountMismatch: 400,
    errors.AlreadyLinked: 400,
    errors.NotLinked: 400,
    errors.ActiveProfileExists: 400,
    errors.ServiceUnavailable: 503,
    errors.OutcomeUnknown: 500,
    errors.SystemFailure: 500,
}


def asked() -> Request:
    return Request({"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": []})


def refused(refusal: Refusal) -> tuple[int, object]:
    answer = Manners().refused(refusal, asked(), "payments.create")
    return answer.status, json.loads(answer.body)


def test_every_refusal_is_looked_at_here() -> None:
    assert set(REFUSALS) == RULES | PARAMETERS | OTHERS.keys()


@pytest.mark.parametrize("refusal", sorted(RULES | PARAMETERS, key=str))
def test_rules_and_parameters_are_said_of_fields(refusal: type[Refusal]) -> None:
    assert refused(refusal("this is wrong", "amount")) == (400, {"sum": ["this is wrong"]})
    assert refused(refusal("this is wrong", "category")) == (400, {"non_field_errors": ["this is wrong"]})
    assert refused(refusal("this is wrong")) == (400, {"non_field_errors": ["this is wrong"]})


@pytest.mark.parametrize(("refusal", "status"), OTHERS.items())
def test_other_refusals_have_a_status_of_their_own(refusal: type[Refusal], status: int) -> None:
    answer = Manners().refused(refusal("this is wrong"), asked(), "payments.create")
    assert answer.status == status
    if refusal is errors.UnknownMethod:
        assert answer.headers["Content-Type"].startswith("text/html")
    else:
        assert json.loads(answer.body)
    assert ("WWW-Authenticate" in answer.headers) == (refusal in (errors.InvalidToken, errors.ExpiredToken))


def test_what_is_wrong_with_one_field_stands_together() -> None:
    faults = (Fault("amount", "A", "one"), Fault("account", "A", "two"), Fault("amount", "A", "three \ud800"))
    assert refused(errors.InvalidParameter("one", "amount", faults)) == (
        400,
        {"sum": ["one", "three \\ud800"], "profile": ["two"]},
    )


def test_who_comes_too_often_is_told_when_to_come_again() -> None:
    answer = Manners().refused(errors.TooManyRequests("wait", retry_after=7), asked(), "")
    assert answer.headers["Retry-After"] == "7"
    assert json.loads(answer.body) == {"detail": "Request was throttled. Expected available in 7 seconds."}


def test_what_was_too_large_ends_the_connection() -> None:
    assert Manners().refused(errors.RequestTooLarge("large"), asked(), "").headers["Connection"] == "close"

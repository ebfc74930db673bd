"""One table: which kind of answer a refusal is, and the HTTP status of each kind at the native door."""

from collections.abc import Mapping
from enum import Enum, auto

from ledger import errors
from ledger.errors import Refusal


class Kind(Enum):
    """What went wrong, for a door that has to choose a status and a shape."""

    NO_SUCH_PATH = auto()
    WRONG_VERB = auto()
    TOO_LARGE = auto()
    WRONG_MEDIA = auto()
    MALFORMED = auto()
    THROTTLED = auto()
    UNAUTHENTICATED = auto()
    FORBIDDEN = auto()
    INVALID = auto()
    NOT_FOUND = auto()
    AMBIGUOUS = auto()
    CONFLICT = auto()
    UNAVAILABLE = auto()
    BROKEN = auto()


KINDS: Mapping[type[Refusal], Kind] = {
    errors.UnknownMethod: Kind.NO_SUCH_PATH,
    errors.MethodNotAllowed: Kind.WRONG_VERB,
    errors.RequestTooLarge: Kind.TOO_LARGE,
    errors.UnsupportedMediaType: Kind.WRONG_MEDIA,
    errors.MalformedRequest: Kind.MALFORMED,
    errors.TooManyRequests: Kind.THROTTLED,
    errors.InvalidCredentials: Kind.UNAUTHENTICATED,
    errors.InvalidToken: Kind.UNAUTHENTICATED,
    errors.ExpiredToken: Kind.UNAUTHENTICATED,
    errors.NotPermitted: Kind.FORBIDDEN,
    errors.NotAllowedInBatch: Kind.INVALID,
    errors.MandatoryParameterMissing: Kind.INVALID,
    errors.InvalidParameter: Kind.INVALID,
    errors.UnknownParameter: Kind.INVALID,
    errors.IdentifierMissing: Kind.INVALID,
    errors.MultipleIdentifiers: Kind.INVALID,
    errors.IdempotencyKeyReused: Kind.INVALID,
    errors.IdempotencyInProgress: Kind.CONFLICT,
    errors.EntityNotFound: Kind.NOT_FOUND,
    errors.AmbiguousIdentifier: Kind.AMBIGUOUS,
    errors.AlreadyLinked: Kind.CONFLICT,
    errors.NotLinked: Kind.CONFLICT,
    errors.InvalidLifeCycleState: Kind.CONFLICT,
    errors.AccountMismatch: Kind.CONFLICT,
    errors.AccountNotOpen: Kind.CONFLICT,
    errors.AccountNotSettled: Kind.CONFLICT,
    errors.AlreadySettled: Kind.CONFLICT,
    errors.AlreadyBilled: Kind.CONFLICT,
    errors.AmountMismatch: Kind.CONFLICT,
    errors.CurrencyMismatch: Kind.CONFLICT,
    errors.DuplicateBackOfficeCode: Kind.CONFLICT,
    errors.DuplicateName: Kind.CONFLICT,
    errors.TypeNotAllowed: Kind.CONFLICT,
    errors.CategoryNotAllowed: Kind.CONFLICT,
    errors.PaymentMethodNotAllowed: Kind.CONFLICT,
    errors.RejectionReasonNotAllowed: Kind.CONFLICT,
    errors.ActiveProfileExists: Kind.CONFLICT,
    errors.BalanceTooLarge: Kind.CONFLICT,
    errors.EventsNotKept: Kind.CONFLICT,
    errors.RolledBack: Kind.CONFLICT,
    errors.ServiceUnavailable: Kind.UNAVAILABLE,
    errors.OutcomeUnknown: Kind.BROKEN,
    errors.SystemFailure: Kind.BROKEN,
}

STATUS: Mapping[Kind, int] = {
    Kind.NO_SUCH_PATH: 404,
    Kind.WRONG_VERB: 405,
    Kind.TOO_LARGE: 413,
    Kind.WRONG_MEDIA: 415,
    Kind.MALFORMED: 400,
    Kind.THROTTLED: 429,
    Kind.UNAUTHENTICATED: 401,
    Kind.FORBIDDEN: 403,
    Kind.INVALID: 422,
    Kind.NOT_FOUND: 404,
    Kind.AMBIGUOUS: 409,
    Kind.CONFLICT: 409,
    Kind.UNAVAILABLE: 503,
    Kind.BROKEN: 500,
}

BUSINESS = frozenset(
    {
        Kind.UNAUTHENTICATED,
        Kind.FORBIDDEN,
        Kind.INVALID,
        Kind.NOT_FOUND,
        Kind.AMBIGUOUS,
        Kind.CONFLICT,
    }
)
"""What the drop-in prefix answers with 200, because its clients read `status.code` alone."""

LISTED = frozenset({Kind.INVALID, Kind.NOT_FOUND, Kind.AMBIGUOUS})
"""The phases, parameters and identifiers, whose faults an answer lists one by one."""


def kind_of(refusal: Refusal | type[Refusal]) -> Kind:
    """What kind of answer a refusal is."""
    return KINDS[refusal if isinstance(refusal, type) else type(refusal)]


def status_of(refusal: Refusal | type[Refusal], *, drop_in: bool = False) -> int:
    """The HTTP status of a refusal, at the canonical paths or under the drop-in prefix."""
    kind = kind_of(refusal)
    return 200 if drop_in and kind in BUSINESS else STATUS[kind]


def headers_of(refusal: Refusal) -> dict[str, str]:
    """The headers that belong to a refusal: when to come again, which verbs there are, that the connection ends."""
    values = refusal.values
    headers = {"WWW-Authenticate": "Bearer"} if kind_of(refusal) is Kind.UNAUTHENTICATED else {}
    if "retry_after" in values:
        headers["Retry-After"] = str(values["retry_after"])
    if "allow" in values:
        headers["Allow"] = str(values["allow"])
    if kind_of(refusal) is Kind.TOO_LARGE:
        headers["Connection"] = "close"
    return headers

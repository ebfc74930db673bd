"""A method of the API: what it takes, what it answers, who may call it, what it can refuse."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pydantic import ValidationError

from identifiers import kinds
from ledger import errors
from ledger.book import Book
from ledger.entry import Call
from ledger.errors import Fault, Refusal, refusal_of
from ledger.rights import ROLES, Right
from methods.answers import Data, Stream
from methods.faults import faults_of, has_unreadable_key, readable
from methods.params import Params
from methods.shape import Shape
from methods.tables import Parameter, rows
from methods.values import Asked
from methods.words import parameter

__all__ = ["Data", "Method", "Params", "Stream", "fingerprint", "parameter_table", "parse", "translated"]

_OF_A_REQUEST: tuple[type[Refusal], ...] = (
    errors.MethodNotAllowed,
    errors.RequestTooLarge,
    errors.UnsupportedMediaType,
    errors.MalformedRequest,
    errors.InvalidParameter,
    errors.UnknownParameter,
    errors.ServiceUnavailable,
    errors.SystemFailure,
)
_OF_A_TOKEN: tuple[type[Refusal], ...] = (errors.InvalidToken, errors.ExpiredToken)
_OF_A_KEY: tuple[type[Refusal], ...] = (errors.IdempotencyKeyReused, errors.IdempotencyInProgress)
_OF_AN_IDENTIFIER: tuple[type[Refusal], ...] = (errors.IdentifierMissing, errors.MultipleIdentifiers, errors.EntityNotFound)
_AMBIGUOUS = frozenset({kinds.ACCOUNT.words, kinds.CUSTOMER.words, kinds.PAYMENT_PROFILE.words})


@dataclass(frozen=True, slots=True)
class Method:
    """One method. `run(reading or entry, params)` does it; with `prepare` it gets that function's result as a third argument.

    `refusals`: what it can refuse beyond `all_refusals`' common ones. `example`: a body, without token, that works on the demo
    book. `public`: needs no token, and answers the id of a session for the door to sign. `secret`: answers a secret or ends the
    session, so no answer is kept under an idempotency key. `prepare(book, call, params)`: slow work (hashing) before the write.
    `light`: it reads one record and no more than belongs to it, however large the book is. `beforehand(book, call)`: what is
    written, if there is anything to write, before it reads.
    """

    summary: str
    params: type[Params]
    shape: type[Shape]
    run: Callable[..., Data | list[Data] | Stream]
    right: Right
    example: dict[str, Any]
    many: bool = False
    writes: bool = False
    refusals: tuple[type[Refusal], ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    prepare: Callable[[Book, Call, Any], Any] | None = None
    public: bool = False
    secret: bool = False
    light: bool = False
    beforehand: Callable[[Book, Call], None] | None = None

    @property
    def all_refusals(self) -> tuple[type[Refusal], ...]:
        """Everything that a call of this method can be refused with, in order of precedence."""
        can = {*_OF_A_REQUEST, *self.refusals}
        if not self.public:
            can.update(_OF_A_TOKEN)
        if not self.public and any(self.right not in rights for rights in ROLES.values()):
            can.add(errors.NotPermitted)
        if self.writes:
            can.add(errors.OutcomeUnknown)
        if self.writes and not self.secret:
            can.update(_OF_A_KEY)
        table = parameter_table(self)
        if any(row.mandatory for row in table):
            can.add(errors.MandatoryParameterMissing)
        named = {row.type for row in _flat(table) if row.type.endswith("identifier")}
        if named:
            can.update(_OF_AN_IDENTIFIER)
        if any(name.removesuffix(" identifier").lower() in _AMBIGUOUS for name in named):
            can.add(errors.AmbiguousIdentifier)
        return tuple(refusal for refusal in errors.REFUSALS if refusal in can)


def parse(method: Method, arguments: dict[str, Any], *, lenient: bool = False, from_query: bool = False) -> Params:
    """The call's parameters, or a refusal with all their faults. Lenient: unknown members are let pass, at every depth."""
    params = method.params
    asked = Asked(method.shape, lenient, from_query)
    sent = _without_ignored(params, arguments, lenient)
    extra: Any = "ignore" if lenient else "forbid"
    try:
        return params.model_validate(sent, extra=extra, context=asked)
    except ValidationError as error:
        faults = error
    if has_unreadable_key(faults):
        try:
            return params.model_validate(readable(sent), extra=extra, context=asked)
        except ValidationError as error:
            faults = error
    raise refusal_of(faults_of(params, faults))


def _without_ignored(params: type[Params], arguments: dict[str, Any], lenient: bool) -> dict[str, Any]:
    ignored = params.ignored | params.ignored_when_lenient if lenient else params.ignored
    spellings = params.other_spellings if lenient else {}
    if not spellings and ignored.isdisjoint(arguments):
        return arguments
    kept = {name: value for name, value in arguments.items() if name not in ignored}
    for other, name in spellings.items():
        if other in kept and name not in kept:
            kept[name] = kept.pop(other)
    return kept


def fingerprint(params: Params, seal: Callable[[str], str]) -> str:
    """What was asked, as text: equal for equal parameters, however they were spelled; without the token. For secrets stands what
    `seal` makes of them."""
    asked = params.model_dump(exclude={"token", "validate_only"}, exclude_unset=True)
    sealed = {name: seal(secret) for name, secret in params.secrets.items()}
    return json.dumps(asked | sealed, default=_spelled, sort_keys=True)


def _spelled(value: object) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(f"a parameter of type {type(value).__name__} has no spelling")


def parameter_table(method: Method) -> tuple[Parameter, ...]:
    """The method's parameters in order. Methods that are for everybody take no token."""
    return tuple(row for row in rows(method.params) if not (method.public and row.name == "token"))


def _flat(table: tuple[Parameter, ...]) -> list[Parameter]:
    return [row for top in table for row in (top, *_flat(top.parts))]


def translated(method: Method, refusal: Refusal) -> list[Fault]:
    """The refusal's faults, each about one of this method's parameters."""
    return [Fault(parameter(fault.word, method.words), fault.code, fault.message) for fault in refusal.faults]

"""Every refusal, in order of precedence: the first phase that fails answers, and in it the first fault.

A refusal is an expected answer, named after the rule that was broken. It carries the ledger's own words for what it is about
(`amount`, `account`, `invoice`, `received_on`); each door maps these to its parameter names and kinds of answer.
"""

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: the ledger's word (or a parameter's path), a code, and a sentence."""

    word: str
    code: str
    message: str


class Refusal(Exception):
    """An expected error. `faults` lists everything of the phase that failed; `values` holds figures a door may want."""

    code: ClassVar[str] = "REFUSED"
    meaning: ClassVar[str] = ""

    def __init__(self, message: str, word: str = "", faults: tuple[Fault, ...] = (), **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.word = word
        self.faults = faults or ((Fault(word, self.code, message),) if word else ())
        self.values = values


# --- the request itself ------------------------------------------------------------------------------------------------------


class UnknownMethod(Refusal):
    code = "UNKNOWN_METHOD"
    meaning = "There is no method at this path."


class MethodNotAllowed(Refusal):
    code = "METHOD_NOT_ALLOWED"
    meaning = "The method does not answer this HTTP verb."


class RequestTooLarge(Refusal):
    code = "REQUEST_TOO_LARGE"
    meaning = "The body is larger than the server takes."


class UnsupportedMediaType(Refusal):
    code = "UNSUPPORTED_MEDIA_TYPE"
    meaning = "The body is not announced as JSON."


class MalformedRequest(Refusal):
    code = "MALFORMED_REQUEST"
    meaning = "The body is no JSON object, repeats a key, is nested too deeply, or two different tokens were sent."


class TooManyRequests(Refusal):
    code = "TOO_MANY_REQUESTS"
    meaning = "Too many failed logins; try again after the seconds in Retry-After."


# --- who is asking -----------------------------------------------------------------------------------------------------------


class InvalidCredentials(Refusal):
    code = "INVALID_CREDENTIALS"
    meaning = "User name, password, key or organisation is wrong."


class InvalidToken(Refusal):
    code = "INVALID_TOKEN"
    meaning = "The token is missing, altered, logged out, or its user is disabled."


class ExpiredToken(Refusal):
    code = "EXPIRED_TOKEN"
    meaning = "The token's lifetime is over, or it was not used for too long."


class NotPermitted(Refusal):
    code = "NOT_PERMITTED"
    meaning = "The caller's role does not include this method."


class NotAllowedInBatch(Refusal):
    code = "NOT_ALLOWED_IN_BATCH"
    meaning = "login, logout, batch, a change of password and what answers a secret cannot be called in a batch."


# --- what is asked -----------------------------------------------------------------------------------------------------------


class MandatoryParameterMissing(Refusal):
    code = "MANDATORY_PARAMETER_MISSING"
    meaning = "A mandatory parameter was not given."


class InvalidParameter(Refusal):
    code = "INVALID_PARAMETER"
    meaning = "A parameter has a wrong type, form or value."


class UnknownParameter(Refusal):
    code = "UNKNOWN_PARAMETER"
    meaning = "The method, or an identifier, has no such member."


class IdentifierMissing(Refusal):
    code = "IDENTIFIER_MISSING"
    meaning = "An identifier has none of its members."


class MultipleIdentifiers(Refusal):
    code = "MULTIPLE_IDENTIFIERS"
    meaning = "An identifier has more than one of its members."


class IdempotencyKeyReused(Refusal):
    code = "IDEMPOTENCY_KEY_REUSED"
    meaning = "The idempotency key was used before with another request."


class IdempotencyInProgress(Refusal):
    code = "IDEMPOTENCY_IN_PROGRESS"
    meaning = "The first request with this idempotency key is still running."


class EntityNotFound(Refusal):
    code = "ENTITY_NOT_FOUND"
    meaning = "No record that the caller may see has this identifier."


class AmbiguousIdentifier(Refusal):
    code = "AMBIGUOUS_IDENTIFIER"
    meaning = "Several records have this name."


# --- the rules of the ledger -------------------------------------------------------------------------------------------------


class AlreadyLinked(Refusal):
    code = "ALREADY_LINKED"
    meaning = "The payment has a principal invoice already."


class NotLinked(Refusal):
    code = "NOT_LINKED"
    meaning = "The payment has no principal invoice."


class InvalidLifeCycleState(Refusal):
    code = "INVALID_LIFE_CYCLE_STATE"
    meaning = "The record is not in a state from which this move is possible."


class AccountMismatch(Refusal):
    code = "ACCOUNT_MISMATCH"
    meaning = "The invoice, bill or payment belongs to another account."


class AccountNotOpen(Refusal):
    code = "ACCOUNT_NOT_OPEN"
    meaning = "The account is suspended or terminated."


class AccountNotSettled(Refusal):
    code = "ACCOUNT_NOT_SETTLED"
    meaning = "An account can be terminated only when its balance is 0."


class AlreadySettled(Refusal):
    code = "ALREADY_SETTLED"
    meaning = "Nothing is unpaid on the invoice or bill."


class AlreadyBilled(Refusal):
    code = "ALREADY_BILLED"
    meaning = "The invoice is in another bill already."


class AmountMismatch(Refusal):
    code = "AMOUNT_MISMATCH"
    meaning = "The amount is not what is owed, or more than there is to apply, release or amend."


class CurrencyMismatch(Refusal):
    code = "CURRENCY_MISMATCH"
    meaning = "The currency is not the account's."


class DuplicateBackOfficeCode(Refusal):
    code = "DUPLICATE_BACK_OFFICE_CODE"
    meaning = "Another record of this kind has this back office code."


class DuplicateName(Refusal):
    code = "DUPLICATE_NAME"
    meaning = "Another record of this kind has this name or code."


class TypeNotAllowed(Refusal):
    code = "TYPE_NOT_ALLOWED"
    meaning = "The transaction type has another classification than the method needs."


class CategoryNotAllowed(Refusal):
    code = "CATEGORY_NOT_ALLOWED"
    meaning = "The category is not allowed on the transaction type."


class PaymentMethodNotAllowed(Refusal):
    code = "PAYMENT_METHOD_NOT_ALLOWED"
    meaning = "The payment method is not allowed on the transaction type."


class RejectionReasonNotAllowed(Refusal):
    code = "REJECTION_REASON_NOT_ALLOWED"
    meaning = "The rejection reason is not allowed on the transaction type."


class ActiveProfileExists(Refusal):
    code = "ACTIVE_PROFILE_EXISTS"
    meaning = "The account has an active payment profile already."


class BalanceTooLarge(Refusal):
    code = "BALANCE_TOO_LARGE"
    meaning = "The account's balance would have more than 15 digits."


class EventsNotKept(Refusal):
    code = "EVENTS_NOT_KEPT"
    meaning = "The server is set to keep no events."


class RolledBack(Refusal):
    code = "ROLLED_BACK"
    meaning = "Another call of the same atomic batch was refused; nothing of it was done."


# --- the server --------------------------------------------------------------------------------------------------------------


class ServiceUnavailable(Refusal):
    code = "SERVICE_UNAVAILABLE"
    meaning = "The database cannot take the call now; nothing was done, try again."


class OutcomeUnknown(Refusal):
    code = "OUTCOME_UNKNOWN"
    meaning = "The database did not confirm the commit: repeat the call with the same idempotency key to learn whether it was done."


class SystemFailure(Refusal):
    code = "SYSTEM_ERROR"
    meaning = "A fault of the server; it is logged under the answer's X-Request-Id."


REFUSALS: tuple[type[Refusal], ...] = tuple(Refusal.__subclasses__())
"""In the order in which they stand here."""

_BY_CODE = {refusal.code: refusal for refusal in REFUSALS}


def by_code(code: str) -> type[Refusal]:
    """The refusal of this code."""
    return _BY_CODE[code]


def refusal_of(faults: tuple[Fault, ...]) -> Refusal:
    """One refusal for all faults of a phase: code and message are those of the first."""
    first = faults[0]
    return by_code(first.code)(first.message, first.word, faults)

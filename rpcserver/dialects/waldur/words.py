"""What this door says when it refuses: the foreign API's own sentences, and refusals that carry a finished body."""

from collections.abc import Mapping, Sequence

from ledger import errors
from ledger.errors import Fault, Refusal

NO_CREDENTIALS = "Authentication credentials were not provided."
TOKEN_ALONE = "Invalid token. No credentials provided."
TOKEN_WITH_SPACES = "Invalid token. Token string should not contain spaces."
TOKEN_UNKNOWN = "Invalid token."
TOKEN_EXPIRED = "Token has expired."
USER_DISABLED = "User inactive or deleted."
WRONG_LOGIN = "Invalid username/password."
NOT_PERMITTED = "You do not have permission to perform this action."
NOT_ACCEPTABLE = "Could not satisfy the request Accept header."
NOT_FOUND = "Not found."
INVALID_PAGE = "Invalid page."

REQUIRED = "This field is required."
NULL = "This field may not be null."
BLANK = "This field may not be blank."
NO_TEXT = "Not a valid string."
CONTROL = "Control characters are not allowed."
NO_BOOLEAN = "Must be a valid boolean."
NO_NUMBER = "A valid number is required."
NUMBER_TOO_LONG = "String value too large."
NEGATIVE = "Ensure this value is greater than or equal to 0."
NO_DATE = "Date has wrong format. Use one of these formats instead: YYYY-MM-DD."
NO_FILE = "The submitted data was not a file. Check the encoding type on the form."
EMPTY_FILE = "The submitted file is empty."
NO_FILTER_DATE = "Enter a valid date."
NO_FILTER_UUID = "Enter a valid UUID."

NO_URL_MATCH = "Invalid hyperlink - No URL match."
OTHER_URL_MATCH = "Invalid hyperlink - Incorrect URL match."
NO_OBJECT = "Invalid hyperlink - Object does not exist."

LINKED = "Link to an invoice exists."
NOT_LINKED = "Link to an invoice does not exist."
OTHER_CUSTOMER = "The passed invoice does not belong to the selected customer."
NO_ACTIVE_PROFILE = "The active profile does not exist."
SECOND_ACTIVE = "The fields organization, is_active must make a unique set."
NOT_CREATED = "Valid states for operation: Created."

NON_FIELD = "non_field_errors"


def detailed(refusal: type[Refusal], text: str, status: int | None = None) -> Refusal:
    """A refusal whose body is `{"detail": text}`; `status` where it is not that of its kind."""
    return refusal(text, body={"detail": text}, status=status)


def missing(what: str) -> Refusal:
    """There is no such record for this caller."""
    return detailed(errors.EntityNotFound, f"No {what} matches the given query.")


def wrong(fields: Mapping[str, Sequence[str]]) -> Refusal:
    """Fields that are wrong, each with its sentences, in this order."""
    faults = tuple(Fault(field, errors.InvalidParameter.code, text) for field, texts in fields.items() for text in texts)
    return errors.InvalidParameter(
        faults[0].message, faults[0].word, faults, body={name: list(texts) for name, texts in fields.items()}
    )


def listed(text: str) -> Refusal:
    """A rule that was broken, as a bare list of one sentence."""
    return errors.InvalidParameter(text, body=[text])

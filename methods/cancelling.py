"""What cancelling a payment and cancelling an invoice have in common: the members that describe the cancellation."""

from pydantic import Field

from ledger import errors
from ledger.cancelling import CancelTerms
from ledger.resolving import Names
from methods.parameters import CategoryIdentifier, Name, Notes, TypeIdentifier
from methods.params import Params, Udfs

REFUSALS: tuple[type[errors.Refusal], ...] = (
    errors.InvalidLifeCycleState,
    errors.DuplicateBackOfficeCode,
    errors.TypeNotAllowed,
    errors.CategoryNotAllowed,
    errors.BalanceTooLarge,
)


class About(Params):
    """The cancellation; all of it is kept there, none on what is cancelled."""

    type_identifier: TypeIdentifier = Field(description="The type of the cancellation, of the classification for it.")
    category_identifier: CategoryIdentifier | None = Field(None, description="The category of the cancellation.")
    notes: Notes | None = Field(None, description="Notes on the cancellation.")
    back_office_code: Name | None = Field(None, description="The caller's own number for the cancellation, unique among them.")
    issue_reason: Notes | None = Field(None, description="Why it is cancelled.")


class Cancellation(Udfs, About):
    """The same with its user-defined fields."""


def terms(names: Names, params: Cancellation) -> CancelTerms:
    """What is said of the cancellation, in the ledger's words."""
    return CancelTerms(
        type=names.type(params.type_identifier),
        category=names.category(params.category_identifier),
        notes=params.notes,
        back_office_code=params.back_office_code,
        issue_reason=params.issue_reason,
        udf=params.udfs,
    )

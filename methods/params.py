"""What the parameters of all methods have in common. The order in which members are declared is that of the parameter table.

A class of parameters takes its members from its bases read from right to left, then its own: so a method that has user-defined
fields in the middle is written `class CreateParams(Udfs, Received, Said)`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo

from ledger import udf
from methods.parameters import Count, Moment, Name, Notes, Offset, RecordId, RowKey, Text, UdfFloat, UnitIdentifier, UserIdentifier
from methods.values import refused

FIELDS_SET: Any = Field(
    None, description="The members to answer, comma separated or as a list; dotted names reach into objects. All if not given."
)
VALIDATE_ONLY: Any = Field(False, description="Try the call only: the same refusals or the same answer, but nothing is kept.")


class Part(BaseModel):
    """An object inside the parameters of a call."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class Params(Part):
    """The parameters of one call, read and checked."""

    ignored: ClassVar[frozenset[str]] = frozenset()
    """Members that are known, so never refused, but not read."""
    ignored_when_lenient: ClassVar[frozenset[str]] = frozenset()
    other_spellings: ClassVar[Mapping[str, str]] = MappingProxyType({})
    """Names under which lenient callers know a member."""

    token: Text | None = Field(None, description="The token that login answered; it may come in a header instead.")

    @property
    def secrets(self) -> dict[str, str]:
        """The secrets that the call brought, by their names."""
        return {name: str(getattr(self, name)) for name, field in type(self).model_fields.items() if field.exclude}

    def given(self, *names: str) -> dict[str, Any]:
        """Those of the named members that the call gave, null included."""
        given = self.model_fields_set
        return {name: getattr(self, name) for name in names if name in given}


class Udfs(Params):
    """The sixteen user-defined fields."""

    udf_string_1: Text | None = Field(None, description="User-defined text 1.")
    udf_string_2: Text | None = Field(None, description="User-defined text 2.")
    udf_string_3: Text | None = Field(None, description="User-defined text 3.")
    udf_string_4: Text | None = Field(None, description="User-defined text 4.")
    udf_string_5: Text | None = Field(None, description="User-defined text 5.")
    udf_string_6: Text | None = Field(None, description="User-defined text 6.")
    udf_string_7: Text | None = Field(None, description="User-defined text 7.")
    udf_string_8: Text | None = Field(None, description="User-defined text 8.")
    udf_float_1: UdfFloat | None = Field(None, description="User-defined number 1.")
    udf_float_2: UdfFloat | None = Field(None, description="User-defined number 2.")
    udf_float_3: UdfFloat | None = Field(None, description="User-defined number 3.")
    udf_float_4: UdfFloat | None = Field(None, description="User-defined number 4.")
    udf_date_1: Moment | None = Field(None, description="User-defined date 1.")
    udf_date_2: Moment | None = Field(None, description="User-defined date 2.")
    udf_date_3: Moment | None = Field(None, description="User-defined date 3.")
    udf_date_4: Moment | None = Field(None, description="User-defined date 4.")

    @property
    def udfs(self) -> dict[str, object]:
        """The user-defined fields that the call gave."""
        return {} if self.model_fields_set.isdisjoint(udf.NAMES) else self.given(*udf.NAMES)


class Received(Params):
    """How a payment came in, and what the caller notes about it."""

    received_on: Moment | None = Field(None, description="When the money came in, past or future; the moment of issue if left out.")
    received_by_user_identifier: UserIdentifier | None = Field(None, description="Who took it; the caller if left out.")
    received_by_unit_identifier: UnitIdentifier | None = Field(None, description="The unit that took it; the caller's if left out.")
    notes: Notes | None = Field(None, description="Notes that everybody who sees the payment shares.")
    back_office_code: Name | None = Field(None, description="The caller's own number for the payment, unique among payments.")


class Pages(Params):
    """A list that can be asked for in pages; without them all of it is answered."""

    number_of_results: Count | None = Field(None, description="The most rows to answer; all of them if not given.")
    offset: Offset = Field(0, description="How many rows to pass over first.")


_AFTER = "The id of the last row already seen: pages stably while rows are added. Not together with offset."


def _not_with_offset(after: str | None, info: ValidationInfo) -> str | None:
    if after is not None and info.data.get("offset"):
        raise refused("it was sent together with offset; expected is one of them.")
    return after


class Paged(Pages):
    """A list of records, paged by their ids."""

    after: Annotated[RecordId | None, AfterValidator(_not_with_offset)] = Field(None, description=_AFTER)


class PagedRows(Pages):
    """A list of rows without an id of their own, paged by their numbers."""

    after: Annotated[RowKey | None, AfterValidator(_not_with_offset)] = Field(None, description=_AFTER)

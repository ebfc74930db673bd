"""payment_profiles/enable: the profile by which an account pays from now on."""

from pydantic import Field

from ledger import profiles
from ledger.entry import Entry
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.naming import found
from methods.objects.accounts import ProfileComplete
from methods.parameters import FieldsSet, Flag, ProfileIdentifier
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.showing.profiles import profiles_complete


class EnableParams(Params):
    payment_profile_identifier: ProfileIdentifier = Field(description="The profile to make its account's active one.")
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def run(entry: Entry, params: EnableParams) -> Data:
    profile = found(entry, lambda names: names.profile, params.payment_profile_identifier)
    return profiles_complete(entry, [profiles.enable(entry, profile)])[0]


METHOD = Method(
    summary="Make a payment profile its account's active one; the one that was active is not any more.",
    params=EnableParams,
    shape=ProfileComplete,
    run=run,
    writes=True,
    right=Right.RECORDS_WRITE,
    example={"payment_profile_identifier": {"name": "Card, every month"}},
)

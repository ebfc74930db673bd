"""authentication/web_api_key/token: a token for an API key. What it answers is a session's id, which the door signs."""

from hashlib import sha256

from pydantic import Field

from ledger import logins, sessions
from ledger.entry import Entry
from ledger.errors import EntityNotFound, InvalidCredentials
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.sessions import Token
from methods.parameters import FieldsSet, Secret, Text
from methods.params import FIELDS_SET, Params


class TokenParams(Params):
    web_api_key: Secret = Field(
        description="The key; it may come as the user name of HTTP Basic, with an empty password.", exclude=True, repr=False
    )
    unit: Text | None = Field(None, description="The id of the key's unit to work for; the default one if left out.")
    fields_set: FieldsSet | None = FIELDS_SET


def run(entry: Entry, params: TokenParams) -> Data:
    candidate = sessions.candidate_of_key(entry, sha256(params.web_api_key.encode()).hexdigest())
    unit = logins.chosen(candidate.units, params.unit)
    return {"token": sessions.open_session(entry, candidate.user.pk, unit.pk if unit else None, candidate.api_key_pk).id}


METHOD = Method(
    summary="Exchange an API key for a token.",
    params=TokenParams,
    shape=Token,
    run=run,
    writes=True,
    public=True,
    secret=True,
    right=Right.SESSION,
    refusals=(InvalidCredentials, EntityNotFound),
    words={"unit": "unit"},
    example={"web_api_key": "{{web_api_key}}"},
)

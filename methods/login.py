"""login: a token for a user name and a password. What it answers is a session's id, which the door signs."""

from typing import Any

from pydantic import Field

from ledger import logins
from ledger.book import Book
from ledger.entry import Call, Entry
from ledger.errors import EntityNotFound, InvalidCredentials, TooManyRequests
from ledger.rights import Right
from ledger.sessions import Candidate
from methods.answers import Data
from methods.method import Method
from methods.objects.sessions import Token
from methods.parameters import FieldsSet, Secret, Text
from methods.params import FIELDS_SET, Params


class LoginParams(Params):
    username: Text = Field(description="The user's name.")
    password: Secret = Field(description="The user's password.", exclude=True, repr=False)
    organisation: Text | None = Field(None, description="The name or id of the organisation whose book this is; checked if given.")
    unit: Text | None = Field(None, description="The id of the user's unit to work for; the default one if left out.")
    fields_set: FieldsSet | None = FIELDS_SET


def prepare(book: Book, call: Call, params: LoginParams) -> Candidate:
    """Who it is, if the password is right. Failures are counted."""
    return logins.proven(book, call, params.username, params.password, params.organisation)


def run(entry: Entry, params: LoginParams, proven: Any) -> Data:
    return {"token": logins.begun(entry, proven, params.unit).id}


METHOD = Method(
    summary="Log in with user name and password; the token that is answered goes with every other call.",
    params=LoginParams,
    shape=Token,
    run=run,
    prepare=prepare,
    writes=True,
    public=True,
    secret=True,
    right=Right.SESSION,
    refusals=(InvalidCredentials, TooManyRequests, EntityNotFound),
    words={"unit": "unit"},
    example={"username": "{{username}}", "password": "{{password}}"},
)

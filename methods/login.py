"""login: a token for a user name and a password. What it answers is a session's id, which the door signs."""

from typing import Any

from pydantic import Field

from identifiers.errors import quoted
from identifiers.forms import hex32
from ledger import passwords, queries, sessions
from ledger.book import Book
from ledger.entry import Call, Entry, Reading
from ledger.errors import EntityNotFound, InvalidCredentials, TooManyRequests
from ledger.rights import Right
from ledger.sessions import Candidate
from ledger.storage.models import Unit
from methods import guessing
from methods.answers import Data
from methods.method import Method
from methods.objects.sessions import Token
from methods.parameters import FieldsSet, Text
from methods.params import FIELDS_SET, Params

_WRONG = "User name, password or organisation is wrong."


class LoginParams(Params):
    username: Text = Field(description="The user's name.")
    password: Text = Field(description="The user's password.", exclude=True, repr=False)
    organisation: Text | None = Field(None, description="The name or id of the organisation whose book this is; checked if given.")
    unit: Text | None = Field(None, description="The id of the user's unit to work for; the default one if left out.")
    fields_set: FieldsSet | None = FIELDS_SET


def prepare(book: Book, call: Call, params: LoginParams) -> Candidate:
    """Who it is, if the password is right; it takes as long if there is no such user. Failures are counted."""

    def found(reading: Reading) -> tuple[Candidate, bool]:
        guessing.allowed(book, call, reading, params.username)
        return sessions.login(reading, params.username), _is_ours(reading, params.organisation)

    candidate, is_ours = book.read(call, found)
    is_right = passwords.matches(candidate.user.password_hash if candidate.user else None, params.password)
    if not is_right or not is_ours:
        guessing.counted(book, call, params.username)
        raise InvalidCredentials(_WRONG, "username")
    return candidate


def _is_ours(reading: Reading, named: str | None) -> bool:
    ours = queries.organisation(reading)
    return not named or (ours is not None and (named == ours.name or hex32(named) == ours.id))


def run(entry: Entry, params: LoginParams, proven: Any) -> Data:
    """A session for the user, who may have been disabled or given another password while the hash was checked."""
    candidate = sessions.login(entry, params.username)
    if candidate.user is None or candidate.user.password_hash != proven.user.password_hash:
        raise InvalidCredentials(_WRONG, "username")
    unit = chosen(candidate.units, params.unit)
    return {"token": sessions.open_session(entry, candidate.user.pk, unit.pk if unit else None).id}


def chosen(units: list[Unit], named: str | None) -> Unit | None:
    """The unit that was asked for, or the user's default. Refuses: ENTITY_NOT_FOUND."""
    if not named:
        return units[0] if units else None
    for unit in units:
        if unit.id == hex32(named):
            return unit
    raise EntityNotFound(f"{quoted(named)} is the id of none of the user's units.", "unit")


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

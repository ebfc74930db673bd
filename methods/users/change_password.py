"""users/change_password: the caller's own password."""

from typing import Any

from pydantic import Field

from ledger import logins, passwords, queries, users
from ledger.book import Book
from ledger.entry import Call, Entry, Reading
from ledger.errors import InvalidCredentials, TooManyRequests
from ledger.rights import Right
from ledger.storage.models import User
from methods.answers import Data
from methods.method import Method
from methods.objects.people import UserComplete
from methods.parameters import FieldsSet, Flag, Password, Secret
from methods.params import FIELDS_SET, VALIDATE_ONLY, Params
from methods.showing.people import users_complete


class ChangePasswordParams(Params):
    old_password: Secret = Field(description="The password until now.", exclude=True, repr=False)
    new_password: Password = Field(description="The password from now on, of at least 8 characters.", exclude=True, repr=False)
    fields_set: FieldsSet | None = FIELDS_SET
    validate_only: Flag = VALIDATE_ONLY


def prepare(book: Book, call: Call, params: ChangePasswordParams) -> str:
    """The hash of the new password, if the old one is right. Wrong ones count as failed logins."""

    def kept(reading: Reading) -> tuple[str, str | None]:
        user = queries.by_pk(reading, User, [reading.actor.user_pk])[reading.actor.user_pk]
        logins.allowed(book, call, reading, user.username)
        return user.username, user.password_hash

    username, password_hash = book.read(call, kept)
    if not passwords.matches(password_hash, params.old_password):
        logins.counted(book, call, username)
        raise InvalidCredentials("The old password is wrong.", "old_password")
    return passwords.hashed(params.new_password)


def run(entry: Entry, params: ChangePasswordParams, password_hash: Any) -> Data:
    return users_complete(entry, [users.change_password(entry, entry.actor.user_pk, password_hash)])[0]


METHOD = Method(
    summary="Change the caller's own password; all tokens of the caller end, so log in again.",
    params=ChangePasswordParams,
    shape=UserComplete,
    run=run,
    prepare=prepare,
    writes=True,
    secret=True,
    right=Right.SESSION,
    refusals=(InvalidCredentials, TooManyRequests),
    example={"old_password": "{{password}}", "new_password": "another-good-password", "validate_only": True},
)

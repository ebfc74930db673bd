"""Logging in and out, and who it is that asks."""

from identifiers.forms import hex32, lower
from ledger import logins, sessions
from ledger.entry import Answer, Entry, Reading
from ledger.errors import InvalidCredentials
from ledger.rights import OWNER, ROLES, Right
from ledger.storage.models import User
from rpcserver.dialects.waldur import words
from rpcserver.dialects.waldur.fields import TEXT_LIMIT, Fields, UnreadableError
from rpcserver.dialects.waldur.finding import UUID
from rpcserver.dialects.waldur.links import USERS, link, root
from rpcserver.dialects.waldur.lists import Body, cut
from rpcserver.dialects.waldur.manners import answer
from rpcserver.house import FAILED_LOGIN
from rpcserver.rest import Action, Asking, Look, Write, header_token

USERNAME, PASSWORD = "username", "password"


def log_in(asking: Asking) -> Write:
    """Exchange user name and password for a token."""
    fields = Fields.of(asking)
    fields.take(USERNAME, _secret, required=True)
    fields.take(PASSWORD, _secret, required=True)
    fields.settle(USERNAME, PASSWORD)
    house, username = asking.house, fields.values[USERNAME]
    try:
        proven = logins.proven(house.book, asking.call, username, fields.values[PASSWORD])
    except InvalidCredentials as refusal:
        house.refusals.write(asking.call, FAILED_LOGIN, refusal.code, username)
        raise

    def run(entry: Entry) -> Answer:
        return answer(asking.request, 200, {"token": house.tokens.sign(logins.begun(entry, proven).id)})

    return Write(run)


def log_out(asking: Asking) -> Answer:
    """End the session behind the token; an API key is no session, and goes on."""
    session_pk = asking.call.actor.session_pk if asking.call.actor else None
    if session_pk is not None:
        asking.house.book.enter(asking.call, lambda entry: sessions.end(entry, session_pk))
    return answer(asking.request, 204)


def me(asking: Asking) -> Look:
    """Who asks, with the token that was sent."""

    def run(reading: Reading) -> Answer:
        user = reading.rows.get(User, reading.actor.user_pk)
        made = {"token": header_token(asking.headers), "token_lifetime": asking.settings.token_lifetime}
        return answer(asking.request, 200, cut(asking.query, [_object(asking, user) | made])[0])

    return Look(run)


def retrieve(asking: Asking) -> Look:
    """The user in the path: the caller, or whoever it is for those who may see people."""

    def run(reading: Reading) -> Answer:
        wanted = hex32(asking.path[UUID])
        user = reading.rows.one(User, id=wanted) if wanted else None
        if user is None or (user.pk != reading.actor.user_pk and not reading.actor.may(Right.PEOPLE_READ)):
            raise words.missing("User")
        return answer(asking.request, 200, cut(asking.query, [_object(asking, user)])[0])

    return Look(run)


def _object(asking: Asking, user: User) -> Body:
    rights = ROLES[user.role]
    is_staff = Right.RECORDS_WRITE in rights
    return {
        "url": link(root(asking.request), USERS, user.id),
        "uuid": lower(user.id),
        "username": user.username,
        "full_name": user.person_name or "",
        "email": user.email or "",
        "is_staff": is_staff,
        "is_active": user.active,
        "is_support": not is_staff and user.role != OWNER,
        "date_joined": f"{user.created_on}Z",
    }


def _secret(value: object) -> str:
    """A text as it is: spaces at its ends may be part of a password."""
    if not isinstance(value, str):
        raise UnreadableError(words.NO_TEXT)
    if not value:
        raise UnreadableError(words.BLANK)
    if len(value) > TEXT_LIMIT:
        raise UnreadableError(f"Ensure this field has no more than {TEXT_LIMIT} characters.")
    return value


LOG_IN = Action("api_auth.password", None, log_in, reads_body=True, hashing=True)
LOG_OUT = Action("api_auth.logout", Right.SESSION, log_out)
ME = Action("users.me", Right.SESSION, me)
RETRIEVE = Action("users.retrieve", Right.SESSION, retrieve)

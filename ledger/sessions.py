"""Sessions: what a token stands for, looked at in every call; and who comes with an API key."""

from typing import NamedTuple

from ledger.entry import Entry, Reading, utc_text
from ledger.errors import ExpiredToken, InvalidCredentials, InvalidToken
from ledger.rights import OWNER, Actor
from ledger.storage.models import ApiKey, Session, Unit, User, UserCustomer, UserUnit

TOUCHED_AFTER_SECONDS = 60
"""`last_used_on` is written only when it is older than this, so that reads stay reads."""


class Candidate(NamedTuple):
    """Who may be logging in; no user where there is none of that name who may log in with a password."""

    user: User | None
    units: list[Unit]


class KeyCandidate(NamedTuple):
    """The machine user behind an API key."""

    user: User
    units: list[Unit]
    api_key_pk: int


def login(reading: Reading, username: str) -> Candidate:
    """The active person of this name with the units to choose from, the default first."""
    user = reading.rows.one(User, username=username)
    if user is None or not user.active or user.machine:
        return Candidate(None, [])
    return Candidate(user, units_of(reading, user.pk))


def units_of(reading: Reading, user_pk: int) -> list[Unit]:
    """The user's units, the default first."""
    links = reading.rows.find(UserUnit, order=("-is_default", "pk"), user_pk=user_pk)
    return [reading.rows.get(Unit, link.unit_pk) for link in links]


def candidate_of_key(reading: Reading, sha256: str) -> KeyCandidate:
    """The machine user of a live key. Refuses: INVALID_CREDENTIALS."""
    key = reading.rows.one(ApiKey, sha256=sha256)
    user = reading.rows.get(User, key.user_pk) if key is not None and key.revoked_on is None else None
    if key is None or user is None or not user.active:
        raise InvalidCredentials("the key is unknown, revoked, or its user is disabled")
    return KeyCandidate(user, units_of(reading, user.pk), key.pk)


def open_session(
    entry: Entry, user_pk: int, unit_pk: int | None, api_key_pk: int | None = None, *, seconds: int | None = None
) -> Session:
    """A new session; its id is what a token carries. `seconds`: how long it lives, where that is less than others do."""
    return entry.rows.add(
        Session,
        {
            "id": entry.new_id(),
            "user_pk": user_pk,
            "unit_pk": unit_pk,
            "api_key_pk": api_key_pk,
            "created_on": entry.now,
            "last_used_on": entry.now,
            "expires_on": None if seconds is None else utc_text(entry.seconds + seconds),
        },
    )


def end(entry: Entry, session_pk: int) -> None:
    """End a session: its token is worth nothing from now on."""
    entry.rows.change(Session, {"ended_on": entry.now}, pk=session_pk, ended_on=None)


def actor(reading: Reading, session_id: str, *, lifetime_seconds: int, idle_seconds: int) -> Actor:
    """Who stands behind a token's session. Refuses: INVALID_TOKEN, EXPIRED_TOKEN."""
    session = reading.rows.one(Session, id=session_id)
    if session is None or session.ended_on is not None:
        if session is not None:
            _active_user(reading, session.user_pk)
        raise InvalidToken("the token is unknown here, or was logged out", "token")
    if session.expires_on is not None and session.expires_on <= reading.now:
        raise ExpiredToken(f"the token ended at {session.expires_on}; get another one", "token")
    if session.created_on < utc_text(reading.seconds - lifetime_seconds):
        raise ExpiredToken(f"the token's lifetime of {lifetime_seconds} seconds is over; log in again", "token")
    if session.last_used_on < utc_text(reading.seconds - idle_seconds):
        raise ExpiredToken(f"the token was not used for {idle_seconds} seconds; log in again", "token")
    return _actor(reading, session.user_pk, session.unit_pk, session.pk)


def actor_of_key(reading: Reading, sha256: str) -> Actor:
    """Who comes with an API key. Refuses: INVALID_TOKEN."""
    try:
        candidate = candidate_of_key(reading, sha256)
    except InvalidCredentials as refusal:
        raise InvalidToken(refusal.message, "token") from refusal
    unit_pk = candidate.units[0].pk if candidate.units else None
    return _actor(reading, candidate.user.pk, unit_pk, None)


def _actor(reading: Reading, user_pk: int, unit_pk: int | None, session_pk: int | None) -> Actor:
    user = _active_user(reading, user_pk)
    links = reading.rows.find(UserCustomer, user_pk=user_pk) if user.role == OWNER else []
    return Actor(user_pk, user.username, user.role, unit_pk, frozenset(link.customer_pk for link in links), session_pk)


def _active_user(reading: Reading, user_pk: int) -> User:
    """The user, whom disabling ends all sessions of: that is said rather than that a session has ended."""
    user = reading.rows.get(User, user_pk)
    if not user.active:
        raise InvalidToken("the user is disabled", "token", disabled=True)
    return user


def stale(reading: Reading, session_pk: int) -> bool:
    """Whether it is time to note that a session was used."""
    session = reading.rows.get(Session, session_pk)
    used: str = session.last_used_on
    return used < utc_text(reading.seconds - TOUCHED_AFTER_SECONDS)


def touch(entry: Entry, session_pk: int) -> None:
    """Note that a session was used now."""
    entry.rows.change(Session, {"last_used_on": entry.now}, pk=session_pk, ended_on=None)

"""Logging in with a password: who it is, and a session. Wrong passwords are counted, and who sent too many has to wait."""

from identifiers.errors import quoted
from identifiers.forms import hex32
from ledger import passwords, sessions, throttle
from ledger.book import Book
from ledger.entry import Call, Entry, Reading
from ledger.errors import EntityNotFound, InvalidCredentials
from ledger.organisation import organisation
from ledger.sessions import Candidate
from ledger.storage.models import Session, Unit

_WRONG = "User name, password or organisation is wrong."


def allowed(book: Book, call: Call, reading: Reading, username: str) -> None:
    """Refuses: TOO_MANY_REQUESTS, for this user from this address, or for the address."""
    throttle.check(reading, username, call.address, book.login_limits)


def counted(book: Book, call: Call, username: str) -> None:
    """Count a wrong password, also when the call is only rehearsed."""
    book.enter(call._replace(rehearsal=False, key=None), lambda entry: throttle.failed(entry, username, call.address))


def proven(book: Book, call: Call, username: str, password: str, named: str | None = None) -> Candidate:
    """Who it is, if the password is right and the organisation, where it is named, ours; it takes as long if there is no such user.
    It hashes: it is no part of a read or a write.

    Refuses: INVALID_CREDENTIALS, TOO_MANY_REQUESTS.
    """

    def found(reading: Reading) -> tuple[Candidate, bool]:
        allowed(book, call, reading, username)
        return sessions.login(reading, username), _is_ours(reading, named)

    candidate, is_ours = book.read(call, found)
    is_right = passwords.matches(candidate.user.password_hash if candidate.user else None, password)
    if not is_right or not is_ours:
        counted(book, call, username)
        raise InvalidCredentials(_WRONG, "username")
    return candidate


def _is_ours(reading: Reading, named: str | None) -> bool:
    ours = organisation(reading)
    return not named or (ours is not None and (named == ours.name or hex32(named) == ours.id))


def begun(entry: Entry, proven: Candidate, unit: str | None = None) -> Session:
    """A session for the user, who may have been disabled or given another password while the hash was checked. `unit` is the id of
    one of the user's units.

    Refuses: INVALID_CREDENTIALS, ENTITY_NOT_FOUND.
    """
    user = proven.user
    now = sessions.login(entry, user.username) if user else proven
    if user is None or now.user is None or now.user.password_hash != user.password_hash:
        raise InvalidCredentials(_WRONG, "username")
    worked_for = chosen(now.units, unit)
    return sessions.open_session(entry, now.user.pk, worked_for.pk if worked_for else None)


def chosen(units: list[Unit], named: str | None) -> Unit | None:
    """The unit that was asked for by its id, or the user's default. Refuses: ENTITY_NOT_FOUND."""
    if not named:
        return units[0] if units else None
    for unit in units:
        if unit.id == hex32(named):
            return unit
    raise EntityNotFound(f"{quoted(named)} is the id of none of the user's units.", "unit")

"""logout: end the session behind the token."""

from ledger import sessions
from ledger.entry import Entry
from ledger.rights import Right
from methods.answers import Data
from methods.method import Method
from methods.objects.sessions import Nothing
from methods.parameters import Flag
from methods.params import VALIDATE_ONLY, Params


class LogoutParams(Params):
    validate_only: Flag = VALIDATE_ONLY


def run(entry: Entry, params: LogoutParams) -> Data:
    """An API key is no session: it goes on until it is revoked."""
    if entry.actor.session_pk is not None:
        sessions.end(entry, entry.actor.session_pk)
    return {}


METHOD = Method(
    summary="Log out: the token is worth nothing from now on.",
    params=LogoutParams,
    shape=Nothing,
    run=run,
    writes=True,
    secret=True,
    right=Right.SESSION,
    example={},
)

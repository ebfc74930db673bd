"""What every method refuses alike, whatever it does: how a call of any method is brought to each of these refusals."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event, Thread
from unittest.mock import patch

import pytest

from ledger.entry import Call
from ledger.errors import OutcomeUnknown
from ledger.rights import ROLES, Actor
from ledger.storage.models import User
from ledger.writing import Job, Outcome
from methods import METHODS
from methods.method import parameter_table
from tests import failing_commits, scenes
from tests.books import SETUP
from tests.engines import Beside
from tests.native import Answer, Native
from tests.wrong_values import ANY_ID, IDENTIFIER, NOT_ASKED, QUESTIONS, Question, asked

Told = Callable[[Native, str], Answer]

KEY = "a key"
LIFETIME = 7200
GONE = Question({IDENTIFIER: {"id": ANY_ID}})
SHARED = ("Accounts receivable identifier", "Customer identifier", "Payment profile identifier")
TWIN = Question({IDENTIFIER: lambda path, row: {"name": "Twin"} if row.type in SHARED else NOT_ASKED})
_ELSEWHERE = {
    "login": {"unit": ANY_ID},
    "authentication/token": {"unit": ANY_ID},
    "authentication/web_api_key/token": {"unit": ANY_ID},
    "configuration/number_formats/update": {"name": "no such series"},
    "audit/list": {"after": "987654321"},
    "events/list": {"after": "987654321"},
}


def by_another_verb(server: Native, path: str) -> Answer:
    return server.other("DELETE", path)


def too_large(server: Native, path: str) -> Answer:
    return server.send(path, b" " * ((1 << 24 if path == "batch" else 1 << 20) + 1))


def announced_as_text(server: Native, path: str) -> Answer:
    return server.send(path, b"{}", **{"Content-Type": "text/plain"})


def no_object(server: Native, path: str) -> Answer:
    return server.send(path, b"[]")


def without_token(server: Native, path: str) -> Answer:
    return server.ask(path, server.example(path), by=None)


def too_late(server: Native, path: str) -> Answer:
    server.clock.advance(LIFETIME + 1)
    try:
        return server.ask(path, server.example(path))
    finally:
        server.clock.advance(-LIFETIME - 1)


def by_the_wrong_role(server: Native, path: str) -> Answer:
    role = next(role for role, rights in ROLES.items() if METHODS[path].right not in rights)
    return server.ask(path, server.example(path), by=role)


def without_parameters(server: Native, path: str) -> Answer:
    """Owners alone have to name the account of a list."""
    mandatory = any(row.mandatory for row in parameter_table(METHODS[path]))
    return server.ask(path, {}, by="admin" if mandatory else "owner")


def with_a_list_for_everything(server: Native, path: str) -> Answer:
    wrong = next(row.name for row in parameter_table(METHODS[path]) if row.name in ("fields_set", "validate_only"))
    return server.ask(path, {**server.example(path), wrong: []})


def with_nonsense(server: Native, path: str) -> Answer:
    return server.ask(path, {**server.example(path), "nonsense": 1})


def with_no_member(server: Native, path: str) -> Answer:
    return server.ask(path, asked(path, QUESTIONS["no member"], server.example(path))[0])


def with_two_members(server: Native, path: str) -> Answer:
    return server.ask(path, asked(path, QUESTIONS["two members"], server.example(path))[0])


def of_what_is_not_there(server: Native, path: str) -> Answer:
    body, named = asked(path, GONE, server.example(path))
    elsewhere = {} if named else _ELSEWHERE.get(path, {"after": ANY_ID})
    return server.ask(path, {**body, **elsewhere})


def of_twins(server: Native, path: str) -> Answer:
    for _ in range(2):
        account = scenes.account(server, name="Twin", customer_identifier=scenes.customer(server, name="Twin"))
        scenes.profile(server, account, name="Twin")
    return server.ask(path, asked(path, TWIN, server.example(path))[0])


def with_a_used_key(server: Native, path: str) -> Answer:
    server.done("customers/create", {"name": "Another request"}, Idempotency_Key=KEY)
    return server.ask(path, server.example(path), Idempotency_Key=KEY)


def while_the_first_is_running(server: Native, path: str) -> Answer:
    with writing(server, KEY):
        return server.ask(path, server.example(path), Idempotency_Key=KEY)


@contextmanager
def writing(server: Native, key: str) -> Iterator[None]:
    """Somebody else's write, of the admin's under the same key, that takes as long as the block."""
    begun, go_on = Event(), Event()
    admin = server.book.read(SETUP, lambda reading: reading.rows.find(User, username="admin")[0])

    def dawdle(_: object) -> None:
        begun.set()
        go_on.wait(30)

    call = Call("test", "dawdle", actor=Actor(admin.pk, admin.username, admin.role), key=key)
    thread = Thread(target=server.book.enter, args=(call, dawdle))
    thread.start()
    assert begun.wait(30)
    try:
        yield
    finally:
        go_on.set()
        thread.join()


@contextmanager
def out_of_reach(server: Native) -> Iterator[None]:
    """The folder of the book is gone while the block runs."""
    server.book.close()
    folder: Path = server.path.parent
    folder.rename(folder.with_suffix(".away"))
    try:
        yield
    finally:
        folder.with_suffix(".away").rename(folder)


def from_nowhere(server: Native, path: str) -> Answer:
    with out_of_reach(server):
        return server.ask(path, server.example(path))


def with_an_unconfirmed_commit(server: Native, path: str) -> Answer:
    """The database has not said what became of the commit."""
    committer = server.book._committer

    def commit(jobs: list[Job]) -> list[tuple[Job, Outcome]]:
        return [(job, Outcome(error=OutcomeUnknown("it is not known"))) for job in jobs if job.claimed()]

    with patch.object(committer, "commit", commit):
        return server.ask(path, server.example(path))


TABLES = ("session", "user", "api_key")


@contextmanager
def damaged(server: Native) -> Iterator[None]:
    """Somebody has renamed the tables that every call looks into."""
    _rename(server, *((name, f"{name}_away") for name in TABLES))
    try:
        yield
    finally:
        _rename(server, *((f"{name}_away", name) for name in TABLES))


def _rename(server: Native, *names: tuple[str, str]) -> None:
    with closing(Beside(server.path)) as beside:
        for old, new in names:
            beside.rows(f'ALTER TABLE "{old}" RENAME TO "{new}"')


def of_a_disk_that_fails(server: Native, path: str) -> Answer:
    with pytest.MonkeyPatch.context() as patch:
        failing_commits.fail(patch, failing_commits.trouble("SQLITE_IOERR_FSYNC"))
        return server.ask(path, {name: said for name, said in server.example(path).items() if name != "validate_only"})


def of_a_damaged_book(server: Native, path: str) -> Answer:
    with damaged(server):
        return server.ask(path, server.example(path))


def with_a_wrong_password(server: Native, path: str) -> Answer:
    name = {"users/change_password": "old_password", "authentication/web_api_key/token": "web_api_key"}.get(path, "password")
    return server.ask(path, {**server.example(path), name: "wrong password"})


def with_wrong_passwords_before(server: Native, path: str) -> Answer:
    for _ in range(5):
        with_a_wrong_password(server, path)
    return server.ask(path, server.example(path))


STORIES: Mapping[str, Told] = {
    "METHOD_NOT_ALLOWED": by_another_verb,
    "REQUEST_TOO_LARGE": too_large,
    "UNSUPPORTED_MEDIA_TYPE": announced_as_text,
    "MALFORMED_REQUEST": no_object,
    "TOO_MANY_REQUESTS": with_wrong_passwords_before,
    "INVALID_CREDENTIALS": with_a_wrong_password,
    "INVALID_TOKEN": without_token,
    "EXPIRED_TOKEN": too_late,
    "NOT_PERMITTED": by_the_wrong_role,
    "MANDATORY_PARAMETER_MISSING": without_parameters,
    "INVALID_PARAMETER": with_a_list_for_everything,
    "UNKNOWN_PARAMETER": with_nonsense,
    "IDENTIFIER_MISSING": with_no_member,
    "MULTIPLE_IDENTIFIERS": with_two_members,
    "IDEMPOTENCY_KEY_REUSED": with_a_used_key,
    "IDEMPOTENCY_IN_PROGRESS": while_the_first_is_running,
    "ENTITY_NOT_FOUND": of_what_is_not_there,
    "AMBIGUOUS_IDENTIFIER": of_twins,
    "SERVICE_UNAVAILABLE": from_nowhere,
    "OUTCOME_UNKNOWN": of_a_disk_that_fails,
    "SYSTEM_ERROR": of_a_damaged_book,
}
HARMLESS = frozenset(STORIES) - {
    "TOO_MANY_REQUESTS",
    "INVALID_CREDENTIALS",
    "NOT_PERMITTED",
    "IDEMPOTENCY_KEY_REUSED",
    "IDEMPOTENCY_IN_PROGRESS",
    "AMBIGUOUS_IDENTIFIER",
    "SERVICE_UNAVAILABLE",
    "OUTCOME_UNKNOWN",
    "SYSTEM_ERROR",
}
"""Those that leave a book as it was and go by quickly, so that one book does for all of them."""

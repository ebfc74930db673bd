"""Who may call what: one table of roles and rights, tried cell by cell at all doors. What was observed stands in the README, so
that no right changes unseen. A right is judged before any parameter is looked at."""

from collections.abc import Iterator
from itertools import repeat
from typing import Any

import pytest
from starlette.routing import Route

from ledger.errors import NotAllowedInBatch, NotPermitted
from ledger.rights import OWNER, ROLES, Right
from methods import METHODS
from tests.access.houses import Houses, houses
from tests.access.printed import labels
from tests.access.rows import RPC, Row, rows
from tests.access.table import CALLERS, FORBIDDEN, GARBAGE, OWN, PLACES, UNKNOWN, YES, Asking, declared, observed
from tests.native import BOTH, Native, Template
from tests.rpcserver.world import settings_for, token

pytestmark = pytest.mark.one_engine

WRITING = {right for right in Right if right.value.endswith(":write")}
SAFE = ("GET", "HEAD", "OPTIONS")
JUDGED = {"INVALID_PARAMETER", "MANDATORY_PARAMETER_MISSING", "UNKNOWN_PARAMETER"}
"""How garbage is refused once the right was granted."""
MAY = {role: {path for path, method in METHODS.items() if method.right in rights} for role, rights in ROLES.items()}


@pytest.fixture(scope="module")
def world(demo: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Houses]:
    with houses(demo, tmp_path_factory.mktemp("rights")) as furnished:
        yield furnished
        assert furnished.server.faults.seen == []


def spelled(row: Row) -> str:
    return f"{row.door}: {row.verb} {row.path}"


# --- the table ---


def test_every_cell_is_what_the_roles_say() -> None:
    cells = observed().cells
    wrong = {spelled(row): (its, declared(row)) for row, its in cells.items() if its != declared(row)}
    assert wrong == {}


def test_every_refused_right_is_written_down_with_its_door_its_method_and_who_asked() -> None:
    found = observed()
    refused = {
        (role, "native" if row.door in RPC else row.door, row.action)
        for row, cells in found.cells.items()
        for role, cell in zip(ROLES, cells, strict=False)
        if cell == FORBIDDEN
    }
    assert len(refused) > len(METHODS)
    assert refused == found.audited


def test_a_login_token_is_worth_what_a_key_is(world: Houses) -> None:
    settings, people = settings_for(world.server.path), world.server.made["users"]
    asking = Asking(world, world.server.tokens)
    for row in rows(world.server.app):
        for role, cell in zip(ROLES, declared(row), strict=False):
            if row.right is Right.SESSION:
                # This call may end its token.
                asking.secrets[role] = token(world.server.book, settings, people[role]["username"])
            assert asking.judged(row, role) == (YES if cell == OWN else cell), f"{role} {spelled(row)}"


def test_rest_doors_refuse_who_may_not_call_before_they_read_a_body(world: Houses) -> None:
    reading = [row for row in rows(world.server.app) if row.door in PLACES and row.reads_body and row.right]
    assert len(reading) > len(PLACES)
    asking = Asking(world)
    for row in reading:
        for caller, cell in zip(CALLERS, declared(row), strict=True):
            if cell in (FORBIDDEN, UNKNOWN):
                answer = asking.send(row, caller, row.at(repeat(1)), body=None)
                assert str(answer.status) == cell, f"{caller} {spelled(row)}"


# --- what makes the table hold for what comes ---


def test_everything_that_can_be_called_has_a_row(world: Houses) -> None:
    found = rows(world.server.app)
    assert {row.method for row in found if row.door == "native"} == set(METHODS)
    assert {row.method for row in found if row.door == "drop-in"} == set(METHODS)
    assert {row.door for row in found} >= {"waldur", "qbench", "productive"}
    assert len(found) == len(set(found))


def test_a_route_of_which_nobody_said_who_may_call_it_is_found(world: Houses) -> None:
    async def anybody(scope: Any, receive: Any, send: Any) -> None:
        raise AssertionError

    world.server.app.routes.routes.append(Route("/back-door", anybody))
    try:
        with pytest.raises(LookupError, match="/back-door"):
            rows(world.server.app)
    finally:
        del world.server.app.routes.routes[-1]


def test_what_writes_needs_a_right_to_write(world: Houses) -> None:
    for row in rows(world.server.app):
        writes = METHODS[row.method].writes if row.door in RPC else row.verb not in SAFE
        allowed = {*WRITING, Right.SESSION, None} if writes else {*Right, None} - WRITING
        assert row.right in allowed, spelled(row)


def test_who_only_looks_has_no_right_to_write() -> None:
    for role in ("auditor", OWNER):
        assert ROLES[role] & WRITING == set()
    assert ROLES["admin"] == set(Right)


def test_another_spelling_of_a_path_is_not_shown_by_itself() -> None:
    spellings = [Row("waldur", "GET", path, "list", Right.RECORDS_READ) for path in ("/api/a/", "/api/a.json", "/api/b", "/api/b/")]
    assert labels(dict.fromkeys(spellings, ("yes",))) == {"GET /api/a/": ("yes",), "GET /api/b": ("yes",)}


def test_a_row_that_differs_from_its_like_is_shown_by_itself() -> None:
    one, other = (Row("native", verb, "/payments/show", "payments/show", Right.RECORDS_READ) for verb in ("POST", "GET"))
    assert labels({one: ("yes",), other: ("yes",)}) == {"payments/show": ("yes",)}
    assert labels({one: ("yes",), other: ("403",)}) == {"payments/show": ("yes",), "GET /payments/show": ("403",)}


# --- batches ---


@BOTH
@pytest.mark.parametrize("role", ROLES)
def test_rights_are_judged_call_by_call_in_a_batch(world: Houses, role: str, prefix: str) -> None:
    calls = [{"method": path, "params": GARBAGE} for path in METHODS]
    envelopes = world.server.at(prefix).done("batch", {"calls": calls}, by=role)
    for path, envelope in zip(METHODS, envelopes, strict=True):
        alone = METHODS[path].public or METHODS[path].secret or path == "batch"
        expected = {NotAllowedInBatch.code} if alone else JUDGED if path in MAY[role] else {NotPermitted.code}
        assert envelope["status"]["code"] in expected, path
        assert envelope["data"] is None


def test_a_refused_right_is_written_down_and_nothing_else(server: Native) -> None:
    before = {path: server.done(path) for path in ("customers/list", "units/list", "configuration/types/list")}
    answer = server.ask("customers/create", {"name": "Mine"}, by="owner")
    assert (answer.verdict, answer.errors, answer.data) == ((403, "NOT_PERMITTED"), [], None)
    assert "owner" in answer.message
    (row,) = server.done("audit/list", {"username": "owner", "number_of_results": 1})
    assert (row["method"], row["outcome"], row["record_id"]) == ("customers/create", "NOT_PERMITTED", None)
    assert before == {path: server.done(path) for path in before}

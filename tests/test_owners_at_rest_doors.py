"""Owners at the REST doors: what is another's is answered, byte for byte, like what is nobody's. The resources are those of the
server's routes, and the filters those that the doors read, so that none is forgotten."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from identifiers import kinds
from identifiers.forms import lower
from identifiers.kinds import Kind
from ledger.rights import OWNER
from rpcserver.dialects.waldur.links import link
from tests.access import asked as questions
from tests.access.houses import NEIGHBOUR, PROOF, Houses, Record, houses
from tests.access.probes import Pair, differences, forms, of_payments, pair, said
from tests.access.rows import Row, rows
from tests.access.straight import HOST
from tests.access.table import PLACES, SPELLED, Asking, named
from tests.native import Template

DOORS = pytest.mark.parametrize("door", PLACES)
ADMIN = "admin"
FILTERING = {
    "waldur": {
        "customer",
        "customer_uuid",
        "date_of_payment",
        "name",
        "organization",
        "organization_uuid",
        "profile",
        "profile_uuid",
        "query",
    },
    "qbench": {"customer_id"},
    "productive": {
        f"filter[{name}][eq]" for name in ("id", "invoice_id", "company_id", "amount", "paid_on", "external_id", "query")
    },
}
"""Filters that find what is the neighbour's."""
LONG = 5
"""How long a text is that is found in nothing else by chance."""


@pytest.fixture(scope="module")
def world(demo: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Houses]:
    with houses(demo, tmp_path_factory.mktemp("rest_owners")) as furnished:
        yield furnished
        assert furnished.server.faults.seen == []


@pytest.fixture(scope="module")
def asking(world: Houses) -> Asking:
    return Asking(world, world.server.tokens)


def of_door(world: Houses, door: str) -> list[Row]:
    return [row for row in rows(world.server.app) if row.door == door]


def spelled(door: str, record: Record) -> Iterator[Pair]:
    """What a path can name a record by, and what names none."""
    if door == "waldur":
        yield from forms("id", record.id)
    else:
        yield Pair(str(record.pk), str(record.pk + 10**6))


def at(row: Row, value: object, world: Houses) -> str:
    """The row's path to a record; further ones in it are the neighbour's."""
    return row.at([value, *(SPELLED[row.door](world.other[kind]) for kind in named(row)[1:])])


# --- one record ---


@DOORS
def test_another_customers_record_does_not_exist(world: Houses, asking: Asking, door: str) -> None:
    shown = [row for row in of_door(world, door) if row.is_read and named(row)]
    assert shown
    for row in shown:
        for form in spelled(door, world.other[named(row)[0]]):
            answer, nowhere = (asking.send(row, OWNER, at(row, value, world)) for value in (form.theirs, form.nobodys))
            assert answer.status == 404, answer.text
            assert differences(answer, nowhere, form) == []
            for by in (ADMIN, NEIGHBOUR):
                assert asking.send(row, by, at(row, form.theirs, world)).status == 200, f"it does exist for the {by}"


@DOORS
@pytest.mark.one_engine
def test_an_owners_own_record_does(world: Houses, asking: Asking, door: str) -> None:
    for row in of_door(world, door):
        if row.is_read and named(row):
            for form in spelled(door, world.own[named(row)[0]]):
                answer = asking.send(row, OWNER, at(row, form.theirs, world))
                assert answer.status == 200, answer.text


@DOORS
@pytest.mark.one_engine
def test_what_an_owner_may_not_do_tells_nothing_of_what_there_is(world: Houses, asking: Asking, door: str) -> None:
    for row in of_door(world, door):
        if named(row) and row.verb not in ("GET", "HEAD", "OPTIONS"):
            form = next(spelled(door, world.other[named(row)[0]]))
            body = b"{}" if row.reads_body else b""
            answer, nowhere = (asking.send(row, OWNER, at(row, value, world), "", body) for value in (form.theirs, form.nobodys))
            assert answer.status == 403
            assert differences(answer, nowhere, form) == []


@pytest.mark.one_engine
def test_a_proof_is_for_who_may_see_its_payment(world: Houses, asking: Asking) -> None:
    (row,) = [row for row in of_door(world, "waldur") if row.path == "/api/media/{uuid}/" and row.verb == "GET"]
    theirs = at(row, lower(world.other[kinds.ATTACHMENT].id), world)
    assert PROOF in asking.send(row, NEIGHBOUR, theirs).body
    assert PROOF not in asking.send(row, OWNER, theirs).body


# --- lists, filters, pages ---


def lists(world: Houses, door: str) -> list[Row]:
    found = [row for row in of_door(world, door) if row.verb == "GET" and row.reads_records and not named(row)]
    return [row for row in found if row.path.removesuffix(".json") + "/" not in {other.path for other in found}]


def told(world: Houses, row: Row, name: str) -> list[Pair]:
    """What a filter can be asked of the neighbour's: by row key only of its kind, as other keys may be those of the owner's."""
    kind = questions.keyed(row, name)
    if kind is not None:
        return [Pair(world.other[kind].pk, world.other[kind].pk + 10**6)]
    if questions.is_compared(name):
        return [*of_payments()]
    texts = [asked for record in world.other.values() for asked in said(record) if isinstance(asked.theirs, str)]
    if row.door == "waldur":
        texts += [linked(kind, world.other[kind], root) for root in ("", f"http://{HOST}") for kind in PLACES["waldur"].values()]
    if row.door == "productive":
        texts = [asked for asked in texts if len(asked.theirs) >= LONG]
    return [*of_payments(), pair("paid by neighbour"), *texts]


def linked(kind: Kind, record: Record, root: str) -> Pair:
    """A hyperlink to a record of Waldur's door."""
    collection = next(name for name, its in PLACES["waldur"].items() if its is kind)
    return pair(record.id).of(lambda id_: link(root, collection, id_))


@DOORS
@pytest.mark.one_engine
def test_nothing_that_is_said_of_another_customers_record_is_found(world: Houses, asking: Asking, door: str) -> None:
    says_something = set()
    for row in lists(world, door):
        for name in questions.names(asking, row):
            for form in told(world, row, name):
                theirs, nobodys = (f"{name}={quote(str(value), safe='')}" for value in (form.theirs, form.nobodys))
                answer, nowhere = (asking.send(row, OWNER, row.path, query) for query in (theirs, nobodys))
                assert differences(answer, nowhere, form) == [], f"{row.path} {name} {form}"
                if name not in says_something:
                    answer, nowhere = (asking.send(row, ADMIN, row.path, query) for query in (theirs, nobodys))
                    says_something |= {name} if differences(answer, nowhere, form) else set()
    assert says_something >= FILTERING[door], "an admin can filter by these"

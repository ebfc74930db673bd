"""Whatever is done for other customers, nothing changes in what an owner is shown: no row, no count, no page, no sum, no number."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from identifiers.kinds import ACCOUNT, ATTACHMENT, PAYMENT, Kind
from ledger.rights import OWNER, ROLES
from ledger.storage.models import Attachment, Payment, PaymentMethod
from methods import METHODS
from methods.method import parameter_table
from tests import scenes
from tests.access.houses import NEIGHBOUR, Houses, furnished, houses, proven, row_of, tied
from tests.access.probes import OF_EACH_ANSWER, Asker, identifiers
from tests.access.rows import Row, rows
from tests.access.straight import Got
from tests.access.table import PLACES, SPELLED, Asking, named
from tests.native import Template

READS = [path for path, its in METHODS.items() if not (its.public or its.writes) and its.right in ROLES[OWNER]]
ASKED = {
    "waldur": ("", "page=last", "page_size=1", "o=-created", "o=name", "query=a", "is_active=true", "state=paid"),
    "qbench": ("", "page_size=1", "page_num=2", "sort_order=asc", "sort_by=id&sort_order=desc&page_size=50"),
    "productive": (
        "",
        "page[size]=1",
        "page[size]=1&page[after]=",
        "sort=-amount",
        "sort=invoice.deal.company.name",
        "filter[amount][gt]=0&aggregates=total_amount",
        "filter[query]=a",
        "filter[id][not_eq]=1",
    ),
}
"""Pages, orders and filters of the lists of each door."""
FEW = [{"number_of_results": 1}, {"number_of_results": 1_000}, {"number_of_results": 1, "offset": 1}]


@pytest.fixture
def world(demo: Template, tmp_path: Path) -> Iterator[Houses]:
    with houses(demo, tmp_path) as found:
        yield found
        assert found.server.faults.seen == []


def shown(got: Got) -> object:
    """An answer without what differs each time."""
    return got.status, {name: value for name, value in got.headers.items() if name not in OF_EACH_ANSWER}, got.body


def seen(world: Houses, by: str) -> dict[str, object]:
    """Everything that a caller can be shown, by what was asked."""
    return {**dict(by_methods(world, by)), **dict(at_rest_doors(world, by))}


def by_methods(world: Houses, by: str) -> Iterator[tuple[str, object]]:
    for path in READS:
        asker = Asker(world.straight, world.server.tokens[by], path)
        whole = world.body(path, world.own)
        optional = {name for name, _ in identifiers(path)} - {"accounts_receivable_identifier"}
        least = {name: value for name, value in whole.items() if name not in optional or is_mandatory(path, name)}
        for body in (whole, least, {}, *({**least, **few} for few in FEW)):
            yield f"{path} {body}", shown(asker.post(body))


def is_mandatory(path: str, name: str) -> bool:
    return any(row.mandatory for row in parameter_table(METHODS[path]) if row.name == name)


def at_rest_doors(world: Houses, by: str) -> Iterator[tuple[str, object]]:
    asking = Asking(world, world.server.tokens)
    for row in rows(world.server.app):
        if row.is_read and row.door in PLACES:
            for query in ASKED[row.door] if row.reads_records and not named(row) else ("",):
                answer = asking.send(row, by, path_in(row, world.own), query)
                assert answer.status == 200, answer.text
                yield f"{row.path}?{query}", shown(answer)


def path_in(row: Row, records: Mapping[Kind, Any]) -> str:
    """The row's path to what it names of these."""
    return row.at(SPELLED[row.door](records[kind]) for kind in named(row))


def test_what_is_done_for_others_changes_nothing_that_an_owner_sees(world: Houses) -> None:
    before, of_admin = seen(world, OWNER), seen(world, "admin")
    server, payment = world.server, {"id": world.other[PAYMENT].id}
    customer = scenes.customer(server, name="Aa newcomer")
    account = scenes.account(server, customer_identifier=customer)
    scenes.profile(server, account, active=True)
    furnished(server, customer, account, tied(server, "newcomer", customer), "55.55", "2032-05-05")
    server.done("payments/release", {"payment_identifier": payment})
    scenes.cancelled(server, "payment", payment)
    after, told = seen(world, OWNER), seen(world, "admin")
    assert [asked for asked in before if before[asked] != after[asked]] == []
    lists = {asked.partition(" ")[0].partition("?")[0] for asked in of_admin if of_admin[asked] != told[asked]}
    assert len(lists) > len(PLACES), "an admin sees what was done"
    assert lists >= {"payments/list", "customers/list", "/api/payments/", "/qbench/api/v1/payment", "/api/v2/payments"}


def test_a_payment_that_was_moved_to_another_customer_is_gone_with_its_proof(world: Houses) -> None:
    server, asking = world.server, Asking(world, world.server.tokens)
    paid = scenes.payment(server, {"number": "9"}, 12)
    scenes.released(server, paid)
    found = {PAYMENT: row_of(server, Payment, paid), ATTACHMENT: row_of(server, Attachment, {"id": proven(server, paid["id"])})}
    ways = [row for row in rows(server.app) if row.door in PLACES and row.is_read and set(named(row)) & set(found)]
    places = {row: path_in(row, found) for row in ways}
    assert {asking.send(row, OWNER, place).status for row, place in places.items()} == {200}
    moved(world, asking, found[PAYMENT].pk, "12")
    assert {asking.send(row, OWNER, place).status for row, place in places.items()} == {404}
    assert {asking.send(row, NEIGHBOUR, place).status for row, place in places.items()} == {200}
    assert server.ask("payments/show", {"payment_identifier": paid}, by=OWNER).code == "ENTITY_NOT_FOUND"
    before = seen(world, OWNER)
    moved(world, asking, found[PAYMENT].pk, "13.5")
    after = seen(world, OWNER)
    assert [asked for asked in before if before[asked] != after[asked]] == []


def moved(world: Houses, asking: Asking, pk: int, amount: str) -> None:
    """Have a payment be the neighbour's, and this much."""
    (row,) = [row for row in rows(world.server.app) if (row.door, row.verb, named(row)) == ("qbench", "PUT", [PAYMENT])]
    method = row_of(world.server, PaymentMethod, {"name": "Direct Debit"})
    said = {"customer_id": world.other[ACCOUNT].pk, "payment_date": "02/01/2024", "payment_type_id": method.pk}
    body = f'{{"amount": {amount}, {json.dumps(said)[1:]}'.encode()
    answer = asking.send(row, "clerk", row.at([pk]), "", body)
    assert answer.status == 200, answer.text

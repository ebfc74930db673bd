"""Roles, doors and verbs: one table, the same at every door. A right is judged before anything else is looked at."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import pytest

from ledger.rights import ROLES
from ledger.storage.models import Invoice, Payment, User
from ledger.users import create_key
from rpcserver.auth import key_digest, new_key
from tests.books import EUROS
from tests.doors import DOORS, EDIT, FORBIDDEN, NOWHERE, UNKNOWN_CALLER, Door, Native, Productive, Qbench, Reply, Waldur
from tests.premises import Premises

pytestmark = pytest.mark.one_engine

TEN = Decimal(10)
READS, WRITES = ("see", "list"), ("create", "pay", "pay exactly", "apply", "release", "edit", "delete")
MAY = {
    "admin": {*READS, *WRITES},
    "clerk": {*READS, *WRITES},
    "auditor": {*READS},
    "owner": {*READS},
    None: set[str](),
}
"""What each role may do at each door, on what it may see; nobody is who brings no token."""
LISTS: dict[type[Door], str] = {
    Native: "/payments/list?accounts_receivable_identifier=name=Ada EUR",
    Waldur: "/api/payments/",
    Qbench: "/qbench/api/v1/payment",
    Productive: "/api/v2/payments",
}


@dataclass(frozen=True)
class Things:
    """What there is to do something with."""

    payment: Payment
    invoice: Invoice
    spare: Invoice


def attempt(door: Door, verb: str, things: Things) -> Reply:
    """Try a verb at a door."""
    payment, invoice, spare = things.payment, things.invoice, things.spare
    verbs: dict[str, Callable[[], Reply]] = {
        "see": lambda: door.see(payment),
        "list": lambda: door.send("GET", LISTS[type(door)]),
        "create": lambda: door.create(EUROS, TEN),
        "pay": lambda: door.pay(spare, TEN),
        "pay exactly": lambda: door.pay_exactly(spare),
        "apply": lambda: door.apply(_unlinked(door), spare, TEN),
        "release": lambda: door.release(payment, invoice, spare),
        "edit": lambda: door.edit(payment, day="2024-01-01"),
        "delete": lambda: door.delete(payment),
    }
    return verbs[verb]()


def _unlinked(door: Door) -> Payment:
    return Qbench(door.premises).create(EUROS, TEN).made


@pytest.fixture
def things(open_doors: Premises) -> Things:
    invoice, spare = open_doors.invoice(100), open_doors.invoice(100)
    return Things(Waldur(open_doors).pay(invoice, TEN).made, invoice, spare)


def test_the_table_has_every_role() -> None:
    assert {role for role in MAY if role} == set(ROLES)


@pytest.mark.parametrize("kind", DOORS, ids=lambda kind: kind.word)
@pytest.mark.parametrize("role", MAY, ids=str)
@pytest.mark.parametrize("verb", [*READS, *WRITES])
def test_a_role_may_do_what_the_table_says(
    open_doors: Premises, things: Things, kind: type[Door], role: str | None, verb: str
) -> None:
    door = kind(open_doors).by(role)
    reply = attempt(door, verb, things)
    if verb in MAY[role]:
        assert reply.ok, reply.text
    else:
        assert door.refused(reply, UNKNOWN_CALLER if role is None else FORBIDDEN), reply.text


@pytest.mark.parametrize("kind", [Waldur, Qbench, Productive], ids=lambda kind: kind.word)
def test_a_right_is_judged_before_the_body_is_looked_at(open_doors: Premises, kind: type[Door]) -> None:
    for role, why in (("auditor", FORBIDDEN), ("owner", FORBIDDEN), (None, UNKNOWN_CALLER)):
        door = kind(open_doors).by(role).saying(Content_Type="image/png")
        path = LISTS[kind]
        assert door.refused(door.send("POST", path, "nonsense"), why), role
        door = kind(open_doors).by(role)
        assert door.refused(door.send("POST", path, ["no", "object"]), why), role
        assert door.refused(door.send("POST", path, {"text": "x" * (2 << 20)}), why), role


@pytest.mark.parametrize("kind", DOORS, ids=lambda kind: kind.word)
def test_who_may_not_write_learns_nothing_of_what_there_is(open_doors: Premises, things: Things, kind: type[Door]) -> None:
    for role in ("auditor", "owner"):
        door = kind(open_doors).by(role)
        there, not_there = door.delete(things.payment), door.delete(NOWHERE)
        assert (there.status, door.says(there)) == (not_there.status, door.says(not_there))


@pytest.mark.parametrize("kind", DOORS, ids=lambda kind: kind.word)
@pytest.mark.parametrize("secret", ["token", "key"])
def test_a_token_or_a_key_opens_every_door_in_every_spelling(open_doors: Premises, kind: type[Door], secret: str) -> None:
    text = open_doors.tokens["clerk"] if secret == "token" else key_of_the_machine(open_doors)
    organisation = {"X-Organization-Id": str(open_doors.organisation().pk)}
    spellings = [("Authorization", f"{scheme} {text}") for scheme in ("Bearer", "Token", "Bearer Token", "token", "bearer")]
    for name, value in [*spellings, ("X-Auth-Token", text)]:
        got = open_doors.client.get(LISTS[kind], headers={name: value, **organisation})
        assert got.status_code == 200, f"{name}: {value}"
    both = {"Authorization": f"Bearer {text}", "X-Auth-Token": open_doors.tokens["admin"], **organisation}
    assert open_doors.client.get(LISTS[kind], headers=both).status_code in (400, 401)


def key_of_the_machine(premises: Premises) -> str:
    """A new API key of the company's machine user, who is a clerk."""
    key = new_key()
    premises.company.do(create_key, "connector", premises.company.one(User, machine=True), key_digest(key))
    return key


def test_the_one_door_that_cannot_edit_is_the_native_one() -> None:
    assert [door.word for door in DOORS if EDIT in door.lacks] == ["native"]

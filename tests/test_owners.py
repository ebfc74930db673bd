"""Owners: other customers' records do not exist for them, by whatever name and in whatever method they ask. What is another's is
answered, byte for byte, like what is nobody's. The methods and their parameters are those of METHODS, so that none is forgotten."""

from collections.abc import Iterator
from typing import Any

import pytest

from identifiers import kinds
from identifiers.kinds import ACCOUNT, CUSTOMER, Kind
from ledger import resolving
from ledger.resolving import Names
from ledger.rights import OWNER, ROLES
from ledger.storage.models import Customer
from methods import METHODS
from methods.method import parameter_table
from tests import scenes
from tests.access.houses import NEIGHBOUR, OWNED, Houses, houses, tied
from tests.access.probes import Asker, Pair, differences, forms, identifiers, of_payments, others, pair, said
from tests.access.rows import kind_of
from tests.native import BOTH, Native, Template

ALLOWED = [path for path, method in METHODS.items() if not method.public and method.right in ROLES[OWNER]]
FORBIDDEN = [path for path, method in METHODS.items() if not method.public and method.right not in ROLES[OWNER]]
READS = [path for path in ALLOWED if not METHODS[path].writes]
NAMING = [path for path in READS if any(identifiers(path))]
PLACES = ("events/list",)
"""Lists that go on after a place, which is nobody's record."""
LISTS = [path for path in READS if path not in PLACES and any(row.name == "after" for row in parameter_table(METHODS[path]))]
OF_ACCOUNTS = [path for path in LISTS if ("accounts_receivable_identifier", ACCOUNT) in identifiers(path)]
RESOURCES = {word for kind in OWNED for word in (kind.name, f"{kind.name}s")}
NOT_FOUND = "ENTITY_NOT_FOUND"
CONFIGURATION = {
    kinds.TYPE,
    kinds.CATEGORY,
    kinds.PAYMENT_METHOD,
    kinds.REJECTION_REASON,
    kinds.CURRENCY,
    kinds.PROJECT,
    kinds.SUBSIDIARY,
}
BELONGING = {"account_pk", "customer_pk", "payment_pk", "invoice_pk"}
"""Columns by which a record belongs to a customer."""
ONE_ENGINE = pytest.mark.one_engine


@pytest.fixture(scope="module")
def world(demo: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Houses]:
    with houses(demo, tmp_path_factory.mktemp("owners")) as furnished:
        yield furnished
        assert furnished.server.faults.seen == []


def asker(world: Houses, path: str, by: str = OWNER, prefix: str = "") -> Asker:
    return Asker(world.straight, world.server.tokens[by], path, prefix)


def named(world: Houses, path: str) -> Iterator[tuple[str, str, Pair]]:
    """What a method can be asked of the neighbour's: parameter, member, value in a form, and one that nobody has."""
    for name, kind in identifiers(path):
        for member, value in world.other[kind].names.items():
            yield from ((name, member, form) for form in forms(member, value))


# --- one record ---


@pytest.mark.parametrize("path", NAMING)
def test_another_customers_record_does_not_exist(world: Houses, path: str) -> None:
    owner, admin, neighbour = (asker(world, path, by) for by in (OWNER, "admin", NEIGHBOUR))
    body, theirs = world.body(path, world.own), world.body(path, world.other)
    for name, member, asked in named(world, path):
        answer, nowhere = (owner.post({**body, name: {member: value}}) for value in (asked.theirs, asked.nobodys))
        assert differences(answer, nowhere, asked) == []
        assert (answer.status, answer.json()["status"]["errors"][0]["parameter"]) == (404, name), answer.text
        assert admin.post({**body, name: {member: asked.theirs}}).status == 200, "it does exist for an admin"
        assert neighbour.post({**theirs, name: {member: asked.theirs}}).status == 200, "and for whose it is"


@ONE_ENGINE
@BOTH
@pytest.mark.parametrize("path", NAMING)
def test_nor_does_it_in_whatever_way_it_is_asked_for(world: Houses, path: str, prefix: str) -> None:
    body, owner = world.body(path, world.own), asker(world, path, prefix=prefix)
    for name, member, asked in named(world, path):
        ways = zip(*(owner.every_way(body, name, member, value) for value in (asked.theirs, asked.nobodys)), strict=True)
        for answer, nowhere in ways:
            assert NOT_FOUND in answer.text
            assert differences(answer, nowhere, asked) == []


@ONE_ENGINE
@BOTH
@pytest.mark.parametrize("path", NAMING)
def test_an_owners_own_record_does(world: Houses, path: str, prefix: str) -> None:
    body = world.body(path, world.own)
    for name, kind in identifiers(path):
        for member, value in world.own[kind].names.items():
            named = {**body, name: {member: value}}
            answer = world.server.at(prefix).ask(path, named, by=OWNER)
            assert answer.verdict == (200, "OK"), answer.text
            assert answer.data == world.server.done(path, named), "an admin sees the same"


@ONE_ENGINE
@pytest.mark.parametrize("path", FORBIDDEN)
def test_what_an_owner_may_not_do_tells_nothing_of_what_there_is(world: Houses, path: str) -> None:
    owner = asker(world, path)
    for name, kind in identifiers(path):
        asked = pair(world.other[kind].id)
        answer, nowhere = (owner.post({name: {"id": value}}) for value in (asked.theirs, asked.nobodys))
        assert answer.status == 403
        assert differences(answer, nowhere, asked) == []


# --- lists, filters, pages ---


@pytest.mark.parametrize("path", READS)
def test_nothing_that_is_said_of_another_customers_record_is_found(world: Houses, path: str) -> None:
    body, owner = world.body(path, world.own), asker(world, path)
    of_theirs = [asked for record in world.other.values() for asked in said(record)]
    ids = [asked for asked in of_theirs if not str(asked.theirs).isdecimal()]
    for name, is_number in others(path):
        # A number may also say how many rows are wanted, or after which: then those of a record mean nothing.
        for asked in (*of_payments(), *(() if is_number else ids if name == "after" else of_theirs)):
            answer, nowhere = (owner.post({**body, name: value}) for value in (asked.theirs, asked.nobodys))
            assert differences(answer, nowhere, asked) == [], f"{name} {asked}"


@BOTH
@pytest.mark.parametrize("path", LISTS)
def test_a_list_goes_on_after_an_owners_own_record_alone(world: Houses, path: str, prefix: str) -> None:
    server = world.server.at(prefix)
    own, other = ([record.id for record in house.values()] for house in (world.own, world.other))
    listed = {after for after in (*own, *other) if server.ask(path, {"after": after}).code == "OK"}
    assert path.partition("/")[0] not in RESOURCES or (listed & {*own} and listed & {*other}), "both have one"
    body = {name: value for name, value in world.body(path, world.own).items() if name == "accounts_receivable_identifier"}
    for after in listed:
        answer = server.ask(path, {**body, "after": after}, by=OWNER)
        if after in own:
            assert answer.code == "OK", answer.text
        else:
            assert answer.verdict == (200 if prefix else 404, NOT_FOUND), answer.text


@ONE_ENGINE
@BOTH
@pytest.mark.parametrize("path", OF_ACCOUNTS)
def test_an_owner_has_to_name_the_account(world: Houses, path: str, prefix: str) -> None:
    answer = world.server.at(prefix).ask(path, by=OWNER)
    assert answer.verdict == (200 if prefix else 422, "MANDATORY_PARAMETER_MISSING")
    assert answer.errors == [("accounts_receivable_identifier", "MANDATORY_PARAMETER_MISSING")]
    assert world.server.at(prefix).ask(path).code == "OK"


@pytest.mark.parametrize(("path", "kind"), [("accounts_receivable/list", ACCOUNT), ("customers/list", CUSTOMER)])
def test_the_other_lists_hold_only_what_is_the_owners(world: Houses, path: str, kind: Kind) -> None:
    seen = [row["id"] for row in world.server.done(path, by=OWNER)]
    assert seen == [world.own[kind].id]
    assert world.other[kind].id in [row["id"] for row in world.server.done(path)]


def test_nobody_but_whose_books_they_are_is_told_how_many_numbers_were_given(world: Houses) -> None:
    told = world.server.done("configuration/number_formats/list", by=OWNER)
    assert {row["last"] for row in told} == {None}
    assert [row | {"last": None} for row in world.server.done("configuration/number_formats/list")] == told
    assert any(row["last"] for row in world.server.done("configuration/number_formats/list", by="clerk"))


# --- names that several have ---


def test_a_name_that_only_one_of_the_owners_accounts_has_is_not_ambiguous(server: Native) -> None:
    name = server.named("accounts", number="9")["name"]
    scenes.account(server, name=name)
    body = {"accounts_receivable_identifier": {"name": name}, "fields_set": "number"}
    assert server.ask("accounts_receivable/show", body).code == "AMBIGUOUS_IDENTIFIER"
    assert server.done("accounts_receivable/show", body, by=OWNER) == {"number": "9"}


@pytest.mark.parametrize(("kind", "path"), [(ACCOUNT, "accounts_receivable"), (CUSTOMER, "customers")])
def test_a_name_that_several_others_have_is_not_ambiguous_either(server: Native, kind: Kind, path: str) -> None:
    for _ in range(2):
        customer = scenes.customer(server, name="Twin")
        scenes.account(server, name="Twin", customer_identifier=customer)
    assert server.ask(f"{path}/show", {f"{kind.name}_identifier": {"name": "Twin"}}).code == "AMBIGUOUS_IDENTIFIER"
    twin, nobody = (server.ask(f"{path}/show", {f"{kind.name}_identifier": {"name": name}}, by=OWNER) for name in ("Twin", "Nobo"))
    assert (twin.verdict, twin.errors) == (nobody.verdict, nobody.errors)
    assert twin.text == nobody.text.replace("Nobo", "Twin")


# --- whose customers ---


@pytest.mark.parametrize("count", [0, 2])
def test_an_owner_sees_all_of_their_customers_and_no_others(server: Native, count: int) -> None:
    customers = [scenes.customer(server) for _ in range(count)]
    accounts = [scenes.account(server, customer_identifier=customer) for customer in customers]
    tied(server, "keeper", *customers)
    for path, made in (("customers/list", customers), ("accounts_receivable/list", accounts)):
        assert [row["id"] for row in server.done(path, by="keeper")] == [record["id"] for record in reversed(made)]
    body = {"accounts_receivable_identifier": {"number": "9"}}
    for path in ("accounts_receivable/show", "accounts_receivable/statement", "payments/list"):
        assert server.ask(path, body, by="keeper").verdict == (404, NOT_FOUND)


def test_the_key_of_another_user_answers_nothing(world: Houses) -> None:
    calls = [{"method": "whoami", "params": {}}]
    both = [world.server.ask("batch", {"calls": calls}, by=by, Idempotency_Key="the-same") for by in (OWNER, NEIGHBOUR, OWNER)]
    assert both[0].text == both[2].text != both[1].text
    other = [{"method": "customers/list", "params": {"number_of_results": 5}}]
    assert world.server.ask("batch", {"calls": other}, by=NEIGHBOUR, Idempotency_Key="the-same").code == "IDEMPOTENCY_KEY_REUSED"
    assert world.server.ask("batch", {"calls": other}, by="clerk", Idempotency_Key="the-same").code == "OK"


# --- what makes it hold for what comes ---


def looked_up() -> dict[str, resolving.Kind[Any]]:
    """What references can be looked up for."""
    return {name: kind for name, kind in vars(Names).items() if isinstance(kind, resolving.Kind)}


def test_whatever_belongs_to_a_customer_is_looked_up_with_the_eyes_of_the_caller() -> None:
    for name, kind in looked_up().items():
        columns = {field.column_name for field in kind.model._meta.sorted_fields}
        assert (kind.visible is resolving.everybody) == (kind.model is not Customer and not BELONGING & columns), name


def test_the_houses_hold_one_of_whatever_belongs_to_a_customer(world: Houses) -> None:
    assert {kind.model for kind in looked_up().values() if kind.visible is not resolving.everybody} == set(OWNED.values())
    assert set(OWNED) <= set(world.own) & set(world.other)


def test_an_owner_can_name_customers_records_and_the_configuration_alone() -> None:
    for path in ALLOWED:
        for row in parameter_table(METHODS[path]):
            assert kind_of(row) in {*OWNED, *CONFIGURATION, None}, f"{path} {row.name}"
            assert [part for part in row.parts if kind_of(part)] == []

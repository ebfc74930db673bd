"""Owners: other customers' records do not exist for them, by whatever name and in whatever method they ask."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from methods import METHODS
from methods.method import parameter_table
from tests import scenes
from tests.native import BOTH, Answer, Native, Template, copied, opened
from tests.test_rights import MAY

pytestmark = pytest.mark.one_engine

KINDS = {
    "accounts_receivable_identifier": ("accounts_receivable", "id number name"),
    "customer_identifier": ("customers", "id number name"),
    "payment_identifier": ("payments", "id number reference_number back_office_code"),
    "invoice_identifier": ("invoices", "id number reference_number back_office_code"),
    "bill_identifier": ("bills", "id number"),
    "payment_cancellation_identifier": ("payment_cancellations", "id number reference_number back_office_code"),
}
"""What belongs to a customer: where it is shown, and the members that name it."""
PROFILES = "payment_profiles"
NAMING = [(path, row.name) for path in sorted(MAY["owner"]) for row in parameter_table(METHODS[path]) if row.name in KINDS]
FORMS = [(path, name, member) for path, name in NAMING for member in KINDS[name][1].split()]
LISTS = [path for path in sorted(MAY["owner"]) if any(row.name == "after" for row in parameter_table(METHODS[path]))]
OF_ACCOUNTS = [path for path in LISTS if (path, "accounts_receivable_identifier") in NAMING]
NOT_FOUND = "ENTITY_NOT_FOUND"
Records = dict[str, dict[str, Any]]


@dataclass(frozen=True)
class Houses:
    """A server on which two customers have one of everything: the owner's, and another."""

    server: Native
    own: Records
    other: Records

    def body(self, path: str) -> dict[str, Any]:
        """A right call of the owner's: everything named is the owner's own."""
        rows = [row for row in parameter_table(METHODS[path]) if row.name in KINDS or row.mandatory]
        return {row.name: scenes.named(self.own[row.name]) if row.name in KINDS else 2 for row in rows}


def furnished(server: Native, account: scenes.Ref, customer: scenes.Ref, mark: str) -> Records:
    """One of everything on an account, as an admin sees it."""
    invoice = scenes.invoice(server, account, back_office_code=f"I-{mark}")
    made = {
        "accounts_receivable_identifier": account,
        "customer_identifier": customer,
        "invoice_identifier": invoice,
        "bill_identifier": scenes.bill(server, account, invoice),
        "payment_identifier": scenes.payment(server, account, back_office_code=f"P-{mark}", invoices_to_pay_set=[invoice]),
    }
    sent_back = scenes.payment(server, account, 5)
    cancellation = scenes.cancelled(server, "payment", sent_back, back_office_code=f"C-{mark}")
    made["payment_cancellation_identifier"] = scenes.named(cancellation)
    shown = {name: server.done(f"{KINDS[name][0]}/show", {name: record}) for name, record in made.items()}
    return {**shown, PROFILES: scenes.profile(server, account)}


@pytest.fixture(scope="module")
def houses(demo: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Houses]:
    with opened(demo, copied(demo, tmp_path_factory.mktemp("owners"))) as server:
        (own,) = server.done("customers/list", by="owner")
        customer = scenes.customer(server)
        other = scenes.account(server, customer_identifier=customer)
        yield Houses(
            server,
            furnished(server, {"number": "9"}, scenes.named(own), "own"),
            furnished(server, other, customer, "other"),
        )


def without_values(answer: Answer) -> Any:
    """A refusal without what was sent."""
    return answer.status, answer.code, answer.errors, answer.data


@BOTH
@pytest.mark.parametrize(("path", "name", "member"), FORMS)
def test_another_customers_record_does_not_exist(houses: Houses, path: str, name: str, member: str, prefix: str) -> None:
    server, value = houses.server.at(prefix), houses.other[name][member]
    assert value
    body = {**houses.body(path), name: {member: value}}
    answer = server.ask(path, body, by="owner")
    assert answer.verdict == (200 if prefix else 404, NOT_FOUND), answer.text
    assert answer.errors == [(name, NOT_FOUND)]
    nowhere = server.ask(path, {**body, name: {member: "0" * 32}}, by="owner")
    assert without_values(answer) == without_values(nowhere)
    assert answer.message.replace(str(value), "") == nowhere.message.replace("0" * 32, "")
    assert server.ask(path, body).code == "OK", "it does exist for an admin"


@BOTH
@pytest.mark.parametrize(("path", "name", "member"), FORMS)
def test_an_owners_own_record_does(houses: Houses, path: str, name: str, member: str, prefix: str) -> None:
    body = {**houses.body(path), name: {member: houses.own[name][member]}}
    answer = houses.server.at(prefix).ask(path, body, by="owner")
    assert answer.verdict == (200, "OK"), answer.text
    assert answer.data == houses.server.done(path, body), "an admin sees the same"


@pytest.mark.parametrize(("path", "name", "member"), FORMS)
def test_nor_does_it_exist_in_a_query(houses: Houses, path: str, name: str, member: str) -> None:
    body = houses.body(path)
    query = {each: f"id={value['id']}" if isinstance(value, dict) else str(value) for each, value in body.items()}
    answer = houses.server.get(path, {**query, name: f"{member}={houses.other[name][member]}"}, by="owner")
    assert without_values(answer) == (404, NOT_FOUND, [(name, NOT_FOUND)], None)


@pytest.mark.parametrize(("path", "name", "member"), FORMS)
def test_nor_in_a_batch(houses: Houses, path: str, name: str, member: str) -> None:
    few = {"number_of_results": 1} if path in LISTS else {}
    call = {"method": path, "params": {**houses.body(path), **few, name: {member: houses.other[name][member]}}}
    (envelope,) = houses.server.done("batch", {"calls": [call]}, by="owner")
    assert envelope["status"]["code"] == NOT_FOUND


@BOTH
@pytest.mark.parametrize("path", LISTS)
def test_a_list_cannot_go_on_after_another_customers_record(houses: Houses, path: str, prefix: str) -> None:
    kind = path.removesuffix("/list")
    of_kind = next((name for name, (where, _) in KINDS.items() if where == kind), kind)
    server, body = houses.server.at(prefix), houses.body(path)
    answer = server.ask(path, {**body, "after": houses.other[of_kind]["id"]}, by="owner")
    assert answer.verdict == (200 if prefix else 404, NOT_FOUND), answer.text
    assert answer.errors == [("after", NOT_FOUND)]
    assert server.ask(path, {**body, "after": houses.own[of_kind]["id"]}, by="owner").code == "OK"
    assert server.ask(path, {"after": houses.other[of_kind]["id"]}).code == "OK", "it does exist for an admin"


@BOTH
@pytest.mark.parametrize("path", OF_ACCOUNTS)
def test_an_owner_has_to_name_the_account(houses: Houses, path: str, prefix: str) -> None:
    answer = houses.server.at(prefix).ask(path, by="owner")
    assert answer.verdict == (200 if prefix else 422, "MANDATORY_PARAMETER_MISSING")
    assert answer.errors == [("accounts_receivable_identifier", "MANDATORY_PARAMETER_MISSING")]
    assert houses.server.at(prefix).ask(path).code == "OK"


@pytest.mark.parametrize("path", ["accounts_receivable/list", "customers/list"])
def test_the_other_lists_hold_only_what_is_the_owners(houses: Houses, path: str) -> None:
    name = next(name for name, (where, _) in KINDS.items() if f"{where}/list" == path)
    seen = [row["id"] for row in houses.server.done(path, by="owner")]
    assert seen == [houses.own[name]["id"]]
    assert houses.other[name]["id"] in [row["id"] for row in houses.server.done(path)]


def test_a_name_that_only_one_of_the_owners_accounts_has_is_not_ambiguous(server: Native) -> None:
    name = server.named("accounts", number="9")["name"]
    scenes.account(server, name=name)
    body = {"accounts_receivable_identifier": {"name": name}, "fields_set": "number"}
    assert server.ask("accounts_receivable/show", body).code == "AMBIGUOUS_IDENTIFIER"
    assert server.done("accounts_receivable/show", body, by="owner") == {"number": "9"}


@pytest.mark.parametrize("count", [0, 2])
def test_an_owner_sees_all_of_their_customers_and_no_others(server: Native, count: int) -> None:
    customers = [scenes.customer(server) for _ in range(count)]
    accounts = [scenes.account(server, customer_identifier=customer) for customer in customers]
    login = {"username": "keeper", "password": "a good password"}
    server.done("users/create", {**login, "role": "owner", "customers_set": customers})
    server.tokens = {**server.tokens, "keeper": server.done("login", login)["token"]}
    for path, made in (("customers/list", customers), ("accounts_receivable/list", accounts)):
        assert [row["id"] for row in server.done(path, by="keeper")] == [record["id"] for record in reversed(made)]
    body = {"accounts_receivable_identifier": {"number": "9"}}
    for path in ("accounts_receivable/show", "accounts_receivable/statement", "payments/list"):
        assert server.ask(path, body, by="keeper").verdict == (404, NOT_FOUND)


def test_the_questions_are_asked_of_every_method_that_names_a_customers_record() -> None:
    assert {name for _, name in NAMING} == set(KINDS)
    assert {path for path, _ in NAMING} | {"customers/list"} >= set(LISTS)

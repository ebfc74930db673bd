"""Identifiers that name nothing, or more than one thing, and amounts that are none in their currency: asked of every method."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from identifiers.kinds import KINDS
from methods import METHODS
from tests.native import BOTH, Json, Native, Template, Watch, copied, opened
from tests.wrong_values import ANY_ID, IDENTIFIER, INVALID, NOT_ASKED, Question, asked

pytestmark = pytest.mark.one_engine

NOT_FOUND, AMBIGUOUS = "ENTITY_NOT_FOUND", "AMBIGUOUS_IDENTIFIER"
MEMBERS = tuple(dict.fromkeys(member for kind in KINDS.values() for member in kind.members))
NAMING = tuple(path for path in METHODS if asked(path, Question({IDENTIFIER: {}}), {})[1])
SHARED = ("Accounts receivable identifier", "Customer identifier", "Payment profile identifier")
"""Only accounts, customers and payment profiles may share a name."""


def unknown(member: str, value: str) -> Question:
    """Every identifier that has this member names nothing by it."""
    return Question({IDENTIFIER: lambda path, row: {member: value} if member in row.members else NOT_ASKED}, NOT_FOUND)


UNKNOWN = {
    **{f"an unknown {member}": unknown(member, ANY_ID if member == "id" else "no such") for member in MEMBERS},
    "an id that is none": unknown("id", "9"),
    "an id with dashes": unknown("id", "7C5B8E9E-5A8D-1733-EBFE-75D89C10D8FC"),
    "SQL": unknown("number", "' OR 1=1 --"),
    "a wildcard": unknown("number", "%"),
    "a blank more": unknown("number", "9 "),
    "another case": unknown("name", "PAYMENT 2"),
    "a number as a number": Question({IDENTIFIER: lambda path, row: {row.members[-1]: 987654321}}, NOT_FOUND),
}
# users/create hashes a password before it looks anything up; once is enough.
CASES = [
    (path, name)
    for path in NAMING
    for name, question in UNKNOWN.items()
    if asked(path, question, {})[1] and (path != "users/create" or name == "an unknown id")
]
OF_SHARED = ("accounts_receivable_identifier", "customer_identifier", "payment_profile_identifier")
TWINS = Question({IDENTIFIER: lambda path, row: {"name": "Twin"} if row.type in SHARED else {row.members[0]: ANY_ID}}, AMBIGUOUS)


def item_of(name: str) -> str:
    """What is not found in a set is called by its place."""
    return name.partition(".")[0]


@pytest.mark.usefixtures("nothing_written")
@BOTH
@pytest.mark.parametrize(("path", "question"), CASES)
def test_everything_that_names_nothing_is_listed_at_once(unwritten: Native, path: str, question: str, prefix: str) -> None:
    body, named = asked(path, UNKNOWN[question], unwritten.example(path))
    expected = [(item_of(name), code) for name, code in named]
    answer = unwritten.at(prefix).ask(path, body)
    assert answer.verdict == (200 if prefix else 404, NOT_FOUND), answer.text
    assert answer.errors == expected
    assert answer.message == answer.body["status"]["errors"][0]["message"]


@pytest.fixture(scope="module")
def twins(demo: Template, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Native, Watch]]:
    """A server on which two customers, two accounts and two profiles are called Twin, and a watch over its book."""
    with opened(demo, copied(demo, tmp_path_factory.mktemp("twins"))) as server:
        for _ in range(2):
            customer = server.done("customers/create", {"name": "Twin"})
            body = {"customer_identifier": {"id": customer["id"]}, "name": "Twin", "currency_identifier": {"code": "EUR"}}
            account = server.done("accounts_receivable/create", body)
            server.done("payment_profiles/create", {"accounts_receivable_identifier": {"id": account["id"]}, "name": "Twin"})
        watch = Watch(server.path)
        yield server, watch
        watch.close()


@BOTH
@pytest.mark.parametrize("path", NAMING)
def test_a_name_that_two_records_have_is_ambiguous_beside_what_names_nothing(
    twins: tuple[Native, Watch], path: str, prefix: str
) -> None:
    server, watch = twins
    body, named = asked(path, TWINS, server.example(path))
    shared = [name for name, _ in named if name.endswith(OF_SHARED)]
    expected = [(item_of(name), AMBIGUOUS if name in shared else NOT_FOUND) for name, _ in named]
    answer = server.at(prefix).ask(path, body)
    status = 409 if expected[0][1] == AMBIGUOUS else 404
    assert answer.verdict == (200 if prefix else status, expected[0][1]), answer.text
    assert answer.errors == expected
    assert not watch.changed()


def test_only_accounts_customers_and_profiles_can_be_ambiguous(twins: tuple[Native, Watch]) -> None:
    server, _ = twins
    paths = [path for path in NAMING if AMBIGUOUS in [refusal.code for refusal in METHODS[path].all_refusals]]
    for path in NAMING:
        body, _ = asked(path, TWINS, server.example(path))
        assert (AMBIGUOUS in server.ask(path, body).text) == (path in paths), path


WORTH = {"EUR": "0.001", "JPY": "0.5", "BHD": "0.0001"}
EXACT = "9007199254740.93"
LARGE = "99999999999999.9"
"""Fifteen digits, but with all decimals of a currency it is seventeen."""


@pytest.fixture(params=[*WORTH.items(), ("EUR", LARGE), ("BHD", LARGE)], ids=lambda pair: " ".join(reversed(pair)))
def priced(request: pytest.FixtureRequest, server: Native) -> tuple[Native, dict[str, Any], str]:
    """A server, an account by its currency, and an amount that is none in it."""
    currency, amount = request.param
    account = server.named("accounts", currency=currency)
    return server, {"id": account["id"]}, amount


def payment(server: Native, account: dict[str, Any], amount: object) -> dict[str, Any]:
    return {**server.example("payments/create"), "accounts_receivable_identifier": account, "payment_amount": amount}


@BOTH
@pytest.mark.parametrize("spelled", [str, float])
def test_an_amount_that_the_currency_cannot_hold_is_no_payment(
    priced: tuple[Native, dict[str, Any], str], spelled: type[str] | type[float], prefix: str
) -> None:
    server, account, amount = priced
    draft = server.done("payments/create", payment(server, account, 7))["id"]
    open_ = next(row for row in server.made["invoices"] if row["account_pk"] == account_pk(server, account) and row["unpaid"])
    asked_for = {
        "payments/create": payment(server, account, spelled(amount)),
        "payments/update": {"payment_identifier": {"id": draft}, "payment_amount": spelled(amount)},
        "payments/pay_invoice": {
            **payment(server, account, spelled(amount)),
            "invoice_identifier": {"id": open_["id"]},
        },
    }
    if prefix:
        del asked_for["payments/pay_invoice"]  # it ignores the amount there
    watch = Watch(server.path)
    for path, body in asked_for.items():
        answer = server.at(prefix).ask(path, body)
        assert answer.verdict == (200 if prefix else 422, INVALID), answer.text
        assert answer.errors == [("payment_amount", INVALID)]
    assert not watch.changed()
    watch.close()


def account_pk(server: Native, account: dict[str, Any]) -> int:
    return int(server.named("accounts", id=account["id"])["pk"])


@BOTH
def test_every_amount_of_an_invoice_that_the_currency_cannot_hold_is_named(
    priced: tuple[Native, dict[str, Any], str], prefix: str
) -> None:
    server, account, amount = priced
    right = {"description": "Right", "quantity": 1, "cost": 7}
    items = [
        right,
        {"description": "Both", "quantity": 1, "sub_total": amount, "discount_amount": amount},
        right,
        {"description": "One", "quantity": 1, "cost": amount},
    ]
    body = {**server.example("invoices/create"), "accounts_receivable_identifier": account, "items": items}
    answer = server.at(prefix).ask("invoices/create", body)
    assert answer.verdict == (200 if prefix else 422, INVALID), answer.text
    assert answer.errors == [
        ("items[1].sub_total", INVALID),
        ("items[1].discount_amount", INVALID),
        ("items[3].cost", INVALID),
    ]


@BOTH
@pytest.mark.parametrize("sent", [Json(EXACT), EXACT], ids=["a number", "a text"])
def test_an_amount_that_a_double_would_spoil_comes_back_as_it_went(server: Native, sent: object, prefix: str) -> None:
    euros = {"id": server.named("accounts", currency="EUR")["id"]}
    answer = server.at(prefix).ask("payments/create", payment(server, euros, sent))
    shown = server.at(prefix).ask("payments/show", {"payment_identifier": {"id": answer.data["id"]}})
    printed = [re.findall(r'"payment_amount":([^,}]+)', text) for text in (answer.text, shown.text)]
    assert printed == [[EXACT], [EXACT]]

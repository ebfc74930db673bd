"""A new door is one file: it makes payments in the same ledger, under the same rules, and nobody else has to know of it."""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from rpcserver.app import DIALECTS
from tests import premises, toy_door
from tests.books import BOBS, EUROS, YEN
from tests.doors import DOORS, Native, Reply
from tests.engines import copied
from tests.premises import Premises
from tests.test_tidy import imports_of, read

DIALECT_WORDS = re.compile("waldur|qbench|productive", re.IGNORECASE)
KNOWING = frozenset({"rpcserver/app.py", "rpcserver/settings.py"})
"""What knows every part, and what can be set of each."""
OF_A_DOOR = ("rpcserver/dialects/", "rpcserver/demo/", "rpcserver/commands/")
"""The dialects themselves, and what furnishes a book for them."""


@pytest.fixture
def house(furnished_template: Path, tmp_path: Path) -> Iterator[Premises]:
    """The company with one door more."""
    path = copied(furnished_template, tmp_path / "toy.db")
    with premises.opened(path, doors=(toy_door.routes,)) as opened:
        yield opened
        assert opened.faults.seen == []
        assert opened.discrepancies() == []


def asked(house: Premises, verb: str = "GET", line: str | None = None, by: str | None = "clerk", **headers: str) -> Reply:
    """What the toy door answers."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    token = {} if by is None else {"Authorization": f"Bearer {house.tokens[by]}"}
    content = {} if line is None else {"Content-Type": "text/plain"}
    got = house.client.request(verb, "/toy/payments", content=line, headers={**content, **token, **named})
    return Reply(got.status_code, None, got.text, got.headers)


def number(house: Premises, account: str) -> str:
    return str(house.company.account(account).number)


def test_what_the_toy_door_makes_all_doors_show(house: Premises) -> None:
    made = asked(house, "POST", f"{number(house, EUROS)};12.50")
    (payment,) = house.payments()
    assert (made.status, made.text) == (201, f"{payment.pk};12.5\n")
    assert [door(house).seen(payment).amount for door in DOORS] == [Decimal("12.5")] * len(DOORS)
    assert [door(house).listed() for door in DOORS] == [[payment.pk]] * len(DOORS)


def test_what_any_door_makes_the_toy_door_shows(house: Premises) -> None:
    lines = [f"{door(house).create(YEN, Decimal(700)).made.pk};700" for door in DOORS]
    assert asked(house).text.splitlines() == lines


def test_the_rules_of_the_house_hold_at_the_toy_door(house: Premises) -> None:
    line = f"{number(house, EUROS)};10"
    assert asked(house, by=None).status == 401
    assert asked(house, "POST", line, by="owner").status == 403
    assert asked(house, "PUT", line).status == 405
    assert asked(house, "POST", "nobody;10").status == 404
    assert asked(house, "POST", f"{number(house, EUROS)};-10").status == 422
    assert asked(house, "POST", f"{number(house, EUROS)};ten").text.startswith("no;")
    assert house.client.get("/toy/nothing").status_code == 404
    assert house.payments() == []
    Native(house).create(BOBS, Decimal(10))
    assert (asked(house).text.count("\n"), asked(house, by="owner").text) == (1, "")


def test_keys_request_ids_and_the_audit_log_work_at_the_toy_door(house: Premises) -> None:
    line = f"{number(house, EUROS)};10"
    first, again = (asked(house, "POST", line, Idempotency_Key="k", X_Request_Id="r-1") for _ in range(2))
    assert (again.text, again.headers["Idempotency-Replayed"]) == (first.text, "true")
    assert asked(house, "POST", f"{line}0", Idempotency_Key="k").status == 422
    (payment,) = house.payments()
    assert {(row.door, row.method, row.request_id) for row in house.company.audited(payment)} == {("toy", "payments.create", "r-1")}


def test_the_toy_door_imports_no_method_and_no_other_door() -> None:
    (source,) = (each for each in read("tests") if each.path == "tests/toy_door.py")
    strangers = [each.name for each in read("methods", "rpcserver/dialects")]
    assert list(imports_of(source, strangers)) == []


def test_methods_and_the_native_door_have_no_line_that_knows_a_dialect() -> None:
    assert len(DIALECTS) == 3
    sources = [source for source in read("methods", "rpcserver") if not source.path.startswith(OF_A_DOOR)]
    assert {source.path for source in sources} > KNOWING
    found = [
        f"{source.path}:{number}: {line.strip()}"
        for source in sources
        if source.path not in KNOWING
        for number, line in enumerate(source.text.splitlines(), 1)
        if DIALECT_WORDS.search(line)
    ]
    assert found == [], "\n".join(found)


def test_a_planted_word_would_be_found() -> None:
    assert [DIALECT_WORDS.search(line) is not None for line in ("asks Waldur's door", "QBENCH = 1", "a reproduction")] == [
        True,
        True,
        False,
    ]

"""Choosing what is shown reaches what is published and nothing else: no column that stays inside, nothing of Python's."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.storage.models import TABLES, User
from methods import METHODS
from tests.doors import Native as NativeDoor
from tests.doors import Productive, Qbench, Reply, Waldur
from tests.engines import copied
from tests.native import Native
from tests.premises import Premises, opened

pytestmark = pytest.mark.one_engine

COLUMNS = sorted({name for table in TABLES for field in table._meta.sorted_fields for name in (field.column_name, field.name)})
KEPT_INSIDE = frozenset(
    {
        *("pk", "password_hash", "sha256", "encrypted", "fingerprint", "username_sha256", "hash", "touched"),
        *("journal_head", "journal_count", "allocation_head", "allocation_count", "unreceived", "principal_linked"),
        *(name for name in COLUMNS if name.endswith("_pk")),
    }
)
"""Columns that no door shows under their names: secrets, row keys, chains, and what the ledger keeps for itself."""
OF_PYTHON = [
    "__class__",
    "__dict__",
    "__init__",
    "_meta",
    "__data__",
    "__rel__",
    "_state",
    "model_fields",
    "dirty_fields",
    "select",
]
OF_SQL = [
    "*",
    "1",
    "pk; DROP TABLE user",
    "(SELECT password_hash FROM user)",
    "password_hash AS name",
    "user.password_hash",
    "%",
    "' OR 1=1",
]
DOTTED = [
    "customer.users",
    "created_by_user.password_hash",
    "accounts_receivable.customer.users",
    "account.__class__",
    "user.sessions",
]
NAMES = st.one_of(
    st.sampled_from([*COLUMNS, *OF_PYTHON, *OF_SQL, *DOTTED]),
    st.tuples(st.sampled_from(COLUMNS), st.sampled_from([*COLUMNS, *OF_PYTHON])).map(".".join),
    st.text(max_size=20),
)
SOME = st.lists(NAMES, min_size=1, max_size=4)
TRIES = settings(max_examples=80, deadline=None)


def test_no_answer_of_a_method_has_a_member_that_is_kept_inside() -> None:
    assert set(COLUMNS) >= KEPT_INSIDE
    shown = {path: {part for name in method.shape.names() for part in name.split(".")} for path, method in METHODS.items()}
    assert {path: sorted(names & KEPT_INSIDE) for path, names in shown.items() if names & KEPT_INSIDE} == {}
    assert {path: names for path, names in shown.items() if any(name.startswith("_") for name in names)} == {}


def members(value: object) -> Iterator[str]:
    """All names of members in an answer, at any depth."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield name
            yield from members(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from members(inner)


@TRIES
@given(names=SOME, path=st.sampled_from(["payments/list", "users/list", "whoami", "accounts_receivable/list", "audit/list"]))
def test_fields_set_answers_members_of_the_answer_or_is_refused(unwritten: Native, names: list[str], path: str) -> None:
    page = {} if path == "whoami" else {"number_of_results": 3}
    known = METHODS[path].shape.names()
    answer = unwritten.ask(path, {**page, "fields_set": names})
    if {name.strip() for name in names} <= set(known):
        assert answer.code == "OK"
        rows = answer.data if isinstance(answer.data, list) else [answer.data]
        assert all(set(row) <= {name.partition(".")[0] for name in names} for row in rows)
    else:
        assert answer.verdict == (422, "INVALID_PARAMETER")


# --- the doors where whole resources are shown, or parts of them ---


@dataclass(frozen=True)
class Shown:
    """Premises with something to show, and the hashes that must not be."""

    here: Premises
    hashes: frozenset[str]

    def safe(self, reply: Reply) -> Reply:
        """The reply, if nothing that is kept inside is in it."""
        assert reply.status in (200, 400, 422), reply.text
        assert [name for name in members(reply.body) if name in KEPT_INSIDE or name.startswith("_")] == []
        assert [text for text in self.hashes if text in reply.text] == []
        return reply


@pytest.fixture(scope="module")
def shown(furnished_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shown]:
    path = copied(furnished_template, tmp_path_factory.mktemp("shown") / "book.db")
    with opened(path) as here:
        invoice = here.invoice(100)
        NativeDoor(here).pay(invoice, Decimal(40))
        Productive(here).pay(here.invoice(50), Decimal(50))
        hashes = {user.password_hash for user in here.company.all(User) if user.password_hash}
        yield Shown(here, frozenset(hashes))
        assert here.faults.seen == []


def query(pairs: Mapping[str, str]) -> str:
    return "&".join(f"{quote(name, safe='[]')}={quote(value, safe='', errors='replace')}" for name, value in pairs.items())


WALDUR = ("payments", "payment-profiles", "invoices", "customers", "users/me", "version", "configuration")


@TRIES
@given(names=SOME, path=st.sampled_from(WALDUR))
def test_fields_at_waldurs_door_only_take_away(shown: Shown, names: list[str], path: str) -> None:
    door = Waldur(shown.here).by("admin")
    whole = shown.safe(door.send("GET", f"/api/{path}/"))
    chosen = "&".join(f"field={quote(name, safe='', errors='replace')}" for name in names)
    part = shown.safe(door.send("GET", f"/api/{path}/?{chosen}&o={chosen[6:]}"))
    assert set(members(part.body)) <= set(members(whole.body))


@TRIES
@given(names=SOME, type_=st.sampled_from(["payments", "invoices", "companies", "people", "users", "sessions"]))
def test_sparse_fieldsets_only_take_away(shown: Shown, names: list[str], type_: str) -> None:
    door = Productive(shown.here).by("admin")
    whole = shown.safe(door.send("GET", "/api/v2/payments"))
    part = shown.safe(door.send("GET", "/api/v2/payments?" + query({f"fields[{type_}]": ",".join(names)})))
    assert set(members(part.body)) <= set(members(whole.body))


@TRIES
@given(name=NAMES, family=st.sampled_from(["include", "sort", "filter", "aggregates"]))
def test_include_sort_and_filter_know_the_published_names_alone(shown: Shown, name: str, family: str) -> None:
    door = Productive(shown.here).by("admin")
    published = {"include": ["invoice", ""], "sort": ["amount", "note", "invoice_number", ""], "aggregates": ["total_amount", ""]}
    filters = [
        "id",
        "amount",
        "number",
        "invoice_id",
        "company_id",
        "project_id",
        "subsidiary_id",
        "paid_on",
        "written_off_on",
        "query",
    ]
    pairs = {f"filter[{name}]": "1"} if family == "filter" else {family: name}
    reply = shown.safe(door.send("GET", "/api/v2/payments?" + query(pairs)))
    known = filters if family == "filter" else published[family]
    if reply.ok:
        assert all(part.strip().removeprefix("-") in known for part in name.split(",")), name


@TRIES
@given(name=NAMES)
def test_qbenchs_door_sorts_by_the_published_names_and_takes_no_others(shown: Shown, name: str) -> None:
    door = Qbench(shown.here).by("admin")
    for path, sorts in (("payment", ["id", "date_created", "payment_date", "amount"]), ("customer", ["id", "customer_name"])):
        reply = shown.safe(door.send("GET", f"/qbench/api/v1/{path}?" + query({"sort_by": name})))
        assert reply.ok == (name in sorts)
        other = shown.safe(door.send("GET", f"/qbench/api/v1/{path}?" + query({name: "1"})))
        assert not other.ok or name in ("customer_id", "page_num", "page_size")


def test_what_belongs_to_others_is_not_reached_by_choosing_it(shown: Shown) -> None:
    for name in ("created_by_user.username", "customer.users", "actor"):
        reply = NativeDoor(shown.here).by("owner").call("whoami", fields_set=name)
        assert (reply.status, reply.body["status"]["code"]) == (422, "INVALID_PARAMETER")
    for path in ("users/show", "users/list", "audit/list"):
        assert NativeDoor(shown.here).by("owner").call(path, fields_set="id").status == 403

"""The table of methods: complete against the published API page, and true."""

import importlib
from collections.abc import Iterator
from typing import Any

import pytest

from ledger import errors, udf
from ledger.rights import ROLES, Right
from methods import METHODS
from methods.method import Method, parameter_table, parse
from methods.tables import Parameter
from tests.methods.asking import ALIASES, methods, sent

UDFS = udf.NAMES
FILTERS = ("type_identifier", "category_identifier", "payment_method_identifier")
RECEIVED = ("received_on", "received_by_user_identifier", "received_by_unit_identifier", "notes")
ACCOUNT = "accounts_receivable_identifier"
PAYING = (ACCOUNT, "type_identifier", "category_identifier", "payment_method_identifier")

# the parameters that the published API page lists, in its order
PUBLISHED: dict[str, tuple[str, ...]] = {
    "payments/show": ("token", "payment_identifier", "fields_set"),
    "payments/list": ("token", ACCOUNT, *FILTERS, "fields_set"),
    "payments/get_latest": ("token", ACCOUNT, *FILTERS, "number", "fields_set"),
    "payments/create": (
        "token",
        ACCOUNT,
        "type_identifier",
        "life_cycle_state",
        "payment_method_identifier",
        "payment_amount",
        "category_identifier",
        *RECEIVED,
        *UDFS,
        "invoices_to_pay_set",
        "bills_to_pay_set",
    ),
    "payments/pay_invoice": ("token", *PAYING, "invoice_identifier", *RECEIVED, *UDFS),
    "payments/pay_bill": ("token", *PAYING, "bill_identifier", *RECEIVED, *UDFS),
    "payments/post": ("token", "payment_identifier"),
    "payments/reject": ("token", "payment_identifier", "rejection_reason_identifier"),
    "payments/cancel": (
        "token",
        "payment_identifier",
        "type_identifier",
        "category_identifier",
        "notes",
        "issue_reason",
        *UDFS,
    ),
    "payments/configuration/payment_methods/list": ("token", "payment_type_identifier", "fields_set"),
    "authentication/token": ("username", "password", "organisation", "unit"),
    "authentication/token/release": ("token",),
}
MANDATORY: dict[str, set[str]] = {
    "payments/show": {"payment_identifier"},
    "payments/list": set(),
    "payments/get_latest": {ACCOUNT, "number"},
    "payments/create": {ACCOUNT, "type_identifier", "life_cycle_state", "payment_method_identifier", "payment_amount"},
    "payments/update": {"payment_identifier"},
    "payments/pay_invoice": {ACCOUNT, "type_identifier", "payment_method_identifier", "invoice_identifier"},
    "payments/pay_bill": {ACCOUNT, "type_identifier", "payment_method_identifier", "bill_identifier"},
    "payments/post": {"payment_identifier"},
    "payments/reject": {"payment_identifier"},
    "payments/cancel": {"payment_identifier", "type_identifier"},
    "payments/apply": {"payment_identifier", "invoices_set"},
    "payments/release": {"payment_identifier"},
    "payments/configuration/payment_methods/list": {"payment_type_identifier"},
    "payment_profiles/create": {ACCOUNT, "name"},
    "payment_profiles/list": set(),
    "payment_profiles/enable": {"payment_profile_identifier"},
    "configuration/projects/create": {"name"},
    "configuration/subsidiaries/create": {"name"},
    "configuration/exchange_rates/create": {"currency_identifier", "from_date", "rate"},
    "login": {"username", "password"},
    "customers/create": {"name"},
    "accounts_receivable/create": {"customer_identifier", "name", "currency_identifier"},
    "invoices/create": {ACCOUNT, "type_identifier", "life_cycle_state", "items"},
    "bills/create": {ACCOUNT, "invoices_set"},
    "users/create": {"username", "password", "role"},
    "users/change_password": {"old_password", "new_password"},
}


def names(path: str) -> list[str]:
    return [row.name for row in parameter_table(METHODS[path])]


def everything(table: tuple[Parameter, ...]) -> Iterator[Parameter]:
    for row in table:
        yield row
        yield from everything(row.parts)


@pytest.mark.parametrize("path", PUBLISHED)
def test_every_published_parameter_is_there_in_its_order(path: str) -> None:
    assert [name for name in names(path) if name in PUBLISHED[path]] == list(PUBLISHED[path])


@pytest.mark.parametrize("path", MANDATORY)
def test_the_mandatory_parameters_are_these(path: str) -> None:
    assert {row.name for row in parameter_table(METHODS[path]) if row.mandatory} == MANDATORY[path]


def test_an_update_takes_whatever_a_new_payment_takes() -> None:
    fixed = {"life_cycle_state", "validate_only", "fields_set"}
    assert set(names("payments/create")) - fixed <= set(names("payments/update"))


@pytest.mark.parametrize("path", METHODS)
def test_every_parameter_is_described_in_one_line(path: str) -> None:
    for row in everything(parameter_table(METHODS[path])):
        assert row.description.endswith("."), row
        assert "\n" not in row.description and len(row.description) <= 140, row
        assert row.type, row


@pytest.mark.parametrize("path", methods())
def test_every_method_lives_at_its_own_path(path: str) -> None:
    module = importlib.import_module(f"methods.{path.replace('/', '.')}")
    assert module.METHOD is METHODS[path]
    assert (module.__doc__ or "").startswith(f"{path}: ")


def test_the_published_names_of_login_and_logout_are_the_same_methods() -> None:
    assert [METHODS[alias] for alias in ALIASES] == [METHODS["login"], METHODS["logout"]]


@pytest.mark.parametrize("path", METHODS)
def test_every_method_takes_the_members_that_all_take(path: str) -> None:
    method, found = METHODS[path], set(names(path))
    assert ("token" in found) is not method.public
    assert ("validate_only" in found) is (method.writes and not method.public)
    assert ("fields_set" in found) is (path not in ("logout", "authentication/token/release", "batch"))


@pytest.mark.parametrize("path", METHODS)
def test_every_example_is_a_call_that_parses(path: str) -> None:
    parse(METHODS[path], sent(METHODS[path].example))
    assert "token" not in METHODS[path].example


@pytest.mark.parametrize("path", METHODS)
def test_refusals_are_listed_once_and_in_order_of_precedence(path: str) -> None:
    listed = METHODS[path].all_refusals
    assert list(listed) == [refusal for refusal in errors.REFUSALS if refusal in listed]
    assert set(METHODS[path].refusals) <= set(listed)


def refusals(path: str) -> set[type[errors.Refusal]]:
    return set(METHODS[path].all_refusals)


def test_refusals_follow_from_what_a_method_takes() -> None:
    identified = {errors.IdentifierMissing, errors.MultipleIdentifiers, errors.EntityNotFound}
    assert identified <= refusals("payments/show") and not identified & refusals("whoami")
    assert identified <= refusals("configuration/types/create"), "identifiers inside sets count"
    assert errors.AmbiguousIdentifier in refusals("payments/create")
    assert errors.AmbiguousIdentifier in refusals("payment_profiles/enable")
    assert errors.AmbiguousIdentifier not in refusals("payments/post")
    assert errors.MandatoryParameterMissing not in refusals("whoami")
    assert {errors.IdempotencyKeyReused, errors.IdempotencyInProgress} <= refusals("payments/post")
    assert errors.IdempotencyKeyReused not in refusals("login") | refusals("logout") | refusals("payments/show")
    assert errors.InvalidToken not in refusals("login")


def test_reads_are_for_those_who_may_read_and_writes_for_those_who_may_write() -> None:
    for path, method in METHODS.items():
        reads = {Right.SESSION} | {right for right in Right if right.endswith(":read")}
        writes = {Right.SESSION} | {right for right in Right if right.endswith(":write")}
        assert method.right in (writes if method.writes else reads), path


@pytest.mark.parametrize(
    ("path", "roles"),
    [
        ("payments/list", "admin clerk auditor owner"),
        ("payments/create", "admin clerk"),
        ("payments/apply", "admin clerk"),
        ("payments/release", "admin clerk"),
        ("payment_profiles/create", "admin clerk"),
        ("payment_profiles/enable", "admin clerk"),
        ("payment_profiles/list", "admin clerk auditor owner"),
        ("accounts_receivable/update", "admin clerk"),
        ("payments/configuration/types/list", "admin clerk auditor owner"),
        ("configuration/types/create", "admin"),
        ("configuration/exchange_rates/create", "admin"),
        ("configuration/exchange_rates/list", "admin clerk auditor owner"),
        ("users/list", "admin auditor"),
        ("users/create", "admin"),
        ("units/list", "admin clerk auditor"),
        ("audit/list", "admin auditor"),
        ("users/change_password", "admin clerk auditor owner"),
    ],
)
def test_the_roles_that_may_call_a_method_are_these(path: str, roles: str) -> None:
    assert [role for role in ROLES if METHODS[path].right in ROLES[role]] == roles.split()


def test_identifiers_and_words_of_a_few_show_what_they_may_be() -> None:
    table = {row.name: row for row in parameter_table(METHODS["payments/create"])}
    assert table["accounts_receivable_identifier"].members == ("id", "number", "name")
    assert table["life_cycle_state"].members == ("DRAFT", "POSTED")
    assert [row.name for row in table["invoices_to_pay_set"].parts] == ["invoice_identifier"]
    assert [row.name for row in table["bills_to_pay_set"].parts] == ["bill_identifier"]
    items = {row.name: row for row in parameter_table(METHODS["invoices/create"])}["items"]
    assert [row.name for row in items.parts if row.mandatory] == ["description", "quantity"]


@pytest.mark.parametrize("path", METHODS)
def test_every_method_has_a_schema_for_generated_documents(path: str) -> None:
    method: Method = METHODS[path]
    taken: dict[str, Any] = method.params.model_json_schema()
    assert set(names(path)) <= set(taken["properties"])
    method.shape.model_json_schema()

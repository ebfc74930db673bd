"""Configuring the book: types, categories, methods, reasons, number formats, what doors take by default."""

from typing import Any

import pytest

from tests.books import Company
from tests.methods.asking import ask, refused


@pytest.fixture
def admin(company: Company) -> Company:
    return company.by("admin")


def test_a_type_is_made_with_what_it_allows_the_default_first(admin: Company) -> None:
    body: dict[str, Any] = {
        "name": "Counter",
        "classification": "PAYMENT",
        "alternative_code": "CNT",
        "categories_set": [{"name": "Goods"}, {"category_identifier": {"name": "Services"}}],
        "payment_methods_set": [{"payment_method_identifier": {"name": "Card"}}],
        "rejection_reasons_set": [{"name": "Other"}],
    }
    made = ask(admin, "configuration/types/create", body)
    assert [(row["category"]["name"], row["default"]) for row in made["categories_set"]] == [("Goods", True), ("Services", False)]
    assert [row["payment_method"]["name"] for row in made["payment_methods_set"]] == ["Card"]
    assert [row["rejection_reason"]["name"] for row in made["rejection_reasons_set"]] == ["Other"]
    assert refused(admin, "configuration/types/create", body) == [("name", "DUPLICATE_NAME")]
    listed = ask(admin, "configuration/types/list", {"classification": "PAYMENT", "fields_set": "name"})
    assert listed == [{"name": "Counter"}, {"name": "Payment"}]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"payment_methods_set": []}, ("payment_methods_set", "INVALID_PARAMETER")),
        ({"classification": "INVOICE"}, ("payment_methods_set", "INVALID_PARAMETER")),
        ({"classification": "LOAN"}, ("classification", "INVALID_PARAMETER")),
        ({"categories_set": [{"name": "None such"}]}, ("categories_set[0]", "ENTITY_NOT_FOUND")),
        ({"payment_methods_set": [{"name": "Cash"}, {"name": "No"}]}, ("payment_methods_set[1]", "ENTITY_NOT_FOUND")),
        ({"rejection_reasons_set": [{"name": "No"}]}, ("rejection_reasons_set[0]", "ENTITY_NOT_FOUND")),
    ],
)
def test_a_type_that_cannot_be_is_refused(admin: Company, changes: dict[str, Any], fault: tuple[str, str]) -> None:
    body = {"name": "Counter", "classification": "PAYMENT", "payment_methods_set": [{"name": "Cash"}]} | changes
    assert refused(admin, "configuration/types/create", body) == [fault]


def test_categories_methods_and_reasons_are_made_and_listed_by_name(admin: Company) -> None:
    made = ask(admin, "configuration/categories/create", {"name": "Parts", "code": "P", "parent_identifier": {"name": "Goods"}})
    (goods,) = [row for row in ask(admin, "configuration/categories/list") if row["name"] == "Goods"]
    assert made["parent_id"] == goods["id"]
    for kind in ("payment_methods", "rejection_reasons"):
        ask(admin, f"configuration/{kind}/create", {"name": "A new one", "alternative_code": "N"})
        assert ask(admin, f"configuration/{kind}/list")[0]["alternative_code"] == "N"
        assert refused(admin, f"configuration/{kind}/create", {"name": "Another", "alternative_code": "N"}) == [
            ("alternative_code", "DUPLICATE_NAME")
        ]
    missing: dict[str, Any] = {"name": "x", "parent_identifier": {"name": "None such"}}
    assert refused(admin, "configuration/categories/create", missing) == [("parent_identifier", "ENTITY_NOT_FOUND")]


def test_numbers_look_as_their_format_says(admin: Company) -> None:
    changed = ask(admin, "configuration/number_formats/update", {"name": "payment.number", "prefix": "P-", "padding": 5})
    assert (changed["prefix"], changed["padding"]) == ("P-", 5)
    assert admin.pay(1).number == "P-00001"
    assert ask(admin, "configuration/number_formats/update", {"name": "payment.number", "padding": 0})["prefix"] == "P-"
    assert "payment.number" in [row["name"] for row in ask(admin, "configuration/number_formats/list")]
    for body, fault in (
        ({"name": "no.such"}, ("name", "ENTITY_NOT_FOUND")),
        ({"name": "payment.number", "prefix": "P1"}, ("prefix", "INVALID_PARAMETER")),
        ({"name": "payment.number", "padding": 99}, ("padding", "INVALID_PARAMETER")),
        ({"name": "payment.number", "prefix": None}, ("prefix", "INVALID_PARAMETER")),
    ):
        assert refused(admin, "configuration/number_formats/update", body) == [fault]


def test_a_door_keeps_the_defaults_that_are_not_given(admin: Company) -> None:
    path = "configuration/door_defaults/update"
    both: dict[str, Any] = {"payment_type_identifier": {"name": "Payment"}, "payment_method_identifier": {"name": "Cash"}}
    ask(admin, path, {"door": "waldur"} | both)
    kept = ask(admin, path, {"door": "waldur", "payment_method_identifier": None, "category_identifier": {"name": "Goods"}})
    assert (kept["payment_type"]["name"], kept["payment_method"], kept["category"]["name"]) == ("Payment", None, "Goods")
    assert [row["door"] for row in ask(admin, "configuration/door_defaults/list")] == ["waldur"]
    wrong: dict[str, Any] = {"door": "qbench", "cancellation_type_identifier": {"name": "Payment"}}
    assert refused(admin, path, wrong) == [("cancellation_type_identifier", "TYPE_NOT_ALLOWED")]
    unknown: dict[str, Any] = {"door": "qbench", "payment_method_identifier": {"name": "None such"}}
    assert refused(admin, path, unknown) == [("payment_method_identifier", "ENTITY_NOT_FOUND")]


def test_payments_can_have_what_their_types_allow(admin: Company) -> None:
    named: dict[str, Any] = {"payment_type_identifier": {"name": "Payment"}}
    root = "payments/configuration"
    assert [row["name"] for row in ask(admin, f"{root}/types/list")] == ["Payment"]
    for kind, member, names in (
        ("categories", "category", ["Services", "Goods"]),
        ("payment_methods", "payment_method", ["Cash", "Transfer"]),
        ("rejection_reasons", "rejection_reason", ["Mistake", "Fraud"]),
    ):
        rows = ask(admin, f"{root}/{kind}/list", named)
        assert [(row[member]["name"], row["default"]) for row in rows] == [(names[0], True), (names[1], False)]
        wrong: dict[str, Any] = {"payment_type_identifier": {"name": "Invoice"}}
        assert refused(admin, f"{root}/{kind}/list", wrong) == [("payment_type_identifier", "TYPE_NOT_ALLOWED")]
    assert [row["category"]["name"] for row in ask(admin, f"{root}/categories/list")] == ["Services", "Goods"]


def test_options_of_several_types_are_listed_once(admin: Company) -> None:
    body: dict[str, Any] = {"name": "Counter", "classification": "PAYMENT", "payment_methods_set": [{"name": "Cash"}]}
    ask(admin, "configuration/types/create", body | {"categories_set": [{"name": "Goods"}]})
    rows = ask(admin, "payments/configuration/categories/list")
    assert sorted((row["category"]["name"], row["default"]) for row in rows) == [("Goods", True), ("Services", True)]


@pytest.mark.parametrize("kind", ["projects", "subsidiaries"])
def test_projects_and_subsidiaries_are_made_and_listed_by_name(admin: Company, kind: str) -> None:
    for name in ("Quay", "Mole"):
        ask(admin, f"configuration/{kind}/create", {"name": name, "alternative_code": name[0], "description": "At sea"})
    assert [row["name"] for row in ask(admin, f"configuration/{kind}/list")] == ["Mole", "Quay"]
    for body, parameter in (({"name": "Quay"}, "name"), ({"name": "Pier", "alternative_code": "M"}, "alternative_code")):
        assert refused(admin, f"configuration/{kind}/create", body) == [(parameter, "DUPLICATE_NAME")]


RATE: dict[str, Any] = {"currency_identifier": {"code": "USD"}, "from_date": "2024-02-01", "rate": "0.9234567891"}


def test_a_rate_holds_from_its_day_on(admin: Company) -> None:
    path = "configuration/exchange_rates/create"
    made = ask(admin, path, RATE)
    assert (made["currency"]["code"], made["from_date"], str(made["rate"])) == ("USD", "2024-02-01T00:00:00", "0.9234567891")
    assert refused(admin, path, RATE | {"from_date": "2024-02-01T17:00:00", "rate": 1}) == [("from_date", "DUPLICATE_NAME")]
    earlier = ask(admin, path, RATE | {"from_date": "2024-02-01T00:30:00+02:00", "rate": 1.5})
    assert earlier["from_date"] == "2024-01-31T00:00:00"
    ask(admin, path, RATE | {"currency_identifier": {"code": "GBP"}, "rate": 2})
    listed = ask(admin, "configuration/exchange_rates/list", {"currency_identifier": {"code": "USD"}})
    assert [float(row["rate"]) for row in listed] == [1.5, 0.9234567891]
    assert len(ask(admin, "configuration/exchange_rates/list")) == 3


@pytest.mark.parametrize(
    ("change", "parameter"),
    [
        ({"rate": 0}, "rate"),
        ({"rate": -1}, "rate"),
        ({"rate": "0.00000000001"}, "rate"),
        ({"rate": 100_000_000}, "rate"),
        ({"from_date": "2024-02-30"}, "from_date"),
        ({"currency_identifier": {"code": "EUR"}}, "currency_identifier"),
    ],
)
def test_a_rate_that_cannot_be_is_refused(admin: Company, change: dict[str, Any], parameter: str) -> None:
    assert refused(admin, "configuration/exchange_rates/create", RATE | change) == [(parameter, "INVALID_PARAMETER")]

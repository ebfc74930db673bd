"""How single values are read, through parameters that hold them."""

from decimal import Decimal
from typing import Any

import pytest

from methods import METHODS
from methods.method import parse
from tests.methods.asking import read, said

PAYMENT: dict[str, Any] = {
    "accounts_receivable_identifier": {"number": "9"},
    "type_identifier": {"name": "Payment 2"},
    "life_cycle_state": "DRAFT",
    "payment_method_identifier": {"name": "Direct Debit"},
    "payment_amount": 300,
}


def payment(**members: object) -> dict[str, Any]:
    return PAYMENT | members


def value(name: str, sent: object) -> Any:
    return getattr(parse(METHODS["payments/create"], payment(**{name: sent})), name)


def is_refused(name: str, sent: object) -> bool:
    return said("payments/create", payment(**{name: sent})) == {name: "INVALID_PARAMETER"}


MOMENTS = [
    ("2014-04-19T09:12:54", "2014-04-19T09:12:54"),
    ("2014-04-19T09:12:54Z", "2014-04-19T09:12:54"),
    ("2014-04-19T09:12:54.999", "2014-04-19T09:12:54"),
    ("2014-04-19T09:12:54.123456789Z", "2014-04-19T09:12:54"),
    ("2014-04-19T09:12:54+02:00", "2014-04-19T07:12:54"),
    ("2014-04-19T23:12:54-0530", "2014-04-20T04:42:54"),
    ("2014-04-19", "2014-04-19T00:00:00"),
    ("2012-02-29", "2012-02-29T00:00:00"),
    ("0001-01-01", "0001-01-01T00:00:00"),
]
NO_MOMENTS = [
    "",
    " ",
    "2014-02-30",
    "2014-13-01",
    "0000-01-01",
    "10000-01-01",
    "2014-04-19T24:00:00",
    "2014-04-19T09:60:00",
    "2014-04-19T09:12:60",
    "2014-04-19 09:12:54",
    "2014-04-19T09:12",
    "19.04.2014",
    "2014-W16-6",
    "20140419",
    "2014-04-19T09:12:54+24:00",
    "2014-04-19Z",
    "now",
    "9999-12-31T23:59:59-01:00",
    "0001-01-01T00:00:00+01:00",
    "٢٠١٤-٠٤-١٩",
    "2014-04-19T09:12:54\n",
    1397898774,
    1.5,
    True,
    [],
    {},
]


@pytest.mark.parametrize(("sent", "kept"), MOMENTS)
def test_a_moment_is_kept_in_utc_and_whole_seconds(sent: str, kept: str) -> None:
    assert value("received_on", sent) == kept
    assert value("udf_date_1", sent) == kept


@pytest.mark.parametrize("sent", NO_MOMENTS)
def test_what_is_no_moment_is_refused(sent: object) -> None:
    assert is_refused("received_on", sent)


def test_a_plain_date_at_the_end_of_a_period_means_its_last_second() -> None:
    sent = {"issued_from": "2014-04-19", "issued_to": "2014-04-19", "received_to": "2014-04-19T08:00:00Z"}
    params: Any = read("payments/list", sent)
    assert (params.issued_from, params.issued_to) == ("2014-04-19T00:00:00", "2014-04-19T23:59:59")
    assert params.received_to == "2014-04-19T08:00:00"


AMOUNTS = [
    (300, "300"),
    ("300", "300"),
    (Decimal("12.500"), "12.5"),
    ("12.5", "12.5"),
    (Decimal("9007199254740.93"), "9007199254740.93"),
    (999999999999999, "999999999999999"),
    (Decimal("1E+2"), "100"),
    (Decimal("0.0001"), "0.0001"),
]
NO_AMOUNTS = [
    0,
    -5,
    "0",
    "0.00",
    "-0.01",
    "",
    " ",
    "12,50",
    "1_000",
    " 5",
    "five",
    "NaN",
    "Infinity",
    "1e400",
    "1e999999999",
    "٣",
    "0x10",
    "+5",
    Decimal("NaN"),
    Decimal("Infinity"),
    Decimal("1E+400"),
    Decimal("1E+999999999"),
    Decimal("0.00001"),
    Decimal(1234567890123456),
    Decimal("12345678901234.56"),
    10**15,
    10**4000,
    12.5,
    True,
    False,
    [300],
    {"value": 300},
]


@pytest.mark.parametrize(("sent", "kept"), AMOUNTS)
def test_an_amount_is_kept_exactly(sent: object, kept: str) -> None:
    assert str(value("payment_amount", sent)) == kept


@pytest.mark.parametrize("sent", NO_AMOUNTS, ids=lambda sent: str(type(sent).__name__))
def test_what_is_no_amount_above_zero_is_refused(sent: object) -> None:
    assert is_refused("payment_amount", sent)


def test_texts_may_hold_tabs_newlines_and_everything_that_prints() -> None:
    for text in ("", "two\nlines\tand a tab", "Ελληνικά 漢字 🧾", "x" * 255):
        assert value("udf_string_1", text) == text
    assert value("notes", "n" * 4000) == "n" * 4000


@pytest.mark.parametrize("sent", ["\x00", "a\x07", "\r\n", "\x7f", "\x85", "\ud800", "x\udfff", 5, True, [], {}, Decimal("1.5")])
def test_a_text_of_the_wrong_kind_is_refused(sent: object) -> None:
    for name in ("notes", "udf_string_8", "back_office_code"):
        assert is_refused(name, sent)


@pytest.mark.parametrize(("name", "sent"), [("notes", "n" * 4001), ("udf_string_1", "x" * 256), ("back_office_code", "x" * 256)])
def test_a_text_longer_than_its_column_is_refused(name: str, sent: str) -> None:
    assert is_refused(name, sent)


def test_a_code_is_never_empty() -> None:
    assert is_refused("back_office_code", "")


@pytest.mark.parametrize(("sent", "kept"), [(5, 5.0), (Decimal("0.1"), 0.1), (-3, -3.0), (Decimal("1E+300"), 1e300), (0, 0.0)])
def test_a_user_defined_number_is_a_finite_double(sent: object, kept: float) -> None:
    assert value("udf_float_1", sent) == kept


@pytest.mark.parametrize(
    "sent", [Decimal("NaN"), Decimal("sNaN"), Decimal("Infinity"), Decimal("1E+400"), Decimal("1E-400"), 2**63, True, "5", "", []]
)
def test_what_no_double_can_hold_is_refused(sent: object) -> None:
    assert is_refused("udf_float_4", sent)


@pytest.mark.parametrize("sent", ["posted", "POSTED ", "", "CANCELLED", 1, True, ["DRAFT"]])
def test_a_word_has_to_be_one_of_those_allowed(sent: object) -> None:
    assert is_refused("life_cycle_state", sent)


@pytest.mark.parametrize("sent", ["true", 1, 0, "", "yes", []])
def test_a_boolean_in_json_is_true_or_false(sent: object) -> None:
    assert is_refused("validate_only", sent)


def test_a_query_says_numbers_and_booleans_as_text() -> None:
    params: Any = parse(METHODS["invoices/list"], {"unpaid": "true", "number_of_results": "5", "offset": "0"}, from_query=True)
    assert (params.unpaid, params.number_of_results, params.offset) == (True, 5, 0)
    sent = {"unpaid": "TRUE", "number_of_results": "5.0", "offset": "-1"}
    assert set(said("invoices/list", sent, from_query=True)) == set(sent)
    assert set(said("invoices/list", {"unpaid": "true", "number_of_results": "5"})) == {"unpaid", "number_of_results"}


@pytest.mark.parametrize("sent", [0, -1, 2**63, 10**30, "5", 5.0, Decimal(5), True, "", []])
def test_the_number_of_results_is_a_whole_number_of_one_or_more(sent: object) -> None:
    assert said("payments/list", {"number_of_results": sent}) == {"number_of_results": "INVALID_PARAMETER"}
    body = {"accounts_receivable_identifier": {"number": "9"}, "number": sent}
    assert said("payments/get_latest", body) == {"number": "INVALID_PARAMETER"}


@pytest.mark.parametrize("sent", [-1, 2**63, "5", Decimal(5), False, []])
def test_the_offset_is_a_whole_number_of_zero_or_more(sent: object) -> None:
    assert said("payments/list", {"offset": sent}) == {"offset": "INVALID_PARAMETER"}


def test_after_does_not_go_with_an_offset() -> None:
    row = "7c5b8e9e-5a8d-1733-ebfe-75d89c10d8fc"
    params: Any = read("payments/list", {"after": row, "offset": 0})
    assert params.after == "7C5B8E9E5A8D1733EBFE75D89C10D8FC"
    assert said("payments/list", {"after": row, "offset": 1}) == {"after": "INVALID_PARAMETER"}
    assert said("payments/list", {"after": "31"}) == {"after": "INVALID_PARAMETER"}
    assert said("audit/list", {"after": "31"}) == {}
    assert said("audit/list", {"after": "9" * 30}) == {"after": "INVALID_PARAMETER"}


def test_quantities_have_six_decimals_and_percentages_end_at_a_hundred() -> None:
    item = {"description": "Work", "quantity": Decimal("0.000001"), "cost": 0, "discount_percentage": 100, "vat_rate": "7.7"}
    invoice: dict[str, Any] = {
        "accounts_receivable_identifier": {"number": "9"},
        "type_identifier": {"name": "Invoice 1"},
        "life_cycle_state": "DRAFT",
    }
    assert said("invoices/create", invoice | {"items": [item]}) == {}
    wrong = {"quantity": Decimal("0.0000001"), "cost": -1, "discount_percentage": Decimal("100.1"), "vat_rate": -1}
    assert set(said("invoices/create", invoice | {"items": [item | wrong]})) == {f"items[0].{name}" for name in wrong}

"""The arithmetic of an invoice's item, in cents unless it says otherwise."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import money
from ledger.errors import InvalidParameter
from ledger.items import ItemAmounts, ItemTerms, worked_out


def minor(value: Decimal, word: str) -> int:
    """Cents, as the ledger turns a currency's decimals into minor units."""
    try:
        return money.minor(value, 2, zero=True)
    except money.AmountError as error:
        raise InvalidParameter(str(error), word) from error


def item(quantity: str = "1", **terms: str) -> ItemAmounts:
    given: dict[str, Any] = {name: Decimal(value) for name, value in terms.items()}
    return worked_out(ItemTerms("Work", Decimal(quantity), **given), minor)


def test_cost_times_quantity_is_the_sub_total() -> None:
    made = item("3", cost="12.50")
    assert (made.quantity, made.cost, made.sub_total) == (3_000_000, 1250, 3750)
    assert (made.discount_amount, made.vat_rate, made.net_amount, made.tax_amount, made.total_amount) == (0, 0, 3750, 0, 3750)


def test_a_sub_total_stands_by_itself() -> None:
    made = item("3", sub_total="10")
    assert (made.cost, made.sub_total, made.total_amount) == (None, 1000, 1000)


def test_a_quantity_has_up_to_six_decimals() -> None:
    assert item("0.000001", cost="10000").sub_total == 1
    assert item("1.234567", cost="100").sub_total == 12346
    with pytest.raises(InvalidParameter, match="more decimals than the 6") as refused:
        item("0.0000001", cost="1")
    assert refused.value.word == "quantity"


@pytest.mark.parametrize(
    ("quantity", "cost", "sub_total"),
    [("0.5", "0.01", 1), ("0.499999", "0.01", 0), ("1.5", "0.01", 2), ("2.5", "0.01", 3), ("0.25", "0.10", 3), ("0.24", "0.10", 2)],
)
def test_a_sub_total_is_rounded_half_up(quantity: str, cost: str, sub_total: int) -> None:
    assert item(quantity, cost=cost).sub_total == sub_total


@pytest.mark.parametrize(
    ("net", "rate", "tax"),
    [("0.50", "19", 10), ("0.10", "25", 3), ("0.30", "15", 5), ("0.10", "24.9999", 2), ("100", "19", 1900), ("0.01", "50", 1)],
)
def test_tax_is_rounded_half_up(net: str, rate: str, tax: int) -> None:
    made = item(sub_total=net, vat_rate=rate)
    assert (made.tax_amount, made.total_amount) == (tax, made.net_amount + tax)


@pytest.mark.parametrize(
    ("sub_total", "percentage", "net"), [("0.05", "50", 3), ("0.15", "50", 8), ("0.01", "50", 1), ("0.10", "25", 8)]
)
def test_net_is_rounded_half_up_after_a_discount(sub_total: str, percentage: str, net: int) -> None:
    made = item(sub_total=sub_total, discount_percentage=percentage)
    assert made.net_amount == net
    assert made.discount_amount == made.sub_total - net


def test_tax_is_on_what_the_discount_leaves() -> None:
    made = item("2", cost="50", discount_percentage="10", vat_rate="20")
    assert (made.sub_total, made.discount_amount, made.net_amount, made.tax_amount) == (10000, 1000, 9000, 1800)
    assert (made.discount_percentage, made.vat_rate, made.total_amount) == (100_000, 200_000, 10800)
    made = item("2", cost="50", discount_amount="7.5", vat_rate="20")
    assert (made.discount_percentage, made.discount_amount, made.net_amount, made.total_amount) == (None, 750, 9250, 11100)


def test_a_discount_can_be_all_of_it_and_no_more() -> None:
    assert item(sub_total="10", discount_amount="10", vat_rate="19").total_amount == 0
    assert item(sub_total="10", discount_percentage="100", vat_rate="19").total_amount == 0
    with pytest.raises(InvalidParameter, match="more than the item's sub total") as refused:
        item(sub_total="10", discount_amount="10.01")
    assert refused.value.word == "discount_amount"


@pytest.mark.parametrize(
    ("terms", "word"),
    [
        ({}, "cost"),
        ({"cost": "1", "sub_total": "1"}, "sub_total"),
        ({"cost": "1", "discount_amount": "1", "discount_percentage": "1"}, "discount_amount"),
        ({"cost": "1", "discount_percentage": "100.0001"}, "discount_percentage"),
        ({"cost": "1", "discount_percentage": "-1"}, "discount_percentage"),
        ({"cost": "1", "discount_percentage": "0.00001"}, "discount_percentage"),
        ({"cost": "1", "vat_rate": "-0.1"}, "vat_rate"),
        ({"cost": "1", "vat_rate": "1000.1"}, "vat_rate"),
        ({"cost": "0.001"}, "cost"),
        ({"sub_total": "-1"}, "sub_total"),
        ({"sub_total": "1", "discount_amount": "0.001"}, "discount_amount"),
        ({"quantity": "0", "cost": "1"}, "quantity"),
        ({"quantity": "-1", "cost": "1"}, "quantity"),
        ({"quantity": "1000000000000.000001", "cost": "0.01"}, "quantity"),
    ],
)
def test_what_makes_no_sense_is_refused(terms: dict[str, str], word: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        item(**terms)
    assert refused.value.word == word


def test_the_largest_quantity_is_a_million_millions() -> None:
    assert item("1000000000000", cost="0.01").sub_total == 10**12


def test_more_than_fifteen_digits_are_refused() -> None:
    assert item("1", cost="9999999999999.99").total_amount == 10**15 - 1
    with pytest.raises(InvalidParameter, match="more than 15 digits"):
        item("2", cost="9999999999999.99")
    with pytest.raises(InvalidParameter, match="more than 15 digits"):
        item("1", cost="9999999999999.99", vat_rate="0.0001")


@given(
    quantity=st.decimals("0.000001", "100000", places=6),
    cost=st.decimals("0", "10000", places=2),
    discount=st.none() | st.decimals("0", "100", places=4),
    vat_rate=st.decimals("0", "1000", places=4),
)
def test_the_parts_add_up_and_are_within_half_a_cent(
    quantity: Decimal, cost: Decimal, discount: Decimal | None, vat_rate: Decimal
) -> None:
    made = worked_out(ItemTerms("Work", quantity, cost=cost, discount_percentage=discount, vat_rate=vat_rate), minor)
    assert made.total_amount == made.net_amount + made.tax_amount == made.sub_total - made.discount_amount + made.tax_amount
    half = Fraction(1, 2)
    assert abs(made.sub_total - Fraction(quantity) * Fraction(cost) * 100) <= half
    left = 1 - Fraction(discount or 0) / 100
    assert -half < made.net_amount - made.sub_total * left <= half
    assert -half < made.tax_amount - made.net_amount * Fraction(vat_rate) / 100 <= half

"""The arithmetic of an invoice's items: pure, in minor units, net and tax rounded half-up per item."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from ledger.errors import InvalidParameter
from ledger.journal import LARGEST
from ledger.money import rounded

QUANTITY_DECIMALS = 6
QUANTITY_SCALE = 10**QUANTITY_DECIMALS
PERCENT_DECIMALS = 4
PERCENT_SCALE = 10**PERCENT_DECIMALS
LARGEST_QUANTITY = 10**12


@dataclass(frozen=True)
class ItemTerms:
    """What is said of an item: `cost` (of one) or `sub_total`, at most one discount, the VAT rate in percent."""

    description: str
    quantity: Decimal
    cost: Decimal | None = None
    sub_total: Decimal | None = None
    discount_percentage: Decimal | None = None
    discount_amount: Decimal | None = None
    vat_rate: Decimal = Decimal(0)


@dataclass(frozen=True)
class ItemAmounts:
    """An item worked out. Quantity in millionths, percentages in ten-thousandths of a percent, the rest in minor units."""

    quantity: int
    cost: int | None
    sub_total: int
    discount_percentage: int | None
    discount_amount: int
    vat_rate: int
    net_amount: int
    tax_amount: int
    total_amount: int


def worked_out(terms: ItemTerms, minor: Callable[[Decimal, str], int]) -> ItemAmounts:
    """The amounts of an item; `minor(value, word)` turns the currency's decimals into minor units or refuses."""
    if (terms.cost is None) == (terms.sub_total is None):
        raise InvalidParameter("give exactly one of cost and sub_total", "cost" if terms.cost is None else "sub_total")
    if terms.discount_percentage is not None and terms.discount_amount is not None:
        raise InvalidParameter("give at most one of discount_percentage and discount_amount", "discount_amount")
    quantity = _scaled(terms.quantity, QUANTITY_SCALE, "quantity")
    if not 0 < quantity <= LARGEST_QUANTITY * QUANTITY_SCALE:
        raise InvalidParameter(f"{terms.quantity} is no quantity: it has to be above 0 and at most {LARGEST_QUANTITY}", "quantity")
    cost = None if terms.cost is None else minor(terms.cost, "cost")
    sub_total = _sub_total(terms, quantity, cost, minor)
    percentage = None if terms.discount_percentage is None else _percent(terms.discount_percentage, "discount_percentage", 100)
    discount = _discount(terms, sub_total, percentage, minor)
    vat_rate = _percent(terms.vat_rate, "vat_rate", 1000)
    net = sub_total - discount
    tax = rounded(Fraction(net * vat_rate, 100 * PERCENT_SCALE))
    return ItemAmounts(quantity, cost, sub_total, percentage, discount, vat_rate, net, tax, _fits(net + tax, "sub_total"))


def _sub_total(terms: ItemTerms, quantity: int, cost: int | None, minor: Callable[[Decimal, str], int]) -> int:
    if cost is None:
        assert terms.sub_total is not None
        return minor(terms.sub_total, "sub_total")
    return _fits(rounded(Fraction(quantity * cost, QUANTITY_SCALE)), "cost")


def _discount(terms: ItemTerms, sub_total: int, percentage: int | None, minor: Callable[[Decimal, str], int]) -> int:
    if percentage is not None:
        # What is left is rounded half-up, not what is taken off.
        return sub_total - rounded(Fraction(sub_total * (100 * PERCENT_SCALE - percentage), 100 * PERCENT_SCALE))
    if terms.discount_amount is None:
        return 0
    discount = minor(terms.discount_amount, "discount_amount")
    if discount > sub_total:
        raise InvalidParameter(f"{terms.discount_amount} is more than the item's sub total", "discount_amount")
    return discount


def _percent(value: Decimal, word: str, most: int) -> int:
    scaled = _scaled(value, PERCENT_SCALE, word)
    if not 0 <= scaled <= most * PERCENT_SCALE:
        raise InvalidParameter(f"{value} is no percentage between 0 and {most}", word)
    return scaled


def _scaled(value: Decimal, scale: int, word: str) -> int:
    scaled = Fraction(value) * scale
    if scaled.denominator != 1:
        raise InvalidParameter(f"{value} has more decimals than the {len(str(scale)) - 1} that are kept", word)
    return scaled.numerator


def _fits(amount: int, word: str) -> int:
    if amount > LARGEST:
        raise InvalidParameter("the item's amount would have more than 15 digits", word)
    return amount

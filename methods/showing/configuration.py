"""Types, categories, payment methods, reasons, currencies and their rates, projects, number formats, door defaults."""

from collections.abc import Sequence
from typing import Any

import orjson

from ledger import queries
from ledger.entry import Reading
from ledger.rates import shown_rate
from ledger.storage.models import (
    Category,
    Currency,
    DoorDefault,
    ExchangeRate,
    NumberSeries,
    PaymentMethod,
    Project,
    RejectionReason,
    Subsidiary,
    TransactionType,
)
from methods.answers import Data
from methods.showing import people


def named(row: TransactionType | PaymentMethod | RejectionReason | Project | Subsidiary) -> Data:
    """What types, payment methods, rejection reasons, projects and subsidiaries have in common."""
    return {"id": row.id, "name": row.name, "alternative_code": row.alternative_code, "description": row.description}


def category(row: Category) -> Data:
    return {"id": row.id, "name": row.name, "code": row.code, "description": row.description}


def currency(row: Currency) -> Data:
    return {"id": row.id, "code": row.code, "name": row.name, "decimals": row.exponent}


def rate(scaled: int | None) -> orjson.Fragment | None:
    """Ten-billionths as the exact number that is written."""
    return None if scaled is None else orjson.Fragment(shown_rate(scaled))


def exchange_rates(reading: Reading, rows: Sequence[ExchangeRate]) -> list[Data]:
    """Rates with their currencies; a day is written as its first moment."""
    currencies = queries.by_pk(reading, Currency, [row.currency_pk for row in rows])
    return [
        {
            "id": row.id,
            "currency": currency(currencies[row.currency_pk]),
            "from_date": f"{row.from_date}T00:00:00",
            "rate": rate(row.rate),
        }
        for row in rows
    ]


def categories_complete(reading: Reading, rows: Sequence[Category]) -> list[Data]:
    """Categories with the id of the one above them."""
    above = queries.by_pk(reading, Category, [row.parent_pk for row in rows])
    return [{**category(row), "parent_id": None if row.parent_pk is None else above[row.parent_pk].id} for row in rows]


def types_complete(reading: Reading, rows: Sequence[TransactionType]) -> list[Data]:
    """Types with their classification."""
    return [{**named(row), "classification": row.classification, "log_information": people.logged(reading, row)} for row in rows]


def type_definitions(reading: Reading, rows: Sequence[TransactionType]) -> list[Data]:
    """Types with what they allow."""
    options = queries.type_options(reading, [row.pk for row in rows])
    return [
        {
            **shown,
            "categories_set": [allowed_category(option) for option in options[row.pk].categories],
            "payment_methods_set": [allowed_method(option) for option in options[row.pk].methods],
            "rejection_reasons_set": [allowed_reason(option) for option in options[row.pk].reasons],
        }
        for row, shown in zip(rows, types_complete(reading, rows), strict=True)
    ]


def allowed_category(option: Any) -> Data:
    return {"id": option.row.id, "default": bool(option.is_default), "category": category(option.row)}


def allowed_method(option: Any) -> Data:
    return {"id": option.row.id, "default": bool(option.is_default), "payment_method": named(option.row)}


def allowed_reason(option: Any) -> Data:
    return {"id": option.row.id, "default": bool(option.is_default), "rejection_reason": named(option.row)}


def number_format(reading: Reading, row: NumberSeries) -> Data:
    return {
        "name": row.name,
        "prefix": row.prefix,
        "padding": row.padding,
        "last": queries.last_number(reading, row),
        "gapless": bool(row.gapless),
    }


def door_defaults(reading: Reading, rows: Sequence[DoorDefault]) -> list[Data]:
    """What each door takes for what its requests do not carry."""
    shown = reading.rows.shown
    return [
        {
            "door": row.door,
            "payment_type": shown(TransactionType, row.payment_type_pk, named),
            "cancellation_type": shown(TransactionType, row.cancellation_type_pk, named),
            "write_off_type": shown(TransactionType, row.write_off_type_pk, named),
            "payment_method": shown(PaymentMethod, row.payment_method_pk, named),
            "category": shown(Category, row.category_pk, category),
        }
        for row in rows
    ]

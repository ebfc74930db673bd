"""The configuration of a book, by name."""

from collections.abc import Iterable
from typing import Any, NamedTuple, TypeVar

from ledger.entry import Reading
from ledger.queries.related import by_pk
from ledger.series import counted
from ledger.storage.columns import Record, Table
from ledger.storage.models import (
    Category,
    DoorDefault,
    NumberSeries,
    PaymentMethod,
    Project,
    RejectionReason,
    Subsidiary,
    TransactionType,
    TypeCategory,
    TypeMethod,
    TypeReason,
)

T = TypeVar("T", bound=Table)


class Option(NamedTuple):
    """Something that a type allows."""

    row: Record
    is_default: bool


class TypeOptions(NamedTuple):
    """What a transaction type allows, the default of each first."""

    categories: list[Option]
    methods: list[Option]
    reasons: list[Option]


def types(reading: Reading, classification: str | None = None) -> list[TransactionType]:
    """Transaction types, of one classification or all."""
    wanted: dict[str, Any] = {"classification": classification} if classification else {}
    return reading.rows.find(TransactionType, order=("name",), **wanted)


def categories(reading: Reading) -> list[Category]:
    """All categories."""
    return reading.rows.find(Category, order=("name",))


def payment_methods(reading: Reading) -> list[PaymentMethod]:
    """All payment methods."""
    return reading.rows.find(PaymentMethod, order=("name",))


def rejection_reasons(reading: Reading) -> list[RejectionReason]:
    """All rejection reasons."""
    return reading.rows.find(RejectionReason, order=("name",))


def projects(reading: Reading) -> list[Project]:
    """All projects."""
    return reading.rows.find(Project, order=("name",))


def subsidiaries(reading: Reading) -> list[Subsidiary]:
    """All subsidiaries."""
    return reading.rows.find(Subsidiary, order=("name",))


def number_series(reading: Reading) -> list[NumberSeries]:
    """All number series with their formats."""
    return reading.rows.find(NumberSeries, order=("name",))


def last_number(reading: Reading, row: NumberSeries) -> int | None:
    """The last number that a series gave. Owners are not told: it counts what others have."""
    if reading.owner_customers is not None:
        return None
    return counted(reading, row.name) if reading.rows.has_sequences and not row.gapless else row.last


def door_defaults(reading: Reading) -> list[DoorDefault]:
    """The defaults of all doors that have any."""
    return reading.rows.find(DoorDefault, order=("door",))


def type_options(reading: Reading, type_pks: Iterable[int]) -> dict[int, TypeOptions]:
    """What types allow."""
    wanted = list(type_pks)
    allowed_categories = _options(reading, TypeCategory, "category_pk", Category, wanted)
    allowed_methods = _options(reading, TypeMethod, "method_pk", PaymentMethod, wanted)
    allowed_reasons = _options(reading, TypeReason, "reason_pk", RejectionReason, wanted)
    return {
        pk: TypeOptions(allowed_categories.get(pk, []), allowed_methods.get(pk, []), allowed_reasons.get(pk, [])) for pk in wanted
    }


def _options(reading: Reading, link: type[Table], column: str, model: type[Record], type_pks: list[int]) -> dict[int, list[Option]]:
    links = list(reading.rows.among(link, "type_pk", type_pks, ("pk",)))
    found = by_pk(reading, model, (getattr(row, column) for row in links))
    options: dict[int, list[Option]] = {}
    for row in sorted(links, key=lambda row: not row.__data__["is_default"]):
        options.setdefault(row.__data__["type"], []).append(Option(found[getattr(row, column)], row.__data__["is_default"]))
    return options

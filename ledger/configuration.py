"""Configuration: transaction types, categories, payment methods, rejection reasons, projects, subsidiaries, number formats, door
defaults."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from ledger import audit, checks
from ledger.classification import PAYMENT, PAYMENT_CANCEL, SIGNS, TAKES_METHODS, WRITE_OFF
from ledger.entry import Entry
from ledger.errors import EntityNotFound, InvalidParameter
from ledger.numbering import PADDING_LIMIT
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

R = TypeVar("R", bound=Record)

DOORS = ("native", "waldur", "qbench", "productive")
PREFIX_LIMIT = 20


def create_type(
    entry: Entry,
    *,
    name: str,
    classification: str,
    alternative_code: str | None = None,
    description: str | None = None,
    categories: Sequence[Category] = (),
    methods: Sequence[PaymentMethod] = (),
    reasons: Sequence[RejectionReason] = (),
) -> TransactionType:
    """A new transaction type with what it allows; the first of each list is the default.

    Refuses: INVALID_PARAMETER (classification; no payment method where one is needed), DUPLICATE_NAME.
    """
    if classification not in SIGNS:
        raise InvalidParameter(f"{classification!r} is none of {', '.join(SIGNS)}", "classification")
    if classification == PAYMENT and not methods:
        raise InvalidParameter("a type of PAYMENT classification needs at least one payment method", "methods")
    if methods and classification not in TAKES_METHODS:
        raise InvalidParameter(f"a type of {classification} classification takes no payment methods", "methods")
    _names_free(entry, TransactionType, "type", name=name, alternative_code=alternative_code)
    made = _added(
        entry,
        TransactionType,
        "type",
        {
            "name": name,
            "alternative_code": alternative_code,
            "description": description,
            "classification": classification,
        },
    )
    _allow(entry, TypeCategory, made, "category_pk", categories)
    _allow(entry, TypeMethod, made, "method_pk", methods)
    _allow(entry, TypeReason, made, "reason_pk", reasons)
    return made


def _allow(entry: Entry, link: type[Table], type_: TransactionType, column: str, allowed: Sequence[Record]) -> None:
    for place, pk in enumerate(dict.fromkeys(record.pk for record in allowed)):
        entry.rows.insert(link, {"type_pk": type_.pk, column: pk, "is_default": place == 0})


def create_category(
    entry: Entry, *, name: str, code: str | None = None, description: str | None = None, parent: Category | None = None
) -> Category:
    """A new category. Refuses: DUPLICATE_NAME."""
    _names_free(entry, Category, "category", name=name, code=code)
    values = {"name": name, "code": code, "description": description, "parent_pk": parent.pk if parent else None}
    return _added(entry, Category, "category", values)


def create_method(entry: Entry, *, name: str, alternative_code: str | None = None, description: str | None = None) -> PaymentMethod:
    """A new payment method. Refuses: DUPLICATE_NAME."""
    return _plain(entry, PaymentMethod, "payment_method", name, alternative_code, description)


def create_reason(
    entry: Entry, *, name: str, alternative_code: str | None = None, description: str | None = None
) -> RejectionReason:
    """A new rejection reason. Refuses: DUPLICATE_NAME."""
    return _plain(entry, RejectionReason, "rejection_reason", name, alternative_code, description)


def create_project(entry: Entry, *, name: str, alternative_code: str | None = None, description: str | None = None) -> Project:
    """A new project, which invoices can be for. Refuses: DUPLICATE_NAME."""
    return _plain(entry, Project, "project", name, alternative_code, description)


def create_subsidiary(
    entry: Entry, *, name: str, alternative_code: str | None = None, description: str | None = None
) -> Subsidiary:
    """A new subsidiary, which invoices can come from. Refuses: DUPLICATE_NAME."""
    return _plain(entry, Subsidiary, "subsidiary", name, alternative_code, description)


def _plain(entry: Entry, model: type[R], kind: str, name: str, code: str | None, description: str | None) -> R:
    _names_free(entry, model, kind, name=name, alternative_code=code)
    return _added(entry, model, kind, {"name": name, "alternative_code": code, "description": description})


def _names_free(entry: Entry, model: type[Record], kind: str, **values: str | None) -> None:
    for column, value in values.items():
        checks.name_free(entry, model, kind.replace("_", " "), column, value)


def _added(entry: Entry, model: type[R], kind: str, values: Mapping[str, object]) -> R:
    made = entry.rows.add(model, {"id": entry.new_id(), "created_on": entry.now, **values})
    audit.record(entry, kind, made, None, audit.image(made))
    return made


def set_number_format(entry: Entry, name: str, prefix: str | None, padding: int | None) -> NumberSeries:
    """How the numbers of a series (`invoice.number`) look from now on; None keeps.

    Refuses: ENTITY_NOT_FOUND, INVALID_PARAMETER. A prefix that ends in a digit could make a number twice.
    """
    series = entry.rows.one(NumberSeries, name=name)
    if series is None:
        raise EntityNotFound(f"there is no number series {name!r}", "name")
    if prefix is not None and (len(prefix) > PREFIX_LIMIT or prefix[-1:].isdigit()):
        raise InvalidParameter(f"{prefix!r} is longer than {PREFIX_LIMIT} characters, or ends in a digit", "prefix")
    if padding is not None and not 0 <= padding <= PADDING_LIMIT:
        raise InvalidParameter(f"{padding} is not between 0 and {PADDING_LIMIT}", "padding")
    before = audit.image(series)
    values = {
        "prefix": series.prefix if prefix is None else prefix,
        "padding": series.padding if padding is None else padding,
    }
    entry.rows.change(NumberSeries, values, pk=series.pk)
    series = entry.rows.get(NumberSeries, series.pk)
    audit.record(entry, "number_format", name, before, audit.image(series))
    return series


NEEDED = {"payment_type": PAYMENT, "cancellation_type": PAYMENT_CANCEL, "write_off_type": WRITE_OFF}


def set_door_default(entry: Entry, door: str, **rows: Record | None) -> DoorDefault:
    """What a door uses for what its requests do not carry.

    `rows`: payment_type, cancellation_type, write_off_type, payment_method, category.

    Only what is given changes; None clears. Refuses: INVALID_PARAMETER (no such door), TYPE_NOT_ALLOWED.
    """
    if door not in DOORS:
        raise InvalidParameter(f"{door!r} is none of {', '.join(DOORS)}", "door")
    for word, wanted in NEEDED.items():
        type_ = rows.get(word)
        if isinstance(type_, TransactionType):
            checks.classified(type_, wanted, word=word)
    kept = entry.rows.one(DoorDefault, door=door)
    before = None if kept is None else audit.image(kept)
    kept = kept or entry.rows.add(DoorDefault, {"door": door})
    values = {f"{word}_pk": row.pk if row else None for word, row in rows.items()}
    if values:
        entry.rows.change(DoorDefault, values, pk=kept.pk)
    kept = entry.rows.get(DoorDefault, kept.pk)
    audit.record(entry, "door_default", door, before, audit.image(kept))
    return kept

"""Whether what a row refers to is there: what foreign keys see to, unless they were switched off."""

from collections.abc import Callable
from functools import reduce
from operator import or_
from typing import Any

from peewee import ForeignKeyField, fn

from ledger.entry import Reading
from ledger.storage.columns import Table
from ledger.storage.compiled import slot
from ledger.storage.models import Invoice, InvoiceCancellation, JournalEntry, Payment, PaymentCancellation
from ledger.verification.sums import between

DOCUMENTS = (Payment, Invoice, PaymentCancellation, InvoiceCancellation)
"""What a journal entry can stand for."""


def refers(model: type[Table]) -> list[ForeignKeyField]:
    """The columns of a table that hold row keys of others."""
    return [field for field in model._meta.sorted_fields if isinstance(field, ForeignKeyField)]


def dangling(model: type[Table]) -> Callable[[Reading, int, int], list[str]]:
    """A check that names the rows of a table that refer to rows that are gone."""
    fields = refers(model)

    def build() -> Any:
        mine = (model.pk > slot("above")) & (model.pk <= slot("up_to"))
        return model.select(model.pk).where(mine & reduce(or_, map(_is_gone, fields)))

    def check(reading: Reading, above: int, up_to: int) -> list[str]:
        broken = reading.rows.kept(("dangling", model), build, above=above, up_to=up_to)
        return [
            f"{model._meta.table_name} {getattr(row, 'id', row.pk)}: its {field.name} {row.__data__[field.name]} is missing"
            for row in reading.rows.among(model, "pk", (pk for (pk,) in broken))
            for field in fields
            if row.__data__[field.name] is not None and reading.rows.one(field.rel_model, pk=row.__data__[field.name]) is None
        ]

    return check


def _is_gone(field: ForeignKeyField) -> Any:
    other = field.rel_model.alias()
    # Looked up one by one: PostgreSQL would go through the whole other table for each lot to answer NOT IN.
    return field.is_null(False) & ~fn.EXISTS(other.select(other.pk).where(other.pk == field))


def documents(reading: Reading, above: int, up_to: int) -> list[str]:
    """Journal entries of documents that are not there."""
    rows = between(reading, JournalEntry, above, up_to)
    wanted = {row.document_id for row in rows}
    there = {document.id for model in DOCUMENTS for document in reading.rows.among(model, "id", wanted)}
    return [f"journal_entry {row.pk}: its document {row.document_id} is missing" for row in rows if row.document_id not in there]

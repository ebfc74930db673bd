"""Whether each record is what the audit log saw last, and none is missing."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import orjson
from peewee import fn

from ledger import audit
from ledger.entry import Reading
from ledger.intentions import noted
from ledger.invoices import item_image
from ledger.queries.related import intended, items
from ledger.storage.columns import Record
from ledger.storage.models import (
    Account,
    Attachment,
    AuditEntry,
    Bill,
    BillInvoice,
    Customer,
    ExchangeRate,
    Intended,
    Invoice,
    InvoiceCancellation,
    Payment,
    PaymentCancellation,
    PaymentProfile,
    Project,
    Subsidiary,
)
from ledger.verification.sums import between

KINDS: Mapping[str, type[Record]] = {
    "customer": Customer,
    "account": Account,
    "payment_profile": PaymentProfile,
    "project": Project,
    "subsidiary": Subsidiary,
    "exchange_rate": ExchangeRate,
    "invoice": Invoice,
    "invoice_cancellation": InvoiceCancellation,
    "bill": Bill,
    "payment": Payment,
    "attachment": Attachment,
    "payment_cancellation": PaymentCancellation,
}

Parts = dict[int, dict[str, list[Any]]]


def _parts(reading: Reading, kind: str, pks: list[int]) -> Parts:
    """What belongs to the images of these records, by row key."""
    if kind == "payment":
        return {pk: {"intended": _targets(rows)} for pk, rows in intended(reading, pks).items()}
    if kind == "invoice":
        return {pk: {"items": [item_image(item) for item in rows]} for pk, rows in items(reading, pks).items()}
    parts: Parts = {}
    if kind == "bill":
        for link in reading.rows.among(BillInvoice, "bill_pk", pks, ("pk",)):
            parts.setdefault(link.bill_pk, {"invoices": []})["invoices"].append(link.invoice_pk)
    return parts


def _targets(rows: Sequence[Intended]) -> list[list[object]]:
    """As the audit log keeps them; a row out of its place, or with both an invoice and a bill, is none that it has seen."""
    return [
        list(noted(row))
        if row.position == place and None in (row.invoice_pk, row.bill_pk)
        else [row.position, row.invoice_pk, row.bill_pk]
        for place, row in enumerate(rows)
    ]


def changed(kind: str) -> Callable[[Reading, int, int], list[str]]:
    """A check that compares the records of a kind with their last images."""

    def check(reading: Reading, above: int, up_to: int) -> list[str]:
        rows = between(reading, KINDS[kind], above, up_to)
        kept = _last_images(reading, kind, [row.id for row in rows])
        parts = _parts(reading, kind, [row.pk for row in rows])
        found = []
        for row in rows:
            image = audit.image(row, **parts.get(row.pk, {}))
            if row.id not in kept:
                found.append(f"{kind} {row.id}: the audit log does not know it")
            elif audit.written(image) != kept[row.id]:
                names = ", ".join(_differences(image, orjson.loads(kept[row.id])))
                found.append(f"{kind} {row.id}: {names} is not what the audit log saw last")
        return found

    return check


def _differences(now: audit.Image, then: audit.Image) -> list[str]:
    return sorted(name for name in now.keys() | then.keys() if now.get(name) != then.get(name))


def _last_images(reading: Reading, kind: str, ids: list[str]) -> dict[str, str]:
    wanted = AuditEntry.record_id.in_(ids) & (AuditEntry.kind == kind) & AuditEntry.after.is_null(False)
    newest = AuditEntry.select(fn.MAX(AuditEntry.pk)).where(wanted).group_by(AuditEntry.record_id)
    query = AuditEntry.select(AuditEntry.record_id, AuditEntry.after).where(AuditEntry.pk.in_(newest))
    return {row[0]: row[1] for row in reading.rows.tuples(query)}


def missing(reading: Reading, above: int, up_to: int) -> list[str]:
    """Records that the audit log saw made, among its rows in this range, and that are not there."""
    created = (AuditEntry.pk > above) & (AuditEntry.pk <= up_to) & AuditEntry.before.is_null() & AuditEntry.kind.in_(list(KINDS))
    seen: dict[str, list[str]] = {}
    for kind, record_id in reading.rows.tuples(AuditEntry.select(AuditEntry.kind, AuditEntry.record_id).where(created)):
        seen.setdefault(kind, []).append(record_id)
    found = []
    for kind, ids in seen.items():
        model = KINDS[kind]
        there = {row[0] for row in reading.rows.tuples(model.select(model.id).where(model.id.in_(ids)))}
        found += [f"{kind} {record_id} is missing" for record_id in ids if record_id not in there]
    return found

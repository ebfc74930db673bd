"""Documents: one payment or a page of them, with what is included, and meta."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from ledger.entry import Answer, Reading
from ledger.storage.models import Payment
from rpcserver.dialects.productive import companies, features, included, invoices, payments, people
from rpcserver.dialects.productive.fieldsets import Fields, Resource, cut, fields
from rpcserver.dialects.productive.query import Families
from rpcserver.dialects.productive.related import Related, related
from rpcserver.dialects.productive.words import HEADERS


@dataclass(frozen=True, slots=True)
class View:
    """What of the records a request wants to see."""

    paths: frozenset[str]
    fields: Fields

    def said(self) -> dict[str, Any]:
        """The same as what a request said."""
        return {"include": sorted(self.paths), "fields": {type_: sorted(names) for type_, names in self.fields.items()}}


def view(families: Families) -> View:
    """The view that a request asks for."""
    return View(included.paths(families["include"]), fields(families["fields"]))


def one(reading: Reading, payment: Payment, wanted: View, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """A payment as an answer."""
    around = related(reading, [payment])
    document = {
        "data": payments.resource(payment, around, wanted.fields),
        "included": _included(around, wanted),
        "meta": features.META,
    }
    return Answer(status, {**HEADERS, **(headers or {})}, orjson.dumps(document))


def many(reading: Reading, page: Sequence[Payment], wanted: View, links: Mapping[str, str], figures: Mapping[str, Any]) -> Answer:
    """A page of payments as an answer."""
    around = related(reading, page)
    document = {
        "data": [payments.resource(payment, around, wanted.fields) for payment in page],
        "included": _included(around, wanted),
        "links": links,
        "meta": {**figures, **features.META},
    }
    return Answer(200, dict(HEADERS), orjson.dumps(document))


def _included(around: Related, wanted: View) -> list[Resource]:
    return [cut(resource, wanted.fields) for resource in included.once(_all_of(around, wanted.paths))]


def _all_of(around: Related, paths: frozenset[str]) -> Iterable[Resource]:
    if not around.invoices:
        return
    if included.INVOICE in paths:
        yield from invoices.resources(around)
    if included.COMPANY in paths:
        yield from companies.resources(around)
    if included.CREATOR in paths:
        creators = list(people.resources(around))
        yield from creators
        if included.EMPLOYER in paths and creators:
            yield companies.own(around)

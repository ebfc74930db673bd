"""What can be done with payments here: list, show, create, change, delete."""

from collections.abc import Mapping

from ledger import cancelling, payments
from ledger.amending import amend
from ledger.cancelling import CancelTerms
from ledger.defaults import door_defaults
from ledger.entry import Answer, Entry, Reading
from ledger.lifecycle import POSTED
from ledger.queries.conditions import Group, Part
from ledger.queries.posted import posted
from ledger.resolving import Names
from ledger.rights import Right
from ledger.storage.models import Payment
from rpcserver.dialects.productive import aggregates, filters, pages, reading, showing, sorting, values
from rpcserver.dialects.productive.manners import WORD
from rpcserver.dialects.productive.query import Families, families
from rpcserver.dialects.productive.terms import amended, terms
from rpcserver.dialects.productive.words import not_found, refusal
from rpcserver.rest import Action, Asking, Deed, Look, Write

PATH = "/api/v2/payments"
WITH_RECORDS = frozenset({"include", "fields"})
WITH_LISTS = WITH_RECORDS | {"filter", "sort", "page", pages.PER_PAGE, *aggregates.SPELLINGS}


def _query(asking: Asking, known: frozenset[str]) -> Families:
    return families(asking.query.multi_items(), known)


def _address(asking: Asking) -> str:
    """The list's own address, as the caller reaches it."""
    return str(asking.request.url.replace(path=PATH, query=""))


def _key(asking: Asking) -> int:
    """The payment that the path names; a text that could be no id names none."""
    text = asking.path["id"]
    if not values.is_key(text):
        raise refusal([not_found()])
    return int(text)


def _payment(found: Reading, pk: int) -> Payment:
    names = Names(found)
    payment = names.posted.at(pk)
    names.settle()
    return payment


def _list(asking: Asking) -> Deed:
    query = _query(asking, WITH_LISTS)
    view, where, order = showing.view(query), filters.where(query["filter"]), sorting.order(query["sort"])
    page, with_total = pages.page(query, order), aggregates.wanted(query)

    def run(found: Reading) -> Answer:
        # One more than the page holds tells whether there is a next one, however many came before it.
        rows = posted(found, _both(where, page.beyond), order, limit=page.size + 1, offset=page.offset, write_offs=True)
        shown = rows.rows[: page.size]
        total = rows.total if page.beyond is None else posted(found, where, limit=0, write_offs=True).total
        links = pages.links(
            _address(asking), asking.query.multi_items(), page, total, shown[-1].pk if len(rows.rows) > page.size else None
        )
        figures = pages.figures(page, total)
        if with_total:
            figures["aggregates"] = {aggregates.TOTAL: aggregates.total(found, where)}
        return showing.many(found, shown, view, links, figures)

    return Look(run)


def _both(first: Part | None, second: Part | None) -> Part | None:
    parts = tuple(part for part in (first, second) if part is not None)
    return Group(False, parts) if parts else None


def _show(asking: Asking) -> Deed:
    view, pk = showing.view(_query(asking, WITH_RECORDS)), _key(asking)
    return Look(lambda found: showing.one(found, _payment(found, pk), view))


def _create(asking: Asking) -> Deed:
    view = showing.view(_query(asking, WITH_RECORDS))
    sent = reading.new(asking.body)

    def run(entry: Entry) -> Answer:
        payment = payments.create(entry, terms(entry, sent), POSTED)
        return showing.one(entry, payment, view, 201, {"Location": f"{_address(asking)}/{payment.pk}"})

    return Write(run, [sent.values, view.said()])


def _update(asking: Asking) -> Deed:
    view, pk = showing.view(_query(asking, WITH_RECORDS)), _key(asking)
    sent = reading.changes(asking.body, asking.path["id"])

    def run(entry: Entry) -> Answer:
        payment = _payment(entry, pk)
        changes = amended(entry, payment, sent)
        if changes:
            payment = amend(entry, payment, changes, fills_principal=True)
        return showing.one(entry, payment, view)

    return Write(run, [sent.values, view.said()])


def _delete(asking: Asking) -> Deed:
    _query(asking, frozenset())
    pk = _key(asking)

    def run(entry: Entry) -> Answer:
        payment = _payment(entry, pk)
        cancelling.cancel_payment(entry, payment, CancelTerms(door_defaults(entry, WORD).needed("cancellation_type")))
        return Answer(204, {}, b"")

    return Write(run)


OF_THE_LIST: Mapping[str, Action] = {
    "GET": Action("payments.list", Right.RECORDS_READ, _list),
    "POST": Action("payments.create", Right.RECORDS_WRITE, _create, reads_body=True, light=True),
}
OF_ONE: Mapping[str, Action] = {
    "GET": Action("payments.show", Right.RECORDS_READ, _show, light=True),
    "PATCH": Action("payments.update", Right.RECORDS_WRITE, _update, reads_body=True, light=True),
    "DELETE": Action("payments.delete", Right.RECORDS_WRITE, _delete, light=True),
}

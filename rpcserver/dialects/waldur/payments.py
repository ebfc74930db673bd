"""Payments: listed, shown, created, changed, cancelled, linked to an invoice and unlinked."""

from collections.abc import Sequence
from typing import Any

from ledger import amending, cancelling, checks, linking
from ledger import payments as ledger
from ledger.applying import EXPLICIT
from ledger.cancelling import CancelTerms
from ledger.defaults import door_defaults
from ledger.entry import Answer, Entry, Reading
from ledger.lifecycle import POSTED
from ledger.queries.posted import Group, Match, posted
from ledger.rights import Right
from ledger.storage.models import Account, Invoice, Payment, PaymentProfile
from rpcserver.dialects.waldur import bodies, finding, lists, proofs, showing
from rpcserver.dialects.waldur.fields import DECIMALS, Fields, day, hyperlink, misfit, number, shortest, upload
from rpcserver.dialects.waldur.links import INVOICES, PROFILES, link, root
from rpcserver.dialects.waldur.lists import Body, Filters, linked
from rpcserver.dialects.waldur.manners import answer
from rpcserver.dialects.waldur.proofs import PROOF
from rpcserver.rest import Action, Asking, Look, Write

PROFILE, DATE, SUM, INVOICE = "profile", "date_of_payment", "sum", "invoice"
FIELDS = (PROFILE, DATE, SUM, PROOF)
NOTHING = "0.00"


def list_(asking: Asking) -> Look:
    """The payments that the caller may see, oldest first."""
    filters = Filters(asking.query)
    on_day, by_uuid = filters.day(DATE), filters.uuid("profile_uuid")
    filters.settle()
    named = [name for name in (by_uuid, linked(asking.query, PROFILE, PROFILES)) if name is not None]

    def fetch(reading: Reading, limit: int, offset: int) -> Any:
        profiles = [Match("profile", "eq", (finding.profile_pk(reading, name),)) for name in named]
        days = [Match("received_on", "eq", (on_day,))] if on_day else []
        parts = (*profiles, *days)
        where = Group(any=False, parts=parts) if parts else None
        return posted(reading, where, limit=limit, offset=offset, write_offs=False)

    def show(reading: Reading, rows: Sequence[Payment]) -> list[Body]:
        return showing.payments(reading, asking.request, asking.settings.waldur_unlinked_invoice_uuid, rows)

    return lists.paged(asking, fetch, show)


def retrieve(asking: Asking) -> Look:
    """One payment."""
    return Look(lambda reading: answer(asking.request, 200, _shown(reading, asking, finding.payment(reading, asking))))


def create(asking: Asking) -> Write:
    """A new payment on a profile's account; it is posted, and pays nothing until it is linked."""
    fields = _read(asking)
    fields.readable()
    if SUM not in fields.errors:
        fields.values.setdefault(SUM, number(NOTHING))
    proof = proofs.kept(asking, fields)

    def run(entry: Entry) -> Answer:
        profile = _settled(entry, fields)
        assert profile is not None
        account = entry.rows.get(Account, profile.account_pk)
        defaults = door_defaults(entry, asking.call.door)
        terms = ledger.Terms(
            account,
            defaults.needed("payment_type"),
            defaults.needed("payment_method"),
            fields.values[SUM],
            defaults.category,
            received_on=fields.values[DATE],
            mode=EXPLICIT,
            zero=True,
            profile=profile,
        )
        payment = ledger.create(entry, terms, POSTED)
        if proof is not None:
            proof.put(entry, payment)
        shown = _shown(entry, asking, payment)
        return answer(asking.request, 201, shown, Location=shown["url"])

    return Write(run, _said(fields, proof))


def update(asking: Asking) -> Write:
    """Change a payment: with PUT profile and date are needed, with PATCH nothing is."""
    fields = _read(asking, partial=asking.request.method == "PATCH")
    proof = proofs.kept(asking, fields)

    def run(entry: Entry) -> Answer:
        payment = finding.payment(entry, asking)
        profile = _settled(entry, fields, payment)
        changes = _changes(entry, fields, profile)
        if changes:
            payment = amending.amend(entry, payment, changes, zero=True, fills_principal=True)
        if proof is not None:
            proof.put(entry, payment)
        return answer(asking.request, 200, _shown(entry, asking, payment))

    return Write(run, _said(fields, proof))


def destroy(asking: Asking) -> Write:
    """Cancel a payment: what it paid is owed again, and it is gone from this door."""

    def run(entry: Entry) -> Answer:
        payment = finding.payment(entry, asking)
        defaults = door_defaults(entry, asking.call.door)
        cancelling.cancel_payment(entry, payment, CancelTerms(defaults.needed("cancellation_type")))
        return answer(asking.request, 204)

    return Write(run)


def link_to_invoice(asking: Asking) -> Write:
    """Link a payment to an invoice of its account; it pays what is owed there, as far as it goes."""
    fields = Fields.of(asking)
    fields.take(INVOICE, hyperlink(INVOICES), required=True)

    def run(entry: Entry) -> Answer:
        payment = finding.payment(entry, asking)
        linking.not_linked_yet(entry, payment)
        said = fields.anew()
        invoice = said.find(INVOICE, lambda name: _linkable(entry, name))
        said.settle(INVOICE)
        assert invoice is not None
        linking.link(entry, payment, invoice)
        body = {"detail": "An invoice has been linked to payment.", INVOICE: link(root(asking.request), INVOICES, invoice.id)}
        return answer(asking.request, 200, body)

    return Write(run, fields.values)


def unlink_from_invoice(asking: Asking) -> Write:
    """Undo the link: all that the payment paid is owed again."""

    def run(entry: Entry) -> Answer:
        linking.unlink(entry, finding.payment(entry, asking))
        return answer(asking.request, 200, {"detail": "An invoice has been unlinked from payment."})

    return Write(run)


def _read(asking: Asking, *, partial: bool = False) -> Fields:
    fields = Fields.of(asking, partial=partial)
    fields.take(PROFILE, hyperlink(PROFILES), required=True)
    fields.take(DATE, day, required=True)
    fields.take(SUM, number)
    fields.take(PROOF, upload(asking.settings.max_attachment), nullable=True)
    return fields


def _settled(entry: Entry, fields: Fields, payment: Payment | None = None) -> PaymentProfile | None:
    """The profile that was named, if any, once nothing is wrong with any field. How many decimals a sum may have is known only
    with the account."""
    said = fields.anew()
    profile = said.find(PROFILE, lambda name: finding.active_profile(entry, name))
    account_pk = profile.account_pk if profile else payment.account_pk if payment else None
    if SUM in fields.values:
        exponent = checks.currency_of(entry, entry.rows.get(Account, account_pk)).exponent if account_pk else 0
        wrong = misfit(fields.values[SUM], max(DECIMALS, exponent))
        if wrong:
            said.errors[SUM] = [wrong]
    said.settle(*FIELDS)
    return profile


def _changes(entry: Entry, fields: Fields, profile: PaymentProfile | None) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if profile is not None:
        changes = {"profile": profile, "account": entry.rows.get(Account, profile.account_pk)}
    if DATE in fields.values:
        changes["received_on"] = fields.values[DATE]
    if SUM in fields.values:
        changes["amount"] = fields.values[SUM]
    return changes


def _said(fields: Fields, proof: proofs.Proof | None) -> object:
    plain = {name: value for name, value in fields.values.items() if name != PROOF}
    if SUM in plain:
        plain[SUM] = str(shortest(plain[SUM]))
    return [plain, proofs.said(proof)]


def _linkable(entry: Entry, record_id: str) -> Invoice | None:
    """An invoice that has been posted and not cancelled: to link others would move no money."""
    invoice = finding.invoice(entry, record_id)
    return invoice if invoice is not None and invoice.life_cycle_state == POSTED else None


def _shown(reading: Reading, asking: Asking, payment: Payment) -> Body:
    now = reading.rows.get(Payment, payment.pk)
    return showing.payments(reading, asking.request, asking.settings.waldur_unlinked_invoice_uuid, [now])[0]


READ, WRITE = Right.RECORDS_READ, Right.RECORDS_WRITE
LIST = Action("payments.list", READ, list_)
CREATE = Action("payments.create", WRITE, create, reads_body=True, max_body=bodies.largest)
RETRIEVE = Action("payments.retrieve", READ, retrieve, light=True)
UPDATE = Action("payments.update", WRITE, update, reads_body=True, max_body=bodies.largest)
PARTIAL_UPDATE = Action("payments.partial_update", WRITE, update, reads_body=True, max_body=bodies.largest)
DESTROY = Action("payments.destroy", WRITE, destroy, light=True)
LINK = Action("payments.link_to_invoice", WRITE, link_to_invoice, reads_body=True, light=True)
UNLINK = Action("payments.unlink_from_invoice", WRITE, unlink_from_invoice, light=True)

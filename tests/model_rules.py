"""Which rules each deed would break in the model; of several, the first by the refusals' precedence is what the caller is told."""

from collections.abc import Iterable, Sequence

from ledger.errors import REFUSALS
from tests.model import EXPONENTS, Model, Paid, Target

Broken = dict[str, object]
"""Code of a refusal -> whether its rule is broken."""
PRECEDENCE = [refusal.code for refusal in REFUSALS]


def first(broken: Broken) -> str | None:
    """The code that a caller is told; None if no rule is broken."""
    return min((code for code, is_broken in broken.items() if is_broken), key=PRECEDENCE.index, default=None)


def account_state(model: Model, account: str, state: str) -> Broken:
    return {"ACCOUNT_NOT_SETTLED": state == "TERMINATED" and model.balances[account]}


def new_invoice(model: Model, account: str, units: int | None, posted: bool) -> Broken:
    return {
        "INVALID_PARAMETER": units is None,
        "ACCOUNT_NOT_OPEN": model.states[account] != "ACTIVE",
        "BALANCE_TOO_LARGE": posted and model.overflows(account, units or 0),
    }


def invoice_move(model: Model, place: int, verb: str) -> Broken:
    owed = model.invoices[place]
    booked = {"post": owed.amount, "cancel": -owed.amount, "reject": 0}[verb]
    return {
        "INVALID_LIFE_CYCLE_STATE": owed.state != needed(verb),
        "ACCOUNT_NOT_OPEN": verb == "post" and model.states[owed.account] != "ACTIVE",
        "BALANCE_TOO_LARGE": model.overflows(owed.account, booked),
    }


def payment_move(model: Model, paid: Paid, verb: str) -> Broken:
    booked = {"post": -paid.amount, "cancel": paid.amount, "reject": 0}[verb]
    return {
        "INVALID_LIFE_CYCLE_STATE": paid.state != needed(verb),
        "ACCOUNT_NOT_OPEN": verb == "post" and model.closed(paid.account),
        "BALANCE_TOO_LARGE": model.overflows(paid.account, booked),
    }


def needed(verb: str) -> str:
    """The state from which a record can be posted, rejected, cancelled."""
    return "POSTED" if verb == "cancel" else "DRAFT"


def new_bill(model: Model, account: str, places: Sequence[int]) -> Broken:
    owed = [model.invoices[place] for place in places]
    return {
        "INVALID_PARAMETER": not owed,
        "INVALID_LIFE_CYCLE_STATE": any(each.state != "POSTED" for each in owed),
        "ACCOUNT_MISMATCH": any(each.account != account for each in owed),
        "ACCOUNT_NOT_OPEN": model.closed(account),
        "ALREADY_BILLED": any(each.billed for each in owed),
    }


def new_payment(
    model: Model, account: str, units: int | None, targets: Iterable[Target], posted: bool, code: str | None = None
) -> Broken:
    return {
        "INVALID_PARAMETER": units is None,
        "ACCOUNT_MISMATCH": model.mismatch(account, targets),
        "ACCOUNT_NOT_OPEN": model.closed(account),
        "DUPLICATE_BACK_OFFICE_CODE": code in model.codes,
        "BALANCE_TOO_LARGE": posted and model.overflows(account, -(units or 0)),
    }


def new_linked(model: Model, account: str, units: int | None, invoice: int) -> Broken:
    broken = new_payment(model, account, units, [("invoice", invoice)], True)
    return broken | {"INVALID_LIFE_CYCLE_STATE": not model.posted(invoice)}


def settling(model: Model, account: str, target: Target, said: tuple[int | None] | None) -> Broken:
    """A payment over all that is owed on an invoice or a bill; `said`: the amount that the caller takes that to be."""
    kind, place = target
    owed = model.unpaid_on(target)
    return {
        "INVALID_PARAMETER": said == (None,),
        "INVALID_LIFE_CYCLE_STATE": kind == "invoice" and not model.posted(place),
        "ACCOUNT_MISMATCH": model.mismatch(account, [target]),
        "ACCOUNT_NOT_OPEN": model.closed(account),
        "ALREADY_SETTLED": not owed,
        "AMOUNT_MISMATCH": said is not None and said != (owed,),
        "BALANCE_TOO_LARGE": model.overflows(account, -owed),
    }


def update(model: Model, paid: Paid, account: str, units: int | None, added: Iterable[Target], removed_in_vain: bool) -> Broken:
    return {
        "INVALID_PARAMETER": units is None,
        "ENTITY_NOT_FOUND": removed_in_vain,
        "INVALID_LIFE_CYCLE_STATE": paid.state != "DRAFT",
        "ACCOUNT_MISMATCH": model.mismatch(account, added),
        "ACCOUNT_NOT_OPEN": model.closed(account, paid.account),
    }


def applying(model: Model, paid: Paid, lines: Sequence[tuple[int, int | None]]) -> Broken:
    broken: Broken = {
        "INVALID_PARAMETER": any(amount is None for _, amount in lines),
        "INVALID_LIFE_CYCLE_STATE": paid.state != "POSTED" or not all(model.posted(place) for place, _ in lines),
        "ACCOUNT_MISMATCH": model.mismatch(paid.account, [("invoice", place) for place, _ in lines]),
        "ACCOUNT_NOT_OPEN": model.closed(paid.account),
    }
    if not any(broken.values()) and (code := _first_line_refused(model, paid, lines)):
        broken[code] = True
    return broken


def _first_line_refused(model: Model, paid: Paid, lines: Sequence[tuple[int, int | None]]) -> str | None:
    """Why these lines cannot be applied one after the other."""
    free, owed = paid.unallocated, {invoice: model.unpaid(invoice) for invoice, _ in lines}
    for invoice, said in lines:
        amount = said or 0
        if not owed[invoice]:
            return "ALREADY_SETTLED"
        if amount > min(free, owed[invoice]):
            return "AMOUNT_MISMATCH"
        free, owed[invoice] = free - amount, owed[invoice] - amount
    return None


def releasing(paid: Paid, invoice: int | None) -> Broken:
    posted = paid.state == "POSTED"
    return {
        "INVALID_LIFE_CYCLE_STATE": not posted,
        "ENTITY_NOT_FOUND": posted and invoice is not None and invoice not in paid.applied,
    }


def linking(model: Model, paid: Paid, invoice: int) -> Broken:
    return {
        "ALREADY_LINKED": paid.principal is not None,
        "INVALID_LIFE_CYCLE_STATE": paid.state != "POSTED" or not model.posted(invoice),
        "ACCOUNT_MISMATCH": model.mismatch(paid.account, [("invoice", invoice)]),
        "ACCOUNT_NOT_OPEN": model.closed(paid.account),
    }


def unlinking(paid: Paid) -> Broken:
    return {"NOT_LINKED": paid.principal is None, "INVALID_LIFE_CYCLE_STATE": paid.state != "POSTED"}


def amending(model: Model, paid: Paid, account: str, units: int | None, invoice: int | None, keeps: bool) -> Broken:
    """`invoice`: the one to link, which may be the principal one already. `keeps`: nothing that is applied may be touched."""
    newly = None if invoice == paid.principal else invoice
    stays = account == paid.account
    back, again = [paid.amount], [-(units or 0)]
    overflows = model.overflows(account, *(back if stays else []), *again) or model.overflows(paid.account, *back)
    targets = [] if invoice is None else [("invoice", invoice)]
    return {
        "INVALID_PARAMETER": units is None,
        "INVALID_LIFE_CYCLE_STATE": paid.state != "POSTED" or (newly is not None and not model.posted(newly)),
        "ACCOUNT_MISMATCH": model.mismatch(account, targets) or (keeps and not stays and paid.unallocated != paid.amount),
        "ACCOUNT_NOT_OPEN": model.closed(paid.account, account),
        "AMOUNT_MISMATCH": keeps and (units or 0) < paid.amount - paid.unallocated,
        "CURRENCY_MISMATCH": EXPONENTS[account] != EXPONENTS[paid.account],
        "BALANCE_TOO_LARGE": overflows and not (stays and units == paid.amount),
    }

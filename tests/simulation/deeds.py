"""What an act at the native door does to the model, and what it is answered; or the code of its refusal."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tests import model_rules as rules
from tests.books import BOBS
from tests.model import Model, Owed, Paid, Target, minor, updated
from tests.model_rules import Broken
from tests.simulation import shown
from tests.simulation.shown import BILL, INVOICE, PAYMENT
from tests.simulation.story import Act, Said

NOT_FOUND, INVALID = "ENTITY_NOT_FOUND", "INVALID_PARAMETER"
MAKING = frozenset({"invoice", "bill", "payment", "pay_invoice", "pay_bill", "create", "paid"})
"""Verbs that make a record."""


class Refused(Exception):
    """The code of a refusal."""


@dataclass(frozen=True)
class Made:
    """What an act is answered; of one that makes a record, where that is."""

    members: Any
    kind: str | None = None
    place: int = 0


def is_readable(act: Act) -> bool:
    """Whether the request itself is in order: amounts above 0, where the door looks before the book is asked."""
    said = [act.said[name] for name in ("amount", "units") if act.said.get(name) is not None]
    said += [amount for _, amount in act.said.get("lines", ())]
    looks = act.door in ("native", "qbench") or (act.door == "productive" and act.verb == "create")
    least = 0 if act.verb != "invoice" else -1
    return not looks or all(Decimal(amount) > least for amount in said)


class NativeDeeds:
    """What can be done at the native door, and what all doors share."""

    def __init__(self, model: Model, labels: Mapping[str, Mapping[int, int]], now: str, by: str) -> None:
        self.model = model
        self.labels = labels
        self.now = now
        self.by = by

    def do(self, act: Act) -> Made:
        """Do it. A refusal, by its code, has changed nothing."""
        deed: Callable[[Said], Made] = getattr(self, f"{act.door}_{act.verb}")
        return deed(act.said)

    # --- what is named ---

    def place(self, kind: str, label: Any) -> int:
        found = self.labels[kind].get(label)
        owner = None if found is None else self._account(kind, found)
        if found is None or (self.by == "owner" and owner == BOBS):
            raise Refused(NOT_FOUND)
        return found

    def _account(self, kind: str, place: int) -> str:
        return self.model.payments[place].account if kind == PAYMENT else self.model.owner((kind, place))

    def places(self, kind: str, labels: Sequence[Any]) -> list[int]:
        return [self.place(kind, label) for label in labels]

    def payment(self, said: Said, door: str = "native") -> tuple[int, Paid]:
        place = self.place(PAYMENT, said["payment"])
        paid = self.model.payments[place]
        if not shown.is_seen(door, paid):
            raise Refused(NOT_FOUND)
        return place, paid

    def check(self, broken: Broken) -> None:
        code = rules.first(broken)
        if code is not None:
            raise Refused(code)

    def paid(self, paid: Paid, posted: bool, settles: bool = False) -> int:
        self.model.add_payment(paid, posted, self.now, settles)
        return len(self.model.payments) - 1

    # --- native: invoices and bills ---

    def native_invoice(self, said: Said) -> Made:
        units = minor(said["account"], Decimal(said["amount"]), zero=True)
        self.check(rules.new_invoice(self.model, said["account"], units, said["posted"]))
        self.model.add_invoice(Owed(said["account"], units or 0, said.get("due")), said["posted"], self.now)
        place = len(self.model.invoices) - 1
        return Made(shown.invoice(self.model, place, self.now), INVOICE, place)

    def _moved_invoice(self, said: Said, verb: str) -> int:
        place = self.place(INVOICE, said["invoice"])
        self.check(rules.invoice_move(self.model, place, verb))
        return place

    def native_post_invoice(self, said: Said) -> Made:
        place = self._moved_invoice(said, "post")
        self.model.post_invoice(place, self.now)
        return Made(shown.invoice(self.model, place, self.now))

    def native_reject_invoice(self, said: Said) -> Made:
        place = self._moved_invoice(said, "reject")
        self.model.invoices[place].state = "REJECTED"
        return Made(shown.invoice(self.model, place, self.now))

    def native_cancel_invoice(self, said: Said) -> Made:
        place = self._moved_invoice(said, "cancel")
        self.model.cancel_invoice(place)
        return Made(shown.cancelled(self.model, INVOICE, place, self.now))

    def native_bill(self, said: Said) -> Made:
        places = self.places(INVOICE, said["invoices"])
        self.check(rules.new_bill(self.model, said["account"], places))
        self.model.add_bill(said["account"], list(dict.fromkeys(places)))
        place = len(self.model.bills) - 1
        return Made(shown.bill(self.model, place), BILL, place)

    # --- native: payments ---

    def native_payment(self, said: Said) -> Made:
        account, code = said["account"], said.get("code")
        targets: list[Target] = [
            (kind, place) for kind in (INVOICE, BILL) for place in self.places(kind, said.get(f"{kind}s") or ())
        ]
        units = minor(account, Decimal(said["amount"]))
        self.check(rules.new_payment(self.model, account, units, targets, said["posted"], code))
        paid = Paid(account, units or 0, "automatic", list(dict.fromkeys(targets)), code=code)
        place = self.paid(paid, said["posted"])
        return Made(shown.payment(self.model, place), PAYMENT, place)

    def _settled(self, said: Said, kind: str) -> Made:
        account, target = said["account"], (kind, self.place(kind, said[kind]))
        amount = said.get("amount")
        self.check(rules.settling(self.model, account, target, None if amount is None else (minor(account, Decimal(amount)),)))
        paid = Paid(account, self.model.unpaid_on(target), "automatic", [target])
        place = self.paid(paid, posted=True, settles=True)
        return Made(shown.payment(self.model, place), PAYMENT, place)

    def native_pay_invoice(self, said: Said) -> Made:
        return self._settled(said, INVOICE)

    def native_pay_bill(self, said: Said) -> Made:
        return self._settled(said, BILL)

    def native_post(self, said: Said) -> Made:
        place, paid = self.payment(said)
        self.check(rules.payment_move(self.model, paid, "post"))
        self.model.post_payment(paid, self.now)
        return Made(shown.payment(self.model, place))

    def native_reject(self, said: Said) -> Made:
        place, paid = self.payment(said)
        self.check(rules.payment_move(self.model, paid, "reject"))
        paid.state = "REJECTED"
        return Made(shown.payment(self.model, place))

    def cancelled(self, said: Said, door: str) -> int:
        place, paid = self.payment(said, door)
        self.check(rules.payment_move(self.model, paid, "cancel"))
        self.model.cancel_payment(paid)
        return place

    def native_cancel(self, said: Said) -> Made:
        place = self.cancelled(said, "native")
        return Made(shown.cancelled(self.model, PAYMENT, place, self.now))

    def native_update(self, said: Said) -> Made:
        place, paid = self.payment(said)
        how, account = said.get("how"), said.get("account") or paid.account
        given: list[Target] = [] if how is None else [(said["kind"], each) for each in self.places(said["kind"], said["targets"])]
        amount = said.get("amount")
        units = updated(paid, account, None if amount is None else Decimal(amount))
        kept = paid.intended if account == paid.account else []
        same = [each for each in kept if how is not None and each[0] == said["kind"]]
        rest = [each for each in kept if each not in same]
        after = {"replace": given, "add": same + given, "remove": [each for each in same if each not in given]}.get(how or "", [])
        in_vain = how == "remove" and bool(set(given) - set(same))
        self.check(rules.update(self.model, paid, account, units, given, in_vain))
        self.model.update(paid, account, units or 0, after + rest)
        return Made(shown.payment(self.model, place))

    def applied(self, said: Said, door: str) -> int:
        place, paid = self.payment(said, door)
        lines = [(self.place(INVOICE, label), minor(paid.account, Decimal(amount))) for label, amount in said["lines"]]
        self.check(rules.applying(self.model, paid, lines))
        self.model.apply_lines(paid, [(invoice, amount or 0) for invoice, amount in lines])
        return place

    def native_apply(self, said: Said) -> Made:
        return Made(shown.payment_applied(self.model, self.applied(said, "native")))

    def released(self, said: Said, door: str) -> int:
        place, paid = self.payment(said, door)
        invoice = None if said.get("invoice") is None else self.place(INVOICE, said["invoice"])
        self.check(rules.releasing(paid, invoice))
        self.model.release(paid, paid.applied if invoice is None else [invoice])
        return place

    def native_release(self, said: Said) -> Made:
        return Made(shown.payment_applied(self.model, self.released(said, "native")))

    def native_account(self, said: Said) -> Made:
        self.check(rules.account_state(self.model, said["account"], said["state"]))
        self.model.states[said["account"]] = said["state"]
        return Made(shown.account(self.model, said["account"], self.now))

    def native_defaults(self, said: Said) -> Made:
        self.model.methods[said["of"]] = said["method"]
        return Made({"door": said["of"], "payment_method": {"name": said["method"]}})

    # --- native: reads ---

    def native_show(self, said: Said) -> Made:
        return Made(shown.payment_whole(self.model, self.payment(said)[0]))

    def native_show_invoice(self, said: Said) -> Made:
        return Made(shown.invoice(self.model, self.place(INVOICE, said["invoice"]), self.now))

    def native_show_bill(self, said: Said) -> Made:
        return Made(shown.bill_whole(self.model, self.place(BILL, said["bill"]), self.now))

    def _seen_account(self, said: Said) -> str:
        if self.by == "owner" and said["account"] == BOBS:
            raise Refused(NOT_FOUND)
        return str(said["account"])

    def native_show_account(self, said: Said) -> Made:
        return Made(shown.account(self.model, self._seen_account(said), self.now))

    def native_latest(self, said: Said) -> Made:
        return Made(shown.latest(self.model, self._seen_account(said), said["number"]))

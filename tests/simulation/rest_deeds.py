"""What an act does to the model at the doors that speak REST; with the native door's deeds, all there are."""

from decimal import Decimal

from tests import model_rules as rules
from tests.model import EXPONENTS, Paid, major, minor
from tests.simulation import shown
from tests.simulation.deeds import INVALID, Made, NativeDeeds, Refused
from tests.simulation.shown import INVOICE, PAYMENT
from tests.simulation.story import Said

CASH = "Cash"
"""The method that every request of QBench's door names."""
WALDUR_LIMIT = 10**8
"""The first whole amount that has too many digits for Waldur's door."""


class Deeds(NativeDeeds):
    """The deeds of one act, by door and verb."""

    # --- what the doors that speak REST share ---

    def _created(
        self, account: str, units: int | None, method: str = CASH, invoice: int | None = None, writes_off: bool = False
    ) -> int:
        if invoice is None:
            self.check(rules.new_payment(self.model, account, units, [], True))
        else:
            self.check(rules.new_linked(self.model, account, units, invoice))
        paid = Paid(account, units or 0, "explicit", [], linked=invoice, writes_off=writes_off, method=method)
        return self.paid(paid, posted=True)

    def _amended(self, paid: Paid, account: str, units: int | None, invoice: int | None = None, keeps: bool = False) -> None:
        self.check(rules.amending(self.model, paid, account, units, invoice, keeps))
        newly = None if invoice == paid.principal else invoice
        self.model.amend(paid, account, units or 0, newly, fills=not keeps)

    # --- Waldur ---

    def waldur_create(self, said: Said) -> Made:
        units = _waldur_minor(said["account"], said["amount"])
        place = self._created(said["account"], units, self.model.methods["waldur"])
        return Made(shown.waldur_payment(self.model, place), PAYMENT, place)

    def waldur_edit(self, said: Said) -> Made:
        place, paid = self.payment(said, "waldur")
        account, amount = said.get("account") or paid.account, said.get("amount")
        self._amended(paid, account, paid.amount if amount is None else _waldur_minor(account, amount))
        return Made(shown.waldur_payment(self.model, place))

    def waldur_delete(self, said: Said) -> Made:
        self.cancelled(said, "waldur")
        return Made(None)

    def waldur_link(self, said: Said) -> Made:
        _, paid = self.payment(said, "waldur")
        if paid.principal is not None:
            raise Refused("ALREADY_LINKED")
        invoice = self.labels[INVOICE].get(said["invoice"])
        if invoice is None or not self.model.posted(invoice):
            raise Refused(INVALID)
        self.check(rules.linking(self.model, paid, invoice))
        self.model.link(paid, invoice)
        return Made({})

    def waldur_unlink(self, said: Said) -> Made:
        _, paid = self.payment(said, "waldur")
        self.check(rules.unlinking(paid))
        self.model.unlink(paid)
        return Made({})

    def waldur_paid(self, said: Said) -> Made:
        invoice = self.place(INVOICE, said["invoice"])
        owed = self.model.invoices[invoice]
        if not owed.unpaid:
            raise Refused("INVALID_LIFE_CYCLE_STATE")
        self.check(rules.settling(self.model, owed.account, (INVOICE, invoice), None))
        paid = Paid(
            owed.account, owed.unpaid, "explicit", [(INVOICE, invoice)], linked=invoice, method=self.model.methods["waldur"]
        )
        return Made(None, PAYMENT, self.paid(paid, posted=True, settles=True))

    def waldur_show(self, said: Said) -> Made:
        return Made(shown.waldur_payment(self.model, self.payment(said, "waldur")[0]))

    def waldur_show_invoice(self, said: Said) -> Made:
        return Made(shown.waldur_invoice(self.model, self.place(INVOICE, said["invoice"])))

    # --- QBench ---

    def qbench_create(self, said: Said) -> Made:
        place = self._created(said["account"], minor(said["account"], Decimal(said["amount"])))
        return Made({"id": shown.Ref(PAYMENT, place, "pk")}, PAYMENT, place)

    def qbench_edit(self, said: Said) -> Made:
        _, paid = self.payment(said, "qbench")
        self._amended(paid, said["account"], minor(said["account"], Decimal(said["amount"])), keeps=True)
        paid.method = CASH
        return Made({"message": "OK"})

    def qbench_delete(self, said: Said) -> Made:
        self.cancelled(said, "qbench")
        return Made({"message": "OK"})

    def qbench_apply(self, said: Said) -> Made:
        self.applied(said, "qbench")
        return Made({"message": "OK"})

    def qbench_release(self, said: Said) -> Made:
        self.released(said, "qbench")
        return Made({"message": "OK"})

    def qbench_show(self, said: Said) -> Made:
        return Made(shown.qbench_payment(self.model, self.payment(said, "qbench")[0]))

    def qbench_show_invoice(self, said: Said) -> Made:
        return Made(shown.qbench_invoice(self.model, self.place(INVOICE, said["invoice"])))

    # --- Productive ---

    def productive_create(self, said: Said) -> Made:
        invoice = self.place(INVOICE, said["invoice"])
        account, writes_off = self.model.invoices[invoice].account, bool(said["dates"].get("written_off_on"))
        place = self._created(account, said["units"], self.model.methods["productive"], invoice, writes_off)
        return Made(shown.productive_payment(self.model, place), PAYMENT, place)

    def productive_edit(self, said: Said) -> Made:
        place, paid = self.payment(said, "productive")
        units: int | None = said.get("units")
        if units is not None and units <= 0:
            raise Refused(INVALID)
        invoice = None if said.get("invoice") is None else self.place(INVOICE, said["invoice"])
        account = paid.account if invoice is None else self.model.invoices[invoice].account
        if any(said.get(name) is not None for name in ("units", "invoice")) or said["dates"]:
            said_units = paid.amount if units is None else minor(account, major(paid.account, units))
            self._amended(paid, account, said_units, invoice)
            if "written_off_on" in said["dates"]:
                paid.writes_off = bool(said["dates"]["written_off_on"])
        return Made(shown.productive_payment(self.model, place))

    def productive_delete(self, said: Said) -> Made:
        self.cancelled(said, "productive")
        return Made(None)

    def productive_show(self, said: Said) -> Made:
        return Made(shown.productive_payment(self.model, self.payment(said, "productive")[0]))


def _waldur_minor(account: str, amount: str) -> int | None:
    """What Waldur's door reads as an amount: written with as many decimals as the currency has, two at least, and with no more than
    eight digits before them."""
    value, written = Decimal(amount), len(amount.partition(".")[2])
    return minor(account, value, zero=True) if value < WALDUR_LIMIT and written <= max(2, EXPONENTS[account]) else None

"""A right call of each method that makes, changes or cancels documents, on an account for which everything else is made first."""

from collections.abc import Callable, Mapping

from tests import scenes
from tests.native import Native
from tests.scenes import Body, Ref

Right = Callable[[Native, Ref], Body]


def create(server: Native, account: Ref) -> Body:
    return scenes.payment_body(account)


def update(server: Native, account: Ref) -> Body:
    return {"payment_identifier": scenes.payment(server, account, life_cycle_state="DRAFT")}


def pay_invoice(server: Native, account: Ref) -> Body:
    return scenes.pay_invoice_body(account, scenes.invoice(server, account))


def pay_bill(server: Native, account: Ref) -> Body:
    return scenes.pay_bill_body(account, scenes.bill(server, account, scenes.invoice(server, account)))


def create_invoice(server: Native, account: Ref) -> Body:
    return scenes.invoice_body(account)


def cancel_payment(server: Native, account: Ref) -> Body:
    return scenes.cancel_body("payment", scenes.payment(server, account))


def cancel_invoice(server: Native, account: Ref) -> Body:
    return scenes.cancel_body("invoice", scenes.invoice(server, account))


def apply(server: Native, account: Ref) -> Body:
    paid, owed = scenes.payment(server, account), scenes.invoice(server, account)
    scenes.released(server, paid)
    return scenes.apply_body(paid, owed)


def release(server: Native, account: Ref) -> Body:
    paid = scenes.payment(server, account)
    scenes.invoice(server, account)
    return {"payment_identifier": paid}


PAYING: Mapping[str, Right] = {
    "payments/create": create,
    "payments/update": update,
    "payments/pay_invoice": pay_invoice,
    "payments/pay_bill": pay_bill,
}
OWED = ("payments/pay_invoice", "payments/pay_bill")
CANCELLING: Mapping[str, Right] = {"payments/cancel": cancel_payment, "invoices/cancel": cancel_invoice}
DOCUMENTS: Mapping[str, Right] = {**PAYING, **CANCELLING, "invoices/create": create_invoice}

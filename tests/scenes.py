"""Records made through the native door for a test's own use, on accounts of its own, so that nothing else gets in the way."""

from itertools import count
from typing import Any

from tests.native import Native

Body = dict[str, Any]
Ref = dict[str, str]

MOST = "9999999999999.99"
"""The largest amount in euros, and the largest balance."""
NAMES = count(1)


def named(record: Body) -> Ref:
    """The identifier of an answered record."""
    return {"id": record["id"]}


def customer(server: Native, **said: Any) -> Ref:
    return named(server.done("customers/create", {"name": f"Customer {next(NAMES)}", **said}))


def account(server: Native, currency: str = "EUR", **said: Any) -> Ref:
    """A new account of a new customer."""
    body = {"customer_identifier": customer(server), "name": f"Account {next(NAMES)}", "currency_identifier": {"code": currency}}
    return named(server.done("accounts_receivable/create", {**body, **said}))


def moved(server: Native, account: Ref, state: str) -> None:
    """Move an account to another state."""
    server.done("accounts_receivable/update", {"accounts_receivable_identifier": account, "life_cycle_state": state})


def invoice_body(account: Ref, total: object = 100, **said: Any) -> Body:
    body = {
        "accounts_receivable_identifier": account,
        "type_identifier": {"name": "Invoice 1"},
        "life_cycle_state": "POSTED",
        "items": [{"description": "Work", "quantity": 1, "sub_total": total}],
    }
    return {**body, **said}


def invoice(server: Native, account: Ref, total: object = 100, **said: Any) -> Ref:
    return named(server.done("invoices/create", invoice_body(account, total, **said)))


def payment_body(account: Ref, amount: object = 100, **said: Any) -> Body:
    body = {
        "accounts_receivable_identifier": account,
        "type_identifier": {"name": "Payment 2"},
        "life_cycle_state": "POSTED",
        "payment_method_identifier": {"name": "Direct Debit"},
        "payment_amount": amount,
    }
    return {**body, **said}


def payment(server: Native, account: Ref, amount: object = 100, **said: Any) -> Ref:
    return named(server.done("payments/create", payment_body(account, amount, **said)))


def pay_invoice_body(account: Ref, invoice: Ref, **said: Any) -> Body:
    return _paying(account, invoice_identifier=invoice, **said)


def pay_bill_body(account: Ref, bill: Ref, **said: Any) -> Body:
    return _paying(account, bill_identifier=bill, **said)


def _paying(account: Ref, **said: Any) -> Body:
    body = payment_body(account)
    del body["life_cycle_state"], body["payment_amount"]
    return {**body, **said}


def apply_body(payment: Ref, invoice: Ref, amount: object = 100) -> Body:
    return {"payment_identifier": payment, "invoices_set": [{"invoice_identifier": invoice, "amount": amount}]}


def released(server: Native, payment: Ref) -> None:
    """Take a payment's money back from everything."""
    server.done("payments/release", {"payment_identifier": payment})


def profile(server: Native, account: Ref, **said: Any) -> Ref:
    """A new payment profile, which is not in use unless it is said."""
    body = {"accounts_receivable_identifier": account, "name": f"Profile {next(NAMES)}", "active": False, **said}
    return named(server.done("payment_profiles/create", body))


def bill_body(account: Ref, *invoices: Ref) -> Body:
    return {"accounts_receivable_identifier": account, "invoices_set": list(invoices)}


def bill(server: Native, account: Ref, *invoices: Ref) -> Ref:
    return named(server.done("bills/create", bill_body(account, *invoices)))


def cancel_body(kind: str, record: Ref, **said: Any) -> Body:
    """What cancels a payment or an invoice."""
    return {f"{kind}_identifier": record, "type_identifier": {"name": f"{kind.capitalize()} Cancellation 1"}, **said}


def cancelled(server: Native, kind: str, record: Ref, **said: Any) -> Body:
    """Cancel a payment or an invoice; the cancellation."""
    return dict(server.done(f"{kind}s/cancel", cancel_body(kind, record, **said)))


def stranger(server: Native, kind: str) -> Ref:
    """A new category, payment method or rejection reason that no type allows."""
    return named(server.done(f"configuration/{kind}/create", {"name": f"Stranger {next(NAMES)}"}))


def balance(server: Native, account: Ref) -> Any:
    return server.done("accounts_receivable/show", {"accounts_receivable_identifier": account})["balance"]


def settled(server: Native, account: Ref) -> None:
    """Bring the account's balance to 0: with a payment of what is owed, or an invoice over the credit."""
    owed = balance(server, account)
    if owed > 0:
        payment(server, account, owed)
    elif owed < 0:
        invoice(server, account, -owed)

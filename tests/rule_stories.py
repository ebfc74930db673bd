"""For every method and every rule that it keeps: what has to happen first, and the body with which the method refuses then."""

from collections.abc import Callable, Mapping
from typing import Any

from tests import scenes
from tests.native import Native
from tests.right_calls import DOCUMENTS, OWED, PAYING, Right, apply, cancel_invoice, cancel_payment, create, create_invoice
from tests.scenes import MOST, Body, Ref

Story = Callable[[Native], Body]


def changed(right: Right, change: Callable[[Native], Body]) -> Story:
    """A right call, and what makes it wrong."""
    return lambda server: {**right(server, scenes.account(server)), **change(server)}


def _of_no_such_type(server: Native) -> Body:
    return {"type_identifier": {"name": "Refund"}}


def _of_a_strange_category(server: Native) -> Body:
    return {"category_identifier": scenes.stranger(server, "categories")}


def _by_a_strange_method(server: Native) -> Body:
    return {"payment_method_identifier": scenes.stranger(server, "payment_methods")}


def _for_a_strange_reason(server: Native) -> Body:
    return {"rejection_reason_identifier": scenes.stranger(server, "rejection_reasons")}


def _in_yen(server: Native) -> Body:
    return {"intended_currency_identifier": {"code": "JPY"}}


def _for_another_accounts_invoice(server: Native) -> Body:
    return {"invoices_to_pay_set": [scenes.invoice(server, scenes.account(server))]}


def _on_another_account(server: Native) -> Body:
    return {"accounts_receivable_identifier": scenes.account(server)}


def _a_cent_less(server: Native) -> Body:
    return {"payment_amount": "99.99"}


def taken_code(path: str) -> Story:
    """Another record of the kind has the back office code."""
    maker = "payments/create" if path == "payments/update" else path

    def told(server: Native) -> Body:
        code = {"back_office_code": "TAKEN"}
        server.done(maker, {**DOCUMENTS[maker](server, scenes.account(server)), **code})
        return {**DOCUMENTS[path](server, scenes.account(server)), **code}

    return told


# --- accounts that are not open, records in the wrong state ---


def closed(right: Right, state: str = "TERMINATED") -> Story:
    """The account is closed once everything for a right call is there; its balance is brought to 0 before."""

    def told(server: Native) -> Body:
        account = scenes.account(server)
        body = right(server, account)
        scenes.settled(server, account)
        scenes.moved(server, account, state)
        return body

    return told


def _draft(kind: str) -> Right:
    make = scenes.payment if kind == "payment" else scenes.invoice
    return lambda server, account: {f"{kind}_identifier": make(server, account, life_cycle_state="DRAFT")}


def _posted(kind: str) -> Right:
    make = scenes.payment if kind == "payment" else scenes.invoice
    return lambda server, account: {f"{kind}_identifier": make(server, account)}


def _bill_of(state: str) -> Right:
    return lambda server, account: scenes.bill_body(account, scenes.invoice(server, account, life_cycle_state=state))


def on_an_account(right: Right) -> Story:
    return lambda server: right(server, scenes.account(server))


def _pay_a_draft(server: Native, account: Ref) -> Body:
    return scenes.pay_invoice_body(account, scenes.invoice(server, account, life_cycle_state="DRAFT"))


def _cancel_a_draft(kind: str) -> Right:
    return lambda server, account: scenes.cancel_body(kind, _draft(kind)(server, account)[f"{kind}_identifier"])


def paid_before(right: Right) -> Story:
    """Somebody pays what is owed first."""

    def told(server: Native) -> Body:
        account = scenes.account(server)
        body = right(server, account)
        scenes.payment(server, account)
        return body

    return told


def _bill_anothers_invoice(server: Native) -> Body:
    return scenes.bill_body(scenes.account(server), scenes.invoice(server, scenes.account(server)))


def _bill_twice(server: Native) -> Body:
    account = scenes.account(server)
    gathered = scenes.invoice(server, account)
    scenes.bill(server, account, gathered)
    return scenes.bill_body(account, gathered)


def _terminate_with_a_balance(server: Native) -> Body:
    account = scenes.account(server)
    scenes.invoice(server, account)
    return {"accounts_receivable_identifier": account, "life_cycle_state": "TERMINATED"}


# --- applying, profiles ---


def _apply_a_draft(server: Native, account: Ref) -> Body:
    draft = scenes.payment(server, account, life_cycle_state="DRAFT")
    return scenes.apply_body(draft, scenes.invoice(server, account))


def _apply_to_anothers_invoice(server: Native, account: Ref) -> Body:
    return scenes.apply_body(scenes.payment(server, account), scenes.invoice(server, scenes.account(server)))


def _apply_to_a_paid_invoice(server: Native, account: Ref) -> Body:
    owed = scenes.invoice(server, account)
    scenes.payment(server, account)
    return scenes.apply_body(scenes.payment(server, account), owed)


def _apply_a_cent_more(server: Native, account: Ref) -> Body:
    body = apply(server, account)
    return {**body, "invoices_set": [{**body["invoices_set"][0], "amount": "100.01"}]}


def _a_second_active_profile(server: Native, account: Ref) -> Body:
    scenes.profile(server, account, active=True)
    return {"accounts_receivable_identifier": account, "name": "Another"}


# --- balances at their limits ---


def _full_of_credit(right: Right) -> Story:
    """Everything for a right call is there, then the account's credit grows to the limit."""

    def told(server: Native) -> Body:
        account = scenes.account(server)
        body = right(server, account)
        scenes.payment(server, account, MOST)
        return body

    return told


def _paid_while_full_of_credit(right: Right) -> Story:
    """What is owed stays open beside more credit than the limit, because payments go to what they name alone."""

    def told(server: Native) -> Body:
        account = scenes.account(server)
        body = right(server, account)
        scenes.payment(server, account, MOST)
        scenes.payment(server, account)
        return body

    return told


def _full_of_debt(right: Right) -> Story:
    """Everything for a right call is there, then the account owes as much as it can."""

    def told(server: Native) -> Body:
        account = scenes.account(server)
        body = right(server, account)
        scenes.settled(server, account)
        scenes.invoice(server, account, MOST)
        return body

    return told


def _cancel_a_paid_invoice(server: Native, account: Ref) -> Body:
    body = cancel_invoice(server, account)
    scenes.payment(server, account)
    return body


# --- names ---


def twice(path: str) -> Story:
    """The same once more."""

    def told(server: Native) -> Body:
        body = server.example(path)
        if "name" in body:
            body["name"] = "Twice"
        server.done(path, body)
        return body

    return told


def _customer_twice(server: Native) -> Body:
    scenes.customer(server, back_office_code="TAKEN")
    return {"name": "Another", "back_office_code": "TAKEN"}


def _webhook_twice(server: Native) -> Body:
    server.done("webhooks/create", {"name": "CRM", "url": "https://crm.example.com/"})
    return {"webhook_identifier": {"name": "ERP"}, "name": "CRM"}


def _refund(parameter: str, **beside: Any) -> Story:
    return lambda server: {parameter: {"name": "Refund"}, **beside}


STORIES: Mapping[tuple[str, str], Story] = {
    **{(path, "TYPE_NOT_ALLOWED"): changed(right, _of_no_such_type) for path, right in DOCUMENTS.items()},
    **{(path, "CATEGORY_NOT_ALLOWED"): changed(right, _of_a_strange_category) for path, right in DOCUMENTS.items()},
    **{(path, "DUPLICATE_BACK_OFFICE_CODE"): taken_code(path) for path in DOCUMENTS},
    **{(path, "PAYMENT_METHOD_NOT_ALLOWED"): changed(right, _by_a_strange_method) for path, right in PAYING.items()},
    **{(path, "CURRENCY_MISMATCH"): changed(DOCUMENTS[path], _in_yen) for path in (*PAYING, "invoices/create")},
    **{
        (path, "ACCOUNT_MISMATCH"): changed(right, _on_another_account if path in OWED else _for_another_accounts_invoice)
        for path, right in PAYING.items()
    },
    **{(path, "AMOUNT_MISMATCH"): changed(PAYING[path], _a_cent_less) for path in OWED},
    **{(path, "ALREADY_SETTLED"): paid_before(PAYING[path]) for path in OWED},
    **{(path, "ACCOUNT_NOT_OPEN"): closed(right) for path, right in PAYING.items()},
    **{(path, "BALANCE_TOO_LARGE"): _paid_while_full_of_credit(PAYING[path]) for path in OWED},
    ("payments/create", "BALANCE_TOO_LARGE"): _full_of_credit(create),
    ("payments/update", "INVALID_LIFE_CYCLE_STATE"): on_an_account(_posted("payment")),
    ("payments/pay_invoice", "INVALID_LIFE_CYCLE_STATE"): on_an_account(_pay_a_draft),
    ("payments/post", "INVALID_LIFE_CYCLE_STATE"): on_an_account(_posted("payment")),
    ("payments/post", "ACCOUNT_NOT_OPEN"): closed(_draft("payment")),
    ("payments/post", "BALANCE_TOO_LARGE"): _full_of_credit(_draft("payment")),
    ("payments/reject", "INVALID_LIFE_CYCLE_STATE"): on_an_account(_posted("payment")),
    ("payments/reject", "REJECTION_REASON_NOT_ALLOWED"): changed(_draft("payment"), _for_a_strange_reason),
    ("payments/cancel", "INVALID_LIFE_CYCLE_STATE"): on_an_account(_cancel_a_draft("payment")),
    ("payments/cancel", "BALANCE_TOO_LARGE"): _full_of_debt(cancel_payment),
    ("payments/apply", "INVALID_LIFE_CYCLE_STATE"): on_an_account(_apply_a_draft),
    ("payments/apply", "ACCOUNT_MISMATCH"): on_an_account(_apply_to_anothers_invoice),
    ("payments/apply", "ACCOUNT_NOT_OPEN"): closed(apply),
    ("payments/apply", "ALREADY_SETTLED"): on_an_account(_apply_to_a_paid_invoice),
    ("payments/apply", "AMOUNT_MISMATCH"): on_an_account(_apply_a_cent_more),
    ("payments/release", "INVALID_LIFE_CYCLE_STATE"): on_an_account(_draft("payment")),
    ("payment_profiles/create", "ACTIVE_PROFILE_EXISTS"): on_an_account(_a_second_active_profile),
    ("invoices/create", "ACCOUNT_NOT_OPEN"): closed(create_invoice, "SUSPENDED"),
    ("invoices/create", "BALANCE_TOO_LARGE"): _full_of_debt(create_invoice),
    ("invoices/post", "INVALID_LIFE_CYCLE_STATE"): on_an_account(_posted("invoice")),
    ("invoices/post", "ACCOUNT_NOT_OPEN"): closed(_draft("invoice"), "SUSPENDED"),
    ("invoices/post", "BALANCE_TOO_LARGE"): _full_of_debt(_draft("invoice")),
    ("invoices/reject", "INVALID_LIFE_CYCLE_STATE"): on_an_account(_posted("invoice")),
    ("invoices/reject", "REJECTION_REASON_NOT_ALLOWED"): changed(_draft("invoice"), _for_a_strange_reason),
    ("invoices/cancel", "INVALID_LIFE_CYCLE_STATE"): on_an_account(_cancel_a_draft("invoice")),
    ("invoices/cancel", "BALANCE_TOO_LARGE"): _full_of_credit(_cancel_a_paid_invoice),
    ("bills/create", "INVALID_LIFE_CYCLE_STATE"): on_an_account(_bill_of("DRAFT")),
    ("bills/create", "ACCOUNT_MISMATCH"): _bill_anothers_invoice,
    ("bills/create", "ACCOUNT_NOT_OPEN"): closed(_bill_of("POSTED")),
    ("bills/create", "ALREADY_BILLED"): _bill_twice,
    ("accounts_receivable/update", "ACCOUNT_NOT_SETTLED"): _terminate_with_a_balance,
    ("customers/create", "DUPLICATE_BACK_OFFICE_CODE"): _customer_twice,
    **{
        (path, "DUPLICATE_NAME"): twice(path)
        for path in (
            "configuration/types/create",
            "configuration/categories/create",
            "configuration/payment_methods/create",
            "configuration/rejection_reasons/create",
            "configuration/projects/create",
            "configuration/subsidiaries/create",
            "configuration/exchange_rates/create",
            "units/create",
            "users/create",
            "webhooks/create",
        )
    },
    ("webhooks/update", "DUPLICATE_NAME"): _webhook_twice,
    **{
        (f"payments/configuration/{kind}/list", "TYPE_NOT_ALLOWED"): _refund("payment_type_identifier")
        for kind in ("types", "categories", "payment_methods", "rejection_reasons")
    },
    ("events/list", "EVENTS_NOT_KEPT"): lambda server: {},
    ("webhooks/create", "EVENTS_NOT_KEPT"): lambda server: server.example("webhooks/create"),
    ("webhooks/enable", "EVENTS_NOT_KEPT"): lambda server: server.example("webhooks/enable"),
    ("configuration/door_defaults/update", "TYPE_NOT_ALLOWED"): _refund("payment_type_identifier", door="native"),
}
NEEDS_INTENDED_ONLY = frozenset((path, "BALANCE_TOO_LARGE") for path in OWED)
"""Stories that need a server on which payments go to what they name alone."""

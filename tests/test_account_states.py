"""What goes on while an account is active, suspended or terminated: every verb of the native door in every state."""

from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from tests import scenes
from tests.native import BOTH, Native, Watch
from tests.right_calls import (
    Right,
    apply,
    cancel_invoice,
    cancel_payment,
    create,
    create_invoice,
    pay_bill,
    pay_invoice,
    release,
    update,
)
from tests.scenes import Body, Ref

pytestmark = pytest.mark.one_engine

ACTIVE, SUSPENDED, TERMINATED = STATES = ("ACTIVE", "SUSPENDED", "TERMINATED")
Prepare = Callable[[Native, Ref], Body]


def _draft(right: Right) -> Right:
    return lambda server, account: {**right(server, account), "life_cycle_state": "DRAFT"}


def _of_a_draft(kind: str) -> Right:
    make = scenes.payment if kind == "payment" else scenes.invoice
    return lambda server, account: {f"{kind}_identifier": make(server, account, life_cycle_state="DRAFT")}


def _of_an_invoice(server: Native, account: Ref) -> Body:
    return scenes.bill_body(account, scenes.invoice(server, account))


def _of_the_account(server: Native, account: Ref) -> Body:
    return {"accounts_receivable_identifier": account}


def _renaming(server: Native, account: Ref) -> Body:
    return {"accounts_receivable_identifier": account, "name": "Another name"}


def _of_a_profile(server: Native, account: Ref) -> Body:
    return {"accounts_receivable_identifier": account, "name": "Monthly"}


def _of_an_old_profile(server: Native, account: Ref) -> Body:
    return {"payment_profile_identifier": scenes.profile(server, account)}


DEEDS: dict[str, tuple[str, Prepare]] = {
    "a draft of a payment is made": ("payments/create", _draft(create)),
    "a payment is made": ("payments/create", create),
    "a draft of a payment is changed": ("payments/update", update),
    "a payment is posted": ("payments/post", _of_a_draft("payment")),
    "a payment is rejected": ("payments/reject", _of_a_draft("payment")),
    "a payment is cancelled": ("payments/cancel", cancel_payment),
    "a payment is applied": ("payments/apply", apply),
    "a payment is released": ("payments/release", release),
    "an invoice is paid": ("payments/pay_invoice", pay_invoice),
    "a bill is paid": ("payments/pay_bill", pay_bill),
    "a draft of an invoice is made": ("invoices/create", _draft(create_invoice)),
    "an invoice is made": ("invoices/create", create_invoice),
    "an invoice is posted": ("invoices/post", _of_a_draft("invoice")),
    "an invoice is rejected": ("invoices/reject", _of_a_draft("invoice")),
    "an invoice is cancelled": ("invoices/cancel", cancel_invoice),
    "a bill is made": ("bills/create", _of_an_invoice),
    "it is shown": ("accounts_receivable/show", _of_the_account),
    "its statement is shown": ("accounts_receivable/statement", _of_the_account),
    "its payments are listed": ("payments/list", _of_the_account),
    "it pays in another way": ("payment_profiles/create", _of_a_profile),
    "it pays as before": ("payment_profiles/enable", _of_an_old_profile),
    "it is renamed": ("accounts_receivable/update", _renaming),
}
NEW_INVOICES = {"a draft of an invoice is made", "an invoice is made", "an invoice is posted"}
NEW_BUSINESS = NEW_INVOICES | {
    "a draft of a payment is made",
    "a payment is made",
    "a draft of a payment is changed",
    "a payment is posted",
    "a payment is applied",
    "an invoice is paid",
    "a bill is paid",
    "a bill is made",
}
REFUSED: dict[str, set[str]] = {ACTIVE: set(), SUSPENDED: NEW_INVOICES, TERMINATED: NEW_BUSINESS}


@pytest.fixture
def account(server: Native) -> Ref:
    return scenes.account(server)


@BOTH
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("deed", DEEDS)
def test_what_an_account_allows_depends_on_its_state(server: Native, account: Ref, deed: str, state: str, prefix: str) -> None:
    path, prepare = DEEDS[deed]
    body = prepare(server, account)
    if state == TERMINATED:
        scenes.settled(server, account)
    scenes.moved(server, account, state)
    watch = Watch(server.path)
    answer = server.at(prefix).ask(path, body)
    if deed in REFUSED[state]:
        assert answer.verdict == (200 if prefix else 409, "ACCOUNT_NOT_OPEN"), answer.text
        assert state in answer.message
        assert not watch.changed()
    else:
        assert answer.verdict == (200, "OK"), answer.text
    watch.close()


@pytest.mark.parametrize(("before", "after"), list(product(STATES, STATES)))
def test_an_account_moves_from_any_state_to_any(server: Native, account: Ref, before: str, after: str) -> None:
    scenes.moved(server, account, before)
    scenes.moved(server, account, after)
    assert server.done("accounts_receivable/show", {"accounts_receivable_identifier": account})["life_cycle_state"] == after


@BOTH
@pytest.mark.parametrize("state", [ACTIVE, SUSPENDED])
@pytest.mark.parametrize("make", [scenes.invoice, scenes.payment])
def test_only_an_account_with_balance_0_is_terminated(
    server: Native, account: Ref, make: Callable[..., Ref], state: str, prefix: str
) -> None:
    make(server, account)
    scenes.moved(server, account, state)
    body: dict[str, Any] = {"accounts_receivable_identifier": account, "life_cycle_state": TERMINATED}
    answer = server.at(prefix).ask("accounts_receivable/update", body)
    assert answer.verdict == (200 if prefix else 409, "ACCOUNT_NOT_SETTLED")
    scenes.moved(server, account, ACTIVE)
    scenes.settled(server, account)
    assert server.at(prefix).ask("accounts_receivable/update", body).code == "OK"


def test_an_account_that_is_open_again_takes_new_business(server: Native, account: Ref) -> None:
    scenes.moved(server, account, TERMINATED)
    scenes.moved(server, account, ACTIVE)
    scenes.invoice(server, account)
    assert scenes.balance(server, account) == 100

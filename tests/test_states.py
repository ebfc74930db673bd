"""The whole table of states: what each verb does to a payment and to an invoice in each state, asked at the native door."""

from collections.abc import Mapping
from typing import Any

import pytest

from ledger import lifecycle
from tests import scenes
from tests.native import BOTH, Answer, Native, Watch
from tests.scenes import Body, Ref

pytestmark = pytest.mark.one_engine

DRAFT, POSTED, REJECTED, CANCELLED = STATES = ("DRAFT", "POSTED", "REJECTED", "CANCELLED")
VERBS = {"payment": ("update", "post", "reject", "cancel", "release"), "invoice": ("post", "reject", "cancel", "pay", "bill")}
MOVES: Mapping[tuple[str, str, str], str] = {
    ("payment", DRAFT, "update"): DRAFT,
    ("payment", DRAFT, "post"): POSTED,
    ("payment", DRAFT, "reject"): REJECTED,
    ("payment", POSTED, "cancel"): CANCELLED,
    ("payment", POSTED, "release"): POSTED,
    ("invoice", DRAFT, "post"): POSTED,
    ("invoice", DRAFT, "reject"): REJECTED,
    ("invoice", POSTED, "cancel"): CANCELLED,
    ("invoice", POSTED, "pay"): POSTED,
    ("invoice", POSTED, "bill"): POSTED,
}
"""What is possible, and the state that follows. Nothing else is."""
TABLE = [(kind, state, verb) for kind, verbs in VERBS.items() for state in STATES for verb in verbs]
EVERY_CELL = pytest.mark.parametrize(("kind", "state", "verb"), TABLE)
PATHS = {"pay": "payments/pay_invoice", "bill": "bills/create"}


@pytest.fixture
def account(server: Native) -> Ref:
    return scenes.account(server)


def in_state(server: Native, account: Ref, kind: str, state: str) -> Ref:
    """A record in this state, brought there by the verbs."""
    make = scenes.payment if kind == "payment" else scenes.invoice
    record = make(server, account, life_cycle_state=POSTED if state in (POSTED, CANCELLED) else DRAFT)
    if state == REJECTED:
        server.done(f"{kind}s/reject", {f"{kind}_identifier": record})
    elif state == CANCELLED:
        scenes.cancelled(server, kind, record)
    return record


def body_of(account: Ref, kind: str, record: Ref, verb: str) -> Body:
    if verb == "cancel":
        return scenes.cancel_body(kind, record)
    if verb == "pay":
        return scenes.pay_invoice_body(account, record)
    if verb == "bill":
        return scenes.bill_body(account, record)
    return {f"{kind}_identifier": record, **({"notes": "Changed"} if verb == "update" else {})}


def done(server: Native, account: Ref, kind: str, record: Ref, verb: str, **said: Any) -> Answer:
    return server.ask(PATHS.get(verb, f"{kind}s/{verb}"), {**body_of(account, kind, record, verb), **said})


def shown(server: Native, kind: str, record: Ref) -> dict[str, Any]:
    return dict(server.done(f"{kind}s/show", {f"{kind}_identifier": record}))


def assert_refused(answer: Answer, kind: str, state: str, prefix: str) -> None:
    """The refusal names the state that the record is in."""
    assert answer.verdict == (200 if prefix else 409, "INVALID_LIFE_CYCLE_STATE"), answer.text
    assert answer.data is None
    assert f"the {kind} is {state};" in answer.message


@BOTH
@EVERY_CELL
def test_a_verb_does_what_the_table_says_and_nothing_where_it_says_nothing(
    server: Native, account: Ref, kind: str, state: str, verb: str, prefix: str
) -> None:
    record = in_state(server, account, kind, state)
    before, balance = shown(server, kind, record), scenes.balance(server, account)
    watch = Watch(server.path)
    answer = done(server.at(prefix), account, kind, record, verb)
    following = MOVES.get((kind, state, verb))
    if following is None:
        assert_refused(answer, kind, state, prefix)
        assert not watch.changed()
        assert (shown(server, kind, record), scenes.balance(server, account)) == (before, balance)
    else:
        assert answer.verdict == (200, "OK"), answer.text
        assert watch.changed()
        assert shown(server, kind, record)["life_cycle_state"] == following
    watch.close()


@BOTH
@EVERY_CELL
def test_a_trial_says_the_same_and_changes_nothing(
    server: Native, account: Ref, kind: str, state: str, verb: str, prefix: str
) -> None:
    record = in_state(server, account, kind, state)
    before, watch = shown(server, kind, record), Watch(server.path)
    tried = done(server.at(prefix), account, kind, record, verb, validate_only=True)
    assert not watch.changed()
    watch.close()
    assert shown(server, kind, record) == before
    real = done(server.at(prefix), account, kind, record, verb)
    assert tried.verdict == real.verdict
    if real.code != "OK":
        assert tried.body == real.body
    else:
        assert {name: value for name, value in tried.data.items() if value is not None}.items() <= real.data.items()


@BOTH
@pytest.mark.parametrize(("kind", "state", "verb"), [cell for cell, following in MOVES.items() if following != cell[1]])
def test_a_move_cannot_be_repeated(server: Native, account: Ref, kind: str, state: str, verb: str, prefix: str) -> None:
    record = in_state(server, account, kind, state)
    assert done(server, account, kind, record, verb).code == "OK"
    assert_refused(done(server.at(prefix), account, kind, record, verb), kind, MOVES[kind, state, verb], prefix)


@pytest.mark.parametrize(("kind", "state"), [(kind, state) for kind in VERBS for state in STATES])
def test_numbers_dates_and_balance_follow_the_state(server: Native, account: Ref, kind: str, state: str) -> None:
    record = shown(server, kind, in_state(server, account, kind, state))
    was_posted = state in (POSTED, CANCELLED)
    assert record["reference_number"] and record["issued_on"]
    assert [record[name] is not None for name in ("number", "posted_on")] == [was_posted] * 2
    signed = 100 if kind == "invoice" else -100
    assert scenes.balance(server, account) == (signed if state == POSTED else 0)


@pytest.mark.parametrize("kind", VERBS)
def test_what_is_cancelled_and_its_cancellation_know_each_other(server: Native, account: Ref, kind: str) -> None:
    record = in_state(server, account, kind, POSTED)
    before = shown(server, kind, record)
    cancellation = scenes.cancelled(server, kind, record, issue_reason="Twice", back_office_code="C-1")
    assert cancellation["life_cycle_state"] == POSTED
    assert cancellation["number"] and cancellation["posted_on"] and cancellation["reference_number"]
    assert (cancellation[kind]["id"], cancellation[kind]["life_cycle_state"]) == (record["id"], CANCELLED)
    after = shown(server, kind, record)
    assert after[f"{kind}_cancellation"]["id"] == cancellation["id"]
    assert [after[name] for name in ("number", "reference_number", "issued_on", "posted_on")] == [
        before[name] for name in ("number", "reference_number", "issued_on", "posted_on")
    ]


@pytest.mark.parametrize("state", STATES)
def test_only_a_posted_invoice_takes_the_money_that_is_meant_for_it(server: Native, account: Ref, state: str) -> None:
    meant = in_state(server, account, "invoice", state)
    paid = scenes.payment(server, account, 60, invoices_to_pay_set=[meant])
    payment = shown(server, "payment", paid)
    assert [invoice["id"] for invoice in payment["invoices_to_pay_set"]] == [meant["id"]]
    assert scenes.balance(server, account) == (40 if state == POSTED else -60)
    owed = shown(server, "invoice", meant)["unsettled_amount"]
    assert owed == (40 if state == POSTED else 0)


@BOTH
@pytest.mark.parametrize("state", STATES)
def test_only_a_posted_payment_is_applied(server: Native, account: Ref, state: str, prefix: str) -> None:
    record = in_state(server, account, "payment", state)
    owed = scenes.invoice(server, account)
    if state == POSTED:
        scenes.released(server, record)
    answer = server.at(prefix).ask("payments/apply", scenes.apply_body(record, owed, 60))
    if state == POSTED:
        assert (answer.data["unallocated_amount"], answer.data["allocations"][0]["amount"]) == (40, 60)
    else:
        assert_refused(answer, "payment", state, prefix)


@BOTH
@pytest.mark.parametrize("state", ["", "draft", "REJECTED", "CANCELLED", "PENDING_VERIFICATION", "POSTED "])
@pytest.mark.parametrize("path", ["payments/create", "invoices/create"])
def test_nothing_is_born_in_another_state(server: Native, account: Ref, path: str, state: str, prefix: str) -> None:
    body = scenes.payment_body(account) if path == "payments/create" else scenes.invoice_body(account)
    answer = server.at(prefix).ask(path, {**body, "life_cycle_state": state})
    assert answer.errors == [("life_cycle_state", "INVALID_PARAMETER")]


def test_the_table_is_the_ledgers() -> None:
    verbs = {verb for of_kind in VERBS.values() for verb in of_kind}
    ours = {(state, verb): following for (_, state, verb), following in MOVES.items()}
    assert ours == {cell: following for cell, following in lifecycle.MOVES.items() if cell[1] in verbs}

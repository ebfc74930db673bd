"""Changing and deleting payments: amendments and cancellations in the ledger, and what is refused."""

import pytest

from ledger.lifecycle import CANCELLED, DRAFT
from ledger.storage.models import JournalEntry, Payment, PaymentCancellation
from tests.books import BOBS, EUROS, YEN
from tests.rpcserver.dialects.productive.asking import DAY, Caller, payment

pytestmark = pytest.mark.one_engine


def entries(caller: Caller, pk: str) -> int:
    """How many journal rows tell of a payment."""
    return len(caller.premises.company.all(JournalEntry, document_id=caller.row(pk).id))


def test_a_lower_amount_moves_the_sums_back(caller: Caller) -> None:
    invoice = caller.invoice(100)
    pk = caller.paid(invoice, 10_000)
    changed = caller.change(pk, amount=2_000)
    assert (changed.status, changed.attributes["amount"]) == (200, 2_000)
    assert (changed.invoice["amount_paid"], changed.invoice["amount_unpaid"], changed.invoice["paid_on"]) == (2_000, 8_000, None)
    assert caller.owed(invoice) == 80
    assert caller.get(pk=pk).body == changed.body


def test_a_higher_amount_fills_the_invoice_again(caller: Caller) -> None:
    invoice = caller.invoice(100)
    pk = caller.paid(invoice, 2_000)
    assert caller.change(pk, amount="15000.0").invoice["amount_unpaid"] == -5_000
    assert (caller.owed(invoice), caller.row(pk).unallocated) == (0, 5_000)


def test_only_a_change_of_money_writes_in_the_journal(caller: Caller) -> None:
    pk = caller.paid(caller.invoice(), 1_000)
    before = entries(caller, pk)
    assert caller.change(pk, paid_on="2024-04-02", note="Late").attributes["paid_on"] == "2024-04-02"
    assert caller.change(pk, note=None).attributes["note"] is None
    assert entries(caller, pk) == before
    caller.change(pk, amount=1_001)
    assert entries(caller, pk) == before + 2


def test_the_same_date_keeps_its_time_and_another_does_not(caller: Caller) -> None:
    payment = caller.premises.company.pay(5, received_on="2024-04-30T13:14:15")
    caller.change(payment.pk, paid_on="2024-04-30")
    assert caller.row(payment.pk).received_on == "2024-04-30T13:14:15"
    caller.change(payment.pk, paid_on="2024-04-29")
    assert caller.row(payment.pk).received_on == "2024-04-29T00:00:00"


def test_a_change_of_nothing_changes_nothing(caller: Caller) -> None:
    pk = caller.paid(caller.invoice())
    audited = len(caller.premises.company.audited(caller.row(pk)))
    for document in ({"type": "payments"}, {"type": "payments", "id": pk}, {"type": "payments", "attributes": {"number": "X"}}):
        assert caller.patch(pk, {"data": document}).body == caller.get(pk=pk).body
    assert len(caller.premises.company.audited(caller.row(pk))) == audited


def test_a_payment_moves_to_another_invoice_and_to_its_account(caller: Caller) -> None:
    first, second, bobs = caller.invoice(100), caller.invoice(30), caller.invoice(100, BOBS)
    pk = caller.paid(first, 10_000)
    moved = caller.patch(pk, payment(second.pk))
    assert moved.data["relationships"]["invoice"]["data"]["id"] == str(second.pk)
    assert (caller.owed(first), caller.owed(second), caller.row(pk).unallocated) == (100, 0, 7_000)
    moved = caller.change(pk, invoice_id=bobs.pk)
    assert moved.included("companies")[0]["attributes"]["name"] == "Bob"
    assert (caller.owed(second), caller.owed(bobs)) == (30, 0)
    assert caller.row(pk).account_pk == caller.account(BOBS).pk


def test_the_invoice_it_is_on_already_changes_nothing(caller: Caller) -> None:
    invoice = caller.invoice(100)
    pk = caller.paid(invoice, 3_000)
    caller.patch(pk, payment(invoice.pk, note="again"))
    assert (caller.row(pk).unallocated, caller.owed(invoice)) == (0, 70)


def test_a_payment_of_the_native_door_gets_an_invoice(caller: Caller) -> None:
    payment_, invoice = caller.premises.company.pay(5), caller.invoice(100, BOBS)
    changed = caller.change(payment_.pk, invoice_id=invoice.pk)
    assert changed.invoice["amount_paid"] == 500


def test_an_invoice_in_another_currency_is_refused(caller: Caller) -> None:
    pk = caller.paid(caller.invoice(), 500)
    refused = caller.change(pk, invoice_id=caller.invoice(100, YEN).pk)
    assert refused.codes == (422, ["invalid_attribute_value"])
    assert refused.errors[0]["source"] == {"pointer": "data/attributes/invoice"}


def test_an_invoice_that_is_not_there_or_not_posted_is_refused(caller: Caller) -> None:
    pk = caller.paid(caller.invoice(), 500)
    assert caller.change(pk, invoice_id=987_654).codes == (404, ["record_not_found"])
    assert caller.change(pk, invoice_id=caller.invoice(state=DRAFT).pk).codes == (422, ["invalid_attribute_value"])
    blank = caller.patch(pk, {"data": {"type": "payments", "relationships": {"invoice": {"data": None}}}})
    assert blank.said == [("data/attributes/invoice", "can't be blank")]


def test_the_published_body_of_a_blank_amount(caller: Caller) -> None:
    pk = caller.paid(caller.invoice())
    assert caller.change(pk, amount="").body == {
        "errors": [
            {
                "status": "422",
                "code": "invalid_attribute",
                "title": "Invalid Attribute",
                "detail": "can't be blank",
                "source": {"pointer": "data/attributes/amount"},
            }
        ]
    }
    assert caller.row(pk).amount == 10_000


def test_everything_that_is_wrong_is_said_together(caller: Caller) -> None:
    pk = caller.paid(caller.invoice())
    refused = caller.change(pk, note=1, paid_on="", amount=0, invoice_id="")
    assert refused.said == [
        ("data/attributes/invoice", "can't be blank"),
        ("data/attributes/amount", "must be greater than 0"),
        ("data/attributes/paid_on", "can't be blank"),
        ("data/attributes/paid_on", "is not a date"),
        ("data/attributes/note", "is not a text"),
    ]
    assert caller.change(pk, paid_on="2024-02-30").said == [("data/attributes/paid_on", "is not a date")]
    assert caller.row(pk).received_on == f"{DAY}T00:00:00"


def test_the_id_may_be_left_out_and_has_to_be_that_of_the_address(caller: Caller) -> None:
    pk = caller.paid(caller.invoice())
    assert caller.patch(pk, {"data": {"type": "payments", "id": pk}}).status == 200
    other = caller.patch(pk, {"data": {"type": "payments", "id": "7"}})
    assert other.codes == (409, ["conflict"])
    assert other.errors[0]["source"] == {"pointer": "data/id"}


def test_a_terminated_account_takes_no_change(caller: Caller) -> None:
    pk = caller.paid(caller.invoice(10, BOBS), 1_000)
    caller.premises.company.change_account(BOBS, life_cycle_state="TERMINATED")
    assert caller.change(pk, amount=1).codes == (422, ["invalid_attribute_value"])
    assert caller.delete(pk).status == 204


def test_deleting_cancels_and_frees_the_invoice(caller: Caller) -> None:
    invoice = caller.invoice(100)
    pk = caller.paid(invoice, 10_000)
    gone = caller.delete(pk)
    assert (gone.status, "content-type" in gone.headers, "content-length" in gone.headers) == (204, False, False)
    assert caller.row(pk).life_cycle_state == CANCELLED
    assert caller.premises.company.one(PaymentCancellation, payment_pk=int(pk)).type_pk
    assert caller.owed(invoice) == 100
    for again in (caller.get(pk=pk), caller.change(pk, amount=5), caller.delete(pk)):
        assert again.codes == (404, ["record_not_found"])
    assert caller.listed() == []


def test_a_delete_may_bring_a_body(caller: Caller) -> None:
    pk = caller.paid(caller.invoice())
    assert caller.send("DELETE", f"/api/v2/payments/{pk}", b'{"data": null}').status == 204


def test_repeating_a_delete_under_the_same_key_says_the_same(caller: Caller) -> None:
    pk = caller.paid(caller.invoice())
    assert [caller.delete(pk, Idempotency_Key="d").status for _ in range(2)] == [204, 204]
    assert len(caller.premises.company.all(PaymentCancellation)) == 1


@pytest.mark.parametrize("pk", ["987654321", "0", "-1", "abc", "1.0", "%D9%A1", "9" * 40])
def test_a_payment_that_is_not_there_is_not_found(caller: Caller, pk: str) -> None:
    for answer in (caller.get(pk=pk), caller.change(pk, amount=1), caller.delete(pk)):
        assert answer.body == {
            "errors": [
                {
                    "status": "404",
                    "code": "record_not_found",
                    "title": "Record Not Found",
                    "detail": "The requested record was not found",
                    "meta": {},
                    "source": {},
                }
            ]
        }


def test_drafts_are_not_shown_and_cannot_be_changed(caller: Caller) -> None:
    draft = caller.premises.company.draft(5, EUROS)
    assert caller.listed() == []
    assert [caller.get(pk=draft.pk).status, caller.change(draft.pk, amount=1).status, caller.delete(draft.pk).status] == [404] * 3
    assert caller.premises.company.one(Payment, pk=draft.pk).life_cycle_state == DRAFT

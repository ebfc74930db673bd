"""What requests do: the same ledger's verbs, in the words of this door."""

from decimal import Decimal
from typing import Any

import pytest

from ledger import configuration
from ledger.storage.models import AuditEntry, Invoice, JournalEntry, Payment
from tests.books import BOBS, EUROS, YEN
from tests.rpcserver.dialects.waldur.caller import DAY, Body, Caller, invoice_link, profile_link

LINKED = {"detail": "An invoice has been linked to payment."}
UNLINKED = {"detail": "An invoice has been unlinked from payment."}
NO_OBJECT = {"invoice": ["Invalid hyperlink - Object does not exist."]}
GONE = (404, {"detail": "No Payment matches the given query."})


def money(caller: Caller, invoice: Invoice, payment: Body) -> list[Decimal]:
    """What is owed on the invoice, and what of the payment is on no invoice."""
    return [caller.here.owed(invoice), caller.here.left(caller.row(payment))]


def link(caller: Caller, payment: Body, invoice: Invoice) -> tuple[int, object]:
    return caller.refused("POST", f"{payment['url']}link_to_invoice/", json={"invoice": invoice_link(invoice)})


def test_creating_answers_where_the_payment_is(caller: Caller) -> None:
    answer = caller.ask("POST", "payments/", json=caller.terms(sum=5))
    assert answer.status_code == 201
    assert answer.headers["Location"] == answer.json()["url"]
    assert caller.now(answer.json()) == answer.json()


def test_put_changes_what_is_said_and_keeps_the_rest(caller: Caller) -> None:
    payment = caller.payment(sum=5)
    changed = caller.done("PUT", payment["url"], json=caller.terms(date_of_payment="2024-04-01"))
    assert changed == {**payment, "date_of_payment": "2024-04-01"}
    assert caller.now(payment) == changed


def test_put_needs_profile_and_date(caller: Caller) -> None:
    payment = caller.payment(sum=5)
    required = ["This field is required."]
    answer = caller.refused("PUT", payment["url"], json={"sum": 7})
    assert answer == (400, {"profile": required, "date_of_payment": required})
    assert caller.now(payment) == payment


@pytest.mark.parametrize(
    ("sent", "changed"),
    [({}, {}), ({"sum": "7.5"}, {"sum": "7.50"}), ({"date_of_payment": "2024-01-02"}, {"date_of_payment": "2024-01-02"})],
)
def test_patch_changes_what_is_said(caller: Caller, sent: Body, changed: Body) -> None:
    payment = caller.payment(sum=5)
    assert caller.done("PATCH", payment["url"], json=sent) == {**payment, **changed}


def test_patch_of_nothing_writes_nothing(caller: Caller) -> None:
    payment = caller.payment(sum=5)
    before = len(caller.here.company.all(AuditEntry))
    caller.done("PATCH", payment["url"], json={"uuid": "x", "nonsense": 1})
    assert len(caller.here.company.all(AuditEntry)) == before


def test_a_refused_change_changes_nothing(caller: Caller) -> None:
    payment = caller.payment(sum=5)
    assert caller.refused("PATCH", payment["url"], json={"sum": -1, "date_of_payment": "2024-01-02"})[0] == 400
    assert caller.now(payment) == payment


def test_writing_the_same_date_keeps_the_time(caller: Caller) -> None:
    made = caller.here.company.pay(5, received_on="2024-03-09T15:30:00")
    caller.done("PATCH", f"payments/{made.id}/", json={"date_of_payment": DAY})
    assert caller.here.now(made).received_on == "2024-03-09T15:30:00"


def test_another_sum_books_twice_and_the_principal_is_paid_as_far_as_it_goes(caller: Caller) -> None:
    invoice = caller.here.invoice(100)
    payment = caller.linked(caller.payment(sum=40), invoice)
    assert caller.here.owed(invoice) == 60
    caller.done("PATCH", payment["url"], json={"sum": "150"})
    assert money(caller, invoice, payment) == [0, 50]
    caller.done("PATCH", payment["url"], json={"sum": "10"})
    assert caller.here.owed(invoice) == 90
    kinds = [entry.kind for entry in caller.here.company.all(JournalEntry)]
    assert kinds == ["INVOICE", "PAYMENT", *["AMENDMENT"] * 4]


def test_another_customers_profile_takes_the_payment_with_it(caller: Caller) -> None:
    invoice = caller.here.invoice(100)
    payment = caller.linked(caller.payment(sum=40), invoice)
    moved = caller.done("PATCH", payment["url"], json={"profile": profile_link(caller.profile(BOBS))})
    assert moved["customer_uuid"] == caller.customer("Bob").id.lower()
    assert (moved["invoice"], moved["invoice_uuid"]) == (None, "0" * 32)
    assert caller.here.owed(invoice) == 100


def test_a_payment_stays_in_its_currency(caller: Caller) -> None:
    payment = caller.payment(sum=40)
    status, body = caller.refused("PATCH", payment["url"], json={"profile": profile_link(caller.profile(YEN))})
    assert (status, list(body)) == (400, ["profile"])


def test_a_terminated_account_takes_no_payments(caller: Caller) -> None:
    caller.change(BOBS, life_cycle_state="TERMINATED")
    status, body = caller.refused("POST", "payments/", json=caller.terms(BOBS))
    assert (status, list(body)) == (400, ["profile"])


def test_deleting_cancels_and_the_payment_is_gone(caller: Caller) -> None:
    invoice = caller.here.invoice(100)
    payment = caller.linked(caller.payment(sum=40), invoice)
    answer = caller.ask("DELETE", payment["url"])
    assert (answer.status_code, answer.content) == (204, b"")
    assert caller.row(payment).life_cycle_state == "CANCELLED"
    assert caller.here.owed(invoice) == 100
    for verb in ("GET", "PUT", "PATCH", "DELETE"):
        assert caller.refused(verb, payment["url"], json={}) == GONE
    assert caller.done("GET", "payments/") == []


@pytest.mark.parametrize("how", ["json", "data"])
def test_linking_pays_as_much_as_is_owed(caller: Caller, how: str) -> None:
    invoice = caller.here.invoice(100)
    payment = caller.payment(sum=140)
    sent: dict[str, Any] = {how: {"invoice": invoice_link(invoice)}}
    said = caller.done("POST", f"{payment['url']}link_to_invoice/", **sent)
    assert said == {**LINKED, "invoice": invoice_link(invoice)}
    assert money(caller, invoice, payment) == [0, 40]


def test_linking_by_the_published_name_of_the_collection(caller: Caller) -> None:
    invoice = caller.here.invoice(100)
    payment = caller.payment(sum=5)
    sent = {"invoice": f"https://api.example.com/api/invoice/{invoice.id.lower()}/"}
    assert caller.done("POST", f"{payment['url']}link_to_invoice/", json=sent)["detail"] == LINKED["detail"]


def test_a_paid_invoice_can_be_linked_and_several_payments_to_one(caller: Caller) -> None:
    invoice = caller.here.invoice(100)
    for owed in (40, 0, 0):
        payment = caller.linked(caller.payment(sum=60), invoice)
        assert payment["invoice"] == invoice_link(invoice)
        assert caller.here.owed(invoice) == owed


def test_a_second_link_is_refused_before_the_body_is_read(caller: Caller) -> None:
    payment = caller.linked(caller.payment(sum=5), caller.here.invoice(100))
    for content in (b"{}", b"{", b""):
        answer = caller.refused(
            "POST", f"{payment['url']}link_to_invoice/", content=content, headers={"Content-Type": "application/json"}
        )
        assert answer == (400, ["Link to an invoice exists."])


def test_a_payment_that_paid_an_invoice_at_another_door_is_linked_to_it(caller: Caller) -> None:
    invoice = caller.here.invoice(100)
    made = caller.here.company.pay(30)
    payment = caller.done("GET", f"payments/{made.id}/")
    assert payment["invoice"] == invoice_link(invoice)
    assert link(caller, payment, invoice) == (400, ["Link to an invoice exists."])


def test_only_posted_invoices_can_be_linked(caller: Caller) -> None:
    company = caller.here.company
    draft, cancelled = company.invoice(100, state="DRAFT"), company.invoice(100)
    company.cancel_invoice(cancelled)
    payment = caller.payment(sum=5)
    for invoice in (draft, cancelled):
        assert link(caller, payment, invoice) == (400, NO_OBJECT)


@pytest.mark.parametrize("account", [BOBS, YEN])
def test_an_invoice_of_another_account_cannot_be_linked(caller: Caller, account: str) -> None:
    answer = link(caller, caller.payment(sum=5), caller.here.invoice(100, account))
    assert answer == (400, ["The passed invoice does not belong to the selected customer."])


@pytest.mark.parametrize("content", [b"", b"{nonsense"])
def test_unlinking_frees_what_was_paid_whatever_the_body(caller: Caller, content: bytes) -> None:
    invoice = caller.here.invoice(100)
    payment = caller.linked(caller.payment(sum=40), invoice)
    assert caller.done("POST", f"{payment['url']}unlink_from_invoice/", content=content) == UNLINKED
    assert money(caller, invoice, payment) == [100, 40]
    assert caller.now(payment)["invoice"] is None
    again = caller.refused("POST", f"{payment['url']}unlink_from_invoice/")
    assert again == (400, ["Link to an invoice does not exist."])


def test_an_unlinked_payment_can_be_linked_again(caller: Caller) -> None:
    one, other = caller.here.invoice(100), caller.here.invoice(50)
    payment = caller.linked(caller.payment(sum=40), one)
    caller.done("POST", f"{payment['url']}unlink_from_invoice/")
    assert caller.linked(payment, other)["invoice"] == invoice_link(other)
    assert [caller.here.owed(one), caller.here.owed(other)] == [100, 10]


def test_a_door_without_defaults_says_how_to_set_them(caller: Caller) -> None:
    unset = {"payment_type": None, "payment_method": None, "cancellation_type": None}
    payment = caller.payment(sum=5)
    caller.enter(lambda entry: configuration.set_door_default(entry, "waldur", **unset))
    for verb, path in (("POST", "payments/"), ("DELETE", payment["url"])):
        status, body = caller.refused(verb, path, json=caller.terms())
        assert status == 400
        assert "configuration/door_defaults/update" in body["non_field_errors"][0]


# --- idempotency keys ---


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


def test_the_same_request_with_the_same_key_is_one_payment(caller: Caller) -> None:
    sent = caller.terms(sum="5")
    first, second = (caller.ask("POST", "payments/", json=sent, headers=keyed("a")) for _ in range(2))
    assert first.json() == second.json()
    assert second.status_code == 201 and second.headers["Location"] == first.headers["Location"]
    assert (first.headers.get("Idempotency-Replayed"), second.headers["Idempotency-Replayed"]) == (None, "true")
    assert len(caller.here.payments()) == 1


@pytest.mark.parametrize("other", [{"sum": "5.00"}, {"sum": 5}, {"sum": "5", "nonsense": 1}])
def test_how_the_same_is_spelled_does_not_matter_to_a_key(caller: Caller, other: Body) -> None:
    caller.done("POST", "payments/", 201, json=caller.terms(sum="5"), headers=keyed("a"))
    answer = caller.ask("POST", "payments/", json=caller.terms(**other), headers=keyed("a"))
    assert answer.headers["Idempotency-Replayed"] == "true"


def test_another_request_with_the_same_key_is_refused(caller: Caller) -> None:
    caller.done("POST", "payments/", 201, json=caller.terms(sum="5"), headers=keyed("a"))
    for how in ({"json": caller.terms(sum="6")}, {"data": caller.terms(sum="5"), "files": {"proof": ("a", b"x")}}):
        status, body = caller.refused("POST", "payments/", **how, headers=keyed("a"))
        assert (status, list(body)) == (422, ["detail"])
    assert len(caller.here.payments()) == 1


def test_a_file_counts_by_its_bytes(caller: Caller) -> None:
    how: dict[str, Any] = {"data": caller.terms(sum="5"), "headers": keyed("a")}
    first = caller.ask("POST", "payments/", files={"proof": ("a", b"x")}, **how)
    assert caller.ask("POST", "payments/", files={"proof": ("a", b"x")}, **how).json() == first.json()
    assert caller.refused("POST", "payments/", files={"proof": ("a", b"y")}, **how)[0] == 422


def test_actions_and_deletion_can_be_repeated_with_a_key(caller: Caller) -> None:
    payment, invoice = caller.payment(sum=5), caller.here.invoice(100)
    sent: dict[str, Any] = {"json": {"invoice": invoice_link(invoice)}, "headers": keyed("link")}
    said = [caller.done("POST", f"{payment['url']}link_to_invoice/", **sent) for _ in range(2)]
    assert said[0] == said[1]
    assert [caller.ask("DELETE", payment["url"], headers=keyed("gone")).status_code for _ in range(2)] == [204, 204]
    assert caller.refused("DELETE", payment["url"]) == GONE


def test_a_refused_request_does_not_use_its_key_up(caller: Caller) -> None:
    assert caller.refused("POST", "payments/", json=caller.terms(sum="x"), headers=keyed("a"))[0] == 400
    caller.done("POST", "payments/", 201, json=caller.terms(sum="5"), headers=keyed("a"))


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_of_the_wrong_length_is_refused(reader: Caller, key: str) -> None:
    status, body = reader.refused("POST", "payments/", json=reader.terms(sum="5"), headers=keyed(key))
    assert status == 400 and list(body) == ["non_field_errors"]


def test_the_audit_log_names_door_and_action(caller: Caller) -> None:
    payment = caller.payment(sum=5)
    entry = caller.here.company.audited(caller.row(payment))[0]
    assert (entry.door, entry.method, entry.actor) == ("waldur", "payments.create", "clerk")


def test_a_refused_right_is_audited(caller: Caller) -> None:
    caller.ask("DELETE", f"payments/{'0' * 32}/", by="owner")
    entry = caller.here.company.all(AuditEntry)[-1]
    assert (entry.door, entry.method, entry.actor, entry.outcome) == ("waldur", "payments.destroy", "owner", "NOT_PERMITTED")


def test_money_is_never_a_binary_float(caller: Caller) -> None:
    payment: Payment = caller.row(caller.payment(EUROS, sum=0.29))
    assert (payment.amount, caller.here.left(payment)) == (29, Decimal("0.29"))

"""Write-offs: payments with `written_off_on`, from birth or by a change, and back."""

from ledger.storage.models import TransactionType
from tests.rpcserver.dialects.productive.asking import DAY, Caller, payment

OFF = "2024-05-02"


def classification(caller: Caller, pk: object) -> str:
    return str(caller.premises.company.one(TransactionType, pk=caller.row(pk).type_pk).classification)


def test_a_write_off_settles_the_invoice_and_counts_as_written_off(caller: Caller) -> None:
    invoice = caller.invoice(100)
    caller.paid(invoice, 4_000)
    made = caller.pay(invoice, 6_000, None, written_off_on=OFF)
    assert made.status == 201
    assert (made.attributes["paid_on"], made.attributes["written_off_on"]) == (None, OFF)
    shown = made.invoice
    assert (shown["amount_paid"], shown["amount_written_off"], shown["amount_unpaid"]) == (4_000, 6_000, 0)
    assert shown["paid_on"] == OFF
    assert classification(caller, made.data["id"]) == "WRITE_OFF"
    assert caller.owed(invoice) == 0


def test_a_write_off_may_have_both_dates(caller: Caller) -> None:
    made = caller.pay(caller.invoice(), 100, DAY, written_off_on=OFF)
    assert (made.attributes["paid_on"], made.attributes["written_off_on"]) == (DAY, OFF)


def test_neither_date_is_refused(caller: Caller) -> None:
    refused = caller.pay(caller.invoice(), 100, None, written_off_on="")
    assert refused.said == [("data/attributes/paid_on", "can't be blank"), ("data/attributes/paid_on", "is not a date")]


def test_a_payment_becomes_a_write_off_and_a_payment_again(caller: Caller) -> None:
    invoice = caller.invoice(100)
    pk = caller.paid(invoice, 6_000)
    off = caller.change(pk, written_off_on=OFF)
    assert (off.attributes["paid_on"], off.attributes["written_off_on"], off.status) == (DAY, OFF, 200)
    assert (off.invoice["amount_paid"], off.invoice["amount_written_off"]) == (0, 6_000)
    assert classification(caller, pk) == "WRITE_OFF"
    back = caller.change(pk, written_off_on=None)
    assert (back.attributes["paid_on"], back.attributes["written_off_on"]) == (DAY, None)
    assert (back.invoice["amount_paid"], back.invoice["amount_written_off"]) == (6_000, 0)
    assert classification(caller, pk) == "PAYMENT"
    assert caller.owed(invoice) == 40


def test_the_date_of_payment_goes_only_while_there_is_one_of_writing_off(caller: Caller) -> None:
    pk = caller.paid(caller.invoice(), 6_000)
    assert caller.change(pk, paid_on=None).status == 422
    assert caller.change(pk, paid_on=None, written_off_on=OFF).attributes["paid_on"] is None
    neither = [("data/attributes/paid_on", "can't be blank"), ("data/attributes/paid_on", "is not a date")]
    assert caller.change(pk, written_off_on="").said == neither
    assert caller.change(pk, written_off_on="soon").said == [("data/attributes/written_off_on", "is not a date")]
    later = caller.change(pk, written_off_on="2024-06-01")
    assert (later.attributes["paid_on"], later.attributes["written_off_on"]) == (None, "2024-06-01")
    back = caller.change(pk, written_off_on=None, paid_on="2024-05-09")
    assert (back.attributes["paid_on"], back.attributes["written_off_on"]) == ("2024-05-09", None)


def test_a_write_off_gets_a_date_of_payment(caller: Caller) -> None:
    pk = caller.paid(caller.invoice(), 600, paid_on=None, written_off_on=OFF)
    changed = caller.change(pk, paid_on=DAY)
    assert (changed.attributes["paid_on"], changed.attributes["written_off_on"]) == (DAY, OFF)


def test_a_write_off_can_be_changed_moved_and_deleted(caller: Caller) -> None:
    first, second = caller.invoice(100), caller.invoice(100)
    pk = caller.paid(first, 6_000, paid_on=None, written_off_on=OFF)
    assert caller.change(pk, amount=1_000).invoice["amount_written_off"] == 1_000
    assert caller.patch(pk, payment(second.pk)).invoice["amount_written_off"] == 1_000
    assert (caller.owed(first), caller.owed(second)) == (100, 90)
    assert caller.delete(pk).status == 204
    assert caller.owed(second) == 100


def test_without_a_type_of_write_offs_none_can_be_made(caller: Caller) -> None:
    pk = caller.paid(caller.invoice())
    caller.unset("write_off_type")
    for refused in (caller.pay(caller.invoice(), 5, written_off_on=OFF), caller.change(pk, written_off_on=OFF)):
        assert refused.codes == (422, ["type_not_allowed"])

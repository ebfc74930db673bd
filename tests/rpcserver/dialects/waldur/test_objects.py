"""How payments look: names and order of members, money, days, hyperlinks."""

from decimal import Decimal

import pytest

from tests import premises
from tests.books import BOBS, DINARS, EUROS, YEN
from tests.engines import path_of
from tests.premises import Premises
from tests.rpcserver.dialects.waldur.caller import DAY, OBJECT, ROOT, Caller, invoice_link, profile_link

pytestmark = pytest.mark.one_engine


def test_a_payment_has_the_members_of_the_published_api_in_their_order(caller: Caller) -> None:
    payment = caller.payment(sum="12.5")
    assert list(payment) == OBJECT
    assert payment == {
        "uuid": payment["uuid"],
        "url": f"{ROOT}/api/payments/{payment['uuid']}/",
        "profile": profile_link(caller.profile()),
        "date_of_payment": DAY,
        "sum": "12.50",
        "proof": None,
        "invoice": None,
        "invoice_uuid": "0" * 32,
        "invoice_period": None,
        "customer_uuid": caller.customer().id.lower(),
    }
    assert payment["uuid"] == payment["uuid"].lower() and len(payment["uuid"]) == 32


def test_a_linked_payment_shows_its_invoice_and_its_month(caller: Caller) -> None:
    invoice = caller.here.invoice(100)
    payment = caller.linked(caller.payment(sum=40), invoice)
    assert list(payment) == OBJECT
    assert payment["invoice"] == invoice_link(invoice)
    assert payment["invoice_uuid"] == invoice.id.lower()
    assert payment["invoice_period"] == "05-2024"


@pytest.mark.parametrize(
    ("account", "sent", "shown"),
    [(EUROS, "100", "100.00"), (EUROS, 0.1, "0.10"), (YEN, 300, "300.00"), (YEN, "300.00", "300.00"), (DINARS, "1.5", "1.500")],
)
def test_money_has_two_decimals_or_as_many_as_its_currency(caller: Caller, account: str, sent: object, shown: str) -> None:
    assert caller.payment(account, sum=sent)["sum"] == shown


def test_dinars_take_their_third_decimal_and_no_fourth(caller: Caller) -> None:
    assert caller.payment(DINARS, sum="1.234")["sum"] == "1.234"
    too_fine = caller.refused("POST", "payments/", json=caller.terms(DINARS, sum="1.2345"))
    assert too_fine == (400, {"sum": ["Ensure that there are no more than 3 decimal places."]})


def test_yen_are_not_split(caller: Caller) -> None:
    status, body = caller.refused("POST", "payments/", json=caller.terms(YEN, sum="1.5"))
    assert status == 400 and list(body) == ["sum"]


@pytest.mark.parametrize(("setting", "members"), [("nil", {"invoice_uuid": None}), ("omit", {})])
def test_the_uuid_of_no_invoice_can_be_null_or_left_out(open_doors: Premises, setting: str, members: dict[str, None]) -> None:
    path = path_of(open_doors.settings.database_url)
    with premises.opened(path, waldur_unlinked_invoice_uuid=setting) as here:
        payment = Caller(here).payment()
    assert {name: value for name, value in payment.items() if name == "invoice_uuid"} == members
    assert [name for name in payment if name != "invoice_uuid"] == [name for name in OBJECT if name != "invoice_uuid"]


def test_a_payment_of_the_native_door_shows_the_active_profile_of_its_account(caller: Caller) -> None:
    made = caller.here.company.pay("7.5", BOBS)
    payment = caller.done("GET", f"payments/{made.id}/")
    assert payment["profile"] == profile_link(caller.profile(BOBS))
    assert payment["customer_uuid"] == caller.customer("Bob").id.lower()
    assert payment["date_of_payment"] == "2024-05-01"


def test_without_any_profile_there_is_none_to_show(caller: Caller) -> None:
    caller.here.company.open_account("Bare")
    made = caller.here.company.pay(5, "Bare")
    assert caller.done("GET", f"payments/{made.id}/")["profile"] is None


@pytest.mark.parametrize("spelled", [str.lower, str.upper])
def test_the_path_takes_an_id_in_any_spelling(caller: Caller, spelled: type[str]) -> None:
    payment = caller.payment()
    uuid = payment["uuid"]
    dashed = f"{uuid[:8]}-{uuid[8:12]}-{uuid[12:16]}-{uuid[16:20]}-{uuid[20:]}"
    assert [caller.done("GET", f"payments/{spelled(one)}/") for one in (uuid, dashed)] == [payment, payment]


def test_drafts_rejected_and_cancelled_payments_and_write_offs_are_not_there(caller: Caller) -> None:
    company = caller.here.company
    draft, cancelled = company.draft(5), company.pay(6)
    company.cancel_payment(cancelled)
    write_off = company.pay(7, type=company.type("WRITE_OFF"), classification="WRITE_OFF", written_off_on="2024-05-01")
    for payment in (draft, cancelled, write_off):
        assert caller.refused("GET", f"payments/{payment.id}/") == (404, {"detail": "No Payment matches the given query."})
    assert caller.done("GET", "payments/") == []


def test_hyperlinks_carry_scheme_and_host_of_the_request(caller: Caller) -> None:
    payment = caller.payment()
    shown = caller.ask("GET", f"payments/{payment['uuid']}/", headers={"Host": "pay.example.org:8443"}).json()
    assert shown["url"] == f"http://pay.example.org:8443/api/payments/{payment['uuid']}/"


def test_the_ledger_keeps_what_was_sent(caller: Caller) -> None:
    payment = caller.row(caller.payment(sum="12.5"))
    assert (payment.life_cycle_state, payment.allocation_mode, payment.received_on) == ("POSTED", "explicit", f"{DAY}T00:00:00")
    assert caller.here.left(payment) == Decimal("12.5")
    assert payment.profile_pk == caller.profile().pk

"""Reading the parameters of a call: all faults at once, in order, each in a sentence."""

from typing import Any

import pytest

from ledger.errors import MandatoryParameterMissing, Refusal
from methods import METHODS
from methods.faults import MOST_FAULTS
from methods.method import fingerprint, parse
from rpcserver.keys import Seal
from tests.methods.asking import faults, methods, read, said

SEAL = Seal(["kSgC3yW1uQzL8vN0bXr5TjHf2PmEd9Ao"])
INVOICE = "85748C51BB97C48E47050CDC811FB42B"
PAYMENT: dict[str, Any] = {
    "accounts_receivable_identifier": {"number": "9"},
    "type_identifier": {"name": "Payment 2"},
    "life_cycle_state": "DRAFT",
    "payment_method_identifier": {"name": "Direct Debit"},
    "payment_amount": 300,
}
PAY_INVOICE: dict[str, Any] = {
    **{name: value for name, value in PAYMENT.items() if name not in ("life_cycle_state", "payment_amount")},
    "invoice_identifier": {"id": INVOICE},
}


def test_all_faults_come_at_once_in_the_order_of_the_parameter_table() -> None:
    body = {
        "recieved_on": "2014-04-19",
        "payment_amount": -5,
        "notes": 7,
        "type_identifier": {},
        "accounts_receivable_identifier": {"number": "9", "id": "x"},
        "life_cycle_state": "posted",
        "received_by_unit_identifier": "Main",
        "received_by_user_identifier": {"user": "x"},
        "invoices_to_pay_set": [{"number": "1"}, 3],
    }
    assert list(said("payments/create", body).items()) == [
        ("accounts_receivable_identifier", "MULTIPLE_IDENTIFIERS"),
        ("type_identifier", "IDENTIFIER_MISSING"),
        ("life_cycle_state", "INVALID_PARAMETER"),
        ("payment_method_identifier", "MANDATORY_PARAMETER_MISSING"),
        ("payment_amount", "INVALID_PARAMETER"),
        ("received_by_user_identifier", "UNKNOWN_PARAMETER"),
        ("received_by_unit_identifier", "INVALID_PARAMETER"),
        ("notes", "INVALID_PARAMETER"),
        ("invoices_to_pay_set[1]", "INVALID_PARAMETER"),
        ("recieved_on", "UNKNOWN_PARAMETER"),
    ]


def test_the_refusal_is_that_of_the_first_fault() -> None:
    with pytest.raises(MandatoryParameterMissing) as caught:
        parse(METHODS["payments/create"], PAYMENT | {"accounts_receivable_identifier": None, "payment_amount": 0})
    assert [fault.code for fault in caught.value.faults] == ["MANDATORY_PARAMETER_MISSING", "INVALID_PARAMETER"]


def test_messages_say_what_was_sent_and_what_was_expected() -> None:
    sent = PAYMENT | {"payment_amount": "12,50", "notes": "x" * 5000, "life_cycle_state": "OPEN", "received_on": "2014-02-30"}
    messages = {fault.word: fault.message for fault in faults("payments/create", sent)}
    assert messages["payment_amount"].startswith('payment_amount: "12,50" ') and "12.5" in messages["payment_amount"]
    assert "5000 characters" in messages["notes"] and "4000" in messages["notes"] and len(messages["notes"]) < 200
    assert messages["life_cycle_state"] == 'life_cycle_state: "OPEN" was sent; expected is DRAFT or POSTED.'
    assert "2014-02-30" in messages["received_on"] and "2014-05-21T16:12:29" in messages["received_on"]


def test_an_unknown_member_is_refused_with_the_nearest_valid_name() -> None:
    (near,) = faults("payments/create", PAYMENT | {"recieved_on": None})
    assert near.message == 'There is no parameter "recieved_on"; did you mean received_on?'
    (far,) = faults("payments/post", {"payment_identifier": {"number": "1"}, "colour": "red"})
    assert "payment_identifier" in far.message and "fields_set" in far.message


def test_unknown_members_are_refused_at_every_depth() -> None:
    items = [{"description": "Work", "quantity": 1, "cost": 1, "vat": 19}]
    body = {
        "accounts_receivable_identifier": {"number": "9", "colour": "red"},
        "type_identifier": {"name": "Invoice 1"},
        "life_cycle_state": "DRAFT",
        "items": items,
    }
    expected = {"accounts_receivable_identifier": "UNKNOWN_PARAMETER", "items[0].vat": "UNKNOWN_PARAMETER"}
    assert said("invoices/create", body) == expected
    assert said("invoices/create", body, lenient=True) == {}


def test_lenient_parsing_lets_unknown_members_pass_and_nothing_else() -> None:
    assert said("payments/create", PAYMENT | {"card_identifier": {"id": "1"}, "a\ud800": 1}, lenient=True) == {}
    assert said("payments/create", PAYMENT | {"card_identifier": 1, "payment_amount": 0}, lenient=True) == {
        "payment_amount": "INVALID_PARAMETER"
    }


def test_a_name_that_utf_8_cannot_carry_is_an_unknown_member() -> None:
    assert said("payments/create", PAYMENT | {"a\ud800": 1, "notes": 5}) == {
        "notes": "INVALID_PARAMETER",
        "a\\ud800": "UNKNOWN_PARAMETER",
    }
    items: dict[str, Any] = {"calls": [{"method": "whoami", "\udfff": 1}]}
    assert list(said("batch", items)) == ["calls[0].\\udfff"]


def test_only_so_many_faults_are_listed() -> None:
    body: dict[str, Any] = {f"unknown_{number}": number for number in range(5000)}
    found = faults("payments/create", body)
    assert len(found) == MOST_FAULTS
    assert found[0].code == "MANDATORY_PARAMETER_MISSING"


def test_null_is_as_good_as_left_out_where_a_member_is_optional() -> None:
    optional = dict.fromkeys(("category_identifier", "received_on", "notes", "udf_float_1", "fields_set", "validate_only"))
    params: Any = read("payments/create", PAYMENT | optional | {"invoices_to_pay_set": None})
    assert params.validate_only is False and params.notes is None
    listing: Any = read("payments/list", {"offset": None, "after": None, "number_of_results": None})
    assert listing.offset == 0
    batch: Any = read("batch", {"calls": [{"method": "whoami", "params": None}]})
    assert batch.calls[0].params == {}


def test_null_for_a_mandatory_member_is_not_given() -> None:
    assert said("payments/create", dict.fromkeys(PAYMENT)) == dict.fromkeys(PAYMENT, "MANDATORY_PARAMETER_MISSING")


@pytest.mark.parametrize("name", [name for name in PAYMENT if name != "life_cycle_state"])
def test_null_cannot_clear_what_a_payment_always_has(name: str) -> None:
    body: dict[str, Any] = {"payment_identifier": {"number": "1"}, name: None}
    assert said("payments/update", body) == {name: "INVALID_PARAMETER"}


def test_an_item_of_a_set_may_be_the_bare_identifier() -> None:
    items = [{"number": "I1"}, {"invoice_identifier": {"id": INVOICE}}]
    params: Any = read("payments/create", PAYMENT | {"invoices_to_pay_set": items})
    assert [(item.invoice_identifier.member, item.invoice_identifier.value) for item in params.invoices_to_pay_set] == [
        ("number", "I1"),
        ("id", INVOICE),
    ]


@pytest.mark.parametrize(
    ("item", "fault"),
    [
        ({}, (".invoice_identifier", "MANDATORY_PARAMETER_MISSING")),
        ("I1", ("", "INVALID_PARAMETER")),
        (None, ("", "INVALID_PARAMETER")),
        ({"number": "1", "id": "2"}, (".invoice_identifier", "MULTIPLE_IDENTIFIERS")),
        ({"invoice_identifier": {}}, (".invoice_identifier", "IDENTIFIER_MISSING")),
        ({"number": "1", "colour": "red"}, (".invoice_identifier", "UNKNOWN_PARAMETER")),
        ({"number": "1", "action": "ADD"}, (".invoice_identifier", "UNKNOWN_PARAMETER")),
    ],
)
def test_a_faulty_item_is_named_by_its_place(item: object, fault: tuple[str, str]) -> None:
    path, code = fault
    assert said("payments/create", PAYMENT | {"invoices_to_pay_set": [item]}) == {f"invoices_to_pay_set[0]{path}": code}


def test_a_set_that_is_no_list_is_refused() -> None:
    for sent in ({}, "I1", 5, {"number": "I1"}):
        assert said("payments/create", PAYMENT | {"bills_to_pay_set": sent}) == {"bills_to_pay_set": "INVALID_PARAMETER"}


def test_an_update_edits_a_set_or_replaces_it_but_not_both() -> None:
    named: dict[str, Any] = {"payment_identifier": {"number": "1"}}
    edits = [{"number": "1", "action": "ADD"}, {"bill_identifier": {"number": "2"}, "action": "REMOVE"}]
    params: Any = read("payments/update", named | {"bills_to_pay_set": edits})
    assert [item.action for item in params.bills_to_pay_set] == ["ADD", "REMOVE"]
    mixed = [{"number": "1", "action": "ADD"}, {"number": "2"}]
    assert said("payments/update", named | {"bills_to_pay_set": mixed}) == {"bills_to_pay_set": "INVALID_PARAMETER"}
    misspelt = [{"number": "1", "action": "add"}]
    assert said("payments/update", named | {"bills_to_pay_set": misspelt}) == {"bills_to_pay_set[0].action": "INVALID_PARAMETER"}


def test_identifiers_of_a_query_are_written_in_one_text() -> None:
    sent = {"accounts_receivable_identifier": "number=192", "type_identifier": '{"name": "Payment 2"}', "number": "2"}
    params: Any = parse(METHODS["payments/get_latest"], sent, from_query=True)
    assert params.accounts_receivable_identifier.value == "192" and params.type_identifier.value == "Payment 2"
    assert said("payments/get_latest", {"accounts_receivable_identifier": "number=192", "number": 2}) == {
        "accounts_receivable_identifier": "INVALID_PARAMETER"
    }


def test_pay_invoice_never_reads_the_state_and_under_lenient_parsing_not_the_amount() -> None:
    params: Any = read("payments/pay_invoice", PAY_INVOICE | {"life_cycle_state": ["whatever"], "payment_amount": 300})
    assert params.payment_amount == 300 and params.life_cycle_state is None
    loose: Any = read("payments/pay_invoice", PAY_INVOICE | {"payment_amount": "any"}, lenient=True)
    assert loose.payment_amount is None
    assert said("payments/pay_invoice", PAY_INVOICE | {"payment_amount": "any"}) == {"payment_amount": "INVALID_PARAMETER"}


def test_lenient_callers_may_call_the_sets_to_pay_by_their_other_names() -> None:
    params: Any = read("payments/create", PAYMENT | {"invoices_set": [{"number": "I1"}]}, lenient=True)
    assert len(params.invoices_to_pay_set) == 1
    assert said("payments/create", PAYMENT | {"invoices_set": []}) == {"invoices_set": "UNKNOWN_PARAMETER"}


def test_fields_set_takes_text_or_a_list_and_refuses_names_that_the_answer_does_not_have() -> None:
    for sent in ("id,number", " id , number ", ["id", "number"], "id,number,id"):
        assert getattr(read("payments/create", PAYMENT | {"fields_set": sent}), "fields_set", None) == ("id", "number")
    wrong: object
    for wrong in ("", "id,", "id,colour", [], ["id", 5], 5, {}, "received_on"):
        assert said("payments/create", PAYMENT | {"fields_set": wrong}) == {"fields_set": "INVALID_PARAMETER"}
    (fault,) = faults("payments/create", PAYMENT | {"fields_set": "id,colour"})
    assert '"colour"' in fault.message and "reference_number" in fault.message
    named: dict[str, Any] = {"payment_identifier": {"number": "1"}}
    assert said("payments/show", named | {"fields_set": "accounts_receivable.account_owner.name,type.name"}) == {}
    assert list(said("payments/show", named | {"fields_set": "type.colour"})) == ["fields_set"]


def test_an_item_costs_one_price_and_has_one_discount_at_most() -> None:
    body = {"accounts_receivable_identifier": {"number": "9"}, "type_identifier": {"name": "I"}, "life_cycle_state": "DRAFT"}
    item = {"description": "Work", "quantity": 1}
    for prices, fault in (
        ({}, {"items[0].sub_total": "MANDATORY_PARAMETER_MISSING"}),
        ({"cost": 1, "sub_total": 1}, {"items[0].sub_total": "INVALID_PARAMETER"}),
        ({"cost": "x"}, {"items[0].cost": "INVALID_PARAMETER"}),
        ({"cost": 1, "discount_percentage": 1, "discount_amount": 1}, {"items[0].discount_amount": "INVALID_PARAMETER"}),
        ({"cost": 1}, {}),
        ({"sub_total": 0, "discount_amount": 0}, {}),
    ):
        assert said("invoices/create", body | {"items": [item | prices]}) == fault
    assert said("invoices/create", body | {"items": []}) == {"items": "INVALID_PARAMETER"}


def test_a_batch_has_a_thousand_calls_at_most() -> None:
    assert said("batch", {"calls": [{"method": "whoami"}] * 1000}) == {}
    assert said("batch", {"calls": [{"method": "whoami"}] * 1001}) == {"calls": "INVALID_PARAMETER"}
    assert said("batch", {"calls": [{"method": "whoami", "idempotency_key": "k" * 256, "params": []}]}) == {
        "calls[0].params": "INVALID_PARAMETER",
        "calls[0].idempotency_key": "INVALID_PARAMETER",
    }


def test_a_fingerprint_is_the_same_however_the_parameters_were_spelled() -> None:
    sent = {"payment_amount": "300.00", "received_on": "2014-04-19", "life_cycle_state": "X"}
    one = read("payments/pay_invoice", PAY_INVOICE | sent)
    spelled = {"payment_amount": 300, "received_on": "2014-04-19T02:00:00+02:00", "token": "t", "validate_only": False}
    assert fingerprint(one, SEAL) == fingerprint(read("payments/pay_invoice", PAY_INVOICE | spelled), SEAL)
    assert fingerprint(one, SEAL) != fingerprint(read("payments/pay_invoice", PAY_INVOICE), SEAL)
    assert fingerprint(one, SEAL) != fingerprint(read("payments/pay_invoice", PAY_INVOICE | spelled | {"notes": "n"}), SEAL)


def test_a_fingerprint_holds_no_secret_but_tells_one_from_another() -> None:
    body = {"username": "nora", "password": "a secret of hers", "role": "clerk"}
    assert "secret" not in fingerprint(read("users/create", body), SEAL) and "secret" not in repr(read("users/create", body))
    assert "secret" not in fingerprint(read("login", {"username": "nora", "password": "a secret of hers"}), SEAL)
    assert fingerprint(read("users/create", body), SEAL) != fingerprint(
        read("users/create", body | {"password": "another one"}), SEAL
    )


@pytest.mark.parametrize("path", methods())
def test_every_method_refuses_what_it_does_not_know(path: str) -> None:
    found = said(path, {"surely_unknown": 1, "a\ud800": 2})
    assert found["surely_unknown"] == "UNKNOWN_PARAMETER"
    with pytest.raises(Refusal):
        parse(METHODS[path], {"surely_unknown": None})

"""What the published API page prints holds here: its requests, its answers, and its tables of parameters."""

import re
from collections.abc import Mapping
from typing import Any

import pytest

from methods import METHODS
from methods.method import parameter_table
from tests.native import BOTH, Answer, Native

pytestmark = pytest.mark.one_engine

ID = re.compile("[0-9A-F]{32}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")
NUMBER = re.compile(r"\d+")

CREATED = {
    "status": {"message": None, "description": None, "code": "OK"},
    "data": {
        "payment_amount": 300,
        "issued_on": "2014-05-21T16:12:29",
        "life_cycle_state": "DRAFT",
        "number": None,
        "id": "7C5B8E9E5A8D1733EBFE75D89C10D8FC",
        "reference_number": "24",
        "posted_on": None,
    },
}
PAY_INVOICE: dict[str, Any] = {
    "accounts_receivable_identifier": {"number": "9"},
    "type_identifier": {"name": "Payment 2"},
    "life_cycle_state": "DRAFT",
    "payment_method_identifier": {"name": "Direct Debit"},
    "payment_amount": 300,
    "category_identifier": {"name": "Payment Categories"},
    "received_on": "2014-04-19T09:12:54",
    "received_by_user_identifier": {"id": "40928D9B96FE6CB963D2DD8955814774"},
    "received_by_unit_identifier": {"id": "C4370788B2630BC8A99E8C7397406C09"},
    "invoice_identifier": {"id": "85748C51BB97C48E47050CDC811FB42B"},
}
PAID = {
    "status": {"message": None, "description": None, "code": "OK"},
    "data": {
        "payment_amount": 300,
        "issued_on": "2014-05-21T16:18:05",
        "life_cycle_state": "POSTED",
        "number": "31",
        "id": "655241C5E09AAB51DB296E0194FBBD08",
        "reference_number": "25",
        "posted_on": "2014-05-21T16:18:41",
    },
}
REJECTED = {
    "status": {"message": None, "description": None, "code": "OK"},
    "data": {
        "payment_amount": 50,
        "issued_on": "2014-07-14T17:06:28",
        "life_cycle_state": "REJECTED",
        "number": None,
        "id": "0ACCC72477BA606EE3B409400069F1BB",
        "reference_number": "118",
        "posted_on": None,
    },
}
# The page prints no request for its first answer; these are the values that it prints for the second one.
CREATE = {name: value for name, value in PAY_INVOICE.items() if name != "invoice_identifier"}

_IDENTIFIERS = {
    "accounts_receivable_identifier": "Accounts receivable identifier",
    "type_identifier": "Financial transaction type identifier",
    "category_identifier": "Financial transaction category identifier",
    "payment_method_identifier": "Payment method identifier",
    "payment_identifier": "Payment identifier",
    "invoice_identifier": "Invoice identifier",
    "bill_identifier": "Bill identifier",
    "rejection_reason_identifier": "Rejection reason identifier",
    "received_by_user_identifier": "User identifier",
    "received_by_unit_identifier": "Unit identifier",
}
TYPES = {
    **_IDENTIFIERS,
    **{
        f"udf_{kind}_{n}": kind.capitalize()
        for kind, count in (("string", 8), ("float", 4), ("date", 4))
        for n in range(1, count + 1)
    },
    "token": "String",
    "fields_set": "List of Strings, comma separated",
    "number": "Number",
    "payment_amount": "Number",
    "life_cycle_state": "String",
    "notes": "String",
    "issue_reason": "String",
    "received_on": "Date",
    "invoices_to_pay_set": "Set of objects",
    "bills_to_pay_set": "Set of objects",
}
_UDFS = " ".join(name for name in TYPES if name.startswith("udf_"))
_RECEIVED = "received_on received_by_user_identifier received_by_unit_identifier notes"
_FILTERS = "type_identifier category_identifier payment_method_identifier"
_PAYING = "accounts_receivable_identifier* type_identifier* category_identifier payment_method_identifier*"
PUBLISHED = {
    "payments/show": "token payment_identifier* fields_set",
    "payments/list": f"token accounts_receivable_identifier* {_FILTERS} fields_set",
    "payments/get_latest": f"token accounts_receivable_identifier* {_FILTERS} number* fields_set",
    "payments/create": "token accounts_receivable_identifier* type_identifier* life_cycle_state* payment_method_identifier* "
    f"payment_amount* category_identifier {_RECEIVED} {_UDFS} invoices_to_pay_set bills_to_pay_set",
    "payments/pay_invoice": f"token {_PAYING} invoice_identifier* {_RECEIVED} {_UDFS}",
    "payments/pay_bill": f"token {_PAYING} bill_identifier* {_RECEIVED} {_UDFS}",
    "payments/post": "token payment_identifier*",
    "payments/reject": "token payment_identifier* rejection_reason_identifier",
    "payments/cancel": f"token payment_identifier* type_identifier* category_identifier notes issue_reason {_UDFS}",
}
"""The page's tables: the parameters in their order, the mandatory ones with a star."""
ONLY_OWNERS_HAVE_TO = ("payments/list", "accounts_receivable_identifier")

VALUES: dict[str, Any] = {
    **PAY_INVOICE,
    "bill_identifier": {"number": "1"},
    "rejection_reason_identifier": {"name": "Reject Due to Business Request"},
    "number": 2,
    "fields_set": "id,number,reference_number",
    "notes": "Shared",
    "issue_reason": "Sent back",
    "invoices_to_pay_set": [{"invoice_identifier": PAY_INVOICE["invoice_identifier"]}],
    "bills_to_pay_set": [{"bill_identifier": {"number": "1"}}],
    **{name: "2014-04-19T09:12:54" if "date" in name else 0.75 if "float" in name else "Text" for name in _UDFS.split()},
}
BY_PATH = pytest.mark.parametrize("path", PUBLISHED)


def names_of(path: str) -> dict[str, bool]:
    """The published parameters of a method, and whether each is mandatory."""
    return {name.removesuffix("*"): name.endswith("*") for name in PUBLISHED[path].split()}


def body_of(server: Native, path: str, *, whole: bool) -> dict[str, Any]:
    """A request with all published parameters of a method but the token, or with the mandatory ones alone."""
    body = {name: VALUES.get(name) for name, mandatory in names_of(path).items() if name != "token" and (whole or mandatory)}
    made = server.done("payments/create", {**CREATE, "life_cycle_state": "POSTED" if path == "payments/cancel" else "DRAFT"})
    if "payment_identifier" in body:
        body["payment_identifier"] = {"id": made["id"]}
    if path == "payments/cancel":
        body["type_identifier"] = {"name": "Payment Cancellation 1"}
    return body


def assert_as_printed(answer: Answer, printed: Mapping[str, Any]) -> None:
    """The answer is the printed one: ids, times and numbers apart, which only have to look like the printed ones."""
    assert answer.status == 200
    assert answer.body["status"] == printed["status"]
    assert set(answer.data) == set(printed["data"])
    for name, value in printed["data"].items():
        form = next((form for form in (ID, TIME, NUMBER) if isinstance(value, str) and form.fullmatch(value)), None)
        if form is None:
            assert answer.data[name] == value, name
        else:
            assert isinstance(answer.data[name], str) and form.fullmatch(answer.data[name]), name
    assert f'"payment_amount":{printed["data"]["payment_amount"]},' in answer.text.replace("}", ",")


@BOTH
def test_a_draft_is_answered_as_printed(server: Native, prefix: str) -> None:
    assert_as_printed(server.at(prefix).ask("payments/create", CREATE, by="clerk"), CREATED)


@BOTH
def test_the_printed_request_pays_the_invoice_and_is_answered_as_printed(server: Native, prefix: str) -> None:
    answer = server.at(prefix).ask("payments/pay_invoice", PAY_INVOICE, by="clerk")
    assert_as_printed(answer, PAID)
    payment = server.done("payments/show", {"payment_identifier": {"id": answer.data["id"]}})
    assert payment["received_on"] == PAY_INVOICE["received_on"]
    assert payment["received_by_user"]["id"] == PAY_INVOICE["received_by_user_identifier"]["id"]
    assert payment["received_by_unit"]["id"] == PAY_INVOICE["received_by_unit_identifier"]["id"]
    assert [payment[name]["name"] for name in ("type", "payment_method", "category")] == [
        "Payment 2",
        "Direct Debit",
        "Payment Categories",
    ]
    invoice = server.done("invoices/show", {"invoice_identifier": PAY_INVOICE["invoice_identifier"]})
    assert (invoice["total_amount"], invoice["unsettled_amount"], invoice["outstanding_amount"]) == (300, 0, 0)


@BOTH
def test_the_printed_request_cannot_be_paid_twice(server: Native, prefix: str) -> None:
    server.done("payments/pay_invoice", PAY_INVOICE)
    answer = server.at(prefix).ask("payments/pay_invoice", PAY_INVOICE)
    assert answer.verdict == (200 if prefix else 409, "ALREADY_SETTLED")


@BOTH
def test_a_rejection_by_reference_number_is_answered_as_printed(server: Native, prefix: str) -> None:
    draft = server.done("payments/create", {**CREATE, "payment_amount": 50})
    body = {
        "payment_identifier": {"reference_number": draft["reference_number"]},
        "rejection_reason_identifier": {"name": "Reject Due to Business Request"},
    }
    answer = server.at(prefix).ask("payments/reject", body, by="clerk")
    assert_as_printed(answer, REJECTED)
    assert [answer.data[name] for name in ("id", "reference_number")] == [draft["id"], draft["reference_number"]]


@BOTH
def test_the_latest_payments_are_asked_for_as_printed(server: Native, prefix: str) -> None:
    type_ = "Invoices Balance Payment"
    method = {"payment_method_identifier": {"name": "Direct Debit"}}
    server.done("configuration/types/create", {"name": type_, "classification": "PAYMENT", "payment_methods_set": [method]})
    body = {**CREATE, "type_identifier": {"name": type_}, "category_identifier": None, "life_cycle_state": "POSTED"}
    made = [server.done("payments/create", {**body, "payment_amount": amount}) for amount in (10, 20, 30)]
    query = f"accounts_receivable_identifier=number=9&type_identifier=name={type_}&number=2&fields_set=id,number,reference_number"
    answer = server.at(prefix).get("payments/get_latest", query)
    wanted = ("id", "number", "reference_number")
    assert answer.data == [{name: payment[name] for name in wanted} for payment in (made[2], made[1])]


@BY_PATH
def test_the_published_parameters_stand_in_our_table_in_their_order(path: str) -> None:
    rows = {row.name: row for row in parameter_table(METHODS[path])}
    published = names_of(path)
    assert [name for name in rows if name in published] == list(published)
    for name, mandatory in published.items():
        assert rows[name].type == TYPES[name], name
        assert rows[name].mandatory == (mandatory and (path, name) != ONLY_OWNERS_HAVE_TO), name
    ours = [row.name for row in rows.values() if row.mandatory]
    assert [name for name in ours if not published.get(name)] == [], "what is mandatory here is so on the page"


@BOTH
@BY_PATH
@pytest.mark.parametrize("whole", [True, False], ids=["all parameters", "the mandatory ones"])
def test_what_is_published_is_accepted(server: Native, path: str, prefix: str, whole: bool) -> None:
    answer = server.at(prefix).ask(path, body_of(server, path, whole=whole))
    assert answer.verdict == (200, "OK"), answer.text
    shown = answer.data if isinstance(answer.data, dict) else answer.data[0]
    if whole and "fields_set" in names_of(path):
        assert list(shown) == ["id", "number", "reference_number"]


@BOTH
@pytest.mark.parametrize(
    ("path", "name"), [(path, name) for path in PUBLISHED for name, mandatory in names_of(path).items() if mandatory]
)
def test_what_is_published_as_mandatory_is_missed(server: Native, path: str, name: str, prefix: str) -> None:
    body = body_of(server, path, whole=True)
    del body[name]
    by = "owner" if (path, name) == ONLY_OWNERS_HAVE_TO else "admin"
    answer = server.at(prefix).ask(path, body, by=by)
    assert answer.verdict == (200 if prefix else 422, "MANDATORY_PARAMETER_MISSING")
    assert answer.errors == [(name, "MANDATORY_PARAMETER_MISSING")]


@BOTH
@pytest.mark.parametrize(
    ("name", "members"),
    [
        ("accounts_receivable_identifier", "id number name"),
        ("type_identifier", "id name alternative_code"),
        ("category_identifier", "id name code"),
        ("payment_method_identifier", "id name alternative_code"),
        ("received_by_user_identifier", "id username"),
        ("received_by_unit_identifier", "id name alternative_code"),
    ],
)
def test_every_member_of_an_identifier_names_the_same_record(server: Native, prefix: str, name: str, members: str) -> None:
    shown_as = name.removesuffix("_identifier")
    made = server.done("payments/create", {**CREATE, "life_cycle_state": "POSTED"})
    record = server.done("payments/show", {"payment_identifier": {"id": made["id"]}})[shown_as]
    for member in members.split():
        assert record[member], "the demo gives it one"
        answer = server.at(prefix).ask("payments/create", {**CREATE, name: {member: record[member]}})
        assert answer.verdict == (200, "OK"), answer.text
        again = server.done("payments/show", {"payment_identifier": {"id": answer.data["id"]}})
        assert again[shown_as]["id"] == record["id"]

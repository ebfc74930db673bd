"""What is wrong with fields, said of all of them together, in JSON, forms and multipart."""

import json
from typing import Any

import pytest

from tests.books import BOBS, EUROS
from tests.rpcserver.dialects.waldur.caller import DAY, ROOT, Body, Caller, customer_link, multipart, part, profile_link

pytestmark = pytest.mark.one_engine

NOBODY = "0" * 32
REQUIRED, NULL = "This field is required.", "This field may not be null."
NO_MATCH, OTHER, NO_OBJECT = (
    "Invalid hyperlink - No URL match.",
    "Invalid hyperlink - Incorrect URL match.",
    "Invalid hyperlink - Object does not exist.",
)
NO_DATE = "Date has wrong format. Use one of these formats instead: YYYY-MM-DD."
NO_NUMBER = "A valid number is required."
NO_FILE = "The submitted data was not a file. Check the encoding type on the form."
JSON = {"Content-Type": "application/json"}


def posted(caller: Caller, body: object) -> tuple[int, Any]:
    return caller.refused("POST", "payments/", json=body)


def test_all_fields_that_are_wrong_are_named_in_their_order(reader: Caller) -> None:
    assert posted(reader, {"proof": "x", "sum": "x", "date_of_payment": "x", "profile": "x"}) == (
        400,
        {"profile": [NO_MATCH], "date_of_payment": [NO_DATE], "sum": [NO_NUMBER], "proof": [NO_FILE]},
    )


@pytest.mark.parametrize("content", [b"", b"{}"])
def test_what_is_required_is_asked_for(reader: Caller, content: bytes) -> None:
    answer = reader.refused("POST", "payments/", content=content, headers=JSON)
    assert answer == (400, {"profile": [REQUIRED], "date_of_payment": [REQUIRED]})


@pytest.mark.parametrize("announced", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x"])
def test_an_empty_form_is_asked_for_the_same(reader: Caller, announced: str) -> None:
    answer = reader.refused("POST", "payments/", content=b"", headers={"Content-Type": announced})
    assert answer == (400, {"profile": [REQUIRED], "date_of_payment": [REQUIRED]})


def test_null_is_nothing_but_for_the_proof(reader: Caller) -> None:
    body = dict.fromkeys(("profile", "date_of_payment", "sum", "proof"))
    assert posted(reader, body) == (400, {"profile": [NULL], "date_of_payment": [NULL], "sum": [NULL]})


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("", NULL),
        (NOBODY, NO_MATCH),
        ("/nonsense/", NO_MATCH),
        (f"/api/payment-profiles/{NOBODY}", NO_MATCH),
        ("http://[", NO_MATCH),
        (f"/api/payment-profiles/{NOBODY}/?x=1", NO_MATCH),
        (f"/api/payment-profiles/{NOBODY}/enable/", OTHER),
        (f"/api/invoices/{NOBODY}/", OTHER),
        (f"http://testserver/api/payments/{NOBODY}/", OTHER),
        ("/api/payment-profiles/", OTHER),
        ("/api/payment-profiles/nonsense/", NO_OBJECT),
        (f"/api/payment-profiles/{NOBODY}/", NO_OBJECT),
        (f"/api/profile/{NOBODY}/", NO_OBJECT),
        (7, "Incorrect type. Expected URL string, received int."),
        (7.5, "Incorrect type. Expected URL string, received float."),
        (True, "Incorrect type. Expected URL string, received bool."),
        ([], "Incorrect type. Expected URL string, received list."),
        ({}, "Incorrect type. Expected URL string, received dict."),
    ],
)
def test_a_profile_that_is_none(reader: Caller, sent: object, said: str) -> None:
    assert posted(reader, {"profile": sent, "date_of_payment": DAY}) == (400, {"profile": [said]})


def test_an_inactive_profile_takes_no_payments(caller: Caller) -> None:
    profile = caller.profile()
    caller.done("PATCH", f"payment-profiles/{profile.id}/", json={"is_active": None})
    answer = posted(caller, {"profile": profile_link(profile), "date_of_payment": DAY})
    assert answer == (400, {"profile": [NO_OBJECT]})


@pytest.mark.parametrize(
    "spelled",
    [
        "/api/payment-profiles/{uuid}/",
        "/api/profile/{uuid}/",
        "https://elsewhere.example:1/api/payment-profiles/{upper}/?x=1",
        "/api/payment-profiles/{dashed}/",
        "/api/payment%2Dprofiles/{uuid}/",
    ],
)
def test_of_a_hyperlink_only_the_path_counts(caller: Caller, spelled: str) -> None:
    uuid = caller.profile().id.lower()
    dashed = f"{uuid[:8]}-{uuid[8:12]}-{uuid[12:16]}-{uuid[16:20]}-{uuid[20:]}"
    sent = spelled.format(uuid=uuid, upper=uuid.upper(), dashed=dashed)
    assert caller.payment(profile=sent)["profile"] == f"{ROOT}/api/payment-profiles/{uuid}/"


@pytest.mark.parametrize(
    "sent",
    ["", "nonsense", "2024-02-30", "2024-03-09T10:00:00", "09/03/2024", "20240309", "0000-01-01", 20240309, 1.5, True, [], {}],
)
def test_a_date_that_is_none(reader: Caller, sent: object) -> None:
    assert posted(reader, reader.terms(date_of_payment=sent)) == (400, {"date_of_payment": [NO_DATE]})


@pytest.mark.parametrize(("sent", "shown"), [("1999-12-31", "1999-12-31"), ("2999-01-01", "2999-01-01"), ("2024-3-9", DAY)])
def test_a_date_may_lie_in_the_past_or_the_future(caller: Caller, sent: str, shown: str) -> None:
    assert caller.payment(date_of_payment=sent)["date_of_payment"] == shown


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        ("", NO_NUMBER),
        ("abc", NO_NUMBER),
        ("1,5", NO_NUMBER),
        ("NaN", NO_NUMBER),
        ("-Infinity", NO_NUMBER),
        (True, NO_NUMBER),
        ([1], NO_NUMBER),
        ({}, NO_NUMBER),
        ("1.500", "Ensure that there are no more than 2 decimal places."),
        (0.125, "Ensure that there are no more than 2 decimal places."),
        ("12345678901", "Ensure that there are no more than 10 digits in total."),
        ("1e500", "Ensure that there are no more than 10 digits in total."),
        ("123456789", "Ensure that there are no more than 8 digits before the decimal point."),
        ("1" * 1001, "String value too large."),
        ("-5.00", "Ensure this value is greater than or equal to 0."),
        (-0.01, "Ensure this value is greater than or equal to 0."),
    ],
)
def test_a_sum_that_is_none(reader: Caller, sent: object, said: str) -> None:
    assert posted(reader, reader.terms(sum=sent)) == (400, {"sum": [said]})


@pytest.mark.parametrize(
    ("spelled", "said"),
    [
        ("1e999999999", "Ensure that there are no more than 10 digits in total."),
        ("1e-999999999", "Ensure that there are no more than 10 digits in total."),
        ("12.5" + "0" * 40 + "1", "Ensure that there are no more than 10 digits in total."),
        ("1" * 1001, "String value too large."),
    ],
)
def test_numbers_that_only_json_can_say(reader: Caller, spelled: str, said: str) -> None:
    content = json.dumps(reader.terms(sum="@")).replace('"@"', spelled).encode()
    assert reader.refused("POST", "payments/", content=content, headers=JSON) == (400, {"sum": [said]})


@pytest.mark.parametrize(
    ("spelled", "shown"),
    [
        ("10", "10.00"),
        ("12.5", "12.50"),
        ("1.500", "1.50"),
        ("1e2", "100.00"),
        ('" 3.10 "', "3.10"),
        ('"1e2"', "100.00"),
        ("0", "0.00"),
        ("-0.0", "0.00"),
        ("99999999.99", "99999999.99"),
    ],
)
def test_sums_that_are_taken(caller: Caller, spelled: str, shown: str) -> None:
    content = json.dumps(caller.terms(sum="@")).replace('"@"', spelled).encode()
    assert caller.done("POST", "payments/", 201, content=content, headers=JSON)["sum"] == shown


def test_a_sum_that_is_left_out_is_zero_and_booked_as_such(caller: Caller) -> None:
    payment = caller.payment()
    assert payment["sum"] == "0.00"
    assert caller.row(payment).life_cycle_state == "POSTED"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"[]", "Invalid data. Expected a dictionary, but got list."),
        (b'"text"', "Invalid data. Expected a dictionary, but got str."),
        (b"7", "Invalid data. Expected a dictionary, but got int."),
        (b"7.5", "Invalid data. Expected a dictionary, but got float."),
        (b"true", "Invalid data. Expected a dictionary, but got bool."),
        (b"null", "No data provided"),
    ],
)
def test_a_body_that_is_no_object(reader: Caller, content: bytes, said: str) -> None:
    answer = reader.refused("POST", "payments/", content=content, headers=JSON)
    assert answer == (400, {"non_field_errors": [said]})


@pytest.mark.parametrize(
    "content",
    [
        b"{",
        b'{"sum": NaN}',
        b'{"sum": Infinity}',
        b"\xef\xbb\xbf{}",
        b'{"profile": "\xff"}',
        b'{"profile": "\\ud800"}',
        b'{"sum": 1, "sum": 2}',
        b"[" * 100_000,
        b'{"sum": 1e99999999999999999999999}',
        b" ",
    ],
)
def test_a_body_that_is_no_json(reader: Caller, content: bytes) -> None:
    status, body = reader.refused("POST", "payments/", content=content, headers=JSON)
    assert status == 400
    assert list(body) == ["detail"] and body["detail"].startswith("JSON parse error - ")


def test_unknown_and_read_only_members_are_passed_over(caller: Caller) -> None:
    payment = caller.payment(uuid=NOBODY, invoice="nonsense", customer_uuid=7, nonsense={"a": [1]})
    assert payment["uuid"] != NOBODY and payment["invoice"] is None


def test_a_form_says_the_same_as_json(caller: Caller) -> None:
    payment = caller.done("POST", "payments/", 201, data=caller.terms(sum="12.5"))
    assert (payment["sum"], payment["date_of_payment"]) == ("12.50", DAY)


def test_a_multipart_form_says_the_same_as_json(caller: Caller) -> None:
    parts = [part(name, str(value).encode()) for name, value in caller.terms(sum="12.5").items()]
    payment = caller.done("POST", "payments/", 201, **multipart(*parts))
    assert (payment["sum"], payment["date_of_payment"]) == ("12.50", DAY)


@pytest.mark.parametrize(
    ("name", "refused"),
    [("profile", {"profile": [NULL]}), ("date_of_payment", {"date_of_payment": [NO_DATE]}), ("sum", None), ("proof", None)],
)
def test_what_is_blank_in_a_form(caller: Caller, name: str, refused: Body | None) -> None:
    sent = {**caller.terms(), name: ""}
    for how in ({"data": sent}, multipart(*(part(field, value.encode()) for field, value in sent.items()))):
        answer = caller.ask("POST", "payments/", **how)
        if refused is None:
            assert (answer.status_code, answer.json()["sum"], answer.json()["proof"]) == (201, "0.00", None)
        else:
            assert (answer.status_code, answer.json()) == (400, refused)


def test_of_a_field_that_comes_twice_the_last_counts(caller: Caller) -> None:
    terms = caller.terms()
    content = f"profile=x&profile={terms['profile']}&date_of_payment={DAY}&sum=1&sum=2".encode()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    assert caller.done("POST", "payments/", 201, content=content, headers=headers)["sum"] == "2.00"


@pytest.mark.parametrize("content", [b"sum=%ff", b"\xff", b"&".join([b"a=1"] * 1001)])
def test_a_form_that_cannot_be_read(reader: Caller, content: bytes) -> None:
    status, body = reader.refused(
        "POST", "payments/", content=content, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert status == 400 and body["detail"].startswith("Form parse error - ")


@pytest.mark.parametrize(
    "how",
    [
        {"content": b"x", "headers": {"Content-Type": "multipart/form-data"}},
        {"content": b"x", "headers": {"Content-Type": "multipart/form-data; boundary="}},
        {"content": b"nonsense", "headers": {"Content-Type": "multipart/form-data; boundary=edge"}},
        {"content": b"x", "headers": {"Content-Type": f"multipart/form-data; boundary={'e' * 300}"}},
        {"content": part("sum", b"1"), "headers": {"Content-Type": "multipart/form-data; boundary=edge"}},
        multipart(part("sum", b"\xff")),
        multipart(*[part("sum", b"1")] * 1001),
        multipart(b"--edge\r\n\r\nnameless\r\n"),
        multipart(b"--edge\r\nContent-Disposition: form-data\r\n\r\nnameless\r\n"),
        multipart(b"--edge\r\n" + b"A: b\r\n" * 17 + b"\r\nx\r\n"),
    ],
)
def test_a_multipart_body_that_cannot_be_read(reader: Caller, how: dict[str, Any]) -> None:
    status, body = reader.refused("POST", "payments/", **how)
    assert status == 400 and body["detail"].startswith("Multipart form parse error - ")


def test_a_file_in_another_fields_place_is_no_text(reader: Caller) -> None:
    parts = [part(name, b"x", '; filename="x"') for name in ("profile", "date_of_payment", "sum")]
    assert reader.refused("POST", "payments/", **multipart(*parts)) == (
        400,
        {
            "profile": ["Incorrect type. Expected URL string, received file."],
            "date_of_payment": [NO_DATE],
            "sum": [NO_NUMBER],
        },
    )


def test_an_invoice_to_link_is_read_in_the_same_way(caller: Caller) -> None:
    payment = caller.payment(sum=5)
    address = f"{payment['url']}link_to_invoice/"
    for sent, said in (
        ({}, REQUIRED),
        ({"invoice": None}, NULL),
        ({"invoice": 7}, "Incorrect type. Expected URL string, received int."),
        ({"invoice": NOBODY}, NO_MATCH),
        ({"invoice": profile_link(caller.profile(EUROS))}, OTHER),
        ({"invoice": customer_link(caller.customer())}, OTHER),
        ({"invoice": f"/api/invoice/{NOBODY}/"}, NO_OBJECT),
        ({"invoice": f"/api/invoices/{caller.profile(BOBS).id}/"}, NO_OBJECT),
    ):
        assert caller.refused("POST", address, json=sent) == (400, {"invoice": [said]})
    assert caller.refused("POST", address, content=b"{", headers=JSON)[0] == 400
    assert caller.refused("POST", address, content=b"{}", headers={"Content-Type": "text/plain"})[0] == 415

"""Who may come in, in which media types, how often; and every refusal that has nothing to do with payments."""

import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from ledger.storage.models import AuditEntry
from rpcserver.dialects.productive import actions
from tests import premises
from tests.engines import copied
from tests.rpcserver.dialects.productive.asking import DAY, PATH, Answer, Caller, payment
from tests.rpcserver.dialects.productive.jsonapi import MEDIA_TYPE

pytestmark = pytest.mark.one_engine

UNAUTHENTICATED = {
    "status": "401",
    "code": "invalid_auth_token",
    "title": "Unauthenticated",
    "detail": "You are not authenticated",
    "meta": {},
    "source": {},
}


def test_without_a_token_and_with_a_wrong_one_nobody_is_let_in(caller: Caller) -> None:
    for token in (None, "nonsense", "rpk_unknown"):
        for verb, path in (("GET", PATH), ("POST", PATH), ("GET", f"{PATH}/1"), ("PATCH", f"{PATH}/1"), ("DELETE", f"{PATH}/1")):
            refused = caller.send(verb, path, X_Auth_Token=token, X_Organization_Id=None, Content_Type="text/plain")
            assert (refused.status, refused.body) == (401, {"errors": [UNAUTHENTICATED]})
            assert refused.headers["www-authenticate"] == "Bearer"


def test_a_token_may_stand_in_authorization(caller: Caller) -> None:
    token = caller.premises.tokens["clerk"]
    for line in (f"Bearer {token}", f"Token {token}", f"Bearer Token {token}"):
        assert caller.get(X_Auth_Token=None, Authorization=line).status == 200
    assert caller.get(X_Auth_Token=caller.premises.tokens["admin"], Authorization=f"Bearer {token}").status == 401


@pytest.mark.parametrize("named", [None, "", "2", "01", "x", "1, 1"])
def test_the_organization_has_to_be_named(caller: Caller, named: str | None) -> None:
    for verb, path in (("GET", PATH), ("POST", PATH), ("DELETE", f"{PATH}/1")):
        refused = caller.send(verb, path, X_Organization_Id=named)
        assert refused.codes == (403, ["no_organization_id"])
        assert (refused.errors[0]["title"], refused.errors[0]["source"]) == ("Access Denied", {})


@pytest.mark.parametrize("role", ["auditor", "owner"])
def test_who_may_only_read_is_denied_writing_before_anything_is_read(caller: Caller, role: str) -> None:
    pk, reader = caller.paid(caller.invoice()), caller.by(role)
    assert reader.get(pk=pk).status == 200
    for refused in (
        reader.send("POST", PATH, b"nonsense", Content_Type="text/plain"),
        reader.change(pk, amount=1),
        reader.delete(pk),
        reader.delete(987),
    ):
        assert (refused.codes, refused.errors[0]["title"]) == ((403, ["access_denied"]), "Access Denied")
    assert caller.row(pk).amount == 10_000
    assert {row.outcome for row in caller.premises.company.all(AuditEntry, door="productive", actor=role)} == {"NOT_PERMITTED"}


def test_an_owner_sees_what_is_theirs(caller: Caller) -> None:
    own, other = caller.invoice(100), caller.invoice(100, "Bob EUR")
    mine, theirs = caller.paid(own), caller.paid(other)
    owner = caller.by("owner")
    assert owner.listed() == [mine]
    assert owner.get(pk=theirs).codes == (404, ["record_not_found"])
    assert owner.get("aggregates=total_amount").body["meta"]["aggregates"] == {"total_amount": 10_000}


@pytest.mark.parametrize("path", ["", "/", "/1/relationships/invoice", "/1/2"])
@pytest.mark.parametrize("verb", ["PUT", "DELETE", "OPTIONS", "PROPFIND"])
def test_other_paths_and_verbs(caller: Caller, verb: str, path: str) -> None:
    refused = caller.send(verb, PATH + path, X_Auth_Token=None)
    if path in ("", "/"):
        assert refused.codes == (405, ["method_not_allowed"])
        assert refused.headers["allow"] == "GET, POST, HEAD"
    else:
        assert refused.codes == (404, ["not_found"])


def test_other_resources_are_not_there(caller: Caller) -> None:
    assert caller.send("GET", "/api/v2/invoices").codes == (404, ["not_found"])
    assert caller.send("PUT", f"{PATH}/1").headers["allow"] == "GET, PATCH, DELETE, HEAD"


def test_a_slash_at_the_end_is_let_pass(caller: Caller) -> None:
    pk = caller.paid(caller.invoice())
    assert caller.send("GET", f"{PATH}/").ids == [pk]
    assert caller.send("GET", f"{PATH}/{pk}/").data["id"] == pk
    made = caller.send("POST", f"{PATH}/", json.dumps(payment(1, amount=1, paid_on=DAY)).encode())
    assert made.headers["location"] == f"http://testserver{PATH}/{made.data['id']}"


# --- media types ---


def _posted(caller: Caller, media: str | None, encoding: str | None = None) -> Answer:
    document = payment(caller.invoice().pk, amount=1, paid_on=DAY)
    return caller.post(document, Content_Type=media, Content_Encoding=encoding)


@pytest.mark.parametrize(
    "media",
    [
        None,
        "",
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
        f"{MEDIA_TYPE}; charset=utf-8",
        f'{MEDIA_TYPE};ext="https://jsonapi.org/ext/atomic"',
        f"{MEDIA_TYPE}; ext=bulk",
        f'{MEDIA_TYPE}; profile="https://example.com/p"; version=1',
        "application/vnd.api+jsonx",
    ],
)
def test_a_body_that_is_announced_as_something_else_is_not_read(caller: Caller, media: str | None) -> None:
    refused = _posted(caller, media)
    assert refused.codes == (415, ["unsupported_media_type"])
    assert refused.errors[0]["source"] == {"header": "Content-Type"}


@pytest.mark.parametrize(
    "media", [MEDIA_TYPE, "Application/VND.API+JSON", f'{MEDIA_TYPE}; profile="https://example.com/a;b https://example.com/c"']
)
def test_a_body_that_is_announced_as_what_it_is_is_read(caller: Caller, media: str) -> None:
    assert _posted(caller, media).status == 201


def test_a_compressed_body_is_not_read(caller: Caller) -> None:
    refused = _posted(caller, MEDIA_TYPE, "gzip")
    assert (refused.codes, refused.errors[0]["source"]) == ((415, ["unsupported_media_type"]), {"header": "Content-Encoding"})


def test_a_request_without_a_body_may_say_nothing_of_it_or_anything_but_a_changed_type(caller: Caller) -> None:
    for media in (None, "application/json", MEDIA_TYPE):
        assert caller.get(Content_Type=media).status == 200
    assert caller.get(Content_Type=f"{MEDIA_TYPE}; charset=utf-8").status == 415
    assert caller.send("POST", PATH, Content_Type=None).codes == (400, ["bad_request"])


@pytest.mark.parametrize(
    "accept",
    [
        None,
        "*/*",
        "application/json",
        "text/html",
        MEDIA_TYPE,
        f"{MEDIA_TYPE};q=0.5",
        f'{MEDIA_TYPE}; profile="https://example.com/p,q"; q=1',
        f"{MEDIA_TYPE}; charset=utf-8, {MEDIA_TYPE}",
        f"{MEDIA_TYPE}; ext=bulk, text/html, {MEDIA_TYPE}; q=0.1",
    ],
)
def test_answers_that_can_be_had(caller: Caller, accept: str | None) -> None:
    assert caller.get(Accept=accept).status == 200


@pytest.mark.parametrize(
    "accept",
    [
        f"{MEDIA_TYPE}; charset=utf-8",
        f'{MEDIA_TYPE};ext="https://jsonapi.org/ext/atomic"',
        f"{MEDIA_TYPE}; ext=bulk, {MEDIA_TYPE}; charset=utf-8; q=0.5",
        f'text/html;level="1,{MEDIA_TYPE}", {MEDIA_TYPE}; version=1',
    ],
)
def test_answers_that_cannot_be_had(caller: Caller, accept: str) -> None:
    refused = caller.get(Accept=accept)
    assert refused.codes == (406, ["not_acceptable"])
    assert refused.errors[0]["source"] == {"header": "Accept"}


# --- documents ---


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"   ",
        b"nonsense",
        b"[]",
        b"null",
        b'{"data": {"type": "payments", "type": "payments"}}',
        b'{"data": {"type": "payments", "attributes": {"amount": 1, "amount": 2}}}',
        b'{"data": {"type": "payments", "attributes": {"amount": NaN}}}',
        b'{"data": ' + b"[" * 40 + b"]" * 40 + b"}",
        b"\xff\xfe",
    ],
)
def test_bodies_that_are_no_json_objects(caller: Caller, content: bytes) -> None:
    assert caller.send("POST", PATH, content).codes == (400, ["bad_request"])


@pytest.mark.parametrize(
    ("document", "pointer"),
    [
        ({}, "data"),
        ({"data": None}, "data"),
        ({"data": []}, "data"),
        ({"data": [{"type": "payments"}]}, "data"),
        ({"data": {}}, "data/type"),
        ({"data": {"type": None}}, "data/type"),
        ({"data": {"type": 1}}, "data/type"),
        ({"data": {"type": "payments", "id": 1}}, "data/id"),
        ({"data": {"type": "payments", "attributes": []}}, "data/attributes"),
        ({"data": {"type": "payments", "attributes": None}}, "data/attributes"),
        ({"data": {"type": "payments", "relationships": "x"}}, "data/relationships"),
        ({"data": {"type": "payments", "relationships": {"invoice": None}}}, "data/relationships/invoice"),
        ({"data": {"type": "payments", "relationships": {"invoice": {}}}}, "data/relationships/invoice"),
        ({"data": {"type": "payments", "relationships": {"invoice": {"data": []}}}}, "data/relationships/invoice/data"),
        ({"data": {"type": "payments", "relationships": {"invoice": {"data": {"id": "1"}}}}}, "data/relationships/invoice/data"),
        (
            {"data": {"type": "payments", "relationships": {"invoice": {"data": {"type": "invoices", "id": 1}}}}},
            "data/relationships/invoice/data",
        ),
    ],
)
def test_documents_that_are_none(caller: Caller, document: object, pointer: str) -> None:
    pk = caller.paid(caller.invoice())
    for refused in (caller.post(document), caller.patch(pk, document)):
        assert refused.codes == (400, ["invalid_document"])
        assert refused.errors[0]["source"] == {"pointer": pointer}


@pytest.mark.parametrize("type_", ["payment", "invoices", "Payments", "", "\ud83d"])
def test_a_wrong_type_is_a_conflict(caller: Caller, type_: str) -> None:
    pk = caller.paid(caller.invoice())
    for refused in (caller.post({"data": {"type": type_}}), caller.patch(pk, {"data": {"type": type_, "id": pk}})):
        assert refused.codes == (409, ["conflict"])
        assert refused.errors[0]["source"] == {"pointer": "data/type"}
    linkage = {"invoice": {"data": {"type": type_ if type_ != "invoices" else "bills", "id": "1"}}}
    assert caller.post({"data": {"type": "payments", "relationships": linkage}}).codes == (409, ["conflict"])


def test_an_id_that_the_client_made_is_forbidden(caller: Caller) -> None:
    document = payment(caller.invoice().pk, amount=1, paid_on=DAY)
    for given in ("77", ""):
        document["data"]["id"] = given
        refused = caller.post(document)
        assert (refused.codes, refused.errors[0]["source"]) == ((403, ["client_generated_id"]), {"pointer": "data/id"})
    document["data"]["id"] = None
    assert caller.post(document).status == 201


def test_members_of_other_kinds_are_passed_over(caller: Caller) -> None:
    document = payment(caller.invoice().pk, amount=1, paid_on=DAY)
    document |= {"meta": {}, "jsonapi": {"version": "1.1"}, "included": [], "links": {}}
    document["data"] |= {"lid": "local", "meta": {}, "links": {}}
    assert caller.post(document).status == 201


# --- limits and failures ---


def test_a_body_that_is_too_large_is_refused(caller: Caller) -> None:
    refused = caller.send("POST", PATH, b" " * (caller.premises.settings.max_body + 1))
    assert refused.codes == (413, ["content_too_large"])
    assert refused.headers["connection"] == "close"


@pytest.fixture
def narrow(furnished_template: Path, tmp_path: Path) -> Iterator[Caller]:
    """A door that takes 3 requests in 10 seconds and 5 in half an hour."""
    path = copied(furnished_template, tmp_path / "book.db")
    with premises.opened(path, productive_requests_in_10_seconds=3, productive_requests_in_30_minutes=5, write_wait=0.2) as opened:
        yield Caller(opened)


def test_who_comes_too_often_is_told_when_to_come_again(narrow: Caller) -> None:
    assert [narrow.get(X_Organization_Id="9").status, narrow.get().status, narrow.get().status] == [403, 200, 200]
    narrow.premises.company.clock.advance(3)
    refused = narrow.get()
    assert refused.codes == (429, ["too_many_requests"])
    assert refused.headers["retry-after"] == "7"
    assert narrow.by("admin").get().status == 200
    assert narrow.send("GET", PATH, X_Auth_Token="x").status == 401
    narrow.premises.company.clock.advance(7)
    assert narrow.get().status == 200
    assert (narrow.get().status, narrow.get().headers["retry-after"]) == (429, "1790")
    narrow.premises.company.clock.advance(1_790)
    assert narrow.get().status == 200


def test_there_are_no_limits_unless_they_are_set(caller: Caller) -> None:
    assert {caller.get().status for _ in range(120)} == {200}


@pytest.mark.sqlite
def test_a_book_that_is_busy_says_when_to_come_again(narrow: Caller) -> None:
    url = narrow.premises.settings.database_url.removeprefix("sqlite:///")
    invoice = narrow.invoice()
    with closing(sqlite3.connect(url, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        refused = narrow.pay(invoice)
        assert time.monotonic() - started < 5
        other.rollback()
    assert (refused.codes, refused.headers["retry-after"]) == ((503, ["service_unavailable"]), "1")
    assert narrow.pay(invoice).status == 201


def test_a_fault_of_the_server_is_told_by_its_request_id(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("unforeseen")

    monkeypatch.setattr(actions, "posted", broken)
    refused = caller.get(X_Request_Id="r-17")
    assert refused.codes == (500, ["internal_server_error"])
    assert "r-17" in refused.errors[0]["detail"] and "unforeseen" not in refused.text
    assert refused.headers["x-request-id"] == "r-17"
    caller.premises.faults.seen.clear()


def test_what_is_done_here_is_audited_under_this_door(caller: Caller) -> None:
    pk = caller.paid(caller.invoice())
    caller.change(pk, amount=1)
    caller.delete(pk)
    kept = [(row.door, row.method) for row in caller.premises.company.audited(caller.row(pk))]
    assert kept == [("productive", f"payments.{verb}") for verb in ("create", "update", "delete")]

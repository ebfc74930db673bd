"""Whatever is sent, the door answers in its own words and never fails."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.rpcserver.dialects.waldur.caller import BOUNDARY, Caller, multipart

pytestmark = pytest.mark.one_engine

TRIES = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
NAMES = ["profile", "date_of_payment", "sum", "proof", "invoice", "name", "organization", "payment_type", "attributes", "is_active"]
WORDS = st.one_of(
    st.text(),
    st.sampled_from(["", "0", "-1", "1e5", "2024-03-09", "2024-02-30", "true", "null", "/api/payments/1/", "http://[", "invoices"]),
)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(), inner, max_size=3)),
    max_leaves=5,
)
BODIES = st.one_of(VALUES, st.dictionaries(st.sampled_from(NAMES), VALUES))
WRITES = [
    ("POST", "payments/"),
    ("PATCH", "payments/1/"),
    ("POST", "payments/1/link_to_invoice/"),
    ("POST", "payment-profiles/"),
    ("POST", "invoices/1/paid/"),
    ("POST", "/api-auth/password/"),
]
LISTS = ["payments/", "payment-profiles/", "invoices/", "customers/"]
PARAMETERS = st.sampled_from(
    ["page", "page_size", "date_of_payment", "profile", "profile_uuid", "organization", "state", "is_active", "o", "field", "name"]
)
MEDIA = st.sampled_from(
    ["application/json", "application/x-www-form-urlencoded", f"multipart/form-data; boundary={BOUNDARY}", "text/plain", ""]
)


def answered(caller: Caller, verb: str, path: str, **how: Any) -> int:
    answer = caller.ask(verb, path, **how)
    assert answer.status_code in (200, 400, 401, 404, 413, 415), answer.text
    json.loads(answer.content)
    return answer.status_code


@TRIES
@given(body=BODIES, write=st.sampled_from(WRITES))
def test_any_json(reader: Caller, body: object, write: tuple[str, str]) -> None:
    answered(reader, *write, json=body)


@TRIES
@given(content=st.binary(), media=MEDIA, write=st.sampled_from(WRITES))
def test_any_bytes(reader: Caller, content: bytes, media: str, write: tuple[str, str]) -> None:
    answered(reader, *write, content=content, headers={"Content-Type": media})


@TRIES
@given(parts=st.lists(st.binary(), max_size=3), name=st.sampled_from(NAMES), file_name=st.one_of(st.none(), st.text()))
def test_any_parts(reader: Caller, parts: list[bytes], name: str, file_name: str | None) -> None:
    more = "" if file_name is None else f'; filename="{file_name}"'
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n'.encode("utf-8", "replace")
    answered(reader, "POST", "payments/", **multipart(*(head + part + b"\r\n" for part in parts)))


@TRIES
@given(query=st.lists(st.tuples(PARAMETERS, WORDS), max_size=4), path=st.sampled_from(LISTS))
def test_any_query(reader: Caller, query: list[tuple[str, str]], path: str) -> None:
    spelled = "&".join(f"{name}={quote(value, safe='', errors='replace')}" for name, value in query)
    answered(reader, "GET", f"{path}?{spelled}")


@pytest.mark.parametrize("path", ["payments", "payment-profiles", "invoices", "customers", "users", "media"])
@TRIES
@given(uuid=st.text(min_size=1))
def test_any_name_in_a_path(reader: Caller, path: str, uuid: str) -> None:
    answer = reader.ask("GET", f"{path}/{quote(uuid, safe='', errors='replace')}/")
    assert answer.status_code in (200, 301, 404), answer.text

"""Paths, verbs and forms: what is answered before any payment is looked at."""

import re
from pathlib import Path

import pytest
from starlette.routing import Route

from rpcserver.dialects import waldur
from rpcserver.house import House
from rpcserver.rest import Resource
from tests.engines import path_of
from tests.premises import Premises, opened
from tests.rpcserver.dialects.waldur.caller import Caller

pytestmark = pytest.mark.one_engine

LIST, DETAIL, DEED = "GET, POST, HEAD, OPTIONS", "GET, PUT, PATCH, DELETE, HEAD, OPTIONS", "POST, OPTIONS"
NOBODY = "0" * 32
HTML = "text/html; charset=utf-8"
README = Path(waldur.__file__).with_name("README.md")


@pytest.mark.parametrize(
    ("verb", "path", "allow"),
    [
        ("PUT", "payments/", LIST),
        ("DELETE", "payments/", LIST),
        ("POST", f"payments/{NOBODY}/", DETAIL),
        ("TRACE", f"payments/{NOBODY}/", DETAIL),
        ("GET", f"payments/{NOBODY}/link_to_invoice/", DEED),
        ("GET", f"payments/{NOBODY}/unlink_from_invoice/", DEED),
        ("DELETE", f"payment-profiles/{NOBODY}/", "GET, PUT, PATCH, HEAD, OPTIONS"),
        ("POST", "invoices/", "GET, HEAD, OPTIONS"),
        ("POST", "customers/", "GET, HEAD, OPTIONS"),
        ("POST", "users/me/", "GET, HEAD, OPTIONS"),
        ("DELETE", f"media/{NOBODY}/", "GET, HEAD, OPTIONS"),
    ],
)
def test_a_verb_that_is_not_answered_is_named(reader: Caller, verb: str, path: str, allow: str) -> None:
    answer = reader.ask(verb, path)
    assert (answer.status_code, answer.json()) == (405, {"detail": f'Method "{verb}" not allowed.'})
    assert answer.headers["Allow"] == allow


def test_an_action_has_no_head(reader: Caller) -> None:
    answer = reader.ask("HEAD", f"payments/{NOBODY}/link_to_invoice/")
    assert (answer.status_code, answer.content) == (405, b"")


def test_logging_in_is_told_apart_from_a_wrong_verb_without_a_token(reader: Caller) -> None:
    answer = reader.ask("GET", "/api-auth/password/", by=None)
    assert (answer.status_code, answer.json()) == (405, {"detail": 'Method "GET" not allowed.'})
    assert answer.headers["Allow"] == DEED


@pytest.mark.parametrize(
    "path", ["nonsense/", "payments/1/2/", "payments/1/approve/", "projects/", "/api-auth/nonsense/", "users/"]
)
def test_an_unknown_path_is_a_page_that_says_so_whoever_asks(reader: Caller, path: str) -> None:
    for by in ("clerk", None):
        answer = reader.ask("GET", path, by=by)
        assert (answer.status_code, answer.headers["Content-Type"]) == (404, HTML)
        assert "Not Found" in answer.text


@pytest.mark.parametrize("uuid", ["1", "not-a-uuid", NOBODY, "f" * 32, "%00", "%F0%9F%92%B6", "018f3406-9e00"])
@pytest.mark.parametrize(
    ("verb", "rest"),
    [("GET", ""), ("PUT", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "link_to_invoice/"), ("POST", "unlink_from_invoice/")],
)
def test_a_payment_that_is_not_there_comes_before_what_was_sent(reader: Caller, verb: str, rest: str, uuid: str) -> None:
    answer = reader.refused(verb, f"payments/{uuid}/{rest}", content=b"{nonsense", headers={"Content-Type": "text/nonsense"})
    assert answer == (404, {"detail": "No Payment matches the given query."})


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("payment-profiles/x/", "PaymentProfile"),
        ("invoices/x/", "Invoice"),
        ("customers/x/", "Customer"),
        (f"users/{NOBODY}/", "User"),
    ],
)
def test_other_records_that_are_not_there_are_named(reader: Caller, path: str, what: str) -> None:
    assert reader.refused("GET", path) == (404, {"detail": f"No {what} matches the given query."})


@pytest.mark.parametrize("verb", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["payments", "payments/1/link_to_invoice", "payments/1", "invoices/1/paid", "payment-profiles"])
def test_a_path_without_its_last_slash_is_sent_on(reader: Caller, verb: str, path: str) -> None:
    answer = reader.ask(verb, f"/api/{path}?page=2&x=a%20b", by=None)
    assert (answer.status_code, answer.headers["Location"]) == (301, f"/api/{path}/?page=2&x=a%20b")


def test_login_is_sent_on_too(reader: Caller) -> None:
    assert reader.ask("POST", "/api-auth/password", by=None).headers["Location"] == "/api-auth/password/"


@pytest.mark.parametrize(
    ("announced", "named"), [("text/plain", "text/plain"), ("application/xml; charset=utf-8", "application/xml; charset=utf-8")]
)
def test_a_body_in_another_form_is_refused_by_its_name(reader: Caller, announced: str, named: str) -> None:
    answer = reader.refused("POST", "payments/", content=b"{}", headers={"Content-Type": announced})
    assert answer == (415, {"detail": f'Unsupported media type "{named}" in request.'})


def test_a_body_that_is_not_announced_is_taken_for_text(reader: Caller) -> None:
    answer = reader.refused("POST", "payments/", content=b"{}")
    assert answer == (415, {"detail": 'Unsupported media type "text/plain" in request.'})


@pytest.mark.parametrize("accept", ["application/xml", "text/html", "image/png, text/*"])
def test_an_answer_in_another_form_is_not_to_be_had(reader: Caller, accept: str) -> None:
    answer = reader.refused("GET", "payments/", headers={"Accept": accept})
    assert answer == (406, {"detail": "Could not satisfy the request Accept header."})


@pytest.mark.parametrize("accept", ["", "*/*", "application/json", "text/html, application/*;q=0.5", "application/json; indent=4"])
def test_json_is_to_be_had(reader: Caller, accept: str) -> None:
    answer = reader.ask("GET", "payments/", headers={"Accept": accept})
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")


def test_json_can_be_asked_for_in_the_address(caller: Caller) -> None:
    payment = caller.payment()
    assert caller.done("GET", "payments/?format=json") == caller.done("GET", "payments.json") == [payment]
    assert caller.done("GET", f"payments/{payment['uuid']}.json") == payment
    assert caller.refused("GET", "payments/?format=xml") == (404, {"detail": "Not found."})


@pytest.mark.parametrize("path", ["payments/", "payment-profiles/", "invoices/", "customers/", "users/me/", "version/"])
def test_head_answers_as_get_does_without_the_body(reader: Caller, path: str) -> None:
    got, head = reader.ask("GET", path), reader.ask("HEAD", path)
    assert (head.status_code, head.content) == (200, b"")
    ignored = {"x-request-id"}
    assert {n: v for n, v in head.headers.items() if n not in ignored} == {n: v for n, v in got.headers.items() if n not in ignored}


def test_options_say_what_a_resource_takes(reader: Caller) -> None:
    said = reader.done("OPTIONS", "payments/")
    assert list(said) == ["name", "description", "renders", "parses", "actions"]
    assert said["name"] == "Payment List"
    assert said["renders"] == ["application/json"]
    assert said["parses"] == ["application/json", "application/x-www-form-urlencoded", "multipart/form-data"]
    needed = {name: about["required"] for name, about in said["actions"]["POST"].items()}
    assert needed == {"profile": True, "date_of_payment": True, "sum": False, "proof": False}
    assert list(reader.done("OPTIONS", f"payments/{NOBODY}/")["actions"]) == ["PUT"]


def test_options_name_no_actions_to_who_may_not_write(reader: Caller) -> None:
    assert "actions" not in reader.done("OPTIONS", "payments/", by="owner")
    assert "actions" not in reader.done("OPTIONS", "invoices/")


def test_a_browser_that_asks_first_is_told_nothing(reader: Caller) -> None:
    asks = {"Origin": "https://elsewhere.example", "Access-Control-Request-Method": "POST"}
    for path in ("payments/", "nonsense/", "/api-auth/password/"):
        answer = reader.ask("OPTIONS", path, by=None, headers=asks)
        assert (answer.status_code, answer.content) == (200, b"")
        assert [name for name in answer.headers if name.startswith("access-control")] == []


def test_pages_of_origins_that_are_set_may_call(open_doors: Premises) -> None:
    path = path_of(open_doors.settings.database_url)
    with opened(path, waldur_cors_origins="https://ours.example, https://other.example") as here:
        caller = Caller(here)
        asks = {"Origin": "https://ours.example", "Access-Control-Request-Method": "POST"}
        asks["Access-Control-Request-Headers"] = "authorization, content-type"
        first = caller.ask("OPTIONS", "payments/", by=None, headers=asks)
        assert first.status_code == 200
        assert first.headers["Access-Control-Allow-Origin"] == "https://ours.example"
        then = caller.ask("GET", "payments/", headers={"Origin": "https://ours.example"})
        assert then.headers["Access-Control-Allow-Origin"] == "https://ours.example"
        assert "X-Result-Count" in then.headers["Access-Control-Expose-Headers"]
        stranger = caller.ask("OPTIONS", "payments/", by=None, headers={**asks, "Origin": "https://elsewhere.example"})
        assert "Access-Control-Allow-Origin" not in stranger.headers


def test_every_answer_says_how_it_is_to_be_kept(reader: Caller) -> None:
    for path in ("payments/", "payments/1/", "nonsense/", "payments"):
        headers = reader.ask("GET", path).headers
        assert headers["Content-Language"] == "en"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


def test_a_body_over_the_limit_is_too_large(open_doors: Premises) -> None:
    path = path_of(open_doors.settings.database_url)
    with opened(path, max_body=2000, max_attachment=3000) as here:
        caller = Caller(here)
        status, body = caller.refused("POST", "payments/", json=caller.terms(sum="1" * 2000))
        assert (status, list(body)) == (413, ["detail"])
        status, body = caller.refused("POST", "payments/", files={"proof": ("a", b"1" * 5000)})
        assert (status, list(body)) == (413, ["detail"])
        status, body = caller.refused("POST", f"payments/{NOBODY}/link_to_invoice/", json={"invoice": "1" * 2000})
        assert (status, list(body)) == (413, ["detail"])


def test_the_map_names_the_collections(reader: Caller) -> None:
    found = reader.done("GET", "/api/")
    assert list(found) == ["customers", "invoices", "payment-profiles", "payments"]
    assert [reader.ask("GET", address).status_code for address in found.values()] == [200] * 4


def test_the_version_is_a_text(reader: Caller) -> None:
    assert isinstance(reader.done("GET", "version/")["version"], str)


def test_the_configuration_is_for_everybody(reader: Caller) -> None:
    found = reader.done("GET", "configuration/", by=None)
    assert found == {"WALDUR_CORE": {"SITE_NAME": "The company", "AUTHENTICATION_METHODS": ["LOCAL_SIGNIN"]}}


def test_the_readme_names_every_resource_with_its_verbs(reader: Caller) -> None:
    rows = [line.split("|") for line in README.read_text().splitlines() if line.startswith("| `/api")]
    named = {path: row[2].strip() for row in rows for path in re.findall(r"`(.+?)`", row[1])}
    silent = ("HEAD", "OPTIONS")
    for path, verbs in named.items():
        allowed = reader.ask("OPTIONS", path.replace("{uuid}", NOBODY)).headers["Allow"].split(", ")
        assert [verb for verb in allowed if verb not in silent] == verbs.split(", "), path
    routes = waldur.routes(House(reader.here.company.book, reader.here.settings))
    resources = {route.path for route in routes if isinstance(route, Route) and isinstance(route.endpoint, Resource)}
    assert {path for path in resources if path.endswith("/")} == set(named)

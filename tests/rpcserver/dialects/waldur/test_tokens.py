"""Who may come in: tokens before anything, rights before the body is looked at."""

import pytest

from ledger import users
from ledger.storage.models import User
from tests.books import EUROS
from tests.rpcserver.dialects.waldur.caller import Caller

pytestmark = pytest.mark.one_engine

EVERYWHERE = [
    ("GET", "payments/"),
    ("HEAD", "payments/"),
    ("OPTIONS", "payments/"),
    ("POST", "payments/"),
    ("PUT", "payments/"),
    ("GET", f"payments/{'0' * 32}/"),
    ("PATCH", "payments/nonsense/"),
    ("POST", f"payments/{'0' * 32}/link_to_invoice/"),
    ("GET", "payments/1/link_to_invoice/"),
    ("GET", "payment-profiles/"),
    ("POST", "payment-profiles/"),
    ("GET", "invoices/"),
    ("POST", f"invoices/{'0' * 32}/paid/"),
    ("GET", "customers/"),
    ("GET", "users/me/"),
    ("GET", "version/"),
    ("GET", f"media/{'0' * 32}/"),
    ("GET", "/api/"),
    ("POST", "/api-auth/logout/"),
]


@pytest.mark.parametrize(("verb", "path"), EVERYWHERE)
def test_without_a_token_nothing_else_is_looked_at(reader: Caller, verb: str, path: str) -> None:
    answer = reader.ask(verb, path, by=None, content=b"{nonsense", headers={"Content-Type": "text/nonsense"})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Token"
    body = {} if verb == "HEAD" else answer.json()
    assert body == ({} if verb == "HEAD" else {"detail": "Authentication credentials were not provided."})


@pytest.mark.parametrize(
    ("header", "detail"),
    [
        ("Basic Y2xlcms6", "Authentication credentials were not provided."),
        ("Bearer", "Authentication credentials were not provided."),
        ("Token", "Invalid token. No credentials provided."),
        ("token ", "Invalid token. No credentials provided."),
        ("Token a b", "Invalid token. Token string should not contain spaces."),
        ("Token nonsense", "Invalid token."),
        ("Bearer nonsense", "Invalid token."),
        ("Token rpk_nonsense", "Invalid token."),
    ],
)
def test_a_token_that_is_none_is_refused_in_a_sentence(reader: Caller, header: str, detail: str) -> None:
    answer = reader.ask("GET", "payments/", by=None, headers={"Authorization": header})
    assert (answer.status_code, answer.json()) == (401, {"detail": detail})
    assert answer.headers["WWW-Authenticate"] == "Token"


@pytest.mark.parametrize("form", ["Token {}", "token {}", "TOKEN  {}", "Bearer {}", "Bearer Token {}"])
def test_a_token_comes_in_any_of_these_forms(reader: Caller, form: str) -> None:
    token = reader.here.tokens["clerk"]
    assert reader.ask("GET", "payments/", by=None, headers={"Authorization": form.format(token)}).status_code == 200


def test_a_token_comes_in_a_header_of_its_own_too(reader: Caller) -> None:
    assert reader.ask("GET", "payments/", by=None, headers={"X-Auth-Token": reader.here.tokens["clerk"]}).status_code == 200


def test_two_tokens_that_differ_are_none(reader: Caller) -> None:
    answer = reader.refused("GET", "payments/", headers={"X-Auth-Token": reader.here.tokens["admin"]})
    assert answer == (401, {"detail": "Invalid token."})


def test_a_token_that_has_ended_says_so(caller: Caller) -> None:
    caller.here.company.clock.advance(3 * 3600)
    assert caller.refused("GET", "payments/") == (401, {"detail": "Token has expired."})


def test_the_token_of_a_disabled_user_says_so(caller: Caller) -> None:
    caller.here.company.do(users.disable, caller.here.company.one(User, username="clerk"))
    assert caller.refused("GET", "payments/") == (401, {"detail": "User inactive or deleted."})


def test_a_logged_out_token_is_unknown(caller: Caller) -> None:
    answer = caller.ask("POST", "/api-auth/logout/")
    assert (answer.status_code, answer.content) == (204, b"")
    assert caller.refused("GET", "payments/") == (401, {"detail": "Invalid token."})


WRITES = [
    ("POST", "payments/"),
    ("PUT", f"payments/{'0' * 32}/"),
    ("PATCH", "payments/nonsense/"),
    ("DELETE", f"payments/{'0' * 32}/"),
    ("POST", f"payments/{'0' * 32}/link_to_invoice/"),
    ("POST", f"payments/{'0' * 32}/unlink_from_invoice/"),
    ("POST", "payment-profiles/"),
    ("PATCH", f"payment-profiles/{'0' * 32}/"),
    ("POST", f"payment-profiles/{'0' * 32}/enable/"),
    ("POST", f"invoices/{'0' * 32}/paid/"),
]


@pytest.mark.parametrize("by", ["auditor", "owner"])
@pytest.mark.parametrize(("verb", "path"), WRITES)
def test_who_may_not_write_is_told_before_anything_is_read(reader: Caller, verb: str, path: str, by: str) -> None:
    answer = reader.refused(verb, path, by=by, content=b"{nonsense", headers={"Content-Type": "text/nonsense"})
    assert answer == (403, {"detail": "You do not have permission to perform this action."})


@pytest.mark.parametrize("by", ["admin", "clerk"])
def test_admins_and_clerks_are_staff(caller: Caller, by: str) -> None:
    payment = caller.done("POST", "payments/", 201, by=by, json=caller.terms())
    assert caller.done("GET", "users/me/", by=by)["is_staff"] is True
    assert caller.ask("DELETE", payment["url"], by=by).status_code == 204


def test_an_auditor_supports_and_sees_everything(caller: Caller) -> None:
    payments = [caller.payment(EUROS), caller.payment("Bob EUR")]
    me = caller.done("GET", "users/me/", by="auditor")
    assert (me["is_staff"], me["is_support"]) == (False, True)
    assert caller.done("GET", "payments/", by="auditor") == payments


def test_an_owner_sees_what_is_on_the_accounts_of_their_customers(caller: Caller) -> None:
    own, other = caller.payment(EUROS), caller.payment("Bob EUR")
    me = caller.done("GET", "users/me/", by="owner")
    assert (me["is_staff"], me["is_support"]) == (False, False)
    assert caller.done("GET", "payments/", by="owner") == [own]
    assert caller.done("GET", own["url"], by="owner") == own
    assert caller.refused("GET", other["url"], by="owner") == (404, {"detail": "No Payment matches the given query."})
    assert caller.ask("HEAD", other["url"], by="owner").status_code == 404

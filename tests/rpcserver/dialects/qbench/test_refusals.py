"""How QBench's door says no: every status, always one text in `error`."""

from collections.abc import Mapping

import pytest

from ledger import configuration
from ledger.entry import Entry
from rpcserver.dialects.qbench import showing
from rpcserver.dialects.qbench.reading import MOST_STRANGE
from tests.books import held
from tests.rpcserver.dialects.qbench.asking import API, Body, Lab

pytestmark = pytest.mark.one_engine

RESOURCES = {
    "/payment": ("GET", "POST"),
    "/payment/1": ("GET", "PUT", "DELETE"),
    "/payment/1/apply": ("POST",),
    "/payment/1/invoice/1": ("POST", "DELETE"),
    "/customer": ("GET", "POST"),
    "/customer/1": ("GET", "PUT"),
    "/invoice": ("GET",),
    "/invoice/1": ("GET",),
}
VERBS = [(verb, path) for path, verbs in RESOURCES.items() for verb in verbs]
WRITES = [(verb, path) for verb, path in VERBS if verb != "GET"]
WITH_BODIES = [(verb, path) for verb, path in WRITES if verb != "DELETE"]


@pytest.mark.parametrize(("verb", "path"), VERBS)
def test_without_a_token_nothing_is_told(quiet: Lab, verb: str, path: str) -> None:
    reply = quiet.send(verb, path, by=None)
    where = "get one at /qbench/oauth2/v1/token and send it as Authorization: Bearer"
    assert reply.refused == (401, f"there is no token; {where}")
    assert reply.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("token", ["63ff42c5-49e6-42e2-bc3f-04fbfc22bbcb", "rpk_unknown", "a.b", "x" * 600])
def test_a_token_that_is_none_of_ours_is_refused(quiet: Lab, token: str) -> None:
    reply = quiet.send("GET", "/payment", by=None, headers={"Authorization": f"Bearer {token}"})
    assert (reply.status, list(reply.body)) == (401, ["error"])


@pytest.mark.parametrize("header", ["Bearer {}", "Token {}", "bearer {}", "Bearer Token {}"])
def test_a_token_is_understood_in_its_usual_spellings(quiet: Lab, header: str) -> None:
    text = header.format(quiet.premises.tokens["clerk"])
    assert quiet.send("GET", "/payment", by=None, headers={"Authorization": text}).status == 200


@pytest.mark.parametrize("role", ["auditor", "owner"])
@pytest.mark.parametrize(("verb", "path"), WRITES)
def test_who_may_only_read_writes_nothing(quiet: Lab, role: str, verb: str, path: str) -> None:
    reply = quiet.send(verb, path, content=b"not even JSON", by=role)
    assert reply.status == 403
    assert reply.error.endswith(f"needs the right records:write, which the role {role} does not include")


@pytest.mark.parametrize(("verb", "path"), [("PATCH", path) for path in RESOURCES] + [("DELETE", "/payment"), ("PUT", "/payment")])
def test_a_verb_that_is_not_answered_names_those_that_are(quiet: Lab, verb: str, path: str) -> None:
    reply = quiet.send(verb, path)
    allowed = ", ".join(RESOURCES[path] + (("HEAD",) if "GET" in RESOURCES[path] else ()))
    assert (reply.status, reply.headers["Allow"]) == (405, allowed)
    assert reply.error == f"'{verb}' is not answered here; {allowed} are"


@pytest.mark.parametrize(
    "path",
    ["", "/", "/payments", "/payment/", "/contact", "/contact/1", "/invoice/1/pdf", "/customer/1/contact", "/payment/1/invoice"],
)
def test_what_is_not_offered_is_not_found(quiet: Lab, path: str) -> None:
    assert quiet.send("GET", path).refused == (404, f"there is nothing at '{API}{path}'")


@pytest.mark.parametrize("path", ["/qbench", "/qbench/api/v2/payments", "/qbench/oauth2/v1/other"])
def test_nothing_else_lies_below_this_door(quiet: Lab, path: str) -> None:
    answered = quiet.premises.client.get(path)
    assert answered.status_code == 404
    if path != "/qbench":
        assert answered.json() == {"error": f"there is nothing at '{path}'"}


MALFORMED = [
    (b"", "there is no body; send a JSON object, {} if there is nothing to say"),
    (b"[]", "the body is a JSON list, where an object was expected"),
    (b'"x"', "the body is a JSON text, where an object was expected"),
    (b"{'customer_id': 2}", "the body is not JSON that can be read: "),
    (b'{"amount": 1, "amount": 2}', "the body is not JSON that can be read: "),
    (b'{"amount": NaN}', "the body is not JSON that can be read: "),
    (b"\xff", "the body is not JSON that can be read: "),
    (b'{"a":' * 33 + b"1" + b"}" * 33, "the body is nested more than 32 levels deep"),
]


@pytest.mark.parametrize(("content", "said"), MALFORMED)
@pytest.mark.parametrize(("verb", "path"), WITH_BODIES)
def test_a_body_that_is_no_json_object_is_refused(quiet: Lab, verb: str, path: str, content: bytes, said: str) -> None:
    reply = quiet.send(verb, path, content=content)
    assert reply.status == 400
    assert reply.error.startswith(said)


@pytest.mark.parametrize("content", [b"1e999999999999", b"1e400", b"-1e400", b"1" * 5000, b"1e-400", b"0.000000001"])
def test_numbers_beyond_all_bounds_are_faults_of_their_member(quiet: Lab, content: bytes) -> None:
    head = b'{"customer_id": %d, "payment_date": "01/31/2020", "payment_type_id": %d, "amount": %s}'
    reply = quiet.send("POST", "/payment", content=head % (quiet.customer(), quiet.type(), content))
    assert (reply.status, reply.error.split(":")[0]) == (400, "amount")


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json; charset=utf-16"},
        {"Content-Type": "application/json", "Content-Encoding": "gzip"},
    ],
)
@pytest.mark.parametrize(("verb", "path"), WITH_BODIES)
def test_a_body_that_is_announced_as_something_else_is_refused(
    quiet: Lab, verb: str, path: str, headers: Mapping[str, str]
) -> None:
    reply = quiet.send(verb, path, content=b"{}", headers=headers)
    assert (reply.status, reply.error.startswith("the body is announced")) == (415, True)


def test_a_read_may_announce_what_it_likes(quiet: Lab) -> None:
    assert quiet.send("GET", "/payment", headers={"Content-Type": "text/plain"}).status == 200


def test_a_body_beyond_the_limit_is_refused(quiet: Lab) -> None:
    limit = quiet.premises.settings.max_body
    reply = quiet.send("POST", "/payment", content=b" " * (limit + 1))
    assert reply.refused == (413, f"the body is larger than {limit} bytes")


def test_a_door_without_defaults_says_how_to_set_them(lab: Lab) -> None:
    pk = lab.pay()
    lab.premises.company.by("admin").do(_forget)
    how = "set one with configuration/door_defaults/update"
    made, deleted = lab.send("POST", "/payment", lab.said()), lab.send("DELETE", f"/payment/{pk}")
    assert made.refused == (400, f"the door qbench has no default payment type; {how}")
    assert deleted.refused == (400, f"the door qbench has no default cancellation type; {how}")


def test_a_fault_of_ours_is_answered_in_this_doors_words(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_given: object) -> Body:
        raise RuntimeError("secret")

    monkeypatch.setattr(showing, "payments", fail)
    reply = lab.send("GET", "/payment", headers={"X-Request-Id": "r-1"})
    assert reply.refused == (500, "the server failed; the fault is logged under request id r-1")
    assert lab.premises.faults.seen.pop().endswith("RuntimeError('secret')")


def test_a_book_that_is_busy_is_answered_in_this_doors_words(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    book = lab.premises.company.book
    monkeypatch.setattr(book, "wait_seconds", 0.05)
    with held(book):
        reply = lab.send("POST", "/payment", lab.said())
    assert reply.refused == (503, "the book is busy; nothing was done, try again")
    assert reply.headers["Retry-After"] == "1"


def test_a_key_whose_first_request_is_still_running_is_refused(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    book = lab.premises.company.book
    monkeypatch.setattr(book, "wait_seconds", 0.05)
    with held(book, lab.premises.company.by("clerk").calling(key="k").call):
        reply = lab.send("POST", "/payment", lab.said(), headers={"Idempotency-Key": "k"})
    assert reply.refused == (409, "the first request with the idempotency key 'k' is still running; try again")


def test_a_key_that_is_none_is_refused(quiet: Lab) -> None:
    reply = quiet.send("POST", "/customer", {"customer_name": "Lab"}, headers={"Idempotency-Key": "k" * 256})
    assert reply.refused == (400, "Idempotency-Key: an idempotency key has 1 to 255 characters; 256 characters were sent")


def test_every_answer_is_json_with_a_request_id_and_is_kept_by_nobody(quiet: Lab) -> None:
    for reply in (quiet.send("GET", "/payment"), quiet.send("GET", "/payment/1"), quiet.send("GET", "/nothing")):
        assert reply.headers["Content-Type"] == "application/json"
        assert (reply.headers["Cache-Control"], len(reply.headers["X-Request-Id"])) == ("no-store", 32)


def test_head_answers_the_headers_of_get_alone(quiet: Lab) -> None:
    whole, bare = (
        quiet.send("GET", "/payment"),
        quiet.premises.client.head(f"{API}/payment", headers={"Authorization": f"Bearer {quiet.premises.tokens['clerk']}"}),
    )
    assert (bare.status_code, bare.content, bare.headers["Content-Length"]) == (200, b"", str(len(whole.text)))


def _forget(entry: Entry) -> None:
    configuration.set_door_default(entry, "qbench", payment_type=None, cancellation_type=None)


def test_of_very_many_strange_members_the_first_are_named(quiet: Lab) -> None:
    reply = quiet.send("POST", "/payment", quiet.said(1) | {f"strange{number}": 1 for number in range(5_000)})
    assert reply.status == 400
    assert "strange0: cannot be sent here" in reply.error
    assert f"strange{MOST_STRANGE}:" not in reply.error

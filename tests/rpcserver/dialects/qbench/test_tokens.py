"""The token endpoint: an assertion that a client signed becomes a token for a while."""

import base64
import json
import time
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import jwt
import pytest
import requests

from ledger import clients, users
from ledger.book import Book
from ledger.storage.models import AuditEntry, ClientSecret, LoginFailure, Session
from rpcserver.app import create_app
from rpcserver.dialects.qbench.tokens import GRANT
from rpcserver.settings import Settings
from tests import premises
from tests.engines import copied
from tests.rpcserver import live
from tests.rpcserver.dialects.qbench.asking import TOKEN, Body, Lab, Reply

pytestmark = pytest.mark.one_engine

OTHER_SECRET = "another secret of more than thirty-two bytes"
UNKNOWN = "the client is unknown, its secret is revoked, or the assertion is not signed with it"
SKEW = "look at the Date of this answer if your clock may be wrong"


def claims(client: str, **said: object) -> Body:
    """What a published client claims, at this moment."""
    now = int(time.time())
    told: Body = {"sub": client, "iat": now, "exp": now + 3600, **said}
    return {name: value for name, value in told.items() if value is not None}


def signed(lab: Lab, secret: str | None = None, algorithm: str = "HS256", **said: object) -> str:
    """An assertion of the machine; `secret` in place of its own."""
    client, own = lab.secret()
    return jwt.encode(claims(client, **said), secret or own, algorithm=algorithm)


def form(assertion: str, **other: str) -> dict[str, str]:
    return {"grant_type": GRANT, "assertion": assertion, **other}


def refused(reply: Reply) -> tuple[int, str, str]:
    assert list(reply.body) == ["error", "error_description"], reply.text
    return reply.status, reply.body["error"], reply.body["error_description"]


def test_an_assertion_is_exchanged_for_a_token_that_opens_the_door(lab: Lab) -> None:
    reply = lab.exchange(form(signed(lab)))
    assert (reply.status, list(reply.body)) == (200, ["access_token", "token_type", "expires_in"])
    assert (reply.body["token_type"], reply.body["expires_in"]) == ("Bearer", 3600)
    assert reply.headers["Cache-Control"] == "no-store"
    pk = lab.pay(10, by=reply.body["access_token"])
    assert lab.shown(pk)["created_by_api_client_id"] == clients.client_id(lab.machine())


def test_an_assertion_as_a_client_writes_it_by_hand_is_read(lab: Lab) -> None:
    client, secret = lab.secret()
    head, body = ({"typ": "JWT", "alg": "HS256"}, claims(client))
    parts = [base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in (head, body)]
    signature = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256).sign(".".join(parts).encode(), secret.encode())
    parts.append(base64.urlsafe_b64encode(signature).decode().rstrip("="))
    assert lab.exchange(form(".".join(parts))).status == 200


def test_a_client_token_ends_after_its_own_lifetime(furnished_template: Path, tmp_path: Path) -> None:
    path = copied(furnished_template, tmp_path / "short.db")
    with premises.opened(path, client_token_lifetime=300) as opened:
        lab = Lab(opened)
        answered = lab.exchange(form(signed(lab))).body
        assert answered["expires_in"] == 300
        opened.company.clock.advance(299)
        assert lab.send("GET", "/payment", by=answered["access_token"]).status == 200
        opened.company.clock.advance(1)
        ended = lab.send("GET", "/payment", by=answered["access_token"])
        assert (ended.status, "the token ended at 2024-05-01T12:05:00" in ended.error) == (401, True)


def test_a_client_token_lives_no_longer_than_any_other(furnished_template: Path, tmp_path: Path) -> None:
    path = copied(furnished_template, tmp_path / "short.db")
    with premises.opened(path, token_lifetime=120) as opened:
        lab = Lab(opened)
        assert lab.exchange(form(signed(lab))).body["expires_in"] == 120


def test_the_machines_unit_goes_with_the_session(lab: Lab) -> None:
    lab.exchange(form(signed(lab)))
    company = lab.premises.company
    session = company.all(Session, user_pk=lab.machine().pk)[-1]
    assert session.unit_pk == company.actor("connector").unit_pk is not None


def test_two_secrets_serve_side_by_side_until_one_is_revoked(lab: Lab) -> None:
    (client, old), (_, new) = lab.secret(), lab.secret()
    both = [form(jwt.encode(claims(client), secret, algorithm="HS256")) for secret in (old, new)]
    assert [lab.exchange(each).status for each in both] == [200, 200]
    company = lab.premises.company
    newest = company.all(ClientSecret)[-1]
    company.by("admin").do(clients.revoke_secrets, lab.machine(), newest)
    assert [lab.exchange(each).status for each in both] == [401, 200]


def test_revoking_the_secrets_ends_the_tokens(lab: Lab) -> None:
    token = lab.exchange(form(signed(lab))).body["access_token"]
    lab.premises.company.by("admin").do(clients.revoke_secrets, lab.machine())
    assert lab.send("GET", "/payment", by=token).status == 401


@pytest.mark.parametrize("spelled", [str.upper, lambda text: text.replace("-", "")])
def test_the_client_id_is_read_in_any_spelling(lab: Lab, spelled: Any) -> None:
    client, secret = lab.secret()
    assert lab.exchange(form(jwt.encode(claims(spelled(client)), secret, algorithm="HS256"))).status == 200


@pytest.mark.parametrize("shift", [-50, 50])
def test_a_clock_that_is_a_little_off_is_forgiven(lab: Lab, shift: int) -> None:
    now = int(time.time()) + shift
    iat = now - 3600 if shift < 0 else now
    assert lab.exchange(form(signed(lab, iat=iat, exp=iat + 3600))).status == 200


def test_an_assertion_of_another_hour_is_refused_with_a_hint_at_the_clock(lab: Lab) -> None:
    now = int(time.time())
    ended = lab.exchange(form(signed(lab, iat=now - 3700, exp=now - 100)))
    early = lab.exchange(form(signed(lab, iat=now + 100, exp=now + 3700)))
    assert refused(ended) == (400, "invalid_grant", f"assertion: it has ended; {SKEW}")
    assert refused(early) == (400, "invalid_grant", f"assertion: it is of the future; {SKEW}")
    not_yet = lab.exchange(form(signed(lab, nbf=now + 100)))
    assert refused(not_yet) == (400, "invalid_grant", f"assertion: it is of the future; {SKEW}")


def test_an_audience_and_an_issuer_are_passed_over(lab: Lab) -> None:
    assert lab.exchange(form(signed(lab, aud="https://qbench", iss="me", jti="1"), scope="all")).status == 200


UNREADABLE: list[tuple[Body, str]] = [
    ({"sub": None}, "sub is missing; expected is the client id"),
    ({"sub": ""}, "sub is missing; expected is the client id"),
    ({"sub": 5}, "sub is missing; expected is the client id"),
    ({"iat": None}, "iat is missing; expected are seconds since 1970"),
    ({"exp": None}, "exp is missing; expected are seconds since 1970"),
    ({"exp": "soon"}, 'exp "soon" was sent; expected are seconds since 1970'),
    ({"iat": True}, "iat true was sent; expected are seconds since 1970"),
    ({"iat": -1}, "iat -1 was sent; expected are seconds since 1970"),
    ({"exp": float("inf")}, "exp inf was sent; expected are seconds since 1970"),
    ({"iat": 1000, "exp": 4601}, "it lasts 3601 seconds from iat to exp; expected are 1 to 3600"),
    ({"iat": 1000, "exp": 1000}, "it lasts 0 seconds from iat to exp; expected are 1 to 3600"),
]


@pytest.mark.parametrize(("said", "why"), UNREADABLE)
def test_claims_that_cannot_be_read_are_refused(quiet: Lab, said: Body, why: str) -> None:
    client, secret = quiet.secret()
    told = {name: value for name, value in (claims(client) | said).items() if value is not None}
    body = base64.urlsafe_b64encode(json.dumps(told).encode()).decode().rstrip("=")
    head = base64.urlsafe_b64encode(b'{"alg":"HS256"}').decode().rstrip("=")
    key = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    mark = base64.urlsafe_b64encode(key.sign(f"{head}.{body}".encode(), secret.encode())).decode().rstrip("=")
    reply = quiet.exchange(form(f"{head}.{body}.{mark}"))
    assert refused(reply) == (400, "invalid_grant", f"assertion: {why}")


@pytest.mark.parametrize("algorithm", ["HS384", "HS512"])
def test_another_algorithm_is_refused(quiet: Lab, algorithm: str) -> None:
    reply = quiet.exchange(form(signed(quiet, secret="s" * 64, algorithm=algorithm)))
    assert refused(reply) == (400, "invalid_grant", f'assertion: alg "{algorithm}" was sent; expected is HS256')


def test_an_assertion_that_nobody_signed_is_refused(quiet: Lab) -> None:
    client, _ = quiet.secret()
    reply = quiet.exchange(form(jwt.encode(claims(client), "", algorithm="none")))
    assert refused(reply) == (400, "invalid_grant", 'assertion: alg "none" was sent; expected is HS256')


def _encoded(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).decode().rstrip("=")


HEAD = _encoded(b'{"alg":"HS256"}')


@pytest.mark.parametrize(
    "assertion",
    [
        "x",
        "a.b.c",
        "..",
        f"{HEAD}.{_encoded(b'[]')}.",
        f"{HEAD}.{_encoded(b'[' * 5000)}.",
        f"{_encoded(b'[]')}.{_encoded(b'{}')}.",
        "é.é.é",
        f"{HEAD}.{_encoded(bytes([255]))}.",
    ],
)
def test_what_is_no_web_token_is_refused(quiet: Lab, assertion: str) -> None:
    assert refused(quiet.exchange(form(assertion))) == (400, "invalid_grant", "assertion: it is no JSON Web Token")


FORMS: list[tuple[bytes, str, str]] = [
    (b"", "invalid_request", f"grant_type is missing; expected is {GRANT}"),
    (b"grant_type=&assertion=x", "invalid_request", f"grant_type is missing; expected is {GRANT}"),
    (b"assertion=x", "invalid_request", f"grant_type is missing; expected is {GRANT}"),
    (
        b"grant_type=client_credentials&assertion=x",
        "unsupported_grant_type",
        f'grant_type: "client_credentials" was sent; expected is {GRANT}',
    ),
    (
        b"grant_type=" + GRANT.encode(),
        "invalid_request",
        "assertion is missing; expected is a JSON Web Token that the client signed",
    ),
    (b"assertion=x&assertion=y", "invalid_request", "a field was sent more than once"),
    (b"assertion=%ff", "invalid_request", "the body is no form of at most 20 fields in UTF-8, percent-encoded"),
    (b"assertion=\xff", "invalid_request", "the body is no form of at most 20 fields in UTF-8, percent-encoded"),
    (b"&".join([b"a=1"] * 21), "invalid_request", "the body is no form of at most 20 fields in UTF-8, percent-encoded"),
]


@pytest.mark.parametrize(("content", "error", "said"), FORMS)
def test_a_form_that_cannot_be_read_is_refused(quiet: Lab, content: bytes, error: str, said: str) -> None:
    assert refused(quiet.exchange(content)) == (400, error, said)


@pytest.mark.parametrize("announced", ["application/json", "multipart/form-data; boundary=x", "text/plain"])
def test_only_forms_are_read(quiet: Lab, announced: str) -> None:
    reply = quiet.exchange(b"{}", {"Content-Type": announced})
    assert (reply.status, reply.body["error"]) == (400, "invalid_request")
    assert "send a form with Content-Type: application/x-www-form-urlencoded" in reply.body["error_description"]


def test_other_verbs_and_large_bodies_are_refused_in_the_same_form(quiet: Lab) -> None:
    told = quiet.premises.client.get("/qbench/oauth2/v1/token")
    assert (told.status_code, told.headers["Allow"], told.json()["error"]) == (405, "POST", "invalid_request")
    large = quiet.exchange(b"a=" + b"x" * (1 << 14))
    assert (large.status, large.body["error"]) == (413, "invalid_request")


def test_an_unknown_client_and_a_wrong_signature_are_refused_alike(lab: Lab) -> None:
    client, _ = lab.secret()
    unknown = jwt.encode(claims("060f4a7d-237d-448c-812f-101199d0c757"), OTHER_SECRET, algorithm="HS256")
    strange = jwt.encode(claims("Bobby"), OTHER_SECRET, algorithm="HS256")
    wrong = jwt.encode(claims(client), OTHER_SECRET, algorithm="HS256")
    for assertion in (unknown, strange, wrong):
        assert refused(lab.exchange(form(assertion))) == (401, "invalid_client", UNKNOWN)


def test_a_disabled_machine_gets_no_token(lab: Lab) -> None:
    assertion = signed(lab)
    lab.premises.company.by("admin").do(users.disable, lab.machine())
    assert refused(lab.exchange(form(assertion))) == (401, "invalid_client", UNKNOWN)


def test_a_secret_that_todays_keys_do_not_open_is_none(lab: Lab) -> None:
    assertion = signed(lab)
    (secret,) = lab.premises.company.all(ClientSecret)
    lab.premises.company.do(_overwritten, secret)
    assert refused(lab.exchange(form(assertion))) == (401, "invalid_client", UNKNOWN)


def test_guessing_secrets_is_slow_and_audited(lab: Lab) -> None:
    client, secret = lab.secret()
    wrong, right = (jwt.encode(claims(client), each, algorithm="HS256") for each in (OTHER_SECRET, secret))
    told = [lab.exchange(form(wrong)).status for _ in range(6)]
    assert told == [401, 401, 401, 401, 401, 429]
    throttled = lab.exchange(form(right))
    assert refused(throttled)[:2] == (429, "temporarily_unavailable")
    assert throttled.headers["Retry-After"] == "600"
    company = lab.premises.company
    failures = company.all(AuditEntry, kind="login")
    assert {(row.door, row.method, row.actor, row.outcome) for row in failures} == {
        ("qbench", "token", "connector", "INVALID_CREDENTIALS")
    }
    assert (len(failures), len(company.all(LoginFailure))) == (5, 5)
    company.clock.advance(601)
    assert lab.exchange(form(right)).status == 200


def test_a_wrong_clock_is_no_guess(lab: Lab) -> None:
    now = int(time.time())
    late = form(signed(lab, iat=now - 3700, exp=now - 100))
    assert {lab.exchange(late).status for _ in range(7)} == {400}


def test_every_answer_tells_the_servers_time(settings: Settings, book: Book) -> None:
    with live.serving(create_app(settings, book)) as url:
        answered = requests.post(f"{url}{TOKEN}", data=form("x"), timeout=live.PATIENCE_SECONDS)
    assert answered.status_code == 400
    told = parsedate_to_datetime(answered.headers["Date"]).timestamp()
    assert abs(told - time.time()) < 60


def test_an_assertion_may_be_used_again_while_it_lasts(lab: Lab) -> None:
    sent = form(signed(lab))
    first, second = lab.exchange(sent), lab.exchange(sent, {"Idempotency-Key": "k"})
    assert (first.status, second.status, first.body["access_token"] != second.body["access_token"]) == (200, 200, True)


def _overwritten(entry: Any, secret: ClientSecret) -> None:
    entry.rows.change(ClientSecret, {"encrypted": "unreadable"}, pk=secret.pk)

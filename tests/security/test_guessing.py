"""Guessing: whoever guesses has to wait, at every door that takes credentials, and nobody else does; who exists is not told."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Barrier, Lock, Thread
from typing import Any

import jwt
import pytest
from argon2.exceptions import VerifyMismatchError
from httpx2 import Response
from starlette.testclient import TestClient

from ledger import clients, passwords, throttle
from ledger.ciphers import Cipher
from ledger.clients import client_id
from ledger.storage.models import ApiKey, User
from ledger.users import create_key
from rpcserver.app import create_app
from rpcserver.auth import key_digest, new_key
from rpcserver.dialects.qbench.tokens import GRANT
from tests import premises
from tests.books import MACHINE, PASSWORD, password_hash
from tests.engines import copied
from tests.premises import Premises

pytestmark = pytest.mark.one_engine

HERE, ELSEWHERE = ("192.0.2.9", 1), ("192.0.2.77", 1)
WRONG = "not the password"


@dataclass(frozen=True)
class Guesser:
    """Premises, asked from any address, and the machine's client secret."""

    here: Premises
    from_: Callable[[tuple[str, int]], TestClient]
    secret: str

    def machine(self) -> str:
        return client_id(self.here.company.one(User, username=MACHINE))


@pytest.fixture(autouse=True)
def checked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The hashes that were checked; checking is quick here, where only how often it is done is asked."""
    found: list[str] = []

    class Quick:
        def verify(self, kept: str, password: str) -> bool:
            found.append(kept)
            if kept == password_hash() and password == PASSWORD:
                return True
            raise VerifyMismatchError

        def hash(self, password: str) -> str:
            return password_hash()

    monkeypatch.setattr(passwords, "_HASHER", Quick())
    return found


@pytest.fixture
def guesser(open_doors: Premises) -> Iterator[Guesser]:
    company, secret = open_doors.company, clients.new_secret()
    encrypted = Cipher(open_doors.settings.secrets).encrypted(secret)
    company.by("admin").do(clients.create_secret, company.one(User, username=MACHINE), encrypted)
    app = create_app(open_doors.settings, company.book)
    with ExitStack() as stack:
        yield Guesser(open_doors, lambda address: stack.enter_context(_asking(app, address)), secret)


def _asking(app: Any, address: tuple[str, int]) -> TestClient:
    """Without its lifespan, whose end would close the book."""
    return TestClient(app, client=address, raise_server_exceptions=False)


def native(client: TestClient, of: Guesser, user: str, secret: str) -> Response:
    return client.post("/login", json={"username": user, "password": secret})


def drop_in(client: TestClient, of: Guesser, user: str, secret: str) -> Response:
    return client.post("/crmapi/rest/v2/authentication/token", json={"username": user, "password": secret})


def waldur(client: TestClient, of: Guesser, user: str, secret: str) -> Response:
    return client.post("/api-auth/password/", json={"username": user, "password": secret})


def change(client: TestClient, of: Guesser, user: str, secret: str) -> Response:
    said = {"token": of.here.tokens[user], "old_password": secret, "new_password": PASSWORD, "validate_only": True}
    return client.post("/users/change_password", json=said)


def qbench(client: TestClient, of: Guesser, user: str, secret: str) -> Response:
    """An assertion of the machine (or of one that is none), signed with this secret."""
    now = int(time.time())
    claims = {"sub": of.machine() if user == "clerk" else user, "iat": now, "exp": now + 60}
    signed = jwt.encode(claims, of.secret if secret == PASSWORD else f"{secret}, of more than 32 bytes", algorithm="HS256")
    return client.post("/qbench/oauth2/v1/token", data={"grant_type": GRANT, "assertion": signed})


DOORS = [native, drop_in, waldur, change, qbench]
EVERY_DOOR = pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
Door = Callable[[TestClient, Guesser, str, str], Response]


def is_refused(answer: Response) -> bool:
    return answer.status_code == 401 or "INVALID_CREDENTIALS" in answer.text


@EVERY_DOOR
def test_who_guesses_has_to_wait_and_is_told_for_how_long(guesser: Guesser, door: Door) -> None:
    client = guesser.from_(HERE)
    assert all(is_refused(door(client, guesser, "clerk", WRONG)) for _ in range(5))
    locked = door(client, guesser, "clerk", PASSWORD)
    assert (locked.status_code, locked.headers["Retry-After"]) == (429, "600")


@EVERY_DOOR
def test_nobody_can_lock_out_a_connector_that_comes_from_elsewhere_or_with_a_key_or_a_token(guesser: Guesser, door: Door) -> None:
    here, key = guesser.from_(HERE), new_key()
    machine = guesser.here.company.one(User, machine=True)
    guesser.here.company.do(create_key, "connector", machine, key_digest(key))
    for _ in range(8):
        door(here, guesser, "clerk", WRONG)
    assert door(here, guesser, "clerk", PASSWORD).status_code == 429
    assert door(guesser.from_(ELSEWHERE), guesser, "clerk", PASSWORD).status_code == 200
    for token in (key, guesser.here.tokens["clerk"]):
        assert here.get("/api/payments/", headers={"X-Auth-Token": token}).status_code == 200
    assert here.post("/authentication/web_api_key/token", json={"web_api_key": key}).status_code == 200


@EVERY_DOOR
def test_an_address_that_tries_a_hundred_times_is_refused_whatever_name_it_tries(guesser: Guesser, door: Door) -> None:
    def fill(entry: Any) -> None:
        for number in range(100):
            throttle.failed(entry, f"somebody {number}", HERE[0])

    guesser.here.company.book.enter(guesser.here.company.call, fill)
    assert door(guesser.from_(HERE), guesser, "clerk", PASSWORD).status_code == 429
    assert door(guesser.from_(ELSEWHERE), guesser, "clerk", PASSWORD).status_code == 200


@EVERY_DOOR
def test_addresses_that_one_caller_can_choose_among_are_counted_as_one(guesser: Guesser, door: Door) -> None:
    for number in range(5):
        door(guesser.from_((f"2001:db8:1:2::{number}", 1)), guesser, "clerk", WRONG)
    assert door(guesser.from_(("2001:db8:1:2:ffff::9", 1)), guesser, "clerk", PASSWORD).status_code == 429
    assert door(guesser.from_(("2001:db8:1:3::1", 1)), guesser, "clerk", PASSWORD).status_code == 200


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_an_address_is_counted_with_those_that_the_same_caller_may_have(address: str | None, place: str) -> None:
    assert throttle.place(address) == place


# --- who exists is not told ---

STRANGERS = ("nobody", "", "clerk ", "CLERK", MACHINE, "' OR 1=1 --", "\u0441lerk", "x" * 255)


@pytest.mark.parametrize("door", [native, drop_in, waldur], ids=lambda door: door.__name__)
def test_an_unknown_user_is_answered_as_a_wrong_password_and_costs_a_hash_too(
    guesser: Guesser, door: Door, checked: list[str]
) -> None:
    client = guesser.from_(HERE)
    known = door(client, guesser, "clerk", WRONG)
    for name in STRANGERS:
        if name == "" and door is waldur:
            continue  # a blank name is a fault of the form, whoever there is
        checked.clear()
        answer = door(client, guesser, name, PASSWORD)
        assert (answer.status_code, answer.text) == (known.status_code, known.text), name
        assert len(checked) == 1, name
        assert checked[0].split("$")[1:4] == password_hash().split("$")[1:4]


def test_an_unknown_client_is_answered_as_a_wrong_signature(guesser: Guesser) -> None:
    client = guesser.from_(HERE)
    answers = [qbench(client, guesser, name, WRONG) for name in ("clerk", "0" * 32, "nobody")]
    assert len({(answer.status_code, answer.text) for answer in answers}) == 1


def test_a_disabled_user_is_answered_as_an_unknown_one(guesser: Guesser) -> None:
    client = guesser.from_(HERE)
    unknown = native(client, guesser, "nobody", PASSWORD)
    client.post("/users/disable", json={"token": guesser.here.tokens["admin"], "user_identifier": {"username": "auditor"}})
    disabled = native(client, guesser, "auditor", PASSWORD)
    assert (disabled.status_code, disabled.text) == (unknown.status_code, unknown.text)


# --- hashing ---


def test_few_passwords_are_hashed_at_once_however_many_wait_at_all_doors(
    furnished_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running, most, counting, all_here = 0, 0, Lock(), Barrier(9)

    def slow(*_: object) -> bool:
        nonlocal running, most
        with counting:
            running += 1
            most = max(most, running)
        time.sleep(0.05)
        with counting:
            running -= 1
        return False

    monkeypatch.setattr(passwords, "matches", slow)
    with premises.opened(copied(furnished_template, tmp_path / "hashing.db"), hashing_at_once=2) as here:
        body = {"username": "clerk", "password": WRONG}
        asked = ["/login", "/api-auth/password/", "/crmapi/rest/v2/login"] * 3
        answers: list[int] = []

        def ask(path: str) -> None:
            all_here.wait(10)
            answers.append(here.client.post(path, json=body).status_code)

        threads = [Thread(target=ask, args=(path,)) for path in asked]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(20)
    assert (len(answers), most) == (9, 2)


# --- tokens in other spellings ---


def spellings(token: str) -> list[str]:
    """Texts that the same session may be spelled as: bits that no byte uses, and signs that a lenient reader passes over."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    place = alphabet.index(token[-1])
    others = [token[:-1] + alphabet[place ^ bits] for bits in (1, 2, 3)]
    return [*others, token + "=", token + "==", token[:-5] + "!" + token[-5:], token.replace(".", ".\n", 1), token + "."]


def accepted(here: Premises) -> list[str]:
    """Those that the server takes; there are some, so that it matters."""
    own = here.tokens["clerk"]
    return [own, *(text for text in spellings(own) if asked(here, text).status_code == 200)]


def asked(here: Premises, token: str) -> Response:
    return here.client.post("/whoami", content=json.dumps({"token": token}), headers={"Content-Type": "application/json"})


def test_a_token_ends_in_all_its_spellings_at_once(open_doors: Premises) -> None:
    found = accepted(open_doors)
    assert len(found) > 1
    assert open_doors.client.post("/logout", json={"token": found[-1]}).status_code == 200
    assert {asked(open_doors, text).status_code for text in found} == {401}


@pytest.mark.parametrize(
    ("limit", "path"),
    [("qbench_requests_a_minute", "/qbench/api/v1/payment"), ("productive_requests_in_10_seconds", "/api/v2/payments")],
)
def test_requests_are_counted_for_a_user_whatever_the_token_is_spelled_as(
    furnished_template: Path, tmp_path: Path, limit: str, path: str
) -> None:
    with premises.opened(copied(furnished_template, tmp_path / "limited.db"), (), **{limit: 3}) as here:
        found, own = accepted(here), {"X-Organization-Id": str(here.organisation().pk)}
        spelled = [text for text in found if text.isprintable()]
        answers = [here.client.get(path, headers={"X-Auth-Token": spelled[n % len(spelled)], **own}) for n in range(4)]
        assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
        assert int(answers[-1].headers["Retry-After"]) > 0
        other = here.client.get(path, headers={"X-Auth-Token": here.tokens["admin"], **own})
        assert other.status_code == 200


def test_a_key_is_known_by_its_digest_alone(open_doors: Premises) -> None:
    key = new_key()
    open_doors.company.do(create_key, "connector", open_doors.company.one(User, machine=True), key_digest(key))
    assert open_doors.company.one(ApiKey).sha256 == key_digest(key) != key
    for text in (key + "=", key + " ", key.upper(), key_digest(key), f"rpk_{key_digest(key)}"):
        assert asked(open_doors, text).status_code == 401

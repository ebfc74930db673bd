"""Secrets stay secret: none is in a log line, an answer, the book or a representation, whatever goes wrong; and they rotate."""

import json
import logging
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import jwt
import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from ledger import clients, users
from ledger.ciphers import Cipher
from ledger.clients import client_id
from ledger.destinations import Reach
from ledger.outgoing import Outgoing
from ledger.storage.engine import sqlite_path
from ledger.storage.models import AuditEntry, IdempotencyKey, User
from ledger.webhooks import SECRET_PREFIX, new_secret
from methods import METHODS
from methods.method import parse
from rpcserver.app import create_app, open_book
from rpcserver.auth import Tokens, key_digest, new_key
from rpcserver.dialects.qbench.tokens import GRANT
from rpcserver.house import House
from rpcserver.keys import Seal
from rpcserver.log import JsonLines, TextLines
from rpcserver.settings import Settings, SettingsError, load, warnings
from tests import premises
from tests.books import MACHINE, PASSWORD
from tests.engines import copied
from tests.live import ROOT
from tests.premises import Premises
from tests.rpcserver.world import settings_for
from tests.webhooks.receiver import Receiver, receiving, until

pytestmark = [pytest.mark.one_engine, pytest.mark.sqlite]

OLD, NEW = "kSgC3yW1uQzL8vN0bXr5TjHf2PmEd9Ao", "Zp4sVw7yBxEh6KnQtUr1cFgJm3LdAa0i"
SHORT, LONG = "h0tdog", "marker-password-" * 20
FRESH, CHANGED, WRONG, TYPED_AS_NAME = (f"marker-{word}-password" for word in ("fresh", "changed", "wrong", "typed-as-name"))
WEAK = ("", ",", "Xq7-Lm2pRt9-short", "x" * 64, "abcd" * 16, "changeme" * 8, "your-secret-" * 4, f"{OLD},Xq7-Lm2pRt9")
JSON = {"Content-Type": "application/json"}


@dataclass
class Sweep:
    """Asks a server that knows many secrets, and remembers what was answered."""

    here: Premises
    secrets: set[str]
    answers: list[tuple[str, frozenset[str]]] = field(default_factory=list)

    def post(self, path: str, gives: str | None = None, headers: dict[str, str] | None = None, **how: Any) -> Response:
        """A request. `gives`: the member of the answer that is a secret, and has to be; it is one from now on."""
        answer = self.here.client.post(path, headers=headers, **how)
        given: set[str] = set()
        if gives is not None:
            body = answer.json()
            secret = str(body.get("data", body)[gives])
            given = {secret, secret.removeprefix(SECRET_PREFIX)}
            self.secrets |= given
        self.answers.append((f"{path.partition('?')[0]} {dict(answer.headers)} {answer.text}", frozenset(given)))
        return answer

    def found_in_answers(self) -> list[str]:
        return [f"{text} in {said[:300]}" for said, given in self.answers for text in self.secrets - given if text in said]

    def found_in_book(self) -> list[str]:
        """Those that are in a file of the book, or of the folder of attachments."""
        path = Path(sqlite_path(self.here.settings.database_url))
        files = [*path.parent.glob(f"{path.name}*"), *Path(self.here.settings.attachment_folder).rglob("*")]
        kept = b"".join(file.read_bytes() for file in files if file.is_file())
        assert b"AuditEntry" in kept or b"audit_entry" in kept
        return [text for text in self.secrets if text.encode() in kept]


@pytest.fixture
def sweep(open_doors: Premises, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sweep]:
    company, key, secret = open_doors.company, new_key(), clients.new_secret()
    machine = company.one(User, username=MACHINE)
    company.by("admin").do(users.create_key, "connector", machine, key_digest(key))
    company.by("admin").do(clients.create_secret, machine, Cipher(open_doors.settings.secrets).encrypted(secret))
    known = {PASSWORD, SHORT, LONG, LONG[:30], FRESH, CHANGED, WRONG, key, secret, *open_doors.settings.secrets}
    found = Sweep(open_doors, known | set(open_doors.tokens.values()))
    company.book.outgoing = Outgoing(open_doors.settings.secrets, Reach((ip_network("127.0.0.1/32"),)))

    def made() -> str:
        secret = new_secret()
        found.secrets |= {secret, secret.removeprefix(SECRET_PREFIX)}
        return secret

    monkeypatch.setattr("methods.webhooks.secret.new_secret", made)
    yield found
    open_doors.faults.seen.clear()


def log_in(sweep: Sweep) -> None:
    """Right and wrong logins, in every form, at every door."""
    for path in ("/login", "/crmapi/rest/v2/authentication/token", "/api-auth/password/"):
        sweep.post(path, json={"username": "clerk", "password": PASSWORD}, gives="token")
        for password in (WRONG, LONG, [WRONG], {"a": WRONG}, f"{WRONG}\x00"):
            sweep.post(path, json={"username": "clerk", "password": password})
        sweep.post(path, json={"username": {"name": WRONG}, "password": WRONG, "organisation": 7})
        sweep.post(path, content=f'{{"username": "clerk", "password": "{WRONG}"', headers=JSON)
        sweep.post(path, content=f'{{"password": "{WRONG}", "password": "{WRONG}"}}', headers=JSON)
        sweep.post(path, data={"username": "clerk", "password": WRONG})
        sweep.post(f"{path}?password={WRONG}&token={sweep.here.tokens['clerk']}", json={"username": "auditor"})
    sweep.post("/api-auth/password/", files={"password": ("a", WRONG.encode()), "username": (None, b"clerk")})


def exchange(sweep: Sweep) -> None:
    """Keys and assertions, good ones and bad ones."""
    key = next(text for text in sweep.secrets if text.startswith("rpk_"))
    secret = next(text for text in sweep.secrets if len(text) == 43 and not text.startswith("rpk_") and "." not in text)
    path = "/authentication/web_api_key/token"
    sweep.post(path, json={"web_api_key": key}, gives="token")
    sweep.post(path, json={}, headers={"Authorization": "Basic " + b64encode(f"{key}:".encode()).decode()}, gives="token")
    unknown = new_key()
    sweep.secrets.add(unknown)
    for text in (unknown, [unknown], unknown * 10):
        sweep.post(path, json={"web_api_key": text})
    sweep.post("/whoami", json={"token": unknown})
    sweep.post("/whoami", json={}, headers={"X-Auth-Token": key, "Authorization": f"Bearer {unknown}"})
    client, now = client_id(sweep.here.company.one(User, username=MACHINE)), int(time.time())
    for signs, lasts in ((secret, 60), (WRONG * 2, 60), (secret, -60), (secret, 99_999)):
        assertion = jwt.encode({"sub": client, "iat": now, "exp": now + lasts}, signs, algorithm="HS256")
        sweep.secrets |= {assertion, assertion.rpartition(".")[2]}
        is_good = signs == secret and lasts == 60
        form = {"grant_type": GRANT, "assertion": assertion}
        sweep.post("/qbench/oauth2/v1/token", data=form, gives="access_token" if is_good else None)
        sweep.post("/qbench/oauth2/v1/token", data={**form, "grant_type": "password", "client_secret": secret})


def keep_people(sweep: Sweep) -> None:
    """Passwords that are set and changed: alone, tried, in batches, under keys, and refused."""
    admin = {"token": sweep.here.tokens["admin"]}
    new = {"username": "marker", "password": FRESH, "role": "clerk"}
    sweep.post("/users/create", json={**admin, **new, "validate_only": True})
    for key in ("once", "once", "twice"):
        sweep.post("/users/create", json={**admin, **new}, headers={"Idempotency-Key": key})
    for wrong in (SHORT, LONG, [FRESH], 5, f"{FRESH}\x1b", f"{FRESH}\ud800"):
        sweep.post("/users/create", content=_ascii({**admin, **new, "password": wrong}), headers=JSON)
        calls = [{"method": "users/create", "params": {**new, "password": wrong}}]
        sweep.post("/batch", content=_ascii({**admin, "calls": calls}), headers=JSON)
    calls = [{"method": "users/create", "params": {**new, "username": "batched"}, "idempotency_key": "inner"}]
    sweep.post("/batch", json={**admin, "calls": calls}, headers={"Idempotency-Key": "outer"})
    calls = [{"method": "users/change_password", "params": {"old_password": PASSWORD, "new_password": CHANGED}}]
    sweep.post("/batch", json={**admin, "calls": calls, "atomic": True}, headers={"Idempotency-Key": "another"})
    mine = {"token": sweep.here.tokens["auditor"], "old_password": PASSWORD, "new_password": CHANGED}
    for change in ({"old_password": WRONG}, {"new_password": SHORT}, {"new_password": [CHANGED]}, {}):
        sweep.post("/users/change_password", json={**mine, **change}, headers={"Idempotency-Key": "changed"})


def tell(sweep: Sweep, receiver: Receiver) -> None:
    """Webhooks: a secret is answered this once, to whoever makes it; not in a trial, a repetition or a batch, nor to who looks."""
    admin, key = {"token": sweep.here.tokens["admin"]}, {"Idempotency-Key": "hooked"}
    for door in ("", "/crmapi/rest/v2"):
        name = f"hook at {door}"
        new, same = {"name": name, "url": receiver.url}, {**admin, "webhook_identifier": {"name": name}}
        sweep.post(f"{door}/webhooks/create", json={**admin, **new, "validate_only": True})
        sweep.post(f"{door}/webhooks/create", gives="secret", headers=key, json={**admin, **new})
        sweep.post(f"{door}/webhooks/create", headers=key, json={**admin, **new})
        sweep.post(f"{door}/webhooks/rotate_secret", json={**same, "validate_only": True})
        for _ in range(2):
            sweep.post(f"{door}/webhooks/rotate_secret", gives="secret", headers=key, json=same)
        for path, change in (("update", {"name": name, "types_set": None}), ("disable", {}), ("enable", {})):
            sweep.post(f"{door}/webhooks/{path}", headers={"Idempotency-Key": path}, json={**same, **change})
        deliver(sweep, receiver)
        for path, which in (("webhooks/show", same), ("webhooks/list", admin), ("webhooks/deliveries/list", admin)):
            sweep.post(f"{door}/{path}", json=which)
        sweep.post(f"{door}/events/list", json=admin)
    calls = [{"method": "webhooks/create", "params": {**new, "name": "batched"}}, {"method": "webhooks/list", "params": {}}]
    sweep.post("/batch", json={**admin, "calls": calls}, headers=key)


def deliver(sweep: Sweep, receiver: Receiver) -> None:
    """A receiver is told, which refuses first and takes it then; what it was sent counts as an answer."""

    def is_taken() -> bool:
        sweep.here.company.clock.advance(3)
        return len(receiver.taken) > taken

    came, taken = len(receiver.came), len(receiver.taken)
    receiver.behave = lambda _: 500
    sweep.here.company.pay(10)
    until(lambda: len(receiver.came) > came)
    receiver.behave = lambda _: 200
    until(is_taken)
    sweep.answers += [(f"{message.headers} {message.body!r}", frozenset()) for message in receiver.came]


def _ascii(body: object) -> bytes:
    """A body in which half a surrogate pair can stand, as its escape."""
    return json.dumps(body).encode()


def look(sweep: Sweep) -> None:
    """What is shown of people, of the audit log, and in documents."""
    admin = {"token": sweep.here.tokens["admin"]}
    for path in ("users/list", "audit/list", "whoami", "units/list"):
        sweep.post(f"/{path}", json=admin)
    for path in ("/health", "/nowhere", f"/nowhere?token={sweep.here.tokens['clerk']}"):
        sweep.answers.append((sweep.here.client.get(path).text, frozenset()))
    token = sweep.here.tokens["admin"]
    for path in ("/api/customers/", "/api/configuration/", "/qbench/api/v1/customer", "/api/v2/payments"):
        headers = {"X-Auth-Token": token, "X-Organization-Id": str(sweep.here.organisation().pk)}
        sweep.answers.append((sweep.here.client.get(path, headers=headers).text, frozenset()))


def fail(sweep: Sweep, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    """Faults of ours while a secret is at hand: they are logged with their tracebacks."""

    def broken(*_: object, **__: object) -> None:
        raise LookupError("the shelf is empty")

    admin = {"token": sweep.here.tokens["admin"]}
    for place in ("ledger.users.create", "ledger.passwords.hashed", "methods.method.faults_of", "ledger.audit.image"):
        with monkeypatch.context() as patch:
            patch.setattr(place, broken)
            wrong = SHORT if place.endswith("faults_of") else FRESH
            answer = sweep.post("/users/create", json={**admin, "username": "broken", "password": wrong, "role": "clerk"})
            assert answer.status_code == 500
    for place in ("ledger.logins.begun", "ledger.passwords.matches", "ledger.sessions.login"):
        with monkeypatch.context() as patch:
            patch.setattr(place, broken)
            for path in ("/login", "/api-auth/password/"):
                assert sweep.post(path, json={"username": "owner", "password": PASSWORD}).status_code == 500
    hook, named = {"name": "broken", "url": "https://8.8.8.8/"}, {"webhook_identifier": {"name": "hook at "}}
    for place in ("ledger.webhooks.audit.image", "ledger.ciphers.MultiFernet.encrypt", "methods.webhooks.secret.Secret.shown"):
        with monkeypatch.context() as patch:
            patch.setattr(place, broken)
            for path, body in (("webhooks/create", hook), ("webhooks/rotate_secret", named)):
                assert sweep.post(f"/{path}", json={**admin, **body}).status_code == 500
    with monkeypatch.context() as patch:
        patch.setattr("rpcserver.webhooks.line.signed", broken)
        sweep.here.company.pay(10)
        until(lambda: "deliveries to a webhook were interrupted" in caplog.messages)


def test_no_secret_is_in_a_line_an_answer_or_the_book_whatever_is_asked_and_whatever_fails(
    sweep: Sweep, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    log_in(sweep)
    sweep.here.company.clock.advance(700)
    exchange(sweep)
    sweep.here.company.clock.advance(700)
    keep_people(sweep)
    with receiving() as receiver:
        tell(sweep, receiver)
        look(sweep)
        fail(sweep, monkeypatch, caplog)
    ours = [record for record in caplog.records if not record.name.startswith("httpx2")]  # that is the test's own client
    lines = [form.format(record) for record in ours for form in (JsonLines(), TextLines())]
    assert len(lines) > 150 and any("LookupError" in line for line in lines)
    assert sum(text.startswith(SECRET_PREFIX) for text in sweep.secrets) > 12
    assert [f"{text} in {line[:300]}" for line in lines for text in sweep.secrets if text in line] == []
    assert sweep.found_in_answers() == []
    assert sweep.found_in_book() == []


def test_a_password_typed_as_the_user_name_is_written_down_nowhere(sweep: Sweep, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    sweep.secrets = {TYPED_AS_NAME}
    for path in ("/login", "/crmapi/rest/v2/login", "/api-auth/password/"):
        sweep.post(path, json={"username": TYPED_AS_NAME, "password": "clerk"})
    assert [record for record in caplog.records if TYPED_AS_NAME in JsonLines().format(record)] == []
    assert (sweep.found_in_answers(), sweep.found_in_book()) == ([], [])
    assert {row.actor for row in sweep.here.company.all(AuditEntry, kind="login")} == {None}


def test_nothing_that_knows_a_secret_tells_it_when_it_is_printed(open_doors: Premises) -> None:
    house = House(open_doors.company.book, open_doors.settings)
    url = "postgresql://rpcserver:marker-password@db.example/book"
    read = [
        parse(METHODS["login"], {"username": "a", "password": FRESH}),
        parse(METHODS["users/create"], {"username": "a", "password": FRESH, "role": "clerk"}),
        parse(METHODS["users/change_password"], {"old_password": FRESH, "new_password": FRESH}),
        parse(METHODS["authentication/web_api_key/token"], {"web_api_key": FRESH}),
    ]
    assert [params for params in read if FRESH not in params.secrets.values()] == []
    known = [house, house.tokens, house.seal, Cipher([OLD]), Tokens([OLD], lifetime=9, idle=9), Seal([OLD]), *read]
    said = " ".join(f"{each!r} {each}" for each in [*known, settings_for(Path("book.db"), database_url=url, secret_key=OLD)])
    assert [text for text in (OLD, FRESH, "marker-password", *open_doors.settings.secrets) if text in said] == []


# --- one secret for another ---


@contextmanager
def served(here: Premises, *secrets: str) -> Iterator[TestClient]:
    """The same book, served with these secrets."""
    settings = Settings.model_validate({**here.settings.model_dump(), "secret_key": ",".join(secrets)})
    book = open_book(settings)
    book.clock = here.company.clock
    with TestClient(create_app(settings, book)) as client:
        yield client


def users_created(client: TestClient, token: str, password: str, *, batched: bool) -> str:
    """The code that a user's creation under a key is answered with, and whether it was a repetition."""
    new = {"username": "repeated", "password": password, "role": "clerk"}
    said: dict[str, Any] = {"calls": [{"method": "users/create", "params": new}]} if batched else new
    answer = client.post(
        "/batch" if batched else "/users/create", json={"token": token, **said}, headers={"Idempotency-Key": f"once {batched}"}
    )
    code = str(answer.json()["status"]["code"])
    return f"{code} again" if "Idempotency-Replayed" in answer.headers else code


@pytest.mark.parametrize("batched", [False, True], ids=["alone", "in a batch"])
def test_a_repeated_call_is_known_by_its_password_too_and_while_secrets_rotate(open_doors: Premises, batched: bool) -> None:
    token = open_doors.tokens["admin"]
    own = open_doors.settings.secrets[0]
    assert users_created(open_doors.client, token, FRESH, batched=batched) == "OK"
    assert users_created(open_doors.client, token, FRESH, batched=batched) == "OK again"
    assert users_created(open_doors.client, token, CHANGED, batched=batched) == "IDEMPOTENCY_KEY_REUSED"
    with served(open_doors, NEW, own) as client:
        assert users_created(client, token, FRESH, batched=batched) == "OK again"
        assert users_created(client, token, CHANGED, batched=batched) == "IDEMPOTENCY_KEY_REUSED"


@pytest.mark.parametrize("batched", [False, True], ids=["alone", "in a batch"])
def test_who_has_the_book_cannot_try_passwords_against_what_it_keeps_of_a_call(
    furnished_template: Path, tmp_path: Path, batched: bool
) -> None:
    """Under another secret the same call leaves another fingerprint: without the secret there is nothing to compare with."""
    kept: list[str] = []
    for number, secrets in enumerate((OLD, f"{NEW},{OLD}", NEW)):
        with premises.opened(copied(furnished_template, tmp_path / f"{number}.db"), secret_key=secrets) as here:
            assert users_created(here.client, here.tokens["admin"], FRESH, batched=batched) == "OK"
            kept.append(here.company.one(IdempotencyKey).fingerprint)
    first, while_rotating, other = kept
    assert first == while_rotating != other


def test_secrets_rotate_without_logging_anybody_out(sweep: Sweep) -> None:
    here, own = sweep.here, sweep.here.settings.secrets[0]
    secret = next(text for text in sweep.secrets if len(text) == 43 and not text.startswith("rpk_") and "." not in text)
    key = next(text for text in sweep.secrets if text.startswith("rpk_"))
    now = int(time.time())
    claims = {"sub": client_id(here.company.one(User, username=MACHINE)), "iat": now, "exp": now + 600}
    form = {"grant_type": GRANT, "assertion": jwt.encode(claims, secret, algorithm="HS256")}

    def works(client: TestClient) -> list[int]:
        asked: list[Callable[[], Response]] = [
            lambda: client.post("/whoami", json={"token": here.tokens["clerk"]}),
            lambda: client.post("/whoami", json={"token": key}),
            lambda: client.post("/qbench/oauth2/v1/token", data=form),
            lambda: client.post("/login", json={"username": "clerk", "password": PASSWORD}),
        ]
        return [ask().status_code for ask in asked]

    with served(here, NEW, own) as client:
        assert works(client) == [200] * 4
        newer = client.post("/login", json={"username": "clerk", "password": PASSWORD}).json()["data"]["token"]
    with served(here, NEW) as client:
        assert works(client) == [401, 200, 401, 200]
        assert client.post("/whoami", json={"token": newer}).status_code == 200


# --- at the start ---


@pytest.mark.parametrize("secret", WEAK)
def test_a_server_does_not_start_with_a_secret_that_is_short_empty_default_or_of_one_letter(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, secret: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SECRET_KEY", secret)
    with pytest.raises(SettingsError, match="SECRET_KEY") as refused:
        _ = load().secrets
    assert len(secret) < 6 or secret not in str(refused.value)


def test_no_secret_is_in_the_project_as_a_default() -> None:
    assert Settings.model_fields["secret_key"].default == ()
    files = [path for folder in ("rpcserver", "methods", "ledger", "identifiers") for path in (ROOT / folder).rglob("*.py")]
    assert [str(path) for path in files if any(text in path.read_text() for text in (OLD, NEW, PASSWORD))] == []


def test_a_file_of_secrets_that_everybody_can_read_is_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert list(warnings()) == []
    env = tmp_path / ".env"
    env.write_text(f"SECRET_KEY={OLD}\n")
    env.chmod(0o644)
    (said,) = warnings()
    assert "chmod o-r .env" in said and OLD not in said
    env.chmod(0o640)
    assert list(warnings()) == []

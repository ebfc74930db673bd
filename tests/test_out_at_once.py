"""What is taken from somebody is gone at once: at every door, and on every server over the same book, whatever it knew before."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import jwt
import pytest

from ledger import clients, users
from ledger.entry import Entry
from ledger.storage.models import ApiKey, Customer, User
from rpcserver.dialects.qbench.tokens import GRANT
from tests import native, scenes
from tests.access.houses import LOOKING
from tests.access.straight import Got, Straight
from tests.native import Native, Template

DOORS = {
    "native": "/whoami",
    "drop-in": "/crmapi/rest/v2/whoami",
    "waldur": "/api/users/me/",
    "qbench": "/qbench/api/v1/customer",
    "productive": "/api/v2/payments",
}
LISTS = {
    "native": ("/customers/list", ""),
    "drop-in": ("/crmapi/rest/v2/accounts_receivable/list", ""),
    "waldur": ("/api/customers/", ""),
    "qbench": ("/qbench/api/v1/customer", ""),
    "productive": ("/api/v2/payments", "page[size]=200"),
}
OURS = {"X-Organization-Id": "1"}
NEW = "another good password"


@dataclass(frozen=True)
class Servers:
    """Two servers over one book: what is done at one is asked of the other."""

    here: Native
    there: Native
    far: Straight

    def told(self, secret: str) -> dict[str, bool]:
        """At which doors of the far server a secret counts."""
        return {door: _counts(self.get(secret, path)) for door, path in DOORS.items()}

    def get(self, secret: str, path: str, query: str = "") -> Got:
        """What the far server answers."""
        return self.far.ask("GET", path, query, headers={"X-Auth-Token": secret, **OURS})

    def do(self, operation: Callable[[Entry], Any]) -> Any:
        """Write at the near server, past its doors."""
        return self.here.book.enter(LOOKING, operation)

    def login(self, username: str) -> str:
        """A new token of a person."""
        return str(self.here.done("login", {**self.here.made["users"][username], "organisation": None})["token"])


def _counts(got: Got) -> bool:
    assert got.status in (200, 401), got.text
    return got.status == 200 and (not got.text.startswith('{"status"') or got.json()["status"]["code"] == "OK")


EVERYWHERE, NOWHERE = dict.fromkeys(DOORS, True), dict.fromkeys(DOORS, False)


@pytest.fixture
def servers(demo: Template, tmp_path: Any) -> Iterator[Servers]:
    path = native.copied(demo, tmp_path)
    with native.opened(demo, path) as here, native.opened(demo, path) as there:
        far = Straight(there.app)
        yield Servers(here, there, far)
        far.close()


def key_of(server: Native) -> str:
    return str(server.made["keys"]["clerk"])


def exchanged(servers: Servers) -> str:
    """A token got for the clerk's key."""
    return str(servers.here.done("authentication/web_api_key/token", {"web_api_key": key_of(servers.here)})["token"])


def asserted(servers: Servers) -> str:
    """A token got at QBench's door for an assertion."""
    client, now = servers.here.made["qbench_client"], int(time.time())
    claims = {"sub": client["client_id"], "iat": now, "exp": now + 600}
    assertion = jwt.encode(claims, client["client_secret"], algorithm="HS256")
    answer = servers.here.client.post("/qbench/oauth2/v1/token", data={"grant_type": GRANT, "assertion": assertion})
    return str(answer.json()["access_token"])


def user(entry: Entry, username: str) -> User:
    found = entry.rows.one(User, username=username)
    assert found is not None
    return found


def machine(servers: Servers, secret: str) -> str:
    """The name of who comes with a secret."""
    return str(servers.get(secret, "/whoami").json()["data"]["username"])


SECRETS: dict[str, Callable[[Servers], str]] = {
    "login": lambda servers: servers.login("clerk"),
    "key": lambda servers: key_of(servers.here),
    "exchanged": exchanged,
    "asserted": asserted,
}


@pytest.mark.parametrize("kind", SECRETS)
def test_who_is_disabled_is_out_everywhere(servers: Servers, kind: str) -> None:
    secret = SECRETS[kind](servers)
    assert servers.told(secret) == EVERYWHERE
    servers.here.done("users/disable", {"user_identifier": {"username": machine(servers, secret)}})
    assert servers.told(secret) == NOWHERE


def test_a_new_password_ends_all_tokens_of_the_person(servers: Servers) -> None:
    one, other, admin = servers.login("clerk"), servers.login("clerk"), servers.login("admin")
    assert servers.told(one) == servers.told(other) == EVERYWHERE
    old = servers.here.made["users"]["clerk"]["password"]
    servers.here.done("users/change_password", {"token": one, "old_password": old, "new_password": NEW})
    assert servers.told(one) == servers.told(other) == NOWHERE
    assert servers.told(admin) == EVERYWHERE


@pytest.mark.parametrize("way", ["logout", "authentication/token/release", "/api-auth/logout/"])
def test_a_token_that_was_logged_out_counts_nowhere(servers: Servers, way: str) -> None:
    one, other = servers.login("clerk"), servers.login("clerk")
    assert servers.told(one) == EVERYWHERE
    if way.startswith("/"):
        assert servers.here.client.post(way, headers={"Authorization": f"Token {one}"}).status_code == 204
    else:
        servers.here.done(way, {"token": one})
    assert servers.told(one) == NOWHERE
    assert servers.told(other) == EVERYWHERE


def test_a_revoked_key_ends_with_the_tokens_it_was_exchanged_for(servers: Servers) -> None:
    key, token, other = key_of(servers.here), exchanged(servers), servers.here.made["keys"]["auditor"]
    assert servers.told(key) == servers.told(token) == EVERYWHERE
    username = machine(servers, key)

    def revoke(entry: Entry) -> None:
        (kept,) = entry.rows.find(ApiKey, user_pk=user(entry, username).pk)
        users.revoke_key(entry, kept)

    servers.do(revoke)
    assert servers.told(key) == servers.told(token) == NOWHERE
    assert servers.told(other) == EVERYWHERE


def test_a_revoked_secret_ends_the_tokens_of_its_client(servers: Servers) -> None:
    token = asserted(servers)
    assert servers.told(token) == EVERYWHERE
    username = machine(servers, token)
    servers.do(lambda entry: clients.revoke_secrets(entry, user(entry, username)))
    assert servers.told(token) == NOWHERE


def assigned(username: str, role: str) -> Callable[[Entry], User]:
    """What gives a user a role."""
    return lambda entry: users.assign(entry, user(entry, username), role)


@pytest.mark.parametrize("kind", SECRETS)
def test_another_role_counts_from_the_next_call_on(servers: Servers, kind: str) -> None:
    secret = SECRETS[kind](servers)
    username = machine(servers, secret)
    writes = {
        "/customers/create": 422,
        "/api/payments/": 400,
        "/qbench/api/v1/customer": 400,
        "/api/v2/payments": 400,
    }
    for role, refused in (("clerk", False), ("auditor", True), ("clerk", False)):
        servers.do(assigned(username, role))
        for path, looked_at in writes.items():
            media = "application/vnd.api+json" if path.startswith("/api/v2") else "application/json"
            headers = {"X-Auth-Token": secret, "Content-Type": media, **OURS}
            assert servers.far.ask("POST", path, body=b"{}", headers=headers).status == (403 if refused else looked_at), path


def test_other_customers_of_an_owner_count_from_the_next_call_on(servers: Servers) -> None:
    secret = servers.login("owner")
    (first,) = servers.here.done("customers/list", by="owner")
    customer = scenes.customer(servers.here)
    account = scenes.account(servers.here, customer_identifier=customer)
    scenes.payment(servers.here, account, 3)

    def lists() -> dict[str, str]:
        return {door: servers.get(secret, *asked).text for door, asked in LISTS.items()}

    def assign(entry: Entry, *ids: str) -> None:
        customers = [row for row in entry.rows.find(Customer) if row.id in ids]
        users.assign(entry, user(entry, servers.here.made["users"]["owner"]["username"]), "owner", customers)

    before = lists()
    servers.do(lambda entry: assign(entry, customer["id"]))
    after = lists()
    assert [door for door in LISTS if before[door] == after[door]] == []
    for door in ("native", "drop-in", "waldur"):
        assert first["id"] not in after[door].upper(), door
        assert customer["id"] in after[door].upper(), door
    servers.do(lambda entry: assign(entry, first["id"]))
    assert lists() == before
    servers.do(assign)
    assert servers.get(secret, "/customers/list").json()["data"] == []


def test_a_batch_that_an_owner_repeats_shows_nothing_of_former_customers(servers: Servers) -> None:
    calls = {"calls": [{"method": "customers/list", "params": {"number_of_results": 5}}]}
    asked, username = partial(servers.here.ask, "batch", calls, by="owner"), servers.here.made["users"]["owner"]["username"]
    first = asked(Idempotency_Key="again")
    assert first.code == "OK"
    assert asked(Idempotency_Key="again").text == first.text
    servers.do(assigned(username, "owner"))
    repeated = asked(Idempotency_Key="again")
    assert (repeated.verdict, repeated.data) == ((422, "IDEMPOTENCY_KEY_REUSED"), None)
    assert asked(Idempotency_Key="new").text != first.text
    servers.do(assigned(username, "clerk"))
    assert asked(Idempotency_Key="again").code == "IDEMPOTENCY_KEY_REUSED"

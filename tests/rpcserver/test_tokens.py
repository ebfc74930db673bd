"""Tokens and keys: where they come from, when they end, and what a role may do."""

import base64
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ledger import users
from ledger.book import Book
from ledger.storage.models import ApiKey, Session, User
from rpcserver.app import create_app
from rpcserver.settings import Settings
from tests.rpcserver import world
from tests.rpcserver.world import KEY, PASSWORD, SETUP, World

TokenOf = Callable[[str], str]
LOGINS = pytest.mark.parametrize("path", ["/login", "/crmapi/rest/v2/authentication/token"])


def login(client: TestClient, username: str, password: str = PASSWORD, path: str = "/login") -> str:
    answer = client.post(path, json={"username": username, "password": password, "organisation": "Ours"})
    assert answer.status_code == 200
    return str(answer.json()["data"]["token"])


def code(client: TestClient, token: str, path: str = "/whoami") -> str:
    return str(client.post(path, json={"token": token}).json()["status"]["code"])


@LOGINS
def test_a_login_gives_a_token_that_works_until_logout(client: TestClient, path: str) -> None:
    token = login(client, "clerk", path=path)
    assert code(client, token) == "OK"
    assert code(client, token, path.replace("/login", "/logout").replace("/token", "/token/release")) == "OK"
    assert code(client, token) == "INVALID_TOKEN"


@LOGINS
@pytest.mark.parametrize(("username", "password"), [("clerk", "wrong password"), ("nobody", PASSWORD), ("connector", PASSWORD)])
def test_a_wrong_login_is_refused_without_saying_what_was_wrong(
    client: TestClient, path: str, username: str, password: str
) -> None:
    answer = client.post(path, json={"username": username, "password": password, "organisation": "Ours"})
    assert answer.status_code == (200 if path.startswith("/crmapi") else 401)
    assert answer.json()["status"]["code"] == "INVALID_CREDENTIALS"
    assert "WWW-Authenticate" not in answer.headers or answer.status_code == 401


def test_a_token_ends_with_its_lifetime_even_when_it_is_used(client: TestClient, book: Book, settings: Settings) -> None:
    token, began = login(client, "clerk"), book.clock()
    moments = [began + seconds for seconds in range(0, settings.token_lifetime, 1800)]
    for moment in moments:
        book.clock = partial(float, moment)
        assert code(client, token) == "OK"
    book.clock = lambda: began + settings.token_lifetime + 2
    assert code(client, token) == "EXPIRED_TOKEN"


def test_a_token_ends_when_it_is_not_used(client: TestClient, book: Book, settings: Settings) -> None:
    token, began = login(client, "clerk"), book.clock()
    book.clock = lambda: began + settings.token_idle + 2
    assert code(client, token) == "EXPIRED_TOKEN"


def test_the_use_of_a_token_is_noted_once_a_minute(client: TestClient, book: Book) -> None:
    token, began = login(client, "clerk"), book.clock()

    def last_used() -> str:
        return str(book.read(SETUP, lambda reading: reading.rows.find(Session, order=("-pk",))[0].last_used_on))

    at_login = last_used()
    book.clock = lambda: began + 50
    code(client, token)
    assert last_used() == at_login
    book.clock = lambda: began + 70
    code(client, token)
    assert last_used() > at_login


def test_tokens_end_when_the_user_is_disabled_or_has_a_new_password(client: TestClient, book: Book) -> None:
    def pk(username: str) -> User:
        return book.read(SETUP, lambda reading: reading.rows.find(User, username=username)[0])

    clerk, auditor = login(client, "clerk"), login(client, "auditor")
    book.enter(SETUP, lambda entry: users.disable(entry, pk("clerk")))
    book.enter(SETUP, lambda entry: users.change_password(entry, pk("auditor").pk, "x"))
    assert [code(client, clerk), code(client, auditor)] == ["INVALID_TOKEN"] * 2


def test_a_token_of_another_server_is_none(client: TestClient, book: Book, settings: Settings) -> None:
    other = world.settings_for(Path("elsewhere"), secret_key="Zp4sVw7yBxEh6KnQtUr1cFgJm3LdAa0i")
    assert code(client, world.token(book, other, "clerk")) == "INVALID_TOKEN"


def test_after_a_rotation_tokens_of_both_secrets_work(book: Book, here: World) -> None:
    fresh = "Zp4sVw7yBxEh6KnQtUr1cFgJm3LdAa0i"
    rotated = world.settings_for(here.path, secret_key=f"{fresh},{world.SECRET}")
    before, after = (world.token(book, made, "clerk") for made in (world.settings_for(here.path), rotated))
    with TestClient(create_app(rotated, book)) as client:
        assert [code(client, before), code(client, after)] == ["OK", "OK"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {KEY}"},
        {"Authorization": f"Token {KEY}"},
        {"Authorization": f"Bearer Token {KEY}"},
        {"X-Auth-Token": KEY},
    ],
)
def test_an_api_key_opens_the_door_like_a_token(client: TestClient, headers: dict[str, str]) -> None:
    answer = client.get("/whoami", headers=headers)
    assert answer.json()["data"]["username"] == "connector"


def test_a_revoked_key_ends_at_once_with_the_tokens_it_was_exchanged_for(client: TestClient, book: Book) -> None:
    basic = {"Authorization": "Basic " + base64.b64encode(f"{KEY}:".encode()).decode()}
    exchanged = client.post("/authentication/web_api_key/token", json={}, headers=basic).json()["data"]["token"]
    assert code(client, exchanged) == "OK"
    book.enter(SETUP, lambda entry: users.revoke_key(entry, entry.rows.find(ApiKey)[0]))
    assert [code(client, exchanged), code(client, KEY)] == ["INVALID_TOKEN"] * 2


@pytest.mark.parametrize("authorization", ["", "Basic", "Basic !!!", "Basic cnBrX3g6", "Basic 4pyT", f"Bearer {KEY}"])
def test_a_wrong_key_is_not_exchanged(client: TestClient, authorization: str) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    answer = client.post("/authentication/web_api_key/token", json={}, headers=headers)
    assert answer.status_code in (401, 422)


@pytest.mark.parametrize("key", ["rpk_", "rpk_unknown", "rpk_é"])
def test_an_unknown_key_is_no_token(client: TestClient, key: str) -> None:
    assert code(client, key) == "INVALID_TOKEN"


@pytest.mark.parametrize(
    ("path", "roles"),
    [
        ("/payments/list", "admin clerk auditor owner"),
        ("/payments/create", "admin clerk"),
        ("/configuration/types/list", "admin clerk auditor owner"),
        ("/configuration/types/create", "admin"),
        ("/users/list", "admin auditor"),
        ("/users/create", "admin"),
        ("/audit/list", "admin auditor"),
    ],
)
def test_a_role_may_what_the_table_says(client: TestClient, token: TokenOf, path: str, roles: str) -> None:
    refused = {role for role in world.PEOPLE if code(client, token(role), path) == "NOT_PERMITTED"}
    assert refused == set(world.PEOPLE) - set(roles.split())

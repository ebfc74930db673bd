"""Tokens that open nothing: every method refuses them alike, before it looks at rights and parameters."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from methods import METHODS
from tests.native import BOTH, Native, Template, Watch, copied, opened
from tests.rpcserver import world

pytestmark = pytest.mark.one_engine

CLOSED = tuple(path for path, method in METHODS.items() if not method.public)
OPEN = tuple(path for path, method in METHODS.items() if method.public)
READS = tuple(path for path in CLOSED if not METHODS[path].writes)
INVALID, EXPIRED = "INVALID_TOKEN", "EXPIRED_TOKEN"
LIFETIME, IDLE = 7200, 3600
NEW_PASSWORD = "another good password"


def logged_in(server: Native, role: str = "admin") -> str:
    return str(server.done("login", server.made["users"][role])["token"])


def of_a_new_user(server: Native, username: str) -> str:
    """The token of a clerk who was just made."""
    login = {"username": username, "password": world.PASSWORD}
    server.done("users/create", {**login, "role": "clerk"})
    return str(server.done("login", login)["token"])


def earlier(server: Native, seconds: int) -> str:
    """A token from a login so many seconds ago, not used since."""
    server.clock.advance(-seconds)
    token = logged_in(server)
    server.clock.advance(seconds)
    return token


def used_to_the_end(server: Native) -> str:
    """A token that was used until its lifetime was over."""
    server.clock.advance(-LIFETIME - 2)
    token = logged_in(server)
    for _ in range(4):
        server.clock.advance(LIFETIME // 4)
        assert server.send("whoami", json.dumps({"token": token}).encode()).code == "OK"
    server.clock.advance(2)
    return token


def logged_out(server: Native, path: str = "logout") -> str:
    token = logged_in(server)
    assert server.send(path, json.dumps({"token": token}).encode()).code == "OK"
    return token


def disabled(server: Native) -> str:
    token = of_a_new_user(server, "leaver")
    server.done("users/disable", {"user_identifier": {"username": "leaver"}})
    return token


def outdated(server: Native) -> str:
    """A token from before its user changed the password."""
    token = of_a_new_user(server, "changer")
    body = {"token": token, "old_password": world.PASSWORD, "new_password": NEW_PASSWORD}
    assert server.send("users/change_password", json.dumps(body).encode()).code == "OK"
    return token


def altered(token: str) -> str:
    """The token with another session in it, under the same signature."""
    return token[:4] + ("A" if token[4] != "A" else "B") + token[5:]


def of_another_server(server: Native) -> str:
    other = world.settings_for(server.path, secret_key="Zp4sVw7yBxEh6KnQtUr1cFgJm3LdAa0i")
    return world.token(server.book, other, "admin")


@pytest.fixture(scope="module")
def tokens(
    demo: Template, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Native, Watch, dict[str, tuple[object, str]]]]:
    """A server, a watch over its book, and tokens that are none any more, each with the code of its refusal."""
    folder: Path = tmp_path_factory.mktemp("tokens")
    with opened(demo, copied(demo, folder)) as server:
        live = logged_in(server)
        made: dict[str, tuple[object, str]] = {
            "null": (None, INVALID),
            "empty": ("", INVALID),
            "nonsense": ("nonsense", INVALID),
            "a number": (5, INVALID),
            "an object": ({"token": live}, INVALID),
            "not ASCII": ("token\u00e9", INVALID),
            "half a surrogate pair": ("\ud800", INVALID),
            "endless": ("A" * 5000, INVALID),
            "altered": (altered(live), INVALID),
            "cut": (live.rpartition(".")[0], INVALID),
            "of another server": (of_another_server(server), INVALID),
            "an id for a token": ("7C5B8E9E5A8D1733EBFE75D89C10D8FC", INVALID),
            "an unknown key": ("rpk_unknown", INVALID),
            "expired": (used_to_the_end(server), EXPIRED),
            "expired and idle": (earlier(server, LIFETIME + 1), EXPIRED),
            "idle": (earlier(server, IDLE + 1), EXPIRED),
            "logged out": (logged_out(server), INVALID),
            "released": (logged_out(server, "authentication/token/release"), INVALID),
            "of a disabled user": (disabled(server), INVALID),
            "from before the password": (outdated(server), INVALID),
        }
        watch = Watch(server.path)
        yield server, watch, made
        watch.close()


Tokens = tuple[Native, Watch, dict[str, tuple[object, str]]]


@BOTH
@pytest.mark.parametrize("path", CLOSED)
def test_a_token_that_is_none_is_refused_before_anything_else(tokens: Tokens, path: str, prefix: str) -> None:
    server, watch, made = tokens
    watch.changed()
    body = {"nonsense": [], "payment_amount": -1}
    sent = {name: json.dumps({**body, "token": token}).encode() for name, (token, _) in made.items()}
    sent["no token"] = json.dumps(body).encode()
    answers = {name: server.at(prefix).send(path, content) for name, content in sent.items()}
    expected = {name: code for name, (_, code) in made.items()} | {"no token": INVALID}
    status = 200 if prefix else 401
    assert {name: answer.verdict for name, answer in answers.items()} == {name: (status, code) for name, code in expected.items()}
    assert {(answer.data, len(answer.errors)) for answer in answers.values()} == {(None, 0)}
    assert not watch.changed()
    assert server.faults.seen == []


@BOTH
@pytest.mark.parametrize("path", READS)
def test_a_token_in_a_query_is_judged_alike(tokens: Tokens, path: str, prefix: str) -> None:
    server, _, made = tokens
    texts = {name: token for name, (token, _) in made.items() if isinstance(token, str) and token.isascii() and len(token) < 5000}
    answers = {name: server.at(prefix).get(path, {"token": token, "nonsense": "1"}, by=None) for name, token in texts.items()}
    status = 200 if prefix else 401
    assert {name: answer.verdict for name, answer in answers.items()} == {name: (status, made[name][1]) for name in texts}


@BOTH
@pytest.mark.parametrize("path", CLOSED)
def test_two_tokens_that_differ_are_malformed(unwritten: Native, path: str, prefix: str) -> None:
    body = {"token": unwritten.tokens["admin"], "nonsense": 1}
    for header in ({"X-Auth-Token": unwritten.tokens["clerk"]}, {"Authorization": "Bearer nonsense"}):
        answer = unwritten.at(prefix).send(path, json.dumps(body).encode(), **header)
        assert answer.verdict == (400, "MALFORMED_REQUEST")


@BOTH
@pytest.mark.parametrize("path", OPEN)
@pytest.mark.parametrize("token", [5, "nonsense", None, {}], ids=repr)
def test_who_logs_in_needs_no_token_and_none_is_looked_at(unwritten: Native, path: str, token: object, prefix: str) -> None:
    answer = unwritten.at(prefix).send(path, json.dumps({"token": token}).encode(), **{"X-Auth-Token": "another"})
    assert answer.code == "MANDATORY_PARAMETER_MISSING"


def test_the_tokens_were_good_before(server: Native) -> None:
    server.clock.advance(-IDLE)
    token = logged_in(server)
    server.clock.advance(IDLE)
    assert server.send("whoami", json.dumps({"token": token}).encode()).code == "OK"
    assert altered(token) != token

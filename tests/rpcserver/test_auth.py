"""Tokens, keys and addresses."""

import hashlib
from ipaddress import ip_network

import pytest
from itsdangerous import URLSafeSerializer
from starlette.types import Scope

from ledger.errors import InvalidToken
from rpcserver.auth import TOKEN_LIMIT, Tokens, client_address, is_key, key_digest, new_key

OLD, NEW = "kSgC3yW1uQzL8vN0bXr5TjHf2PmEd9Ao", "Zp4sVw7yBxEh6KnQtUr1cFgJm3LdAa0i"
SESSION = "0199F0C2A1B37D4E8F60718293A4B5C6"
PROXIES = (ip_network("10.0.0.0/8"), ip_network("::1"))


def tokens(*secrets: str) -> Tokens:
    return Tokens(secrets, lifetime=7200, idle=3600)


def test_a_token_carries_the_session_and_nothing_else() -> None:
    assert tokens(OLD).session_id(tokens(OLD).sign(SESSION)) == SESSION


def test_tokens_of_an_older_secret_are_read_while_it_is_in_the_list() -> None:
    before = tokens(OLD).sign(SESSION)
    assert tokens(NEW, OLD).session_id(before) == SESSION
    with pytest.raises(InvalidToken):
        tokens(NEW).session_id(before)


def test_the_first_secret_signs() -> None:
    assert tokens(NEW).session_id(tokens(NEW, OLD).sign(SESSION)) == SESSION


def signed(payload: object, salt: str = "rpcserver.session", **signer: object) -> str:
    settings = {"key_derivation": "hmac", "digest_method": hashlib.sha256} | signer
    return str(URLSafeSerializer(OLD, salt=salt, signer_kwargs=settings).dumps(payload))


@pytest.mark.parametrize(
    "token",
    [
        "",
        "x",
        "a.b",
        "é" * 20,
        "x" * (TOKEN_LIMIT + 1),
        "\x00",
        "\ud800",
        "34B52059BCC99490C01E24A4B1C57BFC",
        signed(SESSION, salt="another purpose"),
        signed(SESSION, digest_method=hashlib.sha1),
        signed(SESSION, key_derivation="none"),
        signed(5),
        signed(None),
        signed([SESSION]),
        signed("short"),
        signed(SESSION.lower()),
        signed(SESSION)[:-1],
        "x" + signed(SESSION),
    ],
)
def test_what_this_server_did_not_sign_for_this_purpose_is_no_token(token: str) -> None:
    with pytest.raises(InvalidToken):
        tokens(OLD).session_id(token)


def test_an_api_key_has_256_bits_and_is_known_by_its_prefix() -> None:
    keys = {new_key() for _ in range(50)}
    assert len(keys) == 50
    assert all(is_key(key) and len(key) == len("rpk_") + 43 for key in keys)
    assert not is_key(tokens(OLD).sign(SESSION))
    assert key_digest("rpk_x") == hashlib.sha256(b"rpk_x").hexdigest()


def scope(client: str | None, *forwarded: str) -> Scope:
    headers = [(b"x-forwarded-for", value.encode()) for value in forwarded]
    return {"type": "http", "client": (client, 5) if client else None, "headers": headers}


@pytest.mark.parametrize(
    ("client", "forwarded", "address"),
    [
        ("192.0.2.1", (), "192.0.2.1"),
        ("192.0.2.1", ("198.51.100.7",), "192.0.2.1"),
        ("10.0.0.1", ("198.51.100.7",), "198.51.100.7"),
        ("10.0.0.1", ("203.0.113.9, 198.51.100.7",), "198.51.100.7"),
        ("10.0.0.1", ("203.0.113.9", "198.51.100.7, 10.0.0.2"), "198.51.100.7"),
        ("10.0.0.1", ("10.0.0.3, 10.0.0.2",), "10.0.0.3"),
        ("10.0.0.1", ("198.51.100.7, nonsense",), "10.0.0.1"),
        ("10.0.0.1", (), "10.0.0.1"),
        ("::1", ("2001:db8::7",), "2001:db8::7"),
        (None, ("198.51.100.7",), ""),
    ],
)
def test_the_address_is_believed_only_as_far_as_our_own_proxies_wrote_it(
    client: str | None, forwarded: tuple[str, ...], address: str
) -> None:
    assert client_address(scope(client, *forwarded), PROXIES) == address


def test_without_trusted_proxies_the_header_counts_for_nothing() -> None:
    assert client_address(scope("10.0.0.1", "198.51.100.7"), ()) == "10.0.0.1"

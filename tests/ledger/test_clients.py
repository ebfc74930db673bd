"""API clients and their secrets: read by nobody without the server's own, ended at once."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identifiers.forms import dashed
from ledger import clients, sessions, users
from ledger.ciphers import Cipher, Unreadable
from ledger.errors import InvalidParameter, InvalidToken
from ledger.storage.models import ApiKey, AuditEntry, ClientSecret, Session, User
from tests.books import MACHINE, Company

SERVERS = st.text(min_size=1, max_size=60).filter(lambda text: text.isprintable())
CIPHER = Cipher(["x" * 40])


def machine(company: Company) -> User:
    return company.one(User, username=MACHINE)


def secret(company: Company, text: str = "secret") -> ClientSecret:
    return company.do(clients.create_secret, machine(company), CIPHER.encrypted(text))


# --- the cipher ---


@settings(max_examples=50)
@given(text=st.text(max_size=60), servers=st.lists(SERVERS, min_size=1, max_size=3, unique=True))
def test_what_is_encrypted_comes_back_and_never_looks_the_same_twice(text: str, servers: list[str]) -> None:
    cipher = Cipher(servers)
    kept = cipher.encrypted(text)
    assert cipher.decrypted(kept) == Cipher(servers).decrypted(kept) == text
    assert kept != cipher.encrypted(text)
    assert len(text) < 4 or text not in kept


@settings(max_examples=50)
@given(servers=st.lists(SERVERS, min_size=2, max_size=2, unique=True))
def test_the_first_of_the_servers_secrets_encrypts_and_all_decrypt(servers: list[str]) -> None:
    new, old = servers
    kept = Cipher([old]).encrypted("secret")
    rotated = Cipher([new, old])
    assert rotated.decrypted(kept) == "secret"
    assert Cipher([new]).decrypted(rotated.encrypted("secret")) == "secret"
    for other, text in ((new, kept), (old, rotated.encrypted("secret"))):
        with pytest.raises(Unreadable):
            Cipher([other]).decrypted(text)


@settings(max_examples=50)
@given(place=st.integers(0, 10_000), change=st.integers(1, 255))
def test_an_altered_text_is_never_read(place: int, change: int) -> None:
    kept = bytearray(CIPHER.encrypted("secret").encode())
    kept[place % len(kept)] ^= change
    altered = kept.decode("latin-1")
    try:
        assert CIPHER.decrypted(altered) == "secret"
    except Unreadable:
        return
    # The last character of base64 holds bits that mean nothing.
    assert place % len(kept) >= len(kept) - 3


@pytest.mark.parametrize("text", ["", "secret", "gAAAA", "\u20ac", "\ud800", "x" * 1000])
def test_a_foreign_text_is_never_read(text: str) -> None:
    with pytest.raises(Unreadable):
        CIPHER.decrypted(text)


# --- secrets of clients ---


def test_a_client_is_found_by_the_id_of_its_machine_user_in_any_spelling(company: Company) -> None:
    first, second = secret(company), secret(company, "another")
    user = machine(company)
    name = clients.client_id(user)
    assert name == dashed(user.id)
    for spelling in (name, name.upper(), user.id, user.id.lower()):
        assert company.read(clients.candidate, spelling) == (user, [second, first])
    assert clients.readable(CIPHER, [second, first]) == ["another", "secret"]


def test_a_secret_under_a_server_secret_of_long_ago_is_passed_over(company: Company) -> None:
    old = company.do(clients.create_secret, machine(company), Cipher(["y" * 40]).encrypted("old"))
    assert clients.readable(CIPHER, [old, secret(company)]) == ["secret"]


@pytest.mark.parametrize("client_id", ["", "nobody", "0" * 32, "connector", "\u0660" * 32])
def test_nobody_comes_with_an_unknown_id(company: Company, client_id: str) -> None:
    secret(company)
    assert company.read(clients.candidate, client_id) is None


def test_a_machine_without_a_live_secret_a_disabled_one_and_a_person_are_no_clients(company: Company) -> None:
    user = machine(company)
    assert company.read(clients.candidate, user.id) is None
    secret(company)
    assert company.read(clients.candidate, user.id) is not None
    company.do(clients.revoke_secrets, user)
    assert company.read(clients.candidate, user.id) is None
    secret(company)
    company.do(users.disable, user)
    assert company.read(clients.candidate, user.id) is None
    assert company.read(clients.candidate, company.one(User, username="clerk").id) is None


def test_a_person_is_given_no_client_secret(company: Company) -> None:
    with pytest.raises(InvalidParameter, match="'clerk' is a person") as refused:
        company.do(clients.create_secret, company.one(User, username="clerk"), "encrypted")
    assert refused.value.word == "user"
    assert company.all(ClientSecret) == []


def test_a_rotated_client_keeps_the_new_secret_alone(company: Company) -> None:
    first, second = secret(company), secret(company)
    company.clock.advance(60)
    new = secret(company, "new")
    assert {row.pk for row in company.do(clients.revoke_secrets, machine(company), but=new)} == {first.pk, second.pk}
    assert company.read(clients.live_secrets, machine(company).pk) == [new]
    assert company.now(first).revoked_on == "2024-05-01T12:01:00"
    assert company.do(clients.revoke_secrets, machine(company), but=new) == []
    assert company.now(first).revoked_on == "2024-05-01T12:01:00"


def test_revoking_ends_the_clients_tokens_and_leaves_those_of_its_keys(company: Company) -> None:
    user = machine(company)
    key = company.do(users.create_key, "key", user, "a" * 64)
    secret(company)
    of_client = company.do(sessions.open_session, user.pk, None, seconds=3600)
    of_key = company.do(sessions.open_session, user.pk, None, key.pk)
    of_other = company.do(sessions.open_session, company.one(User, username="clerk").pk, None)
    company.do(clients.revoke_secrets, user)
    ended = {row.pk: row.ended_on for row in company.all(Session)}
    assert ended == {of_client.pk: "2024-05-01T12:00:00", of_key.pk: None, of_other.pk: None}
    with pytest.raises(InvalidToken):
        company.read(sessions.actor, of_client.id, lifetime_seconds=7200, idle_seconds=3600)
    assert company.now(key) == company.one(ApiKey, name="key")


def test_the_audit_log_knows_of_every_secret_and_holds_none(company: Company) -> None:
    made = secret(company, "the secret itself")
    company.do(clients.revoke_secrets, machine(company))
    created, revoked = company.audited(made)
    user_pk = machine(company).pk
    assert (created.kind, created.before, created.after) == ("client_secret", None, f'{{"user_pk":{user_pk}}}')
    assert revoked.after == f'{{"revoked_on":"2024-05-01T12:00:00","user_pk":{user_pk}}}'
    kept = company.now(made).encrypted
    assert "the secret itself" not in kept
    assert kept not in repr(company.now(made))
    for entry in company.all(AuditEntry):
        assert kept not in f"{entry.before} {entry.after}"


def test_new_secrets_are_long_and_all_different() -> None:
    made = {clients.new_secret() for _ in range(100)}
    assert len(made) == 100
    assert min(map(len, made)) >= 43

"""`rpcserver client`: clients are made, listed, rotated and revoked; their secrets are shown once and kept encrypted."""

import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest
from typer.testing import CliRunner, Result

from ledger import clients
from ledger.ciphers import Cipher
from ledger.entry import Call
from rpcserver.__main__ import app
from rpcserver.app import open_book
from tests.engines import url_of
from tests.rpcserver import world
from tests.rpcserver.world import SECRET, World

Run = Callable[..., Result]
LOOK = Call("test", "look")
ROTATED = "another-of-the-servers-own-" * 2


@pytest.fixture
def run(here: World, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command over the test's book, where the server's secret is set."""
    monkeypatch.chdir(here.path.parent)
    monkeypatch.setenv("DATABASE_URL", url_of(here.path))
    monkeypatch.setenv("SECRET_KEY", SECRET)
    return lambda *arguments: CliRunner().invoke(app, ["client", *arguments])


def told(done: Result) -> tuple[str, str]:
    """The id and the secret that a command shows."""
    assert done.exit_code == 0, done.output
    assert done.stderr == "this is the only time the secret is shown\n"
    (first, client_id), (second, secret) = (line.split() for line in done.stdout.splitlines())
    assert (first, second) == ("client_id", "client_secret")
    return client_id, secret


def live(here: World, client_id: str, *secrets: str) -> list[str]:
    """The live secrets of a client, as a server with these secrets reads them, the newest first."""
    book = open_book(world.settings_for(here.path))
    try:
        found = book.read(LOOK, lambda reading: clients.candidate(reading, client_id))
    finally:
        book.close()
    return clients.readable(Cipher(secrets or [SECRET]), found.secrets) if found else []


def test_a_client_is_created_with_a_machine_user_of_its_own_and_its_secret_is_nowhere_in_the_book(run: Run, here: World) -> None:
    client_id, secret = told(run("create", "lab", "--role", "clerk", "--unit", "name=Main"))
    assert live(here, client_id) == [secret]
    with closing(sqlite3.connect(here.path, isolation_level=None)) as db:
        assert secret not in "".join(db.iterdump())
    assert run("list").stdout.split("\t")[:3] == [client_id, "lab", "clerk"]


def test_a_machine_that_has_keys_becomes_a_client_too(run: Run, here: World) -> None:
    assert CliRunner().invoke(app, ["key", "create", "erp", "--role", "auditor"]).exit_code == 0
    client_id, secret = told(run("create", "--user", "erp"))
    assert live(here, client_id) == [secret]
    again = run("create", "--user", "erp")
    assert (again.exit_code, "rpcserver client rotate erp" in again.stderr) == (1, True)
    assert live(here, client_id) == [secret]


def test_a_rotated_client_has_the_new_secret_alone(run: Run, here: World) -> None:
    client_id, old = told(run("create", "lab", "--role", "clerk"))
    assert told(run("rotate", "lab"))[0] == client_id
    new = live(here, client_id)
    assert (len(new), old in new) == (1, False)
    _, newest = told(run("rotate", "lab", "--keep-old"))
    assert live(here, client_id) == [newest, *new]
    assert [line.split("\t")[-1].split()[0] for line in run("list").stdout.splitlines()] == ["revoked", "live", "live"]


def test_a_client_survives_a_rotation_of_the_servers_own_secret(run: Run, here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client_id, secret = told(run("create", "lab", "--role", "clerk"))
    monkeypatch.setenv("SECRET_KEY", f"{ROTATED},{SECRET}")
    other_id, other = told(run("create", "hospital", "--role", "clerk"))
    assert live(here, client_id, ROTATED, SECRET) == [secret]
    assert live(here, client_id, ROTATED) == []
    assert live(here, other_id, ROTATED) == [other]


def test_a_revoked_client_is_none(run: Run, here: World) -> None:
    client_id, _ = told(run("create", "lab", "--role", "clerk"))
    assert run("revoke", "lab").stdout == "revoked lab\n"
    assert live(here, client_id) == []
    assert "revoked 2" in run("list").stdout
    assert told(run("rotate", "lab"))[0] == client_id
    assert len(live(here, client_id)) == 1


def test_a_disabled_clients_secrets_are_listed_as_such(run: Run, here: World) -> None:
    told(run("create", "lab", "--role", "clerk"))
    assert CliRunner().invoke(app, ["user", "disable", "lab"]).exit_code == 0
    assert run("list").stdout.endswith("user disabled\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("create",), "give a name and --role"),
        (("create", "lab"), "give a name and --role"),
        (("create", "--role", "clerk"), "give a name and --role"),
        (("create", "lab", "--role", "clerk", "--user", "erp"), "give a name and --role"),
        (("create", "--user", "erp", "--role", "clerk"), "give a name and --role"),
        (("create", "lab", "--role", "root"), "'root' is none of"),
        (("create", "lab", "--role", "clerk", "--unit", "name=Nowhere"), "no unit"),
        (("create", "clerk", "--role", "clerk"), "DUPLICATE_NAME"),
        (("create", "--user", "clerk"), "is a person"),
        (("create", "--user", "nobody"), "no user 'nobody'"),
        (("rotate", "nobody"), "no user 'nobody'"),
        (("rotate", "clerk"), "is a person"),
        (("revoke", "nobody"), "no user 'nobody'"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence_and_leaves_nothing(run: Run, words: tuple[str, ...], said: str) -> None:
    done = run(*words)
    assert (done.exit_code, done.stdout, said in done.stderr) == (1, "", True)
    assert run("list").stdout == ""


def test_a_machine_without_secrets_is_no_client(run: Run) -> None:
    assert CliRunner().invoke(app, ["key", "create", "erp", "--role", "clerk"]).exit_code == 0
    for word in ("rotate", "revoke"):
        done = run(word, "erp")
        assert (done.exit_code, "'erp' is no client" in done.stderr) == (1, True)


def test_without_the_servers_secret_no_client_is_made(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SECRET_KEY")
    done = run("create", "lab", "--role", "clerk")
    assert (done.exit_code, "SECRET_KEY is not set" in done.stderr) == (1, True)
    assert run("list").stdout == ""

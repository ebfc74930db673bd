"""The command line."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner, Result

from ledger.storage.models import JournalEntry, Payment
from methods import METHODS
from rpcserver.__main__ import app
from rpcserver.app import create_app, open_book
from tests.engines import url_of
from tests.rpcserver import world
from tests.rpcserver.asking import payment
from tests.rpcserver.world import KEY, PASSWORD, World

Run = Callable[..., Result]


@pytest.fixture
def run(here: World, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command over the test's book."""
    monkeypatch.chdir(here.path.parent)
    monkeypatch.setenv("DATABASE_URL", url_of(here.path))
    monkeypatch.delenv("SECRET_KEY", raising=False)
    return lambda *arguments, typed="": CliRunner().invoke(app, list(arguments), input=typed)


@pytest.fixture
def empty(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database that is not there yet, in place of the test's book."""
    monkeypatch.setenv("DATABASE_URL", url_of(tmp_path / "new.db"))
    return tmp_path / "new.db"


def login(here: World, username: str, password: str) -> int:
    settings = world.settings_for(here.path)
    with TestClient(create_app(settings, open_book(settings))) as client:
        return int(client.post("/login", json={"username": username, "password": password}).status_code)


def whoami(here: World, token: str) -> tuple[int, str | None]:
    settings = world.settings_for(here.path)
    with TestClient(create_app(settings, open_book(settings))) as client:
        answer = client.post("/whoami", json={"token": token})
        return answer.status_code, answer.json()["data"] and answer.json()["data"]["username"]


def test_a_user_is_created_and_can_log_in(run: Run, here: World) -> None:
    done = run("user", "create", "eve", "--role", "clerk", "--unit", "name=Main", typed="a long password\n")
    assert (done.exit_code, done.output.startswith("created eve (clerk)")) == (0, True)
    assert login(here, "eve", "a long password") == 200
    assert "a long password" not in done.output


def test_a_user_that_cannot_be_is_refused_with_a_sentence(run: Run) -> None:
    for arguments, typed, said in (
        (("user", "create", "eve", "--role", "clerk"), "short\n", "at least"),
        (("user", "create", "clerk", "--role", "clerk"), "a long password\n", "DUPLICATE_NAME"),
        (("user", "create", "eve", "--role", "king"), "a long password\n", "INVALID_PARAMETER"),
        (("user", "create", "eve", "--role", "clerk", "--unit", "name=None"), "a long password\n", "ENTITY_NOT_FOUND"),
        (("user", "create", "eve", "--role", "clerk", "--unit", "Main"), "a long password\n", "expected is exactly one of"),
        (("user", "disable", "nobody"), "", "there is no user 'nobody'"),
        (("user", "assign", "nobody", "--role", "clerk"), "", "there is no user 'nobody'"),
        (("user", "assign", "clerk", "--role", "root"), "", "'root' is none of admin, clerk, auditor, owner"),
        (("user", "password", "connector"), "a long password\n", "INVALID_PARAMETER"),
        (("key", "create", "k"), "", "--role"),
        (("key", "create", "k", "--user", "clerk"), "", "INVALID_PARAMETER"),
        (("key", "create", "connector", "--role", "clerk"), "", "DUPLICATE_NAME"),
        (("key", "revoke", "nothing"), "", "there is no key 'nothing'"),
    ):
        done = run(*arguments, typed=typed)
        assert (done.exit_code, said in done.stderr) == (1, True), done.stderr


def test_an_owner_is_tied_to_customers(run: Run, here: World) -> None:
    assert run("user", "create", "kim", "--role", "owner", "--customer", "name=Bob", typed="a long password\n").exit_code == 0
    assert login(here, "kim", "a long password") == 200


def test_a_user_is_given_another_role(run: Run, here: World) -> None:
    assert run("user", "assign", "clerk", "--role", "owner", "--customer", "name=Bob").output == "clerk is owner now\n"
    opened = open_book(world.settings_for(here.path))
    token = world.token(opened, world.settings_for(here.path), "clerk")
    with TestClient(create_app(world.settings_for(here.path), opened)) as client:
        told = client.post("/whoami", json={"token": token}).json()["data"]
    assert (told["role"], [customer["name"] for customer in told["customers_set"]]) == ("owner", ["Bob"])


def test_a_disabled_user_cannot_log_in(run: Run, here: World) -> None:
    assert run("user", "disable", "clerk").exit_code == 0
    assert login(here, "clerk", PASSWORD) == 401


def test_a_new_password_replaces_the_old_one(run: Run, here: World) -> None:
    assert run("user", "password", "clerk", typed="another password\n").exit_code == 0
    assert [login(here, "clerk", PASSWORD), login(here, "clerk", "another password")] == [401, 200]


def test_a_key_is_shown_once_works_and_can_be_revoked(run: Run, here: World) -> None:
    key = run("key", "create", "erp", "--role", "auditor").stdout.strip()
    assert whoami(here, key) == (200, "erp")
    second = run("key", "create", "erp-2", "--user", "erp").stdout.strip()
    listed = run("key", "list").output
    assert key not in listed
    assert [line.split("\t")[:3] for line in listed.splitlines()] == [
        ["connector", "connector", "clerk"],
        ["erp", "erp", "auditor"],
        ["erp-2", "erp", "auditor"],
    ]
    assert run("key", "revoke", "erp").exit_code == 0
    assert "revoked" in run("key", "list").output
    assert [whoami(here, key)[0], whoami(here, second), whoami(here, KEY)[0]] == [401, (200, "erp"), 200]


@pytest.mark.sqlite
def test_a_new_database_is_made_by_the_first_command_that_needs_it(run: Run, empty: Path) -> None:
    assert run("user", "create", "eve", "--role", "admin", typed="a long password\n").exit_code == 0
    assert empty.exists()
    assert run("migrate").output == "the database is up to date\n"


def test_migrate_makes_a_book_and_says_what_it_applied(run: Run, empty: Path) -> None:
    assert run("migrate").output.startswith("applied 0001")
    assert run("verify").exit_code == 0


def test_a_database_that_waits_for_a_migration_is_left_alone(run: Run, here: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.book.Book.pending", lambda book: ["0002_more"])
    for command in (("verify",), ("user", "disable", "clerk"), ("key", "list")):
        done = run(*command)
        assert (done.exit_code, "0002_more" in done.stderr, "rpcserver migrate" in done.stderr) == (1, True, True)


@pytest.mark.sqlite
def test_verify_names_what_does_not_add_up(run: Run, here: World) -> None:
    assert (run("verify").exit_code, run("verify").stdout) == (0, "the book holds: no discrepancy\n")
    settings = world.settings_for(here.path)
    book = open_book(settings)
    with TestClient(create_app(settings, book)) as client:
        body = {"token": world.token(book, settings, "clerk"), **payment(here)}
        assert client.post("/payments/create", json=body).status_code == 200
    assert run("verify").exit_code == 0
    with closing(sqlite3.connect(here.path, isolation_level=None)) as db:
        db.execute(f"UPDATE {Payment._meta.table_name} SET amount = amount + 1, unallocated = unallocated + 1")
        db.execute(f"DROP TRIGGER {JournalEntry._meta.table_name}_refuses_delete")
        db.execute(f"DELETE FROM {JournalEntry._meta.table_name}")
    done = run("verify")
    assert done.exit_code == 1
    assert len(done.stdout.splitlines()) >= 2


def test_methods_prints_the_api(run: Run) -> None:
    lines = run("methods").output.splitlines()
    assert [line.split()[0] for line in lines] == list(METHODS)
    page = run("methods", "payments/create").output
    assert "payment_amount" in page and "mandatory" in page
    assert all(refusal.code in page for refusal in METHODS["payments/create"].all_refusals)
    assert (run("methods", "payments/craete").exit_code, "did you mean" in run("methods", "payments/craete").stderr) == (1, True)


def test_purge_says_how_much_it_forgot(run: Run) -> None:
    assert run("purge").output.splitlines() == [
        "0 sessions",
        "0 idempotency keys",
        "0 login failures",
        "0 events",
        "0 parked deliveries",
    ]


def test_a_setting_that_cannot_be_used_ends_every_command_with_its_name(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WRITE_WAIT", "long")
    for command in (("verify",), ("migrate",), ("serve",), ("purge",), ("key", "list")):
        done = run(*command)
        assert (done.exit_code, "WRITE_WAIT" in done.stderr) == (1, True)


def test_the_series_are_listed_and_one_can_be_set(run: Run) -> None:
    listed = run("series")
    assert (listed.exit_code, "invoice.number without gaps" in listed.output.splitlines()) == (0, True)
    done = run("series", "invoice.number", "--gapless")
    assert (done.exit_code, done.output) == (0, "invoice.number without gaps\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [(("invoice.number",), "--gapless or --sequence"), (("invoices", "--gapless"), "no number series 'invoices'")],
)
def test_a_series_that_cannot_be_set_is_refused_with_a_sentence(run: Run, words: tuple[str, ...], said: str) -> None:
    done = run("series", *words)
    assert (done.exit_code, said in done.stderr) == (1, True)

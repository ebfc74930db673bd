"""`rpcserver demo`: what it takes, what it leaves behind, and what it prints."""

import json
import os
import shutil
import sqlite3
import stat
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ledger.book import Book
from ledger.entry import Call
from ledger.storage.models import Account
from ledger.verify import discrepancies
from rpcserver.__main__ import app
from rpcserver.demo import keeping, making
from tests import live
from tests.rpcserver import world

pytestmark = pytest.mark.sqlite

Run = Callable[..., Result]

FIXED_TIME = "20260102T030405"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command in a folder of the test's own, where no setting is made."""
    monkeypatch.chdir(tmp_path)
    for name in ("DATABASE_URL", "SECRET_KEY", "HOST", "PORT"):
        monkeypatch.delenv(name, raising=False)
    # Hashing is slow on purpose, and nobody logs in to these books.
    monkeypatch.setattr("rpcserver.demo.company.hashed", lambda password: f"no hash of {len(password)} characters")
    return lambda *words, **settings: CliRunner().invoke(app, ["demo", *words], env=settings)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the demo was made with no setting at all."""
    folder = tmp_path_factory.mktemp("made")
    settings = {name: value for name, value in live.settings_in(folder).items() if name not in ("SECRET_KEY", "DATABASE_URL")}
    live.command(folder, settings, "demo")
    return folder


@pytest.fixture
def there(made: Path, run: Run, tmp_path: Path) -> Path:
    """The test's folder with that demo in it."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def accounts(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as db:
        return [row[0] for row in db.execute(f"SELECT name FROM {Account._meta.table_name} ORDER BY pk")]


# --- the files ---


def test_the_logins_and_the_secret_are_for_their_owner_alone(made: Path) -> None:
    assert {mode(made / name) for name in ("demo.json", ".env")} == {0o600}
    assert set(json.loads((made / "demo.json").read_text())) == {"users", "keys", "qbench_client", "organisation"}


def test_files_that_others_could_read_become_private(run: Run, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        (tmp_path / ".env").write_text("LOG_FORMAT=text")
        assert mode(tmp_path / ".env") == 0o666
        assert run().exit_code == 0
    finally:
        os.umask(before)
    assert {mode(tmp_path / name) for name in ("demo.json", ".env")} == {0o600}
    first, second = (tmp_path / ".env").read_text().splitlines()
    assert (first, second.partition("=")[0]) == ("LOG_FORMAT=text", "SECRET_KEY")


def test_a_secret_is_made_only_where_there_is_none(run: Run, tmp_path: Path) -> None:
    assert run(SECRET_KEY=world.SECRET).exit_code == 0
    assert not (tmp_path / ".env").exists()


def test_what_it_leaves_behind_is_ignored_by_git(there: Path, run: Run) -> None:
    assert run("--force").exit_code == 0
    left = sorted(path.name for path in there.iterdir())
    assert len(left) == 6
    git = shutil.which("git")
    if git is None:
        pytest.skip("git is not installed")
    subprocess.run([git, "init", "--quiet"], cwd=there, check=True)
    shutil.copy(live.ROOT / ".gitignore", there)
    seen = subprocess.run([git, "status", "--porcelain"], cwd=there, check=True, capture_output=True, text=True).stdout
    assert seen.splitlines() == ["?? .gitignore"]


# --- what is there already ---


def test_a_book_that_is_there_is_left_alone(there: Path, run: Run) -> None:
    before = contents(there)
    done = run()
    assert (done.exit_code, done.stdout) == (1, "")
    assert "rpcserver demo --force" in done.stderr
    assert contents(there) == before


def test_a_database_that_was_only_migrated_is_filled(run: Run, tmp_path: Path) -> None:
    assert CliRunner().invoke(app, ["migrate"]).exit_code == 0
    assert run().exit_code == 0
    assert len(accounts(tmp_path / "rpcserver.db")) == 10


def test_force_puts_the_book_aside_with_all_its_files_and_loses_nothing(there: Path, run: Run) -> None:
    path = there / "rpcserver.db"
    with closing(sqlite3.connect(path)) as writer:
        # As long as this connection is open, what it has written stands in the -wal file alone.
        writer.execute(f"UPDATE {Account._meta.table_name} SET name = 'Renamed' WHERE number = '9'")
        writer.commit()
        old_logins = (there / "demo.json").read_bytes()
        assert (there / "rpcserver.db-wal").stat().st_size > 0
        assert run("--force").exit_code == 0
        aside = sorted(name.name for name in there.glob("rpcserver.db.before-demo-*"))
        (base,) = [name for name in aside if not name.endswith(("-wal", "-shm"))]
        assert aside == [base, f"{base}-shm", f"{base}-wal"]
    assert "Renamed" in accounts(there / base)
    assert "Renamed" not in accounts(path)
    (note,) = there.glob("demo.json.before-demo-*")
    assert (note.read_bytes(), mode(note)) == (old_logins, 0o600)


def test_force_twice_in_a_second_keeps_both_books(there: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("time.strftime", lambda form: FIXED_TIME)
    for number in (1, 2):
        (there / "rpcserver.db").write_text(f"book {number}")
        keeping.put_aside(there / "rpcserver.db")
    names = [f"rpcserver.db.before-demo-{FIXED_TIME}", f"rpcserver.db.before-demo-{FIXED_TIME}-2"]
    assert [(there / name).read_text() for name in names] == ["book 1", "book 2"]


def test_force_needs_no_book(run: Run, tmp_path: Path) -> None:
    assert run("--force").exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [".env", "demo.json", "rpcserver.db", "rpcserver.db-turn"]


def test_the_logins_of_another_book_in_the_same_folder_are_kept(there: Path, run: Run) -> None:
    before = (there / "demo.json").read_bytes()
    assert run(DATABASE_URL="sqlite:///other.db").exit_code == 0
    (kept,) = there.glob("demo.json.before-demo-*")
    assert kept.read_bytes() == before != (there / "demo.json").read_bytes()


def test_a_demo_that_is_there_is_used_again_and_its_login_printed_again(there: Path, run: Run) -> None:
    before = contents(there)
    first, second = run("--if-missing"), run("--if-missing")
    assert (first.exit_code, first.stdout) == (0, second.stdout)
    assert json.loads(before["demo.json"])["users"]["clerk"]["password"] in first.stdout
    assert contents(there) == before


def test_a_demo_that_is_there_can_be_printed_as_json(there: Path, run: Run) -> None:
    printed = json.loads(run("--if-missing", "--json").stdout)
    assert printed["users"] == json.loads((there / "demo.json").read_text())["users"]
    assert len(printed["accounts"]) == 10


@pytest.mark.parametrize("note", ["", "no JSON", "[]", "{}", '{"organisation": {"id": "another book"}}'])
def test_a_book_that_is_not_the_demos_is_never_taken_for_it(there: Path, run: Run, note: str) -> None:
    (there / "demo.json").write_text(note)
    before = contents(there)
    done = run("--if-missing")
    assert (done.exit_code, done.stdout) == (1, "")
    assert "rpcserver demo --force" in done.stderr
    assert contents(there) == before


def test_a_database_that_waits_for_a_migration_is_left_alone(there: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.book.Book.pending", lambda book: ["0002_more"])
    for words in ((), ("--if-missing",)):
        done = run(*words)
        assert (done.exit_code, "rpcserver migrate" in done.stderr) == (1, True)


@pytest.mark.parametrize("address", ["postgresql://localhost", "mysql://localhost/book", "sqlite://", "book.db"])
def test_a_database_that_cannot_be_used_is_named(run: Run, tmp_path: Path, address: str) -> None:
    for words in ((), ("--force",), ("--if-missing",)):
        done = run(*words, DATABASE_URL=address)
        assert (done.exit_code, "DATABASE_URL" in done.stderr) == (1, True)
    assert list(tmp_path.iterdir()) == []


def test_a_large_demo_that_is_broken_off_is_a_demo_all_the_same(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_off(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(making, "enlarge", break_off)
        assert run("--payments", "5").exit_code != 0
    assert run("--if-missing").exit_code == 0
    book = Book(f"sqlite:///{tmp_path / 'rpcserver.db'}")
    assert list(discrepancies(book)) == []
    assert len(book.read(Call("test", "look"), lambda reading: reading.rows.find(Account))) == 10
    book.close()


# --- what it prints ---


def test_with_json_nothing_else_is_on_stdout_and_progress_is_on_stderr(run: Run) -> None:
    done = run("--json", "--payments", "3", "--invoices", "2", "--accounts", "1")
    assert len(json.loads(done.stdout)["accounts"]) == 11
    assert done.stderr.splitlines() == ["accounts: 1 made", "invoices: 2 made", "payments: 3 made"]


def test_a_person_who_looks_on_sees_a_bar(run: Run) -> None:
    done = run("--json", "--payments", "3", TTY_COMPATIBLE="1", TTY_INTERACTIVE="1", TERM="xterm")
    assert "3/3" in done.stderr
    assert json.loads(done.stdout)


def test_the_printed_lines_work_when_they_are_pasted(tmp_path: Path) -> None:
    curl = shutil.which("curl")
    if curl is None:
        assert "CI" not in os.environ, "curl is not installed"
        pytest.skip("curl is not installed")
    with live.serving(tmp_path) as server:
        printed = live.command(tmp_path, {**server.settings, "PORT": server.url.rpartition(":")[2]}, "demo", "--if-missing")
        login, latest = (
            json.loads(subprocess.run(line, shell=True, check=True, capture_output=True, cwd=tmp_path).stdout)
            for line in printed.splitlines()
            if line.startswith("  curl ")
        )
    assert set(login["data"]) == {"token"}
    assert len(latest["data"]) == 2


@pytest.mark.parametrize(
    ("host", "shown"), [("0.0.0.0", "127.0.0.1"), ("::", "[::1]"), ("192.0.2.7", "192.0.2.7"), ("2001:db8::7", "[2001:db8::7]")]
)
def test_the_printed_address_is_one_that_can_be_called(there: Path, run: Run, host: str, shown: str) -> None:
    assert f" http://{shown}:8001/login " in run("--if-missing", HOST=host, PORT="8001").stdout
